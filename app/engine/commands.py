"""Doing what a line says: parse, judge, send, answer.

Every line goes through here, whether a key, the command line or a script
wrote it. Money statements need the pen and armed keys when a screen sends
them; cancels and the kill switch need neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.domain.fault_terms import term_of_error
from app.domain.grammar import GrammarError, explain, parse
from app.domain.order import Side
from app.domain.quote import QuoteError
from app.domain.ratelimit import cost_add, cost_batch_add
from app.domain.risk import RefusalCode
from app.domain.statements import (
    Alias,
    Amend,
    Arm,
    Batch,
    Bracket,
    Cancel,
    CancelAll,
    CancelBatch,
    CancelScope,
    Chase,
    Close,
    Disarm,
    Edit,
    Flatten,
    HelperControl,
    Kill,
    OrderRef,
    Override,
    Place,
    Release,
    Reverse,
    Scale,
    Statement,
    Transport,
    Twap,
)
from app.domain.working import OrderState, WorkingOrder
from app.engine import preview as previews
from app.engine import story
from app.engine.aliases import Aliases
from app.engine.entry import NotSent, Sent
from app.engine.gate import Gate
from app.engine.rates import Spender, acting
from app.engine.sessions import Session
from app.engine.signals import PERSONAL
from app.engine.submit import Held
from app.engine.trading import Trading
from app.link.frames import Severity
from app.link.messages import Answer, Execute, OrderBrief, Origin, Outcome, Preview, PreviewAnswer
from app.link.preview_frame import PreviewView
from app.workers.feed import Accepted, Refused, Unknown, Via

if TYPE_CHECKING:
    from app.engine.engine import Engine

TRADING = (Place, Batch, Amend, Edit, Bracket, Close, Reverse, Flatten, Scale, Twap, Chase)
"""Statements that may send something new: they need the pen and armed keys."""

PREVIEWED = (Place, Batch, Amend, Edit, Close, Reverse, Scale, Twap, Chase, Cancel)
"""Statements that can say what they would do."""

AUTOMATIC = (Origin.SCRIPT, Origin.SIGNAL)
"""Origins of lines that no person types."""

_GRAVITY = (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN)


class Commands:
    """Executes and previews lines.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.gate = Gate(engine.state)
        self.trading = Trading(
            engine.state, self.gate, engine.entry, engine.venue, engine.watch, engine.spawn, engine.events.add
        )
        self.aliases = Aliases(engine.aliases_path)

    async def execute(self, session: Session, message: Execute) -> Answer:
        """Execute a line; a chain stops at the first statement that is not accepted."""
        acting.set(Spender.SCRIPT if message.origin in AUTOMATIC else Spender.YOU)
        # What a screen shows at the moment must not decide what a signal trades.
        shown = "" if message.origin is Origin.SIGNAL else self._engine.state.symbol
        try:
            statements = parse(message.text, message.symbol or shown, aliases=self.aliases.lines)
        except GrammarError as error:
            return Answer(message.id, Outcome.REFUSED, error.message, error.suggestion, "grammar")
        answer = Answer(message.id, Outcome.REFUSED, "nothing to do", "type a command, or help", "grammar")
        briefs: list[OrderBrief] = []
        for statement in statements:
            answer = await self._one(session, message, statement)
            briefs += answer.orders
            if answer.outcome is not Outcome.ACCEPTED:
                break
        return replace(answer, orders=tuple(briefs))

    def preview(self, message: Preview) -> PreviewAnswer:
        """Say what a line would do."""
        try:
            statements = parse(message.text, message.symbol or self._engine.state.symbol, aliases=self.aliases.lines)
        except GrammarError as error:
            view = PreviewView(False, "", error.message, error.position, error.suggestion)
            return PreviewAnswer(message.id, view)
        texts = "; ".join(explain(statement) for statement in statements)
        first = next((one for one in statements if isinstance(one, PREVIEWED)), None)
        try:
            view = PreviewView(bool(statements), texts) if first is None else self._previewed(first, texts)
        except QuoteError as error:
            view = PreviewView(False, texts, error.message, suggestion=error.hint)
        return PreviewAnswer(message.id, view)

    def _previewed(self, statement: Statement, texts: str) -> PreviewView:
        state = self._engine.state
        match statement:
            case Place(draft=draft) | Twap(draft=draft) | Chase(draft=draft):
                return previews.place(state, self.gate, draft, texts)
            case Scale():
                rungs = self.trading.rungs(statement)
                return previews.many(state, self.gate, rungs, cost_add() * len(rungs), texts)
            case Batch():
                legs = self.trading.legs(statement)
                return previews.many(state, self.gate, legs, cost_batch_add(len(legs)), texts)
            case Close(symbol=symbol):
                return previews.place(state, self.gate, self.trading.closing(symbol), texts)
            case Reverse(symbol=symbol):
                return previews.place(state, self.gate, self.trading.closing(symbol, reverse=True), texts)
            case Amend() | Edit():
                return previews.change(state, self.gate, statement, self._find(statement.target), texts)
            case Cancel():
                return previews.cancel(state, self._find(statement.target), texts)
            case _:
                return PreviewView(True, texts)

    async def _one(self, session: Session, message: Execute, statement: Statement) -> Answer:
        if message.origin is Origin.SIGNAL and isinstance(statement, PERSONAL):
            return _no(message, "signals do not loosen guards", "a person does that, at a screen")
        if isinstance(statement, TRADING):
            refusal = self._may_trade(session, message)
            return refusal if refusal is not None else await self._trade(message, statement)
        match statement:
            case Cancel():
                return await self._cancel(message, statement)
            case CancelBatch(targets=targets):
                found = [order for order in map(self._find, targets) if order is not None]
                return await self._cancel_these(message, found, "of those orders")
            case CancelAll():
                return await self._cancel_all(message, statement)
            case Kill():
                return await self._kill(message)
            case HelperControl():
                done = self.trading.control(statement)
                return Answer(message.id, Outcome.ACCEPTED, done) if done else _no(message, "no such helper runs", "")
            case Alias():
                return self._alias(message, statement)
            case Override():
                return self._override(session, message, statement)
            case _:
                return self._desk_command(session, message, statement)

    def _desk_command(self, session: Session, message: Execute, statement: Statement) -> Answer:
        """Arm, disarm, release: what concerns the desk and no order."""
        match statement:
            case Release():
                return self._release(message)
            case Arm():
                return self._arm(session, message)
            case Transport():
                return self._transport(session, message, statement)
            case Disarm():
                self._engine.state.pen.disarm()
                return Answer(message.id, Outcome.ACCEPTED, "VIEW: keys disarmed")
            case _:
                return _no(message, "that is for a screen to do", "type it on a screen", "grammar")

    async def _trade(self, message: Execute, statement: Statement) -> Answer:
        """Carry out a statement that may send something new."""
        automatic = message.origin in AUTOMATIC
        try:
            match statement:
                case Place(draft=draft):
                    return self._one_sent(message, await self.trading.place(draft, message.text, automatic=automatic))
                case Batch():
                    sent = await self.trading.batch(statement, message.text, automatic=automatic)
                    return self._batch_sent(message, sent)
                case Amend() | Edit() | Bracket():
                    return await self._on_order(message, statement)
                case Close(symbol=symbol):
                    return await self._close(message, symbol)
                case Reverse(symbol=symbol):
                    return self._one_sent(message, await self.trading.close(symbol, message.text, reverse=True))
                case Flatten():
                    return await self._flatten(message)
                case Scale():
                    started = await self.trading.scale(statement, message.text)
                case Twap():
                    started = await self.trading.twap(statement, message.text)
                case Chase():
                    started = await self.trading.chase(statement, message.text)
                case _:
                    return _no(message, "that cannot be traded", "see help")
        except QuoteError as error:
            return _no(message, error.message, error.hint, term=error.term)
        if isinstance(started, Held):
            return _no(message, started.text, started.hint)
        return Answer(message.id, Outcome.ACCEPTED, f"{started} started")

    async def _on_order(self, message: Execute, statement: Amend | Edit | Bracket) -> Answer:
        order = self._find(statement.target)
        if order is None or (order.state.terminal and not isinstance(statement, Bracket)):
            return _no(message, "there is no such working order", "the numbers are in the orders pane")
        match statement:
            case Bracket():
                name = await self.trading.bracket(statement, order, message.text)
                return Answer(message.id, Outcome.ACCEPTED, f"{name} guards #{self._number(order)}")
            case _:
                return self._one_sent(message, await self.trading.change(statement, order))

    async def _flatten(self, message: Execute) -> Answer:
        symbols = self.trading.open_symbols()
        if not symbols:
            return Answer(message.id, Outcome.ACCEPTED, "flat already on all pairs")
        answers = [await self._close(message, symbol) for symbol in symbols]
        joined = _joined(message, answers, f"closing orders sent on {', '.join(symbols)}")
        if joined.outcome is not Outcome.ACCEPTED:
            return joined
        return replace(joined, hint="; ".join(answer.hint for answer in answers if answer.hint))

    async def _close(self, message: Execute, symbol: str) -> Answer:
        """Close a position, and say what still works there: it would open another one."""
        answer = self._one_sent(message, await self.trading.close(symbol, message.text))
        sent = {brief.number for brief in answer.orders}
        others = [order for order in self._engine.state.orders.working(symbol) if self._number(order) not in sent]
        if answer.outcome is not Outcome.ACCEPTED or not others:
            return answer
        words = "orders still work" if len(others) > 1 else "order still works"
        return replace(answer, hint=f"{len(others)} {words} on {symbol}: `cancel all {symbol}` ends that")

    def _one_sent(self, message: Execute, result: Sent | Held) -> Answer:
        if isinstance(result, Held):
            return _no(message, result.text, result.hint, term=result.term)
        return self._placed(message, result)

    def _batch_sent(self, message: Execute, result: tuple[Sent, ...] | Held) -> Answer:
        if isinstance(result, Held):
            return _no(message, f"the whole batch was kept back: {result.text}", result.hint)
        answers = [self._placed(message, sent) for sent in result]
        refused = sum(1 for answer in answers if answer.outcome is not Outcome.ACCEPTED)
        done = f"{len(answers)} orders accepted"
        answer = _joined(message, answers, done)
        if not refused:
            return answer
        text = f"{len(answers) - refused} of {len(answers)} legs live; {answer.text}"
        return Answer(message.id, answer.outcome, text, answer.hint, answer.layer, answer.orders)

    def _override(self, session: Session, message: Execute, statement: Override) -> Answer:
        """Let the next orders pass one of our own limits; said, counted, logged."""
        refusal = self._may_trade(session, message)
        if refusal is not None:
            return refusal
        if statement.name == RefusalCode.REPEATED.value:
            self.gate.throttle.release(message.symbol or self._engine.state.symbol)
        line = self.gate.overrides.grant(statement.name, statement.count)
        self._engine.events.add("risk", Severity.WARN, line)
        return Answer(message.id, Outcome.ACCEPTED, line)

    def _transport(self, session: Session, message: Execute, statement: Transport) -> Answer:
        """Choose what new orders go over."""
        refusal = self._may_choose(session, message)
        if refusal is not None:
            return refusal
        via = Via(statement.name)
        if via is Via.FIX and not self._engine.fix.wanted:
            return _no(message, "this profile has no FIX trading session", "see `fix` in `quarterdeck config`")
        self._engine.routes.chosen = via
        text = f"new orders go over {via.value.upper()}"
        if via is Via.FIX and not self._engine.venue.fix_up():
            text += ", as soon as its session is up; over WS until then"
        self._engine.events.add("risk", Severity.INFO, text)
        self._engine.clients.urgent()
        return Answer(message.id, Outcome.ACCEPTED, text)

    def _may_choose(self, session: Session, message: Execute) -> Answer | None:
        """Return why a screen may not change how this desk trades; None if it may."""
        state = self._engine.state
        if session.view is not None and session.client is not state.pen.holder:
            return _no(message, f"the pen is with {state.holder_name or 'nobody'}", "press P to take it")
        return None

    def _alias(self, message: Execute, statement: Alias) -> Answer:
        self.aliases.set(statement.name, statement.text)
        what = f"{statement.name} stands for: {statement.text}" if statement.text else f"{statement.name} is forgotten"
        return Answer(message.id, Outcome.ACCEPTED, what)

    def _may_trade(self, session: Session, message: Execute) -> Answer | None:
        """Return why this client may not send money statements now; None if it may."""
        state = self._engine.state
        if not state.keyed:
            return _no(message, "public data only: this profile has no key", "choose a profile with a key")
        if message.origin is Origin.SIGNAL and session.client is self._engine.signals:
            text, hint = self._engine.signals.refusal()
            return _no(message, text, hint) if text else None
        if message.origin is Origin.SCRIPT and session.view is None:
            if state.pen.phrase and not state.pen.confirm(message.confirm):
                return _no(
                    message, "trading with real money was not confirmed yet", "arm a screen once, then try again"
                )
            return None
        if session.client is not state.pen.holder:
            holder = state.holder_name or "nobody"
            return _no(message, f"the pen is with {holder}", "press P to take it")
        if not state.pen.armed:
            return _no(message, "VIEW: keys are not armed", "press A to arm")
        state.pen.touch()
        return None

    async def _cancel(self, message: Execute, statement: Cancel) -> Answer:
        order = self._find(statement.target)
        if order is None:
            return _no(message, "there is no such order", "the numbers are in the orders pane")
        if statement.family:
            return await self._cancel_these(message, self._engine.state.orders.family(order), "in that family")
        if order.state.terminal:
            return _no(message, f"#{self._number(order)} has ended already ({order.state.value})", "nothing to cancel")
        return self._answer(message, await self._engine.entry.cancel(order))

    async def _cancel_all(self, message: Execute, statement: CancelAll) -> Answer:
        orders = self._engine.state.orders
        if statement.scope is CancelScope.EVERYTHING:
            self.trading.helpers.stop_all("everything is cancelled")
            return self._answer(message, await self._engine.entry.cancel_everything())
        if statement.scope is CancelScope.SESSION:
            self.trading.helpers.stop_all("the orders of this session are cancelled")
            mine = [order for order in orders.working() if not order.external]
            return await self._cancel_these(message, mine, "of this session")
        side = {CancelScope.BIDS: Side.BUY, CancelScope.ASKS: Side.SELL}.get(statement.scope)
        self.trading.helpers.stop_all(f"its orders on {statement.symbol} are cancelled", statement.symbol, side)
        chosen = [order for order in orders.working(statement.symbol) if side in (None, order.side)]
        return await self._cancel_these(message, chosen, f"on {statement.symbol}")

    async def _cancel_these(self, message: Execute, chosen: Sequence[WorkingOrder], where: str) -> Answer:
        working = [order for order in chosen if not order.state.terminal]
        if not working:
            return Answer(message.id, Outcome.ACCEPTED, f"no working orders {where}")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._engine.entry.cancel(order)) for order in working]
        answers = [self._answer(message, task.result()) for task in tasks]
        return _joined(message, answers, f"{len(working)} cancels accepted {where}")

    async def _kill(self, message: Execute) -> Answer:
        """Cancel everything, disarm, refuse new orders; asks nobody."""
        if not self._engine.state.keyed:
            return _no(message, "public data only: there is nothing to cancel", "")
        self.trading.helpers.stop_all("kill switch")
        return self._answer(message, await self._engine.kill.engage())

    def _release(self, message: Execute) -> Answer:
        if not self._engine.kill.release():
            return _no(message, "the kill switch is not engaged", "")
        return Answer(message.id, Outcome.ACCEPTED, "kill switch released")

    def _arm(self, session: Session, message: Execute) -> Answer:
        state = self._engine.state
        if not state.keyed:
            return _no(message, "public data only: this profile has no key", "choose a profile with a key")
        if session.client is not state.pen.holder:
            return _no(message, f"the pen is with {state.holder_name or 'nobody'}", "press P to take it")
        if state.killed:
            return _no(message, "kill switch engaged", "type release first")
        symbol = session.view.symbol if session.view else state.symbol
        blocked = state.blocked(symbol)
        if blocked:
            return _no(message, blocked, "wait until that is over, then arm")
        if not state.pen.confirm(message.confirm):
            return _no(message, f"real money: type {state.pen.phrase!r} to arm", "press A and type it", "confirm")
        state.pen.arm()
        self._engine.events.add("risk", Severity.WARN, f"ARMED: keys trade {symbol} in {state.mode}")
        return Answer(message.id, Outcome.ACCEPTED, "ARMED")

    def _find(self, target: OrderRef) -> WorkingOrder | None:
        orders = self._engine.state.orders
        if target.row:
            return orders.numbered(target.row)
        return orders.locate(target.order_id, target.order_id)

    def _number(self, order: WorkingOrder) -> int:
        return self._engine.state.orders.number(order)

    def _placed(self, message: Execute, sent: Sent) -> Answer:
        """Answer for an order, and say so when the venue accepted it and cancelled it untouched at once."""
        answer, order = self._answer(message, sent), sent.order
        if answer.outcome is not Outcome.ACCEPTED or order is None:
            return answer
        if order.state is not OrderState.CANCELED or order.cum_qty:
            return answer
        # Post-only, immediate-or-cancel, fill-or-kill and self-trade prevention do this.
        text = f"#{self._number(order)} accepted, then cancelled by the venue: {order.reason or 'no reason given'}"
        return Answer(message.id, Outcome.ACCEPTED, text, "nothing was traded", orders=answer.orders)

    def _answer(self, message: Execute, sent: Sent) -> Answer:
        """Turn what became of a request into an answer."""
        order, outcome = sent.order, sent.outcome
        briefs: tuple[OrderBrief, ...] = ()
        text = story.outcome_text(outcome)
        if order is not None:
            number = self._number(order)
            briefs = (OrderBrief(number, order.cl_ord_id, order.order_id or "", order.state.value, order.reason),)
            text = f"#{number} {text}"
        match outcome:
            case Accepted():
                return Answer(message.id, Outcome.ACCEPTED, text, orders=briefs)
            case Refused(error=error, hint=hint, layer=layer):
                term = "" if order is None else term_of_error(error, order.order_type)
                return Answer(message.id, Outcome.REFUSED, text, hint, layer.value, briefs, term)
            case NotSent(hint=hint):
                return Answer(message.id, Outcome.REFUSED, text, hint, "guard", briefs)
            case Unknown():
                hint = "do not send it again: the engine asks the venue"
                return Answer(message.id, Outcome.UNKNOWN, text, hint, "link", briefs)


def _no(message: Execute, text: str, hint: str, layer: str = "guard", term: str = "") -> Answer:
    return Answer(message.id, Outcome.REFUSED, text, hint, layer, term=term)


def _joined(message: Execute, answers: Sequence[Answer], done: str) -> Answer:
    """Return one answer for several requests: the gravest, or what was done if all were accepted."""
    briefs = tuple(brief for answer in answers for brief in answer.orders)
    worst = max(answers, key=lambda answer: _GRAVITY.index(answer.outcome))
    if worst.outcome is Outcome.ACCEPTED:
        worst = Answer(message.id, Outcome.ACCEPTED, done)
    return Answer(message.id, worst.outcome, worst.text, worst.hint, worst.layer, briefs)
