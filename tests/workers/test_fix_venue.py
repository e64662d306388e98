"""FIX against the local venue, which was written from the reference by other hands."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.clock import SystemClock
from app.domain.budget import RollingBudget
from app.domain.ids import CombIds
from app.domain.order import OrderRequest, OrderType, Side
from app.protocol.rest.errors import Layer
from app.protocol.ws2.private import ExecKind
from app.workers.feed import Accepted, Outcome, Refused, Unknown, Venue, Via
from app.workers.supervisor import ConnectGate
from tests.workers.conftest import until
from tests.workers.fix_rig import Rig, local_venue

D = Decimal
IDS = CombIds(time.time_ns, secrets.randbits)
CANCELLED = 0.2
LOW = "40000"
"""A price that rests: the book is near 64000."""


def order(
    qty: str = "0.01",
    price: str = LOW,
    kind: OrderType = OrderType.LIMIT,
    side: Side = Side.BUY,
    symbol: str = "BTC/USD",
    **more: Any,
) -> OrderRequest:
    return OrderRequest(IDS.next(), symbol, side, kind, D(qty), D(price) if kind.limited else None, **more)


async def test_orders_live_and_die_as_over_the_other_transports(tmp_path: Path) -> None:
    async with local_venue(tmp_path) as rig, rig.connected() as (venue, shown):
        rests = await venue.add_order(order(), via=Via.FIX)
        assert isinstance(rests, Accepted)
        assert rests.rtt_us > 0
        await shown.until(lambda: shown.kinds(rests.order_id).count(ExecKind.NEW) == 2)  # over FIX and over WS
        gone = await venue.cancel_order(order_id=rests.order_id, via=Via.FIX)
        assert isinstance(gone, Accepted)
        takes = await venue.add_order(order(kind=OrderType.MARKET), via=Via.FIX)
        assert isinstance(takes, Accepted)
        await shown.until(lambda: shown.kinds(takes.order_id).count(ExecKind.FILLED) == 2)
        # Both transports tell the same fills, under the same ids, with the same fees and totals.
        fills = Counter(
            (row.exec_id, row.last_qty, row.last_price, row.fees and row.fees[0].qty, row.cum_cost, row.liquidity_ind)
            for row in shown.rows[takes.order_id]
            if row.kind is ExecKind.TRADE
        )
        assert fills
        assert set(fills.values()) == {2}
        assert {row.cl_ord_id for row in shown.rows[takes.order_id]} == {takes.cl_ord_id}
        # An order that came over another transport is not FIX's to cancel, and the other way round it is.
        other = await venue.add_order(order(), via=Via.WS)
        assert isinstance(other, Accepted)
        assert not venue.fix_owns(other.order_id)
        mine = await venue.add_order(order(), via=Via.FIX)
        assert isinstance(mine, Accepted)
        assert venue.fix_owns(mine.order_id)
        assert isinstance(await venue.cancel_order(order_id=mine.order_id, via=Via.REST), Accepted)
        await shown.until(lambda: shown.kinds(mine.order_id).count(ExecKind.CANCELED) == 2)

        # An amend in place, twice, as the second must name the first; then the state, then everything of a scope.
        moved = await venue.add_order(order(), via=Via.FIX)
        assert isinstance(moved, Accepted)
        for price in ("40001", "40002"):
            amended = await venue.amend_order(order_id=moved.order_id, limit_price=D(price), via=Via.FIX)
            assert isinstance(amended, Accepted)
            assert amended.amend_id
        (row,) = [one for one in await venue.open_orders() if one.order_id == moved.order_id]
        assert (row.limit_price, row.qty) == (D("40002"), D("0.01"))
        assert isinstance(await venue.fix_status(moved.order_id), Accepted)
        await shown.until(lambda: ExecKind.STATUS in shown.kinds(moved.order_id))
        swept = await venue.fix_mass_cancel(1, "BTC/USD")
        assert isinstance(swept, Accepted)
        assert swept.count == 1
        assert {one.order_id for one in await venue.open_orders()} == {other.order_id}
        # Who refuses is told apart.
        told = await venue.amend_order(order_id=moved.order_id, qty=D(1), via=Via.FIX)
        assert isinstance(told, Refused)
        assert "Unknown order" in told.error
        for request, layer, words in (
            (order(qty="100000"), Layer.BALANCE, "Insufficient funds"),
            (order(qty="0.00000001"), Layer.VALIDATION, "minimum"),
        ):
            told = await venue.add_order(request, via=Via.FIX)
            assert isinstance(told, Refused)
            assert (told.layer, words in told.error) == (layer, True)
        bad_type = OrderRequest(IDS.next(), "NOT/THERE", Side.BUY, OrderType.LIMIT, D(1), D(1))
        told = await venue.add_order(bad_type, via=Via.FIX)
        assert isinstance(told, Refused)


class Cutter:
    """A wire between client and venue that is cut after so many bytes in either direction."""

    def __init__(self, port: int) -> None:
        self._venue_port = port
        self._left = 0
        self.port = 0
        self.cuts = 0
        self._writers: list[asyncio.StreamWriter] = []

    def arm(self, after: int) -> None:
        self._left = after

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if self._left:
                data = data[: self._left]
                self._left -= len(data)
                writer.write(data)
                if not self._left:
                    await writer.drain()
                    self.cuts += 1
                    break
            else:
                writer.write(data)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._venue_port)
        both = [asyncio.create_task(self._carry(*ends)) for ends in ((reader, far_writer), (far_reader, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            for end in (writer, far_writer):
                end.close()  # what was let through arrives, then the link is gone


@asynccontextmanager
async def cutting(rig: Rig) -> AsyncIterator[Cutter]:
    cutter = Cutter(rig.urls.spot_trading)
    server = await asyncio.start_server(cutter.serve, "127.0.0.1", 0)
    cutter.port = server.sockets[0].getsockname()[1]
    try:
        yield cutter
    finally:
        server.close()


@dataclass(frozen=True)
class Small:
    """The smallest order that a pair takes, and a price at which it rests."""

    symbol: str
    qty: str
    price: str


async def small_orders(rig: Rig) -> list[Small]:
    """Ask the venue, as anybody may, for what it trades against dollars: each pair has a rate counter of its own."""
    async with httpx.AsyncClient(base_url=rig.ready["rest"]) as public:
        listed = (await public.get("/0/public/AssetPairs")).json()["result"]
        made = []
        for name, pair in listed.items():
            if not pair["wsname"].endswith("/USD"):
                continue
            book = (await public.get("/0/public/Depth", params={"pair": name, "count": 1})).json()["result"]
            ((levels),) = book.values()
            if not levels["bids"]:
                continue
            low = D(levels["bids"][0][0]) * D("0.7")
            price = low.quantize(D(1).scaleb(-pair["pair_decimals"]), ROUND_DOWN)
            worth = (D(pair["costmin"]) * 2 / price).quantize(D(1).scaleb(-pair["lot_decimals"]), ROUND_UP)
            made.append(Small(pair["wsname"], f"{max(worth, D(pair['ordermin'])):f}", f"{price:f}"))
    return made


async def trade_until_cut(
    venue: Venue, cutter: Cutter, rng: random.Random, smalls: list[Small], told: dict[str, Outcome]
) -> None:
    """Send orders and cancels over FIX until the link is gone."""
    before = cutter.cuts

    async def one() -> None:
        kind = rng.choice((OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET))
        small = rng.choice(smalls)
        side = rng.choice((Side.BUY, Side.SELL)) if kind is OrderType.MARKET else Side.BUY
        request = order(small.qty, small.price, kind, side, small.symbol)
        told[request.cl_ord_id] = await venue.add_order(request, via=Via.FIX)
        if isinstance(told[request.cl_ord_id], Refused):
            await asyncio.sleep(0.05)  # the counter of the pair is full: young orders are dear to cancel
        if isinstance(told[request.cl_ord_id], Accepted) and kind.limited and rng.random() < CANCELLED:
            await venue.cancel_order(cl_ord_id=request.cl_ord_id, via=Via.FIX)

    cutter.arm(rng.randint(1, 2500))
    while cutter.cuts == before and venue.fix_up():
        await asyncio.gather(one(), one())


async def cut_many(rig: Rig, cuts: int, *, cod: bool, seed: int) -> None:
    """Cut the link at random bytes while trading; compare with what the venue knows really happened."""
    rng = random.Random(seed)
    told: dict[str, Outcome] = {}
    gate = ConnectGate(SystemClock(), lambda s: asyncio.sleep(s / 200), RollingBudget(100_000, 1))
    smalls = await small_orders(rig)
    async with (
        cutting(rig) as cutter,
        rig.connected(gate=gate, spot_trading=cutter.port, cancel_on_disconnect=cod) as (venue, shown),
    ):
        for _ in range(cuts):
            await until(venue.fix_up, 30)
            await trade_until_cut(venue, cutter, rng, smalls, told)
            await until(lambda: not venue.fix_up() or not cutter._left, 10)
        cutter.arm(0)
        await until(venue.fix_up, 30)
        sent = Counter(
            value
            for line in venue.fix_log(0)
            if line.out and line.name == "NewOrderSingle"
            for tag, _, value in line.fields
            if tag == 11
        )
        taken = [row["cl_ord_id"] for row in rig.truth() if row["kind"] == "accepted" and row["cl_ord_id"] in told]
        really = Counter(taken)
        assert cutter.cuts >= cuts / 2
        assert len(taken) >= cuts / 2
        assert set(sent.values()) == {1}, "an order was sent again"
        assert set(really.values()) <= {1}, "the venue holds an order twice"
        for name, outcome in told.items():
            match outcome:
                case Accepted():
                    assert name in really, outcome
                case Refused():
                    assert name not in really, outcome
        doubts = [name for name, outcome in told.items() if isinstance(outcome, Unknown)]
        for name in doubts[:3]:  # more would exceed the REST limit; the stream below tells of all
            assert bool(await venue.orders_by_cl_ord_id(name)) == (name in really)
        # Nothing that the venue took is unknown to us, and every fill was told once under its id.
        seen = {row.cl_ord_id for rows in shown.rows.values() for row in rows}
        assert really.keys() == seen & told.keys()
        fills = {row["exec_id"] for row in rig.truth() if row["kind"] == "filled" and row.get("cl_ord_id") in told}
        await shown.until(lambda: fills <= {row.exec_id for rows in shown.rows.values() for row in rows})
        (info,) = venue.fix_sessions()
        assert info.state == "up"
        print(f"{cutter.cuts} cuts, {len(told)} orders, {len(really)} taken, {len(doubts)} in doubt, gap: {info.gap}")  # noqa: T201


async def test_a_cut_anywhere_loses_nothing_and_sends_nothing_twice(tmp_path: Path) -> None:
    async with local_venue(tmp_path) as rig:
        await cut_many(rig, 12, cod=True, seed=1)
        await cut_many(rig, 12, cod=False, seed=2)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("cod", [True, False], ids=["cancel on disconnect", "keep on disconnect"])
async def test_three_hundred_cuts(tmp_path: Path, cod: bool) -> None:
    async with local_venue(tmp_path, pairs=40) as rig:
        await cut_many(rig, 300, cod=cod, seed=3)
