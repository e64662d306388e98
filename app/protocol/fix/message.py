"""One FIX message as fields, and back (`fix.md` §1.2).

Decoding a message costs one split; groups are read from `pairs` by those few
messages that have them. Frames come checked from the framer.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

from app.domain.instrument import parse_number
from app.protocol.checks import check_number
from app.protocol.fix.framing import check_sum
from app.protocol.fix.tags import FIELD_NAMES, SECRET_TAGS, SOH
from app.protocol.fix.times import utc_text

Pairs = tuple[tuple[str, str], ...]

_TYPE_AT: Final = 2
_TRAILERS: Final = [b"10=%03d\x01" % value for value in range(256)]
_LONGEST_WHOLE: Final = 18


class FieldError(Exception):
    """A field is not what it must be; `SessionRejectReason` 373 says how (`fix.md` §1.10).

    Args:
        tag: The field.
        reason: Value of 373.
        text: What is wrong.
    """

    def __init__(self, tag: str, reason: int, text: str) -> None:
        super().__init__(text)
        self.tag = tag
        self.reason = reason
        self.text = text


TAG_INVALID, TAG_MISSING, TAG_EMPTY, VALUE_BAD, FORMAT_BAD = 0, 1, 4, 5, 6
COMP_ID, TIME_BAD, TYPE_INVALID, TAG_TWICE = 9, 10, 11, 13
"""Reasons of a session reject (373)."""


class Message:
    """A message as its fields; a field that is repeated keeps its last value here.

    Args:
        frame: The whole message as it came.

    Raises:
        ValueError: Something in it is no field.

    Attributes:
        frame: The bytes.
        fields: Values by tag.
        type: MsgType.
    """

    __slots__ = ("_parts", "fields", "frame", "type")

    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        self._parts = frame.decode("utf-8", "replace").split(SOH)
        self._parts.pop()
        self.fields: dict[str, str] = dict([part.split("=", 1) for part in self._parts])
        self.type = self._parts[_TYPE_AT][3:]

    @property
    def repeats(self) -> bool:
        """Whether a tag stands in it more than once."""
        return len(self.fields) < len(self._parts)

    @property
    def possible_duplicate(self) -> bool:
        """Whether it is marked as sent again."""
        return self.fields.get("43") == "Y"

    def pairs(self) -> list[tuple[str, str]]:
        """Return all fields in their order."""
        return [(tag, value) for tag, _, value in (part.partition("=") for part in self._parts)]

    def get(self, tag: str) -> str:
        """Return a field; empty if it is absent."""
        return self.fields.get(tag, "")

    def need(self, tag: str) -> str:
        """Return a required field.

        Raises:
            FieldError: It is absent or empty.
        """
        value = self.fields.get(tag)
        if not value:
            name = FIELD_NAMES.get(tag, "")
            raise FieldError(tag, TAG_MISSING if value is None else TAG_EMPTY, f"{name} ({tag}) is missing")
        return value

    def count(self, tag: str) -> int:
        """Return a required whole number.

        Raises:
            FieldError: It is absent or no such number.
        """
        return whole(tag, self.need(tag))

    def amount(self, tag: str) -> Decimal | None:
        """Return an optional decimal number.

        Raises:
            FieldError: It is no number.
        """
        text = self.fields.get(tag)
        return None if text is None else decimal(tag, text)


def whole(tag: str, text: str) -> int:
    """Read a whole number that is not negative.

    Raises:
        FieldError: It is none.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_WHOLE:
        raise FieldError(tag, FORMAT_BAD, f"{FIELD_NAMES.get(tag, '')} ({tag}) is no number")
    return int(text)


def decimal(tag: str, text: str) -> Decimal:
    """Read a decimal number of sane size.

    Raises:
        FieldError: It is none.
    """
    try:
        return check_number(parse_number(text))
    except (ValueError, InvalidOperation):
        raise FieldError(tag, FORMAT_BAD, f"{FIELD_NAMES.get(tag, '')} ({tag}) is no number") from None


class Encoder:
    """Writes the messages of one session.

    Args:
        sender: SenderCompID.
        target: TargetCompID.
    """

    __slots__ = ("_ids",)

    def __init__(self, sender: str, target: str) -> None:
        self._ids = f"{SOH}49={sender}{SOH}56={target}{SOH}52="

    def encode(self, kind: str, seq: int, at_ns: int, body: str = "", *, again: bool = False) -> bytes:
        """Write a message.

        Args:
            kind: MsgType.
            seq: MsgSeqNum.
            at_ns: Wall time of sending.
            body: The fields after the header, each with its separator.
            again: Mark it as sent in answer to a resend request.
        """
        at = utc_text(at_ns)
        dup = f"43=Y{SOH}122={at}{SOH}" if again else ""
        text = f"35={kind}{SOH}34={seq}{self._ids}{at}{SOH}{dup}{body}".encode()
        frame = b"8=FIX.4.4\x019=%d\x01%b" % (len(text), text)
        return frame + _TRAILERS[check_sum(frame)]


def fields(*pairs: tuple[str, object]) -> str:
    """Write fields for a body.

    Raises:
        ValueError: A value holds the separator, which would forge further fields.
    """
    text = "".join([f"{tag}={value}{SOH}" for tag, value in pairs])
    if text.count(SOH) != len(pairs):
        raise ValueError("a field holds a control character")
    return text


def shown(frame: bytes) -> Pairs:
    """Return the fields of a message with all secrets hidden."""
    parts = frame.decode("utf-8", "replace").split(SOH)
    split = (part.partition("=") for part in parts if part)
    return tuple((tag, "…" if tag in SECRET_TAGS else value) for tag, _, value in split)
