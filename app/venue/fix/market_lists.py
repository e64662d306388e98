"""Instrument lists and the trading status on market data sessions (`fix.md` §3.6, §3.7)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

from app.domain.instrument import Instrument, PairStatus
from app.venue.core.api import ExchangeApi, SystemMode
from app.venue.fix import policies
from app.venue.fix.message import Field, Message, number
from app.venue.fix.session import Session

SNAPSHOT, UPDATES, STOP = "0", "1", "2"
SINGLE, BY_TYPE, ALL = "0", "1", "4"
SPOT_TYPE: Final = "CASH"
STATUS_SESSION: Final = "SESSION"
FOUND, INVALID, NONE_FOUND = "0", "1", "2"

_PAIR_STATUS: Final = {
    PairStatus.ONLINE: "1",
    PairStatus.MAINTENANCE: "2",
    PairStatus.CANCEL_ONLY: "3",
    PairStatus.POST_ONLY: "4",
    PairStatus.LIMIT_ONLY: "5",
    PairStatus.DELISTED: "6",
    PairStatus.REDUCE_ONLY: "7",
}
_HIDDEN: Final = "0"
_MODES: Final = {
    SystemMode.ONLINE: "2",
    SystemMode.MAINTENANCE: "1",
    SystemMode.CANCEL_ONLY: "101",
    SystemMode.POST_ONLY: "102",
}
_UNKNOWN_MODE: Final = "0"
UNKNOWN_SESSION, BAD_ID, BAD_KIND, DUPLICATE, SUBSCRIBED = "1", "100", "101", "102", "103"


def instrument_fields(pair: Instrument) -> list[Field]:
    """One pair of an instrument list."""
    return [
        (55, pair.symbol),
        (562, number(pair.lot)),
        (5010, str(pair.qty_dp)),
        (5011, number(pair.qty_min)),
        (5013, number(pair.cost_min)),
        (2349, str(pair.price_dp)),
        (5052, str(pair.price_dp)),
        (5022, number(pair.tick)),
        (5032, _PAIR_STATUS.get(pair.status, _HIDDEN)),
    ]


class InstrumentLists:
    """Answers 35=x and goes on with changes where they are asked for.

    Args:
        exchange: Source of the pairs.
        spot: Whether this side lists the spot pairs; Derivatives list nothing here.
    """

    def __init__(self, exchange: ExchangeApi, *, spot: bool) -> None:
        self._exchange = exchange
        self._spot = spot
        self._responses = itertools.count(1)
        self._watching: dict[Session, dict[str, frozenset[str]]] = {}

    def ask(self, session: Session, message: Message) -> None:
        """Answer one InstrumentListRequest."""
        request_id, kind = message[320], message[263] or SNAPSHOT
        watched = self._watching.get(session, {})
        if kind == STOP:
            watched.pop(request_id, None)
            return
        if kind not in {SNAPSHOT, UPDATES}:
            self._send(session, request_id, INVALID, [(58, f"Unsupported SubscriptionRequestType: {kind}")])
            return
        pairs, error = self._wanted(message)
        if error:
            self._send(session, request_id, INVALID, [(58, error)])
        elif not pairs:
            self._send(session, request_id, NONE_FOUND, [(58, "No instruments found")])
        else:
            self._list(session, request_id, pairs)
            if kind == UPDATES:
                symbols = frozenset(pair.symbol for pair in pairs)
                self._watching.setdefault(session, {})[request_id] = symbols

    def changed(self, pair: Instrument) -> None:
        """Tell who follows a pair that it has changed."""
        for session, requests in list(self._watching.items()):
            for request_id, symbols in requests.items():
                if pair.symbol in symbols:
                    self._list(session, request_id, [pair])

    def forget(self, session: Session) -> None:
        """A connection is gone."""
        self._watching.pop(session, None)

    def _wanted(self, message: Message) -> tuple[list[Instrument], str]:
        """The pairs asked for, or why that is no request."""
        listed = [listing.instrument for listing in self._exchange.listings.values()] if self._spot else []
        match message[559]:
            case "0" if 55 not in message:
                return [], "Symbol (55) is missing"
            case "0":
                return [pair for pair in listed if pair.symbol == message[55]], ""
            case "1" if 167 not in message:
                return [], "SecurityType (167) is missing"
            case "1":
                return (listed if message[167] == SPOT_TYPE else []), ""
            case _:
                return listed, ""

    def _list(self, session: Session, request_id: str, pairs: Sequence[Instrument]) -> None:
        """Send pairs, in fragments when there are many."""
        size = policies.INSTRUMENTS_PER_MESSAGE
        for start in range(0, len(pairs), size):
            part = pairs[start : start + size]
            last = "Y" if start + size >= len(pairs) else "N"
            fragment: list[Field] = [(393, str(len(pairs))), (893, last)] if len(pairs) > size else []
            fields = [field for pair in part for field in instrument_fields(pair)]
            self._send(session, request_id, FOUND, [*fragment, (146, str(len(part))), *fields])

    def _send(self, session: Session, request_id: str, result: str, fields: list[Field]) -> None:
        response = f"SLRESP{next(self._responses)}"
        session.send("y", ((320, request_id), (322, response), (560, result), *fields))


class Statuses:
    """Answers 35=g and goes on with changes where they are asked for.

    Args:
        exchange: Source of the state.
    """

    def __init__(self, exchange: ExchangeApi) -> None:
        self._exchange = exchange
        self._watching: dict[Session, str] = {}
        self._seen: dict[Session, set[str]] = {}

    def ask(self, session: Session, message: Message) -> None:
        """Answer one TradingSessionStatusRequest."""
        request_id, kind = message[335], message[263]
        if message[336] != STATUS_SESSION:
            self._send(session, request_id, message[336], UNKNOWN_SESSION)
        elif kind not in {SNAPSHOT, UPDATES}:
            self._send(session, request_id, message[336], BAD_KIND)
        elif request_id in self._seen.setdefault(session, set()):
            self._send(session, request_id, message[336], DUPLICATE)
        elif kind == UPDATES and session in self._watching:
            self._send(session, request_id, message[336], SUBSCRIBED)
        else:
            self._seen[session].add(request_id)
            if kind == UPDATES:
                self._watching[session] = request_id
            self._send(session, request_id, STATUS_SESSION)

    def changed(self) -> None:
        """Tell who follows it that the state of the venue has changed."""
        for session, request_id in list(self._watching.items()):
            self._send(session, request_id, STATUS_SESSION)

    def forget(self, session: Session) -> None:
        """A connection is gone."""
        self._watching.pop(session, None)
        self._seen.pop(session, None)

    def _send(self, session: Session, request_id: str, trading_session: str, error: str = "") -> None:
        mode = _UNKNOWN_MODE if error else _MODES[self._exchange.mode]
        fields: list[Field] = [(335, request_id), (336, trading_session), (340, mode)]
        session.send("h", tuple([*fields, (567, error)] if error else fields))
