"""Envelopes of WS v2: answers, status, heartbeat and data frames (`ws-v2.md` §2, §3).

All functions return JSON text; numbers are spliced in as tokens, so that
their characters stay as the checksum needs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring_ascii as _quoted

from app.venue.wire.numbers import micros

HEARTBEAT = '{"channel":"heartbeat"}'
SERVER_VERSION = "2.0.10"


class Token(str):
    """Text that goes into JSON as it is: a number with its exact characters."""

    __slots__ = ()


Scalar = str | int | bool | None
Value = Scalar | Token | Iterable["Value"] | Mapping[str, "Value"]
Extra = Mapping[str, Value]


def dump(value: Value) -> str:
    """Write a value as compact JSON; `Token` is spliced in verbatim."""
    if isinstance(value, str):
        return str(value) if isinstance(value, Token) else _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join([f"{_quoted(key)}:{dump(item)}" for key, item in value.items()]) + "}"
    return "[" + ",".join([dump(item) for item in value]) + "]"


def data(channel: str, kind: str, rows: str) -> str:
    """A data frame; `rows` is the JSON text of `data`."""
    return f'{{"channel":"{channel}","type":"{kind}","data":{rows}}}'


def numbered(channel: str, kind: str, rows: str, sequence: int) -> str:
    """A data frame of a private channel with its top-level `sequence`."""
    return f'{{"channel":"{channel}","type":"{kind}","data":{rows},"sequence":{sequence}}}'


def status(system: str, connection_id: int) -> str:
    """The `status` update of one connection."""
    row = {
        "version": SERVER_VERSION,
        "system": system,
        "api_version": "v2",
        "connection_id": connection_id,
        "upcoming_maintenance": (),
        "emergency": (),
    }
    return data("status", "update", dump([row]))


def _times(time_in: int, time_out: int) -> dict[str, Value]:
    return {"time_in": micros(time_in), "time_out": micros(time_out)}


def _with_id(body: dict[str, Value], req_id: int | None) -> dict[str, Value]:
    if req_id is not None:
        body["req_id"] = req_id
    return body


def pong(req_id: int | None, time_in: int, time_out: int) -> str:
    """Answer to `ping`; has neither `success` nor `result`."""
    return dump(_with_id({"method": "pong"}, req_id) | _times(time_in, time_out))


def success(
    method: str,
    result: Value,
    req_id: int | None,
    time_in: int,
    time_out: int,
    extra: Mapping[str, Value] | None = None,
) -> str:
    """A positive answer; `extra` holds what Kraken sends beside the result."""
    body: dict[str, Value] = {"method": method, "result": result, "success": True}
    return dump(_with_id(body | dict(extra or {}), req_id) | _times(time_in, time_out))


def failure(
    method: str, error: str, req_id: int | None, time_in: int, time_out: int, extra: Mapping[str, Value] | None = None
) -> str:
    """A negative answer; `extra` holds `symbol`, `channel` or `status` where Kraken sends them."""
    body: dict[str, Value] = {"error": error, "method": method, "success": False}
    return dump(_with_id(body | dict(extra or {}), req_id) | _times(time_in, time_out))
