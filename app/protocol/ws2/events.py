"""What a session tells its owner, besides market frames."""

from __future__ import annotations

from dataclasses import dataclass

from app.protocol.rest.errors import Fault
from app.protocol.ws2.frames import MethodResponse
from app.protocol.ws2.private import BalanceRow, ExecutionRow
from app.protocol.ws2.topics import Topic


@dataclass(frozen=True, slots=True)
class Executions:
    """Execution reports, in order.

    Attributes:
        rows: Reports.
        snapshot: Whether they are the snapshot of a fresh subscription.
        sequence: Number of their frame.
    """

    rows: tuple[ExecutionRow, ...]
    snapshot: bool
    sequence: int


@dataclass(frozen=True, slots=True)
class Balances:
    """Balances, all (snapshot) or changed ones."""

    rows: tuple[BalanceRow, ...]
    snapshot: bool


@dataclass(frozen=True, slots=True)
class AccountReady:
    """Executions and balances are subscribed, their snapshots delivered, no gap."""


@dataclass(frozen=True, slots=True)
class AccountStale:
    """Account feeds can't be trusted until the next `AccountReady`."""

    reason: str


@dataclass(frozen=True, slots=True)
class BookReset:
    """The book of a topic is invalid until its next snapshot."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The venue confirmed a subscription."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class SubscribeRefused:
    """The venue will not serve a topic; it is not asked for again on this connection."""

    topic: Topic
    fault: Fault


@dataclass(frozen=True, slots=True)
class AckMissing:
    """No answer about these topics in time; they are asked for again."""

    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class NeedToken:
    """A session token is needed: fetch one and call `set_token`."""

    reason: str


@dataclass(frozen=True, slots=True)
class NeedReconnect:
    """This connection should be dropped and made anew."""

    reason: str


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """State of the venue: online, post_only, cancel_only, maintenance, or a new word."""

    system: str


@dataclass(frozen=True, slots=True)
class Silence:
    """No frame, or no market data, for a while (`quiet`); or again.

    Attributes:
        quiet: Whether the link is to be taken for stale.
        reason: Why; empty when it is well again.
    """

    quiet: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """One measured round trip.

    Attributes:
        rtt_ns: Send to receive.
        venue_us: Part of it inside the venue.
        venue_mid_ns: Venue wall time in the middle of it; 0 if unknown.
    """

    rtt_ns: int
    venue_us: int
    venue_mid_ns: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer to an order request.

    Attributes:
        req_id: Of the request.
        response: As received.
        rtt_ns: Send to receive; 0 when it came after its `TimedOut`.
        late: Whether it came after its `TimedOut`.
        cancelled: Orders cancelled, where said beside the result (`ws-v2.md` §9.8).
    """

    req_id: int
    response: MethodResponse
    rtt_ns: int
    late: bool = False
    cancelled: int | None = None


@dataclass(frozen=True, slots=True)
class TimedOut:
    """An order request got no answer in time: its outcome is unknown."""

    req_id: int
    method: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The link was lost with an order request in flight: its outcome is unknown."""

    req_id: int
    method: str


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A frame or a row could not be read; the rest goes on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a line; severity is info, good, warn or bad."""

    severity: str
    text: str


Event = (
    Executions
    | Balances
    | AccountReady
    | AccountStale
    | BookReset
    | Subscribed
    | SubscribeRefused
    | AckMissing
    | NeedToken
    | NeedReconnect
    | SystemStatus
    | Silence
    | Latency
    | Reply
    | TimedOut
    | Cut
    | BadFrame
    | Notice
)
