"""What is shown of FIX sessions: their state, their numbers, their messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from app.domain.text import clean
from app.protocol.fix.message import Pairs, shown
from app.protocol.fix.tags import FIELD_NAMES, MESSAGE_NAMES

LOG_LINES = 5000
SAMPLES = 2000


@dataclass(frozen=True, slots=True)
class FixLatency:
    """Round trips of orders, from send to first report, in microseconds; zeros without samples.

    Attributes:
        count: Samples behind the figures, the latest ones.
        p50: Median.
        p95: 95th percentile.
        p99: 99th percentile.
        worst: Slowest of them.
        samples: The samples, oldest first.
    """

    count: int = 0
    p50: int = 0
    p95: int = 0
    p99: int = 0
    worst: int = 0
    samples: tuple[int, ...] = ()

    @classmethod
    def of(cls, samples: Sequence[int]) -> FixLatency:
        """Summarise samples."""
        if not samples:
            return cls()
        ranked = sorted(samples)

        def at(share: int) -> int:
            return ranked[min(len(ranked) - 1, len(ranked) * share // 100)]

        return cls(len(ranked), at(50), at(95), at(99), ranked[-1], tuple(samples))


@dataclass(frozen=True, slots=True)
class FixSessionInfo:
    """One session at one moment.

    Attributes:
        name: As on the health board: `fix trading`, `fix md`, `fix l3`, `fix deriv`, …
        state: down, logging on, filling a gap, up, logging out.
        sender: SenderCompID.
        target: TargetCompID.
        next_in: Sequence number expected next.
        next_out: Our next sequence number.
        gap: The last gap and its repair, in words; empty if there was none.
        cancel_on_disconnect: Whether a cut makes the venue cancel this session's orders.
        heartbeat_s: HeartBtInt.
        heard_ms: Since the last message from the venue; -1 if not logged on.
        test_outstanding: A test request waits for its answer.
        logged_on_ns: Wall time of the logon; 0 if not logged on.
        logons: How often this session has logged on; orders belong to one of them.
        garbled: Unreadable messages since the start.
        latency: Round trips of orders.
        last_error: Why it last went down or was refused; empty if it never was.
        open_orders: Orders of the present logon that have not ended, as far as told.
    """

    name: str
    state: str
    sender: str
    target: str
    next_in: int
    next_out: int
    gap: str
    cancel_on_disconnect: bool
    heartbeat_s: int
    heard_ms: int
    test_outstanding: bool
    logged_on_ns: int
    logons: int
    garbled: int
    latency: FixLatency
    last_error: str
    open_orders: int = 0


@dataclass(frozen=True, slots=True)
class FixLogLine:
    """One message in the log.

    Attributes:
        number: Grows by one with each line of all sessions.
        at_ns: Wall time.
        session: Name of the session.
        direction: `in`, `out`, or `note` for what is no message.
        msg_type: MsgType.
        msg_name: What it is called.
        fields: Tag, name and value of each field, secrets hidden.
        text: The message with `|` between the fields, or the note.
    """

    number: int
    at_ns: int
    session: str
    direction: str
    msg_type: str
    msg_name: str
    fields: tuple[tuple[str, str, str], ...]
    text: str


class FixLog:
    """The latest messages of all sessions; they are put into words only when somebody looks."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, int, str, str, bytes]] = deque(maxlen=LOG_LINES)
        self._number = 0

    def add(self, at_ns: int, session: str, direction: str, frame: bytes) -> None:
        """Keep a message or, with the direction `note`, a line of text."""
        self._number += 1
        self._lines.append((self._number, at_ns, session, direction, frame))

    def since(self, number: int) -> tuple[FixLogLine, ...]:
        """Return the lines after a number, oldest first."""
        if not self._lines or number >= self._number:
            return ()
        skip = max(0, number - self._lines[0][0] + 1)
        return tuple(_line(*kept) for kept in islice(self._lines, skip, None))


def _line(number: int, at_ns: int, session: str, direction: str, frame: bytes) -> FixLogLine:
    if direction == "note":
        return FixLogLine(number, at_ns, session, direction, "", "", (), clean(frame.decode("utf-8", "replace")))
    pairs: Pairs = shown(frame)
    kind = dict(pairs).get("35", "")
    fields = tuple((clean(tag), FIELD_NAMES.get(tag, ""), clean(value)) for tag, value in pairs)
    text = clean("|".join(f"{tag}={value}" for tag, _, value in fields), 4000)
    return FixLogLine(number, at_ns, session, direction, clean(kind), MESSAGE_NAMES.get(kind, ""), fields, text)
