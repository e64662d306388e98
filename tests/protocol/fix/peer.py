"""A venue as bytes, for one session; its messages are written with simplefix."""

from __future__ import annotations

from pathlib import Path

import simplefix

from app.clock import NS_PER_S, ManualClock, parse_rfc3339
from app.protocol.fix.events import Ended, Event, Received
from app.protocol.fix.message import fields
from app.protocol.fix.session import Identity, Session
from app.protocol.fix.store import MemoryStore
from app.protocol.fix.times import utc_text

SAMPLES = [
    line.replace("|", "\x01").encode() for line in (Path(__file__).parent / "samples.txt").read_text().splitlines()
]
"""Every message of the reference with right length and sum."""

START_NS = parse_rfc3339("2026-04-07T14:32:01Z")


class Script:
    """Plays the venue against a session of ours."""

    def __init__(self, *, next_in: int = 1, next_out: int = 1, reset: bool = True, heartbeat_s: int = 30) -> None:
        self.clock = ManualClock(START_NS)
        self.store = MemoryStore()
        self.store.next_in, self.store.next_out = next_in, next_out
        self.seen: list[tuple[bool, bytes]] = []
        self.session = Session(
            Identity("CLIENT", "KRAKEN-TRD", heartbeat_s),
            self.store,
            self.clock,
            lambda seq: fields(("553", "KEY"), ("554", f"signed {seq}"), ("5025", 1)),
            lambda out, frame: self.seen.append((out, frame)),
        )
        self.reset = reset
        self.events: list[Event] = []
        self.session.connected(reset=reset)

    # -- what we wrote

    def out(self) -> list[dict[int, str]]:
        """Return the messages written since the last call."""
        frames, self.session.outbox[:] = list(self.session.outbox), []
        return [parsed(frame) for frame in frames]

    def kinds(self) -> list[str]:
        return [message[35] for message in self.out()]

    # -- what the venue says

    def encoded(self, kind: str, seq: int, *pairs: tuple[int, object], **header: str) -> bytes:
        message = simplefix.FixMessage()
        message.append_pair(8, header.get("begin", "FIX.4.4"))
        message.append_pair(35, kind)
        message.append_pair(34, seq)
        message.append_pair(49, header.get("sender", "KRAKEN-TRD"))
        message.append_pair(56, header.get("target", "CLIENT"))
        message.append_pair(52, header.get("at", utc_text(self.clock.now_ns())))
        for tag, value in pairs:
            message.append_pair(tag, value)
        encoded: bytes = message.encode()
        return encoded

    def say(self, kind: str, seq: int, *pairs: tuple[int, object], **header: str) -> None:
        self.raw(self.encoded(kind, seq, *pairs, **header))

    def raw(self, data: bytes) -> None:
        self.session.receive(data)
        self.events += self.session.events
        self.session.events = []

    def again(self, kind: str, seq: int, *pairs: tuple[int, object]) -> None:
        """Say a message as one that is sent again."""
        self.say(kind, seq, (43, "Y"), (122, utc_text(self.clock.now_ns() - NS_PER_S)), *pairs)

    def logged_on(self, seq: int = 1, **header: str) -> Script:
        """Accept the logon; what was written so far is forgotten."""
        pairs: list[tuple[int, object]] = [(98, 0), (108, self.session.identity.heartbeat_s)]
        if self.reset:
            pairs.append((141, "Y"))
        self.say("A", seq, *pairs, **header)
        self.out()
        self.events.clear()
        return self

    def wait(self, s: float) -> None:
        """Let time pass in the steps of a worker."""
        for _ in range(round(s * 10)):
            self.clock.advance(ms=100)
            self.session.tick()
        self.events += self.session.events
        self.session.events = []

    # -- what it led to

    def received(self) -> list[str]:
        return [event.message.type for event in self.events if isinstance(event, Received)]

    def ended(self) -> Ended | None:
        return next((event for event in self.events if isinstance(event, Ended)), None)


REPORT: tuple[tuple[int, object], ...] = (
    (6, 0),
    (11, "1744036325000000"),
    (14, 0),
    (17, "E1"),
    (37, "OQNCZM-NVAVC-AVD2LO"),
    (38, "0.001"),
    (39, 0),
    (40, 2),
    (44, 84000),
    (54, 1),
    (55, "BTC/USD"),
    (59, 1),
    (60, "20260407-14:32:05.122"),
    (150, 0),
    (151, "0.001"),
    (381, 0),
)


def report(exec_id: str) -> tuple[tuple[int, object], ...]:
    """Return the fields of a report with an id of its own."""
    return tuple((tag, exec_id if tag == 17 else value) for tag, value in REPORT)


def parsed(frame: bytes) -> dict[int, str]:
    """Read a message with simplefix, which knows nothing of ours."""
    parser = simplefix.FixParser()
    parser.append_buffer(frame)
    message = parser.get_message()
    assert message is not None
    return {int(tag): value.decode() for tag, value in message.pairs}
