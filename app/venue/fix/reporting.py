"""Execution reports of the orders that came by FIX, to the client that placed them (`fix.md` §2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from app.clock import Clock
from app.venue.core.api import Event, ExchangeApi, ExecType, Execution, Order, OrderStatus
from app.venue.fix import reports
from app.venue.fix.links import Link, Links
from app.venue.fix.message import Message
from app.venue.fix.session import Session
from app.venue.wire.numbers import Scale

_ENDED = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class Pending:
    """The request that the exchange is carrying out.

    Attributes:
        session: Connection that asked.
        cl_ord_id: Its 11.
        new: The message of a new order.
        orders: Orders that a change concerns.
    """

    session: Session
    cl_ord_id: str
    new: Message | None = None
    orders: frozenset[str] = frozenset()


class Reporter:
    """Turns events of the exchange into 35=8.

    Args:
        clock: Time source.
        exchange: The exchange.

    Attributes:
        links: Open orders that came by FIX.
        pending: The request that is being carried out, or None; its reports carry its ClOrdID.
    """

    def __init__(self, clock: Clock, exchange: ExchangeApi) -> None:
        self.links = Links()
        self.pending: Pending | None = None
        self._clock = clock
        self._scales = {symbol: Scale(listing.instrument) for symbol, listing in exchange.listings.items()}

    def on_event(self, event: Event) -> None:
        """Take one event of the exchange."""
        if isinstance(event, Execution) and event.order.source == "fix":
            if event.exec_type is ExecType.PENDING_NEW:
                self._take_in(event.order)
            link = self.links.by_order.get(event.order.order_id)
            if link is not None:
                self._report(link, event)

    def status(self, session: Session, cl_ord_id: str, order: Order) -> None:
        """Answer an OrderStatusRequest."""
        fields = reports.order_fields(order, self._scales[order.symbol])
        fields |= {11: cl_ord_id, 17: self.links.exec_id(cl_ord_id), 39: reports.STATUSES[order.status], 150: "I"}
        if order.reason or order.status is OrderStatus.EXPIRED:
            fields[58] = reports.reason_text(order)
        session.send("8", reports.in_order(fields, self._clock.now_ns(), ""))

    def _take_in(self, order: Order) -> None:
        """Note who placed a new order; children of conditional closes belong to nobody here."""
        pending = self.pending
        if pending is None or pending.new is None or pending.cl_ord_id != order.cl_ord_id:
            return
        peer = pending.session.peer
        assert peer is not None
        link = Link(order.order_id, order.symbol, peer, pending.session.number, order.cl_ord_id)
        link.alloc = pending.new[79]
        self.links.add(link)

    def _report(self, link: Link, event: Execution) -> None:
        order, own = event.order, dict[int, str]()
        pending = self.pending if self.pending and link.order_id in self.pending.orders else None
        match event.exec_type:
            case ExecType.PENDING_NEW:
                if not order.terms.effective_ns:
                    return
                kind = "A"
            case ExecType.NEW:
                kind, link.announced = "0", True
                own[58] = reports.description(order, self._scales[order.symbol])
            case ExecType.TRADE if event.fill is not None:
                kind = "F"
                own |= reports.fill_fields(order, event.fill, self._scales[order.symbol])
            case ExecType.STATUS if order.trigger and order.trigger.triggered and not link.triggered:
                kind, link.triggered = "D", True
            case ExecType.AMENDED:
                kind = "5"
                own[39] = "5"
                if pending is not None:
                    own[41] = link.cl_ord_id
                    link.cl_ord_id, link.session = pending.cl_ord_id, pending.session.number
            case ExecType.CANCELED | ExecType.EXPIRED:
                self._announce(link, event)
                kind = "C" if event.exec_type is ExecType.EXPIRED else "4"
                own[58] = reports.reason_text(order)
                if pending is not None:
                    own |= {11: pending.cl_ord_id, 41: link.cl_ord_id}
            case _:
                return
        self._send(link, event, own | {150: kind})
        if order.status in _ENDED and event.exec_type is not ExecType.AMENDED:
            self.links.drop(link)

    def _announce(self, link: Link, event: Execution) -> None:
        """An order that ends on its arrival is acknowledged first (§10: post-only that crosses)."""
        if link.announced or event.order.terms.effective_ns:
            return
        link.announced = True
        scale = self._scales[event.order.symbol]
        text = reports.description(event.order, scale)
        self._send(link, event, {58: text, 150: "0", 39: "0", 151: reports.quantity(event.order.qty, scale)})

    def _send(self, link: Link, event: Execution, own: dict[int, str]) -> None:
        order = event.order
        fields = reports.order_fields(order, self._scales[order.symbol])
        fields |= {11: link.cl_ord_id, 39: reports.STATUSES[order.status]} | own
        fields[17] = self.links.exec_id(fields[11])
        link.peer.send("8", reports.in_order(fields, event.ts_ns, link.alloc))
