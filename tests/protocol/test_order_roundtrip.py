"""Any order that can be sent says on both wires exactly what it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.order import (
    CloseTemplate,
    OrderRequest,
    OrderType,
    PriceKind,
    Side,
    Stp,
    TimeInForce,
    Trigger,
    TriggerRef,
)
from app.protocol.numbers import parse_price
from app.protocol.order_check import check_order
from app.protocol.rest import order_requests as rest
from app.protocol.rest.requests import form_body, json_body
from app.protocol.ws2 import order_requests as ws2

NS = 10**9
POSITIVE = st.integers(1, 10**20).map(lambda units: Decimal(units).scaleb(-10))
OFFSETS = st.integers(-(10**7), 10**7).map(lambda units: Decimal(units).scaleb(-4))
RELATIVE = st.sampled_from([PriceKind.PCT, PriceKind.QUOTE])
TIMES = st.integers(1_600_000_000, 1_900_000_000).map(lambda seconds: seconds * NS)
STATIC = st.just(PriceKind.STATIC)


def priced(trailing: bool) -> st.SearchStrategy[tuple[Decimal, PriceKind]]:
    """A trigger: a price or a signed offset; for trailing stops a positive distance."""
    if trailing:
        return st.tuples(POSITIVE, RELATIVE)
    return st.tuples(POSITIVE, STATIC) | st.tuples(OFFSETS, RELATIVE)


@st.composite
def closes(draw: st.DrawFn) -> CloseTemplate:
    kinds = [kind for kind in OrderType if kind.limited or kind.triggered]
    kind = draw(st.sampled_from([kind for kind in kinds if kind is not OrderType.ICEBERG]))
    offset = kind is OrderType.TRAILING_STOP_LIMIT
    limit = draw(st.tuples(OFFSETS, RELATIVE) if offset else st.tuples(POSITIVE, STATIC)) if kind.limited else None
    trigger = draw(priced(kind.trailing)) if kind.triggered else None
    return CloseTemplate(kind, *(limit or (None, PriceKind.STATIC)), *(trigger or (None, PriceKind.STATIC)))


@st.composite
def orders(draw: st.DrawFn) -> OrderRequest:
    kind = draw(st.sampled_from(OrderType))
    offset = kind is OrderType.TRAILING_STOP_LIMIT
    limit = draw(st.tuples(OFFSETS, RELATIVE) if offset else st.tuples(POSITIVE, STATIC)) if kind.limited else None
    tif = draw(st.sampled_from(TimeInForce))
    return OrderRequest(
        cl_ord_id=str(draw(st.uuids())),
        symbol=draw(st.sampled_from(["BTC/USD", "DOGE/EUR"])),
        side=draw(st.sampled_from(Side)),
        order_type=kind,
        qty=draw(POSITIVE),
        limit_price=None if limit is None else limit[0],
        limit_kind=PriceKind.STATIC if limit is None else limit[1],
        post_only=draw(st.booleans()),
        time_in_force=tif,
        deadline_ns=draw(st.just(0) | TIMES),
        trigger=Trigger(draw(st.sampled_from(TriggerRef)), *draw(priced(kind.trailing))) if kind.triggered else None,
        display_qty=draw(POSITIVE) if kind is OrderType.ICEBERG else None,
        expire_ns=draw(TIMES) if tif is TimeInForce.GTD else 0,
        start_ns=draw(st.just(0) | TIMES),
        reduce_only=draw(st.booleans()),
        leverage=draw(st.sampled_from([0, 2, 5])),
        cash_qty=draw(st.none() | POSITIVE) if kind is OrderType.MARKET else None,
        stp=draw(st.none() | st.sampled_from(Stp)),
        fee_in_base=draw(st.none() | st.booleans()),
        conditional=draw(st.none() | closes()),
        validate=draw(st.booleans()),
    )


def when(text: str | None) -> int:
    return 0 if text is None else int(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * NS


def read_ws(params: dict[str, Any]) -> OrderRequest:
    """Read a frame back, from the table of `ws-v2.md` §9.1 alone."""
    assert params.pop("token") == "tok"
    cash, triggers, close = (params.pop(name, None) for name in ("cash_order_qty", "triggers", "conditional"))
    order = OrderRequest(
        cl_ord_id=params.pop("cl_ord_id"),
        symbol=params.pop("symbol"),
        side=Side(params.pop("side")),
        order_type=OrderType(params.pop("order_type")),
        qty=Decimal(0) if cash is not None else params.pop("order_qty"),
        limit_price=params.pop("limit_price", None),
        limit_kind=PriceKind(params.pop("limit_price_type", "static")),
        post_only=params.pop("post_only", False),
        time_in_force=TimeInForce(params.pop("time_in_force")),
        deadline_ns=when(params.pop("deadline", None)),
        trigger=triggers
        and Trigger(TriggerRef(triggers["reference"]), triggers["price"], PriceKind(triggers["price_type"])),
        display_qty=params.pop("display_qty", None),
        expire_ns=when(params.pop("expire_time", None)),
        start_ns=when(params.pop("effective_time", None)),
        reduce_only=params.pop("reduce_only", False),
        leverage=int(params.pop("margin", False)),
        cash_qty=cash,
        stp=Stp(params.pop("stp_type")) if "stp_type" in params else None,
        fee_in_base={"base": True, "quote": False, None: None}[params.pop("fee_preference", None)],
        conditional=close
        and CloseTemplate(
            OrderType(close["order_type"]),
            close.get("limit_price"),
            PriceKind(close.get("limit_price_type", "static")),
            close.get("trigger_price"),
            PriceKind(close.get("trigger_price_type", "static")),
        ),
        validate=params.pop("validate", False),
    )
    assert params == {}
    return order


def read_prices(fields: dict[str, str], kind: OrderType) -> tuple[Any, Any]:
    """Return limit and trigger, from the table of `rest.md` §5.1 alone."""
    first, second = (parse_price(fields.pop(name)) if name in fields else None for name in ("price", "price2"))
    return (second, first) if kind.triggered else (first, second)


def read_rest(fields: dict[str, str], close: dict[str, str]) -> OrderRequest:
    """Read a form back, from the table of `rest.md` §4.1 alone."""
    kind = OrderType(fields.pop("ordertype"))
    limit, trigger = read_prices(fields, kind)
    flags = set(fields.pop("oflags", "").split(",")) - {""}
    volume = Decimal(fields.pop("volume"))
    reference = fields.pop("trigger", None)
    template = None
    if close:
        child = OrderType(close.pop("ordertype"))
        child_limit, child_trigger = read_prices(close, child)
        nothing = (None, PriceKind.STATIC)
        template = CloseTemplate(child, *(child_limit or nothing), *(child_trigger or nothing))
        assert close == {}
    order = OrderRequest(
        cl_ord_id=fields.pop("cl_ord_id"),
        symbol=fields.pop("pair").replace("XBT", "BTC").replace("XDG", "DOGE"),
        side=Side(fields.pop("type")),
        order_type=kind,
        qty=Decimal(0) if "viqc" in flags else volume,
        limit_price=limit and limit[0],
        limit_kind=limit[1] if limit else PriceKind.STATIC,
        post_only="post" in flags,
        time_in_force=TimeInForce(fields.pop("timeinforce", "GTC").lower()),
        deadline_ns=when(fields.pop("deadline", None)),
        trigger=Trigger(TriggerRef(reference), *trigger) if reference else None,
        display_qty=Decimal(fields.pop("displayvol")) if "displayvol" in fields else None,
        expire_ns=int(fields.pop("expiretm", "0")) * NS,
        start_ns=int(fields.pop("starttm", "0")) * NS,
        reduce_only=fields.pop("reduce_only", "false") == "true",
        leverage=int(fields.pop("leverage", "0")),
        cash_qty=volume if "viqc" in flags else None,
        stp=Stp(fields.pop("stptype").replace("-", "_")) if "stptype" in fields else None,
        fee_in_base=True if "fcib" in flags else False if "fciq" in flags else None,
        conditional=template,
        validate=fields.pop("validate", "false") == "true",
    )
    assert fields == {}
    assert flags <= {"post", "fcib", "fciq", "viqc"}
    return order


def as_told(order: OrderRequest, leverage: int) -> OrderRequest:
    """Return what a wire can tell of an order: money takes the place of the quantity."""
    told = {name: getattr(order, name) for name in order.__slots__}
    return OrderRequest(
        **{**told, "qty": Decimal(0) if order.cash_qty is not None else order.qty, "leverage": leverage}
    )


@given(orders())
def test_any_order_survives_the_socket(order: OrderRequest) -> None:
    check_order(order)
    frame = ws2.add_order(order, "tok", 1)
    params = json.loads(frame, parse_float=Decimal, parse_int=Decimal)["params"]
    assert read_ws(params) == as_told(order, int(order.leverage > 0))


@given(orders())
def test_any_order_survives_the_form(order: OrderRequest) -> None:
    fields = {name: value for name, (value,) in parse_qs(form_body(1, rest.add_order(order)).decode()).items()}
    assert fields.pop("nonce") == "1"
    close = {name[6:-1]: fields.pop(name) for name in list(fields) if name.startswith("close[")}
    assert read_rest(fields, close) == as_told(order, order.leverage)


@settings(max_examples=40)
@given(st.lists(orders(), min_size=2, max_size=4), st.booleans())
def test_any_batch_survives_both_wires(legs: list[OrderRequest], validate: bool) -> None:
    """A batch has one deadline, the earliest, and one pair."""
    told = {name: getattr(legs[0], name) for name in ("symbol",)} | {"validate": validate}
    batch = [OrderRequest(**{**{name: getattr(leg, name) for name in leg.__slots__}, **told}) for leg in legs]
    deadline = min((leg.deadline_ns for leg in legs if leg.deadline_ns), default=0)

    params = json.loads(ws2.batch_add(batch, "tok", 1), parse_float=Decimal, parse_int=Decimal)["params"]
    assert when(params.get("deadline")) == deadline
    rows = params["orders"]
    for leg, row in zip(batch, rows, strict=True):
        shared = {"token": "tok", "symbol": params["symbol"], "validate": params.get("validate", False)}
        read = read_ws({**row, **shared, "deadline": None})
        assert as_told(read, 0) == as_told(without_deadline(leg), 0)

    body = json.loads(json_body(1, rest.add_batch(batch)))
    assert when(body.get("deadline")) == deadline
    for leg, row in zip(batch, body["orders"], strict=True):
        close = row.pop("close", {})
        words = {name: "true" if value is True else value for name, value in row.items()}
        checked = "true" if body.get("validate", False) else "false"
        read = read_rest({**words, "pair": body["pair"], "validate": checked}, close)
        assert read == as_told(without_deadline(leg), leg.leverage)


def without_deadline(order: OrderRequest) -> OrderRequest:
    return OrderRequest(**{**{name: getattr(order, name) for name in order.__slots__}, "deadline_ns": 0})
