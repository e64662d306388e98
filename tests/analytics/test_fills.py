from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

from app.analytics.fills import frame, load, summarise, write_csv
from app.engine.journal import FillNote, Journal

D = Decimal


def note(exec_id: str, side: str, qty: str, price: str, fee: str = "0", *, maker: bool = True, at: int = 1) -> FillNote:
    return FillNote(exec_id, "O1", "BTC/USD", side, D(qty), D(price), D(fee), "USD", maker, at)


def test_a_round_trip_is_summed_up_exactly() -> None:
    table = frame([note("T1", "buy", "0.1", "64000.1", "7.68"), note("T2", "sell", "0.1", "64010.3", "7.69", at=2)])
    (pair,) = summarise(table)
    assert (pair.bought, pair.sold, pair.net) == (D("0.1"), D("0.1"), D(0))
    assert pair.buy_price == D("64000.1")
    assert pair.fees == D("15.37")
    assert pair.realised == D("0.1") * D("10.2") - D("15.37")


def test_a_repeated_fill_counts_once_and_the_maker_share_is_by_value() -> None:
    table = frame(
        [note("T1", "buy", "3", "10"), note("T1", "buy", "3", "10"), note("T2", "buy", "1", "10", maker=False)]
    )
    (pair,) = summarise(table)
    assert pair.fills == 2
    assert pair.maker_share == D("0.75")


def test_a_fee_in_base_is_valued_at_the_fill() -> None:
    fill = FillNote("T1", "O1", "BTC/USD", "buy", D(1), D(100), D("0.01"), "BTC", True, 1)
    (pair,) = summarise(frame([fill]))
    assert pair.fees == D(1)


def test_tiny_and_huge_numbers_stay_exact() -> None:
    (pair,) = summarise(frame([note("T1", "buy", "123456789.12345678", "0.00000001")]))
    assert pair.bought == D("123456789.12345678")


async def test_the_journal_keeps_fills_for_the_report(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = Journal(path)
    journal.open()
    journal.note(note("T1", "buy", "1", "2"))
    await asyncio.to_thread(journal.close)
    assert load(path).height == 1
    assert load(tmp_path / "none").is_empty()


def test_the_export_cannot_run_a_formula(tmp_path: Path) -> None:
    table = frame([note("=HYPERLINK()", "buy", "1", "2")])
    write_csv(table, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text()
    assert "'=HYPERLINK()" in text
    assert text.startswith("time,symbol,side,qty,price,cost")
