"""Typed sizes and prices as exact numbers, and what an order would do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.book_values import Fillable, LevelView
from app.domain.fees import FeeRates, buy_hold
from app.domain.grammar import Place, parse
from app.domain.instrument import Instrument, from_units, to_units
from app.domain.order import OffsetUnit, OrderRequest, OrderType, Price, PriceRef, Side, Size, SizeUnit, TimeInForce
from app.domain.quote import Funds, Market, QuoteError, preview, resolve, resolve_price, resolve_size

D = Decimal
BTC = Instrument("BTC/USD", "BTC", "USD", 1, D("0.1"), 8, D("0.00000001"), D("0.0001"), 5, D("0.5"))
MARKET = Market(BTC, D("64200.0"), D("64200.3"), D("64201.7"))
FEES = FeeRates(D("0.25"), D("0.40"))
FUNDS = Funds(D("1.5"), D(10_000), FEES)
BUY, SELL = Side.BUY, Side.SELL


def price_of(text: str, side: Side = BUY, market: Market = MARKET) -> Decimal:
    """Resolve a price as typed after `@`; amends may refer to an own 64000.0."""
    statement = parse(f"amend #1 @ {text}", "BTC/USD")[0]
    price = getattr(statement, "price")  # noqa: B009 (an Amend by construction)
    return resolve_price(price, market, side, D("64000.0"))


@pytest.mark.parametrize(
    ("text", "buy", "sell"),
    [
        ("64199.9", "64199.9", "64199.9"),
        ("bid", "64200.0", "64200.0"),
        ("ask+2t", "64200.5", "64200.5"),
        ("bid-2t", "64199.8", "64199.8"),
        ("mid", "64200.1", "64200.2"),
        ("mid-0.05%", "64168.0", "64168.1"),
        ("last+1.55", "64203.2", "64203.3"),
        ("-1t", "63999.9", "63999.9"),
        ("+0.1%", "64064.0", "64064.0"),
    ],
)
def test_prices_round_to_the_passive_side(text: str, buy: str, sell: str) -> None:
    assert (price_of(text, BUY), price_of(text, SELL)) == (D(buy), D(sell))


def test_off_tick_price_names_its_neighbours() -> None:
    with pytest.raises(QuoteError, match=r"64200\.05 is off the tick of 0\.1.*use 64200\.0 or 64200\.1"):
        price_of("64200.05")


@pytest.mark.parametrize(
    ("text", "market"),
    [("bid", replace(MARKET, bid=None)), ("mid", replace(MARKET, ask=None)), ("last", replace(MARKET, last=None))],
)
def test_missing_reference_is_said(text: str, market: Market) -> None:
    with pytest.raises(QuoteError, match=f"no {text} price on BTC/USD"):
        price_of(text, BUY, market)


def test_price_below_zero_is_refused() -> None:
    with pytest.raises(QuoteError, match="above zero"):
        price_of("bid-100%")
    with pytest.raises(QuoteError, match="no price of its own"):
        resolve_price(Price(PriceRef.OWN, D(1), OffsetUnit.TICKS), MARKET, BUY)


@given(
    st.sampled_from(Side),
    st.sampled_from([PriceRef.BID, PriceRef.ASK, PriceRef.MID, PriceRef.LAST]),
    st.decimals("-50", "50", places=3),
    st.sampled_from([OffsetUnit.QUOTE, OffsetUnit.PERCENT]),
)
def test_rounding_is_never_more_than_a_tick_nor_aggressive(
    side: Side, ref: PriceRef, value: Decimal, unit: OffsetUnit
) -> None:
    base = {PriceRef.BID: MARKET.bid, PriceRef.ASK: MARKET.ask, PriceRef.MID: MARKET.mid, PriceRef.LAST: MARKET.last}[
        ref
    ]
    assert base is not None
    exact = base + (value if unit is OffsetUnit.QUOTE else base * value / 100)
    price = resolve_price(Price(ref, value, unit), MARKET, side)
    assert BTC.price(BTC.ticks(price)) == price
    assert 0 <= (exact - price if side is BUY else price - exact) < BTC.tick


class TestSize:
    def test_base_size_must_be_whole_lots(self) -> None:
        assert resolve_size(Size(D("0.5")), MARKET, BUY, None, FUNDS) == D("0.5")
        with pytest.raises(QuoteError, match=r"finer steps than the lot.*use 0\.12345678"):
            resolve_size(Size(D("0.123456789")), MARKET, BUY, None, FUNDS)

    def test_quote_size_rounds_down_to_a_lot(self) -> None:
        qty = resolve_size(Size(D(200), SizeUnit.QUOTE), MARKET, BUY, D("64200.0"), FUNDS)
        assert qty == D("0.00311526")
        assert qty * D("64200.0") <= 200

    def test_share_of_a_sell_is_of_the_base(self) -> None:
        assert resolve_size(Size(D(25), SizeUnit.PERCENT), MARKET, SELL, None, FUNDS) == D("0.375")

    def test_market_orders_reckon_with_the_far_touch(self) -> None:
        at_ask = resolve_size(Size(D(200), SizeUnit.QUOTE), MARKET, BUY, D("64200.3"), FUNDS)
        assert resolve_size(Size(D(200), SizeUnit.QUOTE), MARKET, BUY, None, FUNDS) == at_ask
        with pytest.raises(QuoteError, match="no price"):
            resolve_size(Size(D(200), SizeUnit.QUOTE), replace(MARKET, ask=None), BUY, None, FUNDS)

    @given(st.decimals("0.01", "100", places=2), st.decimals("1", "1000000", places=4))
    def test_max_buy_always_fits_with_its_fee(self, percent: Decimal, quote: Decimal) -> None:
        funds = Funds(D(0), quote, FEES)
        try:
            qty = resolve_size(Size(percent, SizeUnit.PERCENT), MARKET, BUY, D("64200.0"), funds)
        except QuoteError:
            qty = D(0)
        assert buy_hold(FEES, D("64200.0"), qty) <= quote * percent / 100
        assert buy_hold(FEES, D("64200.0"), qty + BTC.lot) > quote * percent / 100

    def test_less_than_a_lot_is_said(self) -> None:
        with pytest.raises(QuoteError, match="25% of 0 BTC is less than one lot"):
            resolve_size(Size(D(25), SizeUnit.PERCENT), MARKET, SELL, None, Funds(D(0), D(0), FEES))


@dataclass
class Ladder:
    """A plain book: price and quantity of each level, best first."""

    bids: list[tuple[str, str]] = field(default_factory=lambda: [("64200.0", "1"), ("64199.5", "2")])
    asks: list[tuple[str, str]] = field(default_factory=lambda: [("64200.3", "0.4"), ("64201.0", "1")])

    def walk(self, side: Side, qty: int | None = None, limit_price: int | None = None) -> Fillable:
        filled, cost, worst, levels = D(0), D(0), None, 0
        wanted = None if qty is None else from_units(qty)
        limit = None if limit_price is None else from_units(limit_price)
        for price_text, qty_text in self.asks if side is SELL else self.bids:
            price = D(price_text)
            beyond = limit is not None and (price > limit if side is SELL else price < limit)
            if beyond or (wanted is not None and filled >= wanted):
                break
            part = D(qty_text) if wanted is None else min(D(qty_text), wanted - filled)
            filled, cost, worst, levels = filled + part, cost + part * price, to_units(price), levels + 1
        return Fillable(to_units(filled), to_units(cost), worst, 3 * levels, levels)

    def level_at(self, side: Side, price: int) -> LevelView | None:
        for price_text, qty_text in self.bids if side is BUY else self.asks:
            if to_units(D(price_text)) == price:
                return LevelView(price, to_units(D(qty_text)), 7)
        return None


def request_for(text: str) -> OrderRequest:
    (statement,) = parse(text, "BTC/USD")
    assert isinstance(statement, Place)
    return resolve(statement.draft, MARKET, FUNDS, "c-1")


def test_draft_becomes_a_request() -> None:
    request = request_for("sell 25% @ ask+2t post")
    assert request == OrderRequest(
        "c-1", "BTC/USD", SELL, OrderType.LIMIT, D("0.375"), D("64200.5"), True, TimeInForce.GTC
    )


class TestPreview:
    def test_joining_order_rests_behind_the_level(self) -> None:
        seen = preview(request_for("buy 0.5 @ bid post"), MARKET, Ladder(), FEES)
        assert not seen.would_take
        assert (seen.rests_qty, seen.orders_ahead, seen.qty_ahead) == (D("0.5"), 7, D(1))
        assert seen.notional == D("32100.00000")
        assert seen.fee == seen.fee_if_maker == D("80.25000")
        assert seen.fee_if_taker == D("128.40000")

    def test_improving_order_has_nobody_ahead(self) -> None:
        seen = preview(request_for("buy 0.5 @ bid+1t post"), MARKET, Ladder(), FEES)
        assert seen.orders_ahead == seen.qty_ahead == 0

    def test_marketable_limit_fills_in_part_and_rests(self) -> None:
        seen = preview(request_for("buy 1 @ 64200.3"), MARKET, Ladder(), FEES)
        assert seen.would_take
        assert (seen.fills_qty, seen.fills_avg, seen.fills_worst, seen.fills_orders) == (
            D("0.4"),
            D("64200.3"),
            D("64200.3"),
            3,
        )
        assert (seen.rests_qty, seen.lost_qty) == (D("0.6"), D(0))
        assert seen.fee == D("102.72048") + D("96.30045")

    def test_take_loses_what_is_not_there(self) -> None:
        seen = preview(request_for("buy 1 take"), MARKET, Ladder(), FEES)
        assert (seen.fills_qty, seen.rests_qty, seen.lost_qty) == (D("0.4"), D(0), D("0.6"))

    def test_market_order_walks_the_book(self) -> None:
        seen = preview(request_for("buy 1 market"), MARKET, Ladder(), FEES)
        assert (seen.fills_qty, seen.fills_worst, seen.fills_avg) == (D(1), D("64201.0"), D("64200.72"))

    def test_post_only_that_crosses_does_nothing(self) -> None:
        seen = preview(request_for("buy 1 @ ask post"), MARKET, Ladder(), FEES)
        assert seen.post_refused
        assert (seen.fills_qty, seen.rests_qty, seen.fee, seen.notional) == (D(0), D(0), D(0), D(0))
        assert seen.lost_qty == 1

    @given(
        st.integers(1, 50),
        st.sampled_from(["buy", "sell"]),
        st.sampled_from(["market", "@ bid post", "@ 64200.3 ioc", "@ 64201 gtc"]),
    )
    def test_every_part_of_the_quantity_goes_somewhere(self, tenths: int, verb: str, how: str) -> None:
        request = replace(request_for(f"{verb} 1 {how}"), qty=D(tenths) / 10)
        seen = preview(request, MARKET, Ladder(), FEES)
        assert seen.fills_qty + seen.rests_qty + seen.lost_qty == request.qty
        assert min(seen.fills_qty, seen.rests_qty, seen.lost_qty, seen.fee) >= 0
