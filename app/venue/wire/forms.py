"""Bodies and queries of REST requests (`rest.md` §1.1, §10): form or JSON, values as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl

from app.domain.instrument import parse_number
from app.venue.wire.schema import BadRequest
from app.venue.wire.values import INVALID

_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0", "none", ""})
_FIELDS: Final = 200
_INTEGER_DIGITS: Final = 20


class Form:
    """Named values of a request; numbers keep their characters.

    Args:
        values: By field name; a field inside an object is `object[field]`.
        lists: Lists by field name, for what only JSON can say.
    """

    __slots__ = ("_lists", "_values")

    def __init__(self, values: Mapping[str, str], lists: Mapping[str, Sequence[str | Form]] | None = None) -> None:
        self._values = values
        self._lists = lists or {}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """A value as text."""
        return self._values.get(name, default)

    def items(self, name: str) -> Sequence[str | Form]:
        """The elements of a JSON list: texts, and forms for objects; empty when absent."""
        return self._lists.get(name, ())

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
    return _form(values)


def _form(fields: Mapping[str, object]) -> Form:
    flat: dict[str, str] = {}
    lists: dict[str, list[str | Form]] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            flat |= {f"{name}[{key}]": _flat(item) for key, item in value.items()}
            continue
        flat[name] = _flat(value)
        if isinstance(value, list):
            lists[name] = [_form(item) if isinstance(item, dict) else _flat(item) for item in value]
    return Form(flat, lists)


def _flat(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(_flat(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)
