"""Market data over FIX: snapshots, changes, checksums, refusals (`fix.md` §3)."""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, cast

import pytest
import pytest_asyncio

from app.domain.instrument import PairStatus
from app.domain.order import OrderType, Side
from app.venue.core.api import AddOrder, SystemMode, VenueReject
from app.venue.fix import policies
from app.venue.fix.connection import Connection
from app.venue.fix.service import Service
from tests.venue.fix.conftest import Body, FixClient, Floor, Got
from tests.venue.fix.scenario import FakeTransport

pytestmark = pytest.mark.asyncio(loop_scope="module")

SYMBOL = "BTC/USD"
Levels = dict[Decimal, Decimal]


@pytest_asyncio.fixture(loop_scope="module")
async def floor(shared: Floor) -> AsyncIterator[Floor]:
    """The venue of the module with nobody logged on, rate counters decayed and everything online."""
    shared.clock.advance(s=60)
    yield shared
    exchange = shared.venue.exchange
    exchange.set_mode(SystemMode.ONLINE)
    exchange.set_pair_status(SYMBOL, PairStatus.ONLINE)
    exchange.cancel_all("second")
    await shared.hang_up()


def request(
    *more: tuple[int, Any], depth: int = 10, kinds: str = "01", symbol: str = SYMBOL, name: str = "MD1"
) -> Body:
    """Fields of a MarketDataRequest; later ones replace earlier ones."""
    body: Body = [(262, name), (263, 1), (264, depth), (265, 1)]
    given = {tag for tag, _ in more}
    groups: Body = [(267, len(kinds)), *((269, kind) for kind in kinds), (146, 1), (55, symbol)]
    return [*(pair for pair in body if pair[0] not in given), *more, *groups]


def entries(message: Got) -> list[dict[int, str]]:
    """The entries of a W or an X, each by its leading field."""
    lead = 279 if message.kind == "X" else 269
    found: list[dict[int, str]] = []
    for tag, value in message.pairs:
        if tag == lead:
            found.append({})
        if found and tag not in {5041, 10}:
            found[-1][tag] = value
    return found


class Reader:
    """A Level 2 book built from the wire alone."""

    def __init__(self, snapshot: Got) -> None:
        self.sides: dict[str, Levels] = {"0": {}, "1": {}}
        for entry in entries(snapshot):
            self.sides[entry[269]][Decimal(entry[270])] = Decimal(entry[271])

    def apply(self, message: Got) -> None:
        for entry in entries(message):
            side, price, size = self.sides[entry[269]], Decimal(entry[270]), Decimal(entry[271])
            if entry[279] == "0":
                assert price not in side, "a new level that was there"
                side[price] = size
            elif entry[279] == "1":
                assert side[price] != size, "a change that changes nothing"
                side[price] = size
            else:
                held = side.pop(price)
                assert size in {Decimal(0), held}, "pushed out with another size"

    def checksum(self, price_dp: int, qty_dp: int) -> int:
        digits = ""
        for kind, order in (("1", sorted(self.sides["1"])), ("0", sorted(self.sides["0"], reverse=True))):
            for price in order[:10]:
                for value, dp in ((price, price_dp), (self.sides[kind][price], qty_dp)):
                    digits += f"{value:.{dp}f}".replace(".", "").lstrip("0")
        return zlib.crc32(digits.encode())


def act(floor: Floor, source: random.Random) -> None:
    """Place or cancel something near the market, once the rate counter has decayed."""
    floor.clock.advance(s=3)
    exchange = floor.venue.exchange
    own = [order for order in exchange.open_orders("second") if order.symbol == SYMBOL]
    if own and source.random() < 0.45:
        exchange.cancel_order("second", order_id=source.choice(own).order_id)
        return
    side = source.choice([Side.BUY, Side.SELL])
    near = exchange.levels(SYMBOL, side, 12)
    price = exchange.listings[SYMBOL].instrument.price(near[source.randrange(len(near))].price)
    shift = Decimal(source.choice([-2, -1, 0, 1, 40])) / 10 * (1 if side is Side.SELL else -1)
    qty = Decimal(source.randrange(1, 400)) / 10_000
    try:
        exchange.add_order("second", AddOrder(SYMBOL, side, OrderType.LIMIT, qty, price + shift))
    except VenueReject:
        return


def venue_side(floor: Floor, side: Side, depth: int) -> list[tuple[Decimal, Decimal]]:
    instrument = floor.venue.exchange.listings[SYMBOL].instrument
    levels = floor.venue.exchange.levels(SYMBOL, side, depth)
    return [(instrument.price(level.price), instrument.qty(level.qty)) for level in levels]


async def drained(client: FixClient, name: str) -> list[Got]:
    """All messages up to the answer of a test request."""
    await client.send("1", [(112, name)])
    found: list[Got] = []
    while True:
        got = await client.receive()
        assert got is not None
        if got.kind == "0":
            return found
        found.append(got)


@pytest.mark.parametrize("depth", [1, 10, 25])
async def test_a_book_built_from_the_wire_is_the_venues_and_its_checksum_holds(floor: Floor, depth: int) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("V", request(depth=depth))
    snapshot = await client.expect("W", t262="MD1", t55=SYMBOL)
    kinds = [entry[269] for entry in entries(snapshot)]
    assert kinds == ["1"] * depth + ["0"] * depth, "offers low to high, then bids high to low"
    first = entries(snapshot)[0]
    assert first[278] == f"O{first[270]}"
    assert "5041" not in [str(tag) for tag, _ in snapshot.pairs]
    reader, source = Reader(snapshot), random.Random(depth)
    instrument = floor.venue.exchange.listings[SYMBOL].instrument
    changed = 0
    for step in range(80):
        act(floor, source)
        for got in await drained(client, str(step)):
            reader.apply(got)
            changed += 1
            if depth >= 10:
                assert int(got[5041]) == reader.checksum(instrument.price_dp, instrument.qty_dp)
    assert changed > 3
    assert sorted(reader.sides["1"].items()) == venue_side(floor, Side.SELL, depth)
    assert sorted(reader.sides["0"].items(), reverse=True) == venue_side(floor, Side.BUY, depth)


async def test_every_order_shows_on_level_3_and_keeps_its_place(floor: Floor) -> None:
    client = await floor.logon(service="spot_l3", heartbeat=3_600)
    await client.send("V", request((266, "N"), depth=10))
    snapshot = await client.expect("W")
    held: dict[str, tuple[str, Decimal, Decimal, str]] = {}
    for entry in entries(snapshot):
        held[entry[278]] = (entry[269], Decimal(entry[270]), Decimal(entry[271]), entry[5273])
    source = random.Random(3)
    for step in range(80):
        act(floor, source)
        for got in await drained(client, str(step)):
            for entry in entries(got):
                if entry[279] == "2":
                    del held[entry[278]]
                else:
                    assert (entry[278] in held) == (entry[279] == "1")
                    held[entry[278]] = (entry[269], Decimal(entry[270]), Decimal(entry[271]), entry[5273])
                assert entry[5060].endswith("Z")
    instrument = floor.venue.exchange.listings[SYMBOL].instrument
    for kind, side, sign in (("1", Side.SELL, 1), ("0", Side.BUY, -1)):
        mine = [(order[1] * sign, order[3], name, order[2]) for name, order in held.items() if order[0] == kind]
        theirs = [
            (instrument.price(order.price), order.order_id, instrument.qty(order.qty))
            for level in floor.venue.exchange.levels(SYMBOL, side, 10)
            for order in level.orders
        ]
        assert [(price * sign, name, qty) for price, _, name, qty in sorted(mine)] == theirs


async def test_a_trade_tells_the_takers_side_and_kind(floor: Floor) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("V", request(kinds="2"))
    await client.quiet()
    exchange = floor.venue.exchange
    exchange.add_order("second", AddOrder(SYMBOL, Side.SELL, OrderType.MARKET, Decimal("0.001")))
    got = await client.expect("X", t262="MD1", t268=1)
    (entry,) = entries(got)
    trade = next(trade for trade in exchange.trades(SYMBOL) if f"T{trade.trade_id}" == entry[278])
    instrument = exchange.listings[SYMBOL].instrument
    assert (entry[279], entry[269], entry[40], entry[2446]) == ("0", "2", "1", "2")
    assert (Decimal(entry[270]), Decimal(entry[271])) == (instrument.price(trade.price), instrument.qty(trade.qty))
    assert got[5041] == ""


async def test_nothing_comes_after_unsubscribing_or_for_a_new_connection(floor: Floor) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("V", request())
    await client.expect("W")
    await client.send("V", request((263, 2)))
    await client.quiet()
    act(floor, random.Random(1))
    await client.quiet()
    await client.send("V", request())
    await client.expect("W")
    await client.close()
    again = await floor.logon(service="spot_md", heartbeat=3_600)
    act(floor, random.Random(2))
    await again.quiet()


@pytest.mark.parametrize(
    ("service", "body", "reason", "text"),
    [
        ("spot_md", request(symbol="FOO/BAR"), "0", "Unknown symbol: FOO/BAR"),
        ("spot_md", request((263, 0)), "4", "Unsupported SubscriptionRequestType: 0"),
        ("spot_md", request(depth=7), "5", "Unsupported market depth: 7"),
        ("spot_l3", request((266, "N"), depth=25), "5", "Unsupported market depth: 25"),
        ("spot_md", request((265, 0)), "6", "Unsupported MDUpdateType: 0"),
        ("spot_md", request(kinds="04"), "8", "Unsupported MDEntryType: 4"),
        ("spot_md", request(kinds="02"), "8", "Bid and offer must be requested together"),
        ("spot_l3", request((266, "Y")), "A", "Only level 3 is available on this port"),
        ("spot_md", request((266, "N")), "B", "Level 3 is not available on this port"),
        ("spot_l3", request((266, "N"), kinds="012"), "C", "Trades are not available with level 3"),
        ("deriv_md", request(symbol="PF_XBTUSD"), "0", "Unknown symbol: PF_XBTUSD"),
    ],
)
async def test_what_is_not_offered_is_refused_by_its_reason(
    floor: Floor, service: str, body: Body, reason: str, text: str
) -> None:
    client = await floor.logon(service=service)
    await client.send("V", body)
    got = await client.expect("Y", t262="MD1", t281=reason, t58=text)
    assert [tag for tag, _ in got.pairs[-4:]] == [262, 281, 58, 10]


async def test_a_request_id_is_used_once(floor: Floor) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("V", request())
    await client.expect("W")
    await client.send("V", request(depth=25))
    await client.expect("Y", t281=1, t58="Duplicate MDReqID")


async def test_a_group_that_is_not_there_is_a_session_reject(floor: Floor) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("V", [(262, "MD1"), (263, 1), (264, 10), (146, 1), (55, SYMBOL)])
    await client.expect("3", t371=267, t372="V", t373=1)


async def test_the_instrument_list_comes_in_fragments_with_every_number(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "INSTRUMENTS_PER_MESSAGE", 2)
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("x", [(263, 0), (320, "R1"), (559, 4)])
    parts = [await client.expect("y", t320="R1", t560=0, t393=3) for _ in range(2)]
    assert [part[893] for part in parts] == ["N", "Y"]
    assert [part[146] for part in parts] == ["2", "1"]
    symbols = [value for part in parts for tag, value in part.pairs if tag == 55]
    assert symbols == list(floor.venue.exchange.listings)
    await client.send("x", [(320, "R2"), (559, 0), (55, SYMBOL)])
    got = await client.expect("y", t320="R2", t146=1, t55=SYMBOL, t5032=1)
    tags = [tag for tag, _ in got.pairs]
    assert tags[tags.index(320) :] == [320, 322, 560, 146, 55, 562, 5010, 5011, 5013, 2349, 5052, 5022, 5032, 10]
    instrument = floor.venue.exchange.listings[SYMBOL].instrument
    assert (Decimal(got[562]), Decimal(got[5022])) == (instrument.lot, instrument.tick)
    assert (got[5010], got[2349]) == (str(instrument.qty_dp), str(instrument.price_dp))


async def test_an_instrument_list_that_is_followed_tells_of_changes(floor: Floor) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("x", [(263, 1), (320, "R1"), (559, 1), (167, "CASH")])
    assert (await client.expect("y", t560=0))[393] == ""
    floor.venue.exchange.set_pair_status(SYMBOL, PairStatus.POST_ONLY)
    await client.expect("y", t320="R1", t146=1, t55=SYMBOL, t5032=4)
    await client.send("x", [(263, 2), (320, "R1"), (559, 4)])
    await client.quiet()
    floor.venue.exchange.set_pair_status(SYMBOL, PairStatus.ONLINE)
    await client.quiet()


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ([(320, "R1"), (559, 0)], 1),
        ([(320, "R1"), (559, 1)], 1),
        ([(320, "R1"), (559, 0), (55, "FOO/BAR")], 2),
        ([(320, "R1"), (559, 1), (167, "FUT")], 2),
    ],
)
async def test_a_list_of_nothing_says_so(floor: Floor, body: Body, result: int) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("x", body)
    got = await client.expect("y", t320="R1", t560=result)
    assert got[58]
    assert got[146] == ""


async def test_the_trading_status_is_told_and_followed(floor: Floor) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("g", [(263, 1), (335, "T1"), (336, "SESSION")])
    await client.expect("h", t335="T1", t336="SESSION", t340=2, t567="")
    floor.venue.exchange.set_mode(SystemMode.CANCEL_ONLY)
    await client.expect("h", t335="T1", t340=101)
    for body, error in (
        ([(263, 1), (335, "T1"), (336, "SESSION")], 102),
        ([(263, 1), (335, "T2"), (336, "SESSION")], 103),
        ([(263, 7), (335, "T3"), (336, "SESSION")], 101),
        ([(263, 0), (335, "T4"), (336, "OTHER")], 1),
    ):
        await client.send("g", body)
        await client.expect("h", t340=0, t567=error)


async def test_orders_have_no_place_on_a_market_data_port(floor: Floor) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("D", floor.limit(1, 30_000, "0.01"))
    await client.expect("j", t372="D", t380=3)


async def test_a_corrupted_checksum_is_wrong_once(floor: Floor) -> None:
    client = await floor.logon(service="spot_md", heartbeat=3_600)
    await client.send("V", request())
    reader = Reader(await client.expect("W"))
    assert await floor.fault(kind="corrupt", channel="book", symbol=SYMBOL) == {"ok": True}
    instrument = floor.venue.exchange.listings[SYMBOL].instrument
    good = []
    source = random.Random(5)
    for step in range(30):
        act(floor, source)
        for got in await drained(client, str(step)):
            reader.apply(got)
            good.append(int(got[5041]) == reader.checksum(instrument.price_dp, instrument.qty_dp))
    assert good[0] is False
    assert all(good[1:])


async def test_market_data_that_is_too_old_is_gap_filled_and_the_rest_comes_again(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MARKET_REPLAY", 3)
    client = await floor.logon(service="spot_md", heartbeat=3_600, key="second")  # its first logon, so its first store
    await client.send("V", request())
    source, messages = random.Random(9), [await client.expect("W")]
    while len(messages) < 6:
        act(floor, source)
        messages += await drained(client, str(len(messages)))
    await client.send("2", [(7, 1), (16, 0)])
    kept = messages[-3:]
    await client.expect("4", t34=1, t43="Y", t123="Y", t36=kept[0][34])
    for got in kept:
        again = await client.until("X", t34=got[34])
        assert (again[43], again[122], entries(again)) == ("Y", got[52], entries(got))


class StuckTransport(FakeTransport):
    """Nothing that is written gets away."""

    def get_write_buffer_size(self) -> int:
        return len(self.written)


async def test_a_reader_that_does_not_read_is_dropped(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "WRITE_LIMIT", 1_000)
    client, transport = FixClient(floor.clock, "QDPRACTICE1", "KRAKEN-MD"), StuckTransport()
    connection = Connection(Service.SPOT_MD, floor.venue.fix.gate)
    connection.connection_made(cast(asyncio.Transport, transport))
    connection.data_received(client.encode("A", [(98, 0), (108, 30), (141, "Y")]))
    assert not transport.closed
    requests = [client.encode("V", request(name=f"MD{number}")) for number in range(3)]
    connection.data_received(b"".join(requests))
    assert transport.closed
    assert transport.written.count(b"35=W") == 1, "nothing after the one that was too much"
    connection.connection_lost(None)
