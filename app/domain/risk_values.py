"""What the risk gate says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GUARD_LAYER: Final = "guard"


class RefusalCode(StrEnum):
    """Why an order may not go out."""

    RULES = "rules"
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
    MAX_SYMBOL_QTY = "max_symbol_qty"
    MAX_SESSION_QTY = "max_session_qty"
    MAX_SESSION_NOTIONAL = "max_session_notional"
    OPEN_ORDERS = "open_orders"
    ORDER_RATE = "order_rate"
    MESSAGE_RATE = "message_rate"
    REPEATED = "repeated"
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
        RefusalCode.MAX_SYMBOL_QTY,
        RefusalCode.MAX_SESSION_QTY,
        RefusalCode.MAX_SESSION_NOTIONAL,
        RefusalCode.OPEN_ORDERS,
        RefusalCode.ORDER_RATE,
        RefusalCode.MESSAGE_RATE,
        RefusalCode.REPEATED,
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
    WAKES_NOW = "wakes_now"
    CHILDREN = "children"
    FLIPS = "flips"
    OVERRIDDEN = "overridden"


VENUE_ERRORS: Final[dict[RefusalCode, str]] = {
    RefusalCode.TICK: "EOrder:Tick size check failed",
    RefusalCode.LOT: "EGeneral:Invalid arguments:volume",
    RefusalCode.PRICE: "EOrder:Invalid price",
    RefusalCode.QTY_MIN: "EGeneral:Invalid arguments:volume minimum not met",
    RefusalCode.COST_MIN: "EOrder:Cost minimum not met",
    RefusalCode.FUNDS: "EOrder:Insufficient funds",
    RefusalCode.OPEN_ORDERS: "EOrder:Orders limit exceeded",
    RefusalCode.RATE_COUNTER: "EOrder:Rate limit exceeded",
}
"""What the venue would say to the same (`ws-v2.md` §11, §12)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against an order.

    Attributes:
        code: Which check.
        text: What is wrong, with numbers, in one line.
        hint: What to do, in one line.
        layer: Always `guard`: it never left this machine and cost no points.
        venue_error: What the venue would say, where that depends on the order.
        term: Term of the order that it is about, where the code alone does not tell.
    """

    code: RefusalCode
    text: str
    hint: str
    layer: str = GUARD_LAYER
    venue_error: str = ""
    term: str = ""

    @property
    def error(self) -> str:
        """What the venue would say to the same order; empty for our own limits."""
        return self.venue_error or VENUE_ERRORS.get(self.code, "")

    @property
    def overridable(self) -> bool:
        """Whether a person may pass it by saying so."""
        return self.code.value in OVERRIDABLE


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to know that does not stand in the way."""

    code: CautionCode
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says: allowed unless there is a refusal.

    Attributes:
        refusals: Reasons against it, gravest first.
        warnings: What is worth knowing.
        overridden: Names of limits that it passes by an override; each is
            used up when the order goes out.
    """

    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[Caution, ...] = ()
    overridden: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the action may go out."""
        return not self.refusals
