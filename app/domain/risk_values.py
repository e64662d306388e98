"""What the risk gate looks at, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.domain.fees import FeeRates
from app.domain.instrument import Instrument
from app.domain.order import OrderRequest, Side
from app.domain.ratelimit import GUARD_SHARE, NS_PER_S, RateCounter

MS: Final = 1_000_000
GUARD_LAYER: Final = "guard"


class BookTrust(StrEnum):
    """How far the book may be believed."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"  # no checksum yet, or the last one was wrong
    STALE = "stale"  # the link is silent
    RESYNC = "resync"  # a new snapshot is on its way
    NONE = "none"


class VenueMode(StrEnum):
    """State of the whole venue (`ws-v2.md` §3.1)."""

    ONLINE = "online"
    CANCEL_ONLY = "cancel_only"
    POST_ONLY = "post_only"
    LIMIT_ONLY = "limit_only"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


class RefusalCode(StrEnum):
    """Why an order may not go out."""

    RECONCILE = "reconcile"
    VENUE = "venue"
    PAIR = "pair"
    BOOK = "book"
    TICK = "tick"
    LOT = "lot"
    PRICE = "price"
    QTY_MIN = "qty_min"
    COST_MIN = "cost_min"
    FUNDS = "funds"
    COLLAR = "collar"
    NO_REFERENCE = "no_reference"
    MAX_QTY = "max_qty"
    MAX_NOTIONAL = "max_notional"
    MAX_EXPOSURE = "max_exposure"
    OPEN_ORDERS = "open_orders"
    ORDER_RATE = "order_rate"
    DUPLICATE = "duplicate"
    UNKNOWN_TWIN = "unknown_twin"
    RATE_COUNTER = "rate_counter"


OVERRIDABLE: Final = frozenset(
    code.value
    for code in (
        RefusalCode.COLLAR,
        RefusalCode.MAX_QTY,
        RefusalCode.MAX_NOTIONAL,
        RefusalCode.MAX_EXPOSURE,
        RefusalCode.OPEN_ORDERS,
        RefusalCode.ORDER_RATE,
        RefusalCode.DUPLICATE,
    )
)
"""Our own limits, which a person may pass by saying so; what the venue or the state of things forbids stays."""


class CautionCode(StrEnum):
    """What a person should know about an order that may go out."""

    TAKES = "takes"
    POST_WOULD_CROSS = "post_would_cross"
    FAR = "far"
    FUNDS_UNKNOWN = "funds_unknown"
    RATE_COUNTER = "rate_counter"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against an order.

    Attributes:
        code: Which check.
        text: What is wrong, with numbers, in one line.
        hint: What to do, in one line.
        layer: Always `guard`: it never left this machine and cost no points.
    """

    code: RefusalCode
    text: str
    hint: str
    layer: str = GUARD_LAYER


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to know that does not stand in the way."""

    code: CautionCode
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says: allowed unless there is a refusal."""

    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[Caution, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the action may go out."""
        return not self.refusals


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """A person's own limits; None leaves one out.

    Attributes:
        max_qty: Largest order in base units.
        max_notional: Largest order in quote units.
        max_exposure: Most quote value of all open orders together with this one.
        collar_pct: How far beyond the far touch a price may reach, percent.
        far_pct: How far behind the near touch is worth a warning, percent.
        max_open_orders: Open orders on the pair; the account tier's limit
            holds besides.
        max_order_rate: New orders and amends within `rate_window_ns`.
        rate_window_ns: That window.
        duplicate_window_ns: For how long the same order again is a mistake.
        stale_ns: Age of the book's last message from which it is stale.
        reserve_points: Counter points kept for leaving; None for a fifth of
            the threshold (`rest.md` §7.2).
    """

    max_qty: Decimal | None = None
    max_notional: Decimal | None = None
    max_exposure: Decimal | None = None
    collar_pct: Decimal = Decimal(5)
    far_pct: Decimal = Decimal(20)
    max_open_orders: int | None = None
    max_order_rate: int = 10
    rate_window_ns: int = NS_PER_S
    duplicate_window_ns: int = 300 * MS
    stale_ns: int = 2 * NS_PER_S
    reserve_points: Decimal | None = None

    def reserve(self, counter: RateCounter) -> Decimal:
        """Return the counter points that new orders may not touch."""
        if self.reserve_points is not None:
            return self.reserve_points
        return counter.tier.threshold * (1 - GUARD_SHARE)


@dataclass(frozen=True, slots=True)
class RecentOrder:
    """An order sent before, for the rate and the duplicate check.

    Attributes:
        at_ns: Wall time at which it was sent.
        symbol: The pair.
        side: Its side.
        qty: Its quantity.
        price: Its limit price, None for a market order.
        unknown: Whether its outcome is still in doubt.
    """

    at_ns: int
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal | None
    unknown: bool = False

    @classmethod
    def of(cls, request: OrderRequest, at_ns: int) -> RecentOrder:
        """Return the record of a request that goes out now."""
        return cls(at_ns, request.symbol, request.side, request.qty, request.limit_price)


@dataclass(frozen=True, slots=True)
class RiskContext:
    """Everything a check may look at, as of now.

    Attributes:
        now_ns: Wall time, the clock of orders' ages, the counter and `recent`.
        instrument: The pair.
        fees: The account's percentages.
        counter: The pair's rate counter.
        limits: The person's limits.
        best_bid: Best bid, None without one.
        best_ask: Best ask, None without one.
        last: Last trade, None without one.
        book: Whether the book can be trusted.
        book_age_ns: Time since anything came in on the book's connection.
        venue: State of the venue.
        reconciled: Whether the open orders were compared since the last connect.
        available_base: Free base units, None if not known.
        available_quote: Free quote units, None if not known.
        open_orders: Open orders of ours on the pair, unknown ones included.
        exposure: Their worst-case quote value.
        recent: Orders sent lately, and all whose outcome is unknown.
    """

    now_ns: int
    instrument: Instrument
    fees: FeeRates
    counter: RateCounter
    limits: RiskLimits
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None
    last: Decimal | None = None
    book: BookTrust = BookTrust.NONE
    book_age_ns: int = 0
    venue: VenueMode = VenueMode.UNKNOWN
    reconciled: bool = False
    available_base: Decimal | None = None
    available_quote: Decimal | None = None
    open_orders: int = 0
    exposure: Decimal = Decimal(0)
    recent: tuple[RecentOrder, ...] = ()

    def near(self, side: Side) -> Decimal | None:
        """Return the touch that an order of this side joins."""
        return self.best_bid if side is Side.BUY else self.best_ask

    def far(self, side: Side) -> Decimal | None:
        """Return the touch that an order of this side would take."""
        return self.best_ask if side is Side.BUY else self.best_bid
