"""What a FIX session remembers between its connections: numbers and sent messages (`fix.md` §1.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.venue.fix.message import Field

ADMIN = frozenset("A012345")
"""Message types of the session layer; they are not replayed but gap-filled."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it was sent first.

    Attributes:
        kind: MsgType.
        body: Its body fields.
        ns: Wall time of the first sending.
    """

    kind: str
    body: tuple[Field, ...]
    ns: int


@dataclass(slots=True)
class Store:
    """Sequence numbers of one CompID on one port, and its application messages.

    Attributes:
        next_in: Number expected next from the peer.
        next_out: Number of our next message.
        sent: Our application messages by number.
        cl_ord_ids: ClOrdIDs seen so far in this sequence.
        most: Messages to keep, the newest; 0 for all.
        highest_cl_ord_id: Watermark of the increasing ClOrdIDs; survives logons (tag 5030 resets it).
    """

    next_in: int = 1
    next_out: int = 1
    sent: dict[int, Sent] = field(default_factory=dict)
    cl_ord_ids: set[str] = field(default_factory=set)
    highest_cl_ord_id: int = 0
    most: int = 0

    def reset(self) -> None:
        """Start both directions at 1 and forget what was sent."""
        self.next_in = self.next_out = 1
        self.sent.clear()
        self.cl_ord_ids.clear()

    def number(self, kind: str, body: tuple[Field, ...], ns: int) -> int:
        """Give an outgoing message its number and keep it for a replay."""
        seq, self.next_out = self.next_out, self.next_out + 1
        if kind not in ADMIN:
            self.sent[seq] = Sent(kind, body, ns)
            if self.most and len(self.sent) > self.most:
                del self.sent[next(iter(self.sent))]
        return seq

    def replay(self, begin: int, end: int) -> Iterator[tuple[int, int, Sent | None]]:
        """Go through a range: (number, number after it, message), None for a stretch without messages."""
        gap = begin
        for seq in range(begin, end + 1):
            sent = self.sent.get(seq)
            if sent is None:
                continue
            if gap < seq:
                yield gap, seq, None
            yield seq, seq + 1, sent
            gap = seq + 1
        if gap <= end:
            yield gap, end + 1, None
