"""python-kraken-sdk batches every kind of order, edits what can be edited, and sees the exits that fills make."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.conftest import VenueProcess

pytest.importorskip("kraken", reason="python-kraken-sdk is not installed: pip install '.[interop]'")

from kraken.exceptions import KrakenInvalidArgumentsError
from kraken.spot import Trade, User

from tests.interop.test_kraken_sdk_orders import order

pytestmark = pytest.mark.interop

ETHER = {"pair": "ETHUSD"}


@pytest.fixture
def signed(venue: VenueProcess) -> dict[str, str]:
    return {"key": venue.api_key, "secret": venue.api_secret, "url": venue.rest}


BATCHED = (
    "post-only",
    "gtd",
    "scheduled",
    "iceberg",
    "stop-loss",
    "take-profit-limit",
    "trailing-stop",
    "with a close",
)


def leg(name: str) -> dict[str, Any]:
    """An order as a leg of a batch."""
    found = {key: value for key, value in order(name).items() if key not in {"side", "pair"}} | {"type": "buy"}
    close = {key.removeprefix("close_"): found.pop(key) for key in list(found) if key.startswith("close_")}
    if isinstance(found.get("oflags"), list):
        found["oflags"] = ",".join(found["oflags"])
    return found | ({"close": close} if close else {})


def test_a_batch_takes_every_kind_and_a_batch_cancel_withdraws_them(signed: dict[str, str]) -> None:
    trade, user = Trade(**signed), User(**signed)
    rows = trade.create_order_batch(orders=[leg(name) for name in BATCHED], pair="XBTUSD")["orders"]
    ids = [row["txid"] for row in rows]
    seen = user.get_orders_info(txid=ids)
    assert [seen[order_id]["descr"]["ordertype"] for order_id in ids] == [order(name)["ordertype"] for name in BATCHED]
    assert trade.cancel_order_batch(orders=ids)["count"] == len(BATCHED)
    assert user.get_open_orders()["open"] == {}


def test_every_kind_without_a_close_or_a_client_id_is_edited(signed: dict[str, str]) -> None:
    trade, user = Trade(**signed), User(**signed)
    # On a pair of its own: each young order that is changed and cancelled costs points.
    for name in ("gtd", "iceberg", "stop-loss", "take-profit-limit", "trailing-stop-limit"):
        old = trade.create_order(**order(name) | ETHER)["txid"][0]
        edited = trade.edit_order(txid=old, pair="ETHUSD", volume="0.02", validate=False)
        assert (edited["status"], edited["originaltxid"]) == ("ok", old), name
        seen = user.get_orders_info(txid=[old, edited["txid"]])
        assert seen[old]["status"] == "canceled", name
        now = seen[edited["txid"]]
        wanted = (order(name)["ordertype"], "0.02000000", "open")
        assert (now["descr"]["ordertype"], now["vol"], now["status"]) == wanted, name
    for refused in (order("with a close"), order("limit") | {"cl_ord_id": "not-editable"}):
        order_id = trade.create_order(**refused | ETHER)["txid"][0]
        with pytest.raises(KrakenInvalidArgumentsError):
            trade.edit_order(txid=order_id, pair="ETHUSD", volume="0.02", validate=False)
        assert user.get_orders_info(txid=order_id)[order_id]["status"] == "open"
    trade.cancel_all_orders()


def test_each_fill_makes_its_exit(signed: dict[str, str]) -> None:
    trade, user = Trade(**signed), User(**signed)
    opening = {"ordertype": "market", "side": "buy", "pair": "XBTUSD", "volume": "0.001"}
    parent = trade.create_order(**opening, close_ordertype="limit", close_price="900000")["txid"][0]
    filled = user.get_orders_info(txid=parent, trades=True)[parent]
    exits = [row for row in user.get_open_orders()["open"].values() if row["refid"] == parent]
    assert len(exits) == len(filled["trades"])
    assert {(row["descr"]["type"], row["descr"]["price"]) for row in exits} == {("sell", "900000.0")}
    assert sum(float(row["vol"]) for row in exits) == pytest.approx(0.001)
    trade.cancel_all_orders()
