from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.instrument import PairStatus
from app.domain.order import Side
from app.protocol.ws2.market import (
    BookFrame,
    DecodeError,
    Heartbeat,
    InstrumentFrame,
    Level3Frame,
    MethodResponse,
    OhlcFrame,
    StatusFrame,
    SystemStatus,
    TickerFrame,
    TradeFrame,
    Unknown,
    decode,
    to_instrument,
)

LEVEL3 = (
    b'{"channel":"level3","type":"update","data":[{"checksum":4239577768,"symbol":"BTC/USD",'
    b'"timestamp":"2026-09-15T23:41:47.461426256Z","bids":[],"asks":[{"event":"delete",'
    b'"order_id":"OOZP53-FUXQT-BM3262","limit_price":75623.0,"order_qty":0.99200222,'
    b'"timestamp":"2026-09-15T23:41:47.461426256Z"}]}]}'
)
BOOK = (
    b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":['
    b'{"price":62807.0,"qty":0.00000000},{"price":62818.8,"qty":0.65540712}],"checksum":4249465476,'
    b'"timestamp":"2026-08-16T23:37:03.745044Z"}]}'
)
TRADE = (
    b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":83744.3,'
    b'"qty":0.00044780,"ord_type":"limit","trade_id":109116693,"timestamp":"2026-09-25T17:48:26.844359Z"}]}'
)
TICKER = (
    b'{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":83744.2,"bid_qty":0.56251979,'
    b'"ask":83744.3,"ask_qty":0.00044780,"last":83744.3,"volume":3156.84782110,"vwap":84174.6,"low":83163.6,'
    b'"high":85247.4,"change":-429.3,"change_pct":-0.51,"trades":135262,"timestamp":"2026-09-25T17:48:26.844359Z"}]}'
)
OHLC = (
    b'{"channel":"ohlc","type":"update","timestamp":"2026-09-25T17:48:26.844359566Z","data":[{"symbol":"BTC/USD",'
    b'"open":83729.5,"high":83745.2,"low":83729.4,"close":83744.3,"trades":33,"volume":0.21155628,"vwap":83736.4,'
    b'"interval_begin":"2026-09-25T17:48:00.000000000Z","interval":1,"timestamp":"2026-09-25T17:49:00.000000Z"}]}'
)
STATUS = (
    b'{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2",'
    b'"connection_id":18125794168470749634,"upcoming_maintenance":[],"emergency":[]}]}'
)
INSTRUMENT = (
    b'{"channel":"instrument","type":"snapshot","data":{"assets":[{"id":"USD","status":"enabled","precision":4,'
    b'"precision_display":2,"borrowable":true,"collateral_value":1.000,"class":"currency","margin_rate":0.050000}],'
    b'"pairs":[{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","qty_precision":8,'
    b'"qty_increment":1e-08,"price_precision":1,"cost_precision":5,"marginable":true,"has_index":true,"cost_min":0.5,'
    b'"margin_initial":0.2,"position_limit_long":250,"position_limit_short":200,"tick_size":0.1,'
    b'"price_increment":0.1,"qty_min":0.0001},{"symbol":"EUR/USD","base":"EUR","quote":"USD","status":"dozing",'
    b'"qty_precision":8,"qty_increment":0.00000001,"price_precision":5,"cost_precision":5,"marginable":false,'
    b'"has_index":true,"ws_display_price_precision":5,"cost_min":0.50,"tick_size":0.00001,'
    b'"price_increment":0.00001,"qty_min":0.50000000}]}}'
)


def test_level3_keeps_the_characters_of_the_wire() -> None:
    frame = decode(LEVEL3)
    assert isinstance(frame, Level3Frame)
    (data,) = frame.data
    (event,) = data.asks
    assert (data.symbol, data.checksum, data.bids) == ("BTC/USD", 4239577768, [])
    assert (event.event, event.order_id) == ("delete", "OOZP53-FUXQT-BM3262")
    assert (bytes(event.limit_price), bytes(event.order_qty)) == (b"75623.0", b"0.99200222")


def test_book_keeps_the_characters_of_the_wire() -> None:
    frame = decode(BOOK.decode())
    assert isinstance(frame, BookFrame)
    assert [(bytes(row.price), bytes(row.qty)) for row in frame.data[0].asks] == [
        (b"62807.0", b"0.00000000"),
        (b"62818.8", b"0.65540712"),
    ]


def test_key_order_does_not_matter() -> None:
    frame = decode(b'{"data":[{"bids":[],"checksum":1,"asks":[],"symbol":"X/Y"}],"type":"snapshot","channel":"book"}')
    assert isinstance(frame, BookFrame)
    assert frame.type == "snapshot"


def test_trade() -> None:
    frame = decode(TRADE)
    assert isinstance(frame, TradeFrame)
    (trade,) = frame.data
    assert trade.side == Side.BUY
    assert (trade.price, trade.qty, trade.ord_type) == (Decimal("83744.3"), Decimal("0.00044780"), "limit")
    assert trade.trade_id == 109116693


def test_ticker_with_and_without_its_optional_fields() -> None:
    frame = decode(TICKER)
    assert isinstance(frame, TickerFrame)
    assert frame.data[0].change_pct == Decimal("-0.51")
    assert frame.data[0].trades == 135262
    quiet = decode(b'{"channel":"ticker","type":"snapshot","data":[{"symbol":"NEW/USD","bid":null,"last":0.0}]}')
    assert isinstance(quiet, TickerFrame)
    assert (quiet.data[0].bid, quiet.data[0].vwap) == (None, None)


def test_ohlc() -> None:
    frame = decode(OHLC)
    assert isinstance(frame, OhlcFrame)
    (candle,) = frame.data
    assert (candle.close, candle.interval) == (Decimal("83744.3"), 1)
    assert candle.interval_begin == "2026-09-25T17:48:00.000000000Z"


def test_heartbeat() -> None:
    assert decode(b'{"channel":"heartbeat"}') == Heartbeat()


@pytest.mark.parametrize("word", ["online", "post_only", "cancel_only", "maintenance"])
def test_status_words(word: str) -> None:
    frame = decode(STATUS.replace(b"online", word.encode()))
    assert isinstance(frame, StatusFrame)
    assert frame.data[0].state == SystemStatus(word)
    assert frame.data[0].connection_id == 18125794168470749634


def test_a_status_of_maintenance_time_lacks_most_fields() -> None:
    frame = decode(
        b'{"channel":"status","data":[{"api_version":"v2","system":"maintenance","version":"2.0.6"}],"type":"update"}'
    )
    assert isinstance(frame, StatusFrame)
    assert frame.data[0].state is SystemStatus.MAINTENANCE


def test_a_new_status_word_is_kept_and_unknown() -> None:
    frame = decode(STATUS.replace(b"online", b"half_open"))
    assert isinstance(frame, StatusFrame)
    assert (frame.data[0].system, frame.data[0].state) == ("half_open", SystemStatus.UNKNOWN)


def test_instruments_become_values() -> None:
    frame = decode(INSTRUMENT)
    assert isinstance(frame, InstrumentFrame)
    assert frame.rejected == []
    bitcoin, euro = map(to_instrument, frame.pairs)
    assert (bitcoin.tick, bitcoin.lot, bitcoin.price_dp, bitcoin.qty_dp) == (Decimal("0.1"), Decimal("1e-8"), 1, 8)
    assert (bitcoin.qty_min, bitcoin.cost_min, bitcoin.marginable) == (Decimal("0.0001"), Decimal("0.5"), True)
    assert bitcoin.status is PairStatus.ONLINE
    assert euro.status is PairStatus.UNKNOWN


def test_one_strange_record_does_not_hide_the_others() -> None:
    frame = decode(INSTRUMENT.replace(b'"base":"BTC"', b'"base":7'))
    assert isinstance(frame, InstrumentFrame)
    assert [pair.symbol for pair in frame.pairs] == ["EUR/USD"]
    assert "BTC/USD" in frame.rejected[0]


def test_a_missing_tick_comes_from_the_old_field_or_the_decimals() -> None:
    old = decode(INSTRUMENT.replace(b'"price_increment":0.1,', b""))
    none = decode(INSTRUMENT.replace(b'"price_increment":0.1,', b"").replace(b'"tick_size":0.1,', b""))
    for frame in (old, none):
        assert isinstance(frame, InstrumentFrame)
        assert to_instrument(frame.pairs[0]).tick == Decimal("0.1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"price_precision":1', b'"price_precision":13'),
        (b'"price_increment":0.1', b'"price_increment":-0.1'),
        (b'"qty_min":0.0001', b'"qty_min":-1'),
    ],
)
def test_a_record_that_contradicts_itself_makes_no_instrument(old: bytes, new: bytes) -> None:
    frame = decode(INSTRUMENT.replace(old, new))
    assert isinstance(frame, InstrumentFrame)
    with pytest.raises(ValueError, match="BTC/USD"):
        to_instrument(frame.pairs[0])


def test_subscribe_acks() -> None:
    ack = decode(
        b'{"method":"subscribe","req_id":7,"result":{"channel":"book","depth":25,"snapshot":true,"symbol":"ALGO/USD",'
        b'"warnings":["old \\u001b[31mfield"]},"success":true,"time_in":"2023-10-06T17:35:55.219022Z",'
        b'"time_out":"2023-10-06T17:35:55.219067Z"}'
    )
    assert isinstance(ack, MethodResponse)
    assert (ack.method, ack.channel, ack.symbol, ack.depth, ack.req_id) == ("subscribe", "book", "ALGO/USD", 25, 7)
    assert ack.ok
    assert ack.warnings == ("old [31mfield",)
    assert ack.result.startswith(b'{"channel":"book"')


@pytest.mark.parametrize(
    ("raw", "channel", "symbol", "error"),
    [
        (
            b'{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,"symbol":"XBT/USD",'
            b'"time_in":"2026-09-25T17:48:54.701041Z","time_out":"2026-09-25T17:48:54.701062Z"}',
            "",
            "XBT/USD",
            "Currency pair not supported XBT/USD",
        ),
        (
            b'{"channel":"executions","error":"ESession:Invalid session","method":"subscribe","status":"error",'
            b'"success":false}',
            "executions",
            "",
            "ESession:Invalid session",
        ),
        (
            b'{"channel":"book","error":"Already subscribed","method":"subscribe","success":false,"symbol":"X/Y"}',
            "book",
            "X/Y",
            "Already subscribed",
        ),
        (b'{"Error":"Exceeded msg rate"}', "", "", "Exceeded msg rate"),
    ],
)
def test_refusals(raw: bytes, channel: str, symbol: str, error: str) -> None:
    response = decode(raw)
    assert isinstance(response, MethodResponse)
    assert not response.ok
    assert (response.channel, response.symbol, response.error) == (channel, symbol, error)


def test_pong_and_a_result_that_is_a_list() -> None:
    pong = decode(b'{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z"}')
    assert isinstance(pong, MethodResponse)
    assert (pong.ok, pong.success, pong.req_id) == (True, None, 101)
    batch = decode(b'{"method":"batch_add","result":[{"order_id":"O1"}],"success":true,"req_id":3}')
    assert isinstance(batch, MethodResponse)
    assert batch.result == b'[{"order_id":"O1"}]'


@pytest.mark.parametrize(
    ("raw", "channel", "symbol"),
    [
        (b'{"channel":"mystery","type":"update","data":[{"symbol":"X/Y"}]}', "mystery", "X/Y"),
        (BOOK.replace(b'"update"', b'"patch"'), "book", "BTC/USD"),
        (BOOK.replace(b'"bids":[],', b""), "book", "BTC/USD"),
        (BOOK.replace(b"4249465476", b"42494654760"), "book", "BTC/USD"),
        (TRADE.replace(b"83744.3", b'"NaN"'), "trade", "BTC/USD"),
        (TICKER.replace(b"83744.2", b"1e999999999"), "ticker", "BTC/USD"),
        (b"[0,{},1]", "", ""),
        (b'"text"', "", ""),
        (b"{}", "", ""),
    ],
)
def test_what_is_not_known_is_named(raw: bytes, channel: str, symbol: str) -> None:
    message = decode(raw)
    assert isinstance(message, Unknown)
    assert (message.channel, message.symbol) == (channel, symbol)
    assert message.reason
    assert message.excerpt


def test_unknown_fields_and_events_do_not_lose_a_frame() -> None:
    frame = decode(LEVEL3.replace(b'"event":"delete"', b'"event":"evaporate","why":{"deep":[1,2]}'))
    assert isinstance(frame, Level3Frame)
    assert frame.data[0].asks[0].event == "evaporate"  # the book refuses it, with the reason


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"channel":"heartbeat"',
        b"NaN",
        TRADE.replace(b"83744.3", b"NaN"),
        TRADE.replace(b"83744.3", b"0x10"),
        b'{"channel":"trade","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x":' * 100_000,
        b'{"channel":"\xff\xfe"}',
        LEVEL3.replace(b"BTC/USD", b"BTC\\u001b[2J"),
        LEVEL3.replace(b"OOZP53", "O\u202eZP5".encode()),
        BOOK.replace(b"BTC/USD", b"BTC\x7f"),
        b" " * (16 * 1024 * 1024 + 1),
        "\ud800",
    ],
    ids=range(14),
)
def test_hostile_frames_are_refused_in_one_line(raw: bytes | str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(raw)
    assert len(str(caught.value)) < 250
    assert str(caught.value).isprintable()


def test_text_for_people_is_cleaned_not_refused() -> None:
    response = decode(b'{"method":"subscribe","error":"no \\u001b]52;c;x\\u0007 way","success":false}')
    assert isinstance(response, MethodResponse)
    assert response.error == "no ]52;c;x way"
