"""Market data subscriptions of one FIX session (`fix.md` §3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.domain.text import clean
from app.protocol.fix import market, tags
from app.protocol.fix.market import PAIR_STATES, VENUE_STATES, Precision
from app.protocol.fix.message import Message, fields
from app.workers.face import VenueListener
from app.workers.fix import FixConnection


@dataclass(frozen=True, slots=True)
class FixTopic:
    """One book wanted over FIX.

    Attributes:
        symbol: Pair.
        depth: Price levels a side.
        level3: Order by order.
    """

    symbol: str
    depth: int
    level3: bool = False

    @property
    def kind(self) -> str:
        """Kind of book, as `VenueListener.on_book_reset` names it."""
        return "level3" if self.level3 else "book"


class FixMarket:
    """Keeps the subscriptions of a session as they are wanted, over all its connections.

    Args:
        name: Of the session.
        listener: Gets books and what is worth a line.
        derivatives: Whether it is a derivatives session.

    Attributes:
        link: The session's connection; set once it is made.
        precisions: Decimals of each pair, from the instrument list.
    """

    link: FixConnection

    def __init__(self, name: str, listener: VenueListener, *, derivatives: bool = False) -> None:
        self._name = name
        self._derivatives = derivatives
        self._listener = listener
        self._wanted: set[FixTopic] = set()
        self._running: dict[str, FixTopic] = {}
        self._count = 0
        self._status = ""
        self._pairs: dict[str, str] = {}
        self.precisions: dict[str, Precision] = {}

    def want(self, topics: Collection[FixTopic]) -> None:
        """Set the books wanted from now on; the difference is sent."""
        self._wanted = set(topics)
        for request_id, topic in list(self._running.items()):
            if topic not in self._wanted:
                self._leave(request_id)
        running = set(self._running.values())
        for topic in self._wanted - running:
            self._join(topic)

    def resync(self, symbol: str) -> None:
        """Ask for a new snapshot: leave and join again (§3.3)."""
        for request_id, topic in list(self._running.items()):
            if topic.symbol == symbol:
                self._leave(request_id)
                self._join(topic)

    def logged_on(self, number: int) -> None:
        """Subscribe anew: nothing outlives a connection (§1.12)."""
        del number
        self._running.clear()
        self._count += 1
        self.link.send(tags.LIST_REQUEST, fields(("320", f"LIST{self._count}"), ("263", 1), ("559", 4)))
        if not self._derivatives:  # the page names it for spot only (§3.7)
            body = fields(("335", f"STATUS{self._count}"), ("336", "SESSION"), ("263", 1))
            self.link.send(tags.STATUS_SUBSCRIBE, body)
        for topic in self._wanted:
            self._join(topic)

    def cut(self, why: str) -> None:
        """The books stand still from now on, stale, until the next subscription."""
        del why
        self._running.clear()

    def _join(self, topic: FixTopic) -> None:
        self._count += 1
        request_id = f"MD{self._count}"
        body = market.subscription(request_id, topic.symbol, topic.depth, level3=topic.level3, trades=False, start=True)
        if self.link.send(tags.MD_REQUEST, body) is not None:
            self._running[request_id] = topic
            self._listener.on_book_reset(topic.symbol, topic.kind)

    def _leave(self, request_id: str) -> None:
        topic = self._running.pop(request_id)
        body = market.subscription(
            request_id, topic.symbol, topic.depth, level3=topic.level3, trades=False, start=False
        )
        self.link.send(tags.MD_REQUEST, body)
        self._listener.on_book_reset(topic.symbol, topic.kind)

    def take(self, message: Message) -> None:
        """Take a message of the venue's application.

        Raises:
            FieldError: A field is not what it must be.
            ValueError: A time can't be read.
        """
        match message.type:
            case tags.MD_SNAPSHOT | tags.MD_INCREMENT:
                self._book(message)
            case tags.MD_REJECT:
                topic = self._running.pop(message.need("262"), None)
                about = "a subscription" if topic is None else f"{topic.kind} {topic.symbol}"
                text = clean(message.get("58")) or f"reason {clean(message.get('281'), 8)}"
                self._listener.on_notice("bad", f"fix {self._name}: {about} refused: {text}")
            case tags.LIST:
                self._list(message)
            case tags.VENUE_STATUS:
                self._venue(message)
            case tags.BUSINESS_REJECT | tags.REJECT:
                what = tags.MESSAGE_NAMES.get(message.get("372"), "a message")
                self._listener.on_notice("warn", f"fix {self._name}: {what} refused: {clean(message.get('58'))}")
            case kind:
                self._listener.on_notice("warn", f"fix {self._name}: unexpected {tags.MESSAGE_NAMES.get(kind, kind)}")

    def _book(self, message: Message) -> None:
        topic = self._running.get(message.need("262"))
        if topic is None:
            return  # of a subscription that was left meanwhile
        precision = self.precisions.get(topic.symbol)
        frame = (market.level3_frame if topic.level3 else market.book_frame)(message, precision)
        if frame is not None:
            self._listener.on_market(frame)

    def _list(self, message: Message) -> None:
        if message.get("560") != "0":
            self._listener.on_notice("warn", f"fix {self._name}: no instrument list: {clean(message.get('58'))}")
            return
        self.precisions |= market.precisions(message)
        for entry in market.entries(message, "55"):
            symbol, state = entry["55"], PAIR_STATES.get(entry.get("5032", ""), "unknown")
            before = self._pairs.get(symbol, state)
            self._pairs[symbol] = state
            if before != state:
                self._listener.on_notice("warn", f"fix {self._name}: {clean(symbol, 20)} is {state}")

    def _venue(self, message: Message) -> None:
        if message.get("567"):
            self._listener.on_notice(
                "warn", f"fix {self._name}: no trading status: reason {clean(message.get('567'), 8)}"
            )
            return
        state = VENUE_STATES.get(message.get("340"), "unknown")
        if state != self._status:
            self._status = state
            if state != "online":
                self._listener.on_notice("warn", f"fix {self._name}: the venue is {state}")
