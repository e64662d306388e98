"""Faults of the FIX wire, one by one and on demand; all off by default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from app.venue.fix.service import Service
from app.venue.fix.store import ADMIN


class Fault(StrEnum):
    """What may happen to an outgoing message."""

    DROP = "drop"  # it is swallowed; its number is used up
    DUPLICATE = "duplicate"  # it is sent twice
    REORDER = "reorder"  # it is sent after the one that follows it
    CHECKSUM = "checksum"  # its CheckSum is wrong
    LENGTH = "length"  # its BodyLength is wrong


@dataclass(slots=True)
class _Plan:
    """How many more messages a fault hits, of one MsgType or of any application message."""

    count: int
    kind: str


@dataclass(slots=True)
class FixFaults:
    """Switches and countdowns.

    Attributes:
        active: Whether any is set.
        stalled: Services whose outgoing bytes are held back.
    """

    active: bool = False
    stalled: set[Service] = field(default_factory=set)
    _plans: dict[tuple[Service, Fault], _Plan] = field(default_factory=dict)

    def plan(self, service: Service, fault: Fault, count: int, kind: str) -> None:
        """Let a fault hit the next messages; `kind` is a MsgType, empty for any application message."""
        self._plans[service, fault] = _Plan(count, kind)
        self.refresh()

    def clear(self) -> None:
        """Switch everything off."""
        self._plans.clear()
        self.stalled.clear()
        self.refresh()

    def refresh(self) -> None:
        """Recompute `active` after a change."""
        self.active = bool(self._plans or self.stalled)

    def hits(self, service: Service, fault: Fault, kind: str) -> bool:
        """Whether a fault hits this message; counts it."""
        plan = self._plans.get((service, fault))
        if plan is None or (kind != plan.kind if plan.kind else kind in ADMIN):
            return False
        plan.count -= 1
        if plan.count <= 0:
            del self._plans[service, fault]
            self.refresh()
        return True

    def describe(self) -> dict[str, int]:
        """The countdowns, for the control endpoint."""
        return {f"{service} {fault}": plan.count for (service, fault), plan in self._plans.items()}


def spoil_checksum(data: bytes) -> bytes:
    """The same message with a CheckSum that is off by one."""
    head, total = data[:-4], int(data[-4:-1])
    return head + b"%03d\x01" % ((total + 1) % 256)


def spoil_length(data: bytes) -> bytes:
    """The same message with a BodyLength that is off by one, and a CheckSum that fits it."""
    begin, _, rest = data.partition(b"\x019=")
    length, _, body = rest.partition(b"\x01")
    head = b"%s\x019=%d\x01%s" % (begin, int(length) + 1, body[:-7])
    return head + b"10=%03d\x01" % (sum(head) % 256)


class Spoiler:
    """Lets the faults act on the outgoing messages of one connection.

    Args:
        service: Its port.
        faults: What is switched on.
    """

    def __init__(self, service: Service, faults: FixFaults) -> None:
        self._service = service
        self._faults = faults
        self._late: list[bytes] = []
        self._held: list[bytes] = []

    @property
    def works(self) -> bool:
        """Whether messages have to pass through here; false on the hot path."""
        return self._faults.active or bool(self._late or self._held)

    def outgoing(self, data: bytes, kind: str) -> Iterable[bytes]:
        """What really leaves when this message is sent."""
        out = self._spoilt(data, kind)
        if self._service in self._faults.stalled:
            self._held += out
            return ()
        held, self._held = self._held, []
        return (*held, *out)

    def released(self) -> Iterable[bytes]:
        """What a stall held back, once it is over."""
        if not self._held or self._service in self._faults.stalled:
            return ()
        held, self._held = self._held, []
        return held

    def _spoilt(self, data: bytes, kind: str) -> list[bytes]:
        hits = self._faults.hits
        late, self._late = self._late, []
        if hits(self._service, Fault.DROP, kind):
            return late
        if hits(self._service, Fault.CHECKSUM, kind):
            data = spoil_checksum(data)
        if hits(self._service, Fault.LENGTH, kind):
            data = spoil_length(data)
        if hits(self._service, Fault.REORDER, kind):
            self._late = [data]
            return late
        out = [data, *late]
        return [data, *out] if hits(self._service, Fault.DUPLICATE, kind) else out
