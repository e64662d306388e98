"""Money after a fill: cost, fee, totals, ledger (`rest.md` §5.8, `ws-v2.md` §8)."""

from __future__ import annotations

from app.domain.instrument import UNIT, UNIT_DP
from app.domain.order import Side
from app.venue.core.accounts import Account
from app.venue.core.api import Fill, LedgerEntry, LedgerKind, Order, Trade
from app.venue.core.fees import fee_ceiling, fee_on, tier_for
from app.venue.core.floor import Floor
from app.venue.core.margin import settle_on_margin
from app.venue.core.pair import Pair


def required(account: Account, pair: Pair, order: Order, left: int, price: int) -> tuple[str, int]:
    """Return what a spot order must hold for its unfilled part.

    A buy holds the quote cost and the highest fee, a sell the base quantity;
    a fee that is paid in base is held in base by a sell and comes out of
    what is bought by a buy.

    Args:
        account: Owner, for the fee rate.
        pair: The pair.
        order: The order.
        left: Unfilled quantity in lots.
        price: What a lot may cost, in ticks: the limit where there is one.

    Returns:
        The asset and the amount in units.
    """
    instrument = pair.instrument
    rate = max(taker_rate(account, pair), 0)
    if order.side is Side.BUY:
        cost = pair.cost_ceiling(price, left)
        fee = 0 if order.fee_in_base else fee_ceiling(cost, rate, pair.cost_quantum)
        return instrument.quote, cost + fee
    base = pair.units(left)
    return instrument.base, base + (fee_ceiling(base, rate, pair.lot_units) if order.fee_in_base else 0)


def taker_rate(account: Account, pair: Pair) -> int:
    """Return the account's present taker fee in hundredths of a percent."""
    return tier_for(pair.listing.fees, account.volume).taker


def settle(floor: Floor, pair: Pair, account: Account, order: Order, trade: Trade, *, maker: bool) -> Fill | None:
    """Book one side of a trade; the order's `filled` already counts it.

    Args:
        floor: Shared state.
        pair: The pair.
        account: Owner of the order.
        order: The order, resting or arriving.
        trade: The public trade.
        maker: Whether the order rested.

    Returns:
        The fill, or None for the house, which keeps totals only.
    """
    cost = pair.cost(trade.price, trade.qty)
    order.cost += cost
    if account.house:
        _exchange_assets(pair, account, order.side, cost, trade.qty)
        return None
    if order.terms.leverage:
        fill = settle_on_margin(floor, pair, account, order, trade, maker=maker)
    else:
        fill = _settle_spot(floor, pair, account, order, trade, maker=maker)
    order.fee += fill.fee
    order.trades = (*order.trades, fill.exec_id)
    account.fills.append(fill)
    return fill


def _settle_spot(floor: Floor, pair: Pair, account: Account, order: Order, trade: Trade, *, maker: bool) -> Fill:
    cost = pair.cost(trade.price, trade.qty)
    if order.price:
        account.hold(order.order_id, *required(account, pair, order, order.left, order.price))
    _exchange_assets(pair, account, order.side, cost, trade.qty)
    asset, fee = _charge(floor, pair, account, order, trade, maker=maker)
    account.volume += cost * floor.universe.usd[pair.instrument.quote] // UNIT
    return Fill(
        exec_id=floor.ids.execution(),
        trade_id=trade.trade_id,
        order_id=order.order_id,
        account_id=account.account_id,
        symbol=pair.symbol,
        side=order.side,
        order_type=order.order_type,
        price=trade.price,
        qty=trade.qty,
        cost=cost,
        fee=fee,
        fee_asset=asset,
        maker=maker,
        ts_ns=trade.ts_ns,
    )


def _exchange_assets(pair: Pair, account: Account, side: Side, cost: int, lots: int) -> None:
    sign = 1 if side is Side.BUY else -1
    account.move(pair.instrument.base, sign * pair.units(lots))
    account.move(pair.instrument.quote, -sign * cost)


def _charge(floor: Floor, pair: Pair, account: Account, order: Order, trade: Trade, *, maker: bool) -> tuple[str, int]:
    """Take the fee of one fill; returns its asset and amount.

    The fee never exceeds what is available: rounding half up may ask for one
    step more than the order held.
    """
    tier = tier_for(pair.listing.fees, account.volume)
    rate = tier.maker if maker else tier.taker
    if order.fee_in_base:
        asset = pair.instrument.base
        precision: int = 10 ** (UNIT_DP - floor.universe.assets[asset].precision)
        fee = fee_on(pair.units(trade.qty), rate, precision)
    else:
        asset = pair.instrument.quote
        fee = fee_on(pair.cost(trade.price, trade.qty), rate, pair.cost_quantum)
    fee = min(fee, max(0, account.available(asset)))
    account.move(asset, -fee)
    floor.collected[asset] = floor.collected.get(asset, 0) + fee
    return asset, fee


def ledger_entries(floor: Floor, pair: Pair, account: Account, fill: Fill) -> tuple[LedgerEntry, ...]:
    """Return the ledger rows of a fill, right after it was settled.

    A spot fill has a base and a quote leg, a margin fill one row in quote
    with the profit and the fees.
    """
    sign = 1 if fill.side is Side.BUY else -1
    base, quote = pair.instrument.base, pair.instrument.quote
    legs: tuple[tuple[str, int], ...] = ((base, sign * pair.units(fill.qty)), (quote, -sign * fill.cost))
    if fill.leverage:
        legs = ((quote, fill.pnl),)
    return tuple(
        LedgerEntry(
            account_id=account.account_id,
            ledger_id=floor.ids.ledger(),
            ref_id=fill.exec_id,
            asset=asset,
            amount=amount,
            fee=fill.fee if asset == fill.fee_asset else 0,
            balance=account.totals[asset],
            ts_ns=fill.ts_ns,
            kind=LedgerKind.MARGIN if fill.leverage else LedgerKind.TRADE,
        )
        for asset, amount in legs
    )
