"""Order requests over FIX and what became of them (`fix.md` §2).

A yes needs a report that names the request; a no is a reject of the gateway
(found by our sequence number) or a business reject (found by the request's
id). Everything else is unknown, and nothing is ever sent twice.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.clock import Clock
from app.domain.order import OrderRequest
from app.domain.text import clean
from app.errors import QuarterdeckError
from app.protocol.changes import Amend
from app.protocol.fix import orders, tags
from app.protocol.fix.fit import fix_cannot
from app.protocol.fix.message import Message
from app.protocol.fix.orders import SCOPE_SYMBOL, SentOrder
from app.protocol.fix.reports import REPRICED, Report, business_fault, reject_target, report_of, session_fault, told
from app.protocol.rest.errors import Layer, Retry
from app.protocol.wiretime import NS_PER_S
from app.protocol.ws2.private import ExecutionRow
from app.workers.fix import FixConnection
from app.workers.outcome import Accepted, Outcome, Refused, Unknown
from app.workers.wires import invalid

REQUEST_TIMEOUT_NS = 5 * NS_PER_S
KNOWN_ORDERS = 10_000
KNOWN_REPORTS = 50_000
_NS_PER_US = 1000
_ZERO = Decimal(0)


@dataclass(slots=True)
class _Waiting:
    """A request without an answer."""

    kind: str
    request_id: str
    sent_ns: int
    answer: asyncio.Future[Outcome]
    order: SentOrder | None = None
    seq: int = 0
    victims: set[str] | None = None
    count: int = 0


class FixDesk:
    """Orders of one trading session.

    Args:
        clock: Time.
        fresh_id: Makes ids for requests.
        on_row: Gets each report as a row of the execution stream.
        on_notice: Gets what is worth a line.
        cumulative: Fees in reports are sums over the order (spot), not per trade (derivatives).
        account: Sub-account that new orders are for; empty for the key's own.

    Attributes:
        link: The session's connection; set once it is made.
        owner: Number of the logon that new orders belong to.
    """

    link: FixConnection

    def __init__(
        self,
        clock: Clock,
        fresh_id: Callable[[], str],
        on_row: Callable[[ExecutionRow], None],
        on_notice: Callable[[str, str], None],
        *,
        cumulative: bool = True,
        account: str = "",
    ) -> None:
        self._clock = clock
        self._fresh_id = fresh_id
        self._on_row = on_row
        self._on_notice = on_notice
        self._cumulative = cumulative
        self._account = account
        self._waiting: dict[str, _Waiting] = {}
        self._by_seq: dict[int, str] = {}
        self._orders: OrderedDict[str, SentOrder] = OrderedDict()
        self._requests: OrderedDict[str, SentOrder] = OrderedDict()
        self._by_order_id: dict[str, SentOrder] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.owner = 0

    # -- requests

    async def add(self, order: OrderRequest) -> Outcome:
        """Send a new order."""
        why = fix_cannot(order)
        if why:
            return Refused(f"FIX cannot carry {why}", Layer.VALIDATION, "nothing was sent; use WS or REST")
        if not order.cl_ord_id:
            return invalid("an order over FIX needs a client id")
        sent = SentOrder.of(order, self.owner)
        return await self._ask(
            tags.NEW_ORDER, order.cl_ord_id, lambda: orders.new_order(order, self._clock.now_ns(), self._account), sent
        )

    async def amend(self, amend: Amend) -> Outcome:
        """Change an order of this connection in place."""
        order = self._named(amend.order_id or amend.cl_ord_id)
        if order is None:
            return _not_ours("an amend")
        request_id = self._fresh_id()
        return await self._ask(
            tags.REPLACE, request_id, lambda: orders.replace(order, amend, request_id, self._clock.now_ns()), order
        )

    async def cancel(self, name: str) -> Outcome:
        """Cancel an order of this connection, by either id."""
        order = self._named(name)
        if order is None:
            return _not_ours("a cancel")
        request_id = self._fresh_id()
        return await self._ask(
            tags.CANCEL, request_id, lambda: orders.cancel(order, request_id, self._clock.now_ns()), order
        )

    async def status(self, name: str) -> Outcome:
        """Have the venue report the present state of an order."""
        order = self._orders.get(name) or self._by_order_id.get(name)
        if order is None:
            return _not_ours("a status request")
        # It carries the order's own last id, which an amend may just be waiting under.
        if order.last_id in self._waiting:
            return Refused("a request about this order is under way", Layer.LINK, "nothing was sent", Retry.BACK_OFF)
        return await self._ask(tags.STATUS_REQUEST, order.last_id, lambda: orders.status(order), order)

    async def mass_cancel(self, scope: int, symbol: str = "") -> Outcome:
        """Cancel by scope; each order is reported by itself and nothing reports the whole (§2.7)."""
        victims = {
            one.cl_ord_id
            for one in self._orders.values()
            if one.open
            and (scope == orders.SCOPE_SENDER or one.owner == self.owner)
            and (scope != SCOPE_SYMBOL or one.symbol == symbol)
        }
        request_id = self._fresh_id()
        return await self._ask(
            tags.MASS_CANCEL,
            request_id,
            lambda: orders.mass_cancel(scope, symbol, request_id, self._clock.now_ns()),
            victims=victims,
        )

    async def _ask(
        self,
        kind: str,
        request_id: str,
        body: Callable[[], str],
        order: SentOrder | None = None,
        victims: set[str] | None = None,
    ) -> Outcome:
        """Send one request, now, and wait for what becomes of it."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(kind, request_id, self._clock.mono_ns(), answer, order, victims=victims)
        # Known before it leaves: the answer may come before the next line runs.
        self._waiting[request_id] = waiting
        try:
            if order is not None:
                self._remember(request_id, order, new=kind == tags.NEW_ORDER)
            seq = self.link.send(kind, body())
        except (ValueError, QuarterdeckError) as error:
            self._forget(waiting)
            return invalid(str(error))
        if seq is None:
            self._forget(waiting)
            return Refused("the FIX session is not up", Layer.LINK, "nothing was sent", Retry.BACK_OFF)
        waiting.seq = seq
        self._by_seq[seq] = request_id
        if kind == tags.MASS_CANCEL and not victims:
            # Nothing to report: whatever is sent after it is answered after it.
            self._probe(waiting)
        try:
            return await answer
        finally:
            self._waiting.pop(request_id, None)
            self._by_seq.pop(seq, None)

    def _probe(self, waiting: _Waiting) -> None:
        name = f"q-{waiting.request_id}"
        self.link.send(tags.TEST_REQUEST, f"112={name}{tags.SOH}")

    def echoed(self, name: str) -> None:
        """Take the answer to a test request: what was sent before it has been read."""
        waiting = self._waiting.get(name.removeprefix("q-"))
        if waiting is not None and waiting.kind == tags.MASS_CANCEL and not waiting.victims:
            self._answer(waiting, Accepted(count=waiting.count, rtt_us=self._since_us(waiting)))

    def _remember(self, request_id: str, order: SentOrder, *, new: bool) -> None:
        self._requests[request_id] = order
        if new:
            self._orders[order.cl_ord_id] = order
        while len(self._requests) > KNOWN_ORDERS:
            self._requests.popitem(last=False)
        while len(self._orders) > KNOWN_ORDERS:
            _, old = self._orders.popitem(last=False)
            self._by_order_id.pop(old.order_id, None)

    def _forget(self, waiting: _Waiting) -> None:
        """Undo a request that never left."""
        self._waiting.pop(waiting.request_id, None)
        self._requests.pop(waiting.request_id, None)
        if waiting.kind == tags.NEW_ORDER and waiting.order is not None:
            self._orders.pop(waiting.order.cl_ord_id, None)

    def _named(self, name: str) -> SentOrder | None:
        """Return the order with an id if this connection may change it."""
        order = self._orders.get(name) or self._by_order_id.get(name)
        return order if order is not None and order.owner == self.owner else None

    def owns(self, name: str) -> bool:
        """Whether 35=F reaches an order: it was placed on this very connection (§2.5)."""
        return self._named(name) is not None

    def open_orders(self) -> int:
        """Return the orders of this connection that have not ended, as far as told."""
        return sum(one.open and one.owner == self.owner for one in self._orders.values())

    # -- life of the connection

    def logged_on(self, owner: int) -> None:
        """Begin a connection: orders of the one before can no longer be named by F."""
        self.owner = owner

    def cut(self, why: str) -> None:
        """Nobody will answer what is still waiting."""
        for waiting in list(self._waiting.values()):
            self._answer(waiting, Unknown(f"{tags.MESSAGE_NAMES[waiting.kind]}: {why} before the answer"))
        self._by_seq.clear()

    def skipped(self, begin: int, end: int) -> None:
        """The venue missed these numbers of ours and passes over them; what was asked by them is in doubt at once."""
        for seq, request_id in list(self._by_seq.items()):
            waiting = self._waiting.get(request_id)
            if begin <= seq <= end and waiting is not None:
                name = tags.MESSAGE_NAMES[waiting.kind]
                self._answer(waiting, Unknown(f"{name}: the venue missed it, and nothing is sent twice"))

    def expire(self, now_ns: int) -> None:
        """End the wait for answers that did not come in time."""
        for waiting in list(self._waiting.values()):
            if now_ns - waiting.sent_ns >= REQUEST_TIMEOUT_NS:
                self._answer(waiting, Unknown(f"{tags.MESSAGE_NAMES[waiting.kind]}: no answer in time"))

    def _answer(self, waiting: _Waiting, outcome: Outcome) -> None:
        if not waiting.answer.done():
            waiting.answer.set_result(outcome)
        self._waiting.pop(waiting.request_id, None)

    def _since_us(self, waiting: _Waiting) -> int:
        return (self._clock.mono_ns() - waiting.sent_ns) // _NS_PER_US

    # -- answers

    def take(self, message: Message) -> None:
        """Take a message of the venue's application, or a session reject.

        Raises:
            FieldError: A field is not what it must be.
            ValueError: A time can't be read.
        """
        match message.type:
            case tags.EXECUTION:
                self._report(report_of(message))
                if message.get("378") == REPRICED:
                    self._on_notice("bad", "FIX: the venue says that trades may not have been reported: reconcile")
            case tags.BUSINESS_REJECT:
                fault = business_fault(message.get("58"), message.get("380"))
                refused = Refused.from_fault(fault)
                doubt = Unknown(fault.error) if fault.retry is Retry.AMBIGUOUS else refused
                self._refused(message.get("379"), doubt, message.get("372"))
            case tags.REJECT:
                request_id = self._by_seq.get(reject_target(message), "")
                self._refused(request_id, Refused.from_fault(session_fault(message)), message.get("372"))
            case tags.CANCEL_REJECT:
                fault = business_fault(message.get("58"), message.get("102"))
                self._refused(message.get("11"), Refused.from_fault(fault), message.type)
            case kind:
                self._on_notice("warn", f"FIX: unexpected {tags.MESSAGE_NAMES.get(kind, kind)}")

    def _refused(self, request_id: str, outcome: Refused | Unknown, kind: str) -> None:
        waiting = self._waiting.get(request_id)
        reason = outcome.error if isinstance(outcome, Refused) else outcome.reason
        if waiting is None:
            what = tags.MESSAGE_NAMES.get(kind, "a message")
            self._on_notice("warn", f"FIX: {what} {clean(request_id, 40)} refused, too late or unasked: {reason}")
            return
        if waiting.kind == tags.NEW_ORDER and waiting.order is not None and isinstance(outcome, Refused):
            waiting.order.open = False
        self._answer(waiting, outcome)

    def _report(self, report: Report) -> None:
        """Take a report, once."""
        if report.exec_id in self._seen:
            return
        self._seen[report.exec_id] = None
        if len(self._seen) > KNOWN_REPORTS:
            self._seen.popitem(last=False)
        order = self._order_of(report)
        fee = self._fee(report, order)
        if order is not None:
            self._update(order, report)
        waiting = self._waiting.get(report.request_id)
        if waiting is not None:
            self._decide(waiting, report)
        self._count_victims(order, report)
        known = order.cl_ord_id if order is not None else report.previous_id or report.request_id
        row = told(report, known, fee)
        self._on_row(row)
        if report.exec_type == "F" and report.status == "2":
            # The other transports report the end of an order by itself; so do we.
            self._on_row(_completed(row))

    def _order_of(self, report: Report) -> SentOrder | None:
        order = (
            self._by_order_id.get(report.row.order_id)
            or self._requests.get(report.request_id)
            or self._requests.get(report.previous_id)
        )
        if order is not None and not order.order_id:
            order.order_id = report.row.order_id
            self._by_order_id[order.order_id] = order
        return order

    def _fee(self, report: Report, order: SentOrder | None) -> Decimal | None:
        """Return what one fill cost: on spot the sum is told, so the part before is taken off (§11 trap 5)."""
        if report.exec_type != "F" or not report.fee_asset:
            return None
        if not self._cumulative:
            return report.fee
        row = report.row
        if order is None:
            # Of an order that is not ours to know, only the first fill's fee can be told.
            return report.fee if row.cum_qty == row.last_qty else None
        part = report.fee - order.fee
        order.fee = report.fee
        return part if part >= _ZERO else None

    @staticmethod
    def _update(order: SentOrder, report: Report) -> None:
        """Follow the terms that the next amend has to repeat."""
        row = report.row
        order.open = not report.ended
        if report.exec_type == "5" and report.request_id:
            order.last_id = report.request_id
        if report.exec_type in {"0", "5", "D", "I"}:
            order.qty = order.qty if row.order_qty is None else row.order_qty
            order.limit_price = row.limit_price if order.limit_price is not None else None
            if order.trigger_price is not None and row.triggers is not None and not order.order_type.trailing:
                order.trigger_price = row.triggers.price
            order.display_qty = row.display_qty if row.display_qty is not None else order.display_qty

    def _decide(self, waiting: _Waiting, report: Report) -> None:
        """End the wait for an answer if this report is one."""
        if waiting.kind == tags.MASS_CANCEL or (waiting.kind == tags.REPLACE and report.status == "E"):
            return
        if report.exec_type == "8":
            self._answer(waiting, Refused.from_fault(business_fault(report.row.reason or "", "")))
            return
        rtt_us = self._since_us(waiting)
        self._answer(
            waiting,
            Accepted(
                order_id=report.row.order_id,
                cl_ord_id=waiting.order.cl_ord_id if waiting.order is not None else "",
                amend_id=report.request_id if waiting.kind == tags.REPLACE else "",
                count=int(waiting.kind == tags.CANCEL),
                rtt_us=rtt_us,
            ),
        )

    def _count_victims(self, order: SentOrder | None, report: Report) -> None:
        """Follow mass cancels by the orders that end."""
        if not report.ended:
            return
        for waiting in list(self._waiting.values()):
            if waiting.kind != tags.MASS_CANCEL:
                continue
            hit = report.exec_type == "4" and report.request_id == waiting.request_id
            mine = order is not None and waiting.victims is not None and order.cl_ord_id in waiting.victims
            waiting.count += hit or (mine and report.exec_type == "4")
            if mine and order is not None and waiting.victims is not None:
                waiting.victims.discard(order.cl_ord_id)
                if not waiting.victims:
                    # All that we know of are gone; a probe tells when the rest has been read too.
                    self._probe(waiting)


def _completed(row: ExecutionRow) -> ExecutionRow:
    return ExecutionRow(
        order_id=row.order_id,
        exec_type="filled",
        order_status="filled",
        timestamp=row.timestamp,
        cl_ord_id=row.cl_ord_id,
        symbol=row.symbol,
        side=row.side,
        order_type=row.order_type,
        order_qty=row.order_qty,
        cum_qty=row.cum_qty,
        cum_cost=row.cum_cost,
    )


def _not_ours(what: str) -> Refused:
    return Refused(
        f"{what} over FIX reaches only orders of this session", Layer.VALIDATION, "nothing was sent; use WS or REST"
    )
