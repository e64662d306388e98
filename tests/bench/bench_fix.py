"""What a FIX message costs: writing an order, reading a report (`performance.md` §4, goal P10).

Ours is timed as the session uses it: an order from its request to the checked
frame, a report from the bytes of the socket, length and sum verified, to its
fields; simplefix verifies neither. QuickFIX writes the same order and reads the fields of the same report, from its
own Python, round by round: the one that QUICKFIX_PYTHON names, or this one if it has it (extra `interop`).
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

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


HEADER: tuple[tuple[int, str], ...] = ((8, "FIX.4.4"), (35, "D"), (34, "12"), (49, "CLIENT"), (56, "KRAKEN-TRD"))
BODY: tuple[tuple[int, str], ...] = (
    (11, ORDER.cl_ord_id), (55, ORDER.symbol), (54, "1"), (40, "2"), (38, format(ORDER.qty, "f")), (59, "1"),
    (60, utc_text(NOW_NS)), (44, format(ORDER.limit_price or Decimal(0), "f")),
)  # fmt: skip
READ = (11, 14, 17, 31, 32, 37, 38, 39, 54, 55, 60, 137, 150, 151, 381, 1003, 5050)
"""Fields of a fill that a client needs."""


def order_by_simplefix() -> bytes:
    """Write the same order as simplefix's own manual does."""
    message = simplefix.FixMessage()
    for tag, value in HEADER:
        message.append_pair(tag, value, header=True)
    message.append_pair(52, utc_text(NOW_NS), header=True)
    for tag, value in BODY:
        message.append_pair(tag, value)
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


@contextmanager
def quickfix() -> Iterator[Callable[[int], tuple[float, float]] | None]:
    """Give QuickFIX's microseconds to write and to read a message; None, said loudly, where there is no QuickFIX."""
    python = sys.executable if importlib.util.find_spec("quickfix") else os.environ.get("QUICKFIX_PYTHON", "")
    if not python:
        sys.stderr.write("bench fix: QuickFIX IS LEFT OUT: name a Python that has it in QUICKFIX_PYTHON\n")
        yield None
        return
    command = [python, str(Path(__file__).with_name("quickfix_cost.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        ask, answers = child.stdin, child.stdout
        assert ask is not None
        assert answers is not None

        def tell(what: object) -> str:
            ask.write(f"{what if isinstance(what, int) else json.dumps(what)}\n")
            ask.flush()
            return answers.readline()

        header = (*HEADER, (52, utc_text(NOW_NS)))
        written = json.loads(tell({"report": FRAME.decode(), "order": BODY, "header": header, "tags": READ}))
        if sorted(written.split("\x01")) != sorted(order_by_simplefix().decode().split("\x01")):
            raise ValueError(f"QuickFIX wrote another order: {written!r}")

        def round_of(count: int) -> tuple[float, float]:
            write, read = json.loads(tell(count))
            return write, read

        yield round_of
        ask.close()


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
    peers = ["simplefix"]
    samples: list[dict[str, float]] = []
    with quickfix() as peer:
        for _ in range(rounds):
            sample = {name: timed(call, messages) for name, call in contenders.items()}
            if peer is not None:
                sample["quickfix_encode"], sample["quickfix_decode"] = peer(messages)
            samples.append(sample)
        if peer is not None:
            peers.append("quickfix")

    def median(of: Callable[[dict[str, float]], float]) -> float:
        return round(statistics.median(map(of, samples)), 3)

    def ratio(act: str, peer: str) -> float:
        return median(lambda sample: sample[act] / sample[f"{peer}_{act}"])

    return {
        "name": "fix",
        "messages": messages,
        "rounds": rounds,
        "bytes": len(FRAME),
        "peers": ", ".join(peers),
        **{f"us_{name}": median(lambda sample, name=name: sample[name]) for name in samples[0]},  # type: ignore[misc]
        # Those against simplefix keep the names that their limits are kept under.
        **{f"{act}_ratio": ratio(act, "simplefix") for act in ("encode", "decode")},
        **{f"quickfix_{act}_ratio": ratio(act, "quickfix") for act in ("encode", "decode") if len(peers) > 1},
    }
