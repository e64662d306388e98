from __future__ import annotations

import asyncio
import logging
import logging.handlers
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app import logs
from app.paths import Paths

CANARY = "canary-secret-4711"


@pytest.fixture
def log(paths: Paths) -> Path:
    return logs.setup("engine", paths, "debug")


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> str:
    fresh = logs.Redactor()
    monkeypatch.setattr(logs, "redactor", fresh)
    fresh.register(CANARY)
    return CANARY


def test_the_log_is_ours_alone(log: Path) -> None:
    logging.getLogger("x").info("hello")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_a_line_has_utc_time_level_and_logger(log: Path) -> None:
    logging.getLogger("app.thing").warning("seen %d", 3)
    line = log.read_text()
    assert line.split(" ", 1)[0].endswith("Z")
    assert "WARNING" in line
    assert "app.thing: seen 3\n" in line


def test_known_secrets_are_hidden_in_arguments_errors_and_tracebacks(log: Path, canary: str) -> None:
    logger = logging.getLogger("x")
    logger.info("token %s and %r", canary, {"t": canary})
    try:
        raise ValueError(canary)
    except ValueError:
        logger.exception("failed")
    text = log.read_text()
    assert "Traceback" in text
    assert canary not in text
    assert text.count("***") >= 3


@pytest.mark.parametrize(
    "text",
    [
        "API-Sign: 4/dpxb3iT4tp+unlisted==",
        "{'API-Key': 'unlisted'}",
        '{"method":"subscribe","params":{"token":"unlisted"}}',
        r'raw "{\"token\":\"unlisted\"}"',
        "api_secret=unlisted&x=1",
        "password: unlisted",
        "8=FIX.4.4\x01554=unlisted\x0196=unlisted\x0110=000\x01",
        "8=FIX.4.4|554=unlisted|10=000|",
        "bare kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg== unlisted"[:-9],
    ],
)
def test_unlisted_secrets_are_hidden_by_their_shape(text: str) -> None:
    cleaned = logs.Redactor().clean(text)
    assert "unlisted" not in cleaned
    assert "kQH5HW" not in cleaned
    assert "***" in cleaned


@pytest.mark.parametrize("text", ["1554=x", "price=64200.1", "tokens left: 3", "order OQCLML-BW3P3-BUCMWZ accepted"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert logs.Redactor().clean(text) == text


def test_a_secret_is_hidden_percent_encoded_too() -> None:
    redactor = logs.Redactor()
    redactor.register("a+b/c==d")
    assert redactor.clean("nonce=1&otpx=a%2Bb%2Fc%3D%3Dd") == "nonce=1&otpx=***"


def test_short_texts_are_not_taken_for_secrets() -> None:
    redactor = logs.Redactor()
    redactor.register("BTC")
    assert redactor.clean("BTC/USD") == "BTC/USD"


def test_venue_text_cannot_fake_a_line_or_drive_a_terminal(log: Path) -> None:
    logging.getLogger("x").error("rejected: %s", "bad\n2026-01-01T00:00:00Z INFO all is well\x1b]0;title\x07\x9b1m")
    text = log.read_text()
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert not any(line.startswith("2026-01-01") for line in text.splitlines())


def test_logs_rotate_and_stay_bounded(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = next(h for h in logging.getLogger().handlers if isinstance(h, logging.handlers.RotatingFileHandler))
    monkeypatch.setattr(handler, "maxBytes", 1000)
    for number in range(200):
        logging.getLogger("x").info("line %d %s", number, "." * 50)
    files = list(log.parent.iterdir())
    assert len(files) == logs.LOG_FILES + 1
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_an_error_in_a_loop_goes_to_the_log_and_to_who_asked(log: Path, canary: str) -> None:
    told: list[BaseException | None] = []

    def fail() -> None:
        raise ValueError(canary)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        logs.guard_loop(loop, told.append)
        loop.call_soon(fail)
        for _ in range(3):
            await asyncio.sleep(0)

    asyncio.run(main())
    assert [type(error) for error in told] == [ValueError]
    text = log.read_text()
    assert "Traceback" in text
    assert canary not in text


CRASH = f"""
import sys, threading
from app import logs
logs.guard_process()
logs.redactor.register({CANARY!r})
def work():
    local = {CANARY!r}
    raise RuntimeError("cannot use " + local)
if sys.argv[1] == "thread":
    thread = threading.Thread(target=work); thread.start(); thread.join()
else:
    work()
"""


@pytest.mark.parametrize("where", ["main", "thread"])
def test_a_crash_shows_one_line_and_logs_a_traceback_without_values(paths: Paths, root: Path, where: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, where], cwd=root, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stderr.startswith("quarterdeck: internal error: RuntimeError: cannot use ***")
    assert done.stderr.count("\n") == 1
    text = paths.log_file("cli").read_text()
    assert "in work" in text
    assert CANARY not in text + done.stderr + done.stdout


def test_guarding_a_process_forbids_core_dumps(root: Path) -> None:
    code = "import resource; from app.logs import guard_process; guard_process(); print(resource.getrlimit(4))"
    assert resource.RLIMIT_CORE == 4
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "(0, 0)"


def test_a_defect_without_a_place_to_log_is_still_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(logs, "setup", refuse)
    assert logs.record_defect(ValueError("x")) == Path("/dev/null")
