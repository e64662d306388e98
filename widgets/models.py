"""Values that the screen makes for panes; everything else comes in frames."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far a draft has come."""

    EMPTY = "empty"  # nothing is drafted
    EDITING = "editing"  # a field is in hand: Enter accepts it and does not send
    READY = "ready"  # Enter sends it
    BEAT = "beat"  # Enter is held back until the draft was on screen long enough
    SENDING = "sending"  # handed to the engine, no answer yet


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of the draft.

    Attributes:
        name: Label.
        value: Text as it stands.
        more: What a relative value comes to now.
        word: What it adds to the line of flags while nothing is edited; None if it has a row of its own there too.
        choice: Whether it is chosen with left and right rather than typed.
        edited: Whether it is the one being edited.
        at_fault: Whether a refusal is about it: then it has a row and a mark.
        quiet: Whether it has no row while nothing is edited.
        hint: What may be typed.
        error: Why the text cannot be read; empty if it can.
        error_at: Character of the text that the error points at; -1 for none.
        suggestion: What to type instead.
    """

    name: str
    value: str
    more: str = ""
    word: str | None = None
    choice: bool = False
    edited: bool = False
    at_fault: bool = False
    quiet: bool = False
    hint: str = ""
    error: str = ""
    error_at: int = -1
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class DraftView:
    """The order being prepared, as the screen knows it before the engine speaks.

    Attributes:
        symbol: Pair it is pinned to.
        side: `buy`, `sell`, or empty where the engine decides.
        title: Verb of the draft: `BUY`, `AMEND #3`, `CLOSE`.
        fields: Its fields, in the order in which keys walk them.
        armed: Whether money keys act.
        stage: How far it has come.
        beat_ms: Time until Enter sends, while the stage is BEAT.
        preset: Number of the size preset in use; 0 if none.
        presets: Size presets as texts, for a hint line.
        note: One line from the screen, for example why the draft was dropped.
        view_only: Why nothing can be drafted here; empty if it can.
        refused: Why it came back after it was sent; empty if it did not.
    """

    symbol: str
    side: str = ""
    title: str = ""
    fields: tuple[FieldView, ...] = ()
    armed: bool = False
    stage: Stage = Stage.EMPTY
    beat_ms: int = 0
    preset: int = 0
    presets: tuple[str, ...] = ()
    note: str = ""
    view_only: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class KeyPrices:
    """What the keys on the selected order cost at this moment.

    Attributes:
        number: The order's short number.
        cancel: Points of a cancel, now and later: `+8 → +6 in 1.7 s → free in 4:51`.
        amend: Points of an amend, now and later.
        over: Whether a cancel would pass the venue's threshold now.
    """

    number: int
    cancel: str
    amend: str
    over: bool = False
