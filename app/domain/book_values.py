"""Values that books give out, and the shape of the rows that they take.

Prices and quantities are ints in units of 1e-12 (`instrument.UNIT_DP`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

Row_co = TypeVar("Row_co", covariant=True)


class BookFault(Exception):
    """The book no longer follows its venue.

    Attributes:
        reason: What was seen, in a few words for a person.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LevelView(NamedTuple):
    """One price level.

    Attributes:
        price: Price in units.
        qty: Visible quantity in units.
        count: Number of orders; 0 where the book does not know it (L2).
    """

    price: int
    qty: int
    count: int  # type: ignore[assignment]  # hides tuple.count(), which nobody wants of a level


class OrderView(NamedTuple):
    """One resting order.

    Attributes:
        order_id: The venue's id.
        qty_units: Visible quantity in units.
        timestamp_text: When it was inserted or amended, as the venue wrote it.
    """

    order_id: str
    qty_units: int
    timestamp_text: str


class QueuePosition(NamedTuple):
    """Where an order stands among those of its price.

    Attributes:
        orders_ahead: Orders that trade before it.
        qty_ahead: Their quantity in units.
        orders_behind: Orders that trade after it.
        qty_behind: Their quantity in units.
        own_qty: Its own visible quantity in units.
        provable: Whether the level is one of the ten that the checksum covers.
    """

    orders_ahead: int
    qty_ahead: int
    orders_behind: int
    qty_behind: int
    own_qty: int
    provable: bool


class Fillable(NamedTuple):
    """What an incoming order would fill right now.

    Attributes:
        filled_qty: Quantity in units.
        cost: Its price in units of the quote currency, rounded up.
        worst_price: The last price touched in units; None if nothing fills.
        orders: Resting orders touched; 0 where the book does not know (L2).
        levels: Price levels touched.
    """

    filled_qty: int
    cost: int
    worst_price: int | None
    orders: int
    levels: int


class OrderRow(Protocol):
    """One L3 order or event (`ws-v2.md` §6.4); numbers are the wire's own characters."""

    @property
    def event(self) -> str:
        """`add`, `modify` or `delete`; empty in a snapshot."""
        ...

    @property
    def order_id(self) -> str:
        """The venue's order id."""
        ...

    @property
    def limit_price(self) -> bytes:
        """Price token."""
        ...

    @property
    def order_qty(self) -> bytes:
        """Remaining visible quantity token."""
        ...

    @property
    def timestamp(self) -> str:
        """RFC 3339 time of insertion or amendment."""
        ...


class LevelRow(Protocol):
    """One L2 level (`ws-v2.md` §4.2); numbers are the wire's own characters."""

    @property
    def price(self) -> bytes:
        """Price token."""
        ...

    @property
    def qty(self) -> bytes:
        """New absolute quantity token; zero removes the level."""
        ...


class BookData(Protocol[Row_co]):
    """One `data` element of a `book` or `level3` frame."""

    @property
    def bids(self) -> Sequence[Row_co]:
        """Rows of the bid side."""
        ...

    @property
    def asks(self) -> Sequence[Row_co]:
        """Rows of the ask side."""
        ...

    @property
    def checksum(self) -> int | None:
        """CRC-32 of the top ten levels after this message; None if it was not sent."""
        ...
