from __future__ import annotations

import pytest

from tests.bench.longer import VARIABLE, seconds
from tests.bench.rig import HERE, NS, WHERE, Terminal, Wire, until

BYTES = 20_000
RATE = 10_000


@pytest.mark.slow
def test_a_wire_delivers_in_its_own_time() -> None:
    terminal = Terminal(["sh", "-c", f"read line; head -c {BYTES} /dev/zero | tr '\\0' x; read line"])
    try:
        terminal.wire = Wire(RATE, rtt_s=0.02)
        pressed = terminal.press(b"\n")
        until(lambda: terminal.seen().count(b"x") == BYTES, "all of it")
        assert terminal.chunks[-1][0] - pressed >= BYTES * NS // RATE + terminal.wire.way_ns
    finally:
        terminal.stop()


@pytest.mark.slow
def test_the_terminal_behind_a_wire_says_where_its_cursor_is() -> None:
    question = WHERE.decode().replace("\x1b", "\\033")
    terminal = Terminal(["sh", "-c", f"read line; printf '{question}'; read -r answer; echo got"])
    try:
        terminal.wire = Wire(RATE)
        terminal.press(b"\n")
        until(lambda: HERE[1:] in terminal.seen(), "the answer, echoed by the terminal's own driver")
    finally:
        terminal.stop()


def test_long_parts_are_short_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert seconds(60) == 60
    monkeypatch.setenv(VARIABLE, "3600")
    assert seconds(60) == 3600
