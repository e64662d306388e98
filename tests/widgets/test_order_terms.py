"""What the orders pane says of triggers, icebergs, expiries and families."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.link.frames import OrderRow
from tests.widgets import frames_sample as sample
from tests.widgets.conftest import Shower
from widgets.orders import Orders, families

S = 1_000_000_000
PLAIN = sample.ORDERS[0]


@pytest.mark.parametrize(
    ("order", "width", "words"),
    [
        (replace(PLAIN, trigger="stop 60000.0 last", price=""), 150, ("stop 60000.0 last", "waiting")),
        (replace(PLAIN, trigger="stop 60000.0 last", price=""), 78, ("stop 60000", "waiting")),
        (replace(PLAIN, trigger="stop 60000.0 last", triggered=True, price="59900.0"), 150, ("@59900.0", "triggered")),
        (replace(PLAIN, trigger="trail 1% index", price=""), 78, ("trail 1%",)),
        (replace(PLAIN, trigger="trail 1% → 63500.0 last", price=""), 78, ("trail 63500",)),
        (replace(PLAIN, display="0.05000000"), 78, ("ice 0.05",)),
        (replace(PLAIN, expires_ns=sample.NOW_NS + 102 * S), 78, ("gtd 1:42",)),
        (replace(PLAIN, expires_ns=sample.NOW_NS + 1194 * S), 78, ("gtd 19:54", "BTC/USD")),
        (replace(PLAIN, starts_ns=sample.NOW_NS + 60 * S), 150, ("in 1:00", "starts")),
        (replace(PLAIN, owner="external"), 78, ("external",)),
        (replace(PLAIN, owner="external", parent=2), 78, ("↳4", "↳#2")),
        (replace(PLAIN, display="0.00156272"), 78, (" iceberg ",)),
        (replace(PLAIN, children=3, display="0.05"), 150, ("ice 0.05 · 3 children",)),
        (replace(PLAIN, close="each fill then buys its size"), 150, ("each fill then",)),
    ],
)
async def test_the_terms_of_an_order_are_in_its_row(
    show: Shower, order: OrderRow, width: int, words: tuple[str, ...]
) -> None:
    orders = Orders()
    async with show(orders, (width, 4)):
        orders.apply((order,), sample.NOW_NS)
        for word in words:
            assert word in orders.text_lines()[1]


async def test_an_expiry_counts_down_without_new_orders(show: Shower) -> None:
    orders = Orders()
    async with show(orders, (78, 4)):
        orders.apply((replace(PLAIN, expires_ns=sample.NOW_NS + 102 * S),), sample.NOW_NS)
        orders.apply(None, sample.NOW_NS + 2 * S)
        assert "gtd 1:40" in orders.text_lines()[1]


def test_a_working_child_does_not_sink_to_a_parent_that_ended() -> None:
    parent = replace(PLAIN, number=1, key="k1", state="filled")
    child, other = replace(PLAIN, number=2, key="k2", parent=1), replace(PLAIN, number=3, key="k3")
    ended = replace(PLAIN, number=4, key="k4", parent=1, state="filled")
    rows = families((other, child, replace(other, number=5, key="k5", state="canceled"), parent, ended))
    assert [row.number for row in rows] == [3, 2, 5, 1, 4]


async def test_children_stand_under_their_parent_and_name_it(show: Shower) -> None:
    rows = tuple(
        replace(PLAIN, number=number, key=f"k{number}", parent=parent)
        for number, parent in ((9, 2), (5, 0), (2, 0), (8, 2), (7, 1))
    )
    assert [row.number for row in families(rows)] == [5, 2, 9, 8, 7]
    orders = Orders()
    async with show(orders, (78, 8)):
        orders.apply(rows, sample.NOW_NS)
        first, second, third, fourth, last = (text.split()[0] for text in orders.text_lines()[1:6])
        assert (first, second, third, fourth, last) == ("5", "2", "↳9", "↳8", "↳7")
        assert "↳#2" in orders.text_lines()[3]
