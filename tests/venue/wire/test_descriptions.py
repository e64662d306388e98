"""Orders in the words of REST (`rest.md` §4.2)."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.venue.core.exchange import Exchange
from app.venue.core.universe import build_universe
from app.venue.wire import descriptions, forms, rest_requests
from app.venue.wire.numbers import Scale


def described(**fields: str) -> tuple[str, str]:
    """`descr.order` and `descr.close` of a request that is only checked."""
    exchange, clock = Exchange(ManualClock(), build_universe(1)), ManualClock()
    sent = {"type": "buy", "volume": "2.1234"} | {name.replace("__", "["): value for name, value in fields.items()}
    form = forms.Form({name + "]" if "[" in name else name: value for name, value in sent.items()})
    around = rest_requests.envelope(forms.Form({"validate": "true"}), "BTC/USD", clock.now_ns())
    order = exchange.add_order("second", rest_requests.add_order(form, around))
    listing = exchange.listings["BTC/USD"]
    scale = Scale(listing.instrument)
    return descriptions.order_text(order, listing, scale), descriptions.close_text(order, scale)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"ordertype": "limit", "price": "30010"}, "limit 30010.0"),
        ({"ordertype": "limit", "price": "25000.1", "leverage": "2"}, "limit 25000.1 with 2:1 leverage"),
        ({"ordertype": "iceberg", "price": "30010", "displayvol": "0.5"}, "limit 30010.0"),
        ({"ordertype": "stop-loss", "price": "80000"}, "stop loss 80000.0"),
        ({"ordertype": "stop-loss", "price": "+5%"}, "stop loss +5.0000%"),
        ({"ordertype": "take-profit", "price": "40000"}, "take profit 40000.0"),
        (
            {"ordertype": "stop-loss-limit", "price": "80000", "price2": "+1000"},
            "stop loss 80000.0 -> limit +1000.0",
        ),
        (
            {"ordertype": "take-profit-limit", "price": "40000", "price2": "39900"},
            "take profit 40000.0 -> limit 39900.0",
        ),
        ({"ordertype": "trailing-stop", "price": "+5%"}, "trailing stop +5.0000%"),
        ({"ordertype": "trailing-stop", "price": "+1.23456%"}, "trailing stop +1.23456%"),
        (
            {"ordertype": "trailing-stop-limit", "price": "+5%", "price2": "+0"},
            "trailing stop +5.0000% -> limit +0.0",
        ),
    ],
)
def test_an_order_is_told_as_kraken_tells_it(fields: dict[str, str], text: str) -> None:
    assert described(**fields) == (f"buy 2.12340000 XBTUSD @ {text}", "")


@pytest.mark.parametrize(
    ("close", "text"),
    [
        (("limit", "70000", ""), "limit 70000.0"),
        (("stop-loss-limit", "22000", "21000"), "stop loss 22000.0 -> limit 21000.0"),
        (("take-profit-limit", "27000", "#2%"), "take profit 27000.0 -> limit -2.0000%"),
        (("trailing-stop", "+50", ""), "trailing stop +50.0"),
    ],
)
def test_a_close_is_told_after_its_prefix(close: tuple[str, str, str], text: str) -> None:
    kind, price, price2 = close
    fields = {"close__ordertype": kind, "close__price": price} | ({"close__price2": price2} if price2 else {})
    assert described(ordertype="limit", price="1000", **fields)[1] == f"close position @ {text}"
