"""A ladder of some minutes ago: what a screen asks for and gets."""

from __future__ import annotations

from msgspec import Struct

from app.link.ladder_frames import LadderView


class AskPast(Struct, frozen=True, tag="past?"):
    """Ask for the ladder as it was.

    Attributes:
        id: Echoed in the `Past`.
        symbol: Pair.
        rows: Ladder rows that fit.
        state: Number of the book's state; 0 asks by time.
        at_ns: Engine's wall time, used without a number.
        top_row: Uppermost row, or None to be centred on the market of then.
        group: Ticks per row.
    """

    id: int
    symbol: str
    rows: int
    state: int = 0
    at_ns: int = 0
    top_row: int | None = None
    group: int = 1


class Past(Struct, frozen=True, tag="past"):
    """Answer to `AskPast`.

    Attributes:
        id: Of the request.
        symbol: Pair.
        ladder: The ladder as it was; None if there is none.
        reason: Why there is none.
        state: Number of the state shown.
        at_ns: Engine's wall time of its message.
        first: Number of the oldest state that is kept.
        first_ns: Its wall time.
        last: Number of the newest.
        last_ns: Its wall time.
        what: What the message did, in words.
        gap_ms: How long the data was broken right after this state; 0 if it was not.
    """

    id: int
    symbol: str
    ladder: LadderView | None = None
    reason: str = ""
    state: int = 0
    at_ns: int = 0
    first: int = 0
    first_ns: int = 0
    last: int = 0
    last_ns: int = 0
    what: str = ""
    gap_ms: int = 0
