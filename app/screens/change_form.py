"""The fields of a draft that changes a working order: only those that the order has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from app.domain.grammar_text import display_text, distance_text, price_text, size_text
from app.domain.statements import Amend
from app.screens import field_values as values
from app.screens.order_form import NO, YES

KEEP: Final = "keep"
"""Text of a field that is left as it is."""


@dataclass(frozen=True, slots=True)
class ChangeField:
    """One term of a change.

    Attributes:
        name: Its label.
        word: Word of the grammar before its value.
        hint: What may be typed.
    """

    name: str
    word: str
    hint: str


CHANGES: Final[tuple[ChangeField, ...]] = (
    ChangeField("size", "", "the new total: 0.5  keep"),
    ChangeField("price", "@", "64200  -1t  bid  keep"),
    ChangeField("display", "display", "0.05  10%  keep"),
    ChangeField("trigger", "trigger", "63000  -10t  keep"),
    ChangeField("trail", "trail", "1%  50  keep"),
)
POST: Final = "post"


def shown(change: Amend, name: str) -> str:
    """Return the text of a term."""
    match name:
        case "size":
            return KEEP if change.size is None else size_text(change.size)
        case "price":
            return KEEP if change.price is None else price_text(change.price)
        case "display":
            return KEEP if change.display is None else display_text(change.display)
        case "trigger":
            return KEEP if change.trigger is None else price_text(change.trigger)
        case "trail":
            return KEEP if change.trail is None else distance_text(change.trail)
        case _:
            return YES if change.post_only else NO


def changed(change: Amend, name: str, text: str) -> Amend:
    """Return the change with another text of a term.

    Raises:
        GrammarError: The text is none for this term.
    """
    if name == POST:
        return replace(change, post_only=text == YES and change.price is not None)
    if text.strip().lower() in ("", KEEP):
        return _with(change, name, Amend(change.target))
    word = next(field.word for field in CHANGES if field.name == name)
    return _with(change, name, values.read_change(text, word))


def _with(change: Amend, name: str, read: Amend) -> Amend:
    match name:
        case "size":
            return replace(change, size=read.size)
        case "price":
            return replace(change, price=read.price, post_only=change.post_only and read.price is not None)
        case "display":
            return replace(change, display=read.display)
        case "trigger":
            return replace(change, trigger=read.trigger)
        case _:
            return replace(change, trail=read.trail)
