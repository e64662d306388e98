"""Changes to resting orders, in exact numbers, for either wire."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.order import OrderType, PriceKind, Trigger


@dataclass(frozen=True, slots=True)
class Amend:
    """A change in place (`ws-v2.md` §9.2, `rest.md` §4.4); what is None stays as it is.

    Attributes:
        order_id: Kraken's id; exactly one of the two ids.
        cl_ord_id: Client's id.
        qty: New total quantity.
        limit_price: New limit; for trailing-stop-limit the offset from the trigger.
        limit_kind: How it is meant; a trailing-stop-limit needs it said.
        display_qty: New visible slice of an iceberg.
        trigger_price: New trigger, or the trailing distance.
        trigger_kind: How it is meant.
        post_only: Refuse the amend rather than take.
        deadline_ns: Wall time after which it must not be applied; 0 leaves it to the venue.
    """

    order_id: str = ""
    cl_ord_id: str = ""
    qty: Decimal | None = None
    limit_price: Decimal | None = None
    limit_kind: PriceKind = PriceKind.STATIC
    display_qty: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_kind: PriceKind = PriceKind.STATIC
    post_only: bool = False
    deadline_ns: int = 0

    def check(self) -> None:
        """Pass an amend that names one order and changes something.

        Raises:
            ValueError: It does not.
        """
        changes = (self.qty, self.limit_price, self.display_qty, self.trigger_price)
        if bool(self.order_id) == bool(self.cl_ord_id) or all(change is None for change in changes):
            raise ValueError("an amend needs one id and something to change")


@dataclass(frozen=True, slots=True)
class Edit:
    """A cancel and a new order in one (`ws-v2.md` §9.3, `rest.md` §4.5); what is None stays as it is.

    Attributes:
        order_id: Kraken's id; client ids are not supported.
        symbol: WS v2 name, which can't change.
        order_type: Kind of the order, which can't change; REST needs it to
            tell which of its two prices is which.
        qty: New total quantity.
        limit_price: New limit.
        limit_kind: How it is meant.
        display_qty: New visible slice of an iceberg.
        trigger: New trigger.
        post_only: Make the new order post-only.
        reduce_only: Make it reduce-only; WS only.
        fee_in_base: Fee preference; WS only.
        deadline_ns: Wall time after which it must not match; 0 leaves it to the venue.
        validate: Only ask whether the venue would take it.
    """

    order_id: str
    symbol: str
    order_type: OrderType = OrderType.LIMIT
    qty: Decimal | None = None
    limit_price: Decimal | None = None
    limit_kind: PriceKind = PriceKind.STATIC
    display_qty: Decimal | None = None
    trigger: Trigger | None = None
    post_only: bool = False
    reduce_only: bool = False
    fee_in_base: bool | None = None
    deadline_ns: int = 0
    validate: bool = False

    def check(self) -> None:
        """Pass an edit that names its order and changes something.

        Raises:
            ValueError: It does not.
        """
        changes = (self.qty, self.limit_price, self.display_qty, self.trigger)
        if not self.order_id or not self.symbol or all(change is None for change in changes):
            raise ValueError("an edit needs the venue's id, the pair and something to change")
