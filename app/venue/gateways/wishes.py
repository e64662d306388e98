"""Reading the JSON fields of the control endpoint; all raise `ValueError` with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COUNT_LIMIT: Final = 1_000_000

Fields = Mapping[str, object]


def text(fields: Fields, name: str, default: str | None = None) -> str:
    """Text of a field."""
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text")  # noqa: TRY004 - one kind of refusal
    return value


def number(fields: Fields, name: str, default: int | None) -> int:
    """Whole number of a field."""
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= COUNT_LIMIT:
        raise ValueError(f"{name} must be a whole number up to {COUNT_LIMIT}")
    return value


def count(fields: Fields) -> int:
    """The `count` field, at least 1."""
    return max(1, number(fields, "count", 1))


def flag(fields: Fields, name: str, default: bool) -> bool:
    """Truth of a field."""
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")  # noqa: TRY004 - one kind of refusal
    return value
