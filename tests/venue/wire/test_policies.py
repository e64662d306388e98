"""Each switch of the simulator's own choices does what it says."""

from __future__ import annotations

import pytest

from app.domain.order import OrderType, Side
from app.venue.core.api import Reference
from app.venue.wire import changes, expressions, orders, policies, values
from app.venue.wire.schema import BadRequest, Params

NOW = 1_700_000_000 * 10**9
CLOSING: Params = {
    "symbol": "BTC/USD",
    "order_type": "stop-loss",
    "side": "buy",
    "order_qty": 1,
    "triggers": {"price": 5, "reference": "index"},
    "conditional": {"order_type": "take-profit", "trigger_price": 9},
}


def test_relative_times_on_ws(monkeypatch: pytest.MonkeyPatch) -> None:
    assert values.moment("+30", "expire_time", NOW) == NOW + 30 * 10**9
    monkeypatch.setattr(policies, "RELATIVE_TIMES_ON_WS", False)
    with pytest.raises(BadRequest):
        values.moment("+30", "expire_time", NOW)


def test_what_a_close_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    for follows, reference in ((True, Reference.INDEX), (False, Reference.LAST)):
        monkeypatch.setattr(policies, "CLOSE_WATCHES_WHAT_PRIMARY_WATCHES", follows)
        close = orders.add_order(CLOSING, NOW).close
        assert close is not None
        assert close.trigger is not None
        assert close.trigger.reference is reference


def test_the_sign_of_a_hash_in_the_second_price(monkeypatch: pytest.MonkeyPatch) -> None:
    assert expressions.second_sign(OrderType.TAKE_PROFIT_LIMIT, Side.SELL) == -1
    monkeypatch.setattr(policies, "HASH_LIMIT_PASSES_TRIGGER", False)
    assert expressions.second_sign(OrderType.TAKE_PROFIT_LIMIT, Side.SELL) == 1


def test_batch_cancel_by_client_ids_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert changes.batch_cancel({"cl_ord_id": ["a", "b"]}).cl_ord_ids == ("a", "b")
    monkeypatch.setattr(policies, "BATCH_CANCEL_TAKES_CLIENT_IDS_ALONE", False)
    with pytest.raises(BadRequest):
        changes.batch_cancel({"cl_ord_id": ["a", "b"]})
