"""The legacy edit: for orders placed elsewhere without a client id; refused with the reason for all others."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.order import OrderType, Side
from app.engine.routes import Route
from app.link.messages import Outcome, Preview, PreviewAnswer
from app.venue.core.api import AddOrder, OrderStatus, PriceType, Trigger, VenueReject
from app.workers.feed import Via
from tests.engine.conftest import SYMBOL, Rig, until

D = Decimal


async def shown(rig: Rig, count: int = 1) -> None:
    await until(lambda: len(rig.engine.state.orders.working()) == count)


async def preview(rig: Rig, line: str) -> PreviewAnswer:
    rig.screen.say(Preview(77, line, SYMBOL))
    await until(lambda: any(isinstance(got, PreviewAnswer) for got in rig.screen.got))
    return next(got for got in rig.screen.got if isinstance(got, PreviewAnswer))


@pytest.mark.parametrize("via", [Via.WS, Via.REST])
async def test_an_order_from_elsewhere_is_replaced_by_one_with_the_new_terms(
    rig: Rig, via: Via, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rig.engine.entry.routes, "any", lambda: Route(via))
    old = rig.elsewhere(ticks=700)
    await shown(rig)
    wanted = rig.price(Side.BUY, 705)
    view = (await preview(rig, "edit #1 0.02 @ -5t")).view
    assert view.ok
    assert view.points.startswith("+7 ")  # 1 and 6 of an order younger than five seconds (`ws-v2.md` §10.1)
    answer = await rig.screen.do("edit #1 0.02 @ -5t")
    assert answer.outcome is Outcome.ACCEPTED, answer
    await rig.state(1, "canceled")
    await rig.state(2, "working")
    [new] = rig.open_at_venue()
    scale = rig.venue.exchange.listings[SYMBOL].instrument
    assert (scale.price(new.price), scale.qty(new.qty)) == (wanted, D("0.02"))
    mine = rig.engine.state.orders.numbered(2)
    assert mine is not None
    assert (mine.order_id, mine.limit_price, mine.qty, mine.external) == (new.order_id, wanted, D("0.02"), True)
    assert rig.truth("edited")[0]["original"] == old.order_id
    assert (await rig.screen.do("cancel #2")).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("via", [Via.WS, Via.REST])
async def test_a_trigger_is_edited_too(rig: Rig, via: Via, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.engine.entry.routes, "any", lambda: Route(via))
    start, wanted = rig.price(Side.BUY, 900), rig.price(Side.BUY, 910)
    stop = AddOrder(SYMBOL, Side.SELL, OrderType.STOP_LOSS, D("0.01"), trigger=Trigger(start, PriceType.STATIC))
    rig.venue.exchange.add_order(rig.account, stop)
    await shown(rig)
    assert (await rig.screen.do(f"edit #1 trigger {wanted:f}")).outcome is Outcome.ACCEPTED
    await rig.state(2, "working")
    [new] = rig.open_at_venue()
    assert new.trigger is not None
    assert rig.venue.exchange.listings[SYMBOL].instrument.price(new.trigger.price) == wanted


async def test_ours_are_not_edited_and_it_is_said_why(rig: Rig) -> None:
    await rig.screen.do(rig.bid())
    await rig.state(1, "working")
    rig.elsewhere(cl_ord_id="their-own")
    await shown(rig, 2)
    view = (await preview(rig, "edit #1 0.02")).view
    assert "client id" in view.refusals[0]
    for number in (1, 2):
        answer = await rig.screen.do(f"edit #{number} 0.02")
        assert answer.outcome is Outcome.REFUSED
        assert answer.layer == "guard"
        assert "client id" in answer.text
        assert answer.hint == "amend it instead"
    assert (await rig.screen.do("amend #2 0.02")).outcome is Outcome.ACCEPTED
    assert not rig.truth("edited")


async def test_the_gate_judges_an_edit_by_what_it_adds(rig: Rig) -> None:
    rig.elsewhere()
    await shown(rig)
    answer = await rig.screen.do("edit #1 99")
    assert (answer.outcome, answer.layer, answer.term) == (Outcome.REFUSED, "guard", "size")
    assert (await rig.screen.do("edit #1 0.01")).outcome is Outcome.REFUSED, "nothing to change"
    assert not rig.truth("edited")


async def test_an_edit_that_the_venue_refuses_leaves_the_order_as_it_was(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = rig.elsewhere()
    await shown(rig)
    monkeypatch.setattr("app.venue.core.editing._check_editable", refuse)
    answer = await rig.screen.do("edit #1 0.02")
    assert answer.outcome is Outcome.REFUSED
    assert answer.layer != "guard"
    assert rig.state_of(1) == "working"
    assert [order.order_id for order in rig.open_at_venue()] == [old.order_id]


def refuse(*_args: object) -> None:
    """The venue has a reason that we do not know of."""
    raise VenueReject("EGeneral:Invalid arguments:order is not editable")


async def test_an_edit_without_an_answer_is_asked_about_and_never_sent_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.protocol.ws2.inflight.REQUEST_TIMEOUT_NS", 200_000_000)
    rig.elsewhere()
    await shown(rig)
    rig.fault("unanswered", method="edit_order")
    rig.fault("drop", channel="executions", count=1)
    answer = await rig.screen.do("edit #1 0.02")
    assert answer.outcome is Outcome.UNKNOWN
    await rig.state(1, "canceled")
    await shown(rig)
    assert len(rig.truth("edited")) == 1
    assert rig.open_at_venue()[0].status is OrderStatus.NEW
