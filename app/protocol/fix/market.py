"""Market data over FIX, read into the same typed frames as the WebSocket's (`fix.md` §3).

A book that is fed from here is checked like any other: the 5041 checksum of an
increment covers the top ten levels (§3.4), a snapshot carries none, so the
first increment proves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeVar

from msgspec import Raw

from app.clock import rfc3339
from app.protocol.fix.message import FORMAT_BAD, FieldError, Message, decimal, fields, whole
from app.protocol.fix.times import utc_ns
from app.protocol.ws2.frames import (
    BookFrame,
    Level3Frame,
    LevelEntry,
    LevelsData,
    OrderEvent,
    OrdersData,
    Trade,
    TradeFrame,
)

BID, OFFER, TRADE = "0", "1", "2"
DEPTHS: Final = frozenset({10, 25, 100, 500, 1000})
L3_DEPTHS: Final = frozenset({10, 100, 1000})
EVENTS: Final = {"0": "add", "1": "modify", "2": "delete"}
TAKER: Final = {"1": "buy", "2": "sell"}
TAKER_TYPES: Final = {"1": "market", "2": "limit"}
VENUE_STATES: Final = {"1": "maintenance", "2": "online", "101": "cancel_only", "102": "post_only"}
PAIR_STATES: Final = {
    "0": "hidden",
    "1": "online",
    "2": "maintenance",
    "3": "cancel_only",
    "4": "post_only",
    "5": "limit_only",
    "6": "delisted",
    "7": "reduce_only",
}
_DAY_NS: Final = 86_400_000_000_000
_ZERO: Final = Raw(b"0")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Precision:
    """Decimals of a pair, as the instrument list tells them (§3.6)."""

    price_dp: int
    qty_dp: int


def subscription(request_id: str, symbol: str, depth: int, *, level3: bool, trades: bool, start: bool) -> str:
    """Write the body of a MarketDataRequest (§3.1).

    Args:
        request_id: Names the subscription.
        symbol: Pair.
        depth: Price levels a side.
        level3: Order by order.
        trades: Public trades as well; not with `level3`.
        start: Subscribe, or end it.
    """
    kinds = [BID, OFFER, TRADE] if trades and not level3 else [BID, OFFER]
    return fields(
        ("262", request_id),
        ("263", 1 if start else 2),
        ("264", depth),
        ("265", 1),
        ("266", "N" if level3 else "Y"),
        ("267", len(kinds)),
        *(("269", kind) for kind in kinds),
        ("146", 1),
        ("55", symbol),
    )


def entries(message: Message, first: str) -> Iterator[dict[str, str]]:
    """Return the members of a message's group, each as its fields.

    Args:
        message: The message.
        first: Field that begins a member.
    """
    member: dict[str, str] | None = None
    for tag, value in message.pairs():
        if tag == first:
            if member is not None:
                yield member
            member = {}
        if member is not None:
            member[tag] = value
    if member is not None:
        yield member


def padded(text: str, tag: str, dp: int | None) -> Raw:
    """Return a number with the pair's decimals, which FIX leaves out (§3.2).

    Raises:
        FieldError: It is no number.
    """
    if dp is None:
        decimal(tag, text)
        return Raw(text.encode())
    head, dot, tail = text.partition(".")
    if head.isdigit() and (tail.isdigit() or not dot) and len(tail) <= dp:
        return Raw(f"{head}.{tail.ljust(dp, '0')}".encode() if dp else head.encode())
    value = decimal(tag, text)
    exact = value.quantize(Decimal(1).scaleb(-dp))
    return Raw(format(exact if exact == value else value, "f").encode())


def book_frame(message: Message, precision: Precision | None) -> BookFrame | None:
    """Read the price levels of a snapshot or increment; None if it holds none.

    Raises:
        FieldError: A field is not what it must be.
    """
    fresh = message.type == "W"
    bids: list[LevelEntry] = []
    asks: list[LevelEntry] = []
    price_dp, qty_dp = _decimals(precision)
    for entry in entries(message, "269" if fresh else "279"):
        kind = entry.get("269", "")
        if kind == TRADE:
            continue
        price = padded(_need(entry, "270"), "270", price_dp)
        # A delete with a quantity says that the level fell out of the depth; gone it is either way.
        gone = entry.get("279") == "2"
        qty = _ZERO if gone else padded(_need(entry, "271"), "271", qty_dp)
        _side(kind, bids, asks).append(LevelEntry(price, qty))
    if not (fresh or bids or asks):
        return None
    symbol, at = message.need("55"), _sent(message)
    return BookFrame(_kind(fresh=fresh), [LevelsData(symbol, bids, asks, _checksum(message), at)])


def level3_frame(message: Message, precision: Precision | None) -> Level3Frame | None:
    """Read the orders of a snapshot or increment; None if it holds none.

    Its checksum is taken for one over price levels, as `SummedBook` reckons it
    (UNCONFIRMED, §10).

    Raises:
        FieldError: A field is not what it must be.
    """
    fresh = message.type == "W"
    bids: list[OrderEvent] = []
    asks: list[OrderEvent] = []
    price_dp, qty_dp = _decimals(precision)
    sent = _sent(message)
    for entry in entries(message, "269" if fresh else "279"):
        event = "" if fresh else EVENTS.get(entry.get("279", ""), "?")
        price = padded(_need(entry, "270"), "270", price_dp)
        qty = padded(_need(entry, "271"), "271", qty_dp)
        joined = entry.get("5273") or entry.get("5060") or sent
        row = OrderEvent(_need(entry, "278"), price, qty, joined, event)
        _side(entry.get("269", ""), bids, asks).append(row)
    if not (fresh or bids or asks):
        return None
    return Level3Frame(_kind(fresh=fresh), [OrdersData(message.need("55"), bids, asks, _checksum(message), sent)])


def trade_frame(message: Message) -> TradeFrame | None:
    """Read the public trades of an increment; None if it holds none.

    Raises:
        FieldError: A field is not what it must be.
    """
    symbol, trades = message.need("55"), []
    for entry in entries(message, "279"):
        if entry.get("269") != TRADE:
            continue
        number = _need(entry, "278").removeprefix("T")
        trades.append(
            Trade(
                symbol,
                TAKER.get(entry.get("2446", ""), ""),
                decimal("270", _need(entry, "270")),
                decimal("271", _need(entry, "271")),
                whole("278", number),
                rfc3339(_moment(message, entry.get("273", "")), 3),
                TAKER_TYPES.get(entry.get("40", ""), ""),
            )
        )
    return TradeFrame("update", trades) if trades else None


def precisions(message: Message) -> dict[str, Precision]:
    """Read the decimals of each pair of an instrument list (§3.6).

    Raises:
        FieldError: A field is not what it must be.
    """
    found: dict[str, Precision] = {}
    for entry in entries(message, "55"):
        price_dp = entry.get("5052") or _need(entry, "2349")
        found[entry["55"]] = Precision(whole("2349", price_dp), whole("5010", _need(entry, "5010")))
    return found


def _decimals(precision: Precision | None) -> tuple[int | None, int | None]:
    return (None, None) if precision is None else (precision.price_dp, precision.qty_dp)


def _kind(*, fresh: bool) -> Literal["snapshot", "update"]:
    return "snapshot" if fresh else "update"


def _need(entry: dict[str, str], tag: str) -> str:
    value = entry.get(tag)
    if not value:
        raise FieldError(tag, 1, f"an entry has no field {tag}")
    return value


def _side(kind: str, bids: list[_T], asks: list[_T]) -> list[_T]:
    if kind not in {BID, OFFER}:
        raise FieldError("269", 5, f"an entry is of the unknown kind {kind[:10]!r}")
    return bids if kind == BID else asks


def _checksum(message: Message) -> int | None:
    text = message.fields.get("5041")
    if text is None:
        return None
    value = whole("5041", text)
    if value >= 1 << 32:
        raise FieldError("5041", FORMAT_BAD, "the checksum has more than 32 bits")
    return value


def _sent(message: Message) -> str:
    return rfc3339(utc_ns(message.need("52")), 3)


def _moment(message: Message, time: str) -> int:
    """Return the moment of a time of day, which carries no date (§3.2)."""
    sent = utc_ns(message.need("52"))
    if not time:
        return sent
    day = message.need("52")[:8]
    at = utc_ns(f"{day}-{time}")
    return at - _DAY_NS if at - sent > _DAY_NS // 2 else at
