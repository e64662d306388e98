"""The line that says how far back the ladder is, in place of the key hints."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from app.clock import NS_PER_MS
from app.link.past_frames import Past
from widgets.numbers import clock_time, span
from widgets.text import clean, fit

_KEYS = ", . event  ← → 1 s  { } 10 s  J my fill -2 s  Space now"
_FEW_KEYS = ",. event ←→ 1s {} 10s J fill Space now"
MS_PER_S = 1000


class PastStrip(Static):
    """One line, reversed, shown only while the ladder shows the past."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="past", markup=False)

    def tell(self, past: Past, age_ms: int) -> None:
        """Say where we are.

        Args:
            past: The moment that is shown.
            age_ms: How far before now it is.
        """
        text = self._words(past, age_ms, self.size.width)
        if str(self.content) != text:
            self.update(Content(text), layout=False)

    @staticmethod
    def _words(past: Past, age_ms: int, width: int) -> str:
        age = f"-{age_ms / MS_PER_S:.1f} s" if age_ms < 100 * MS_PER_S else f"-{span(age_ms)}"
        kept = span((past.at_ns - past.first_ns) // NS_PER_MS)
        gap = f"  DATA BREAK of {span(past.gap_ms)} follows" if past.gap_ms else ""
        head = f" PAST {age}  {clock_time(past.at_ns, 3)}{gap}"
        what = f"  {clean(past.what)}" if past.what else ""
        parts = (
            f"{head}{what}  ({kept} more behind)  {_KEYS}",
            f"{head}{what}  {_KEYS}",
            f"{head}  {_KEYS}",
            f"{head}  {_FEW_KEYS}",
        )
        return fit(next((text for text in parts if len(text) <= width), parts[-1]), width) if width else head
