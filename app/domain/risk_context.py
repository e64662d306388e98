"""What the risk gate looks at: limits, and the state of things right now."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.domain.fees import FeeRates
from app.domain.instrument import Instrument
from app.domain.order import OrderRequest, OrderType, Side
from app.domain.quote_prices import Market
from app.domain.rate_counter import RateCounter
from app.domain.ratelimit import GUARD_SHARE, NS_PER_S

MS: Final = 1_000_000


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


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """A person's own limits; None leaves one out.

    Attributes:
        max_qty: Largest order in base units.
        max_notional: Largest order in quote units.
        max_exposure: Most quote value of the pair's open orders together with this one.
        max_symbol_qty: Most base units of the pair's open orders on one side together with this one.
        max_session_qty: Most base units of the pair ordered in this session.
        max_session_notional: Most quote value ordered in this session, all pairs.
        collar_pct: How far beyond the far touch a price may reach, percent.
        near_collar_pct: How far behind the near touch a price may stay, percent.
        far_pct: How far behind the near touch is worth a warning, percent.
        max_open_orders: Open orders on the pair; the account tier's limit
            holds besides.
        max_order_rate: New orders and amends within `rate_window_ns`.
        max_message_rate: Messages of any kind within `rate_window_ns`.
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
    near_collar_pct: Decimal | None = None
    far_pct: Decimal = Decimal(20)
    max_open_orders: int | None = None
    max_order_rate: int = 10
    rate_window_ns: int = NS_PER_S
    duplicate_window_ns: int = 300 * MS
    stale_ns: int = 2 * NS_PER_S
    reserve_points: Decimal | None = None
    max_symbol_qty: Decimal | None = None
    max_session_qty: Decimal | None = None
    max_session_notional: Decimal | None = None
    max_message_rate: int | None = None

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
        order_type: Its kind.
        trigger_price: Its trigger, None without one.
    """

    at_ns: int
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal | None
    unknown: bool = False
    order_type: OrderType | None = None
    trigger_price: Decimal | None = None

    @classmethod
    def of(cls, request: OrderRequest, at_ns: int) -> RecentOrder:
        """Return the record of a request that goes out now."""
        trigger = None if request.trigger is None else request.trigger.price
        return cls(
            at_ns,
            request.symbol,
            request.side,
            request.qty,
            request.limit_price,
            order_type=request.order_type,
            trigger_price=trigger,
        )


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
        index: Index price, None without one.
        wall_ns: The venue's wall time, for expiries; 0 leaves them unchecked.
        leverages: Leverages that the pair offers, None if not known.
        position: Margin position on the pair, negative when short, None if not known.
        available_margin: Free margin in quote units, None if not known.
        open_qty: Worst-case base units of our open orders on the pair and the order's side.
        session_qty: Base units of the pair ordered in this session.
        session_notional: Quote value ordered in this session.
        messages: Messages of any kind sent within the rate window.
        repeats: Why automatic orders on the pair are shut off; empty while they are not.
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
    index: Decimal | None = None
    wall_ns: int = 0
    leverages: tuple[int, ...] | None = None
    position: Decimal | None = None
    available_margin: Decimal | None = None
    open_qty: Decimal = Decimal(0)
    session_qty: Decimal = Decimal(0)
    session_notional: Decimal = Decimal(0)
    messages: int = 0
    repeats: str = ""

    @property
    def market(self) -> Market:
        """The pair and its prices."""
        return Market(self.instrument, self.best_bid, self.best_ask, self.last, self.index)

    def near(self, side: Side) -> Decimal | None:
        """Return the touch that an order of this side joins."""
        return self.best_bid if side is Side.BUY else self.best_ask

    def far(self, side: Side) -> Decimal | None:
        """Return the touch that an order of this side would take."""
        return self.best_ask if side is Side.BUY else self.best_bid
