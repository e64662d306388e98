"""The messages that are kept for people to read."""

from __future__ import annotations

from app.protocol.fix.message import Encoder, fields
from app.workers.fix_log import KEPT_DATA, FixLog

ENCODER = Encoder("CLIENT", "KRAKEN-TRD")


def test_a_flood_of_market_data_does_not_push_orders_out() -> None:
    log = FixLog()
    log.add(1, "trading", True, ENCODER.encode("D", 1, 0, fields(("11", "a"))))
    for seq in range(20 * KEPT_DATA):
        log.add(2, "md", False, ENCODER.encode("X", seq, 0, fields(("55", "BTC/USD"))))
    log.add(3, "trading", False, ENCODER.encode("8", 2, 0, fields(("11", "a"))))
    lines = log.since(0)
    assert (lines[0].name, lines[-1].name) == ("NewOrderSingle", "ExecutionReport")
    assert len(lines) == KEPT_DATA + 2
    assert [line.number for line in lines] == sorted(line.number for line in lines)
    assert log.since(lines[-2].number) == lines[-1:]
    assert log.since(lines[-1].number) == ()
