"""Order requests as FIX bodies, and what FIX cannot say (`fix.md` §2.2 to §2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.order import OrderRequest, OrderType, PriceKind, Side, Stp, TimeInForce, TriggerRef
from app.protocol.changes import Amend
from app.protocol.fix.message import fields
from app.protocol.fix.tags import SOH
from app.protocol.fix.times import utc_text, utc_text_s
from app.protocol.numbers import number_text
from app.protocol.order_check import check_order
from app.protocol.wiretime import NS_PER_S

DEADLINE_NEAREST_NS: Final = 2 * NS_PER_S
DEADLINE_FARTHEST_NS: Final = 60 * NS_PER_S
"""What ValidUntilTime may be ahead (§2.2)."""

SCOPE_SYMBOL, SCOPE_SESSION, SCOPE_SENDER = 1, 6, 7
"""MassCancelRequestType (530): this session's orders of a pair, all of this session, all of the SenderCompID."""

TYPES: Final = {
    OrderType.MARKET: "1",
    OrderType.LIMIT: "2",
    OrderType.ICEBERG: "2",
    OrderType.STOP_LOSS: "3",
    OrderType.STOP_LOSS_LIMIT: "4",
    OrderType.TAKE_PROFIT: "R",
    OrderType.TAKE_PROFIT_LIMIT: "T",
    OrderType.TRAILING_STOP: "U",
}
SIDES: Final = {Side.BUY: "1", Side.SELL: "2"}
TIMES: Final = {TimeInForce.GTC: "1", TimeInForce.IOC: "3", TimeInForce.FOK: "4", TimeInForce.GTD: "6"}
REFERENCES: Final = {TriggerRef.INDEX: "1", TriggerRef.LAST: "5"}
PREVENTION: Final = {Stp.CANCEL_BOTH: "0", Stp.CANCEL_NEWEST: "1", Stp.CANCEL_OLDEST: "2"}


def new_order(order: OrderRequest, now_ns: int, account: str = "") -> str:
    """Write the body of a NewOrderSingle (§2.2).

    Args:
        order: One that `app.protocol.fix.fit.fix_cannot` lets pass.
        now_ns: Wall time.
        account: Sub-account that it is for; empty for the key's own.

    Raises:
        ValueError: Its parts don't go together, or its deadline can't be kept.
    """
    check_order(order)
    if order.deadline_ns:
        check_deadline(order.deadline_ns, now_ns)
    if SOH in order.cl_ord_id or SOH in order.symbol:
        raise ValueError("an id or a pair holds a control character")
    qty = order.qty if order.cash_qty is None else order.cash_qty
    limit = "" if order.limit_price is None else f"44={number_text(order.limit_price)}\x01"
    # One template for what every order has: this is the hot way.
    body = (
        f"11={order.cl_ord_id}\x0155={order.symbol}\x0154={SIDES[order.side]}\x01"
        f"40={TYPES[order.order_type]}\x0138={number_text(qty)}\x01{limit}"
        f"59={TIMES[order.time_in_force]}\x0160={utc_text(now_ns)}\x01"
    )
    # Always one: a pre-allocation of the whole order (§2.2).
    return body + _terms(order) + (fields(("78", 1), ("79", account)) if account else "")


def _terms(order: OrderRequest) -> str:
    """Write what not every order has."""
    text = ""
    if order.trigger is not None:
        text += fields(("99", number_text(order.trigger.price)), ("388", REFERENCES[order.trigger.reference]))
    flags = _flags(order)
    if flags:
        text += fields(("18", flags))
    if order.display_qty is not None:
        text += fields(("1138", number_text(order.display_qty)))
    if order.expire_ns:
        text += fields(("126", utc_text_s(order.expire_ns)))
    if order.start_ns:
        text += fields(("168", utc_text(order.start_ns)))
    if order.deadline_ns:
        text += fields(("62", utc_text(order.deadline_ns)))
    if order.leverage:
        text += fields(("5001", 1))
    if order.stp is not None:
        text += fields(("7928", PREVENTION[order.stp]))
    return text


def _flags(order: OrderRequest) -> str:
    """Return ExecInst: single letters between blanks (§11 trap 10)."""
    fee = "" if order.fee_in_base is None else "f" if order.fee_in_base else "q"
    post, reduce = "P " if order.post_only else "", "E " if order.reduce_only else ""
    cash = "v " if order.cash_qty is not None else ""
    return f"{post}{reduce}{cash}{fee}".rstrip()


def check_deadline(deadline_ns: int, now_ns: int) -> None:
    """Pass a deadline that ValidUntilTime can say; 0 is none.

    Raises:
        ValueError: It is nearer or farther.
    """
    if deadline_ns and not DEADLINE_NEAREST_NS <= deadline_ns - now_ns <= DEADLINE_FARTHEST_NS:
        raise ValueError("over FIX a deadline is 2 to 60 s ahead")


@dataclass(slots=True)
class SentOrder:
    """An order of ours as FIX needs it to be named and changed.

    Attributes:
        cl_ord_id: Its first ClOrdID, by which we know it.
        symbol: Pair.
        side: Buy or sell.
        order_type: As sent; an amend must repeat it.
        time_in_force: As sent.
        qty: Total quantity now.
        limit_price: Limit now.
        trigger_price: Trigger now.
        display_qty: Visible slice now.
        owner: Connection it was placed on: number of the logon.
        order_id: Kraken's id; empty until it is told.
        last_id: ClOrdID of the last request that changed it (§2.1, tag 41).
        open: Whether it has not ended, as far as told.
        fee: Fees so far by asset, to take one fill's part from what is cumulative (§11 trap 5).
    """

    cl_ord_id: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    qty: Decimal
    limit_price: Decimal | None
    trigger_price: Decimal | None
    display_qty: Decimal | None
    owner: int
    order_id: str = ""
    last_id: str = ""
    open: bool = True
    fee: Decimal = Decimal(0)

    @classmethod
    def of(cls, order: OrderRequest, owner: int) -> SentOrder:
        """Remember an order that goes out."""
        return cls(
            order.cl_ord_id,
            order.symbol,
            order.side,
            order.order_type,
            order.time_in_force,
            order.qty,
            order.limit_price,
            order.trigger.price if order.trigger is not None else None,
            order.display_qty,
            owner,
            last_id=order.cl_ord_id,
        )

    def named(self, request_id: str, now_ns: int) -> str:
        """Write the fields that every request about this order begins with."""
        order_id = fields(("37", self.order_id)) if self.order_id else ""
        said = (("41", self.last_id), ("54", SIDES[self.side]), ("55", self.symbol), ("60", utc_text(now_ns)))
        return fields(("11", request_id)) + order_id + fields(*said)


def cancel(order: SentOrder, request_id: str, now_ns: int) -> str:
    """Write the body of an OrderCancelRequest (§2.5)."""
    return order.named(request_id, now_ns)


def replace(order: SentOrder, amend: Amend, request_id: str, now_ns: int) -> str:
    """Write the body of an OrderCancelReplaceRequest (§2.6).

    Raises:
        ValueError: The amend says what FIX cannot, or changes what the order does not have.
    """
    amend.check()
    check_deadline(amend.deadline_ns, now_ns)
    if not order.order_id:
        raise ValueError("the venue has not named this order yet")
    if PriceKind.PCT in {amend.limit_kind, amend.trigger_kind} or amend.limit_kind is PriceKind.QUOTE:
        raise ValueError("FIX takes no prices as offsets or in percent")
    if (amend.trigger_kind is PriceKind.QUOTE) != (amend.trigger_price is not None and order.order_type.trailing):
        raise ValueError("FIX takes a trailing distance in quote money and any other trigger as a price")
    limit = order.limit_price if amend.limit_price is None else amend.limit_price
    trigger = order.trigger_price if amend.trigger_price is None else amend.trigger_price
    display = order.display_qty if amend.display_qty is None else amend.display_qty
    qty = order.qty if amend.qty is None else amend.qty
    body = order.named(request_id, now_ns) + fields(
        ("38", number_text(qty)), ("40", TYPES[order.order_type]), ("59", TIMES[order.time_in_force])
    )
    if limit is not None:
        body += fields(("44", number_text(limit)))
    if trigger is not None:
        body += fields(("99", number_text(trigger)))
    if display is not None:
        body += fields(("1138", number_text(display)))
    if amend.post_only:
        body += fields(("18", "P"))
    if amend.deadline_ns:
        body += fields(("62", utc_text(amend.deadline_ns)))
    return body


def mass_cancel(scope: int, symbol: str, request_id: str, now_ns: int) -> str:
    """Write the body of an OrderMassCancelRequest (§2.7).

    Raises:
        ValueError: A pair is named exactly when the scope is one pair.
    """
    if (scope == SCOPE_SYMBOL) != bool(symbol) or scope not in {SCOPE_SYMBOL, SCOPE_SESSION, SCOPE_SENDER}:
        raise ValueError("a mass cancel names a pair for scope 1 and none for 6 and 7")
    pair = fields(("55", symbol)) if symbol else ""
    return fields(("11", request_id)) + pair + fields(("60", utc_text(now_ns)), ("530", scope))


def status(order: SentOrder) -> str:
    """Write the body of an OrderStatusRequest (§2.8).

    Raises:
        ValueError: The venue has not named the order yet.
    """
    if not order.order_id:
        raise ValueError("the venue has not named this order yet")
    return fields(("11", order.last_id), ("37", order.order_id), ("55", order.symbol))
