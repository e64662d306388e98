"""Orders over FIX: requests in (`fix.md` §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.clock import Clock
from app.domain.order import OrderType
from app.venue.core.api import AddOrder, ExchangeApi, Order, VenueReject
from app.venue.fix import changes, clordids, policies
from app.venue.fix.dictionary import Dictionary
from app.venue.fix.links import Link
from app.venue.fix.message import Message
from app.venue.fix.orders import NAMES, add_order, deadline_is_off, flags_clash, missing_condition
from app.venue.fix.peer import Peer
from app.venue.fix.refusal import Refusal
from app.venue.fix.reporting import Pending, Reporter
from app.venue.fix.session import Session

UNKNOWN_ORDER = "EOrder:Unknown order"
UNKNOWN_PAIR = "EQuery:Unknown asset pair"
PERMISSION = "EGeneral:Permission denied"
BAD_DEADLINE = "EGeneral:Invalid arguments:deadline"
BAD_FLAGS = "EGeneral:Invalid arguments:flags"
POST_ONLY = "EOrder:Post only order"
_REASONS = {UNKNOWN_ORDER: 101, UNKNOWN_PAIR: 2, PERMISSION: 6, "EService:Unavailable": 4}
_OTHER, _UNSUPPORTED, _CONDITIONAL = 0, 3, 5
_NUMBERED = frozenset("DFGq")
_BATCH = 50
_OF_SYMBOL, _OF_SESSION = "1", "6"
_TRADING_PERMISSIONS = frozenset({"modify-trades", "close-trades"})


class ConditionError(Exception):
    """A field is missing that this request needs.

    Args:
        tag: The field.
        name: Its name.
    """

    def __init__(self, tag: int, name: str) -> None:
        super().__init__(f"Conditionally required field missing: {name} ({tag})")


class TradingDesk:
    """The application of the spot trading port.

    Args:
        clock: Time source.
        exchange: The exchange.
        reporter: Sends the reports.
    """

    def __init__(self, clock: Clock, exchange: ExchangeApi, reporter: Reporter) -> None:
        self._clock = clock
        self._exchange = exchange
        self._reporter = reporter
        self._links = reporter.links
        self._dictionary = Dictionary()
        self._owed: list[frozenset[str]] = []
        self._handlers: dict[str, Callable[[Session, Peer, Message], None]] = {
            "D": self._new,
            "F": self._cancel,
            "G": self._amend,
            "q": self._cancel_all,
            "H": self._status,
        }

    # --- the session's side

    def check(self, message: Message) -> Refusal | None:
        """Field-level validation of any message."""
        refusal = self._dictionary.check(message)
        if refusal is None and message.kind in _NUMBERED:
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
        peer, handler = session.peer, self._handlers.get(message.kind)
        assert peer is not None
        if handler is None:
            refuse(session, message, "Unsupported message type", _UNSUPPORTED)
            return
        try:
            if message.kind in _NUMBERED:
                if not self._is_new(peer, message):
                    return
                if not _TRADING_PERMISSIONS.intersection(peer.credentials.permissions):
                    raise VenueReject(PERMISSION)
            handler(session, peer, message)
        except VenueReject as reject:
            refuse(session, message, reject.error, _REASONS.get(reject.error, _OTHER))
        except ConditionError as error:
            refuse(session, message, str(error), _CONDITIONAL)
        finally:
            self._reporter.pending = None

    def ended(self, session: Session, *, clean: bool) -> None:
        """Cancel the orders of this connection when its loss was abnormal (§1.9)."""
        if session.keeps_orders or (clean and not policies.CLEAN_LOGOUT_CANCELS):
            return
        assert session.peer is not None
        mine = [link.order_id for link in self._links.of(session.peer) if link.session == session.number]
        if mine:
            self._owed.append(frozenset(mine))
            self.tick()

    def tick(self) -> None:
        """Carry out cancels-on-disconnect; during maintenance they wait for its end."""
        while self._owed:
            still_open = [link for link in self._links.by_order.values() if link.order_id in self._owed[0]]
            try:
                self._cancel_links(still_open)
            except VenueReject:
                return
            self._owed.pop(0)

    def _is_new(self, peer: Peer, message: Message) -> bool:
        """Check the ClOrdID against those before it; False for a repetition to pass over (§2.1, case 19).

        Raises:
            VenueReject: It was used before, or does not increase.
        """
        store, cl_ord_id = peer.store, message[11]
        known = cl_ord_id in store.cl_ord_ids
        if known and message.flag(97):
            return False
        if known or self._links.uses(peer.credentials, cl_ord_id):
            raise VenueReject(policies.DUPLICATE_CL_ORD_ID)
        if clordids.is_number(cl_ord_id):
            if int(cl_ord_id) <= store.highest_cl_ord_id:
                raise VenueReject(policies.NOT_INCREASING)
            store.highest_cl_ord_id = int(cl_ord_id)
        store.cl_ord_ids.add(cl_ord_id)
        return True

    # --- requests

    def _new(self, session: Session, peer: Peer, message: Message) -> None:
        tag = missing_condition(message)
        if tag:
            raise ConditionError(tag, NAMES[tag])
        if deadline_is_off(message):
            raise VenueReject(BAD_DEADLINE)
        if flags_clash(message):
            raise VenueReject(BAD_FLAGS)
        wanted = add_order(message)
        if policies.POST_ONLY_REJECTS and self._would_take(wanted):
            raise VenueReject(POST_ONLY)
        self._reporter.pending = Pending(session, message[11], new=message)
        self._exchange.add_order(peer.credentials.account_id, wanted)

    def _would_take(self, wanted: AddOrder) -> bool:
        """Whether a post-only order crosses the book now."""
        listing = self._exchange.listings.get(wanted.symbol)
        plain = wanted.post_only and wanted.order_type in {OrderType.LIMIT, OrderType.ICEBERG}
        if listing is None or not plain or wanted.limit_price is None:
            return False
        best = self._exchange.levels(wanted.symbol, wanted.side.opposite, 1)
        if not best:
            return False
        price = listing.instrument.price(best[0].price)
        return wanted.limit_price >= price if wanted.side.value == "buy" else wanted.limit_price <= price

    def _cancel(self, session: Session, peer: Peer, message: Message) -> None:
        """Cancel one order of the same session; 37 wins over 41."""
        if 37 not in message and 41 not in message:
            raise ConditionError(41, "OrigClOrdID")
        link = self._links.find(peer, order_id=message[37], cl_ord_id=message[41])
        order = self._order(link)
        elsewhere = policies.CANCEL_SCOPE_IS_CONNECTION and link is not None and link.session != session.number
        if elsewhere or not changes.matches(message, order):
            raise VenueReject(UNKNOWN_ORDER)
        self._reporter.pending = Pending(session, message[11], orders=frozenset({order.order_id}))
        self._exchange.cancel_order(order.account_id, order_id=order.order_id, source="fix")

    def _amend(self, session: Session, peer: Peer, message: Message) -> None:
        """Change an order in place: 41 finds it, 37 has to match (§2.6)."""
        tag = missing_condition(message)
        if tag:
            raise ConditionError(tag, NAMES[tag])
        order = self._order(self._links.find(peer, order_id="", cl_ord_id=message[41]))
        if order.order_id != message[37] or not changes.matches(message, order):
            raise VenueReject(UNKNOWN_ORDER)
        error = changes.unchangeable(message, order) or (BAD_DEADLINE if deadline_is_off(message) else "")
        if error:
            raise VenueReject(error)
        self._reporter.pending = Pending(session, message[11], orders=frozenset({order.order_id}))
        self._exchange.amend_order(order.account_id, changes.amend_order(message, order))

    def _cancel_all(self, session: Session, peer: Peer, message: Message) -> None:
        """Cancel by scope; each order is reported, nothing to cancel is answered by silence (§2.7)."""
        scope = message[530]
        if scope == _OF_SYMBOL and 55 not in message:
            raise ConditionError(55, "Symbol")
        if scope == _OF_SYMBOL and message[55] not in self._exchange.listings:
            raise VenueReject(UNKNOWN_PAIR)
        links = self._links.of(peer)
        if scope in {_OF_SYMBOL, _OF_SESSION}:
            links = [link for link in links if link.session == session.number]
        if scope == _OF_SYMBOL:
            links = [link for link in links if link.symbol == message[55]]
        self._reporter.pending = Pending(session, message[11], orders=frozenset(link.order_id for link in links))
        self._cancel_links(links)

    def _cancel_links(self, links: Iterable[Link]) -> None:
        """Cancel orders, each at its own cost, never refused by the rate limit."""
        by_account: dict[str, list[str]] = {}
        for link in links:
            by_account.setdefault(link.peer.credentials.account_id, []).append(link.order_id)
        for account, ids in by_account.items():
            for begin in range(0, len(ids), _BATCH):
                self._exchange.cancel_batch(account, order_ids=ids[begin : begin + _BATCH], source="fix")

    def _status(self, session: Session, peer: Peer, message: Message) -> None:
        """Tell the state of any order of the account, wherever it came from (§2.8)."""
        order = self._exchange.find_order(peer.credentials.account_id, message[37])
        if order is None or order.symbol != message[55]:
            raise VenueReject(UNKNOWN_ORDER)
        link = self._links.by_order.get(order.order_id)
        self._reporter.status(session, link.cl_ord_id if link else message[11], order)

    def _order(self, link: Link | None) -> Order:
        order = self._exchange.find_order(link.peer.credentials.account_id, link.order_id) if link else None
        if order is None or order.closed_ns:
            raise VenueReject(UNKNOWN_ORDER)
        return order


def refuse(session: Session, message: Message, text: str, reason: int) -> None:
    """Answer 35=j (§1.11)."""
    cl_ord_id = message[11]
    if policies.TEXT_PREFIX and cl_ord_id:
        text = f"{cl_ord_id} : {text}"
    ref_seq = message.seq if policies.REJECT_REF_SEQ else 0
    fields = [(45, str(ref_seq)), (58, text), (372, message.kind), (379, cl_ord_id), (380, str(reason))]
    session.send("j", tuple(field for field in fields if field[1]))
    session.count_error()
