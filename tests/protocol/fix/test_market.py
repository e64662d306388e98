from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.protocol.fix.market import (
    Precision,
    book_frame,
    entries,
    level3_frame,
    padded,
    precisions,
    subscription,
    trade_frame,
)
from app.protocol.fix.message import FieldError, Message
from tests.protocol.fix.peer import SAMPLES, Script

TEXT = [frame.decode() for frame in SAMPLES]
BTC = Precision(1, 8)


def sample(kind: str, *holding: str) -> Message:
    """Return the sample of a type that holds some fields."""
    found = [one for one in TEXT if f"\x0135={kind}\x01" in one and all(part in one for part in holding)]
    return Message(found[0].encode())


def test_a_snapshot_and_an_increment_of_the_reference() -> None:
    frame = book_frame(sample("W", "268=2"), BTC)
    assert frame is not None
    (data,) = frame.data
    assert (frame.type, data.symbol, data.checksum) == ("snapshot", "BTC/USD", None)
    assert [(bytes(row.price), bytes(row.qty)) for row in (*data.asks, *data.bids)] == [
        (b"30300.0", b"8.44867022"),
        (b"30299.9", b"0.67373926"),
    ]
    frame = book_frame(sample("X", "5041=3341325816"), BTC)
    assert frame is not None
    (data,) = frame.data
    assert (frame.type, data.checksum) == ("update", 3341325816)
    assert [(bytes(row.price), bytes(row.qty)) for row in data.asks] == [
        (b"30300.7", b"0"),
        (b"31941.0", b"0.00317460"),
    ]
    assert book_frame(sample("W", "268=0"), BTC) is not None


def test_a_trade_of_the_reference() -> None:
    message = sample("X", "269=2")
    assert book_frame(message, BTC) is None
    frame = trade_frame(message)
    assert frame is not None
    (trade,) = frame.data
    assert (trade.trade_id, trade.side, trade.ord_type, trade.timestamp) == (
        4665906, "buy", "limit", "2026-04-07T14:32:01.238Z",
    )  # fmt: skip


def test_orders_of_the_reference() -> None:
    frame = level3_frame(sample("X", "5273="), None)
    assert frame is not None
    (row,) = frame.data[0].asks
    assert (row.event, row.order_id, row.timestamp) == (
        "delete", "00bf007e-0039-00dd-0071-00ae00d700c8", "2026-04-07T14:31:29.175114502Z",
    )  # fmt: skip


def test_the_instrument_list_of_the_reference() -> None:
    message = sample("y", "146=2")
    assert precisions(message) == {"BTC/USD": BTC, "ETH/USD": Precision(2, 8)}
    assert [entry["5032"] for entry in entries(message, "55")] == ["1", "1"]


def test_requests_are_those_of_the_reference() -> None:
    said = sample("V", "263=1", "269=2").frame.decode().split("262=")[1].rsplit("10=", 1)[0]
    assert "262=" + said == subscription("MDSUB1", "BTC/USD", 10, level3=False, trades=True, start=True)


def test_numbers_get_the_decimals_that_the_wire_leaves_out() -> None:
    assert bytes(padded("28013", "270", 1)) == b"28013.0"
    assert bytes(padded("1e-05", "271", 8)) == b"0.00001000"
    assert bytes(padded("0.001", "271", 2)) == b"0.001"


numbers = st.one_of(
    st.sampled_from(["1", "0.5", "", "x", "-1", "1e5", "NaN", "9" * 50]), st.text("0123456789.e-", max_size=6)
)
rows = st.lists(
    st.tuples(st.sampled_from([55, 268, 269, 270, 271, 273, 278, 279, 2446, 40, 5041, 5273, 2349, 5010, 562]), numbers),
    max_size=14,
)


@given(st.sampled_from("WXyYh"), rows)
def test_whatever_an_entry_holds_is_read_or_named(kind: str, pairs: list[tuple[int, object]]) -> None:
    message = Message(Script().encoded(kind, 2, (262, "A"), (55, "BTC/USD"), *pairs))
    for read in (
        lambda: book_frame(message, BTC),
        lambda: level3_frame(message, None),
        lambda: trade_frame(message),
        lambda: precisions(message),
    ):
        try:
            read()
        except (FieldError, ValueError):
            continue
