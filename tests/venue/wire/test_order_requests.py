"""One order, written in the words of WS v2 and of REST, is one request to the exchange."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import ManualClock, rfc3339
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import AddOrder, Order, PriceType, VenueReject
from app.venue.core.exchange import Exchange
from app.venue.core.universe import build_universe
from app.venue.wire import forms, methods, orders, rest_requests, schema
from app.venue.wire.schema import BadRequest
from tests.thorough import examples

NOW = ManualClock().now_ns()
SYMBOL = "BTC/USD"


@dataclass(frozen=True)
class Twin:
    """The same order in both spellings."""

    ws: dict[str, Any]
    rest: dict[str, str]

    def __or__(self, other: Twin) -> Twin:
        return Twin(self.ws | other.ws, self.rest | other.rest)


NOTHING = Twin({}, {})


def by_ws(twin: Twin) -> AddOrder:
    """Read the WS spelling, through JSON text as on the wire."""
    text = json.dumps({"method": "add_order", "params": twin.ws | {"symbol": SYMBOL}}, default=str)
    params = schema.parse(text.replace('"#', "").replace('#"', "")).params
    schema.check(params, methods.METHODS["add_order"], "add_order")
    return orders.add_order(params, NOW)


def by_rest(twin: Twin, *, as_json: bool = False) -> AddOrder:
    """Read the REST spelling, as a form or as JSON with a nested close."""
    if as_json:
        fields: dict[str, Any] = {key: value for key, value in twin.rest.items() if not key.startswith("close[")}
        close = {key[6:-1]: value for key, value in twin.rest.items() if key.startswith("close[")}
        form = forms.body("application/json", json.dumps(fields | ({"close": close} if close else {})).encode())
    else:
        form = forms.body("application/x-www-form-urlencoded", urlencode(twin.rest).encode())
    return rest_requests.add_order(form, rest_requests.envelope(form, SYMBOL, NOW))


def number(value: Decimal) -> str:
    """Mark a number for the JSON text, so that it keeps its digits."""
    return f"#{value}#"


def offset(value: Decimal, kind: PriceType) -> str:
    return f"{value:+f}" + ("%" if kind is PriceType.PCT else "")


prices = st.integers(10_000, 9_000_000).map(lambda ticks: Decimal(ticks) / 10)
sizes = st.integers(10_000, 10_000_000).map(lambda lots: Decimal(lots) / 10**8)
relative = st.sampled_from([PriceType.PCT, PriceType.QUOTE])
steps = st.integers(1, 3000).map(lambda tenths: Decimal(tenths) / 100)


@st.composite
def triggers(draw: st.DrawFn, order_type: OrderType, *, close: bool = False) -> Twin:
    """A trigger; in a close it has other names."""
    trailing = order_type.trailing
    kind = draw(relative if trailing else st.sampled_from(list(PriceType)))
    value = draw(prices) if kind is PriceType.STATIC else draw(steps)
    if not trailing and kind is not PriceType.STATIC:
        value *= draw(st.sampled_from([1, -1]))
    text = str(value) if kind is PriceType.STATIC else offset(value, kind)
    if close:
        names = {"trigger_price": number(value), "trigger_price_type": str(kind)}
        return Twin(names, {"close[price]": text})
    reference = draw(st.sampled_from(["last", "index"]))
    block = {"price": number(value), "price_type": str(kind), "reference": reference}
    return Twin({"triggers": block}, {"price": text, "trigger": reference})


@st.composite
def limits(draw: st.DrawFn, order_type: OrderType, name: str) -> Twin:
    """A limit price under its REST name."""
    if order_type is OrderType.TRAILING_STOP_LIMIT:
        kind, value = draw(relative), draw(steps) * draw(st.sampled_from([1, -1]))
        return Twin({"limit_price": number(value), "limit_price_type": str(kind)}, {name: offset(value, kind)})
    value = draw(prices)
    return Twin({"limit_price": number(value)}, {name: str(value)})


@st.composite
def closes(draw: st.DrawFn) -> Twin:
    """A conditional close."""
    kinds = [kind for kind in OrderType if kind.triggered] + [OrderType.LIMIT]
    order_type = draw(st.sampled_from(kinds))
    twin = Twin({"order_type": str(order_type)}, {"close[ordertype]": str(order_type)})
    if order_type.triggered:
        twin |= draw(triggers(order_type, close=True))
    if order_type.limited:
        twin |= draw(limits(order_type, "close[price2]" if order_type.triggered else "close[price]"))
    return Twin({"conditional": twin.ws}, twin.rest)


FLAGS = [
    Twin({"post_only": True}, {"oflags": "post"}),
    Twin({"fee_preference": "base"}, {"oflags": "fcib"}),
    Twin({"fee_preference": "quote", "post_only": True}, {"oflags": "fciq,post"}),
    Twin({"stp_type": "cancel_both"}, {"stptype": "cancel-both"}),
    Twin({"cl_ord_id": "mine"}, {"cl_ord_id": "mine"}),
    Twin({"order_userref": 7}, {"userref": "7"}),
    Twin({"reduce_only": True}, {"reduce_only": "True"}),
    Twin({"deadline": rfc3339(NOW + 5 * 10**9)}, {"deadline": rfc3339(NOW + 5 * 10**9)}),
    Twin({"validate": True}, {"validate": "1"}),
    Twin({"effective_time": rfc3339(NOW + 9 * 10**9, 0)}, {"starttm": "+9"}),
]
TIMES = [
    NOTHING,
    Twin({"time_in_force": "ioc"}, {"timeinforce": "IOC"}),
    Twin({"time_in_force": "fok"}, {"timeinforce": "FOK"}),
    Twin(
        {"time_in_force": "gtd", "expire_time": rfc3339(NOW + 60 * 10**9, 0)},
        {"timeinforce": "GTD", "expiretm": str(NOW // 10**9 + 60)},
    ),
    Twin({"time_in_force": "gtd", "expire_time": "+60"}, {"timeinforce": "gtd", "expiretm": "+60"}),
]


@st.composite
def twins(draw: st.DrawFn) -> Twin:
    """Any order that both faces can say, sensible or not."""
    order_type, side, size = draw(st.sampled_from(list(OrderType))), draw(st.sampled_from(list(Side))), draw(sizes)
    twin = Twin(
        {"order_type": str(order_type), "side": str(side), "order_qty": number(size)},
        {"ordertype": str(order_type), "type": str(side), "volume": str(size)},
    )
    if order_type.triggered:
        twin |= draw(triggers(order_type))
    if order_type.limited:
        twin |= draw(limits(order_type, "price2" if order_type.triggered else "price"))
    if order_type is OrderType.ICEBERG:
        part = size.quantize(Decimal("0.00001")) / 4
        twin |= Twin({"display_qty": number(part)}, {"displayvol": str(part)})
    if draw(st.booleans()) and "trigger" not in twin.rest:
        twin |= draw(closes())
    twin |= draw(st.sampled_from(TIMES))
    return twin | draw(st.sampled_from([NOTHING, *FLAGS]))


@settings(max_examples=examples(400), deadline=None)
@given(twins(), st.booleans())
def test_both_spellings_are_the_same_request(twin: Twin, as_json: bool) -> None:
    first, second = by_ws(twin), by_rest(twin, as_json=as_json)
    assert (first.source, second.source) == ("ws", "rest")
    assert replace(first, source="") == replace(second, source="")


@settings(max_examples=examples(300), deadline=None)
@given(twins())
def test_the_exchange_answers_both_spellings_alike(twin: Twin) -> None:
    outcomes: list[Order | str] = []
    for request in (by_ws(twin), by_rest(twin)):
        exchange = Exchange(ManualClock(), build_universe(1), keys_seed="twins")
        try:
            outcomes.append(meaning(exchange.add_order("practice", request)))
        except VenueReject as reject:
            outcomes.append(reject.error)
    first, second = outcomes
    if isinstance(first, str):
        assert same_refusal(first, str(second))
    else:
        assert first == second


def meaning(order: Order) -> Order:
    return replace(order, source="", order_id="")


def same_refusal(first: str, second: str) -> bool:
    """A quantity below the minimum is worded by face (`ws-v2.md` §11)."""
    return first == second or ("minimum" in first and "minimum" in second)


def test_the_search_reaches_accepted_orders_of_every_kind() -> None:
    exchange = Exchange(ManualClock(), build_universe(1), keys_seed="twins")
    accepted = set()
    for order_type in OrderType:
        twin = Twin(
            {"order_type": str(order_type), "side": "buy", "order_qty": number(Decimal("0.01"))},
            {},
        )
        if order_type.triggered:
            kind = "pct" if order_type.trailing else "static"
            price = Decimal(5) if order_type.trailing else Decimal(1000)
            twin |= Twin({"triggers": {"price": number(price), "price_type": kind}}, {})
        if order_type.limited:
            twin |= Twin({"limit_price": number(Decimal(1000))}, {})
        if order_type is OrderType.ICEBERG:
            twin |= Twin({"display_qty": number(Decimal("0.001"))}, {})
        with suppress(VenueReject):
            accepted.add(exchange.add_order("practice", by_ws(twin)).order_type)
    # An empty book has nothing to buy at market, and there is no position to settle.
    assert set(OrderType) - accepted <= {OrderType.SETTLE_POSITION, OrderType.MARKET}


REST_LIMIT = {"ordertype": "limit", "type": "buy", "volume": "0.01", "price": "1000"}
WS_LIMIT: dict[str, Any] = {"order_type": "limit", "side": "buy", "order_qty": 0.01, "limit_price": 1000}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"triggers": 5}, "Triggers field must be an object"),
        ({"triggers": {"price": "5"}}, "Price field must be a number_float"),
        ({"triggers": {"cost": 5}}, "Unsupported field: 'cost' for the given msg type: add_order"),
        ({"triggers": {}}, "EGeneral:Invalid arguments:triggers.price"),
        ({"triggers": {"price": 5, "price_type": "far"}}, "EGeneral:Invalid arguments:triggers.price_type"),
        ({"triggers": {"price": 5, "reference": "mark"}}, "EGeneral:Invalid arguments:triggers.reference"),
        ({"triggers": {"price": 5}, "stop_price": 5}, "EGeneral:Invalid arguments:triggers"),
        ({"trigger": "last"}, "EGeneral:Invalid arguments:stop_price"),
        ({"conditional": [1]}, "Conditional field must be an object"),
        ({"conditional": {}}, "EGeneral:Invalid arguments:conditional.order_type"),
        ({"conditional": {"order_type": "limit", "post_only": True}}, "Unsupported field: 'post_only'"),
        ({"cash_order_qty": 5}, "EGeneral:Invalid arguments:order_qty"),
        ({"cash_order_qty": "5"}, "Cash_order_qty field must be a number_float"),
        ({"limit_price_type": "pct"}, "EGeneral:Invalid arguments:limit_price_type"),
        ({"expire_time": 5}, "Expire_time field must be a string"),
        ({"expire_time": "soon"}, "EGeneral:Invalid arguments:expire_time"),
        ({"effective_time": "-5"}, "EGeneral:Invalid arguments:effective_time"),
        ({"display_qty": 0}, "EGeneral:Invalid arguments:display_qty"),
        ({"order_qty": 0}, "EGeneral:Invalid arguments:order_qty"),
        ({"stp_type": "cancel-both"}, "EGeneral:Invalid arguments:stp_type"),
        ({"fee_preference": "usd"}, "EGeneral:Invalid arguments:fee_preference"),
        ({"cl_ord_id": "a", "order_userref": 1}, "exclude each other"),
        ({"order_userref": 1 << 31}, "EGeneral:Invalid arguments:userref"),
        ({"margin": 1}, "Margin field must be a boolean"),
        ({"leverage": 2}, "Unsupported field: 'leverage' for the given msg type: add_order"),
    ],
)
def test_ws_names_what_is_wrong(change: dict[str, Any], error: str) -> None:
    with pytest.raises(BadRequest) as caught:
        by_ws(Twin(WS_LIMIT | change, {}))
    assert error in caught.value.error


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"price": "5%"}, "price"),
        ({"price": "++5"}, "price"),
        ({"price": "-5"}, None),
        ({"price2": "5"}, "price2"),
        ({"ordertype": "trailing-stop", "price": "5"}, "price"),
        ({"ordertype": "trailing-stop", "price": "-5%"}, "price"),
        ({"ordertype": "trailing-stop", "price": "#5%"}, "price"),
        ({"ordertype": "trailing-stop-limit", "price": "+5%", "price2": "5"}, "price2"),
        ({"ordertype": "trailing-stop-limit", "price": "+5%", "price2": "#5"}, "price2"),
        ({"trigger": "index"}, "trigger"),
        ({"ordertype": "stop-loss", "trigger": "mark"}, "trigger"),
        ({"oflags": "post,fcib,fciq"}, "oflags"),
        ({"oflags": "rush"}, "oflags"),
        ({"leverage": "1"}, "leverage"),
        ({"leverage": "5:1"}, "leverage"),
        ({"leverage": "none"}, None),
        ({"starttm": "0", "expiretm": "0"}, None),
        ({"expiretm": " 60"}, "expiretm"),
        ({"expiretm": "-60"}, "expiretm"),
        ({"displayvol": "-1"}, "displayvol"),
        ({"volume": "0"}, "volume"),
        ({"volume": ""}, "volume"),
        ({"close[price]": "900"}, "close[ordertype]"),
        ({"close[ordertype]": "limit", "close[price]": "900", "close[price2]": "5"}, "close[price2]"),
        ({"reduce_only": "maybe"}, "reduce_only"),
        ({"stptype": "both"}, "stptype"),
        ({"timeinforce": "day"}, "timeinforce"),
        ({"deadline": rfc3339(NOW + 10**9)}, "deadline"),
    ],
)
def test_rest_names_what_is_wrong(change: dict[str, str], error: str | None) -> None:
    twin = Twin({}, REST_LIMIT | change)
    if error is None:
        assert by_rest(twin).symbol == SYMBOL
        return
    with pytest.raises(BadRequest) as caught:
        by_rest(twin)
    assert caught.value.error == f"EGeneral:Invalid arguments:{error}"


@pytest.mark.parametrize(
    ("side", "price", "price2"), [("buy", Decimal(-2), Decimal(3)), ("sell", Decimal(2), Decimal(-3))]
)
def test_a_hash_takes_the_sign_of_the_kind(side: str, price: Decimal, price2: Decimal) -> None:
    fields = {"ordertype": "take-profit-limit", "type": side, "price": "#2%", "price2": "#3"}
    request = by_rest(Twin({}, REST_LIMIT | fields))
    assert request.trigger is not None
    assert (request.trigger.price, request.trigger.price_type) == (price, PriceType.PCT)
    assert (request.limit_price, request.limit_price_type) == (price2, PriceType.QUOTE)


def test_time_in_force_is_read_in_any_case() -> None:
    for text, kind in (("FOK", TimeInForce.FOK), ("Gtc", TimeInForce.GTC)):
        assert by_rest(Twin({}, REST_LIMIT | {"timeinforce": text})).time_in_force is kind
        assert by_ws(Twin(WS_LIMIT | {"time_in_force": text}, {})).time_in_force is kind
