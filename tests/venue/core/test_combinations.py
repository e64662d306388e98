"""Every order type with every time in force and flag: what is taken, what is refused and why."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest

from app.clock import NS_PER_S
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import Conditional, OrderStatus, PriceType, Trigger, VenueReject

if TYPE_CHECKING:
    from tests.venue.core.conftest import Venue

TIMES = "EGeneral:Invalid arguments:timeinforce"
POST = "EGeneral:Invalid arguments:post_only"
CLOSE = "EGeneral:Invalid arguments:close"
START = "EGeneral:Invalid arguments:starttm"

# type: the times in force that it takes, and whether post-only goes with it
ALLOWED = {
    "limit": ("gtc gtd ioc fok", True),
    "iceberg": ("gtc gtd", True),
    "market": ("gtc ioc", False),
    "stop-loss": ("gtc gtd ioc", False),
    "take-profit": ("gtc gtd ioc", False),
    "trailing-stop": ("gtc gtd ioc", False),
    "stop-loss-limit": ("gtc gtd ioc", True),
    "take-profit-limit": ("gtc gtd ioc", True),
    "trailing-stop-limit": ("gtc gtd ioc", True),
    "settle-position": ("gtc", False),
}
FLAGS = ("", "post", "close", "later", "base", "leverage", "reduce")


def _fields(venue: Venue, kind: str) -> dict[str, object]:
    """Prices of a buy that rests or waits below a market at 60,000."""
    fields: dict[str, object] = {}
    if kind.startswith("trailing"):
        fields["trigger"] = Trigger(Decimal(500), PriceType.QUOTE)
    elif kind.startswith("stop"):
        fields["trigger"] = Trigger(Decimal("61000.0"))
    elif kind.startswith("take"):
        fields["trigger"] = Trigger(Decimal("59000.0"))
    if "limit" in kind or kind == "iceberg":
        fields["limit_price"] = "59500.0"
    if kind == "trailing-stop-limit":
        fields |= {"limit_price": "-10", "limit_price_type": PriceType.QUOTE}
    if kind == "iceberg":
        fields["display_qty"] = "0.02"
    return fields


def _expected(kind: str, time_in_force: str, flag: str) -> str:
    times, post = ALLOWED[kind]
    if time_in_force not in times.split():
        return TIMES
    if flag == "post" and (not post or time_in_force in {"ioc", "fok"}):
        return POST
    if kind == "settle-position":
        return {"close": CLOSE, "later": START}.get(flag, "")
    return ""


@pytest.mark.parametrize(("kind", "time_in_force", "flag"), product(ALLOWED, [str(t) for t in TimeInForce], FLAGS))
def test_a_combination_is_taken_or_refused_as_the_table_says(
    venue: Venue, kind: str, time_in_force: str, flag: str
) -> None:
    desk = venue.exchange.desk("BTC/USD")
    desk.place(Side.BUY, 599_900, 10**8)
    desk.place(Side.SELL, 600_100, 10**8)
    venue.last("60000.0")
    venue.limit("eve", Side.SELL, "0.2", "59990.0", leverage=5)
    fields = _fields(venue, kind)
    ahead = venue.clock.now_ns() + 60 * NS_PER_S
    if time_in_force == "gtd":
        fields["expire_ns"] = 2 * ahead - venue.clock.now_ns()
    flags: dict[str, dict[str, object]] = {
        "post": {"post_only": True},
        "close": {"close": Conditional(OrderType.LIMIT, Decimal(100), PriceType.QUOTE)},
        "later": {"effective_ns": ahead},
        "base": {"fee_in_base": True},
        "leverage": {"leverage": 2},
        "reduce": {"leverage": 2, "reduce_only": True},
    }
    fields |= flags.get(flag, {})
    fields["time_in_force"] = TimeInForce(time_in_force)
    expected = _expected(kind, time_in_force, flag)
    before = venue.exchange.balances("eve")
    if expected:
        with pytest.raises(VenueReject) as caught:
            venue.order("eve", Side.BUY, OrderType(kind), "0.1", **fields)
        assert caught.value.error == expected
        assert venue.exchange.balances("eve") == before
        assert venue.exchange.open_orders("eve") == []
        return
    order = venue.order("eve", Side.BUY, OrderType(kind), "0.1", **fields)
    assert order.status is _state(kind, time_in_force, flag)
    assert order.waits is (order.trigger is not None)
    resting = order.status is OrderStatus.NEW and not order.waits
    assert [level for level in venue.queue(Side.BUY) if order.order_id in level[1]] == (
        [(595_000, [order.order_id])] if resting else []
    )


def _state(kind: str, time_in_force: str, flag: str) -> OrderStatus:
    if flag == "later":
        return OrderStatus.PENDING_NEW
    if kind in {"market", "settle-position"}:
        return OrderStatus.FILLED
    if kind == "limit" and time_in_force in {"ioc", "fok"}:
        return OrderStatus.CANCELED
    return OrderStatus.NEW


@pytest.mark.parametrize("kind", [kind for kind in ALLOWED if kind != "settle-position"])
def test_reduce_only_without_margin_is_refused(venue: Venue, kind: str) -> None:
    with pytest.raises(VenueReject, match="EOrder:Reduce only:Non-PC"):
        venue.order("eve", Side.BUY, OrderType(kind), "0.1", reduce_only=True, **_fields(venue, kind))


@pytest.mark.parametrize("kind", list(ALLOWED))
def test_validate_leaves_no_trace_of_any_kind(venue: Venue, kind: str) -> None:
    venue.last("60000.0")
    venue.exchange.desk("BTC/USD").place(Side.BUY, 599_900, 10**8)
    venue.limit("eve", Side.SELL, "0.2", "59990.0", leverage=5)
    state, held, seen = venue.exchange.margin("eve"), venue.exchange.holds("eve"), len(venue.events)
    order = venue.order("eve", Side.BUY, OrderType(kind), "0.1", validate=True, **_fields(venue, kind))
    assert order.order_id == ""
    assert (venue.exchange.margin("eve"), venue.exchange.holds("eve"), len(venue.events)) == (state, held, seen)
    assert venue.exchange.open_orders("eve") == []
