"""What the venue says, turned into the state of the desk.

Called on the event loop in order of arrival (`app.workers.face.VenueListener`);
everything here is quick and sends nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from app.engine.executions import apply_row
from app.engine.rates import MINUTE_NS
from app.engine.state import BOOK_LINKS
from app.link.frames import Severity
from app.protocol.ws2.frames import BookFrame, InstrumentFrame, Level3Frame, MarketMessage, TickerFrame, TradeFrame
from app.protocol.ws2.instruments import to_instrument
from app.protocol.ws2.private import BalanceRow, ExecKind, ExecutionRow
from app.workers.feed import LinkHealth, LinkState

if TYPE_CHECKING:
    from app.engine.engine import Engine


class Ear:
    """Listens to the venue for an engine.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._said_ns: dict[str, int] = {}

    def on_market(self, msg: MarketMessage) -> None:
        """Apply one market-data frame."""
        market = self._engine.state.market
        self._engine.clients.stir()
        match msg:
            case Level3Frame() if msg.data:
                market.level3(msg, self._engine.watch.depth(msg.data[0].symbol))
            case BookFrame() if msg.data:
                market.level2(msg, self._engine.watch.depth(msg.data[0].symbol))
            case TradeFrame():
                market.trades(msg.data)
            case TickerFrame():
                for ticker in msg.data:
                    market.ticker(ticker)
            case InstrumentFrame():
                self._instruments(msg)
            case _:
                return

    def on_book_reset(self, symbol: str, kind: str) -> None:
        """A book is invalid until its next snapshot."""
        self._engine.state.market.reset(symbol, kind)
        self._engine.clients.stir()
        if symbol == self._engine.clients.pen_symbol():
            self._engine.disarm(f"the book of {symbol} starts anew")

    def on_execution(self, row: ExecutionRow, snapshot: bool, sequence: int) -> None:
        """Apply one execution report."""
        del sequence
        # Old fills come with a snapshot too: only those since our start are news, and none shows an order open.
        old = snapshot and row.kind is ExecKind.TRADE
        before = self._engine.state.orders.locate(row.order_id, row.cl_ord_id or "")
        order = apply_row(self._engine.state.orders, row, snapshot)
        if row.exec_id and before is not None and order is not None and order.exec_ids == before.exec_ids:
            self._engine.state.positions.same(row.exec_id, order.exec_ids)
        self._engine.fills.report(row, order, snapshot=snapshot)
        if order is None:
            if not old or self._engine.fills.news(row.at_ns):
                self._engine.reconciler.stranger(row.order_id)
            return
        if snapshot and not old:
            self._engine.reconciler.seen(order)
        if row.rate_count is not None and not snapshot:
            self._others(order.symbol, row.rate_count, row.at_ns)
        self._engine.clients.urgent()

    def _others(self, symbol: str, reported: Decimal, at_ns: int) -> None:
        """Take over the venue's counter; say it, once a minute, if somebody else has spent of it."""
        rates, now = self._engine.state.rates, self._engine.state.clock.mono_ns()
        if rates.correct(symbol, reported, at_ns) and now - self._said_ns.get(symbol, -MINUTE_NS) >= MINUTE_NS:
            self._said_ns[symbol] = now
            text = f"{symbol}: another client spent {rates.others(symbol):.0f} points in the last minute"
            self._engine.events.add("risk", Severity.WARN, text, symbol=symbol)

    def on_balance(self, rows: Sequence[BalanceRow], snapshot: bool) -> None:
        """Take over balances."""
        if snapshot:
            self._engine.state.account.totals.clear()
        for row in rows:
            self._engine.state.account.set_total(row.asset, row.balance)
        self._engine.clients.urgent()

    def on_orders_ready(self) -> None:
        """The account streams are complete."""
        self._engine.state.account_stale = ""
        self._engine.fills.snapshot_complete()
        self._engine.reconciler.snapshot_complete()
        self._engine.events.add("link", Severity.GOOD, "account stream complete: orders compared with the venue")
        for symbol in self._engine.watch.shown():
            self._engine.learn_fees(symbol)
        self._compare_threshold()
        self._engine.clients.urgent()

    def on_account_stale(self, reason: str) -> None:
        """The account streams cannot be believed until they are ready again."""
        if not self._engine.state.account_stale:
            self._engine.events.add("link", Severity.WARN, f"account stream: {reason}")
            self._engine.disarm("the account stream was lost")
        self._engine.state.account_stale = reason or "resubscribing"
        self._engine.reconciler.begin()
        self._engine.fills.begin()
        self._engine.clients.urgent()

    def on_status(self, system: str) -> None:
        """The venue changed its state."""
        if system != self._engine.state.system:
            good = system == "online"
            self._engine.events.add("system", Severity.INFO if good else Severity.WARN, f"the venue is {system}")
            self._engine.state.system = system
            self._engine.clients.urgent()

    def on_link(self, name: str, health: LinkHealth) -> None:
        """A connection changed."""
        before = self._engine.state.links.get(name)
        self._engine.state.links[name] = health
        if name == BOOK_LINKS["L2"]:
            self._engine.state.market.hear(hearing=health.state is LinkState.UP)
        if before is None or before.state is not health.state:
            self._engine.clients.urgent()
            severity = Severity.INFO if health.state is LinkState.UP else Severity.WARN
            if health.state is not LinkState.CONNECTING:
                note = f" ({health.note})" if health.note else ""
                self._engine.events.add("link", severity, f"link {name} is {health.state.value}{note}")
            if health.state is not LinkState.UP and name in self._links_of_pen():
                self._engine.disarm(f"link {name} is {health.state.value}")

    def on_fix(self) -> None:
        """Something of the FIX sessions changed."""
        self._engine.fix.changed()
        self._engine.clients.urgent()

    def on_notice(self, severity: str, text: str) -> None:
        """The connections have something to say."""
        self._engine.events.add("link", Severity(severity), text)

    def _links_of_pen(self) -> tuple[str, ...]:
        """Return the connections that trading on the pen's pair hangs on."""
        pair = self._engine.state.market.pairs.get(self._engine.clients.pen_symbol())
        return ("auth",) if pair is None else ("auth", self._engine.state.book_link(pair.kind))

    def _instruments(self, frame: InstrumentFrame) -> None:
        found = self._engine.state.market.instruments
        for pair in frame.pairs:
            try:
                instrument = to_instrument(pair)
            except ValueError as error:
                self._engine.events.add("link", Severity.WARN, f"instrument left out: {error}")
                continue
            before = found.get(instrument.symbol)
            found[instrument.symbol] = instrument
            if (
                before is not None
                and before.status is not instrument.status
                and instrument.symbol in self._engine.watch.shown()
            ):
                self._engine.events.add("system", Severity.WARN, f"{instrument.symbol} is {instrument.status.value}")
        self._engine.clients.urgent()

    def _compare_threshold(self) -> None:
        """Take over the account's tier from the venue's rate threshold, and say so if it is not the profile's."""
        rates, told = self._engine.state.rates, self._engine.venue.max_rate_count()
        assumed = rates.tier
        if not told or told == assumed.threshold:
            return
        tier = rates.adopt(Decimal(told))
        if tier is None:
            text = f"the venue's rate threshold is {told}, which no tier has: {assumed.name} is assumed"
        else:
            self._engine.venue.use_tier(tier)
            text = f"the venue's rate threshold is {told}: the account is {tier.name}, not {assumed.name}"
        self._engine.events.add("risk", Severity.WARN, text)
