"""The applications of the market data ports: 35=V, x and g (`fix.md` §3)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from app.clock import Clock
from app.venue.core.api import BookDelta, Event, ExchangeApi, InstrumentChange, StatusChange, Trade
from app.venue.fix.dictionary import Dictionary
from app.venue.fix.market_book import FixBook, Subscription
from app.venue.fix.market_entries import BID, OFFER, TRADE
from app.venue.fix.market_lists import InstrumentLists, Statuses
from app.venue.fix.message import Message
from app.venue.fix.refusal import Refusal
from app.venue.fix.service import Service
from app.venue.fix.session import Session
from app.venue.gateways.faults import Faults
from app.venue.wire.numbers import Scale

SUBSCRIBE, UNSUBSCRIBE = "1", "2"
BOOK_DEPTHS: Final = frozenset({0, 1, 10, 25, 100, 500, 1000})
ORDER_DEPTHS: Final = frozenset({0, 10, 100, 1000})
_FULL_BOOK: Final = 1000
_UNSUPPORTED: Final = "3"


class RequestReject(Exception):
    """A MarketDataRequest is refused with 35=Y.

    Args:
        reason: MDReqRejReason (281).
        text: For people.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class MarketDesk:
    """The application of one market data port; its subscriptions die with their connection.

    Args:
        service: The port.
        clock: Time source.
        exchange: The exchange.
        faults: Faults to obey; `book` and `level3` checksums can be corrupted.
    """

    def __init__(self, service: Service, clock: Clock, exchange: ExchangeApi, faults: Faults) -> None:
        spot = not service.derivatives
        self._clock = clock
        self._exchange = exchange
        self._faults = faults
        self._spot = spot
        self._level3 = service in {Service.SPOT_L3, Service.DERIV_L3}
        self._dictionary = Dictionary()
        listings = exchange.listings.items() if spot else ()
        self._scales = {symbol: Scale(listing.instrument) for symbol, listing in listings}
        self._books: dict[str, FixBook] = {}
        self._subscriptions: dict[Session, dict[str, Subscription]] = {}
        self._lists = InstrumentLists(exchange, spot=spot)
        self._statuses = Statuses(exchange)

    def check(self, message: Message) -> Refusal | None:
        """Field-level validation of any message."""
        return self._dictionary.check(message)

    def logged_on(self, session: Session, _logon: Message) -> None:
        """A client starts without any subscription."""
        self._forget(session)

    def ended(self, session: Session, *, clean: bool) -> None:
        """A connection is gone, and its subscriptions with it."""
        self._forget(session)

    def receive(self, session: Session, message: Message) -> None:
        """Take one application message."""
        match message.kind:
            case "V":
                self._market_data(session, message)
            case "x":
                self._lists.ask(session, message)
            case "g" if self._spot:
                self._statuses.ask(session, message)
            case _:
                body = ((45, "0"), (58, "Unsupported message type"), (372, message.kind), (380, _UNSUPPORTED))
                session.send("j", body)
                session.count_error()

    def on_event(self, event: Event) -> None:
        """Take one event of the exchange."""
        if not self._spot:
            return
        if isinstance(event, BookDelta):
            book = self._books.get(event.symbol)
            if book is not None:
                book.apply(event, self._corrupts(event.symbol))
        elif isinstance(event, Trade):
            book = self._books.get(event.symbol)
            if book is not None:
                book.trade(event)
        elif isinstance(event, InstrumentChange):
            self._lists.changed(event.instrument)
        elif isinstance(event, StatusChange):
            self._statuses.changed()

    def _corrupts(self, symbol: str) -> Iterator[bool]:
        channel = "level3" if self._level3 else "book"
        while True:
            yield self._faults.active and self._faults.corrupts(channel, symbol)

    def _market_data(self, session: Session, message: Message) -> None:
        held = self._subscriptions.setdefault(session, {})
        try:
            if message[263] == UNSUBSCRIBE:
                self._unsubscribe(session, message[262])
                return
            if message[263] != SUBSCRIBE:
                raise RequestReject("4", f"Unsupported SubscriptionRequestType: {message[263]}")
            if message[262] in held:
                raise RequestReject("1", "Duplicate MDReqID")
            reader = self._read(session, message)
        except RequestReject as reject:
            session.send("Y", ((262, message[262]), (281, reject.reason), (58, reject.text)))
            session.count_error()
            return
        held[reader.request_id] = reader
        for symbol in reader.symbols:
            book = self._books.get(symbol)
            if book is None:
                book = self._books[symbol] = FixBook(self._exchange, self._scales[symbol])
            book.add(reader, self._clock.now_ns())

    def _read(self, session: Session, message: Message) -> Subscription:
        """Read a request to subscribe.

        Raises:
            RequestReject: Something in it is not offered.
        """
        symbols = tuple(dict.fromkeys(value for tag, value in message.fields if tag == 55))
        for symbol in symbols:
            if symbol not in self._scales:
                raise RequestReject("0", f"Unknown symbol: {symbol}")
        self._check_scope(message)
        depth = int(message[264])
        if depth not in (ORDER_DEPTHS if self._level3 else BOOK_DEPTHS):
            raise RequestReject("5", f"Unsupported market depth: {depth}")
        if message[265] not in {"", "1"}:
            raise RequestReject("6", f"Unsupported MDUpdateType: {message[265]}")
        kinds = {value for tag, value in message.fields if tag == 269}
        self._check_kinds(kinds)
        full = sys.maxsize if self._level3 else _FULL_BOOK
        return Subscription(
            session,
            message[262],
            symbols,
            depth or full,
            level3=self._level3,
            book=BID in kinds,
            trades=TRADE in kinds,
        )

    def _check_scope(self, message: Message) -> None:
        """Level 3 has ports of its own, which serve nothing else (§10)."""
        if message[266] == "N" and not self._level3:
            raise RequestReject("B", "Level 3 is not available on this port")
        if message[266] == "Y" and self._level3:
            raise RequestReject("A", "Only level 3 is available on this port")

    def _check_kinds(self, kinds: set[str]) -> None:
        for kind in sorted(kinds - {BID, OFFER, TRADE}):
            raise RequestReject("8", f"Unsupported MDEntryType: {kind}")
        if (BID in kinds) != (OFFER in kinds):
            raise RequestReject("8", "Bid and offer must be requested together")
        if self._level3 and TRADE in kinds:
            raise RequestReject("C", "Trades are not available with level 3")

    def _unsubscribe(self, session: Session, request_id: str) -> None:
        """End a subscription; an unknown one is passed over, as there is no reason code for it."""
        reader = self._subscriptions[session].pop(request_id, None)
        if reader is None:
            return
        for symbol in reader.symbols:
            book = self._books[symbol]
            book.remove(reader)
            if book.idle:
                del self._books[symbol]

    def _forget(self, session: Session) -> None:
        for request_id in list(self._subscriptions.get(session, {})):
            self._unsubscribe(session, request_id)
        self._subscriptions.pop(session, None)
        self._lists.forget(session)
        self._statuses.forget(session)
