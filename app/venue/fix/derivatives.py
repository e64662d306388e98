"""The derivatives trading port of a venue that has no derivatives engine yet."""

from __future__ import annotations

from app.clock import Clock
from app.venue.fix import clordids, policies
from app.venue.fix.dictionary import Dictionary
from app.venue.fix.message import Message
from app.venue.fix.refusal import Refusal
from app.venue.fix.session import Session
from app.venue.fix.trading import refuse

_ORDERS = frozenset("DFq")
_NOT_AVAILABLE, _UNSUPPORTED = 4, 3
_TRAILING_LIMIT, _IMMEDIATE, _FOREVER = "V", "3", "1"


class DerivativesDesk:
    """Validates and then refuses every order; amends and status requests are off, as at Kraken (§1.3).

    Args:
        clock: Time source.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._dictionary = Dictionary()

    def check(self, message: Message) -> Refusal | None:
        """Field-level validation of any message (§5.1)."""
        refusal = self._dictionary.check(message)
        if refusal is not None or message.kind not in _ORDERS:
            return refusal
        refusal = clordids.check(message[11], self._clock.now_ns(), derivatives=True)
        if refusal is not None or message.kind != "D":
            return refusal
        if message[59] not in {_FOREVER, _IMMEDIATE}:
            return Refusal.wrong(59, "TimeInForce")
        if message[40] == _TRAILING_LIMIT:
            return Refusal.wrong(40, "OrderType")
        return None if "s" in message[18].split(" ") else Refusal.missing(18, "ExecInst")

    def logged_on(self, session: Session, logon: Message) -> None:
        """Do nothing: no order outlives or dies with this session."""

    def receive(self, session: Session, message: Message) -> None:
        """Refuse one application message."""
        if message.kind in _ORDERS:
            refuse(session, message, policies.NO_DERIVATIVES, _NOT_AVAILABLE)
        else:
            refuse(session, message, "Unsupported message type", _UNSUPPORTED)

    def ended(self, session: Session, *, clean: bool) -> None:
        """Do nothing."""
