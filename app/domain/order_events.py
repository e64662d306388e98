"""What can happen to an order, as values.

Local events say what we did (`Sent`, `CancelSent`), answers say what the
venue replied to a request (`AckNew`, `CancelReject`), reports come from the
executions stream (`ws-v2.md` §7.2) and evidence comes from asking the venue.
`at_ns` is wall time in nanoseconds: the venue's own for reports and evidence,
ours for the rest.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from app.domain.order import OrderType, Side, TimeInForce
from app.domain.order_details import OrderDetails


class Request(StrEnum):
    """The requests whose outcome can be in doubt."""

    NEW = "new"
    AMEND = "amend"
    CANCEL = "cancel"


class Submitted(Struct, frozen=True):
    """The intent is in the journal."""

    at_ns: int


class Sent(Struct, frozen=True):
    """The request for a new order was written to a socket."""

    at_ns: int


class AckNew(Struct, frozen=True):
    """The venue accepted the order for processing; it may not be live yet."""

    at_ns: int
    order_id: str


class RejectNew(Struct, frozen=True):
    """The venue (or a layer before it) refused the new order.

    Attributes:
        at_ns: Wall time.
        error: The refusal as received, cleaned.
        layer: Who refused: `guard`, `socket`, `auth`, `gateway`, `engine`, …
    """

    at_ns: int
    error: str
    layer: str = "engine"


class TimedOut(Struct, frozen=True):
    """No answer to a request in time: its outcome is unknown."""

    at_ns: int
    request: Request


class LinkLost(Struct, frozen=True):
    """The connection went away: every request in flight is in doubt."""

    at_ns: int


class AmendSent(Struct, frozen=True):
    """An amend was sent; a field that stays as it is is None."""

    at_ns: int
    price: Decimal | None = None
    qty: Decimal | None = None


class AmendAck(Struct, frozen=True):
    """The venue applied the amend."""

    at_ns: int


class AmendReject(Struct, frozen=True):
    """The venue refused the amend; the order keeps its old terms."""

    at_ns: int
    error: str


class CancelSent(Struct, frozen=True):
    """A cancel was sent."""

    at_ns: int


class CancelAck(Struct, frozen=True):
    """The venue took the cancel. The order is gone only when a report says so."""

    at_ns: int


class CancelReject(Struct, frozen=True):
    """The venue refused the cancel."""

    at_ns: int
    error: str


class ExecPendingNew(Struct, frozen=True):
    """`pending_new`: accepted and validated, with the full description."""

    at_ns: int
    order_id: str
    symbol: str
    side: Side
    order_type: OrderType
    qty: Decimal
    limit_price: Decimal | None = None
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    details: OrderDetails | None = None


class ExecNew(Struct, frozen=True):
    """`new`: live in the engine. A delta that names only the order."""

    at_ns: int
    order_id: str


class ExecTrade(Struct, frozen=True):
    """`trade`: one fill.

    Attributes:
        at_ns: Venue time of the fill.
        order_id: The order.
        exec_id: Unique id of the fill; the key that tells repeats apart.
        qty: Base quantity of this fill.
        price: Price of this fill.
        fee: Fee in quote currency.
        cum_qty: Total after it; None where the report leaves it out.
        cum_cost: Total cost after it; None where left out.
    """

    at_ns: int
    order_id: str
    exec_id: str
    qty: Decimal
    price: Decimal
    fee: Decimal = Decimal(0)
    cum_qty: Decimal | None = None
    cum_cost: Decimal | None = None

    @property
    def ids(self) -> frozenset[str]:
        """What tells this fill from others of its order: its id, and the total that it led to.

        Two transports may give one fill different ids (`fix.md` §2.1), but no
        two fills of an order lead to the same total.
        """
        total = () if self.cum_qty is None else (f"total {self.cum_qty.normalize():f}",)
        return frozenset((self.exec_id, *total))


class ExecFilled(Struct, frozen=True):
    """`filled`: completely filled, with totals where the report has them."""

    at_ns: int
    order_id: str
    cum_qty: Decimal | None = None
    cum_cost: Decimal | None = None


class ExecCanceled(Struct, frozen=True):
    """`canceled`: gone, by the user or by the engine (`reason`)."""

    at_ns: int
    order_id: str
    reason: str = ""
    cum_qty: Decimal | None = None
    cum_cost: Decimal | None = None


class ExecExpired(Struct, frozen=True):
    """`expired`: its time in force ran out."""

    at_ns: int
    order_id: str
    reason: str = ""
    cum_qty: Decimal | None = None
    cum_cost: Decimal | None = None


class ExecAmended(Struct, frozen=True):
    """`amended`: a user's amend took effect; None where a term is left out."""

    at_ns: int
    order_id: str
    qty: Decimal | None = None
    limit_price: Decimal | None = None
    cum_qty: Decimal | None = None
    details: OrderDetails | None = None


class ExecRestated(Struct, frozen=True):
    """`restated`: the engine changed the order by itself (`reason`)."""

    at_ns: int
    order_id: str
    qty: Decimal | None = None
    limit_price: Decimal | None = None
    cum_qty: Decimal | None = None
    reason: str = ""
    details: OrderDetails | None = None


class ExecStatus(Struct, frozen=True):
    """`status`, `iceberg_refill`, and any report kind we do not know: the order exists."""

    at_ns: int
    order_id: str
    details: OrderDetails | None = None


class FoundOpen(Struct, frozen=True):
    """Asked, and the venue shows the order open.

    Attributes:
        at_ns: Venue time of the answer.
        order_id: The order.
        qty: Its total quantity.
        limit_price: Its limit price.
        cum_qty: Filled so far.
        cum_cost: Cost so far.
        live: False while the venue calls it pending.
        details: The rest of what the answer says.
    """

    at_ns: int
    order_id: str
    qty: Decimal
    limit_price: Decimal | None = None
    cum_qty: Decimal = Decimal(0)
    cum_cost: Decimal = Decimal(0)
    live: bool = True
    details: OrderDetails | None = None


class Ending(StrEnum):
    """How the venue says a closed order ended."""

    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"


class FoundClosed(Struct, frozen=True):
    """Asked, and the venue shows the order closed."""

    at_ns: int
    order_id: str
    ending: Ending
    cum_qty: Decimal = Decimal(0)
    cum_cost: Decimal = Decimal(0)
    reason: str = ""


class ProvenAbsent(Struct, frozen=True):
    """Asked after the deadline: neither open nor closed, so it never arrived."""

    at_ns: int


OrderEvent = (
    Submitted
    | Sent
    | AckNew
    | RejectNew
    | TimedOut
    | LinkLost
    | AmendSent
    | AmendAck
    | AmendReject
    | CancelSent
    | CancelAck
    | CancelReject
    | ExecPendingNew
    | ExecNew
    | ExecTrade
    | ExecFilled
    | ExecCanceled
    | ExecExpired
    | ExecAmended
    | ExecRestated
    | ExecStatus
    | FoundOpen
    | FoundClosed
    | ProvenAbsent
)
