"""A refusal names the term that it is about, whoever refused: the gate, Kraken's rules, the venue."""

from __future__ import annotations

import pytest

from app.domain.risk import Verdict
from app.link.messages import Outcome, Preview, PreviewAnswer
from tests.engine.conftest import SYMBOL, Rig, until

LINES = [  # ours, and the venue's when our gate lets it pass; empty where one of them says nothing
    (f"buy 0.01 {SYMBOL} @ 1000.05 post", "price", ""),  # no exact order at all
    (f"sell 0.01 {SYMBOL} stop 1000.05", "trigger", ""),
    (f"buy 0.01 {SYMBOL} @ bid-1t post then stop 1000.05", "close trigger", ""),
    (f"buy 0.0000001 {SYMBOL} @ bid post", "size", "size"),
    (f"buy 100000 {SYMBOL} @ bid-1t post", "size", "size"),
    (f"buy 0.01 {SYMBOL} @ bid-1t post iceberg 0.0001", "display", "display"),
    (f"buy 0.01 {SYMBOL} @ bid-1t post gtd 1s", "expires", "expires"),
    (f"buy 0.01 {SYMBOL} @ bid-1t post reduce", "reduce", "reduce"),
    (f"buy 0.01 {SYMBOL} @ bid-1t post lev 7", "", "leverage"),  # what a pair offers only the venue knows
]


@pytest.mark.parametrize(("line", "ours", "theirs"), LINES)
async def test_gate_preview_and_venue_point_at_the_term(
    rig: Rig, line: str, ours: str, theirs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.screen.say(Preview(77, line, SYMBOL))
    await until(lambda: any(isinstance(got, PreviewAnswer) for got in rig.screen.got))
    view = next(got.view for got in rig.screen.got if isinstance(got, PreviewAnswer))
    assert view.term == ours
    if ours:
        answer = await rig.screen.do(line)
        assert (answer.outcome, answer.layer, answer.term) == (Outcome.REFUSED, "guard", ours)
    monkeypatch.setattr(rig.engine.commands.gate, "check", lambda *_args, **_more: Verdict())
    if theirs:
        forced = await rig.screen.do(line)
        assert forced.outcome is Outcome.REFUSED, forced
        assert forced.layer != "guard"
        assert forced.term == theirs, forced
