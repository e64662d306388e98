"""What arrives on Kraken's public and L3 sockets, as typed values (`ws-v2.md` §2 to §6).

Book rows keep the wire's own number characters (`msgspec.Raw`), because the
checksum is over them; every other number is a Decimal. Optional fields that
Kraken may leave out have defaults; fields nobody knows are skipped.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from app.protocol.checks import Checked

Kind = Literal["snapshot", "update"]
Crc = Annotated[int, Meta(ge=0, lt=2**32)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]


class SystemStatus(StrEnum):
    """State of the trading engine (`ws-v2.md` §3.1)."""

    ONLINE = "online"
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


class OrderEvent(Struct, frozen=True, gc=False):
    """One L3 order (snapshot) or event (update); `event` is empty in a snapshot."""

    order_id: str
    limit_price: Raw
    order_qty: Raw
    timestamp: str
    event: str = ""


class OrdersData(Struct, frozen=True, gc=False):
    """One `data` element of a `level3` frame."""

    symbol: str
    bids: list[OrderEvent]
    asks: list[OrderEvent]
    checksum: Crc | None = None
    timestamp: str = ""


class Level3Frame(Struct, frozen=True, gc=False, tag_field="channel", tag="level3"):
    """Orders of one pair."""

    type: Kind
    data: list[OrdersData]


class LevelEntry(Struct, frozen=True, gc=False):
    """One L2 price level; quantity zero removes it."""

    price: Raw
    qty: Raw


class LevelsData(Struct, frozen=True, gc=False):
    """One `data` element of a `book` frame."""

    symbol: str
    bids: list[LevelEntry]
    asks: list[LevelEntry]
    checksum: Crc | None = None
    timestamp: str = ""


class BookFrame(Struct, frozen=True, gc=False, tag_field="channel", tag="book"):
    """Price levels of one pair."""

    type: Kind
    data: list[LevelsData]


class Trade(Checked, frozen=True, gc=False):
    """One public trade; `side` is the taker's (`buy`, `sell`), `ord_type` the taker's type."""

    symbol: str
    side: str
    price: Decimal
    qty: Decimal
    trade_id: Count
    timestamp: str
    ord_type: str = ""


class TradeFrame(Struct, frozen=True, gc=False, tag_field="channel", tag="trade"):
    """Trades, oldest first."""

    type: Kind
    data: list[Trade]


class Ticker(Checked, frozen=True, gc=False):
    """Best prices and 24 hour figures; None is what the venue left out or nulled."""

    symbol: str
    bid: Decimal | None = None
    bid_qty: Decimal | None = None
    ask: Decimal | None = None
    ask_qty: Decimal | None = None
    last: Decimal | None = None
    volume: Decimal | None = None
    vwap: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    change: Decimal | None = None
    change_pct: Decimal | None = None
    trades: Count | None = None
    timestamp: str = ""


class TickerFrame(Struct, frozen=True, gc=False, tag_field="channel", tag="ticker"):
    """Full ticker records; there are no deltas."""

    type: Kind
    data: list[Ticker]


class Candle(Checked, frozen=True, gc=False):
    """One candle, still forming until a later one comes; `interval` in minutes.

    Kraken's `timestamp` is left out on purpose: it is deprecated and names the
    end while documented as the start (`ws-v2.md` §4.4).
    """

    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    interval_begin: str
    interval: Count
    vwap: Decimal | None = None
    trades: Decimal = Decimal(0)


class OhlcFrame(Struct, frozen=True, gc=False, tag_field="channel", tag="ohlc"):
    """Candles; `timestamp` is the message's time."""

    type: Kind
    data: list[Candle]
    timestamp: str = ""


class Heartbeat(Struct, frozen=True, gc=False, tag_field="channel", tag="heartbeat"):
    """The socket lives; says nothing of a single subscription."""


class StatusData(Checked, frozen=True, gc=False):
    """State of the engine; `system` may be a word that `SystemStatus` lacks."""

    system: str
    version: str = ""
    api_version: str = ""
    connection_id: int = 0
    upcoming_maintenance: list[Raw] = msgspec.field(default_factory=list)
    emergency: list[Raw] = msgspec.field(default_factory=list)

    @property
    def state(self) -> SystemStatus:
        """The state, `UNKNOWN` for a new word."""
        try:
            return SystemStatus(self.system)
        except ValueError:
            return SystemStatus.UNKNOWN


class StatusFrame(Struct, frozen=True, gc=False, tag_field="channel", tag="status"):
    """Comes first on every connection and on every change."""

    data: list[StatusData]
    type: str = "update"


class Asset(Checked, frozen=True, gc=False):
    """One asset record (`ws-v2.md` §4.5)."""

    id: str
    precision: Count
    status: str = ""
    precision_display: Count | None = None
    borrowable: bool = False
    collateral_value: Decimal | None = None
    margin_rate: Decimal | None = None


class Pair(Checked, frozen=True, gc=False):
    """One pair record (`ws-v2.md` §4.5); `instruments.to_instrument` makes the value of it."""

    symbol: str
    base: str
    quote: str
    status: str
    qty_precision: Count
    price_precision: Count
    qty_min: Decimal
    cost_precision: Count
    qty_increment: Decimal | None = None
    price_increment: Decimal | None = None
    tick_size: Decimal | None = None
    cost_min: Decimal = Decimal(0)
    marginable: bool = False
    has_index: bool = False
    margin_initial: Decimal | None = None


class InstrumentFrame(Struct, frozen=True, gc=False):
    """Asset and pair records; an update holds only those that changed.

    Attributes:
        type: `snapshot` or `update`.
        assets: Asset records.
        pairs: Pair records.
        rejected: Why records were left out, one line each; the others stand.
    """

    type: str
    assets: list[Asset]
    pairs: list[Pair]
    rejected: list[str]


class MethodResponse(Struct, frozen=True, gc=False):
    """Answer to a request (`ws-v2.md` §2.2); one per symbol for symbol channels.

    Attributes:
        method: Echo of the method; `pong` for a ping; empty in a bare error.
        success: False with an `error`; None where the venue does not say (`pong`).
        error: The venue's words, cleaned; empty on success.
        symbol: From the top level or from the result; empty if in neither.
        channel: The same for the channel.
        depth: Book depth in the result, if any.
        result: The result's JSON text; empty on failure.
        req_id: The request's id, if one was sent.
        time_in: When the venue received the request.
        time_out: When it answered.
        warnings: The venue's remarks, cleaned.
    """

    method: str
    success: bool | None = None
    error: str = ""
    symbol: str = ""
    channel: str = ""
    depth: Count | None = None
    result: bytes = b""
    req_id: int | None = None
    time_in: str = ""
    time_out: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the request went through."""
        return self.success is not False and not self.error


class Unknown(Struct, frozen=True, gc=False):
    """A frame that is JSON but not one that we know; nothing of it was applied.

    Attributes:
        channel: Its channel, cleaned; empty if it names none.
        symbol: The pair it is about, if it says so: that pair's book missed a message.
        reason: What is unknown about it.
        excerpt: Its first characters, cleaned.
    """

    channel: str
    symbol: str
    reason: str
    excerpt: str


MarketMessage = (
    Level3Frame
    | BookFrame
    | TradeFrame
    | TickerFrame
    | OhlcFrame
    | Heartbeat
    | StatusFrame
    | InstrumentFrame
    | MethodResponse
    | Unknown
)
