"""Decoding of what arrives on the public and L3 sockets.

One typed pass decides by the `channel` key; whatever does not fit goes
through a second, forgiving look that finds method responses and names what is
unknown. Frames for the account are decoded in `private`.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from app.domain.text import clean
from app.errors import DataError
from app.protocol.ws2.frames import (
    Asset,
    BookFrame,
    Candle,
    Count,
    Heartbeat,
    InstrumentFrame,
    Kind,
    Level3Frame,
    LevelEntry,
    LevelsData,
    MarketMessage,
    MethodResponse,
    OhlcFrame,
    OrderEvent,
    OrdersData,
    Pair,
    StatusData,
    StatusFrame,
    SystemStatus,
    Ticker,
    TickerFrame,
    Trade,
    TradeFrame,
    Unknown,
)
from app.protocol.ws2.instruments import to_instrument

MAX_FRAME = 16 * 1024 * 1024
"""Longest frame in bytes that is looked at; a deep snapshot has about one million."""

EXCERPT = 120
NAME_LIMIT = 40
BACKSLASH = ord("\\")
DELETE = 0x7F


class DecodeError(DataError):
    """The frame is no JSON, too long, too deep or holds unprintable names."""


class _InstrumentLists(Struct, frozen=True, gc=False):
    assets: list[Raw] = msgspec.field(default_factory=list)
    pairs: list[Raw] = msgspec.field(default_factory=list)


class _InstrumentWire(Struct, frozen=True, gc=False, tag_field="channel", tag="instrument"):
    type: Kind
    data: _InstrumentLists


class _Envelope(Struct, frozen=True, gc=False):
    """The keys of any frame that are looked at when nothing typed fits."""

    method: str | None = None
    channel: str | None = None
    symbol: str | None = None
    success: bool | None = None
    error: str | None = None
    capital_error: str | None = msgspec.field(default=None, name="Error")
    result: Raw = msgspec.field(default_factory=Raw)
    req_id: int | None = None
    time_in: str = ""
    time_out: str = ""
    data: Raw = msgspec.field(default_factory=Raw)


class _Result(Struct, frozen=True, gc=False):
    """The keys of a result that matter to matching it with its request."""

    symbol: str = ""
    channel: str = ""
    depth: Count | None = None
    warnings: list[str] = msgspec.field(default_factory=list)


class _Named(Struct, frozen=True, gc=False):
    symbol: str = ""


_frames = msgspec.json.Decoder(
    Level3Frame | BookFrame | TradeFrame | TickerFrame | OhlcFrame | Heartbeat | StatusFrame | _InstrumentWire
)
_envelopes = msgspec.json.Decoder(_Envelope)
_results = msgspec.json.Decoder(_Result)
_named = msgspec.json.Decoder(list[_Named])
_assets = msgspec.json.Decoder(Asset)
_pairs = msgspec.json.Decoder(Pair)


def decode(raw: bytes | str) -> MarketMessage:
    """Decode one text frame.

    Args:
        raw: The frame as received; bytes are a little cheaper.

    Returns:
        The typed message; `Unknown` if it is JSON that we have no type for.

    Raises:
        DecodeError: It is not JSON, or hostile. The socket may go on.
    """
    try:
        data = raw.encode() if isinstance(raw, str) else raw
        if len(data) > MAX_FRAME:
            raise DecodeError(f"a frame of {len(data)} bytes", f"at most {MAX_FRAME} are taken")
        message: MarketMessage | _InstrumentWire = _frames.decode(data)
        if isinstance(message, _InstrumentWire):
            return _instruments(message)
    except msgspec.ValidationError as error:
        return _other(data, str(error))
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as error:
        raise DecodeError(f"a frame is not readable JSON ({clean(str(error), EXCERPT)})", "it was dropped") from None
    if not data.isascii() or BACKSLASH in data or DELETE in data:  # else nothing in it can be unprintable
        _refuse_unprintable(message)
    return message


def _refuse_unprintable(value: object) -> None:
    """Look through a message for names that could drive a terminal.

    Raises:
        DecodeError: A name holds control or format characters.
    """
    if isinstance(value, str):
        if not value.isprintable():
            raise DecodeError(
                f"a frame holds unprintable characters near {clean(value, NAME_LIMIT)!r}", "it was dropped"
            )
    elif isinstance(value, list):
        for item in value:
            _refuse_unprintable(item)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            _refuse_unprintable(getattr(value, name))


def _other(data: bytes, reason: str) -> MethodResponse | Unknown:
    """Read a frame that no channel's type fits."""
    try:
        envelope = _envelopes.decode(data)
    except msgspec.ValidationError:
        envelope = _Envelope()
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as error:
        raise DecodeError(f"a frame is not readable JSON ({clean(str(error), EXCERPT)})", "it was dropped") from None
    error_text = envelope.error or envelope.capital_error
    if envelope.method is not None or error_text is not None:
        return _response(envelope, error_text or "")
    return Unknown(
        channel=clean(envelope.channel or "", NAME_LIMIT),
        symbol=clean(envelope.symbol or _symbol_in(envelope.data), NAME_LIMIT),
        reason=clean(reason, EXCERPT),
        excerpt=clean(data[: 2 * EXCERPT].decode("utf-8", "replace"), EXCERPT),
    )


def _response(envelope: _Envelope, error: str) -> MethodResponse:
    """Make a response of an envelope."""
    result = _lenient(_results, envelope.result) or _Result()
    return MethodResponse(
        method=clean(envelope.method or "", NAME_LIMIT),
        success=False if error else envelope.success,
        error=clean(error),
        symbol=clean(envelope.symbol or result.symbol, NAME_LIMIT),
        channel=clean(envelope.channel or result.channel, NAME_LIMIT),
        depth=result.depth,
        result=bytes(envelope.result),
        req_id=envelope.req_id,
        time_in=clean(envelope.time_in, NAME_LIMIT),
        time_out=clean(envelope.time_out, NAME_LIMIT),
        warnings=tuple(clean(warning) for warning in result.warnings),
    )


def _symbol_in(data: Raw) -> str:
    """Return the symbol that a frame's data names, if any."""
    named = _lenient(_named, data)
    return named[0].symbol if named else ""


_T = TypeVar("_T")


def _lenient(decoder: msgspec.json.Decoder[_T], raw: Raw) -> _T | None:
    """Decode a part that may have any shape; None if it has another."""
    try:
        return decoder.decode(raw) if raw else None
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        return None


def _instruments(wire: _InstrumentWire) -> InstrumentFrame:
    """Decode asset and pair records one by one, so that a strange one hides no other."""
    rejected: list[str] = []
    assets = _records(_assets, wire.data.assets, rejected)
    pairs = _records(_pairs, wire.data.pairs, rejected)
    return InstrumentFrame(wire.type, assets, pairs, rejected)


def _records(decoder: msgspec.json.Decoder[_T], rows: list[Raw], rejected: list[str]) -> list[_T]:
    """Decode records, noting those that do not fit."""
    records: list[_T] = []
    for row in rows:
        try:
            records.append(decoder.decode(row))
        except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as error:
            excerpt = bytes(row)[:NAME_LIMIT].decode("utf-8", "replace")
            rejected.append(clean(f"{error} in {excerpt}", EXCERPT))
    return records


__all__ = [
    "Asset",
    "BookFrame",
    "Candle",
    "DecodeError",
    "Heartbeat",
    "InstrumentFrame",
    "Level3Frame",
    "LevelEntry",
    "LevelsData",
    "MarketMessage",
    "MethodResponse",
    "OhlcFrame",
    "OrderEvent",
    "OrdersData",
    "Pair",
    "StatusData",
    "StatusFrame",
    "SystemStatus",
    "Ticker",
    "TickerFrame",
    "Trade",
    "TradeFrame",
    "Unknown",
    "decode",
    "to_instrument",
]
