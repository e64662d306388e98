"""Orders over FIX: requests in, execution reports out (`fix.md` §2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.clock import Clock
from app.venue.core.api import Event, ExchangeApi, ExecType, Execution, Order, OrderStatus, VenueReject
from app.venue.fix import clordids, policies, reports
from app.venue.fix.dictionary import Dictionary
from app.venue.fix.links import Link, Links
from app.venue.fix.message import Message
from app.venue.fix.orders import NAMES, add_order, missing_condition
from app.venue.fix.refusal import Refusal
from app.venue.fix.session import Session
from app.venue.wire.numbers import Scale

UNKNOWN_ORDER = "EOrder:Unknown order"
UNKNOWN_PAIR = "EQuery:Unknown asset pair"
PERMISSION = "EGeneral:Permission denied"
_REASONS = {UNKNOWN_ORDER: 101, UNKNOWN_PAIR: 2, PERMISSION: 6, "EService:Unavailable": 4}
_OTHER, _UNSUPPORTED, _CONDITIONAL = 0, 3, 5
_ORDER_KINDS = frozenset("DFGq")
_BATCH = 50
_SYMBOL, _SESSION = "1", "6"
_TRADING_PERMISSIONS = frozenset({"modify-trades", "close-trades"})


@dataclass(slots=True)
class _Request:
    """The request that the exchange is carrying out.

    Attributes:
        session: Connection that asked.
        cl_ord_id: Its 11.
        new: The order message when it is a new order.
        orders: Orders that it concerns.
    """

    session: Session
    cl_ord_id: str
    new: Message | None = None
    orders: frozenset[str] = frozenset()


class TradingDesk:
    """The application of the spot trading port.

    Args:
        clock: Time source.
        exchange: The exchange.
    """

    def __init__(self, clock: Clock, exchange: ExchangeApi) -> None:
        self._clock = clock
        self._exchange = exchange
        self._dictionary = Dictionary()
        self._scales = {symbol: Scale(listing.instrument) for symbol, listing in exchange.listings.items()}
        self._request: _Request | None = None
        self._owed: list[frozenset[str]] = []
        self.links = Links()
        self._handlers: dict[str, Callable[[Session, Message], None]] = {
            "D": self._new,
            "F": self._cancel,
        }

    # --- the session's side

    def check(self, message: Message) -> Refusal | None:
        """Field-level validation of any message."""
        refusal = self._dictionary.check(message)
        if refusal is None and message.kind in _ORDER_KINDS:
            return clordids.check(message[11], self._clock.now_ns())
        return refusal

    def logged_on(self, session: Session, logon: Message) -> None:
        """Take the client's wishes for this connection."""
        assert session.peer is not None
        session.keeps_orders = logon[8674] == "1"
        if logon.flag(5030):
            session.peer.store.highest_cl_ord_id = 0

    def receive(self, session: Session, message: Message) -> None:
        """Take one application message."""
        assert session.peer is not None
        handler = self._handlers.get(message.kind)
        if handler is None:
            self.refuse(session, message, "Unsupported message type", _UNSUPPORTED)
            return
        try:
            if not _TRADING_PERMISSIONS.intersection(session.peer.credentials.permissions):
                raise VenueReject(PERMISSION)
            handler(session, message)
        except VenueReject as reject:
            self.refuse(session, message, reject.error, _REASONS.get(reject.error, _OTHER))
        finally:
            self._request = None

    def ended(self, session: Session, *, clean: bool) -> None:
        """Cancel the orders of this connection when its loss was abnormal (§1.9)."""
        if session.keeps_orders or (clean and not policies.CLEAN_LOGOUT_CANCELS):
            return
        assert session.peer is not None
        mine = [link.order_id for link in self.links.of(session.peer) if link.session == session.number]
        if mine:
            self._owed.append(frozenset(mine))
            self.tick()

    def tick(self) -> None:
        """Carry out cancels-on-disconnect that the venue's state has held up."""
        while self._owed:
            open_now = [order_id for order_id in self._owed[0] if order_id in self.links.by_order]
            try:
                self._cancel_many(open_now)
            except VenueReject:
                return
            self._owed.pop(0)

    # --- requests

    def _new(self, session: Session, message: Message) -> None:
        if not self._fresh(session, message):
            return
        tag = missing_condition(message)
        if tag:
            text = f"Conditionally required field missing: {NAMES[tag]} ({tag})"
            self.refuse(session, message, text, _CONDITIONAL)
            return
        assert session.peer is not None
        self._request = _Request(session, message[11], new=message)
        self._exchange.add_order(session.peer.credentials.account_id, add_order(message))

    def _cancel(self, session: Session, message: Message) -> None:
        """Cancel one order of the same session; 37 wins over 41."""
        if not self._fresh(session, message):
            return
        assert session.peer is not None
        if 37 not in message and 41 not in message:
            self.refuse(session, message, "Conditionally required field missing: OrigClOrdID (41)", _CONDITIONAL)
            return
        link = self.links.find(session.peer, order_id=message[37], cl_ord_id=message[41])
        strange = link is None or link.symbol != message[55]
        if link is None or strange or (policies.CANCEL_SCOPE_IS_CONNECTION and link.session != session.number):
            raise VenueReject(UNKNOWN_ORDER)
        self._request = _Request(session, message[11], orders=frozenset({link.order_id}))
        self._exchange.cancel_order(session.peer.credentials.account_id, order_id=link.order_id, source="fix")

    def _fresh(self, session: Session, message: Message) -> bool:
        """Check the ClOrdID against those before it; whether to go on (§2.1, case 19)."""
        assert session.peer is not None
        store, cl_ord_id = session.peer.store, message[11]
        known = cl_ord_id in store.cl_ord_ids
        if known and message.flag(97):
            return False
        if known or self.links.uses(session.peer.credentials, cl_ord_id):
            raise VenueReject(policies.DUPLICATE_CL_ORD_ID)
        if clordids.is_number(cl_ord_id):
            if int(cl_ord_id) <= store.highest_cl_ord_id:
                raise VenueReject(policies.NOT_INCREASING)
            store.highest_cl_ord_id = int(cl_ord_id)
        store.cl_ord_ids.add(cl_ord_id)
        return True

    def _cancel_many(self, order_ids: list[str]) -> None:
        """Cancel orders, each at its own cost, never refused by the rate limit."""
        by_account: dict[str, list[str]] = {}
        for order_id in order_ids:
            account = self.links.by_order[order_id].peer.credentials.account_id
            by_account.setdefault(account, []).append(order_id)
        for account, ids in by_account.items():
            for begin in range(0, len(ids), _BATCH):
                self._exchange.cancel_batch(account, order_ids=ids[begin : begin + _BATCH], source="fix")

    def refuse(self, session: Session, message: Message, text: str, reason: int) -> None:
        """Answer 35=j (§1.11)."""
        cl_ord_id = message[11]
        if policies.TEXT_PREFIX and cl_ord_id:
            text = f"{cl_ord_id} : {text}"
        ref_seq = message.seq if policies.REJECT_REF_SEQ else 0
        fields = [(45, str(ref_seq)), (58, text), (372, message.kind), (379, cl_ord_id), (380, str(reason))]
        session.send("j", tuple(field for field in fields if field[1]))
        session.count_error()

    # --- reports

    def on_event(self, event: Event) -> None:
        """Take one event of the exchange."""
        if isinstance(event, Execution) and event.order.source == "fix":
            if event.exec_type is ExecType.PENDING_NEW:
                self._take_in(event.order)
            link = self.links.by_order.get(event.order.order_id)
            if link is not None:
                self._report(link, event)

    def _take_in(self, order: Order) -> None:
        request = self._request
        if request is None or request.new is None or request.cl_ord_id != order.cl_ord_id:
            return
        assert request.session.peer is not None
        self.links.add(
            Link(
                order.order_id,
                order.symbol,
                request.session.peer,
                request.session.number,
                order.cl_ord_id,
                exec_inst=request.new[18],
                alloc=request.new[79],
            )
        )

    def _report(self, link: Link, event: Execution) -> None:
        order, own = event.order, {}
        request = self._request if self._request and link.order_id in self._request.orders else None
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
            case ExecType.CANCELED | ExecType.EXPIRED:
                self._announce(link, event)
                kind = "C" if event.exec_type is ExecType.EXPIRED else "4"
                own[58] = reports.reason_text(order)
                if request is not None:
                    own |= {11: request.cl_ord_id, 41: link.cl_ord_id}
            case _:
                return
        self._send(link, event, own | {150: kind})
        if order.status in {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED}:
            self.links.drop(link)

    def _announce(self, link: Link, event: Execution) -> None:
        """An order that ends on its arrival is acknowledged first (§10: post-only that crosses)."""
        if link.announced or event.order.terms.effective_ns:
            return
        link.announced = True
        scale = self._scales[event.order.symbol]
        text = reports.description(event.order, scale)
        own = {58: text, 150: "0", 39: "0", 151: reports.quantity(event.order.qty, scale)}
        self._send(link, event, own)

    def _send(self, link: Link, event: Execution, own: dict[int, str]) -> None:
        order = event.order
        fields = reports.order_fields(order, self._scales[order.symbol])
        fields |= {11: link.cl_ord_id, 39: reports.STATUSES[order.status]} | own
        fields[17] = self.links.exec_id(fields[11])
        link.peer.send("8", reports.in_order(fields, event.ts_ns, link.alloc))
