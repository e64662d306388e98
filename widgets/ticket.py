"""The order ticket: the draft, and what it would do before it is sent."""

from __future__ import annotations

from typing import ClassVar

from app.link.preview_frame import PreviewView
from widgets.items import spans_width
from widgets.lines import BLANK, Line, LinePane, Span, grounds, inks
from widgets.models import DraftView, Stage
from widgets.numbers import trimmed, trimmed_all
from widgets.plate import guarded
from widgets.text import clean, fit, wrap
from widgets.ticket_form import LABEL, form, label, summary

_KEYS = (
    ("b s", "join at the cursor"),
    ("B S", "take, with a limit"),
    ("e", "edit every field"),
    (":", "type an order"),
)
_FACT_LINES = 4
_MOST_REASONS = 6
_REASON_LINES = 3
_BEAT_CELLS = 10
_BEAT_FULL_MS = 150
"""The arming beat that fills the countdown bar (`screen.md` §1)."""


class Ticket(LinePane, can_focus=True):
    """Draft and preview of one order."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks(
        "bid", "ask", "armed", "view", "good", "warn", "bad", "buy-badge", "sell-badge"
    ) | grounds("cursor")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._draft = DraftView("")
        self._preview: PreviewView | None = None

    @guarded
    def apply(self, draft: DraftView, preview: PreviewView | None = None) -> None:
        """Show a draft.

        Args:
            draft: What is being prepared.
            preview: What the engine says it would do; None while unknown.
        """
        self._draft = draft
        self._preview = preview
        self.show()

    def build(self, width: int, height: int) -> list[Line]:
        """Build the ticket, the most important lines first if there is little room."""
        draft, preview = self._draft, self._preview
        room = width - 2
        head = self._head(draft, room)
        if draft.stage is Stage.EMPTY or not draft.title:
            return _margin([head, *_hints(draft, room, height - 1)])
        order = self._fields(draft, room, height)
        verdict = _verdict(draft.refused, preview, room, max(1, min(_MOST_REASONS, height - 1 - len(order))))
        action = _action(draft, preview, room)
        details = _details(preview, room)
        spare = height - 2 - len(order) - len(verdict)
        if spare < len(details):
            details = details[: max(0, spare)]
        loose = [BLANK] if height - 2 - len(order) - len(verdict) - len(details) > 1 else []
        return _margin([head, *loose, *order, *details, *verdict, *loose, action])[:height]

    def _fields(self, draft: DraftView, width: int, height: int) -> list[Line]:
        """Build the fields; while they are edited two parts in three are theirs, what they would do has the rest."""
        if draft.stage is Stage.EDITING:
            return form(draft, width, max(3, (height - 2) * 2 // 3))
        return summary(draft, width)

    def _head(self, draft: DraftView, width: int) -> Line:
        """Build the first line: side, pair and whether keys act."""
        plate: Span = (" ARMED ", "armed") if draft.armed else (" VIEW ", "view")
        left: list[Span] = []
        if draft.title and draft.stage is not Stage.EMPTY:
            badge = {"buy": "buy-badge", "sell": "sell-badge"}.get(draft.side, "armed")
            left.append((f" {clean(draft.title)} ", badge))
            left.append((" ", ""))
        left.append((clean(draft.symbol) or "no pair", "strong"))
        gap = width - spans_width(tuple(left)) - len(plate[0])
        return Line((*left, (" " * max(1, gap), ""), plate))


def _margin(lines: list[Line]) -> list[Line]:
    """Leave a blank cell on the left."""
    return [Line(((" ", ""), *item.spans), item.ground) if item.spans else item for item in lines]


def _hints(draft: DraftView, width: int, room: int) -> list[Line]:
    """Say what can be done while there is no draft."""
    lines = [Line(((fit(clean(draft.note), width), "warn"),))] if draft.note else []
    lines.append(BLANK)
    if draft.view_only:
        return [*lines, *(Line(((part, "muted"),)) for part in wrap(clean(draft.view_only), width, room))][
            : max(0, room)
        ]
    lines.append(Line((("no draft", "muted"),)))
    for keys, words in (
        ("b s", "join at the cursor"),
        ("B S", "take, with a limit"),
        ("e", "edit all fields"),
        (":", "type an order"),
    ):
        lines.append(Line(((f"{keys:<5}", "text"), (words, "muted"))))
    if draft.presets:
        lines.append(BLANK)
        lines.append(_presets(draft, width))
    return lines[: max(0, room)]


def _presets(draft: DraftView, width: int) -> Line:
    """Build the size presets; the one in use stands out."""
    spans: list[Span] = [("size ", "muted")]
    for at, text in enumerate(draft.presets, 1):
        word = clean(text)
        if spans_width(tuple(spans)) + len(word) + 4 > width:
            break
        spans.append((f"{at}:", "faint"))
        spans.append((f"{word} ", "strong" if at == draft.preset else "muted"))
    return Line(tuple(spans))


def _details(preview: PreviewView | None, width: int) -> list[Line]:
    """Build what the engine expects, the most important first."""
    if preview is None:
        return [Line((("asking the engine …", "muted"),))]
    takes = clean(preview.fills_now)
    average = f" at {clean(preview.fills_avg)}" if preview.fills_avg else ""
    rows: list[tuple[str, str, str]] = []
    if takes:
        rows.append(("takes now", f"{trimmed(takes)}{average}", "warn"))
    if preview.rests:
        rows.append(("rests", trimmed(clean(preview.rests)), "text"))
    rows.extend(("advice" if not at else "", clean(text), "text") for at, text in enumerate(preview.advice))
    rows.extend(
        (name, clean(text), ink)
        for name, text, ink in (
            ("wakes", preview.wakes, "warn"),
            ("closes", preview.closes, "text"),
            ("queue", _queue(preview.queue, width - LABEL), "text"),
            ("notional", preview.notional, "text"),
            ("fee", preview.fee, "text"),
            ("points", preview.points, "text"),
            ("pull", preview.pull, "text"),
            ("effect", trimmed_all(preview.effect), "text"),
        )
        if text
    )
    rows.extend((f"leg {at}", clean(text), "text") for at, text in enumerate(preview.legs, 1))
    return [line for name, text, ink in rows for line in _detail(name, text, ink, width)]


def _queue(text: str, width: int) -> str:
    """Shorten `2 ord / 0.00225955 ahead` to the room: its words go, no digit does."""
    full = trimmed_all(clean(text))
    return next(
        (form for form in (full, full.replace(" ord", "")) if len(form) <= width),
        full.replace(" ord", "").removesuffix(" ahead"),
    )


def _detail(name: str, text: str, ink: str, width: int) -> list[Line]:
    """Build one fact, on a second line if it is long: no number is cut."""
    head = label(name) if len(name) < LABEL else (f"{name} ", "muted")
    parts = wrap(text, max(1, width - len(head[0])), _FACT_LINES)
    blank = (" " * len(head[0]), "")
    return [Line((blank if at else head, (part, ink))) for at, part in enumerate(parts)]


def _verdict(refused: str, preview: PreviewView | None, width: int, most: int) -> list[Line]:
    """Build refusals and warnings in plain words."""
    foreseen = preview is not None and any(refused in text for text in preview.refusals)
    texts = [("✗ ", f"refused: {refused}", "bad")] if refused and not foreseen else []
    if preview is not None:
        texts += [("✗ ", text, "bad") for text in (*preview.refusals, preview.error) if text]
        texts += [("! ", text, "warn") for text in preview.warnings]
        if preview.suggestion:
            texts.append(("→ ", preview.suggestion, "text"))
    lines: list[Line] = []
    for sign, text, ink in texts:
        for at, part in enumerate(wrap(clean(text), max(1, width - 2), _REASON_LINES)):
            lines.append(Line(((sign if not at else "  ", ink), (part, ink))))
    return lines[:most]


def _action(draft: DraftView, preview: PreviewView | None, width: int) -> Line:
    """Say what Enter does now."""
    if draft.note:
        return Line(((fit(clean(draft.note), width).rstrip(), "warn"),))
    if draft.stage is Stage.SENDING:
        return Line((("sent, waiting for the engine …", "warn"),))
    if draft.stage is Stage.EDITING:
        return Line((("Enter", "strong"), (" done  ", "muted"), ("↑↓", "strong"), (" field  ←→ choose", "muted")))
    if draft.refused:
        return Line((("e", "strong"), (" changes it  ", "muted"), ("Esc", "strong"), (" drops it", "muted")))
    if preview is not None and not preview.ok:
        return Line((("cannot be sent", "bad"), ("  e edits it", "muted")))
    if not draft.armed:
        return Line((("A", "strong"), (" arms, then ", "muted"), ("Enter", "strong"), (" sends", "muted")))
    if draft.stage is Stage.BEAT:
        full = _BEAT_CELLS - min(_BEAT_CELLS, max(0, draft.beat_ms) * _BEAT_CELLS // _BEAT_FULL_MS)
        return Line((("read it ", "muted"), ("━" * full, "warn"), ("─" * (_BEAT_CELLS - full), "faint")))
    return Line((("Enter", "strong"), (" sends", "good"), ("  Esc drops it", "muted")))
