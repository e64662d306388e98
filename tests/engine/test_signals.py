"""Signals from outside: the same grammar and gate, marked automatic, answered, and armed by rules of their own."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.order import Side
from app.engine import signals
from app.link.messages import Origin, Outcome
from app.settings import Limits, Mode, Signals
from tests.engine.conftest import SYMBOL, Bench, Rig, until


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "POLL_S", 0.01)


class Source:
    """A program that writes signals."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers = path.with_name(path.name + ".answers")

    def write(self, *lines: str) -> None:
        with self.path.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)
        self.path.chmod(0o600)

    def answered(self) -> list[dict[str, object]]:
        text = self.answers.read_text() if self.answers.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    async def ask(self, *lines: str) -> list[dict[str, object]]:
        """Write lines and wait until each is answered."""
        before = len(self.answered())
        self.write(*lines)
        await until(lambda: len(self.answered()) == before + len(lines))
        return self.answered()[before:]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path / "signals")


async def watched(bench: Bench, source: Source, *, unattended: bool = False, armed: bool = True, **more: object) -> Rig:
    setting = Signals(path=str(source.path), unattended=unattended)
    rig = await (bench.armed if armed else bench.start)(signals=setting, **more)  # type: ignore[arg-type]
    await until(lambda: rig.screen.told("signals: lines of"))
    return rig


async def test_a_line_places_an_automatic_order_and_is_answered(bench: Bench, source: Source) -> None:
    source.write(f"buy 1 {SYMBOL} market")  # written before the engine began: old
    rig = await watched(bench, source)
    [answer] = await source.ask(rig.bid())
    assert (answer["line"], answer["outcome"]) == (1, "accepted")
    assert answer["orders"][0]["number"] == 1  # type: ignore[index]
    assert source.answers.stat().st_mode & 0o777 == 0o600
    [order] = rig.engine.state.orders.working()
    assert rig.engine.commands.trading.submitter.automatic(order.cl_ord_id)
    assert rig.screen.told("signal 1: buy 0.01")
    [gone] = await source.ask("cancel #1")
    assert gone["outcome"] == "accepted"
    await rig.state(1, "canceled")
    assert len(rig.truth("accepted")) == 1


async def test_the_gate_judges_signals_as_it_judges_keys(bench: Bench, source: Source) -> None:
    rig = await watched(bench, source, limits=Limits(max_qty=Decimal("0.05"), max_orders_per_s=100))
    source.write("", "# a remark")
    answers = await source.ask(rig.bid("0.5"), "buy 0.01 @ bid post", f"buy 0.01 {SYMBOL} @ bid wat")
    assert [answer["outcome"] for answer in answers] == ["refused"] * 3
    assert "0.05" in str(answers[0]["answer"])
    assert answers[1]["layer"] == answers[2]["layer"] == "grammar", "a pair must be named, whatever a screen shows"
    assert not rig.truth("accepted")


@pytest.mark.parametrize("line", ["override collar", "release", "arm", "alias close = kill"])
async def test_no_signal_loosens_a_guard(bench: Bench, source: Source, line: str) -> None:
    rig = await watched(bench, source)
    [answer] = await source.ask(line)
    assert answer["outcome"] == "refused"
    assert not rig.engine.commands.aliases.lines


async def test_without_armed_keys_signals_only_cancel_unless_they_may(bench: Bench, source: Source) -> None:
    rig = await watched(bench, source)
    await source.ask(rig.bid())
    await rig.screen.do("disarm")
    refused, cancelled = await source.ask(rig.bid(), f"cancel all {SYMBOL}")
    assert (refused["outcome"], cancelled["outcome"]) == ("refused", "accepted")
    assert "armed" in str(refused["answer"])
    await rig.drop()
    rig = await watched(bench, source, unattended=True, armed=False)
    [answer] = await source.ask(rig.bid())
    assert answer["outcome"] == "accepted"


async def test_real_money_needs_one_arming_first(bench: Bench, source: Source) -> None:
    rig = await watched(bench, source, unattended=True, armed=False, mode=Mode.REAL)
    [answer] = await source.ask(rig.bid())
    assert answer["outcome"] == "refused"
    assert "not confirmed" in str(answer["answer"])
    assert (await rig.screen.do("arm", confirm="trade practice")).outcome is Outcome.ACCEPTED
    await rig.screen.do("disarm")
    [answer] = await source.ask(rig.bid())
    assert answer["outcome"] == "accepted"


async def test_kill_passes_the_lines_that_wait(bench: Bench, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 3_000_000_000)
    rig = await watched(bench, source)
    rig.fault("unanswered", method="add_order")
    lines = [rig.bid(), rig.bid()]
    source.write(lines[0])
    await until(lambda: rig.truth("accepted"))
    source.write(lines[1], "kill")
    await until(lambda: rig.engine.state.killed)
    await until(lambda: not rig.open_at_venue())
    await until(lambda: len(source.answered()) == 3)
    by_line = {answer["line"]: answer["outcome"] for answer in source.answered()}
    assert by_line[2] == "refused"
    assert len(rig.truth("accepted")) == 1


async def test_repeated_fills_shut_signals_off_and_a_person_lets_them_out(bench: Bench, source: Source) -> None:
    rig = await watched(bench, source)
    throttle = rig.engine.commands.gate.throttle
    while not throttle.why(SYMBOL):
        throttle.note_fill(SYMBOL, rig.engine.state.clock.mono_ns())
    [answer] = await source.ask(f"buy 0.01 {SYMBOL} @ {rig.price(Side.BUY, 900):f} post")
    assert answer["outcome"] == "refused"
    assert (await rig.screen.do("override repeated")).outcome is Outcome.ACCEPTED
    [answer] = await source.ask(rig.bid())
    assert answer["outcome"] == "accepted"


async def test_a_pipe_serves_as_well_and_a_bad_file_is_said(bench: Bench, source: Source) -> None:
    os.mkfifo(source.path, 0o600)
    rig = await watched(bench, source)
    writer = os.open(source.path, os.O_WRONLY | os.O_NONBLOCK)
    try:
        os.write(writer, f"{rig.bid()}\n".encode())
        await until(source.answered)
        assert source.answered()[0]["outcome"] == "accepted"
        source.path.chmod(0o622)
        await until(lambda: rig.screen.told("written by other users"))
        with pytest.raises(BrokenPipeError):
            os.write(writer, f"{rig.bid()}\n".encode())
    finally:
        os.close(writer)
    assert len(rig.truth("accepted")) == 1


async def test_answers_that_cannot_be_written_are_in_the_events(bench: Bench, source: Source) -> None:
    rig = await watched(bench, source)
    source.answers.mkdir()
    source.write(rig.bid())
    await until(lambda: rig.screen.told("cannot be written"))
    assert rig.screen.told("signal 1: buy")


async def test_a_client_cannot_pass_for_the_file(bench: Bench, source: Source) -> None:
    rig = await watched(bench, source, unattended=True, armed=False)
    answer = await rig.screen.do(rig.bid(), Origin.SIGNAL)
    assert answer.outcome is Outcome.REFUSED
    assert not rig.truth("accepted")


async def test_off_without_a_path(bench: Bench) -> None:
    rig = await bench.start()
    assert not rig.screen.told("signals")
