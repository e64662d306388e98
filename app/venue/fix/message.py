"""FIX messages as values: reading a frame's fields, writing a message, times and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from simplefix import FixMessage

from app.clock import NS_PER_MS, NS_PER_S

SOH = b"\x01"
BEGIN = "FIX.4.4"
Field = tuple[int, str]

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d):(\d\d):(\d\d)(?:\.(\d{3}|\d{6}|\d{9}))?", re.ASCII)
_TAG = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{0,20})?|-?\.\d{1,20}", re.ASCII)
_LEAP_SECOND = 60
_LONGEST_SEQ = 18
_LONG = 64
"""Fields from which on a message is written without simplefix."""


class MalformedError(Exception):
    """The bytes of a frame are no message at all: it is ignored."""


class Message:
    """The fields of one frame in their order, without 8, 9 and 10.

    Args:
        begin: BeginString.
        fields: Tag and value; a tag that is no positive number is 0.
        bad_tag: Text of the first tag that is no positive number, or empty.
    """

    __slots__ = ("_first", "bad_tag", "begin", "fields")

    def __init__(self, begin: str, fields: tuple[Field, ...], bad_tag: str = "") -> None:
        self.begin = begin
        self.fields = fields
        self.bad_tag = bad_tag
        self._first: dict[int, str] = {}
        for tag, value in fields:
            self._first.setdefault(tag, value)

    def __getitem__(self, tag: int) -> str:
        """Value of a tag's first occurrence; empty when it is absent."""
        return self._first.get(tag, "")

    def __contains__(self, tag: int) -> bool:
        """Whether the tag occurs."""
        return tag in self._first

    @property
    def kind(self) -> str:
        """MsgType."""
        return self._first.get(35, "")

    @property
    def seq(self) -> int:
        """MsgSeqNum; -1 when it is missing or no number."""
        text = self._first.get(34, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_SEQ else -1

    def flag(self, tag: int) -> bool:
        """Whether a boolean field is set."""
        return self._first.get(tag) == "Y"


def decode(begin: str, body: bytes) -> Message:
    """Read the fields between BodyLength and CheckSum.

    Args:
        begin: BeginString.
        body: From `35=` to the SOH before `10=`, inclusive.

    Raises:
        MalformedError: It does not consist of `tag=value` fields.
    """
    fields: list[Field] = []
    bad_tag = ""
    for part in body.decode("latin-1").split("\x01")[:-1]:
        tag, equals, value = part.partition("=")
        if not equals:
            raise MalformedError(part)
        number = int(tag) if _TAG.fullmatch(tag) else 0
        if not number and not bad_tag:
            bad_tag = tag
        fields.append((number, value))
    return Message(begin, tuple(fields), bad_tag)


def encode(kind: str, head: Iterable[Field], body: Iterable[Field]) -> bytes:
    """Write one message with BodyLength and CheckSum.

    Args:
        kind: MsgType.
        head: Header fields after 35, in wire order.
        body: Body fields, in wire order.
    """
    body = tuple(body)
    if len(body) > _LONG:
        return _encode_long(kind, (*head, *body))
    message = FixMessage()
    message.append_pair(8, BEGIN)
    message.append_pair(35, kind)
    for fields in (head, body):
        for tag, value in fields:
            message.append_pair(tag, value.encode("latin-1", "replace"))
    encoded: bytes = message.encode()
    return encoded


def _encode_long(kind: str, fields: Iterable[Field]) -> bytes:
    """Write what `encode` would; simplefix takes a tenth of a second for the snapshot of a whole book."""
    text = "".join([f"{tag}={value}\x01" for tag, value in fields])
    tail = f"35={kind}\x01{text}".encode("latin-1", "replace")
    whole = b"8=%b\x019=%d\x01%b" % (BEGIN.encode(), len(tail), tail)
    return b"%b10=%03d\x01" % (whole, sum(whole) & 0xFF)


def utc(ns: int) -> str:
    """UTCTimestamp with milliseconds."""
    seconds, rest = divmod(ns, NS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d-%H:%M:%S}.{rest // NS_PER_MS:03d}"


def parse_utc(text: str) -> int:
    """Read a UTCTimestamp, with or without a fraction.

    Returns:
        Nanoseconds since the epoch.

    Raises:
        ValueError: It is no such time.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    leap = second == _LEAP_SECOND
    moment = datetime(year, month, day, hour, minute, second - leap, tzinfo=UTC)
    return (int(moment.timestamp()) + leap) * NS_PER_S + int((match[7] or "").ljust(9, "0"))


def parse_number(text: str) -> Decimal:
    """Read a FIX float or quantity: digits, a point, a minus sign; no plus, no exponent.

    Raises:
        ValueError: It is none.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number")
    return Decimal(text)


def number(value: Decimal) -> str:
    """Print a number without padding and without an exponent."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
