"""What a session must remember: both sequence numbers and what was sent."""

from __future__ import annotations

from typing import Protocol


class Store(Protocol):
    """Memory of one session; a durable one survives the program.

    Attributes:
        next_in: Number expected next.
        next_out: Number of our next message.
    """

    next_in: int
    next_out: int

    def sent(self, seq: int, frame: bytes) -> None:
        """Remember a message before it goes out."""
        ...

    def received(self, next_in: int) -> None:
        """Remember the number expected next."""
        ...

    def reset(self) -> None:
        """Begin anew with 1 in both directions."""
        ...


class MemoryStore:
    """Remembers for as long as the program runs; enough where nothing is ever replayed."""

    def __init__(self) -> None:
        self.next_in = self.next_out = 1

    def sent(self, seq: int, frame: bytes) -> None:
        """Count a message."""
        del frame
        self.next_out = seq + 1

    def received(self, next_in: int) -> None:
        """Move the expected number."""
        self.next_in = next_in

    def reset(self) -> None:
        """Begin anew."""
        self.next_in = self.next_out = 1
