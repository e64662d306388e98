"""Checks of a message's header within a session (cases 2f, 2g, 2k, 2o)."""

from __future__ import annotations

from app.clock import NS_PER_S
from app.venue.fix import policies
from app.venue.fix.message import Message, parse_utc
from app.venue.fix.refusal import Refusal
from app.venue.fix.service import Identity

_INACCURATE = "SendingTime accuracy problem"


def check_head(message: Message, identity: Identity, now_ns: int) -> tuple[Refusal | None, bool]:
    """Return what is wrong with a header, and whether the session ends for it.

    Args:
        message: With a MsgSeqNum.
        identity: Who talks on the session.
        now_ns: Wall time.
    """
    for tag, name in ((49, "SenderCompID"), (56, "TargetCompID"), (52, "SendingTime")):
        if tag not in message:
            return Refusal.missing(tag, name), False
        if not message[tag]:
            return Refusal.empty(tag, name), False
    for tag, wanted in ((49, identity.client), (56, identity.venue)):
        if message[tag] != wanted:
            return Refusal(9, str(tag), "CompID problem"), True
    return _check_times(message, now_ns)


def in_window(message: Message, now_ns: int) -> bool:
    """Whether SendingTime is a time close to ours."""
    try:
        off = abs(now_ns - parse_utc(message[52]))
    except ValueError:
        return False
    return off <= policies.SENDING_TIME_S * NS_PER_S


def _check_times(message: Message, now_ns: int) -> tuple[Refusal | None, bool]:
    if not in_window(message, now_ns):
        return Refusal(10, "52", _INACCURATE), True
    if not message.flag(43):
        return None, False
    if 122 not in message:
        return Refusal.missing(122, "OrigSendingTime"), False
    try:
        late = parse_utc(message[122]) > parse_utc(message[52])
    except ValueError:
        return Refusal.malformed(122, "OrigSendingTime"), False
    return (Refusal(10, "122", _INACCURATE), True) if late else (None, False)
