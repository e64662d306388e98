"""The venue process: `quarterdeck venue`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from app.errors import ConfigError
from app.venue.gateways.options import Options, parse
from app.venue.gateways.venue import Urls, Venue

__all__ = ["Options", "Urls", "Venue", "run"]

_OWNER_ONLY = 0o600


def run(args: Sequence[str]) -> int:
    """Run the venue until SIGINT or SIGTERM.

    Prints one JSON line with the addresses and the practice keys when
    everything listens (architecture §7).

    Args:
        args: The words after `quarterdeck venue`.

    Returns:
        0 after an orderly end.

    Raises:
        UsageError: The words cannot be understood.
        UnavailableError: A port is taken.
        ConfigError: The keys file cannot be written.
    """
    options = parse(args)
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(options))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(options))
    return 0


class _Lifeline(asyncio.Protocol):
    """Ends the venue when whoever holds the other end of a pipe is gone."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end closed, in order or not."""
        self._stop.set()


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if options.until_eof:
        await loop.connect_read_pipe(lambda: _Lifeline(stop), sys.stdin)
    async with Venue(options) as venue:
        line = venue.ready_line() + "\n"
        if options.keys_file is not None:
            _write_private(options.keys_file, line)
        sys.stdout.write(line)
        sys.stdout.flush()
        await stop.wait()


def _write_private(path: Path, text: str) -> None:
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "w") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"cannot write the keys to {path}: {error.strerror}", "choose another --keys-file") from None
