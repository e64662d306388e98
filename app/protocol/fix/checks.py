"""Is an inbound message what its type promises (`fix.md` §8.1 rows 2q, 14a to 14h)?

Kraken adds fields without notice, so an unknown tag is no fault; what we
need, what cannot be a tag at all, and what is empty or doubled is looked at.
"""

from __future__ import annotations

from typing import Final

from app.protocol.fix import message as reasons
from app.protocol.fix import tags
from app.protocol.fix.message import FieldError, Message
from app.protocol.fix.tags import FIELD_NAMES

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    tags.TEST_REQUEST: ("112",),
    tags.RESEND_REQUEST: ("7", "16"),
    tags.REJECT: ("45",),
    tags.SEQUENCE_RESET: ("36",),
    tags.EXECUTION: ("11", "17", "37", "39", "54", "55", "150"),
    tags.MD_SNAPSHOT: ("262", "55", "268"),
    tags.MD_INCREMENT: ("262", "55", "268"),
    tags.MD_REJECT: ("262", "281"),
    tags.LIST: ("320", "560"),
    tags.VENUE_STATUS: ("335",),
}
GROUPED: Final[dict[str, frozenset[str]]] = {
    tags.EXECUTION: frozenset({"137", "138", "139", "891", "79"}),
}
"""Fields that repeat; types with large groups are not looked through."""

_UNLIMITED: Final = frozenset({tags.MD_SNAPSHOT, tags.MD_INCREMENT, tags.LIST})


def fault_of(message: Message) -> FieldError | None:
    """Return what is wrong with a message, or None."""
    kind, found = message.type, message.fields
    if kind not in tags.STANDARD_TYPES:
        return FieldError("35", reasons.TYPE_INVALID, "Invalid MsgType")
    for tag in REQUIRED.get(kind, ()):
        if not found.get(tag):
            name = FIELD_NAMES[tag]
            if tag in found:
                return FieldError(tag, reasons.TAG_EMPTY, f"Tag specified without a value: {name} ({tag})")
            return FieldError(tag, reasons.TAG_MISSING, f"Required tag missing: {name} ({tag})")
    if "" in found.values() or not found.keys() <= FIELD_NAMES.keys():
        for tag, value in found.items():
            if not (tag.isascii() and tag.isdigit()) or tag.startswith("0"):
                return FieldError(tag[:10], reasons.TAG_INVALID, "Invalid tag number")
            if not value:
                return FieldError(tag, reasons.TAG_EMPTY, f"Tag specified without a value: {tag}")
    if message.repeats and kind not in _UNLIMITED:
        return _doubled(message)
    return None


def _doubled(message: Message) -> FieldError | None:
    seen: set[str] = set()
    allowed = GROUPED.get(message.type, frozenset())
    for tag, _ in message.pairs():
        if tag in seen and tag not in allowed:
            return FieldError(tag, reasons.TAG_TWICE, f"Tag appears more than once: {tag}")
        seen.add(tag)
    return None
