"""Pure functions from the desk to what the ticket and the strip show."""

from __future__ import annotations

from functools import lru_cache

from app.domain.grammar_text import price_text, size_text
from app.domain.order import Draft as Order
from app.domain.order import Size
from app.domain.statements import Amend, Close
from app.screens import amount
from app.screens.desk import Desk, Strip
from app.screens.draft import Draft
from app.screens.editor import Editor
from app.screens.form import Entry, entries, field_of
from widgets.models import DraftView, FieldView, Stage

_QUIET = frozenset({"side", "starts", "close", "watches"})
"""Fields that are only shown while fields are edited, unless they say something."""

_USUAL = frozenset({"no", "now", "last", "keep", ""})


def ticket_words(order: Order) -> str:
    """Say what the next draft will be made of."""
    kind = "" if order.order_type.value == "limit" else f" {order.order_type.value}"
    return f"{size_text(order.size)}{kind}{' post' if order.post_only else ''} {order.time_in_force.value}"


def draft_view(
    desk: Desk, *, symbol: str, armed: bool, sending: bool, presets: tuple[str, ...], view_only: str = ""
) -> DraftView:
    """Return what the ticket shows.

    Args:
        desk: Draft, editor and what the next draft is made of.
        symbol: Pair that is shown.
        armed: Whether money keys act.
        sending: Whether an order is on its way without an answer.
        presets: Size presets.
        view_only: Why nothing can be drafted; empty if it can.
    """
    draft = desk.draft
    order = draft.order if draft is not None else desk.ticket(symbol)
    used = _preset(order.size, presets, symbol) if order is not None else 0
    if draft is None:
        stage = Stage.SENDING if sending else Stage.EMPTY
        return DraftView(symbol, armed=armed, stage=stage, presets=presets, preset=used, view_only=view_only)
    left = desk.beat_left_ms
    return DraftView(
        draft.symbol,
        side=draft.side,
        title=title(draft),
        fields=_fields(draft, desk),
        refused=desk.fault.text if desk.fault is not None else "",
        armed=armed,
        stage=Stage.EDITING if desk.editor.open else Stage.BEAT if left else Stage.READY,
        beat_ms=left,
        preset=used,
        presets=presets,
    )


def title(draft: Draft) -> str:
    """Return the verb of a draft."""
    match draft.statement:
        case Amend():
            return f"AMEND #{draft.number}"
        case Close():
            return "CLOSE"
        case _:
            return draft.side.upper()


@lru_cache(maxsize=64)
def _preset(size: Size, presets: tuple[str, ...], symbol: str) -> int:
    """Return the number of the preset that a size is; 0 if it is none."""
    return next((at for at, text in enumerate(presets, 1) if amount.preset(text, symbol) == size), 0)


def _fields(draft: Draft, desk: Desk) -> tuple[FieldView, ...]:
    """Return the rows of the form, with what relative values stand for now."""
    preview = desk.preview
    stands = {"size": preview.qty, "price": preview.price} if preview is not None else {}
    at_fault = field_of(draft, desk.term_at_fault)
    return tuple(
        _field(entry, desk.editor, stands.get(entry.name, ""), at_fault=entry.name == at_fault)
        for entry in entries(draft)
    )


def _field(entry: Entry, editor: Editor, stands_for: str, *, at_fault: bool) -> FieldView:
    edited = editor.open and entry.name == editor.name
    error = editor.error if edited else None
    return FieldView(
        entry.name,
        editor.text if edited and not entry.options else entry.value,
        more="" if edited and error is not None else stands_for,
        word=entry.word,
        choice=bool(entry.options),
        edited=edited,
        at_fault=at_fault,
        quiet=(entry.name in _QUIET and entry.value in _USUAL) or entry.name == "side",
        hint=entry.hint if edited else "",
        error=error.message if error is not None else "",
        error_at=error.position if error is not None else -1,
        suggestion=error.suggestion if error is not None else "",
    )


def strip_text(desk: Desk, strip: Strip | None) -> str:
    """Return the question of the strip: a verb that waits for a second key; empty without one."""
    if strip is not None:
        return strip.text
    draft, editor = desk.draft, desk.editor
    if draft is None or editor.open:
        return ""
    keys = "Enter sends, Esc drops"
    worst = desk.preview.price if desk.preview is not None else ""
    order = draft.order
    if isinstance(draft.statement, Close):
        return f"CLOSE  the position on {draft.symbol}: {keys}"
    if order is None:
        return ""
    what = f"{draft.side.upper()} {size_text(order.size)} {draft.symbol}"
    if draft.takes and order.price is not None:
        return f"TAKE  {what} at {worst or price_text(order.price)} at worst: {keys}"
    return f"{order.order_type.value.upper()}  {what} at any price: {keys}" if draft.at_any_price else ""
