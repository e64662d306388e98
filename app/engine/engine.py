"""The engine: one object that joins the venue, the orders and the screens.

It owns its tasks: the connections, reconciliation, the dead-man timer, the
publisher, and one short task per order request. It runs as a process of its
own (`app.bootstrap`) or inside a test; it does not know which.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from app.clock import NS_PER_S
from app.domain.fees import FeeRates
from app.domain.oms import ExecCanceled, ExecTrade, Note, NoteKind, OrderEvent, WorkingOrder
from app.domain.text import clean
from app.engine import story, why
from app.engine.alerts import Alerts, alert_at
from app.engine.clients import Clients
from app.engine.commands import Commands
from app.engine.dead_man import FIRED_REASON, DeadMan
from app.engine.ear import Ear
from app.engine.entry import Entry
from app.engine.eventlog import EventLog
from app.engine.fills import Fills
from app.engine.fix_desk import FixDesk
from app.engine.journal import Mark, StateNote
from app.engine.kill import KillSwitch
from app.engine.latency import Latencies
from app.engine.orders import Orders, key_of
from app.engine.publisher import Publisher
from app.engine.reconcile import Reconciler
from app.engine.recovery import recover
from app.engine.routes import Routes
from app.engine.setup import EngineOptions, make_state
from app.engine.signals import Signals
from app.engine.state import DeskState
from app.engine.watch import Watch
from app.link.frames import Severity
from app.link.messages import Answer, Outcome, StopEngine
from app.protocol.fix.fit import fix_cannot
from app.workers.feed import ReadError, Via

log = logging.getLogger(__name__)

RESTART_S = 1.0
RESTART_MOST_S = 30.0
PULSE_S = 1.0
GRACE_S = 2.0
"""How long requests under way may take at the end."""


class Engine:
    """One profile's trading desk.

    Args:
        options: Profile, key, paths, clock.
    """

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._stop = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._opened = False
        self._journal_said = ""
        self._words = ""
        self.clients = Clients(self)
        self.events = EventLog(options.clock, self.clients.deliver)
        self.state: DeskState = make_state(options, Orders(self._order_changed), self._book_lost, self._book_back)
        state = self.state
        self.ear = Ear(self)
        self.venue = options.venue(self.ear)
        state.venue = self.venue
        self.reconciler = Reconciler(options.clock, self.venue, state.orders, self._say_info, self._say_warn)
        self.fills = Fills(
            options.clock,
            self.venue,
            state.orders,
            state.positions,
            state.journal,
            state.trails,
            self._say_info,
            self._say_warn,
        )
        self.latencies = Latencies()
        self.fix = FixDesk(state, self.venue, self.reconciler, self.latencies, self.events.add)
        fix = options.profile.fix
        self.routes = Routes(
            self.venue,
            Via(options.profile.transport),
            cannot=fix_cannot,
            window=self.fix.in_window,
            hold=fix.around_rollover == "hold",
            account=fix.account,
        )
        self.entry = Entry(
            options.clock,
            self.venue,
            state.orders,
            state.rates,
            state.journal,
            self._say_warn,
            state.blocked,
            self.routes,
            self.latencies,
        )
        self.kill = KillSwitch(state, self.entry, self._say_risk)
        dead_man = options.profile.dead_man
        self.dead_man = DeadMan(
            options.clock,
            self.venue,
            self._guard_wanted,
            self._say_warn,
            dead_man.timeout_s if state.keyed else 0,
            dead_man.refresh_s,
        )
        state.reconciler, state.fills, state.dead_man = self.reconciler, self.fills, self.dead_man
        state.routes, state.fix = self.routes, self.fix
        self.alerts = Alerts(options.journal_path.with_suffix(".alerts"), state.market, self._say_alert)
        state.market.touched = self.alerts.touched
        self.watch = Watch(state, self.venue, self.clients.symbols, self.alerts.symbols)
        self.aliases_path = options.journal_path.with_suffix(".aliases")
        self.commands = Commands(self)
        self.signals = Signals(
            options.profile.signals, options.clock, state.pen, self.commands.execute, self.events.add
        )
        self.publisher = Publisher(state, self.commands.trading.helpers, self.alerts)

    # -- life -------------------------------------------------------------

    async def run(self) -> None:
        """Work until `stop`; returns when everything is closed.

        Raises:
            DataError: The journal is no journal.
            UnavailableError: The journal cannot be used.
        """
        self.open()
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                tasks = [
                    group.create_task(self._keep("connections", self.venue.run)),
                    group.create_task(self._keep("reconcile", self.reconciler.run)),
                    group.create_task(self._keep("missed fills", self.fills.run)),
                    group.create_task(self._keep("dead-man timer", self.dead_man.run)),
                    group.create_task(self._keep("kill switch", self.kill.run)),
                    group.create_task(self._keep("signals", self.signals.run)),
                    group.create_task(self._keep("publisher", self.clients.publish_for_ever)),
                    group.create_task(self._keep("pulse", self._pulse)),
                ]
                await self._stop.wait()
                self.commands.trading.helpers.close("the engine ended")
                await self.venue.close()
                if self._work:
                    await asyncio.wait(self._work, timeout=GRACE_S)
                for task in (*tasks, *self._work):
                    task.cancel()
        finally:
            self._group = None
            self.state.journal.note(Mark("stop", self.state.orders.last_number, self.state.clock.now_ns()))
            self.state.journal.close()

    def stop(self) -> None:
        """Ask `run` to end; orders at the venue stay as they are, and so does its dead-man timer."""
        self._stop.set()

    @property
    def last_words(self) -> str:
        """What screens are told at the end: above all, what becomes of open orders."""
        if self._words:
            return f"the engine ended: {self._words}"
        working, left_ms = len(self.state.orders.working()), self.dead_man.left_ms
        if not working:
            return "the engine ended: no open orders"
        if self._options.sole:
            return f"the engine ended: {story.ended_with_venue(working)}"
        timer = f"; its dead-man timer cancels them within {left_ms // 1000} s" if left_ms >= 0 else ""
        return f"the engine ended: {working} orders stay at the venue{timer}"

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a piece of work as a task that the engine owns."""
        if self._group is None:
            work.close()
            return
        task = self._group.create_task(self._contained(work))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def end(self, message: StopEngine) -> Answer:
        """End in order: cancel or keep the open orders, say which, then stop."""
        state = self.state
        self.commands.trading.helpers.close("the engine ends")
        working = state.orders.working()
        text = "no open orders"
        if working and message.cancel:
            sent = await self.entry.cancel_everything()
            left = len(state.orders.working())
            text = f"cancel-all sent for {len(working)} orders: {story.outcome_text(sent.outcome)}"
            if left:
                text += f"; {left} not proven gone yet"
        elif working and self._options.sole:
            text = story.ended_with_venue(len(working))
        elif working:
            text = f"{len(working)} orders stay at the venue"
            if not await self.dead_man.retire():
                text += "; the venue's dead-man timer could not be turned off and will cancel them"
        self._words = text
        self.events.add("system", Severity.WARN if working else Severity.INFO, f"engine stops: {text}")
        state.journal.note(Mark(text, state.orders.last_number, state.clock.now_ns()))
        asyncio.get_running_loop().call_soon(self.stop)
        return Answer(message.id, Outcome.ACCEPTED, text)

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run a part for ever: a defect in one is said, logged and survived."""
        pause = RESTART_S
        while not self._stop.is_set():
            try:
                await work()
            except Exception as error:
                log.exception("%s failed", name)
                self.events.add("system", Severity.BAD, f"{name} failed ({type(error).__name__}) and is started again")
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, RESTART_MOST_S)

    async def _contained(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.exception("a request failed")
            self.events.add("system", Severity.BAD, f"internal error: {type(error).__name__}; see the engine's log")

    def open(self) -> None:
        """Open the journal and take in what the last engine left; `run` does it if nobody did.

        Raises:
            DataError: The journal is no journal.
            UnavailableError: The journal cannot be used.
        """
        if self._opened:
            return
        state = self.state
        recovered = recover(state.journal.open(), state.clock.now_ns())
        self._opened = True
        for number, order in recovered.orders:
            state.orders.add(order, number)
        self.reconciler.recover(order for _, order in recovered.orders)
        state.orders.last_number = max(state.orders.last_number, recovered.last_number)
        if state.journal.torn:
            self._say_warn(f"the journal's last {state.journal.torn} bytes were damaged and are put aside")
        if recovered.orders:
            self._say_warn(f"{len(recovered.orders)} orders of the last session are being asked for")
        if recovered.killed:
            self.kill.recover()
        state.journal.note(Mark("start", state.orders.last_number, state.clock.now_ns()))

    async def _pulse(self) -> None:
        """Once a second: history strips, message rate, expired arming, overdue requests, the journal."""
        state = self.state
        last = 0
        while True:
            await asyncio.sleep(PULSE_S)
            state.rates.sample()
            state.message_rate, last = state.market.messages - last, state.market.messages
            if state.pen.expired:
                state.pen.disarm()
                self.events.add("risk", Severity.INFO, "VIEW: keys disarmed after idling")
            state.market.take_pictures(state.clock.now_ns() // NS_PER_S, state.own_ticks(), state.believed)
            self.reconciler.overdue()
            self.fix.pulse()
            await self._look_at_journal()

    async def _look_at_journal(self) -> None:
        """Say when the journal fails, and try a full disk again."""
        journal = self.state.journal
        if journal.failed and journal.failed != self._journal_said:
            self._journal_said = journal.failed
            self.events.add("risk", Severity.BAD, f"{journal.failed}: no new orders go out; cancels do")
        elif self._journal_said:
            mark = Mark("mended", self.state.orders.last_number, self.state.clock.now_ns())
            if await journal.mend(mark):
                self._journal_said = ""
                self.events.add("risk", Severity.GOOD, "the journal can be written again")

    # -- reactions ---------------------------------------------------------

    def _order_changed(self, before: WorkingOrder, after: WorkingOrder, event: OrderEvent, note: Note | None) -> None:
        state = self.state
        if before.state is not after.state:
            now = state.clock.now_ns()
            key, venue_id = key_of(after), after.order_id or ""
            state.journal.note(StateNote(key, venue_id, after.state.value, after.cum_qty, after.reason, now))
        state.trails.add(key_of(after), why.saying(event, after))
        line = story.tell(before, after, event, state.orders.number(after), state.market.instruments.get(after.symbol))
        if line is not None:
            kind, severity, text = line
            self.events.add(kind, severity, text, symbol=after.symbol, number=state.orders.number(after))
        if note is not None and note.kind in (NoteKind.ASK, NoteKind.SURPRISE, NoteKind.OVERFILL, NoteKind.LATE_FILL):
            self.events.add("order", Severity.WARN, f"#{state.orders.number(after)}: {note.text}", symbol=after.symbol)
        if after.state.unknown or (note is not None and note.kind is NoteKind.ASK):
            self.reconciler.suspect(after)
        if isinstance(event, ExecCanceled) and FIRED_REASON in event.reason.lower() and self.dead_man.fired():
            text = "the venue's dead-man timer fired: it cancelled all orders of the account"
            self.events.add("risk", Severity.BAD, text)
            self.disarm("the dead-man timer fired")
        if isinstance(event, ExecTrade) and self.commands.trading.submitter.automatic(key_of(after)):
            self._automatic_fill(after.symbol)
        self.dead_man.news()
        self.commands.trading.helpers.poke()
        self.watch.refresh()
        self._follow(after.symbol)
        self.clients.urgent()

    def _follow(self, symbol: str) -> None:
        """Tell the pair's flow which orders of the book are ours."""
        ids = [order.order_id for order in self.state.orders.working(symbol) if order.order_id]
        self.state.market.follow(symbol, ids)

    def _automatic_fill(self, symbol: str) -> None:
        """Count a fill of an automatic order; too many without a person shut them off."""
        throttle = self.commands.gate.throttle
        if throttle.note_fill(symbol, self.state.clock.mono_ns()):
            text = f"{symbol}: automatic orders are off: {throttle.why(symbol)}; `override repeated` lets them out"
            self.events.add("risk", Severity.BAD, text)

    def _book_lost(self, symbol: str, reason: str) -> None:
        self.events.add(
            "book", Severity.WARN, f"{symbol}: book not verified ({reason}); asking for it anew", symbol=symbol
        )
        if symbol == self.clients.pen_symbol():
            self.disarm(f"the book of {symbol} is not verified")
        self.venue.resync(symbol)
        self.clients.urgent()

    def _book_back(self, symbol: str) -> None:
        pair = self.state.market.pair(symbol)
        over = " over FIX" if self.state.book_over_fix else ""
        self.events.add("book", Severity.INFO, f"{symbol}: {pair.kind} book{over} verified", symbol=symbol)
        self.commands.trading.book_back()
        self.clients.urgent()

    def disarm(self, why: str) -> None:
        """Stop money keys and say why, if they were acting."""
        self.commands.gate.overrides.clear()
        if self.state.pen.disarm():
            self.events.add("risk", Severity.WARN, f"VIEW: keys disarmed, {why}")

    def learn_fees(self, symbol: str) -> None:
        """Ask what the account pays on a pair, once."""
        state = self.state
        if state.keyed and not state.account_stale and symbol not in state.account.fees:
            self.spawn(self._ask_fees(symbol))

    async def _ask_fees(self, symbol: str) -> None:
        try:
            rates = await self.venue.fee_rates(symbol)
        except ReadError as error:
            log.info("fees of %s: %s", symbol, error)
            return
        self.state.account.fees[symbol] = FeeRates(rates.maker, rates.taker)

    def _guard_wanted(self) -> bool:
        return any(not order.external for order in self.state.orders.working())

    def toggle_alert(self, symbol: str, price: str) -> None:
        """Set an alert that a screen asks for, or take it away."""
        found = alert_at(symbol, price)
        if found is None or found[0] not in self.state.market.instruments:
            self.events.add("alert", Severity.WARN, f"no alert: {clean(price)} is no price of {clean(symbol)}")
            return
        self.alerts.toggle(*found)
        self.watch.refresh()

    def _say_alert(self, severity: Severity, text: str, symbol: str) -> None:
        self.events.add("alert", severity, text, symbol=symbol)
        self.clients.urgent()

    def _say_info(self, text: str) -> None:
        self.events.add("order", Severity.INFO, text)

    def _say_risk(self, severity: Severity, text: str) -> None:
        self.events.add("risk", severity, text)
        self.clients.urgent()

    def _say_warn(self, text: str) -> None:
        self.events.add("order", Severity.WARN, text)
