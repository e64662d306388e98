"""The status bar: whose money, which keys, which links, which time.

Facts about money are never cut: as the bar gets narrower they take a shorter
word, and everything else leaves first.
"""

from __future__ import annotations

from typing import ClassVar

from app.link.frames import LinkRow, LinkState, StatusView, Trust
from widgets.items import Item, row_of
from widgets.lines import Line, LinePane, Span, inks
from widgets.numbers import clock_time, latency, span
from widgets.plate import guarded
from widgets.text import clean

MODE_INKS = {"PRACTICE": "practice", "PUBLIC": "public", "UAT": "public", "REAL": "real"}
"""Colour of the account plate; an unknown mode is shown like real money."""

_MODE_SHORT = {"PRACTICE": "PRAC", "PUBLIC": "PUB"}
REST = "rest"
_LINK_INKS = {
    LinkState.UP: "good",
    LinkState.STALE: "warn",
    LinkState.DOWN: "bad",
    LinkState.CONNECTING: "warn",
    LinkState.OFF: "muted",
}
_WORST = (LinkState.DOWN, LinkState.CONNECTING, LinkState.STALE, LinkState.UP)
_TRUST_INKS = {Trust.VERIFIED: "good", Trust.NONE: "muted"}
_ODD_OFFSET_MS = 1000
_DEAD_MAN_SOON_MS = 15_000
_TWO_LINES_FROM = 2
_ROLLOVER_SOON_MS = 600_000
_TRIP_FELT_MS, _TRIP_SLOW_MS, _TRIP_STEP_MS = 50, 300, 10


class StatusBar(LinePane):
    """One line of facts, two if it is given the room."""

    DEFAULT_CSS = """
    StatusBar { height: 1; width: 1fr; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = inks(
        "practice", "public", "real", "armed", "view", "good", "warn", "bad", "stale-plate", "fault"
    )

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._view: StatusView | None = None
        self._trust = Trust.NONE
        self._trip_ms = 0

    def terminal(self, trip_ms: int) -> None:
        """Say how long a frame is on its way to the terminal and back, if that is long enough to be felt.

        Args:
            trip_ms: By the terminal's last receipt.
        """
        felt = trip_ms // _TRIP_STEP_MS * _TRIP_STEP_MS if trip_ms >= _TRIP_FELT_MS else 0
        if felt != self._trip_ms:
            self._trip_ms = felt
            self.show()

    @guarded
    def apply(self, view: StatusView | None, trust: Trust | None = None) -> None:
        """Show the status.

        Args:
            view: The status; None keeps the last one.
            trust: How far the shown book is believed; None keeps the last one.
        """
        self._view = self._view if view is None else view
        self._trust = self._trust if trust is None else trust
        self.show()

    def build(self, width: int, height: int) -> list[Line]:
        """Build one line, or two when there is room for a line of links."""
        view = self._view
        if view is None:
            return [Line(((" connecting to the engine", "muted"),))]
        if height < _TWO_LINES_FROM:
            return [
                _row(
                    [*_money(view), *_book(self._trust)],
                    [*_links(view, short=True), *_fix(view), *_skipped(view), *self._screen(), *_clock(view)],
                    width,
                )
            ]
        return [
            _row([*_money(view), *_book(self._trust)], _clock(view), width),
            _row(_links(view, short=False), [*_fix(view), *_pace(view), *self._screen()], width),
        ]

    def _screen(self) -> list[Item]:
        """Say how far away the terminal is."""
        if not self._trip_ms:
            return []
        ink = "warn" if self._trip_ms >= _TRIP_SLOW_MS else "text"
        return [Item(6, ((("screen ", "muted"), (f"{self._trip_ms}ms", ink)), ((f"{self._trip_ms}ms", ink),), ()))]


def _row(left: list[Item], right: list[Item], width: int) -> Line:
    """Fit facts into a row, the second group at its right end."""
    return Line(row_of(left, right, width - 1))


def _money(view: StatusView) -> list[Item]:
    """Build the facts that decide what a key does to money."""
    mode = clean(view.mode)
    mode_ink = MODE_INKS.get(mode, "real")
    arm_time = span(view.armed_ms)
    armed: tuple[tuple[Span, ...], ...] = (
        (((f" ARMED {arm_time} ", "armed"),), ((f" ARM {arm_time} ", "armed"),), ((" ARM ", "armed"),))
        if view.armed
        else (((" VIEW ", "view"),),)
    )
    items = [
        Item(2, (((f" {mode} ", mode_ink),), ((f" {_MODE_SHORT.get(mode, mode)} ", mode_ink),))),
        Item(2, armed),
    ]
    if view.killed:
        items.append(Item(1, (((" KILLED: new orders refused ", "fault"),), ((" KILLED ", "fault"),))))
    elif view.blocked:
        items.append(
            Item(
                4,
                (
                    ((f"no new orders: {clean(view.blocked)}", "warn"),),
                    (("NO NEW ORDERS", "warn"),),
                    (("BLOCK", "warn"),),
                ),
            )
        )
    if view.unknown:
        items.append(Item(1, (((f"? {view.unknown} UNKNOWN", "bad"),), ((f"?{view.unknown}", "bad"),))))
    if not view.reconciled:
        items.append(Item(3, ((("reconciling", "warn"),), (("RECON", "warn"),))))
    if view.system not in {"online", ""} or view.pair not in {"online", ""}:
        word = clean(view.system if view.system != "online" else view.pair)
        items.append(Item(3, (((word, "warn"),),)))
    items.append(_pnl(view))
    if view.dead_man_ms >= 0:
        ink = "warn" if view.dead_man_ms < _DEAD_MAN_SOON_MS else "text"
        left = span(view.dead_man_ms)
        items.append(Item(5, ((("dead-man ", "muted"), (left, ink)), (("dm ", "muted"), (left, ink)))))
    items.append(Item(8, (((f"{view.working} working", "text"),), ((f"{view.working}w", "text"),), ())))
    items.append(Item(9, _pen(view)))
    return items


def _pnl(view: StatusView) -> Item:
    """Build the session's profit and loss, its sign first."""
    text = clean(view.session_pnl)
    ink = "good" if text.startswith("+") else "bad" if text.startswith(("-", "\u2212")) else "text"
    if not text:
        return Item(6, ((),))
    return Item(6, ((("P&L ", "muted"), (text, ink)), ((text, ink),)))


def _pen(view: StatusView) -> tuple[tuple[Span, ...], ...]:
    """Say who may trade."""
    holder = clean(view.pen)
    if holder == "you":
        return ((("pen ", "muted"), ("you", "text")), ())
    if not holder:
        return ((("pen ", "muted"), ("free", "warn")), (("pen free", "warn"),), ())
    return ((("pen ", "muted"), (holder, "warn")), (("no pen", "warn"),))


def _book(trust: Trust) -> list[Item]:
    """Say whether the shown book is verified."""
    ink = _TRUST_INKS.get(trust, "warn")
    word = "NO BOOK" if trust is Trust.NONE else trust.value.upper()
    return [Item(7, ((("book ", "muted"), (word, ink)), ((word, ink),), ((word[:5], ink),)))]


def _links(view: StatusView, *, short: bool) -> list[Item]:
    """Build the state of the connections: the worst in one word, or each."""
    used = [row for row in view.links if row.state is not LinkState.OFF]
    if not used:
        return [Item(4, ((("link ", "muted"), ("OFF", "muted")),))]
    if short:
        worst = min(used, key=lambda row: _WORST.index(row.state))
        ink = _LINK_INKS[worst.state]
        word = worst.state.value
        if worst.state is not LinkState.UP:
            name = clean(worst.name)
            return [Item(4, (((f"{name} ", "muted"), (word, ink)), ((f"{name} ", "muted"), (word, ink))))]
        # REST is asked now and then only: its last round trip says nothing of the present.
        slowest = latency(max((row.rtt_us for row in used if row.name != REST), default=-1))
        return [Item(4, (((f"{len(used)} links ", "muted"), (f"UP {slowest}".rstrip(), ink)), ((word, ink),)))]
    return [Item(5, _link_forms(row)) for row in view.links]


def _link_forms(row: LinkRow) -> tuple[tuple[Span, ...], ...]:
    """Build the forms of one connection."""
    ink = _LINK_INKS[row.state]
    name = (f"{clean(row.name)} ", "muted")
    word = row.state.value
    if row.state is LinkState.UP:
        wire = latency(row.rtt_us)
        venue = f"/{latency(row.venue_us)}" if row.venue_us >= 0 else ""
        return (
            (name, (word, ink), (f" {wire}{venue}".rstrip(), "text")),
            (name, (word, ink), (f" {wire}".rstrip(), "text")),
            (name, (word, ink)),
        )
    note = clean(row.note)
    return ((name, (word, ink), (f" {note}".rstrip(), "muted")), (name, (word, ink)))


def _fix(view: StatusView) -> list[Item]:
    """Say what new orders go over, and how long until the FIX sessions roll over."""
    items = []
    if view.transport != "ws":
        word = clean(view.transport).upper()
        items.append(Item(4, (((f"orders over {word}", "text"),), ((f"→{word}", "text"),))))
    if view.rollover_ms >= 0:
        soon = view.rollover_ms < _ROLLOVER_SOON_MS
        ink = "warn" if soon else "muted"
        left = span(view.rollover_ms)
        cod = " CoD" if view.fix_cod else ""
        forms = ((("FIX rollover ", "muted"), (left, ink), (cod, "muted")), (("roll ", "muted"), (left, ink)))
        items.append(Item(4 if soon else 12, forms if soon else (*forms, ())))
    return items


def _clock(view: StatusView) -> list[Item]:
    """Build the UTC clock and how far the venue's clock is from it."""
    now = clock_time(view.now_ns)
    items = []
    if view.offset_ms is not None:
        odd = abs(view.offset_ms) >= _ODD_OFFSET_MS
        offset = f"{view.offset_ms:+d}ms"
        items.append(
            Item(3 if odd else 11, (((offset, "warn" if odd else "muted"),), ((offset, "warn"),) if odd else ()))
        )
    items.append(Item(10, (((now, "text"), (" UTC", "muted")), ((f"{now}Z", "text"),), ((f"{now[:5]}Z", "text"),), ())))
    return items


def _pace(view: StatusView) -> list[Item]:
    """Build the rate of market data, what this screen could not keep up with, and the profile."""
    rate = Item(12, (((f"{view.messages} msg/s", "muted"),), ()))
    return [rate, *_skipped(view), Item(13, (((f"profile {clean(view.profile)}", "muted"),), ()))]


def _skipped(view: StatusView) -> list[Item]:
    """Say how many pictures this screen was too slow to take."""
    if not view.dropped:
        return []
    return [Item(11, (((f"{view.dropped} frames skipped", "muted"),), ((f"{view.dropped} skipped", "muted"),), ()))]
