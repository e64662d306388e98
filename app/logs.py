"""The log of a process: rotating, private, one line an event, without secrets.

Secrets are taken out at the last step, when a record has become text, so
arguments, exception texts and tracebacks are all covered. Tracebacks never
print local variables (`faults.md` §1.2, §5).
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import resource
import sys
import threading
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from app.paths import PRIVATE_FILE, Paths, private_dir

HIDDEN = "***"
LOG_BYTES = 2_000_000
LOG_FILES = 5
SHORTEST_SECRET = 6  # anything shorter would blank ordinary text

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Request headers of REST.
    (re.compile(r"(?i)(api-(?:sign|key)['\"]?\s*[:=]\s*['\"]?)[^\s'\",}]+"), rf"\1{HIDDEN}"),
    # Fields of JSON and of forms: tokens, passwords, secrets, one-time passwords.
    (
        re.compile(
            r"(?i)(\b(?:token|api_?secret|secret|password|passwd|otp)\\?['\"]?\s*[:=]\s*\\?['\"]?)[^\s'\"\\,&}]+"
        ),
        rf"\1{HIDDEN}",
    ),
    # FIX: Password and RawData of a logon.
    (re.compile(r"((?:^|[\x01|])(?:554|96)=)[^\x01|\s]+"), rf"\1{HIDDEN}"),
    # 64 bytes in base64: a Kraken API secret, or a signature.
    (re.compile(r"[A-Za-z0-9+/]{86}=="), HIDDEN),
)
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)}


class Redactor:
    """Takes secrets out of text: known ones exactly, others by their shape."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def register(self, secret: str) -> None:
        """Hide this text from now on, also in its percent-encoded form.

        Args:
            secret: A key, a secret or a token; texts under six characters are ignored.
        """
        forms = {secret, quote(secret), quote(secret, safe="")}
        kept = {*self._known, *(form for form in forms if len(form) >= SHORTEST_SECRET)}
        self._known = tuple(sorted(kept, key=len, reverse=True))

    def clean(self, text: str) -> str:
        """Return the text without secrets."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


redactor = Redactor()
"""The one redactor of the process; whoever reads or receives a secret registers it here."""


class _Formatter(logging.Formatter):
    """One line an event: UTC time, level, logger, text; secrets out, control characters visible."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        text = redactor.clean(super().format(record)).translate(_CONTROLS)
        # A line break inside a message must not look like another entry.
        return text.replace("\n", "\n    ")


def setup(role: str, paths: Paths, level: str = "info") -> Path:
    """Send this process's log to its file, and nothing to the terminal.

    Args:
        role: `screen`, `engine`, `venue` or `cli`; names the file.
        paths: Where files live.
        level: `debug`, `info`, `warning` or `error`.

    Returns:
        The file.

    Raises:
        ConfigError: The log directory is not private or cannot be made.
    """
    path = paths.log_file(role)
    private_dir(path.parent)
    handler = _PrivateHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True)
    handler.setFormatter(_Formatter())
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _PrivateHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
    # These write request lines and frames at levels that we use; their headers and bodies hold keys and tokens.
    for chatty in ("httpx", "httpcore", "websockets", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    return path


class _PrivateHandler(RotatingFileHandler):
    """Creates its files for us alone."""

    def _open(self) -> Any:
        fd = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, PRIVATE_FILE)
        return os.fdopen(fd, self.mode, encoding=self.encoding)


def guard_process() -> None:
    """Send every unhandled error to the log, without locals, and leave no core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread_exception
    sys.unraisablehook = _on_unraisable


def guard_loop(
    loop: asyncio.AbstractEventLoop, on_defect: Callable[[BaseException | None], None] | None = None
) -> None:
    """Send a loop's unhandled errors to the log.

    Args:
        loop: The running loop.
        on_defect: Also told; for example to raise an alert on the screen.
    """

    def handler(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # Only the text and the error: the other entries are objects whose repr may hold what they work on.
        error = context.get("exception")
        logging.getLogger("app.loop").error("%s", context.get("message", "error in the event loop"), exc_info=error)
        if on_defect is not None:
            on_defect(error)

    loop.set_exception_handler(handler)


def record_defect(error: BaseException) -> Path:
    """Write an unexpected error to the log of the command line.

    Returns:
        The log file; the null device when not even that can be written.
    """
    try:
        root = logging.getLogger()
        path = next((Path(h.baseFilename) for h in root.handlers if isinstance(h, _PrivateHandler)), None)
        path = path or setup("cli", Paths.from_environment())
        logging.getLogger("app.cli").error("internal error", exc_info=error)
    except Exception:  # noqa: BLE001 - this is where errors end; a second one must not hide the first
        return Path(os.devnull)
    return path


def _tell(error: BaseException) -> None:
    path = record_defect(error)
    text = redactor.clean(" ".join(f"{type(error).__name__}: {error}".split()))
    sys.stderr.write(f"quarterdeck: internal error: {text}: the details are in {path}\n")


def _on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("quarterdeck: interrupted\n")
        return
    _tell(error.with_traceback(trace))


def _on_thread_exception(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _tell(args.exc_value)


def _on_unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        record_defect(args.exc_value)
