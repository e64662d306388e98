"""The fields of whatever is drafted, as the ticket shows and changes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.statements import Amend
from app.screens import change_form, order_form
from app.screens.draft import Draft

_OTHER_NAMES = {"trigger": ("trail",), "close trigger": ("· trigger", "close"), "close price": ("· price", "close")}
"""Fields that show a term under another name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field as it stands.

    Attributes:
        name: Its label.
        value: Its text.
        options: What there is to choose from; empty for a text.
        hint: What may be typed.
        word: What it adds to the line of flags; None for a field with a row of its own.
    """

    name: str
    value: str
    options: tuple[str, ...] = ()
    hint: str = ""
    word: str | None = None


def entries(draft: Draft) -> tuple[Entry, ...]:
    """Return the fields that a draft uses, in the order in which the keys walk them."""
    order = draft.order
    if order is not None:
        return tuple(
            Entry(
                field.name,
                field.show(order),
                field.options(order),
                field.hint,
                field.word(order) if field.word is not None else None,
            )
            for field in order_form.FIELDS
            if field.used(order)
        )
    return _changes(draft) if isinstance(draft.statement, Amend) else ()


def _changes(draft: Draft) -> tuple[Entry, ...]:
    change = draft.statement
    assert isinstance(change, Amend)
    found = [
        Entry(field.name, change_form.shown(change, field.name), hint=field.hint)
        for field in change_form.CHANGES
        if field.name in draft.terms
    ]
    if change.price is not None:
        value = change_form.shown(change, change_form.POST)
        word = change_form.POST if change.post_only else ""
        found.append(Entry(change_form.POST, value, (order_form.NO, order_form.YES), word=word))
    return tuple(found)


def field_of(draft: Draft, term: str) -> str:
    """Return the field of a draft that a term of an order stands in; empty if it has no such field."""
    names = {entry.name for entry in entries(draft)}
    return next((name for name in (term, *_OTHER_NAMES.get(term, ())) if name in names), "")


def put(draft: Draft, name: str, text: str) -> Draft:
    """Return the draft with one field changed.

    Args:
        draft: The draft.
        name: A field that it uses.
        text: What was typed or chosen.

    Raises:
        GrammarError: The text is none for this field; points at the character.
    """
    order = draft.order
    if order is not None:
        field = next(field for field in order_form.FIELDS if field.name == name)
        return draft.with_order(order_form.settled(field.read(order, text)))
    if isinstance(draft.statement, Amend):
        return replace(draft, statement=change_form.changed(draft.statement, name, text))
    return draft
