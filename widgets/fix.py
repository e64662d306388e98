"""FIX sessions: where each stands, how fast orders are, and every message with its fields."""

from __future__ import annotations

from typing import ClassVar

from app.link.fix_frames import FixLogRow, FixSessionRow, LatencyRow
from widgets.lines import BLANK, Line, LinePane, Span, inks
from widgets.numbers import clock_time, latency, span
from widgets.plate import guarded
from widgets.text import clean, fit, wrap

KEPT = 2000
"""Messages kept for scrolling back."""

_UP = "up"
_BARS = " ▁▂▃▄▅▆▇█"
_STATE_INKS = {_UP: "good", "down": "bad", "off": "muted", "away": "warn"}
_NAME, _STATE, _NUMBER, _AGE, _TRIP, _COD, _SINCE = 14, 12, 7, 7, 8, 8, 9
_WIDE_FROM = 100
_LEAST_MESSAGES = 3
_MS_PER_NS = 1_000_000


class FixPane(LinePane, can_focus=True):
    """The sessions on top, the messages below, the chosen message's fields at the bottom."""

    COMPONENT_CLASSES: ClassVar[set[str]] = inks("good", "warn", "bad")

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._sessions: tuple[FixSessionRow, ...] = ()
        self._latencies: tuple[LatencyRow, ...] = ()
        self._log: list[FixLogRow] = []
        self._head = ""
        self._back = 0
        self._open = False
        self.needle = ""

    @guarded
    def apply(
        self,
        sessions: tuple[FixSessionRow, ...],
        latencies: tuple[LatencyRow, ...],
        log: tuple[FixLogRow, ...],
        head: str,
    ) -> None:
        """Show the sessions and add messages.

        Args:
            sessions: All of them.
            latencies: Order round trips by transport.
            log: Messages that are new, in order.
            head: The rollover and what is at stake, in words.
        """
        self._sessions, self._latencies, self._head = sessions, latencies, head
        fresh = [row for row in log if row.number > self.last]
        self._log = (self._log + fresh)[-KEPT:]
        if self._back:
            self._back = min(self._back + len(fresh), len(self._log) - 1)
        self.show()

    @property
    def last(self) -> int:
        """Number of the newest message that is shown."""
        return self._log[-1].number if self._log else 0

    @property
    def chosen(self) -> FixLogRow | None:
        """The message under the cursor."""
        return self._log[-1 - self._back] if self._log else None

    def move(self, rows: int) -> None:
        """Choose an older message (positive) or a newer one."""
        self._back = min(max(0, self._back + rows), max(0, len(self._log) - 1))
        self.show()

    def toggle(self) -> None:
        """Show the fields of the chosen message, or hide them."""
        self._open = not self._open
        self.show()

    def restart(self, needle: str) -> None:
        """Forget the messages: others are asked for."""
        self.needle, self._log, self._back = needle, [], 0
        self.show()

    def build(self, width: int, height: int) -> list[Line]:
        """Build the sessions, the latencies, then as many messages as there is room for."""
        lines = [Line(((fit(f" {clean(self._head)}", width), "text"),)), BLANK]
        lines += self._session_lines(width)
        lines += [BLANK, *self._latency_lines(width), BLANK]
        title = f" MESSAGES {f'with {self.needle!r}' if self.needle else ''}"
        lines.append(Line(((fit(title, width), "title"),)))
        fields = self._field_lines(width, max(0, height - len(lines) - _LEAST_MESSAGES - 1)) if self._open else []
        room = height - len(lines) - len(fields)
        return [*lines, *self._message_lines(width, room), *fields][:height]

    def _session_lines(self, width: int) -> list[Line]:
        wide = width >= _WIDE_FROM
        head = (
            f" {fit('SESSION', _NAME)}{fit('STATE', _STATE)}{fit('IN', _NUMBER, right=True)}"
            f"{fit('OUT', _NUMBER, right=True)}{fit('HEARD', _AGE, right=True)}{fit('TRIP', _TRIP, right=True)}"
            f"  {fit('COD', _COD)}{fit('SINCE', _SINCE)}{'ORDERS' if wide else ''}"
        )
        lines = [Line(((fit(head, width), "title"),))]
        for row in self._sessions:
            lines.append(_session(row, wide=wide))
            lines += [Line(((fit(f"   {text}", width), ink),)) for text, ink in _remarks(row)]
        return lines if self._sessions else [*lines, Line(((" this profile has no FIX sessions", "muted"),))]

    def _latency_lines(self, width: int) -> list[Line]:
        names = ("COUNT", "P50", "P95", "P99", "WORST", "VENUE")
        head = f" {fit('ORDERS OVER', _NAME)}{''.join(fit(one, 8, right=True) for one in names)}"
        lines = [Line(((fit(f"{head}  0.5ms … 1s", width), "title"),))]
        for row in self._latencies:
            cells = [str(row.count), *(latency(one) for one in (row.p50, row.p95, row.p99, row.worst, row.venue))]
            text = f" {fit(row.via.upper(), _NAME)}{''.join(fit(one, 8, right=True) for one in cells)}"
            lines.append(Line(((fit(f"{text}  {bars(row.classes)}", width), "text"),)))
        return lines if self._latencies else [*lines, Line(((" no order has been answered yet", "muted"),))]

    def _message_lines(self, width: int, room: int) -> list[Line]:
        if room <= 0:
            return []
        if not self._log:
            return [Line(((" none yet", "muted"),))]
        # The cursor stays in view: the window ends at the newest message or with the cursor at its upper edge.
        end = len(self._log) - max(0, self._back - room + 1)
        rows = self._log[max(0, end - room) : end]
        return [_message(row, width, chosen=row is self.chosen) for row in rows]

    def _field_lines(self, width: int, room: int) -> list[Line]:
        row = self.chosen
        if row is None:
            return []
        text = "  ".join(f"{name or 'tag'}({tag})={value}" for tag, name, value in row.fields)
        return [
            BLANK,
            *(Line(((fit(f" {part}", width), "text"),)) for part in wrap(clean(text), width - 2, max(1, room))),
        ]


def bars(classes: tuple[int, ...]) -> str:
    """Draw a histogram, a cell for each class; whatever is not empty is seen."""
    most = max(classes, default=0)
    if not most:
        return ""
    return "".join(_BARS[0 if not count else max(1, count * (len(_BARS) - 1) // most)] for count in classes)


def raw_text(row: FixLogRow) -> str:
    """Return a message as FIX people paste it: `tag=value` joined by bars."""
    return "|".join(f"{tag}={clean(value)}" for tag, _, value in row.fields)


def _session(row: FixSessionRow, *, wide: bool) -> Line:
    state = clean(row.state)
    cod = "" if row.cod is None else "cancels" if row.cod else "keeps"
    heard = "-" if row.heard_ms < 0 else span(row.heard_ms)
    since = clock_time(row.since_ns) if row.since_ns else "-"
    spans: list[Span] = [
        (f" {fit(clean(row.name), _NAME)}", "text"),
        (fit(state.upper(), _STATE), _STATE_INKS.get(state, "warn")),
        (fit(str(row.seq_in), _NUMBER, right=True), "text"),
        (fit(str(row.seq_out), _NUMBER, right=True), "text"),
        (fit(heard, _AGE, right=True), "warn" if row.waiting else "text"),
        (f"{fit(latency(row.rtt_us or -1) or '-', _TRIP, right=True)}  ", "text"),
        (fit(cod, _COD), "warn" if row.cod else "text"),
        (fit(since, _SINCE), "muted"),
    ]
    if wide:
        spans.append((str(row.orders) if row.orders else "", "text"))
    return Line(tuple(spans))


def _remarks(row: FixSessionRow) -> list[Span]:
    """List what there is to say of a session beside its row."""
    remarks: list[Span] = []
    if row.waiting:
        remarks.append(("test request sent: waiting for its heartbeat", "warn"))
    if row.gap:
        remarks.append((f"gap: {clean(row.gap)}", "muted"))
    if row.error:
        remarks.append((clean(row.error), "muted" if row.state == _UP else "bad"))
    return remarks


def _message(row: FixLogRow, width: int, *, chosen: bool) -> Line:
    arrow = "→" if row.out else "←"
    body = " ".join(f"{tag}={value}" for tag, _, value in row.fields if tag not in _HEADER)
    head = f" {clock_time(row.at_ns)} {arrow} {fit(clean(row.session), 8)} {fit(clean(row.name), 22)} "
    text = fit(f"{head}{clean(body)}", width)
    return Line(((text, "text"),), "cursor" if chosen else "")


_HEADER = frozenset({8, 9, 10, 35, 49, 52, 56})
"""Tags that every message has; they are among the fields of the chosen one."""
