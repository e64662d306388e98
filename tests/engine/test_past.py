"""The ladder as it was, asked for over the link."""

from __future__ import annotations

from app.domain.book import L3Book
from app.domain.order import Side
from app.link.frames import Trust
from app.link.messages import Outcome
from app.link.past_frames import AskPast, Past
from tests.engine.conftest import SYMBOL, Rig, until


async def ask(rig: Rig, request: AskPast) -> Past:
    """Ask, and wait for the answer."""
    rig.screen.say(request)
    await until(lambda: any(isinstance(m, Past) and m.id == request.id for m in rig.screen.got))
    return next(m for m in rig.screen.got if isinstance(m, Past) and m.id == request.id)


async def test_an_own_order_is_in_the_past_ladder_after_it_was_cancelled(rig: Rig) -> None:
    assert (await rig.screen.do(rig.bid())).outcome is Outcome.ACCEPTED
    recorder = rig.engine.state.market.pair(SYMBOL).recorder
    assert recorder is not None
    order = rig.engine.state.orders.working(SYMBOL)[0]
    book = rig.engine.state.market.pair(SYMBOL).book
    assert isinstance(book, L3Book)
    await until(lambda: book.find(order.order_id or "") is not None)
    assert recorder.reach is not None
    then = recorder.reach.last
    assert (await rig.screen.do("cancel all")).outcome is Outcome.ACCEPTED
    await until(lambda: book.find(order.order_id or "") is None)
    rig.stranger(Side.BUY, "0.001", 30)
    past = await ask(rig, AskPast(1, SYMBOL, 40, state=then))
    assert past.ladder is not None
    assert past.ladder.trust is Trust.PAST
    assert past.state == then
    assert [mark.number for mark in past.ladder.own] == [rig.engine.state.orders.number(order)]
    now = await ask(rig, AskPast(2, SYMBOL, 40, state=past.last))
    assert now.ladder is not None
    assert now.ladder.own == ()
    assert now.what
    assert now.at_ns >= past.at_ns


async def test_a_pair_of_which_nothing_is_recorded_says_so(rig: Rig) -> None:
    past = await ask(rig, AskPast(1, "ETH/USD", 40, at_ns=1))
    assert past.ladder is None
    assert "recorded" in past.reason
