"""Times of the `:` language: `15m`, `1h30m`, `500ms`, `18:30`, `2026-12-01T10:00`; clock times are UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from app.domain.grammar_tokens import GrammarError, Token
from app.domain.order import When, WhenKind

MS: Final = 1000
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
LONGEST: Final = 400 * DAY

_UNITS: Final = {"ms": 1, "s": MS, "m": MINUTE * MS, "h": HOUR * MS, "d": DAY * MS}
_PIECE: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]))?(ms|s|m|h|d)")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_DATE: Final = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}[tT][0-9]{2}:[0-9]{2}(?::[0-9]{2})?[zZ]?")
_TENTHS: Final = 10
_TIME_HINT: Final = "for example `15m`, `18:30` or `2026-12-01T10:00` (UTC)"


def duration_ms(text: str) -> int | None:
    """Return the milliseconds of `15m`, `1h30m`, `1.5s` or `500ms`; None if it is none."""
    total, at = 0, 0
    while at < len(text):
        piece = _PIECE.match(text.lower(), at)
        if piece is None:
            return None
        unit = _UNITS[piece[3]]
        total += int(piece[1]) * unit + int(piece[2] or 0) * unit // _TENTHS
        at = piece.end()
    return total or None


def duration_text(ms: int) -> str:
    """Format milliseconds the way they are typed; reads back the same."""
    parts = []
    for name, unit in (("d", DAY * MS), ("h", HOUR * MS), ("m", MINUTE * MS), ("s", MS), ("ms", 1)):
        count, ms = divmod(ms, unit)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts)


def read_duration(token: Token, text: str, what: str) -> int:
    """Return the whole seconds of a duration.

    Raises:
        GrammarError: It is no duration, has parts of seconds, or is absurdly long.
    """
    ms = duration_ms(text)
    if ms is None:
        raise GrammarError(token.start, f"{what} needs a time", "for example `30s`, `10m` or `1h30m`")
    if ms % MS:
        raise GrammarError(token.start, f"{what} counts whole seconds", f"for example `{max(1, ms // MS)}s`")
    if ms > LONGEST * MS:
        raise GrammarError(token.start, f"{text} is too long", "use days at most a year ahead")
    return ms // MS


def read_when(token: Token, text: str, what: str) -> When:
    """Return the time that a text names.

    Args:
        token: Where it stands, for the error.
        text: The text, without blanks.
        what: The word that it belongs to.

    Raises:
        GrammarError: It is no time.
    """
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return When(WhenKind.TIME_OF_DAY, hours * HOUR + minutes * MINUTE + seconds)
    if _DATE.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text.upper().removesuffix("Z")).replace(tzinfo=UTC)
        except ValueError:
            raise GrammarError(token.start, f"{text} is no date", _TIME_HINT) from None
        return When(WhenKind.AT, int(moment.timestamp()))
    if duration_ms(text.removeprefix("+")) is None:
        raise GrammarError(token.start, f"`{what}` needs a time", _TIME_HINT)
    return When(WhenKind.AFTER, read_duration(token, text.removeprefix("+"), f"`{what}`"))


def when_text(when: When) -> str:
    """Format a time the way it is typed."""
    if when.kind is WhenKind.AFTER:
        return duration_text(when.seconds * MS)
    if when.kind is WhenKind.AT:
        return datetime.fromtimestamp(when.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").removesuffix(":00")
    clock = f"{when.seconds // HOUR:02d}:{when.seconds % HOUR // MINUTE:02d}"
    return f"{clock}:{when.seconds % MINUTE:02d}" if when.seconds % MINUTE else clock


def when_words(when: When) -> str:
    """Say a time in words."""
    if when.kind is WhenKind.AFTER:
        return f"{duration_text(when.seconds * MS)} from now"
    return f"{when_text(when)} UTC"
