"""What the page of the FIX sessions shows: sessions, messages, round trips. Values only."""

from __future__ import annotations

from msgspec import Struct


class FixSessionRow(Struct, frozen=True, gc=False, array_like=True):
    """One FIX session.

    Attributes:
        name: `trading`, `md`, `l3`, `deriv trading` …
        state: Where it stands, in a word.
        seq_in: Next number expected from the venue.
        seq_out: Next number to be sent.
        gap: The last gap and what became of it, in words; empty without one.
        cod: Whether the venue cancels this session's orders when the link is lost; None if it takes none.
        heard_ms: Time since the last message of the venue; -1 if there was none.
        waiting: Whether a test request waits for its answer.
        since_ns: Wall time of the logon; 0 if not logged on.
        orders: Working orders that it owns.
        error: Why it is not up, or the last thing that went wrong.
        rtt_us: Its own last round trip, microseconds; 0 if not measured.
    """

    name: str
    state: str
    seq_in: int
    seq_out: int
    gap: str = ""
    cod: bool | None = None
    heard_ms: int = -1
    waiting: bool = False
    since_ns: int = 0
    orders: int = 0
    error: str = ""
    rtt_us: int = 0


class FixLogRow(Struct, frozen=True, gc=False, array_like=True):
    """One FIX message, secrets hidden.

    Attributes:
        number: Ever-increasing number.
        at_ns: Wall time.
        session: Name of its session.
        out: Whether we sent it.
        name: Name of the message type.
        fields: Tag, name and value of each field, in the order of the wire.
    """

    number: int
    at_ns: int
    session: str
    out: bool
    name: str
    fields: tuple[tuple[int, str, str], ...]


class LatencyRow(Struct, frozen=True, gc=False, array_like=True):
    """Order round trips over one transport, microseconds.

    Attributes:
        via: `ws`, `rest` or `fix`.
        count: Answers since the start.
        p50: Median of the latest ones.
        p95: 95 of a hundred were no slower.
        p99: 99 of a hundred were no slower.
        worst: The slowest of the latest ones.
        venue: Median of the time inside the venue; -1 where it does not say.
        classes: Answers by class of `app.engine.latency.BOUNDS_US`.
    """

    via: str
    count: int
    p50: int
    p95: int
    p99: int
    worst: int
    venue: int
    classes: tuple[int, ...] = ()
