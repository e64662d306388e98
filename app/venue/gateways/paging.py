"""What the history queries of REST have in common: time bounds, pages, counts (`rest.md` §3.6, §3.9, §3.12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from app.clock import NS_PER_S
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.values import invalid

PAGE: Final = 50
_TIME_DIGITS: Final = 20

Row = TypeVar("Row")


def bound(form: Form, name: str, time_of: Callable[[str], int | None]) -> int | None:
    """A time bound in ns: a number of seconds, or the time of a known id; None when absent.

    Raises:
        BadRequest: Neither.
    """
    value = form.text(name)
    if not value or value == "0":
        return None
    if value.replace(".", "", 1).isdigit() and len(value) <= _TIME_DIGITS:
        number = form.decimal(name)
        assert number is not None
        return int(number * NS_PER_S)
    known = time_of(value)
    if known is None:
        raise invalid(name)
    return known


def page(rows: Sequence[Row], form: Form) -> Sequence[Row]:
    """The 50 rows from `ofs` on."""
    offset = max(0, form.integer("ofs"))
    return rows[offset : offset + PAGE]


def count(rows: Sequence[object], form: Form) -> dict[str, Value]:
    """`count` of all rows, unless `without_count`."""
    return {} if form.flag("without_count") else {"count": len(rows)}
