"""One order as far as it is known: its terms, its fills and its state."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.domain.order import CloseTemplate, OrderRequest, OrderType, PriceKind, Side, TimeInForce, Trigger
from app.domain.order_events import Request

ZERO = Decimal(0)


class OrderState(StrEnum):
    """Where an order stands. `UNKNOWN_*`: asked for, no proof either way."""

    PENDING_NEW = "pending_new"
    UNKNOWN_NEW = "unknown_new"
    ACKED = "acked"
    WORKING = "working"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_AMEND = "pending_amend"
    UNKNOWN_AMEND = "unknown_amend"
    PENDING_CANCEL = "pending_cancel"
    UNKNOWN_CANCEL = "unknown_cancel"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def terminal(self) -> bool:
        """Whether nothing more is expected to trade."""
        return self in _TERMINAL

    @property
    def unknown(self) -> bool:
        """Whether a request is without proof and the venue must be asked."""
        return self in _UNKNOWN


_TERMINAL = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.REJECTED})
_KIND_WORDS: Final = {
    OrderType.LIMIT: "lmt",
    OrderType.MARKET: "mkt",
    OrderType.ICEBERG: "ice",
    OrderType.STOP_LOSS: "stop",
    OrderType.STOP_LOSS_LIMIT: "stop-lmt",
    OrderType.TAKE_PROFIT: "tp",
    OrderType.TAKE_PROFIT_LIMIT: "tp-lmt",
    OrderType.TRAILING_STOP: "trail",
    OrderType.TRAILING_STOP_LIMIT: "trail-lmt",
    OrderType.SETTLE_POSITION: "settle",
}
_UNKNOWN = frozenset({OrderState.UNKNOWN_NEW, OrderState.UNKNOWN_AMEND, OrderState.UNKNOWN_CANCEL})


@dataclass(frozen=True, slots=True)
class WorkingOrder:
    """What is known of one order.

    Attributes:
        cl_ord_id: Our id; empty for orders placed elsewhere without one.
        order_id: The venue's id, None until it is known.
        symbol: WS v2 name of the pair.
        side: Buy or sell.
        order_type: Kind of order.
        qty: Total base quantity; zero while unknown (external orders first
            seen by a fill).
        limit_price: Limit price, None for market orders.
        post_only: Whether it may only rest.
        time_in_force: How long it may rest.
        state: Where it stands.
        cum_qty: Filled base quantity; never falls.
        cum_cost: Quote cost of what is filled; never falls.
        fees: Fees of the fills seen, quote currency.
        created_ns: Wall time of submission, or the venue's for external ones.
        changed_ns: Wall time of creation or last amend, the venue's once it has
            told: the age that the rate counter prices (`ws-v2.md` §10.1).
        closed_ns: Wall time of the end, 0 while open.
        reason: Why it ended or was refused, as the venue put it.
        reject_layer: Which layer refused it.
        external: Whether it was placed by someone else on the account.
        owner: The transport or session that placed it, for cancel routing.
        pending_price: Price asked for by an amend without proof yet.
        pending_qty: Quantity asked for by an amend without proof yet.
        doubts: Requests whose outcome is unknown.
        exec_ids: Fills already counted, as `ExecTrade.ids` names them.
        live: Whether the engine has shown it in the book or trading.
        end: How the venue says it ended, None while it has not.
        fill_qty: Sum of the fills seen one by one.
        fill_cost: Cost of the fills seen one by one.
        terms_ns: Venue time of the newest report of quantity and price.
        end_ns: Venue time of the end.
        last_fill_ns: Venue time of the newest fill.
        display_qty: Visible slice of an iceberg.
        display_left: What is left of the present slice, None if not known.
        trigger: When it wakes, for triggered kinds.
        trigger_price: The price at which it wakes as things stand, None if
            neither typed so nor reported.
        triggered: Whether it has woken.
        limit_kind: How the limit price is meant.
        expire_ns: Wall time of its expiry, 0 for none.
        start_ns: Wall time of its scheduled start, 0 for none.
        reduce_only: Whether it may only reduce a position.
        margin: Whether it trades on margin.
        leverage: Its leverage; 0 for spot and where it is not known.
        cash_qty: Quote money that it spends, for a buy sized by that.
        conditional: Its conditional close.
        ord_ref_id: The order whose fill made this one; empty for most.
        details_ns: Venue time of the newest report of these.
    """

    cl_ord_id: str
    order_id: str | None
    symbol: str
    side: Side
    order_type: OrderType
    qty: Decimal
    limit_price: Decimal | None
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    state: OrderState = OrderState.PENDING_NEW
    cum_qty: Decimal = ZERO
    cum_cost: Decimal = ZERO
    fees: Decimal = ZERO
    created_ns: int = 0
    changed_ns: int = 0
    closed_ns: int = 0
    reason: str = ""
    reject_layer: str = ""
    external: bool = False
    owner: str = ""
    pending_price: Decimal | None = None
    pending_qty: Decimal | None = None
    doubts: frozenset[Request] = frozenset()
    exec_ids: frozenset[str] = frozenset()
    live: bool = False
    end: OrderState | None = None
    fill_qty: Decimal = ZERO
    fill_cost: Decimal = ZERO
    terms_ns: int = 0
    end_ns: int = 0
    last_fill_ns: int = 0
    display_qty: Decimal | None = None
    display_left: Decimal | None = None
    trigger: Trigger | None = None
    trigger_price: Decimal | None = None
    triggered: bool = False
    limit_kind: PriceKind = PriceKind.STATIC
    expire_ns: int = 0
    start_ns: int = 0
    reduce_only: bool = False
    margin: bool = False
    leverage: int = 0
    cash_qty: Decimal | None = None
    conditional: CloseTemplate | None = None
    ord_ref_id: str = ""
    details_ns: int = 0

    @property
    def kind_text(self) -> str:
        """The kind of order in a few letters for a row: `lmt post`, `stop-lmt`, `ice gtd`."""
        words = [_KIND_WORDS[self.order_type]]
        words += ["post"] if self.post_only else []
        words += ["reduce"] if self.reduce_only else []
        words += [] if self.time_in_force is TimeInForce.GTC else [self.time_in_force.value]
        return " ".join(words)

    @property
    def trigger_status(self) -> str:
        """`untriggered`, `triggered`, or empty for kinds without a trigger."""
        if not self.order_type.triggered:
            return ""
        return "triggered" if self.triggered else "untriggered"

    @property
    def static_limit(self) -> Decimal | None:
        """The limit price as a price; None where it is an offset or there is none."""
        return self.limit_price if self.limit_kind is PriceKind.STATIC else None

    @property
    def avg_price(self) -> Decimal | None:
        """Average fill price, None before the first fill."""
        return self.cum_cost / self.cum_qty if self.cum_qty else None

    @property
    def proven(self) -> bool:
        """Whether the venue has shown that it has the order."""
        return self.order_id is not None or self.live

    @property
    def complete(self) -> bool:
        """Whether everything asked for is filled, judged by quantity alone."""
        return self.qty > ZERO and self.cum_qty >= self.qty

    @property
    def amending(self) -> bool:
        """Whether an amend is on its way or in doubt."""
        return self.pending_price is not None or self.pending_qty is not None

    @property
    def open_qty(self) -> Decimal:
        """What is left by the known terms: zero once ended."""
        return ZERO if self.state.terminal else max(ZERO, self.qty - self.cum_qty)

    @property
    def worst_case_open_qty(self) -> Decimal:
        """The most that may still trade, counting what is in doubt as live.

        An amend without proof may or may not have raised the quantity, so the
        larger one counts.
        """
        if self.state.terminal:
            return ZERO
        return max(ZERO, max(self.qty, self.pending_qty or ZERO) - self.cum_qty)

    def worst_case_notional(self, reference: Decimal) -> Decimal:
        """Return the most quote currency that may still change hands.

        Args:
            reference: Price to assume for an order without a limit.
        """
        if self.cash_qty is not None and not self.state.terminal:
            return max(ZERO, self.cash_qty - self.cum_cost)
        if self.limit_kind is not PriceKind.STATIC:
            return self.worst_case_open_qty * (self.trigger_price or reference)
        prices = [price for price in (self.limit_price, self.pending_price) if price is not None]
        if not prices and self.trigger_price is not None and not self.triggered:
            prices = [self.trigger_price]
        return self.worst_case_open_qty * max(prices, default=reference)


def new_order(request: OrderRequest, now_ns: int, owner: str = "") -> WorkingOrder:
    """Return the order that a request starts, not yet acknowledged.

    Args:
        request: The resolved request.
        now_ns: Wall time.
        owner: Transport or session that will place it.
    """
    return WorkingOrder(
        cl_ord_id=request.cl_ord_id,
        order_id=None,
        symbol=request.symbol,
        side=request.side,
        order_type=request.order_type,
        # Sized by money, it has no quantity before the venue names one.
        qty=request.qty if request.cash_qty is None else ZERO,
        limit_price=request.limit_price,
        post_only=request.post_only,
        time_in_force=request.time_in_force,
        created_ns=now_ns,
        changed_ns=now_ns,
        owner=owner,
        display_qty=request.display_qty,
        trigger=request.trigger,
        trigger_price=static_trigger(request.trigger),
        limit_kind=request.limit_kind,
        expire_ns=request.expire_ns,
        start_ns=request.start_ns,
        reduce_only=request.reduce_only,
        margin=request.leverage > 0,
        leverage=request.leverage,
        cash_qty=request.cash_qty,
        conditional=request.conditional,
    )


def static_trigger(trigger: Trigger | None) -> Decimal | None:
    """Return the price at which an order wakes, None if it is relative or there is none."""
    return trigger.price if trigger is not None and trigger.kind is PriceKind.STATIC else None


def external_order(
    order_id: str,
    symbol: str,
    side: Side,
    order_type: OrderType,
    at_ns: int,
    *,
    cl_ord_id: str = "",
    qty: Decimal = ZERO,
    limit_price: Decimal | None = None,
) -> WorkingOrder:
    """Return an order placed elsewhere and first seen in a report.

    Reduce it with that report next.

    Args:
        order_id: The venue's id.
        symbol: WS v2 name of the pair.
        side: Buy or sell.
        order_type: Kind of order.
        at_ns: Venue time of the report.
        cl_ord_id: Client id if the report has one.
        qty: Total quantity; zero while unknown.
        limit_price: Limit price if known.
    """
    return WorkingOrder(
        cl_ord_id=cl_ord_id,
        order_id=order_id,
        symbol=symbol,
        side=side,
        order_type=order_type,
        qty=qty,
        limit_price=limit_price,
        state=OrderState.ACKED,
        created_ns=at_ns,
        changed_ns=at_ns,
        external=True,
    )
