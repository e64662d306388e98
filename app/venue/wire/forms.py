"""Bodies and queries of REST requests (`rest.md` §1.1, §10): form or JSON, values as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl

from app.domain.instrument import parse_number
from app.venue.wire.orders import INVALID
from app.venue.wire.schema import BadRequest

_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0", "none", ""})
_FIELDS: Final = 200
_INTEGER_DIGITS: Final = 20


class Form:
    """Named values of a request; numbers keep their characters.

    Args:
        values: By field name.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """A value as text."""
        return self._values.get(name, default)

    def names(self, name: str) -> list[str]:
        """A comma list; empty when absent."""
        return [item.strip() for item in self.text(name).split(",") if item.strip()]

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean; Python clients write `True`.

        Raises:
            BadRequest: Not a boolean.
        """
        value = self._values.get(name)
        if value is None:
            return default
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise BadRequest(f"{INVALID}:{name}")

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number.

        Raises:
            BadRequest: Not a whole number.
        """
        value = self._values.get(name, "")
        if not value:
            return default
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _INTEGER_DIGITS):
            raise BadRequest(f"{INVALID}:{name}")
        return int(value)

    def decimal(self, name: str) -> Decimal | None:
        """A number, or None when absent.

        Raises:
            BadRequest: Not a plain finite number.
        """
        value = self._values.get(name, "")
        if not value:
            return None
        try:
            return parse_number(value)
        except ValueError:
            raise BadRequest(f"{INVALID}:{name}") from None


def query(text: str) -> Form:
    """Read a query or a form body.

    Raises:
        BadRequest: Not UTF-8, or absurdly many fields.
    """
    try:
        return Form(dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")))
    except ValueError:
        raise BadRequest("EAPI:Bad request") from None


def body(content_type: str, raw: bytes) -> Form:
    """Read a body by its content type; anything but JSON is a form.

    Raises:
        BadRequest: It cannot be read.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise BadRequest("EAPI:Bad request") from None
    if not content_type.lower().startswith("application/json"):
        return query(text)
    try:
        values = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise BadRequest("EAPI:Bad request") from None
    if not isinstance(values, dict):
        raise BadRequest("EAPI:Bad request")
    return Form({name: _flat(value) for name, value in values.items()})


def _flat(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(_flat(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)
