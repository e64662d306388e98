"""What the composition root decides about a screen, and how a screen ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """Settings of one screen.

    Attributes:
        name: Shown to other screens, for example the terminal's name.
        symbol: Pair to show first; empty takes the engine's choice.
        theme: Name of a palette; empty chooses by the terminal.
        keymap: Action id to Textual keys, separated by commas.
        fps: View frames per second at the most.
        trade: Whether to ask for the pen.
        retry_ms: Pause before the first attempt to reattach; it doubles.
        remembered: File of what the screen remembers; None remembers nothing.
    """

    name: str = "screen"
    symbol: str = ""
    theme: str = ""
    keymap: Mapping[str, str] = field(default_factory=dict)
    fps: int = 20
    trade: bool = True
    retry_ms: int = 250
    remembered: Path | None = None


class Left(StrEnum):
    """How the user left; what the engine does now."""

    STOPPED = "stopped"  # the engine was told to end, and answered or went
    DETACHED = "detached"  # the engine goes on
    GONE = "gone"  # there was no engine any more
    SIGNAL = "signal"  # SIGTERM or SIGHUP: the engine goes on
    UNANSWERED = "unanswered"  # the engine was told to end and did not answer
