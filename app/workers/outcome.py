"""What became of a request to the venue.

Three answers and no fourth: accepted, refused, or unknown. Unknown is not
refused: after a timeout, a cut or a gateway's error page the request may have
been executed, and only asking the venue ends the doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.errors import UnavailableError
from app.protocol.rest.errors import Fault, Layer, Retry


class Via(StrEnum):
    """Transport of an order request; the caller chooses, nothing falls back by itself."""

    WS = "ws"
    REST = "rest"
    FIX = "fix"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The venue took the request for processing.

    Attributes:
        order_id: Kraken's id of a new order; empty where none was returned.
        cl_ord_id: Echo of the client's id, if any.
        amend_id: Id of an amend.
        original_id: The order that an edit replaced.
        count: Orders cancelled, as far as the venue says.
        until_ns: Wall time at which the cancel-after timer fires; 0 if disarmed
            or not asked for.
        rtt_us: Time from send to answer in microseconds.
        venue_us: Part of it spent inside the venue (`time_out - time_in`); 0 if unknown.
    """

    order_id: str = ""
    cl_ord_id: str = ""
    amend_id: str = ""
    original_id: str = ""
    count: int = 0
    until_ns: int = 0
    rtt_us: int = 0
    venue_us: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Someone said no; nothing was changed at the venue.

    Attributes:
        error: The text, cleaned.
        layer: Who refused.
        hint: What to do about it.
        retry: Whether to try again.
    """

    error: str
    layer: Layer
    hint: str = ""
    retry: Retry = Retry.NEVER

    @classmethod
    def from_fault(cls, fault: Fault) -> Refused:
        """Turn a classified error into a refusal."""
        return cls(fault.error, fault.layer, fault.hint, fault.retry)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell from here whether the venue executed the request.

    Attributes:
        reason: What happened: timeout, cut, 520, an HTML page, an ambiguous error.
    """

    reason: str


Outcome = Accepted | Refused | Unknown


class ReadError(UnavailableError):
    """A question to the venue got no usable answer; asking again is safe.

    Args:
        message: What went wrong.
        hint: What to do.
        retry: Class of the failure.
    """

    def __init__(self, message: str, hint: str = "", retry: Retry = Retry.BACK_OFF) -> None:
        super().__init__(message, hint)
        self.retry = retry
