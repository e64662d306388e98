"""What was asked for is what the local venue shows: every kind of order, over both transports.

The venue is another reading of the same pages and runs as a process of its
own; only its ready line is known here.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.clock import NS_PER_S, SystemClock
from app.credentials import ApiKey
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
from app.protocol.wiretime import time_ns
from app.protocol.ws2.private import ExecKind, ExecutionRow
from app.workers.feed import Accepted, Edit, Refused, RestOrder, Venue, VenueUrls, Via

D = Decimal
LOW, HIGH = D(40000), D(90000)
PCT, QUOTE = PriceKind.PCT, PriceKind.QUOTE
HOUR_NS = 3600 * NS_PER_S
READY_S = 60.0


def order(kind: OrderType = OrderType.LIMIT, **more: Any) -> OrderRequest:
    side = more.pop("side", Side.BUY)
    price = LOW if kind.limited else None
    return OrderRequest(str(uuid4()), "BTC/USD", side, kind, D("0.01"), more.pop("limit_price", price), **more)


def trigger(price: str, kind: PriceKind = PriceKind.STATIC, reference: TriggerRef = TriggerRef.LAST) -> Trigger:
    return Trigger(reference, D(price), kind)


def close(kind: OrderType, limit: Any = None, wake: Any = None) -> CloseTemplate:
    nothing = (None, PriceKind.STATIC)
    return CloseTemplate(kind, *(limit or nothing), *(wake or nothing))


def resting(now_ns: int) -> list[OrderRequest]:
    """Return one order of each kind and flag that waits in the book or for its trigger."""
    full_s = now_ns // NS_PER_S * NS_PER_S
    stop, take = OrderType.STOP_LOSS, OrderType.TAKE_PROFIT
    stop_limit, take_limit = OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT
    trailing, trailing_limit = OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT
    fixed = PriceKind.STATIC
    return [
        order(),
        order(post_only=True),
        order(time_in_force=TimeInForce.GTD, expire_ns=full_s + HOUR_NS),
        order(start_ns=full_s + HOUR_NS),
        order(stp=Stp.CANCEL_BOTH, fee_in_base=True, deadline_ns=now_ns + 30 * NS_PER_S),
        order(leverage=5),
        order(OrderType.ICEBERG, display_qty=D("0.001")),
        order(stop, trigger=trigger("90000")),
        order(stop, side=Side.SELL, trigger=trigger("-10", PCT)),
        order(stop, side=Side.SELL, trigger=trigger("-5000", QUOTE, TriggerRef.INDEX)),
        order(take, trigger=trigger("-10", PCT)),
        order(stop_limit, trigger=trigger("90000"), limit_price=D(90010)),
        order(take_limit, side=Side.SELL, trigger=trigger("90000"), limit_price=D(89990)),
        order(trailing, side=Side.SELL, trigger=trigger("10", PCT)),
        order(trailing, trigger=trigger("5000", QUOTE)),
        order(trailing_limit, side=Side.SELL, trigger=trigger("5000", QUOTE), limit_price=D(-10), limit_kind=QUOTE),
        order(trailing_limit, trigger=trigger("10", PCT), limit_price=D("0.5"), limit_kind=PCT),
        order(conditional=close(OrderType.LIMIT, (HIGH, fixed))),
        order(conditional=close(stop, wake=(LOW - 100, fixed))),
        order(conditional=close(take_limit, (HIGH, fixed), (HIGH - 10, fixed))),
        order(conditional=close(take, wake=(D(5), PCT))),
        order(conditional=close(trailing, wake=(D(5), PCT))),
        order(conditional=close(trailing_limit, (D(0), QUOTE), (D(500), QUOTE))),
    ]


class Shown:
    """A listener that keeps the reports of each order."""

    def __init__(self) -> None:
        self.rows: dict[str, list[ExecutionRow]] = {}
        self.ready = False
        self.arrived = asyncio.Event()

    def on_execution(self, row: ExecutionRow, _snapshot: bool, _sequence: int) -> None:
        self.rows.setdefault(row.order_id, []).append(row)
        self.arrived.set()

    def on_orders_ready(self) -> None:
        self.ready = True
        self.arrived.set()

    def __getattr__(self, name: str) -> Any:
        """Listen to everything else without a word."""
        return lambda *_told: None

    async def until(self, met: Any) -> None:
        async with asyncio.timeout(10):
            while not met():
                self.arrived.clear()
                await self.arrived.wait()

    def kinds(self, order_id: str) -> list[ExecKind]:
        return [row.kind for row in self.rows.get(order_id, [])]


@asynccontextmanager
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Venue, Shown]]:
    """Start a venue whose agents rest and connect to it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "venue", "--port", "0", "--pairs", "2", "--speed", "0", "--tier", "pro"),
        *("--truth", str(tmp_path / "truth.jsonl"), "--until-eof"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), READY_S))
        key = ready["keys"][0]
        shown = Shown()
        venue = Venue(
            VenueUrls(ready["rest"], ready["ws_public"], ready["ws_auth"], ready["ws_l3"]),
            ApiKey.parse("test", key["api_key"], key["api_secret"]),
            SystemClock(),
            shown,
            nonce_path=tmp_path / "nonce",
            tier="pro",
        )
        running = asyncio.create_task(venue.run())
        try:
            await shown.until(lambda: shown.ready)
            yield venue, shown
        finally:
            await venue.close()
            await running
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)


def told_by_stream(row: ExecutionRow) -> OrderRequest:
    """Read an order back from its first report, as far as reports describe one (`ws-v2.md` §7.3)."""
    wake, child = row.triggers, row.contingent
    return OrderRequest(
        row.cl_ord_id or "",
        row.symbol or "",
        Side(row.side or ""),
        OrderType(row.order_type or ""),
        row.order_qty or D(0),
        row.limit_price,
        post_only=bool(row.post_only),
        time_in_force=TimeInForce((row.time_in_force or "").lower()),
        trigger=None
        if wake is None or wake.price is None
        else Trigger(TriggerRef(wake.reference or ""), wake.price, PriceKind(wake.price_type or "")),
        limit_kind=PriceKind(row.limit_price_type or "static") if row.limit_price is not None else PriceKind.STATIC,
        display_qty=row.display_qty,
        expire_ns=time_ns(row.expire_time) if row.expire_time else 0,
        start_ns=time_ns(row.effective_time) if row.effective_time else 0,
        leverage=5 if row.margin else 0,
        fee_in_base=row.fee_ccy_pref == "fcib",
        conditional=None
        if child is None
        else CloseTemplate(
            OrderType(child.order_type),
            child.limit_price,
            PriceKind(child.limit_price_type or "static"),
            child.trigger_price,
            PriceKind(child.trigger_price_type or "static"),
        ),
    )


def told_by_rest(row: RestOrder) -> OrderRequest:
    """Read an order back from `OpenOrders` (`rest.md` §3.5)."""
    return OrderRequest(
        row.cl_ord_id,
        row.symbol,
        row.side,
        OrderType(row.order_type),
        row.qty,
        row.limit_price,
        post_only=row.post_only,
        time_in_force=TimeInForce(row.time_in_force),
        trigger=row.trigger,
        limit_kind=row.limit_kind,
        display_qty=row.display_qty,
        expire_ns=row.expire_ns,
        start_ns=row.start_ns,
        leverage=row.leverage,
        fee_in_base="fcib" in row.oflags,
        conditional=row.conditional,
    )


def as_shown(asked: OrderRequest) -> OrderRequest:
    """Return what the venue can show of an order: not how it was to be matched."""
    return replace(asked, stp=None, deadline_ns=0, fee_in_base=bool(asked.fee_in_base))


@pytest.mark.parametrize("via", [Via.WS, Via.REST])
async def test_every_resting_order_is_shown_as_it_was_asked_for(tmp_path: Path, via: Via) -> None:
    async with desk(tmp_path) as (venue, shown):
        asked: dict[str, OrderRequest] = {}
        for request in resting(time.time_ns()):
            outcome = await venue.add_order(request, via=via)
            assert isinstance(outcome, Accepted), (request, outcome)
            asked[outcome.order_id] = as_shown(request)
        await shown.until(lambda: asked.keys() <= shown.rows.keys())
        assert {order_id: told_by_stream(shown.rows[order_id][0]) for order_id in asked} == asked
        # No page lists the visible slice among the fields of REST's order rows (`rest.md` §3.5).
        listed = {order_id: replace(one, display_qty=None) for order_id, one in asked.items()}
        assert {row.order_id: told_by_rest(row) for row in await venue.open_orders()} == listed
        gone = await venue.cancel_batch(list(asked), via=via)
        assert isinstance(gone, Accepted)
        assert gone.count == len(asked)
        await shown.until(lambda: all(ExecKind.CANCELED in shown.kinds(order_id) for order_id in asked))


@pytest.mark.parametrize("via", [Via.WS, Via.REST])
async def test_orders_that_take_end_as_their_kind_says(tmp_path: Path, via: Via) -> None:
    market, limit = OrderType.MARKET, OrderType.LIMIT
    ends: list[tuple[OrderRequest, ExecKind]] = [
        (order(market), ExecKind.FILLED),
        (order(market, cash_qty=D(200)), ExecKind.FILLED),
        (order(limit, limit_price=HIGH, time_in_force=TimeInForce.FOK), ExecKind.FILLED),
        (order(limit, limit_price=HIGH, time_in_force=TimeInForce.IOC), ExecKind.FILLED),
        (order(limit, time_in_force=TimeInForce.FOK), ExecKind.CANCELED),
        (order(limit, time_in_force=TimeInForce.IOC), ExecKind.CANCELED),
        (order(limit, limit_price=HIGH, post_only=True), ExecKind.CANCELED),
        (order(OrderType.STOP_LOSS, trigger=trigger("40000")), ExecKind.FILLED),
    ]
    async with desk(tmp_path) as (venue, shown):
        for request, end in ends:
            outcome = await venue.add_order(request, via=via)
            assert isinstance(outcome, Accepted), (request, outcome)
            order_id = outcome.order_id
            await shown.until(lambda order_id=order_id, end=end: end in shown.kinds(order_id))
        assert await venue.open_orders() == ()


@pytest.mark.parametrize("via", [Via.WS, Via.REST])
async def test_each_fill_of_a_parent_makes_a_child_of_its_size(tmp_path: Path, via: Via) -> None:
    async with desk(tmp_path) as (venue, shown):
        parent = await venue.add_order(
            order(OrderType.MARKET, conditional=close(OrderType.LIMIT, (HIGH, PriceKind.STATIC))), via=via
        )
        assert isinstance(parent, Accepted)
        await shown.until(lambda: ExecKind.FILLED in shown.kinds(parent.order_id))
        fills = [row.last_qty for row in shown.rows[parent.order_id] if row.kind is ExecKind.TRADE]

        def children() -> list[ExecutionRow]:
            return [rows[0] for rows in shown.rows.values() if rows[0].ord_ref_id == parent.order_id]

        await shown.until(lambda: len(children()) == len(fills))
        assert [(row.order_qty, row.limit_price, row.side) for row in children()] == [
            (qty, HIGH, "sell") for qty in fills
        ]
        assert {row.ref_id for row in await venue.open_orders()} == {parent.order_id}


@pytest.mark.parametrize("via", [Via.WS, Via.REST])
async def test_batches_amends_edits_and_checks(tmp_path: Path, via: Via) -> None:
    async with desk(tmp_path) as (venue, _shown):
        poor = replace(order(), qty=D(100_000))
        good, refused, iceberg = await venue.add_batch(
            [order(), poor, order(OrderType.ICEBERG, display_qty=D("0.001"))], via=via
        )
        assert isinstance(good, Accepted)
        assert isinstance(refused, Refused)
        assert refused.error == "EOrder:Insufficient funds"
        assert isinstance(iceberg, Accepted)
        invalid = await venue.add_batch([order(), replace(order(), qty=D("0.00000001"))], via=via)
        assert [type(outcome) for outcome in invalid] == [Refused, Refused]

        shown_qty = await venue.amend_order(order_id=iceberg.order_id, display_qty=D("0.002"), via=via)
        assert isinstance(shown_qty, Accepted)
        moved = await venue.amend_order(order_id=good.order_id, qty=D("0.02"), limit_price=LOW - 1, via=via)
        assert isinstance(moved, Accepted)
        first, second = await venue.order_amends(good.order_id)
        assert (first.limit_price, second.limit_price, second.qty) == (LOW, LOW - 1, D("0.02"))

        own = await venue.add_order(replace(order(), cl_ord_id=""), via=via)  # an edit knows no client ids
        assert isinstance(own, Accepted)
        edited = await venue.edit_order(Edit(own.order_id, "BTC/USD", qty=D("0.03")), via=via)
        assert isinstance(edited, Accepted)
        assert edited.original_id == own.order_id

        checked = await venue.add_order(order(validate=True), via=via)
        assert isinstance(checked, Accepted)
        live = {row.order_id: row.qty for row in await venue.open_orders()}
        assert live == {good.order_id: D("0.02"), iceberg.order_id: D("0.01"), edited.order_id: D("0.03")}


@pytest.mark.parametrize("via", [Via.WS, Via.REST])
async def test_a_margin_position_is_opened_reduced_and_settled(tmp_path: Path, via: Via) -> None:
    async with desk(tmp_path) as (venue, shown):

        async def done(request: OrderRequest) -> None:
            outcome = await venue.add_order(request, via=via)
            assert isinstance(outcome, Accepted), outcome
            await shown.until(lambda: ExecKind.FILLED in shown.kinds(outcome.order_id))

        await done(order(OrderType.MARKET, leverage=5))
        assert sum(held.qty - held.closed_qty for held in await venue.positions()) == D("0.01")
        half = order(OrderType.MARKET, side=Side.SELL, leverage=5, reduce_only=True)
        await done(replace(half, qty=D("0.004")))
        assert sum(held.qty - held.closed_qty for held in await venue.positions()) == D("0.006")
        await done(replace(order(OrderType.SETTLE_POSITION, side=Side.SELL, leverage=5), qty=D(0)))
        assert await venue.positions() == ()
        again = await venue.add_order(half, via=via)
        assert isinstance(again, Refused)
        assert again.error.startswith("EOrder:Reduce only")
