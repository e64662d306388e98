"""Values that the screen makes for panes; everything else comes in frames."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far a draft has come."""

    EMPTY = "empty"  # nothing is drafted
    EDITING = "editing"  # a part of it is being typed or nudged
    READY = "ready"  # Enter sends it
    BEAT = "beat"  # Enter is held back until the draft was on screen long enough
    SENDING = "sending"  # handed to the engine, no answer yet


@dataclass(frozen=True, slots=True)
class DraftView:
    """The order being prepared, as the screen knows it before the engine speaks.

    Attributes:
        symbol: Pair it is pinned to.
        side: `buy`, `sell`, or empty.
        size: Size as typed, `0.5`, `25%`, `$200`.
        price: Price as typed or chosen; empty for market.
        kind: Order type in words.
        flags: For example `post`, `reduce`.
        tif: Time in force.
        armed: Whether money keys act.
        stage: How far it has come.
        beat_ms: Time until Enter sends, while the stage is BEAT.
        field: The part being edited: `size`, `price`, or empty.
        preset: Number of the size preset in use; 0 if none.
        presets: Size presets as texts, for a hint line.
        note: One line from the screen, for example why the draft was dropped.
        view_only: Why nothing can be drafted here; empty if it can.
    """

    symbol: str
    side: str = ""
    size: str = ""
    price: str = ""
    kind: str = "limit"
    flags: tuple[str, ...] = ()
    tif: str = "gtc"
    armed: bool = False
    stage: Stage = Stage.EMPTY
    beat_ms: int = 0
    field: str = ""
    preset: int = 0
    presets: tuple[str, ...] = ()
    note: str = ""
    view_only: str = ""
