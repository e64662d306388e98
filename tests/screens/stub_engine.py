"""An engine without a venue: the real arming, parser, resolver and risk gate; what the venue says is thrown with dice.

It answers as the engine does where a screen can tell (`app/engine/commands.py`),
and otherwise as badly as it may: it refuses, does not know, answers late, or never.
"""

from __future__ import annotations

import random
import re
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import singledispatchmethod

from app.clock import NS_PER_S, Clock
from app.domain.fault_terms import term_of, term_of_error
from app.domain.fees import FeeRates
from app.domain.grammar import parse
from app.domain.grammar_tokens import GrammarError
from app.domain.instrument import Instrument
from app.domain.order import OrderRequest, OrderType, Side
from app.domain.quote import Funds, Market, QuoteError, resolve
from app.domain.quote_changes import resolve_change
from app.domain.quote_many import closing_draft, resolve_batch
from app.domain.rate_counter import RateCounter
from app.domain.ratelimit import PRO
from app.domain.risk import BookTrust, RecentOrder, RiskContext, RiskGate, RiskLimits, VenueMode, Verdict
from app.domain.statements import Amend, Batch, Close, Place, Statement
from app.domain.working import WorkingOrder, new_order
from app.engine.pen import Pen
from app.link.frames import Frame, OrderRow, PairRow, Trust
from app.link.link import EngineEnd
from app.link.messages import (
    Answer,
    Execute,
    ListPairs,
    Outcome,
    Pairs,
    PenChanged,
    Preview,
    PreviewAnswer,
    SetView,
    StopEngine,
    TakePen,
    ToEngine,
    Touch,
)
from app.link.past_frames import AskPast, Past
from app.link.preview_frame import PreviewView
from tests.screens.screen_bench import BID, NOW_NS, SYMBOL, ladder, order, status

SYMBOLS = (SYMBOL, "ETH/USD", "SOL/USD")
TICK = Decimal("0.1")
LIMITS = RiskLimits(max_qty=Decimal("0.3"), max_notional=Decimal(18_000), max_order_rate=4)
"""Such that steps, presets, shares and typed digits pass and cross them."""

FEES = FeeRates(Decimal("0.25"), Decimal("0.40"))
FUNDS = Funds(Decimal(2), Decimal(100_000), FEES)
POSITION = Decimal("0.2")
ERRORS = (
    "EOrder:Insufficient funds",
    "EOrder:Post only order",
    "EOrder:Invalid price",
    "EGeneral:Invalid arguments:volume minimum not met",
    "EOrder:Rate limit exceeded",
)
ORDERS = (order(), order(2))


@dataclass(frozen=True, slots=True)
class Wired:
    """An order that left the gate: when, and whether it only gets out of a position."""

    at_ns: int
    order: OrderRequest
    leaving: bool


@dataclass
class Tally:
    """What came of the lines that trade.

    Attributes:
        counts: By what became of a line.
        wire: Orders that left the gate.
    """

    counts: Counter[str] = field(default_factory=Counter)
    wire: list[Wired] = field(default_factory=list)


class StubEngine:
    """The engine's end of an in-memory link, and all that the screen learns from it.

    Args:
        end: The link.
        clock: Of the screen as well.
        dice: Decides what the venue says.
    """

    def __init__(self, end: EngineEnd, clock: Clock, dice: random.Random) -> None:
        self._end, self._clock, self._dice = end, clock, dice
        self.pen = Pen(clock, 300, "")
        self.tally = Tally()
        self.symbol = SYMBOL
        self.mine, self.killed = True, False
        self.trust = Trust.VERIFIED
        self.shift = 0
        self.orders: tuple[OrderRow, ...] = ORDERS
        self.late: list[Answer] = []
        self.refused: dict[str, int] = {}
        self.wrong: set[str] = set()
        self.quoted: set[str] = set()
        self._gate = RiskGate()
        self._recent: deque[RecentOrder] = deque(maxlen=16)
        self._frames = 0

    # What the screen is shown

    def show(self, *, book: bool = True) -> None:
        """Send a frame with the present state."""
        self._frames += 1
        bid = Decimal(BID + self.shift) * TICK
        view = ladder(
            symbol=self.symbol,
            trust=self.trust,
            best_bid=BID + self.shift,
            best_ask=BID + self.shift + 1,
            bid_text=str(bid),
            ask_text=str(bid + TICK),
        )
        desk = status(
            armed=self.pen.armed,
            armed_ms=self.pen.left_ms,
            pen="you" if self.mine else "another",
            killed=self.killed,
            working=len(self.orders),
        )
        self._end.send(Frame(self._frames, ladder=view if book else None, status=desk, orders=self.orders))

    def rest(self) -> None:
        """Be as at the start: disarmed, the pen here, nothing killed, a verified book."""
        self.pen.disarm()
        self.killed, self.trust = False, Trust.VERIFIED
        self.orders = (order(symbol=self.symbol), order(2, symbol=self.symbol))
        self._recent.clear()
        self.refused.clear()
        self.wrong.clear()
        self.quoted.clear()
        if not self.mine:
            self.lend(mine=True)
        self.show()

    def lend(self, *, mine: bool) -> None:
        """Give the pen to another screen, or back."""
        self.pen.disarm()
        self.mine = mine
        self._end.send(PenChanged(mine, "" if mine else "another"))

    def cut(self) -> None:
        """Lose the link; the pen's arming goes with it, lines under way are never answered."""
        self.pen.disarm()
        self.late.clear()
        self._end.hang_up()

    def answer_late(self) -> None:
        """Send the answers that were held back."""
        for answer in self.late:
            self._end.send(answer)
        self.late.clear()

    # What the screen says

    @singledispatchmethod
    def hear(self, message: ToEngine) -> None:
        """Take one message of the screen; those that nobody answers are left out."""

    @hear.register
    def _(self, message: SetView) -> None:
        if message.symbol != self.symbol:
            self.pen.disarm()
            self.symbol = message.symbol
            self.show()

    @hear.register
    def _(self, _message: Touch) -> None:
        self.pen.touch()

    @hear.register
    def _(self, message: ListPairs) -> None:
        rows = tuple(PairRow(symbol, "online", 1, "0.1", "0.0001") for symbol in SYMBOLS)
        self._end.send(Pairs(message.id, rows))

    @hear.register
    def _(self, message: TakePen) -> None:
        self.lend(mine=True)
        self._end.send(Answer(message.id, Outcome.ACCEPTED, "the pen is yours"))
        self.show(book=False)

    @hear.register
    def _(self, message: StopEngine) -> None:
        self._end.send(Answer(message.id, Outcome.ACCEPTED, "ended"))

    @hear.register
    def _(self, message: AskPast) -> None:
        if self._dice.random() < 0.2:
            self._end.send(Past(message.id, message.symbol, reason="nothing is kept of that time"))
            return
        view = ladder(message.rows, symbol=message.symbol, trust=Trust.PAST, bid_text="63000.1")
        at = NOW_NS - 12 * NS_PER_S
        self._end.send(Past(message.id, message.symbol, view, "", 50, at, 10, NOW_NS - 100 * NS_PER_S, 90, NOW_NS, "x"))

    @hear.register
    def _(self, message: Preview) -> None:
        view = self._previewed(message)
        if view.error:
            self.wrong.add(message.text)
        else:
            self.wrong.discard(message.text)
            # What trades at once is sent at the price that was read.
            self.quoted |= {message.text, re.sub(r"@ \S+", f"@ {view.price}", message.text, count=1)}
        self._end.send(PreviewAnswer(message.id, view))

    @hear.register
    def _(self, message: Execute) -> None:
        try:
            statements = parse(message.text, message.symbol)
        except GrammarError as error:
            self._end.send(Answer(message.id, Outcome.REFUSED, str(error), layer="grammar"))
            return
        answer = self._done(message, statements)
        if answer is None:
            self.tally.counts["silent"] += 1
        elif self._dice.random() < 0.15:
            self.late.append(answer)
        else:
            self._end.send(answer)

    # What becomes of a line

    def _done(self, message: Execute, statements: tuple[Statement, ...]) -> Answer | None:
        match message.text:
            case "arm":
                return self._arm(message)
            case "disarm":
                self.pen.disarm()
                self.show(book=False)
                return Answer(message.id, Outcome.ACCEPTED, "VIEW")
            case "kill":
                self.pen.disarm()
                self.killed = True
                self.show(book=False)
                return Answer(message.id, Outcome.ACCEPTED, "killed")
            case "release":
                self.killed = False
                self.show(book=False)
                return Answer(message.id, Outcome.ACCEPTED, "released")
        trades = [one for one in statements if isinstance(one, Place | Batch | Close | Amend)]
        if not trades:
            return self._fate(message, ())
        self.tally.counts["lines"] += 1
        return self._kept_back(message, trades)

    def _arm(self, message: Execute) -> Answer:
        if self.killed or not self.mine or self._dice.random() < 0.05:
            return Answer(message.id, Outcome.REFUSED, "not now", "wait", "guard")
        self.pen.arm()
        self.show(book=False)
        return Answer(message.id, Outcome.ACCEPTED, "ARMED")

    def _kept_back(self, message: Execute, trades: list[Place | Batch | Close | Amend]) -> Answer | None:
        """Answer for lines that the pen or the gate keeps back; the rest goes to the venue."""
        if not self.mine or not self.pen.armed:
            self.tally.counts["unarmed"] += 1
            return Answer(message.id, Outcome.REFUSED, "VIEW: keys are not armed", "press A to arm", "guard")
        requests: list[OrderRequest] = []
        for trade in trades:
            try:
                made, verdicts = self._judged(trade)
            except QuoteError as error:
                self.tally.counts["blocked"] += 1
                return Answer(message.id, Outcome.REFUSED, error.message, error.hint, "guard", term=error.term)
            if (refusal := next((one for verdict in verdicts for one in verdict.refusals), None)) is not None:
                self.tally.counts["blocked"] += 1
                self.tally.counts[f"blocked: {refusal.code}"] += 1
                term = term_of(refusal, made[0].order_type)
                self._note_refused(message.text, term)
                return Answer(message.id, Outcome.REFUSED, refusal.text, refusal.hint, "guard", term=term)
            requests += made
        return self._fate(message, tuple(requests))

    def _note_refused(self, text: str, term: str) -> None:
        if term:
            self.refused[text] = self._clock.mono_ns()

    def _judged(self, trade: Place | Batch | Close | Amend) -> tuple[tuple[OrderRequest, ...], tuple[Verdict, ...]]:
        """Resolve a statement and ask the gate, as the engine does."""
        now = self._clock.now_ns()
        match trade:
            case Place(draft):
                request = resolve(draft, self.market(draft.symbol), FUNDS, "c", now_ns=now)
                return (request,), (self._gate.check(request, self._context(draft.symbol)),)
            case Batch(drafts):
                symbol = drafts[0].symbol
                requests = resolve_batch(trade, self.market(symbol), FUNDS, lambda: "c", now_ns=now)
                return requests, self._gate.check_batch(requests, self._context(symbol))
            case Close(symbol):
                request = resolve(closing_draft(symbol, POSITION), self.market(symbol), FUNDS, "c", now_ns=now)
                return (request,), (self._gate.check(request, self._context(symbol), leaving=True),)
            case Amend():
                return self._amended(trade)

    def _amended(self, trade: Amend) -> tuple[tuple[OrderRequest, ...], tuple[Verdict, ...]]:
        row = next((row for row in self.orders if row.number == trade.target.row), None)
        if row is None:
            raise QuoteError("there is no such working order", "the numbers are in the orders pane")
        working = self._working(row)
        changes = resolve_change(trade, working, self.market(row.symbol), FUNDS)
        if changes.nothing:
            raise QuoteError("nothing to change", "give a new size or price")
        verdict = self._gate.check_amend(working, None, None, self._context(row.symbol), changes=changes)
        price = changes.limit_price or working.limit_price
        after = OrderRequest("c", row.symbol, working.side, OrderType.LIMIT, changes.qty or working.qty, price, True)
        return (after,), (verdict,)

    def _working(self, row: OrderRow) -> WorkingOrder:
        request = OrderRequest(
            row.key, row.symbol, Side(row.side), OrderType.LIMIT, Decimal(row.qty), Decimal(row.price), True
        )
        return new_order(request, self._clock.mono_ns())

    def _fate(self, message: Execute, requests: tuple[OrderRequest, ...]) -> Answer | None:
        """Throw what the venue says."""
        now = self._clock.mono_ns()
        fate = self._dice.choices(("accepted", "refused", "unknown", "silent"), weights=(55, 20, 15, 10))[0]
        if requests:
            leaving = message.text.startswith("close")
            self.tally.wire += [Wired(now, request, leaving) for request in requests]
            doubt = fate in ("unknown", "silent")
            self._recent += [replace(RecentOrder.of(request, now), unknown=doubt) for request in requests]
            self.tally.counts["sent"] += 1
            self.tally.counts[fate] += fate != "silent"
        match fate:
            case "accepted":
                return Answer(message.id, Outcome.ACCEPTED, "done")
            case "refused":
                error = self._dice.choice(ERRORS)
                term = term_of_error(error, requests[0].order_type if requests else OrderType.LIMIT)
                self._note_refused(message.text, term)
                return Answer(message.id, Outcome.REFUSED, error, "change it", "venue", term=term)
            case "unknown":
                hint = "do not send it again: the engine asks the venue"
                return Answer(message.id, Outcome.UNKNOWN, "no answer in time", hint, "venue")
        return None

    # The market

    def market(self, symbol: str) -> Market:
        """The pair and its touch; all pairs cost the same here."""
        base, _, quote = symbol.partition("/")
        tick, lot = TICK, Decimal("0.00000001")
        instrument = Instrument(symbol, base, quote, 1, tick, 8, lot, Decimal("0.0001"), 5, Decimal("0.5"))
        bid = Decimal(BID + self.shift) * TICK
        return Market(instrument, bid, bid + TICK, bid)

    def _context(self, symbol: str) -> RiskContext:
        market = self.market(symbol)
        return RiskContext(
            self._clock.mono_ns(),
            market.instrument,
            FEES,
            RateCounter(PRO),
            LIMITS,
            market.bid,
            market.ask,
            market.last,
            book=BookTrust.VERIFIED if self.trust is Trust.VERIFIED else BookTrust.STALE,
            venue=VenueMode.ONLINE,
            reconciled=True,
            available_base=FUNDS.base,
            available_quote=FUNDS.quote,
            recent=tuple(self._recent),
            wall_ns=self._clock.now_ns(),
        )

    def _previewed(self, message: Preview) -> PreviewView:
        text, symbol = message.text, message.symbol
        try:
            statement = parse(text, symbol)[0]
            if not isinstance(statement, Place | Batch | Close | Amend):
                return PreviewView(True, text)
            requests, verdicts = self._judged(statement)
        except GrammarError as error:
            return PreviewView(False, text, error.message, error.position)
        except QuoteError as error:
            return PreviewView(False, text, error.message, term=error.term)
        request = requests[0]
        refusals = tuple(refusal.text for verdict in verdicts for refusal in verdict.refusals)
        price = "" if request.limit_price is None else f"{request.limit_price:f}"
        return PreviewView(
            not refusals,
            text,
            refusals=refusals,
            symbol=symbol,
            side=request.side.value,
            price=price,
            qty=f"{request.qty:f}",
        )
