"""Why a message is refused at field level (35=3, `fix.md` §1.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from app.venue.fix.message import Field, Message


@dataclass(frozen=True, slots=True)
class Refusal:
    """One session-level reject.

    Attributes:
        reason: SessionRejectReason (373).
        tag: The tag at fault, as it stood, or None.
        text: For people.
    """

    reason: int
    tag: str | None
    text: str

    @classmethod
    def missing(cls, tag: int, name: str) -> Self:
        """A required field is not there."""
        return cls(1, str(tag), f"Missing mandatory field: {name} ({tag})")

    @classmethod
    def empty(cls, tag: int, name: str) -> Self:
        """A field has no value."""
        return cls(4, str(tag), f"Tag specified without a value: {name} ({tag})")

    @classmethod
    def wrong(cls, tag: int, name: str) -> Self:
        """A value is not one of those that the field may have."""
        return cls(5, str(tag), f"Invalid value for tag {tag}: {name}")

    @classmethod
    def malformed(cls, tag: int, name: str) -> Self:
        """A value has not the form of its type."""
        return cls(6, str(tag), f"Incorrect data format for value: {name} ({tag})")

    def fields(self, message: Message) -> tuple[Field, ...]:
        """Body of the 35=3 that refuses a message."""
        fields = [(45, str(max(0, message.seq))), (371, self.tag or ""), (372, message.kind)]
        fields += [(373, str(self.reason)), (58, self.text)]
        return tuple(field for field in fields if field[1])
