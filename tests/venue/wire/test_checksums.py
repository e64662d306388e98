"""The published checksum vectors, through the venue's own digits (`ws-v2.md` §5, §6.6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.instrument import Instrument
from app.domain.order import Side
from app.venue.core.api import BookAction, BookChange
from app.venue.wire.mirror import MirrorSide, Touched, l2_checksum, l3_checksum
from app.venue.wire.numbers import Scale

BTC = Instrument(
    symbol="BTC/USD",
    base="BTC",
    quote="USD",
    price_dp=1,
    tick=Decimal("0.1"),
    qty_dp=8,
    lot=Decimal("0.00000001"),
    qty_min=Decimal("0.0001"),
    cost_dp=5,
    cost_min=Decimal("0.5"),
)
PENNY = Instrument(
    symbol="PENNY/USD",
    base="PENNY",
    quote="USD",
    price_dp=5,
    tick=Decimal("0.00001"),
    qty_dp=8,
    lot=Decimal("0.00000001"),
    qty_min=Decimal("0.0001"),
    cost_dp=5,
    cost_min=Decimal("0.5"),
)

L2_ASKS = """45285.2 0.00100000/45286.4 1.54571953/45286.6 1.54571109/45289.6 1.54560911/45290.2 0.15890660/
45291.8 1.54553491/45294.7 0.04454749/45296.1 0.35380000/45297.5 0.09945542/45299.5 0.18772827"""
L2_BIDS = """45283.5 0.10000000/45283.4 1.54582015/45282.1 0.10000000/45281.0 0.10000000/45280.3 1.54592586/
45279.0 0.07990000/45277.6 0.03310103/45277.5 0.30000000/45277.3 1.54602737/45276.6 0.15445238"""

L3_BIDS = """44939.4 0.88968699/44939.4 0.45210000/44939.4 0.10000000/44939.4 0.14296323/44939.4 0.25000000/
44939.4 0.10292988/44939.4 0.33880000/44939.4 1.28140860/44937.1 0.03346877/44934.7 0.35630000/44930.2 0.22734299/
44930.2 0.01000000/44930.2 0.05550000/44930.2 0.70000000/44930.2 0.15000000/44928.0 0.00105240/44919.6 0.33870000/
44919.5 0.07610000/44912.0 0.35630000/44909.7 0.06690000/44901.9 0.00088982"""
L3_ASKS = """44939.5 4.52308393/44939.5 0.00111261/44939.5 0.00100000/44939.5 0.01000000/44950.0 0.10334926/
44953.0 0.00064537/44955.0 0.00250000/44959.6 0.35630000/44959.6 0.35630000/44960.1 0.00338072/44960.2 0.88967575/
44967.0 3.14392283/44978.5 0.06778960/44979.2 0.35630000"""

PENNY_ASKS = "/".join(f"0.0{ticks:04d} 0.00000500" for ticks in range(5005, 5051, 5))
PENNY_BIDS = "/".join(f"0.0{t:04d} 0.00000500" for t in (5000, 4995, 4990, 4980, 4975, 4970, 4965, 4960, 4955, 4950))


def fill(instrument: Instrument, text: str, side: Side) -> MirrorSide:
    mirror = MirrorSide(Scale(instrument), 1 if side is Side.SELL else -1)
    for number, row in enumerate(text.replace("\n", "").split("/")):
        price, qty = row.split()
        change = BookChange(
            side=side,
            action=BookAction.ADD,
            order_id=f"O{number}",
            price=instrument.ticks(Decimal(price)),
            qty=instrument.lots(Decimal(qty)),
            ts_ns=number,
        )
        mirror.apply(change, Touched())
    return mirror


@pytest.mark.parametrize(
    ("instrument", "asks", "bids", "expected"),
    [(BTC, L2_ASKS, L2_BIDS, 3310070434), (PENNY, PENNY_ASKS, PENNY_BIDS, 974947235)],
)
def test_book_checksum_matches_the_published_example(
    instrument: Instrument, asks: str, bids: str, expected: int
) -> None:
    assert l2_checksum(fill(instrument, asks, Side.SELL), fill(instrument, bids, Side.BUY)) == expected


def test_level3_checksum_matches_the_published_example() -> None:
    assert l3_checksum(fill(BTC, L3_ASKS, Side.SELL), fill(BTC, L3_BIDS, Side.BUY)) == 1063832831


def test_checksum_follows_changes_of_a_level() -> None:
    asks, bids = fill(BTC, L2_ASKS, Side.SELL), fill(BTC, L2_BIDS, Side.BUY)
    before = l2_checksum(asks, bids)
    asks.apply(BookChange(Side.SELL, BookAction.MODIFY, "O0", 452852, 50_000, 0), Touched())
    assert l2_checksum(asks, bids) != before
    asks.apply(BookChange(Side.SELL, BookAction.MODIFY, "O0", 452852, 100_000, 0), Touched())
    assert l2_checksum(asks, bids) == before
