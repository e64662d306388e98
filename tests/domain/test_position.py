"""Session inventory and P&L from fills, exact to the last digit."""

from __future__ import annotations

from decimal import Context, Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.order import Side
from app.domain.position import Fill, Position

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
EXACT = Context(prec=60)


def after(*fills: Fill) -> Position:
    position = Position("BTC/USD")
    for fill in fills:
        position = position.add(fill)
    return position


def test_average_entry_over_two_buys() -> None:
    position = after(Fill(BUY, D(1), D(100), D("0.4")), Fill(BUY, D(3), D(104), D("1.2")))
    assert (position.qty, position.avg_price, position.fees) == (D(4), D(103), D("1.6"))
    assert position.unrealised(D(110)) == 28
    assert position.net(D(110)) == D("26.4")


def test_partial_exit_realises_its_share_and_keeps_the_entry() -> None:
    position = after(Fill(BUY, D(4), D(103)), Fill(SELL, D(1), D(113)))
    assert (position.qty, position.avg_price, position.realised) == (D(3), D(103), D(10))


def test_selling_coins_held_before_goes_below_zero_and_back() -> None:
    short = after(Fill(SELL, D(2), D(100)))
    assert (short.qty, short.avg_price, short.unrealised(D(90))) == (D(-2), D(100), D(20))
    flipped = short.add(Fill(BUY, D(3), D(90), D("0.3")))
    assert (flipped.qty, flipped.avg_price, flipped.realised) == (D(1), D(90), D(20))
    assert flipped.open_fees == D("0.1")


def test_break_even_earns_exactly_nothing() -> None:
    long = after(Fill(BUY, D(2), D(100), D("0.8")))
    price = long.break_even(D("0.4"))
    assert price is not None
    assert abs(price * 2 * (1 - D("0.004")) - D("200.8")) < D("1e-20")
    short = after(Fill(SELL, D(2), D(100), D("0.8")))
    price = short.break_even(D("0.4"))
    assert price is not None
    assert abs(price * 2 * (1 + D("0.004")) - D("199.2")) < D("1e-20")
    assert Position("BTC/USD").break_even(D("0.4")) is None


def number(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places)


FILLS = st.lists(
    st.builds(
        Fill, st.sampled_from(Side), number("0.00000001", "1000", 8), number("0.01", "99999", 2), number("0", "9", 5)
    ),
    max_size=12,
)


@given(FILLS, number("0.01", "99999", 2))
def test_money_is_conserved(fills: list[Fill], mark: Decimal) -> None:
    """Realised plus unrealised is cash plus inventory, whatever was rounded in between."""
    position = after(*fills)
    cash = inventory = fees = D(0)
    for fill in fills:
        sign = 1 if fill.side is BUY else -1
        cash = EXACT.subtract(cash, EXACT.multiply(sign * fill.qty, fill.price))
        inventory += sign * fill.qty
        fees += fill.fee
    worth = EXACT.add(cash, EXACT.multiply(inventory, mark))
    assert EXACT.add(position.realised, position.unrealised(mark)) == worth
    assert position.net(mark) == EXACT.subtract(worth, fees)
    assert (position.qty, position.fees, position.bought - position.sold) == (inventory, fees, inventory)
    assert position.basis >= 0


@given(FILLS)
def test_flat_leaves_no_entry_behind(fills: list[Fill]) -> None:
    position = after(*fills)
    if not position.flat:
        position = position.add(Fill(SELL if position.qty > 0 else BUY, abs(position.qty), D(50)))
    assert position.flat
    assert position.basis == position.open_fees == 0
    assert position.avg_price is None
    assert position.realised == position.cash
