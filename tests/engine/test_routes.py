"""Which transport a request takes, and that every detour has its reason."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from app.domain.oms import new_order
from app.domain.order import OrderRequest, OrderType, Side
from app.engine.routes import Route, Routes
from app.workers.outcome import Via

ORDER = OrderRequest("a", "BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(64000))


@dataclass
class Lines:
    """Links that are as a test wants them."""

    ws: bool = True
    fix: bool = True
    owned: set[str] = field(default_factory=set)

    def orders_link_up(self) -> bool:
        return self.ws

    def fix_up(self) -> bool:
        return self.fix

    def fix_owns(self, key: str) -> bool:
        return key in self.owned


def routes(lines: Lines, chosen: Via, *, cannot: str = "", window: bool = False, hold: bool = False) -> Routes:
    return Routes(lines, chosen, cannot=lambda _: cannot, window=lambda: window, hold=hold)


@pytest.mark.parametrize(
    ("lines", "chosen", "route"),
    [
        (Lines(), Via.WS, Route(Via.WS)),
        (Lines(ws=False), Via.WS, Route(Via.REST, "the order link is down")),
        (Lines(), Via.REST, Route(Via.REST)),
        (Lines(), Via.FIX, Route(Via.FIX)),
        (Lines(ws=False), Via.FIX, Route(Via.FIX)),
        (Lines(fix=False), Via.FIX, Route(Via.WS, "the FIX session is down")),
        (Lines(ws=False, fix=False), Via.FIX, Route(Via.REST, "the FIX session is down")),
    ],
)
def test_a_new_order_goes_where_it_was_meant_to_go_or_says_why_not(lines: Lines, chosen: Via, route: Route) -> None:
    assert routes(lines, chosen).new(ORDER) == route


@pytest.mark.parametrize(
    ("lines", "order", "why"),
    [
        (Lines(fix=False), ORDER, "the FIX session is down"),
        (Lines(), replace(ORDER, leverage=3), "a chosen leverage cannot be said over FIX"),
    ],
)
def test_an_order_for_a_sub_account_takes_no_detour(lines: Lines, order: OrderRequest, why: str) -> None:
    chosen = Routes(lines, Via.FIX, cannot=lambda _: "", window=lambda: False, hold=False, account="SUB1")
    assert chosen.new(order) == Route(
        Via.FIX, held=f"{why}, and over another transport it would not be of sub-account SUB1"
    )
    assert chosen.new(ORDER).held == ("" if lines.fix else chosen.new(order).held)
    assert "FIX has no batches" in chosen.batch().held
    chosen.chosen = Via.WS
    assert chosen.new(ORDER) == Route(Via.WS)


def test_what_fix_cannot_carry_goes_elsewhere_and_says_what_that_is() -> None:
    route = routes(Lines(), Via.FIX, cannot="a conditional close").new(ORDER)
    assert route == Route(Via.WS, "FIX cannot carry a conditional close")


@pytest.mark.parametrize("hold", [True, False])
def test_around_the_rollover_a_fix_order_is_held_or_goes_over_ws_as_configured(hold: bool) -> None:
    route = routes(Lines(), Via.FIX, window=True, hold=hold).new(ORDER)
    if hold:
        assert "rolls over" in route.held
    else:
        assert route.via is Via.WS
        assert not route.held
        assert "rolls over" in route.why


@pytest.mark.parametrize("chosen", [Via.WS, Via.FIX])
def test_a_chosen_leverage_can_be_said_over_rest_only(chosen: Via) -> None:
    route = routes(Lines(), chosen).new(replace(ORDER, leverage=3))
    assert route.via is Via.REST
    assert "leverage" in route.why


def test_a_cancel_over_fix_reaches_only_orders_of_this_session() -> None:
    lines = Lines(owned={"a"})
    mine = new_order(ORDER, 1, "fix")
    earlier = new_order(replace(ORDER, cl_ord_id="b"), 1, "fix")
    other = new_order(replace(ORDER, cl_ord_id="c"), 1, "ws")
    made = routes(lines, Via.FIX)
    assert made.change(mine) == Route(Via.FIX)
    assert made.change(earlier) == Route(Via.WS, "an earlier FIX session placed it")
    assert made.change(other) == Route(Via.WS)
    lines.fix = False
    assert made.change(mine) == Route(Via.WS, "the FIX session is down")


def test_a_cancel_without_an_answer_is_asked_for_elsewhere() -> None:
    made = routes(Lines(), Via.FIX)
    assert made.after(Via.FIX) is Via.WS
    assert made.after(Via.WS) is Via.REST
    assert routes(Lines(ws=False), Via.FIX).after(Via.FIX) is Via.REST
