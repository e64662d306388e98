"""Execution helpers of the engine: a row each, with progress and what it waits for."""

from __future__ import annotations

from typing import ClassVar

from app.link.frames import HelperRow
from widgets.blotter import Blotter, Column, Row
from widgets.numbers import decimal_of, span, trimmed
from widgets.plate import guarded
from widgets.text import clean

RUNNING = "running"
PAUSED = "paused"
LIVE = frozenset({RUNNING, PAUSED})
"""States in which a helper can still be paused, resumed or stopped."""

_INKS = {RUNNING: "good", PAUSED: "warn", "failed": "bad"}
_SIDES = {"buy": ("B", "bid"), "sell": ("S", "ask")}
_BAR_CELLS = 8
_HUNDRED = 100


class Helpers(Blotter):
    """Execution helpers, running ones first."""

    EMPTY = "no helpers: :twap, :chase, :scale or :bracket starts one"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("H", 3, 0),
        Column("KIND", 7, 0),
        Column("S", 1, 1),
        Column("STATE", 7, 1),
        Column("DONE", 12, 1, grow=24),
        Column("NEXT", 5, 2, right=True),
        Column("NOTE", 18, 3, grow=60),
        Column("PAIR", 7, 4, grow=10),
        Column("", 8, 5),
        Column("ORDERS", 8, 6, grow=20),
        Column("LINE", 20, 7, grow=80),
    )

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._helpers: tuple[HelperRow, ...] = ()

    @guarded
    def apply(self, helpers: tuple[HelperRow, ...]) -> None:
        """Show helpers.

        Args:
            helpers: Running ones first.
        """
        self._helpers = helpers
        self.put(tuple(_row(helper) for helper in helpers))

    def chosen(self) -> HelperRow | None:
        """Return the helper that the helper keys act on: the one under the cursor while it lives, else the first."""
        live = [helper for helper in self._helpers if helper.state in LIVE]
        return next((helper for helper in live if helper.name == self.cursor_key), live[0] if live else None)

    def lives_on(self, symbol: str) -> bool:
        """Say whether a helper of a pair still runs or is paused."""
        return any(helper.symbol == symbol and helper.state in LIVE for helper in self._helpers)


def _row(helper: HelperRow) -> Row:
    """Turn a helper into cells."""
    letter, ink = _SIDES.get(helper.side, ("", "muted"))
    live = helper.state in LIVE
    body = "text" if live else "muted"
    wait = span(helper.next_in_ms) if helper.next_in_ms >= 0 and live else ""
    done, total = trimmed(clean(helper.done)), trimmed(clean(helper.total))
    return Row(
        helper.name,
        (
            (helper.name, "strong" if live else "muted"),
            (helper.kind, body),
            (letter, ink if live else "muted"),
            (helper.state, _INKS.get(helper.state, "muted")),
            (_progress(done, total), ink if live else "muted"),
            (wait, "text"),
            (helper.note, body if helper.state != "failed" else "bad"),
            (helper.symbol, body),
            (_bar(helper), ink if live else "muted"),
            (" ".join(f"#{number}" for number in helper.orders), body),
            (helper.text, "muted"),
        ),
    )


def _progress(done: str, total: str) -> tuple[str, ...]:
    """Build how much is done: in numbers, or as a percentage where these have no room."""
    part, whole = decimal_of(done), decimal_of(total)
    if part is None or not whole:
        return (f"{done}/{total}" if total else done,)
    return (f"{done}/{total}", f"{int(part * _HUNDRED / whole)}%")


def _bar(helper: HelperRow) -> str:
    """Build the part that is done as a bar; empty where nothing can be counted."""
    done, total = decimal_of(helper.done), decimal_of(helper.total)
    if done is None or not total or done < 0:
        return ""
    full = min(_BAR_CELLS, int(done * _BAR_CELLS / total))
    return "━" * full + "─" * (_BAR_CELLS - full)
