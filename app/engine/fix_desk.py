"""The FIX sessions as the desk sees them: up or down, the daily rollover, what is at stake.

The sessions themselves are `app.workers.fix`. Here stands what follows from
them: orders of a lost session are asked about, and around 22:00 UTC the
session is taken down cleanly and comes back with new numbers (`fix.md` §1.12).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.clock import NS_PER_MS, NS_PER_S
from app.domain import rollover
from app.domain.working import WorkingOrder
from app.engine.latency import Latencies
from app.engine.reconcile import Reconciler
from app.engine.routes import FIX
from app.engine.state import DeskState
from app.link.fix_frames import FixLogRow, FixSessionRow
from app.link.frames import Severity
from app.link.messages import AskFix, FixAnswer
from app.workers.feed import Venue

LEAVE_NS = 5 * NS_PER_S
"""How long before the rollover the session logs out by itself."""

LOG_ROWS = 200
"""Messages that one answer shows at the most."""

Say = Callable[[str, Severity, str], object]


@dataclass(slots=True)
class FixState:
    """What was last said of the trading session.

    Attributes:
        up: Whether it was up.
        ever: Whether it was ever up.
        away: Whether we logged out for the rollover.
        warned: Whether the orders at stake at the coming rollover were named.
    """

    up: bool = False
    ever: bool = False
    away: bool = False
    warned: bool = False


class FixDesk:
    """Watches the FIX sessions for an engine.

    Args:
        state: The desk.
        venue: Connections.
        reconciler: Asked about the orders of a lost session.
        latencies: Round trips of all transports.
        say: Adds an event: kind, severity, text.
    """

    def __init__(self, state: DeskState, venue: Venue, reconciler: Reconciler, latencies: Latencies, say: Say) -> None:
        self._state = state
        self._venue = venue
        self._reconciler = reconciler
        self._latencies = latencies
        self._say = say
        self._now = FixState()

    @property
    def wanted(self) -> bool:
        """Whether this profile has a FIX trading session."""
        return bool(self._state.keyed and self._state.profile.fix.host and self._state.profile.fix.spot_trading)

    @property
    def cod(self) -> bool | None:
        """Whether losing the link cancels its orders; None without a session."""
        return self._state.profile.fix.cancel_on_disconnect if self.wanted else None

    @property
    def rollover_ms(self) -> int:
        """Time to the next rollover; -1 without a session."""
        return rollover.until(self._state.clock.now_ns()) // NS_PER_MS if self.wanted else -1

    def in_window(self) -> bool:
        """Say whether the rollover is too near for a new order."""
        window = rollover.Window(self._state.profile.fix.window_s * NS_PER_S)
        return window.holds(self._state.clock.now_ns())

    def orders(self) -> list[WorkingOrder]:
        """Return the working orders that were placed over FIX."""
        return [order for order in self._state.orders.working() if order.owner == FIX]

    def changed(self) -> None:
        """Something of the sessions changed: say it if the trading session came or went."""
        up, was = self._venue.fix_up(), self._now.up
        if up == was:
            return
        self._now.up = up
        orders = self.orders()
        names = self._names(orders)
        if up:
            self._now.ever = True
            self._say("link", Severity.GOOD, f"FIX trading session is up{self._cod_words()}")
        elif rollover.planned(self._state.clock.now_ns()) or self._now.away:
            self._say("link", Severity.INFO, f"FIX trading session is away for the 22:00 UTC rollover{names}")
        else:
            fate = "the venue cancels its orders" if self.cod else "its orders stay"
            self._say("link", Severity.BAD, f"FIX trading session lost: {fate}{names}")
        for order in orders:
            self._reconciler.suspect(order)

    def pulse(self) -> None:
        """Once a second: name what is at stake before a rollover, leave for it in good order, come back."""
        if not self.wanted:
            return
        now = self._state.clock.now_ns()
        left, gone = rollover.until(now), rollover.since(now)
        if left <= self._state.profile.fix.window_s * NS_PER_S and not self._now.warned:
            self._now.warned = True
            orders = self.orders()
            where = "go over WS" if self._state.profile.fix.around_rollover == "ws" else "are held back"
            text = f"FIX rolls over at 22:00 UTC, in {left // NS_PER_S} s: new FIX orders {where} until it is back"
            self._say("link", Severity.WARN, f"{text}{self._names(orders)}")
        if left <= LEAVE_NS and not self._now.away:
            self._now.away = True
            self._venue.fix_logout()
        elif self._now.away and left > LEAVE_NS and gone >= rollover.LASTS_NS:
            self._now.away = self._now.warned = False
            self._venue.fix_logon()

    def answer(self, message: AskFix) -> FixAnswer:
        """Return the page of the sessions."""
        window = ""
        if self.wanted and self.in_window():
            where = "over WS" if self._state.profile.fix.around_rollover == "ws" else "nowhere: they are held back"
            window = f"22:00 UTC rollover: new FIX orders go {where}"
        return FixAnswer(
            message.id,
            self._sessions(),
            self._latencies.rows(),
            self._log(message),
            self.rollover_ms,
            window,
            tuple(f"#{self._state.orders.number(order)} {order.symbol}" for order in self.orders()),
        )

    def _sessions(self) -> tuple[FixSessionRow, ...]:
        owned = len(self.orders())
        return tuple(
            FixSessionRow(
                one.name,
                one.state,
                one.seq_in,
                one.seq_out,
                one.gap,
                one.cod,
                one.heard_ms,
                one.waiting,
                one.since_ns,
                owned if one.cod is not None else 0,
                one.error,
                one.rtt_us,
            )
            for one in self._venue.fix_sessions()
        )

    def _log(self, message: AskFix) -> tuple[FixLogRow, ...]:
        needle = message.needle.lower()
        rows = [
            FixLogRow(line.number, line.at_ns, line.session, line.out, line.name, line.fields)
            for line in self._venue.fix_log(message.since)
        ]
        if needle:
            rows = [row for row in rows if needle in row.name.lower() or _has(row, needle)]
        return tuple(rows[-LOG_ROWS:])

    def _names(self, orders: list[WorkingOrder]) -> str:
        if not orders:
            return ""
        return f": {' '.join(f'#{self._state.orders.number(order)}' for order in orders)}"

    def _cod_words(self) -> str:
        return ": losing it cancels its orders" if self.cod else ": losing it leaves its orders"


def _has(row: FixLogRow, needle: str) -> bool:
    return any(needle in f"{tag}={value} {name}".lower() for tag, name, value in row.fields)
