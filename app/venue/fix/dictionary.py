"""Which message carries which fields, and the validation that follows (`fix.md` §1.10, cases 14a to 14i)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.venue.fix.fields import FIELDS, FieldType
from app.venue.fix.message import Message
from app.venue.fix.refusal import Refusal

KINDS: Final = (
    frozenset("0123456789ABCDEFGHJKLMNPQRSTVWXYZabcdefghijklmnopqrstuvwxyz")
    | {f"A{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    | {f"B{letter}" for letter in "ABCDEFGHIJK"}
)
"""MsgTypes that FIX 4.4 has."""

HEADER: Final = frozenset({34, 35, 43, 49, 52, 56, 97, 122})


@dataclass(frozen=True, slots=True)
class Shape:
    """One message type.

    Attributes:
        required: Tags that must be there.
        optional: Tags that may be there.
        groups: Members of each repeating group by its counter; the first member leads each entry.
    """

    required: tuple[int, ...]
    optional: tuple[int, ...] = ()
    groups: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[int]:
        """All tags of the body."""
        members = [tag for tags in self.groups.values() for tag in tags]
        return frozenset((*self.required, *self.optional, *self.groups, *members))


SHAPES: Final[dict[str, Shape]] = {
    "0": Shape((), (112,)),
    "1": Shape((112,)),
    "2": Shape((7, 16)),
    "3": Shape((45,), (371, 372, 373, 58)),
    "4": Shape((36,), (123,)),
    "5": Shape((), (58,)),
    "A": Shape((98, 108), (141, 109, 553, 554, 5025, 8674, 5030, 5051)),
    "j": Shape((372, 380), (45, 379, 58)),
    "D": Shape(
        (11, 55, 54, 40, 38, 59, 60),
        (44, 99, 388, 126, 168, 18, 1138, 5001, 7928, 62, 58),
        {78: (79,)},
    ),
    "F": Shape((11, 54, 55, 60), (37, 41, 38, 58)),
    "G": Shape((11, 37, 41, 54, 55, 60, 38, 40, 59), (44, 99, 1138, 18, 62, 58)),
    "q": Shape((11, 60, 530), (55, 58)),
    "H": Shape((11, 37, 55), (54, 60)),
    "V": Shape((262, 263, 264, 267, 146), (265, 266), {267: (269,), 146: (55,)}),
    "x": Shape((320, 559), (263, 167, 55)),
    "g": Shape((335, 336, 263)),
}
"""What a client may send."""


class Dictionary:
    """Validates messages against their shapes.

    Args:
        shapes: Message types.
        fields: Fields.
    """

    def __init__(self, shapes: Mapping[str, Shape] = SHAPES, fields: Mapping[int, FieldType] = FIELDS) -> None:
        self._shapes = shapes
        self._fields = fields
        self._known = {kind: shape.known | HEADER for kind, shape in shapes.items()}

    def check(self, message: Message) -> Refusal | None:
        """Return the first thing that is wrong with a message, or None."""
        shape = self._shapes.get(message.kind)
        if shape is None:
            known = message.kind in KINDS
            return None if known else Refusal(11, None, f"Invalid MsgType: {message.kind}")
        if message.bad_tag:
            return Refusal(0, message.bad_tag, "Invalid tag number")
        return (
            self._check_tags(message)
            or self._check_required(message, shape)
            or _check_order(message)
            or self._check_repeats(message, shape)
            or self._check_groups(message, shape)
        )

    def _check_tags(self, message: Message) -> Refusal | None:
        known = self._known[message.kind]
        for tag, value in message.fields:
            kind = self._fields.get(tag)
            if kind is None:
                return Refusal(0, str(tag), "Invalid tag number")
            if not value:
                return Refusal.empty(tag, kind.name)
            if tag not in known:
                return Refusal(2, str(tag), "Tag not defined for this message type")
            if not kind.formed(value):
                return Refusal.malformed(tag, kind.name)
            if not kind.allowed(value):
                return Refusal.wrong(tag, kind.name)
        return None

    def _check_required(self, message: Message, shape: Shape) -> Refusal | None:
        for tag in shape.required:
            if tag not in message:
                return Refusal.missing(tag, self._fields[tag].name)
        return None

    def _check_repeats(self, message: Message, shape: Shape) -> Refusal | None:
        members = {tag for tags in shape.groups.values() for tag in tags}
        counts = Counter(tag for tag, _ in message.fields)
        for tag, count in counts.items():
            if count > 1 and tag not in members:
                return Refusal(13, str(tag), "Tag appears more than once")
        return None

    def _check_groups(self, message: Message, shape: Shape) -> Refusal | None:
        tags = [tag for tag, _ in message.fields]
        for counter, members in shape.groups.items():
            entries = tags.count(members[0])
            if (counter in message or entries) and int(message[counter] or 0) != entries:
                return Refusal(16, str(counter), "Incorrect NumInGroup count for repeating group")
            if entries and tags[tags.index(counter) + 1] != members[0]:
                return Refusal(15, str(counter), "Repeating group fields out of order")
        return None


def _check_order(message: Message) -> Refusal | None:
    """Header fields come before body fields."""
    body = False
    for tag, _ in message.fields:
        if tag in HEADER and body:
            return Refusal(14, str(tag), "Tag specified out of required order")
        body = body or tag not in HEADER
    return None
