"""The application of the session-test mode: sends orders and security definitions back (`fix.md` §8.2, §8.3)."""

from __future__ import annotations

from typing import Final

from app.venue.fix.dictionary import HEADER, SHAPES, Dictionary, Shape
from app.venue.fix.fields import FIELDS, read_fields
from app.venue.fix.message import Message
from app.venue.fix.refusal import Refusal
from app.venue.fix.session import Session

_STANDARD = """
1 Account text
15 Currency text
21 HandlInst char 1,2,3
40 OrdType char 1,2,3,4,6,7,8,9,D,E,G,I,J,K,L,M,P
54 Side char 1,2,3,4,5,6,7,8,9,A,B,C,D,E,F,G
59 TimeInForce char 0,1,2,3,4,5,6,7
106 Issuer text
107 SecurityDesc text
167 SecurityType text CS,PS,FUT,OPT,CASH,CORP,FOR,MLEG,NONE,WAR
207 SecurityExchange text
320 SecurityReqID text
322 SecurityResponseID text
323 SecurityResponseType int 1,2,3,4,5,6
386 NoTradingSessions count
336 TradingSessionID text
454 NoSecurityAltID count
455 SecurityAltID text
456 SecurityAltIDSource text
"""
"""The standard's own reading of fields that Kraken has not, or reads otherwise."""

_INSTRUMENT: Final = (55, 167, 106, 107, 207)
_ALT_IDS: Final[dict[int, tuple[int, ...]]] = {454: (455, 456)}
_TEST_SHAPES: Final = {
    "D": Shape(
        (11, 54, 60, 40),
        (*_INSTRUMENT, 1, 15, 21, 38, 44, 58, 59, 99, 126, 168),
        {386: (336,)} | _ALT_IDS,
    ),
    "d": Shape((320, 322, 323), (*_INSTRUMENT, 15, 58), _ALT_IDS),
}


class EchoDesk:
    """Sends D and d back as they came; all else is not supported."""

    def __init__(self) -> None:
        self._dictionary = Dictionary(SHAPES | _TEST_SHAPES, FIELDS | read_fields(_STANDARD))
        self._seen: set[str] = set()

    def check(self, message: Message) -> Refusal | None:
        """Field-level validation of any message."""
        return self._dictionary.check(message)

    def logged_on(self, session: Session, logon: Message) -> None:
        """Do nothing."""

    def receive(self, session: Session, message: Message) -> None:
        """Send a message back; one that may be a repetition is dropped when its id is known (case 19)."""
        if message.kind not in _TEST_SHAPES:
            fields = ((45, str(message.seq)), (58, "Unsupported Message Type"), (372, message.kind), (380, "3"))
            session.send("j", fields)
            return
        cl_ord_id = message[11]
        if message.flag(97) and cl_ord_id in self._seen:
            return
        self._seen.add(cl_ord_id)
        session.send(message.kind, tuple(field for field in message.fields if field[0] not in HEADER))

    def ended(self, session: Session, *, clean: bool) -> None:
        """Do nothing."""
