"""Statements of the `:` language, as values."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from app.domain.order import Draft, Price, Size


class OrderRef(Struct, frozen=True):
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
    SESSION = "session"  # every order that this engine placed, all symbols
    EVERYTHING = "everything"  # every order of the account, all symbols


class Place(Struct, frozen=True):
    """Place an order."""

    draft: Draft


class Batch(Struct, frozen=True):
    """Place 2 to 15 orders of one pair in one message (`ws-v2.md` §9.7)."""

    drafts: tuple[Draft, ...]


class Cancel(Struct, frozen=True):
    """Cancel one order.

    Attributes:
        target: The order.
        family: Whether the orders that its fills made go with it.
    """

    target: OrderRef
    family: bool = False


class CancelBatch(Struct, frozen=True):
    """Cancel 2 to 50 named orders in one message (`ws-v2.md` §9.8)."""

    targets: tuple[OrderRef, ...]


class CancelAll(Struct, frozen=True):
    """Cancel many orders.

    Attributes:
        scope: How much.
        symbol: The pair; empty for `SESSION` and `EVERYTHING`.
    """

    scope: CancelScope
    symbol: str = ""


class Amend(Struct, frozen=True):
    """Change a working order in place; at least one of its terms is given.

    Attributes:
        target: The order.
        size: The new total size, None to keep it.
        price: The new price, None to keep it; may be relative to its own.
        display: The new visible slice, None to keep it.
        trigger: The new trigger price, None to keep it; may be relative to its own.
        trail: The new trailing distance, None to keep it.
        post_only: Whether a price that would take refuses the amend.
    """

    target: OrderRef
    size: Size | None = None
    price: Price | None = None
    display: Size | None = None
    trigger: Price | None = None
    trail: Price | None = None
    post_only: bool = False


class Edit(Struct, frozen=True):
    """Replace a working order by a new one, the legacy way (`ws-v2.md` §9.3); terms as in `Amend`."""

    target: OrderRef
    size: Size | None = None
    price: Price | None = None
    display: Size | None = None
    trigger: Price | None = None
    trail: Price | None = None
    post_only: bool = False


class Scale(Struct, frozen=True):
    """Place a ladder of orders, evenly from one price to another.

    Attributes:
        draft: What each order is like; its price is the first rung.
        count: How many orders, at least 2.
        end: The last rung.
        each: Whether the size is that of each order, not of all together.
    """

    draft: Draft
    count: int
    end: Price
    each: bool = True


class Twap(Struct, frozen=True):
    """Work an order in equal slices over a time.

    Attributes:
        draft: The whole order. Post-only slices join the near touch; IOC
            ones (the word `take`) take at the far touch.
        over_s: Whole time in seconds.
        every_s: Seconds from slice to slice.
        limit: Worst price for any slice, None for no bound but the collar.
    """

    draft: Draft
    over_s: int
    every_s: int
    limit: Price | None = None


class Chase(Struct, frozen=True):
    """Keep a post-only order at the near touch until it is filled.

    Attributes:
        draft: The order, without a price.
        limit: Worst price to follow to, None for no bound but the collar.
        for_s: Seconds after which it gives up, 0 for no bound.
    """

    draft: Draft
    limit: Price | None = None
    for_s: int = 0


class Bracket(Struct, frozen=True):
    """Guard an order's fills by two exits; the first to fill cancels the other.

    The venue has no such pair, so the engine does it and both may fill
    before it can act.

    Attributes:
        target: The order whose fills are guarded.
        take_profit: Limit price of the exit in profit; may be relative to the order's.
        stop: Trigger price of the exit at a loss; may be relative to the order's.
        stop_limit: Limit of that exit once triggered, None to sell or buy at the market.
    """

    target: OrderRef
    take_profit: Price
    stop: Price
    stop_limit: Price | None = None


class Close(Struct, frozen=True):
    """Close the position on one pair."""

    symbol: str


class Flatten(Struct, frozen=True):
    """Close the positions on all pairs."""


class Reverse(Struct, frozen=True):
    """Turn the position on one pair into its opposite."""

    symbol: str


class HelperAction(StrEnum):
    """What can be done to a running helper."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class HelperControl(Struct, frozen=True):
    """Pause, resume or stop a helper.

    Attributes:
        action: What to do.
        name: `H1`, `H2`, …; empty for all of them.
    """

    action: HelperAction
    name: str = ""


class Why(Struct, frozen=True):
    """Show all that is known of an order."""

    target: OrderRef


class Limits(Struct, frozen=True):
    """Show the limits and what is used of them."""


class Override(Struct, frozen=True):
    """Let the next orders pass one of our own limits; said, counted and logged.

    Attributes:
        name: The limit, a value of `app.domain.risk_values.RefusalCode`.
        count: For how many orders.
    """

    name: str
    count: int = 1


class Transport(Struct, frozen=True):
    """Choose what new orders go over from now on.

    Attributes:
        name: One of `app.domain.order_terms.TRANSPORTS`.
    """

    name: str


class Alias(Struct, frozen=True):
    """Name a line, so that the name stands for it at the start of a statement.

    Attributes:
        name: The new word, in lower case.
        text: What it stands for; empty to forget it.
    """

    name: str
    text: str


class Kill(Struct, frozen=True):
    """Cancel everything, disarm and refuse new orders."""


class Release(Struct, frozen=True):
    """Let new orders out again after the kill switch."""


class Arm(Struct, frozen=True):
    """Let money keys act."""


class Disarm(Struct, frozen=True):
    """Go back to VIEW."""


class Help(Struct, frozen=True):
    """Show help, on a topic or in general (empty)."""

    topic: str = ""


class Symbol(Struct, frozen=True):
    """Show another pair."""

    symbol: str


class Quit(Struct, frozen=True):
    """Leave the screen."""


Change = Amend | Edit
"""Statements that change a working order."""

Statement = (
    Place
    | Batch
    | Cancel
    | CancelBatch
    | CancelAll
    | Amend
    | Edit
    | Scale
    | Twap
    | Chase
    | Bracket
    | Close
    | Flatten
    | Reverse
    | HelperControl
    | Why
    | Limits
    | Override
    | Transport
    | Alias
    | Kill
    | Release
    | Arm
    | Disarm
    | Help
    | Symbol
    | Quit
)
