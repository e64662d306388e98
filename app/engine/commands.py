"""Doing what a line says: parse, judge, send, answer.

Every line goes through here, whether a key, the command line or a script
wrote it. Money statements need the pen and armed keys when a screen sends
them; cancels and the kill switch need neither.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from app.clock import NS_PER_MS
from app.domain.grammar import GrammarError, explain, parse
from app.domain.oms import WorkingOrder
from app.domain.order import Side
from app.domain.quote import QuoteError, resolve
from app.domain.statements import (
    Amend,
    Arm,
    Cancel,
    CancelAll,
    CancelScope,
    Disarm,
    Kill,
    OrderRef,
    Place,
    Release,
    Statement,
)
from app.engine import preview as previews
from app.engine import story
from app.engine.entry import DEADLINE_NS, NotSent, Sent
from app.engine.gate import Gate
from app.engine.sessions import Session
from app.link.frames import PreviewView, Severity
from app.link.messages import Answer, Execute, OrderBrief, Origin, Outcome, Preview, PreviewAnswer
from app.workers.feed import Accepted, Refused, Unknown

if TYPE_CHECKING:
    from app.engine.engine import Engine

_NO_CHANGE = "nothing to change"
_GRAVITY = (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNKNOWN)


class Commands:
    """Executes and previews lines.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.gate = Gate(engine.state)

    async def execute(self, session: Session, message: Execute) -> Answer:
        """Execute a line; a chain stops at the first statement that is not accepted."""
        try:
            statements = parse(message.text, message.symbol or self._engine.state.symbol)
        except GrammarError as error:
            return Answer(message.id, Outcome.REFUSED, error.message, error.suggestion, "grammar")
        answer = Answer(message.id, Outcome.REFUSED, "nothing to do", "type a command, or help", "grammar")
        briefs: list[OrderBrief] = []
        for statement in statements:
            answer = await self._one(session, message, statement)
            briefs += answer.orders
            if answer.outcome is not Outcome.ACCEPTED:
                break
        return Answer(message.id, answer.outcome, answer.text, answer.hint, answer.layer, tuple(briefs))

    def preview(self, message: Preview) -> PreviewAnswer:
        """Say what a line would do."""
        try:
            statements = parse(message.text, message.symbol or self._engine.state.symbol)
        except GrammarError as error:
            view = PreviewView(False, "", error.message, error.position, error.suggestion)
            return PreviewAnswer(message.id, view)
        texts = "; ".join(explain(statement) for statement in statements)
        first = next((one for one in statements if isinstance(one, Place | Amend | Cancel)), None)
        match first:
            case Place(draft=draft):
                view = previews.place(self._engine.state, self.gate, draft, texts)
            case Amend():
                view = previews.amend(self._engine.state, self.gate, first, self._find(first.target), texts)
            case Cancel():
                view = previews.cancel(self._engine.state, self._find(first.target), texts)
            case _:
                view = PreviewView(bool(statements), texts)
        return PreviewAnswer(message.id, view)

    async def _one(self, session: Session, message: Execute, statement: Statement) -> Answer:
        match statement:
            case Place():
                return self._may_trade(session, message) or await self._place(message, statement)
            case Amend():
                return self._may_trade(session, message) or await self._amend(message, statement)
            case Cancel():
                return await self._cancel(message, statement)
            case CancelAll():
                return await self._cancel_all(message, statement)
            case Kill():
                return await self._kill(message)
            case Release():
                return self._release(message)
            case Arm():
                return self._arm(session, message)
            case Disarm():
                self._engine.state.pen.disarm()
                return Answer(message.id, Outcome.ACCEPTED, "VIEW: keys disarmed")
            case _:
                return _no(message, "that is for a screen to do", "type it on a screen", "grammar")

    def _may_trade(self, session: Session, message: Execute) -> Answer | None:
        """Return why this client may not send money statements now; None if it may."""
        state = self._engine.state
        if not state.keyed:
            return _no(message, "public data only: this profile has no key", "choose a profile with a key")
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

    async def _place(self, message: Execute, statement: Place) -> Answer:
        engine, state = self._engine, self._engine.state
        draft = statement.draft
        blocked = state.blocked(draft.symbol)
        if blocked:
            return _no(message, blocked, "cancels still work")
        try:
            request = resolve(draft, self.gate.market(draft.symbol), self.gate.funds(draft.symbol), str(uuid.uuid4()))
        except QuoteError as error:
            return _no(message, error.message, error.hint)
        verdict = self.gate.check(request)
        if verdict.refusals:
            worst = verdict.refusals[0]
            engine.events.add("reject", Severity.WARN, f"not sent: {worst.text}", symbol=draft.symbol)
            return _no(message, worst.text, worst.hint)
        venue_now = state.clock.now_ns() + (state.offset_ms() or 0) * NS_PER_MS
        request = replace(request, deadline_ns=venue_now + DEADLINE_NS)
        self.gate.sent(request)
        number = state.orders.next_number()
        sent = await engine.entry.place(request, message.text, number)
        return self._answer(message, sent)

    async def _amend(self, message: Execute, statement: Amend) -> Answer:
        order = self._find(statement.target)
        if order is None or order.state.terminal:
            return _no(message, "there is no such working order", "the numbers are in the orders pane")
        blocked = self._engine.state.blocked(order.symbol)
        if blocked:
            return _no(message, blocked, "cancels still work")
        try:
            price, qty = self.gate.amended(order, statement)
        except QuoteError as error:
            return _no(message, error.message, error.hint)
        if price is None and qty is None:
            return _no(message, _NO_CHANGE, "give a new size or a price after @")
        verdict = self.gate.check_amend(order, price, qty)
        if verdict.refusals:
            return _no(message, verdict.refusals[0].text, verdict.refusals[0].hint)
        return self._answer(message, await self._engine.entry.amend(order, qty, price))

    async def _cancel(self, message: Execute, statement: Cancel) -> Answer:
        order = self._find(statement.target)
        if order is None:
            return _no(message, "there is no such order", "the numbers are in the orders pane")
        if order.state.terminal:
            return _no(message, f"#{self._number(order)} has ended already ({order.state.value})", "nothing to cancel")
        return self._answer(message, await self._engine.entry.cancel(order))

    async def _cancel_all(self, message: Execute, statement: CancelAll) -> Answer:
        orders = self._engine.state.orders
        if statement.scope is CancelScope.EVERYTHING:
            return self._answer(message, await self._engine.entry.cancel_everything())
        side = {CancelScope.BIDS: Side.BUY, CancelScope.ASKS: Side.SELL}.get(statement.scope)
        chosen = [order for order in orders.working(statement.symbol) if side in (None, order.side)]
        if not chosen:
            return Answer(message.id, Outcome.ACCEPTED, f"no working orders on {statement.symbol}")
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._engine.entry.cancel(order)) for order in chosen]
        answers = [self._answer(message, task.result()) for task in tasks]
        briefs = tuple(brief for answer in answers for brief in answer.orders)
        done = Answer(message.id, Outcome.ACCEPTED, f"{len(chosen)} cancels accepted on {statement.symbol}")
        worst = max(answers, key=lambda answer: _GRAVITY.index(answer.outcome))
        if worst.outcome is Outcome.ACCEPTED:
            worst = done
        return Answer(message.id, worst.outcome, worst.text, worst.hint, worst.layer, briefs)

    async def _kill(self, message: Execute) -> Answer:
        """Cancel everything, disarm, refuse new orders; asks nobody."""
        if not self._engine.state.keyed:
            return _no(message, "public data only: there is nothing to cancel", "")
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
            case Refused(hint=hint, layer=layer):
                return Answer(message.id, Outcome.REFUSED, text, hint, layer.value, briefs)
            case NotSent(hint=hint):
                return Answer(message.id, Outcome.REFUSED, text, hint, "guard", briefs)
            case Unknown():
                hint = "do not send it again: the engine asks the venue"
                return Answer(message.id, Outcome.UNKNOWN, text, hint, "link", briefs)


def _no(message: Execute, text: str, hint: str, layer: str = "guard") -> Answer:
    return Answer(message.id, Outcome.REFUSED, text, hint, layer)
