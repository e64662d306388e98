"""The fields of the ticket: a few rows while it is read, a form with a cursor while it is edited."""

from __future__ import annotations

from typing import Final

from widgets.lines import Line, Span
from widgets.models import DraftView, FieldView
from widgets.numbers import trimmed
from widgets.text import clean, fit, width_of, wrap

LABEL: Final = 10
"""Cells of the labels on the left."""

_ERROR_LINES: Final = 3
_INKED: Final = frozenset({"size", "price", "trigger", "trail", "display"})


def label(name: str) -> Span:
    """Build a label."""
    return (fit(clean(name), LABEL), "muted")


def summary(draft: DraftView, width: int) -> list[Line]:
    """Build the fields that say something, and the flags together in one row."""
    rows = [field for field in draft.fields if field.at_fault or (field.word is None and not field.quiet)]
    lines = [line for field in rows for line in _row(field, draft, width)]
    words = " ".join(clean(field.word) for field in draft.fields if field.word)
    if not words:
        return lines
    first, *rest = wrap(words, max(1, width - LABEL), 2)
    return [*lines, Line((label("type"), (first, "text"))), *(Line((label(""), (part, "text"))) for part in rest)]


def form(draft: DraftView, width: int, room: int) -> list[Line]:
    """Build the form: all fields, or a window of them around the one in hand, and its hint or error.

    Args:
        draft: What is drafted.
        width: Cells of a line.
        room: Most lines.
    """
    at = next((at for at, field in enumerate(draft.fields) if field.edited), 0)
    help_lines = _help(draft.fields[at], width) if draft.fields else []
    rows = max(1, room - len(help_lines))
    top = max(0, min(at - rows // 2, len(draft.fields) - rows))
    lines: list[Line] = []
    for field in draft.fields[top : top + rows]:
        lines.extend(_row(field, draft, width)[:1])
        if field.edited:
            lines.extend(help_lines)
    return lines[:room] if room > 0 else []


def _row(field: FieldView, draft: DraftView, width: int) -> list[Line]:
    """Build one field, and what it comes to behind it or under it.

    The one in hand lies on the cursor's ground and has a caret, or arrows if it is chosen.
    """
    side = {"buy": "bid", "sell": "ask"}.get(draft.side, "text")
    ink = "bad" if field.error or field.at_fault else side if field.name in _INKED else "text"
    value = clean(field.value)
    if field.edited and field.choice:
        spans: list[Span] = [label(field.name), ("◂ ", "muted"), (value, "strong"), (" ▸", "muted")]
    elif field.edited:
        spans = [label(field.name), (value, ink), ("▏", "strong")]
    else:
        spans = [label(field.name), (value or "-", ink)]
    if field.at_fault:
        spans.append((" ✗", "bad"))
    used = sum(width_of(text) for text, _ in spans)
    ground = "cursor" if field.edited else ""
    more = trimmed(clean(field.more))
    if not more or more == trimmed(value):
        return [Line(tuple(spans), ground)]
    form = next((form for form in (f" = {more}", f" ={more}") if used + len(form) <= width), "")
    if form or field.edited:
        return [Line((*spans, (form, "muted")), ground)]
    return [Line(tuple(spans)), Line((label(""), (f"= {more}", "muted")))]


def _help(field: FieldView, width: int) -> list[Line]:
    """Build what may be typed, or where and why the text cannot be read."""
    if not field.error:
        return (
            [Line((label(""), (fit(clean(field.hint), max(0, width - LABEL)).rstrip(), "faint")))] if field.hint else []
        )
    caret = " " * (LABEL + max(0, field.error_at)) + "▲"
    why = clean(f"{field.error} → {field.suggestion}" if field.suggestion else field.error)
    lines = [Line(((caret, "bad"),))] if width_of(caret) <= width else []
    return [*lines, *(Line(((part, "bad"),)) for part in wrap(why, max(1, width), _ERROR_LINES))]
