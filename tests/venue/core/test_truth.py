"""The truth log tells what happened to client orders, at once."""

from __future__ import annotations

import json
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from app.clock import ManualClock
from app.domain.order import OrderType, Side
from app.venue.core.api import AddOrder, AmendOrder, VenueReject
from app.venue.core.exchange import Exchange
from app.venue.core.truth import TruthLog
from app.venue.core.universe import build_universe


def _read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _exchange(path: Path, *, house: bool = False) -> tuple[Exchange, TruthLog]:
    truth = TruthLog(path, house=house)
    return Exchange(ManualClock(), build_universe(2), truth=truth, keys_seed="seed"), truth


def _limit(side: Side, qty: str, price: str) -> AddOrder:
    return AddOrder("BTC/USD", side, OrderType.LIMIT, Decimal(qty), Decimal(price), cl_ord_id="mine", source="rest")


def test_the_life_of_an_order_is_readable_while_the_venue_runs(tmp_path: Path) -> None:
    exchange, truth = _exchange(tmp_path / "truth.jsonl")
    order = exchange.add_order("practice", _limit(Side.BUY, "1", "60000.0"))
    exchange.amend_order("practice", AmendOrder(order_id=order.order_id, qty=Decimal("0.8")))
    exchange.desk("BTC/USD").take(Side.SELL, 600_000, 30_000_000)
    exchange.cancel_order("practice", order_id=order.order_id)
    with pytest.raises(VenueReject):
        exchange.add_order("poor", _limit(Side.BUY, "1", "60000.0"))
    records = _read(truth.path)
    assert [record["kind"] for record in records] == [
        "accepted",
        "amended",
        "trade",
        "filled",
        "canceled",
        "rejected",
    ]
    accepted, amended, trade, filled, canceled, rejected = records
    assert (accepted["qty"], accepted["price"], accepted["source"]) == ("1.00000000", "60000.0", "rest")
    assert amended["qty"] == "0.80000000"
    assert (trade["maker"], trade["account"], trade["taker_side"]) == ("practice", "house", "sell")
    assert (filled["qty"], filled["cost"], filled["left"]) == ("0.30000000", "18000", "0.50000000")
    assert filled["maker"] is True
    assert (canceled["reason"], canceled["filled"]) == ("User requested", "0.30000000")
    assert (rejected["account"], rejected["error"]) == ("poor", "EOrder:Insufficient funds")
    assert {record["order_id"] for record in (accepted, amended, filled, canceled)} == {order.order_id}
    truth.close()


def test_only_the_owner_may_read_it_and_no_secret_is_in_it(tmp_path: Path) -> None:
    exchange, truth = _exchange(tmp_path / "truth.jsonl")
    exchange.add_order("practice", _limit(Side.BUY, "1", "60000.0"))
    truth.close()
    assert stat.S_IMODE(truth.path.stat().st_mode) == 0o600
    text = truth.path.read_text()
    assert not any(key.api_secret in text or key.api_key in text for key in exchange.credentials)


@pytest.mark.parametrize("house", [False, True])
def test_house_flow_is_written_only_on_request(tmp_path: Path, house: bool) -> None:
    exchange, truth = _exchange(tmp_path / "truth.jsonl", house=house)
    desk = exchange.desk("BTC/USD")
    desk.place(Side.BUY, 600_000, 1_000)
    desk.take(Side.SELL, 600_000, 1_000)
    truth.close()
    assert [record["kind"] for record in _read(truth.path)] == (["accepted", "trade", "accepted"] if house else [])
