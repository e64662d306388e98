"""Books over FIX: against the local venue and its WebSocket, and against a scripted one."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain.book import Book, L2Book, L3Book, SummedBook
from app.domain.instrument import UNIT_DP
from app.domain.order import Side
from app.protocol.ws2.frames import BookFrame, Level3Frame
from app.workers.feed import Accepted, Via, WatchSpec
from tests.workers.acceptor import listening
from tests.workers.conftest import until
from tests.workers.fix_rig import local_venue
from tests.workers.test_fix import trading
from tests.workers.test_fix_venue import order
from tests.workers.test_local_venue import Shown

D = Decimal
UNIT = D(10) ** UNIT_DP
TICK = D("0.1")
DEPTH = 10


class Books(Shown):
    """Books as an engine keeps them."""

    def __init__(self, order_book: type[L3Book] = L3Book) -> None:
        super().__init__()
        self.order_book = order_book
        self.books: dict[str, Book[Any]] = {}
        self.updates = 0

    def on_market(self, msg: object) -> None:
        match msg:
            case BookFrame(type=kind, data=[data]):
                self._take("L2", kind, data, L2Book(data.symbol, DEPTH, 1, 8))
            case Level3Frame(type=kind, data=[data]):
                self._take("L3", kind, data, self.order_book(data.symbol, DEPTH, 1, 8))

    def _take(self, name: str, kind: str, data: Any, fresh: Book[Any]) -> None:
        if kind == "snapshot":
            self.books[name] = fresh
            fresh.snapshot(data)
        else:
            self.updates += 1
            self.books[name].apply(data)

    def levels(self, name: str) -> Mapping[Side, object]:
        book = self.books[name]
        return {side: [(one.price, one.qty, one.count) for one in book.levels(side, DEPTH)] for side in Side}


async def test_a_book_over_fix_is_the_one_over_the_websocket(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    fix, ws = Books(SummedBook), Books()
    async with (
        local_venue(tmp_path) as rig,
        rig.connected(fix, **rig.ports) as (over_fix, _),
        rig.second(ws, tmp_path / "other") as over_ws,
    ):
        await until(lambda: all(one.state == "up" for one in over_fix.fix_sessions()))
        assert len(over_fix.fix_sessions()) == len(rig.ports)
        for name, level3 in (("L2", False), ("L3", True)):
            spec = WatchSpec(DEPTH, level3=level3, trades=False, ticker=False)
            over_ws.watch({"BTC/USD": spec})
            over_fix.watch({"BTC/USD": WatchSpec(DEPTH, level3=level3, trades=False, ticker=False, source="fix")})
            await until(lambda name=name: name in fix.books and name in ws.books)  # type: ignore[misc]
            best = best_bid(ws, name)
            changes = fix.updates
            for step in (1, 2):
                # Our part of a level comes and goes again.
                rests = await over_fix.add_order(order("0.5", str(best - step * TICK)), via=Via.FIX)
                assert isinstance(rests, Accepted)
                assert isinstance(await over_fix.cancel_order(order_id=rests.order_id, via=Via.FIX), Accepted)
            kept = await over_fix.add_order(order("0.25", str(best - 3 * TICK)), via=Via.FIX)
            assert isinstance(kept, Accepted)
            await until(lambda changes=changes: fix.updates >= changes + 5)  # type: ignore[misc]
            await until(lambda name=name: fix.levels(name) == ws.levels(name))  # type: ignore[misc]
            # The checksum of every increment agreed, so the book is known to be the venue's.
            assert fix.books[name].verified
            assert fix.books[name].checksums_ok >= 5
            assert fix.books[name].checksums_bad == 0


def best_bid(books: Books, name: str) -> Decimal:
    return D(books.books[name].levels(Side.BUY, 1)[0].price) / UNIT


def entry(kind: str, price: str, qty: str, *, action: str = "") -> list[tuple[int, object]]:
    first: list[tuple[int, object]] = [(279, action)] if action else []
    return [*first, (269, kind), (278, "x"), (270, price), (271, qty), (273, "13:49:07.307")]


ASKS = ("28013.0", "28039.8", "28066.5", "28093.3", "28120.0", "28146.7", "28173.5", "28200.2", "28227.0", "28253.7")
BIDS = (
    ("28003.0", "0.001"), ("27999.9", "0.00096375"), ("27969.9", "0.73860423"), ("27700.1", "0.0035"),
    ("27573.2", "0.0032"), ("27137.4", "0.01"), ("27091.3", "0.004"), ("26729.4", "0.001"), ("26702.6", "0.001"),
    ("26675.9", "0.001"),
)  # fmt: skip


async def test_the_published_checksum_is_verified_and_a_wrong_one_starts_the_book_anew(tmp_path: Path) -> None:
    async with (
        listening("KRAKEN-MD") as acceptor,
        trading(tmp_path, acceptor, spot_trading=0, spot_md=acceptor.port) as (
            venue,
            ear,
        ),
    ):
        venue.watch({"BTC/USD": WatchSpec(DEPTH, level3=False, trades=False, ticker=False, source="fix")})
        peer = await acceptor.peer()
        logon = await peer.logged_on()
        assert 553 not in logon
        assert 8674 not in logon
        listing = await peer.expect("x")
        assert (listing[263], listing[559]) == ("1", "4")
        await peer.expect("g")
        asked = await peer.expect("V")
        assert (asked[263], asked[264], asked[266], asked[55]) == ("1", "10", "Y", "BTC/USD")
        pair = ((55, "BTC/USD"), (562, "0.00001"), (5010, 8), (2349, 1), (5022, "0.1"), (5032, 1))
        peer.say("y", (320, listing[320]), (322, "R"), (560, 0), (146, 1), *pair)
        snapshot = [pair for price in ASKS for pair in entry("1", price, "0.001")]
        snapshot += [pair for price, qty in BIDS for pair in entry("0", price, qty)]
        peer.say("W", (55, "BTC/USD"), (262, asked[262]), (268, 20), *snapshot)
        change = entry("1", "28013.0", "0.00096506", action="1")
        peer.say("X", (55, "BTC/USD"), (262, asked[262]), (268, 1), *change, (5041, 3341325816))
        await until(lambda: len(ear.market) == 2)
        books = Books()
        for frame in ear.market:
            books.on_market(frame)
        book = books.books["L2"]
        assert book.verified
        assert book.levels(Side.SELL, 1)[0].qty == D("0.00096506") * UNIT
        # The engine asks for a new snapshot when a checksum differs.
        venue.resync("BTC/USD")
        left = await peer.expect("V")
        again = await peer.expect("V")
        assert (left[263], left[262]) == ("2", asked[262])
        assert again[263] == "1"
        assert again[262] != asked[262]
        assert ear.resets.count(("BTC/USD", "book")) == 3
        peer.say("Y", (262, again[262]), (281, 0), (58, "Unknown symbol: BTC/USD"))
        await until(lambda: bool(ear.notices))
        assert "Unknown symbol" in ear.notices[-1][1]
        # A new connection subscribes by itself.
        peer.cut()
        peer = await acceptor.peer()
        await peer.logged_on()
        assert (await peer.expect("V"))[263] == "1"
        acceptor.cut()


def test_the_published_string_has_the_published_sum() -> None:
    def digits(text: str, dp: int) -> str:
        return f"{D(text):.{dp}f}".replace(".", "").lstrip("0")

    asks = [(price, "0.00096506" if price == "28013.0" else "0.001") for price in ASKS]
    text = "".join(digits(price, 1) + digits(qty, 8) for price, qty in [*asks, *BIDS])
    assert zlib.crc32(text.encode()) == 3341325816


@pytest.mark.parametrize("bad", [(270, "x"), (270, ""), (271, "1e500"), (269, "9")])
async def test_an_entry_that_is_none_is_rejected_and_the_session_lives(tmp_path: Path, bad: tuple[int, str]) -> None:
    async with (
        listening("KRAKEN-MD") as acceptor,
        trading(tmp_path, acceptor, spot_trading=0, spot_md=acceptor.port) as (
            venue,
            _,
        ),
    ):
        venue.watch({"BTC/USD": WatchSpec(DEPTH, level3=False, trades=False, ticker=False, source="fix")})
        peer = await acceptor.peer()
        await peer.logged_on()
        asked = await peer.expect("V")
        row = [(tag, bad[1] if tag == bad[0] else value) for tag, value in entry("1", "28013.0", "1", action="0")]
        peer.say("X", (55, "BTC/USD"), (262, asked[262]), (268, 1), *row)
        reject = await peer.expect("3")
        assert (reject[371], reject[372]) == (str(bad[0]), "X")
        peer.say("1", (112, "T"))
        await peer.expect("0")
        acceptor.cut()
