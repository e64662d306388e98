"""Texts of single fields, read by the grammar of the `:` line and written the way it writes them.

A field is put into the shortest line that has such a part and the line is
parsed; so a field takes exactly what the line takes there, with the same
errors, which point at a character of the field.
"""

from __future__ import annotations

from dataclasses import replace

from app.domain.grammar import parse
from app.domain.grammar_tokens import GrammarError
from app.domain.order import Draft as Order
from app.domain.order import Price, Side, Size, When
from app.domain.statements import Amend, Place

_NUMBER = frozenset("0123456789.")
NONE = ("", "none", "no", "off", "0", "-")
"""Texts that empty a field that may be empty."""


def _located(error: GrammarError, prefix: str, text: str) -> GrammarError:
    """Return the error with its position inside the field."""
    return GrammarError(max(0, min(error.position - len(prefix), len(text))), error.message, error.suggestion)


def _order(prefix: str, text: str, suffix: str, sample: str) -> Order:
    """Read a field inside a line for an order.

    Args:
        prefix: The line before the field.
        text: What was typed into the field.
        suffix: The line after it.
        sample: Something that the field takes, to notice words that belong to other fields.

    Raises:
        GrammarError: The text is not one value of this field.
    """
    try:
        statements = parse(f"{prefix}{text}{suffix}")
    except GrammarError as error:
        raise _located(error, prefix, text) from None
    [base] = parse(f"{prefix}{sample}{suffix}")
    first = statements[0]
    if len(statements) != 1 or not isinstance(first, Place) or not isinstance(base, Place):
        raise GrammarError(0, "one value belongs here", f"for example `{sample}`")
    return first.draft


def _alone(read: Order, expected: Order, sample: str) -> None:
    """Refuse words that changed another part of the order than the field's own.

    Raises:
        GrammarError: They did.
    """
    if read != expected:
        raise GrammarError(0, "that belongs into another field", f"here for example `{sample}`")


_PAIR = "BTC/USD"
"""Stands in for the pair: no field's text depends on it but a size with a unit."""


def read_size(text: str, side: Side, symbol: str) -> Size:
    """Read a size: `0.5`, `$200`, `25%`, `max`, `risk $100 stop 63000`."""
    bare = text.strip()
    sized = f"size {bare}" if bare and not set(bare) - _NUMBER else text
    prefix, suffix = f"{side.value} ", f" {symbol} @ 1 post"
    try:
        read = _order(prefix, sized, suffix, "1")
    except GrammarError as error:
        raise GrammarError(min(error.position, len(text)), error.message, error.suggestion) from None
    [base] = parse(f"{prefix}1{suffix}")
    assert isinstance(base, Place)
    _alone(read, replace(base.draft, size=read.size), "0.5")
    return read.size


def read_price(text: str, side: Side, before: str = "") -> Price:
    """Read a limit price.

    Args:
        text: `64200`, `bid-2t`, `mid-0.05%`; behind a trigger also `+0` or `-10`.
        side: Side of the order.
        before: Words of the trigger that it belongs to; empty for none.
    """
    prefix, suffix = f"{side.value} 1 {_PAIR} {before} @ ", "" if before else " post"
    read = _order(prefix, text, suffix, "1" if not before.startswith("trail") else "+0")
    if read.price is None:
        raise GrammarError(0, "a price belongs here", "for example `bid-1t`")
    expected = parse(f"{prefix}{'+0' if before.startswith('trail') else '1'}{suffix}")[0]
    assert isinstance(expected, Place)
    _alone(read, replace(expected.draft, price=read.price), "bid-1t")
    return read.price


def read_trigger(text: str, side: Side, word: str) -> Price:
    """Read a trigger price or a trailing distance.

    Args:
        text: `63000`, `-0.5%`, `last-50`; for `trail` `1%`, `50` or `10t`.
        side: Side of the order.
        word: `stop`, `tp` or `trail`.
    """
    prefix = f"{side.value} 1 {_PAIR} {word} "
    read = _order(prefix, text, "", "1")
    [base] = parse(f"{prefix}1")
    assert isinstance(base, Place)
    assert base.draft.trigger is not None
    if read.trigger is None:
        raise GrammarError(0, "a price belongs here", "for example `63000` or `-0.5%`")
    _alone(read, replace(base.draft, trigger=replace(base.draft.trigger, price=read.trigger.price)), "63000")
    return read.trigger.price


def read_display(text: str) -> Size:
    """Read the visible slice of an iceberg: `0.1` or `10%`."""
    prefix, suffix = f"buy 1 {_PAIR} iceberg ", " @ 1"
    read = _order(prefix, text, suffix, "0.1")
    [base] = parse(f"{prefix}0.1{suffix}")
    assert isinstance(base, Place)
    _alone(read, replace(base.draft, display=read.display), "10%")
    assert read.display is not None
    return read.display


def read_time(text: str, word: str) -> When:
    """Read a time: `15m`, `18:30`, `2026-12-01T10:00`.

    Args:
        text: What was typed.
        word: `gtd` or `start`.
    """
    prefix = f"buy 1 {_PAIR} @ 1 {word} "
    read = _order(prefix, text, "", "15m")
    [base] = parse(f"{prefix}15m")
    assert isinstance(base, Place)
    _alone(read, replace(base.draft, expire=read.expire, start=read.start), "15m")
    found = read.expire if word == "gtd" else read.start
    assert found is not None
    return found


def read_leverage(text: str) -> int:
    """Read a leverage: a whole number from 2, or nothing for spot."""
    if text.strip().lower() in NONE:
        return 0
    prefix = f"buy 1 {_PAIR} @ 1 lev "
    read = _order(prefix, text, "", "2")
    [base] = parse(f"{prefix}2")
    assert isinstance(base, Place)
    _alone(read, replace(base.draft, leverage=read.leverage), "5")
    return read.leverage


def read_deadline(text: str) -> int:
    """Read a deadline in milliseconds, 0 for the usual: `2s`, `500ms`."""
    if text.strip().lower() in NONE:
        return 0
    prefix = f"buy 1 {_PAIR} @ 1 deadline "
    read = _order(prefix, text, "", "2s")
    [base] = parse(f"{prefix}2s")
    assert isinstance(base, Place)
    _alone(read, replace(base.draft, deadline_ms=read.deadline_ms), "2s")
    return read.deadline_ms


def read_close_price(text: str, before: str = "") -> Price:
    """Read the limit of a conditional close.

    Args:
        text: `65000`, `+0.5%`; behind a trigger `+0`.
        before: Words of its trigger; empty for none.
    """
    prefix = f"buy 1 {_PAIR} @ 1 then sell {before} @ "
    read = _order(prefix, text, "", "+0" if before.startswith("trail") else "1")
    if read.close is None or read.close.limit is None:
        raise GrammarError(0, "a price belongs here", "for example `+0.5%`")
    return read.close.limit


def read_close_trigger(text: str, word: str) -> Price:
    """Read the trigger or the distance of a conditional close; `word` is `stop`, `tp` or `trail`."""
    read = _order(f"buy 1 {_PAIR} @ 1 then sell {word} ", text, "", "1")
    if read.close is None or read.close.trigger is None or read.close.limit is not None:
        raise GrammarError(0, "a price belongs here", "for example `63000` or `-0.5%`")
    return read.close.trigger


def read_change(text: str, word: str) -> Amend:
    """Read one part of an amend.

    Args:
        text: What was typed.
        word: `@`, `display`, `trigger`, `trail`; empty for the size.
    """
    bare = text.strip()
    value = f"size {bare}" if not word and bare and not set(bare) - _NUMBER else text
    prefix = f"amend #1 {word} "
    try:
        statements = parse(f"{prefix}{value}", _PAIR)
    except GrammarError as error:
        raise _located(error, prefix, text) from None
    first = statements[0]
    if len(statements) != 1 or not isinstance(first, Amend):
        raise GrammarError(0, "one value belongs here", "for example `64200` or `-1t`")
    return first
