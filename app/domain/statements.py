"""Statements of the `:` language, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.order import Draft, Price, Size


@dataclass(frozen=True, slots=True)
class OrderRef:
    """Which order is meant: a row of the working orders pane, or an id.

    Attributes:
        row: Row number counted from 1, 0 when an id is given.
        order_id: The venue's id or a client id, empty when a row is given.
    """

    row: int = 0
    order_id: str = ""


class CancelScope(StrEnum):
    """How much a mass cancel takes away."""

    ALL = "all"  # everything on one symbol
    BIDS = "bids"  # buy orders on one symbol
    ASKS = "asks"  # sell orders on one symbol
    EVERYTHING = "everything"  # every order of the account, all symbols


@dataclass(frozen=True, slots=True)
class Place:
    """Place an order."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel one order."""

    target: OrderRef


@dataclass(frozen=True, slots=True)
class CancelAll:
    """Cancel many orders.

    Attributes:
        scope: How much.
        symbol: The pair; empty only for `EVERYTHING`.
    """

    scope: CancelScope
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Amend:
    """Change a working order in place; at least one of size and price is given.

    Attributes:
        target: The order.
        size: The new total size, None to keep it.
        price: The new price, None to keep it; may be relative to its own.
    """

    target: OrderRef
    size: Size | None = None
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Kill:
    """Cancel everything, disarm and refuse new orders."""


@dataclass(frozen=True, slots=True)
class Release:
    """Let new orders out again after the kill switch."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Let money keys act."""


@dataclass(frozen=True, slots=True)
class Disarm:
    """Go back to VIEW."""


@dataclass(frozen=True, slots=True)
class Help:
    """Show help, on a topic or in general (empty)."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Show another pair."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave the screen."""


Statement = Place | Cancel | CancelAll | Amend | Kill | Release | Arm | Disarm | Help | Symbol | Quit
