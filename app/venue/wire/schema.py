"""Shape of WS v2 requests: which fields a method takes, of which JSON type.

Values are not judged here; a request that passes has only known fields of
the right type. Error texts follow the pattern that was seen on the wire
(`ws-v2.md` §12.1): `<Field> field must be a <type>`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NoReturn


class BadRequest(Exception):
    """A request that cannot be understood; the text goes to the client.

    Args:
        error: The answer's `error`.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Kind(StrEnum):
    """JSON types as the error texts name them."""

    STRING = "string"
    NUMBER = "number_float"
    INTEGER = "number_integer"
    BOOLEAN = "boolean"
    OBJECT = "object"
    STRINGS = "array"
    INTEGERS = "array of integers"
    OBJECTS = "array of objects"


Params = Mapping[str, object]

TOP_FIELDS: Final = frozenset({"method", "params", "req_id"})

_TOKEN: Final = {"token": Kind.STRING}
_SYMBOLS: Final = {"channel": Kind.STRING, "symbol": Kind.STRINGS, "snapshot": Kind.BOOLEAN}
_PRIVATE: Final = {"channel": Kind.STRING, "snapshot": Kind.BOOLEAN, "rebased": Kind.BOOLEAN, "users": Kind.STRING}

CHANNELS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "ticker": _SYMBOLS | {"event_trigger": Kind.STRING},
    "book": _SYMBOLS | {"depth": Kind.INTEGER},
    "level3": _SYMBOLS | {"depth": Kind.INTEGER} | _TOKEN,
    "trade": _SYMBOLS,
    "ohlc": _SYMBOLS | {"interval": Kind.INTEGER},
    "instrument": {
        "channel": Kind.STRING,
        "snapshot": Kind.BOOLEAN,
        "include_tokenized_assets": Kind.BOOLEAN,
        "execution_venue": Kind.STRING,
    },
    "executions": _PRIVATE
    | _TOKEN
    | {
        "snap_orders": Kind.BOOLEAN,
        "snap_trades": Kind.BOOLEAN,
        "snapshot_trades": Kind.BOOLEAN,
        "order_status": Kind.BOOLEAN,
        "ratecounter": Kind.BOOLEAN,
    },
    "balances": _PRIVATE | _TOKEN,
}
"""Parameters of subscribe and unsubscribe by channel (`ws-v2.md` §4, §6, §7, §8)."""

PUBLIC_CHANNELS: Final = frozenset({"ticker", "book", "trade", "ohlc", "instrument"})
PRIVATE_CHANNELS: Final = frozenset({"executions", "balances"})


@dataclass(frozen=True, slots=True)
class Request:
    """A frame with a known outer shape.

    Attributes:
        method: As sent.
        params: As sent, unchecked; empty when absent.
        req_id: Echoed when sent.
        has_params: Whether `params` was there.
    """

    method: str
    params: Params
    req_id: int | None
    has_params: bool


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def parse(text: str | bytes) -> Request:
    """Read the outer shape of a frame.

    Raises:
        BadRequest: It is not a JSON object with a method.
    """
    try:
        body = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, ArithmeticError):
        raise BadRequest("Malformed request") from None
    if not isinstance(body, dict):
        raise BadRequest("Malformed request")
    method = body.get("method")
    if not isinstance(method, str):
        raise BadRequest("Unsupported event" if "method" in body else "Method(s) not found")
    req_id = body.get("req_id")
    if req_id is not None and (isinstance(req_id, bool) or not isinstance(req_id, int)):
        raise wrong_type("req_id", Kind.INTEGER)
    params = body.get("params", {})
    if not isinstance(params, dict):
        raise wrong_type("params", Kind.OBJECT)
    for key in body:
        if key not in TOP_FIELDS:
            raise BadRequest(unsupported(str(key), method))
    return Request(method=method, params=params, req_id=req_id, has_params="params" in body)


def req_id_of(text: str | bytes) -> int | None:
    """The request id of a frame that was refused, if one can be read."""
    try:
        body = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError):
        return None
    req_id = body.get("req_id") if isinstance(body, dict) else None
    return req_id if isinstance(req_id, int) and not isinstance(req_id, bool) else None


def unsupported(field: str, method: str) -> str:
    """Error text of an unknown field."""
    return f"Unsupported field: '{field}' for the given msg type: {method}"


def wrong_type(field: str, kind: Kind) -> BadRequest:
    """The refusal of a field of another JSON type."""
    word = kind.partition(" ")[0]
    article = "an" if word[0] in "ao" else "a"
    return BadRequest(f"{field.capitalize()} field must be {article} {word}")


def check(params: Params, fields: Mapping[str, Kind], method: str) -> None:
    """Refuse unknown fields and wrong types.

    Raises:
        BadRequest: With Kraken's wording.
    """
    for name, value in params.items():
        kind = fields.get(name)
        if kind is None:
            raise BadRequest(unsupported(name, method))
        if not _fits(value, kind):
            raise wrong_type(name, kind)


def _fits(value: object, kind: Kind) -> bool:
    if isinstance(value, bool):
        return kind is Kind.BOOLEAN
    match kind:
        case Kind.STRING:
            return isinstance(value, str)
        case Kind.NUMBER:
            return isinstance(value, int | Decimal)
        case Kind.INTEGER:
            return isinstance(value, int)
        case Kind.OBJECT:
            return isinstance(value, dict)
        case Kind.STRINGS:
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case Kind.INTEGERS:
            return isinstance(value, list) and all(isinstance(i, int) and not isinstance(i, bool) for i in value)
        case Kind.OBJECTS:
            return isinstance(value, list) and all(isinstance(item, dict) for item in value)
        case _:
            return False


def text(params: Params, name: str, default: str = "") -> str:
    """A string parameter, after `check`."""
    value = params.get(name, default)
    assert isinstance(value, str)
    return value


def flag(params: Params, name: str, default: bool) -> bool:
    """A boolean parameter, after `check`."""
    value = params.get(name, default)
    assert isinstance(value, bool)
    return value


def integer(params: Params, name: str, default: int) -> int:
    """An integer parameter, after `check`."""
    value = params.get(name, default)
    assert isinstance(value, int)
    return value


def strings(params: Params, name: str) -> list[str]:
    """A list of strings, after `check`; empty when absent."""
    value = params.get(name, [])
    assert isinstance(value, list)
    return [str(item) for item in value]


def integers(params: Params, name: str) -> list[int]:
    """A list of integers, after `check`; empty when absent."""
    value = params.get(name, [])
    assert isinstance(value, list)
    return [int(item) for item in value]


def nested(params: Params, name: str) -> Params:
    """An object, after `check`; its own fields are unchecked."""
    value = params.get(name, {})
    assert isinstance(value, dict)
    return value


def objects(params: Params, name: str) -> list[Params]:
    """A list of objects, after `check`; their own fields are unchecked."""
    value = params.get(name, [])
    assert isinstance(value, list)
    return list(value)
