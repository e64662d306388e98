"""What the ladder's last line says: the touch, where the book leans, and how far it can be believed."""

from __future__ import annotations

from app.link.frames import LadderView, Trust
from widgets.items import Item
from widgets.lines import Span
from widgets.numbers import MS_PER_S, span
from widgets.text import clean


def trust_items(view: LadderView, word: str, *, sure: bool) -> tuple[list[Item], list[Item]]:
    """Return the facts at the left and at the right end.

    Args:
        view: The book.
        word: How far it can be believed, in a word.
        sure: Whether it is verified.
    """
    touch: tuple[Span, ...] = (
        (clean(view.bid_text) or "-", "bid" if sure else "stale"),
        (" / ", "faint"),
        (clean(view.ask_text) or "-", "ask" if sure else "stale"),
    )
    spread = clean(view.spread_text)
    left = [
        Item(1, (touch, ())),
        Item(
            3, ((("spread ", "faint"), (spread, "text")), (("Δ ", "faint"), (spread, "text")), ()) if spread else ((),)
        ),
        Item(7, (_named("mid", clean(view.mid_text)), ())),
        Item(5, (_named("micro", clean(view.micro_text)), ())),
        Item(6, _imbalance(view.imbalance)),
    ]
    bad = view.bad_today
    right = [
        Item(2, _gap(view)),
        Item(8, (((f"{view.checks_ok} ok", "muted"),), ())),
        Item(4 if not bad else 2, (((f"{bad} bad today", "bad" if bad else "muted"),), ((f"{bad} bad", "bad"),), ())),
        Item(
            0,
            (
                ((word, "good" if sure else "warn"), _age(view)),
                ((word, "good" if sure else "warn"),),
                ((word[:3], "warn"),),
            ),
        ),
        # A book over FIX says so at any width: its source was chosen.
        Item(
            2 if view.over_fix else 4,
            (((f"FIX {view.kind} {view.depth}", "text"),), ((f"FIX {view.kind}", "text"),))
            if view.over_fix
            else (((f"{view.kind} {view.depth}", "muted"),), ()),
        ),
    ]
    return left, right


def _named(name: str, value: str) -> tuple[Span, ...]:
    return ((f"{name} ", "faint"), (value, "text")) if value else ()


def _imbalance(percent: int | None) -> tuple[tuple[Span, ...], ...]:
    """Say how much more is bid than asked at the touch: `imb +40%`."""
    if percent is None:
        return ((),)
    ink = "bid" if percent > 0 else "ask" if percent < 0 else "text"
    return ((("imb ", "faint"), (f"{percent:+d}%", ink)), ())


def _age(view: LadderView) -> Span:
    """Say how old the last checksum is, or how far behind the venue it is where that is felt.

    Tenths of a second of an age would only flicker. A past book has no age of its own.
    """
    if view.trust is Trust.PAST:
        return ("", "muted")
    if view.behind_ms and view.trust is Trust.VERIFIED:
        return (f" {span(view.behind_ms)} behind", "warn")
    return (" <1s" if view.age_ms < MS_PER_S else f" {span(view.age_ms)}", "muted")


def _gap(view: LadderView) -> tuple[tuple[Span, ...], ...]:
    """Say that data is missing: what the columns count has a hole."""
    if view.gap is None:
        return ((),)
    lasted, ago = span(view.gap.lasted_ms), span(view.gap.ago_ms // MS_PER_S * MS_PER_S)
    return (
        ((f"data break of {lasted}, {ago} ago", "warn"),),
        ((f"break {lasted} {ago} ago", "warn"),),
        (("break", "warn"),),
        (),
    )
