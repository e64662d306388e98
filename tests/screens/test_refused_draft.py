"""A refusal points at its field: the ticket marks it, `e` goes there, and nothing that was typed is lost."""

from __future__ import annotations

import pytest

from app.link.messages import Outcome
from app.link.preview_frame import PreviewView
from tests.screens.screen_bench import SYMBOL, ScreenBench, ladder, order, screen_bench

REFUSED = {"layer": "balance", "hint": "use a smaller size"}


def marked(bench: ScreenBench) -> list[str]:
    """Fields of the ticket that carry the mark, as painted."""
    rows = [line.split() for line in bench.text_of("#ticket").splitlines()]
    return [row[0] for row in rows if row and row[-1] == "✗"]


async def sent_and_refused(bench: ScreenBench, term: str, text: str = "needs 6,430 USD, 10 is available") -> None:
    await bench.arm()
    await bench.press("b")
    await bench.press("enter")
    assert len(bench.lines) == 1
    await bench.answer(Outcome.REFUSED, text, term=term, **REFUSED)


@pytest.mark.parametrize(("term", "field"), [("size", "size"), ("price", "price"), ("post", "post"), ("", "type")])
async def test_a_refusal_that_is_foreseen_is_where_the_edit_begins(term: str, field: str) -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        await bench.preview(PreviewView(False, refusals=("0.1 BTC is too much: use less",), term=term))
        assert marked(bench) == ([field] if term else [])
        await bench.press("e")
        assert bench.trade.desk.editor.name == field


async def test_a_trigger_at_fault_is_the_distance_of_a_trailing_stop() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("s", "e")
        for _ in range(20):
            await bench.press("right", ms=5)
            if bench.trade.desk.draft and " trail " in bench.trade.desk.draft.line():
                break
        await bench.press("enter")
        for _ in range(2):  # while one is asked for only the newest waits
            await bench.preview(PreviewView(False, error="a trailing distance is above zero", term="trigger"))
        await bench.press("e")
        assert bench.trade.desk.editor.name == "trail"


async def test_a_refused_order_comes_back_with_its_field_marked_and_is_not_sent_as_it_is() -> None:
    async with screen_bench() as bench:
        await sent_and_refused(bench, "size")
        assert marked(bench) == ["size"]
        assert "refused: needs 6,430 USD" in bench.text_of("#ticket")
        await bench.press("enter")
        await bench.press("enter")
        assert len(bench.lines) == 1
        assert "refused as it is" in bench.note
        await bench.press("e")
        assert bench.trade.desk.editor.name == "size"
        await bench.type("0.0001")
        assert marked(bench) == []
        await bench.press("enter")
        await bench.press("enter")
        assert bench.lines[1] == f"buy 0.0001 {SYMBOL} @ 64200.1 post"


async def test_a_refused_change_comes_back_too() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.show(orders=(order(2),))
        await bench.press("m", "comma")
        await bench.press("enter")
        assert bench.lines == ["amend #2 0.1 @ 64199.7"]
        await bench.answer(Outcome.REFUSED, "off the tick", term="price", **REFUSED)
        await bench.press("e")
        assert bench.trade.desk.editor.name == "price"


@pytest.mark.parametrize("between", ["another draft", "another pair", "no term", "escape"])
async def test_a_refused_order_does_not_come_back_where_it_would_surprise(between: str) -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        await bench.press("enter")
        if between == "another draft":
            await bench.press("s")
        elif between == "another pair":
            bench.trade.switch_symbol("ETH/USD")
            await bench.show(ladder=ladder(symbol="ETH/USD"))
        await bench.answer(Outcome.REFUSED, "no", term="" if between == "no term" else "size", **REFUSED)
        draft = bench.trade.desk.draft
        if between == "escape":
            await bench.press("escape")
            assert bench.trade.desk.draft is None
        elif between == "another draft":
            assert draft is not None
            assert draft.side == "sell"
            assert marked(bench) == []
        else:
            assert draft is None
