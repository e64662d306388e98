"""What a FIX message costs: writing an order, reading a report (`performance.md` §4, goal P10).

Ours is timed as the session uses it: an order from its request to the checked
frame, a report from the bytes of the socket, length and sum verified, to its
fields; simplefix verifies neither. QuickFIX takes part where it can be imported.
"""

from __future__ import annotations

import gc
import importlib
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import simplefix

from app.domain.order import OrderRequest, OrderType, Side
from app.protocol.fix.framing import Framer
from app.protocol.fix.message import Encoder, Message
from app.protocol.fix.orders import new_order
from app.protocol.fix.reports import report_of
from app.protocol.fix.times import utc_text

MESSAGES = 2000
ROUNDS = 9
NOW_NS = 1_775_572_325_000_000_000
ORDER = OrderRequest(
    "a17d49af-1186-4984-bd10-29b8f232ee4d", "BTC/USD", Side.BUY, OrderType.LIMIT, Decimal("0.001"), Decimal(84000)
)
REPORT: tuple[tuple[int, str], ...] = (
    (6, "84000"), (11, ORDER.cl_ord_id), (14, "0.0004"), (17, "EXEC003:TRD001"), (31, "84000"), (32, "0.0004"),
    (37, "OQNCZM-NVAVC-AVD2LO"), (38, "0.001"), (39, "1"), (40, "2"), (44, "84000"), (54, "1"), (55, "BTC/USD"),
    (59, "1"), (60, "20260407-14:32:05.130"), (118, "33.6"), (136, "1"), (137, "0.08736"), (138, "USD"), (139, "4"),
    (150, "F"), (151, "0.0006"), (381, "33.6"), (527, "5213"), (1003, "TKH2SE-M7IF5-CFI7LT"), (5050, "1"),
)  # fmt: skip


def order_by_simplefix() -> bytes:
    """Write the same order as simplefix's own manual does."""
    message = simplefix.FixMessage()
    message.append_pair(8, "FIX.4.4")
    message.append_pair(35, "D", header=True)
    message.append_pair(34, 12, header=True)
    message.append_pair(49, "CLIENT", header=True)
    message.append_pair(56, "KRAKEN-TRD", header=True)
    message.append_pair(52, utc_text(NOW_NS), header=True)
    message.append_pair(11, ORDER.cl_ord_id)
    message.append_pair(55, ORDER.symbol)
    message.append_pair(54, 1)
    message.append_pair(40, 2)
    message.append_pair(38, format(ORDER.qty, "f"))
    message.append_pair(59, 1)
    message.append_pair(60, utc_text(NOW_NS))
    message.append_pair(44, format(ORDER.limit_price or Decimal(0), "f"))
    encoded: bytes = message.encode()
    return encoded


def report_frame() -> bytes:
    """Return a report of a partial fill."""
    message = simplefix.FixMessage()
    for tag, value in ((8, "FIX.4.4"), (35, "8"), (34, "4"), (49, "KRAKEN-TRD"), (56, "CLIENT")):
        message.append_pair(tag, value)
    message.append_pair(52, "20260407-14:32:05.130")
    for pair in REPORT:
        message.append_pair(*pair)
    encoded: bytes = message.encode()
    return encoded


FRAME = report_frame()
ENCODER = Encoder("CLIENT", "KRAKEN-TRD")
FRAMER = Framer()
PARSER = simplefix.FixParser()


def ours_encode() -> bytes:
    """Write the order."""
    return ENCODER.encode("D", 12, NOW_NS, new_order(ORDER, NOW_NS))


def ours_decode() -> Message:
    """Cut the report from the stream, verify it, split it."""
    (frame,) = FRAMER.feed(FRAME)
    assert isinstance(frame, bytes)
    return Message(frame)


def ours_report() -> object:
    """Read it further into exact numbers and a row of the execution stream."""
    return report_of(ours_decode())


def simplefix_decode() -> object:
    """Let simplefix parse it."""
    PARSER.append_buffer(FRAME)
    return PARSER.get_message()


def quickfix_decode() -> Callable[[], object] | None:
    """Return QuickFIX's parse with the fields of a fill read; None without QuickFIX."""
    try:
        fix: Any = importlib.import_module("quickfix")
    except ImportError:
        sys.stderr.write("bench fix: QuickFIX is not installed, it is left out (extra `interop`)\n")
        return None
    text = FRAME.decode()
    tags = (11, 14, 17, 31, 32, 37, 38, 39, 54, 55, 60, 137, 150, 151, 381, 1003, 5050)

    def decode() -> object:
        message = fix.Message(text, False)
        return [message.getField(tag) for tag in tags]

    return decode


def timed(call: Callable[[], object], count: int) -> float:
    """Return microseconds a call."""
    gc.collect()
    gc.disable()
    start = time.perf_counter_ns()
    for _ in range(count):
        call()
    spent = time.perf_counter_ns() - start
    gc.enable()
    return spent / count / 1000


def run(messages: int = MESSAGES, rounds: int = ROUNDS) -> dict[str, object]:
    """Run the benchmark.

    Args:
        messages: Messages a round.
        rounds: Rounds; ratios are taken within each, the median counts.
    """
    contenders: dict[str, Callable[[], object]] = {
        "encode": ours_encode,
        "decode": ours_decode,
        "report": ours_report,
        "simplefix_encode": order_by_simplefix,
        "simplefix_decode": simplefix_decode,
    }
    peer = quickfix_decode()
    if peer is not None:
        contenders["quickfix_decode"] = peer
    samples = [{name: timed(call, messages) for name, call in contenders.items()} for _ in range(rounds)]

    def median(of: Callable[[dict[str, float]], float]) -> float:
        return round(statistics.median(map(of, samples)), 3)

    result: dict[str, object] = {
        "name": "fix",
        "messages": messages,
        "rounds": rounds,
        "bytes": len(FRAME),
        **{f"us_{name}": median(lambda sample, name=name: sample[name]) for name in contenders},  # type: ignore[misc]
        "encode_ratio": median(lambda sample: sample["encode"] / sample["simplefix_encode"]),
        "decode_ratio": median(lambda sample: sample["decode"] / sample["simplefix_decode"]),
    }
    if peer is not None:
        result["quickfix_decode_ratio"] = median(lambda sample: sample["decode"] / sample["quickfix_decode"])
    return result
