"""Margin: positions, what they use, what may be opened (`rest.md` §3.11, §6).

A margin trade moves no principal of the client: the venue's pool pays for it
and keeps what it gets; only fees and the profit of what is closed reach the
client's quote balance. Positions close oldest first.
"""

from __future__ import annotations

from dataclasses import replace

from app.domain.instrument import UNIT
from app.domain.order import Side
from app.venue.core import policies
from app.venue.core.accounts import Account
from app.venue.core.api import Fill, MarginState, Order, Position, Trade, VenueReject
from app.venue.core.fees import fee_on, tier_for
from app.venue.core.floor import Floor
from app.venue.core.pair import Pair
from app.venue.core.truth import position_record

PAST_POSITIONS_KEPT = 1_000
LEVEL_TOO_LOW = "EOrder:Margin level too low"
ALLOWANCE_EXCEEDED = "EOrder:Margin allowance exceeded"
SIZE_EXCEEDED = "EOrder:Margin position size exceeded"
POSITIONS_LIMIT = "EOrder:Positions limit exceeded"
NO_POSITION = "EOrder:Reduce only:No position exists"
_PERCENT = 100


def margin_state(floor: Floor, account: Account) -> MarginState:
    """Return an account's margin; balances count at reference prices, positions at the last trade."""
    usd = floor.universe.usd
    collateral = sum(units * usd.get(asset, 0) // UNIT for asset, units in account.totals.items())
    unrealised = cost = value = used = 0
    for position in account.positions.values():
        pair = floor.pairs[position.symbol]
        worth = usd[pair.instrument.quote]
        now = pair.cost(pair.last_price, position.left)
        sign = 1 if position.side is Side.BUY else -1
        cost += position.left_cost * worth // UNIT
        value += now * worth // UNIT
        unrealised += sign * (now - position.left_cost) * worth // UNIT
        used += position.margin * worth // UNIT
    return MarginState(collateral, unrealised, cost, value, used, sum(account.reserved.values()))


def reserve(floor: Floor, account: Account, pair: Pair, order: Order, price: int) -> None:
    """Check that a margin order may open what it would, and reserve its initial margin.

    Args:
        floor: Shared state.
        account: Owner.
        pair: The pair.
        order: A margin order; what it would close needs nothing.
        price: What a lot may cost, in ticks.

    Raises:
        VenueReject: One of Kraken's margin errors.
    """
    account.reserved.pop(order.order_id, None)
    opening = max(0, order.left - account.open_lots(pair.symbol, order.side.opposite))
    if order.terms.reduce_only or not opening:
        return
    worth = floor.universe.usd[pair.instrument.quote]
    cost = pair.cost_ceiling(price, opening) * worth // UNIT
    state = margin_state(floor, account)
    needed = -(-cost // order.terms.leverage)
    if len(account.positions) >= policies.POSITIONS_LIMIT:
        raise VenueReject(POSITIONS_LIMIT)
    held = sum(p.left_cost for p in account.positions.values() if p.symbol == pair.symbol) * worth // UNIT
    if held + cost > policies.POSITION_SIZE_USD * UNIT:
        raise VenueReject(SIZE_EXCEEDED)
    if state.cost + cost > policies.MARGIN_ALLOWANCE_USD * UNIT:
        raise VenueReject(ALLOWANCE_EXCEEDED)
    after = state.used + state.reserved + needed
    if after > state.equity or state.equity * _PERCENT < after * policies.MARGIN_CALL_LEVEL:
        raise VenueReject(LEVEL_TOO_LOW)
    account.reserved[order.order_id] = needed


def check_reduces(account: Account, order: Order) -> None:
    """Refuse a reduce-only order that has nothing to reduce.

    Raises:
        VenueReject: `EOrder:Reduce only:No position exists`.
    """
    if order.terms.reduce_only and not account.open_lots(order.symbol, order.side.opposite):
        raise VenueReject(NO_POSITION)


def settle_on_margin(floor: Floor, pair: Pair, account: Account, order: Order, trade: Trade, *, maker: bool) -> Fill:
    """Book one side of a trade of a margin order: close the oldest opposite positions, open the rest."""
    exec_id = floor.ids.execution()
    cost = pair.cost(trade.price, trade.qty)
    _pool_trades(floor, pair, order.side, cost, trade.qty)
    closed, closed_cost, pnl = _close_oldest(floor, pair, account, order.side, trade, exec_id)
    opened, open_cost = trade.qty - closed, cost - closed_cost
    tier = tier_for(pair.listing.fees, account.volume)
    fee = fee_on(cost, tier.maker if maker else tier.taker, pair.cost_quantum)
    opening_fee = fee_on(open_cost, policies.MARGIN_OPENING_FEE, pair.cost_quantum) if opened else 0
    margin = -(-open_cost // (order.terms.leverage * pair.cost_quantum)) * pair.cost_quantum
    quote = pair.instrument.quote
    account.move(quote, pnl - fee - opening_fee)
    floor.pool[quote] -= pnl
    floor.collected[quote] = floor.collected.get(quote, 0) + fee + opening_fee
    account.volume += cost * floor.universe.usd[quote] // UNIT
    if opened:
        open_fee = fee * opened // trade.qty + opening_fee
        _open(floor, pair, account, order, trade, (exec_id, opened, open_cost, open_fee, margin))
    _release(floor, pair, account, order, trade.price)
    return Fill(
        exec_id=exec_id,
        trade_id=trade.trade_id,
        order_id=order.order_id,
        account_id=account.account_id,
        symbol=pair.symbol,
        side=order.side,
        order_type=order.order_type,
        price=trade.price,
        qty=trade.qty,
        cost=cost,
        fee=fee + opening_fee,
        fee_asset=quote,
        maker=maker,
        ts_ns=trade.ts_ns,
        leverage=order.terms.leverage,
        opened=opened,
        closed=closed,
        margin=margin,
        pnl=pnl,
    )


def take_part(position: Position, lots: int, quantum: int) -> tuple[Position, int]:
    """Return a position less some lots, and the opening cost of what was taken off."""
    if lots == position.left:
        return replace(position, closed=position.qty, left_cost=0, margin=0), position.left_cost
    part = position.left_cost * lots // position.left // quantum * quantum
    margin = position.margin * lots // position.left // quantum * quantum
    rest = replace(
        position,
        closed=position.closed + lots,
        left_cost=position.left_cost - part,
        margin=position.margin - margin,
    )
    return rest, part


def keep(floor: Floor, account: Account, position: Position, ts_ns: int) -> None:
    """Put a changed position back: among the open ones, or among the closed when nothing is left."""
    if position.left:
        account.positions[position.position_id] = position
        return
    del account.positions[position.position_id]
    account.past_positions[position.position_id] = position
    if len(account.past_positions) > PAST_POSITIONS_KEPT:
        del account.past_positions[next(iter(account.past_positions))]
    instrument = floor.pairs[position.symbol].instrument
    floor.truth.write(position_record("position_closed", position, instrument, ts_ns))


def _pool_trades(floor: Floor, pair: Pair, side: Side, cost: int, lots: int) -> None:
    sign = 1 if side is Side.BUY else -1
    base, quote = pair.instrument.base, pair.instrument.quote
    floor.pool[base] = floor.pool.get(base, 0) + sign * pair.units(lots)
    floor.pool[quote] = floor.pool.get(quote, 0) - sign * cost


def _close_oldest(
    floor: Floor, pair: Pair, account: Account, side: Side, trade: Trade, exec_id: str
) -> tuple[int, int, int]:
    """Close opposite positions; returns the lots closed, their value now and the profit."""
    left, value_left = trade.qty, pair.cost(trade.price, trade.qty)
    pnl = 0
    against = [p for p in account.positions.values() if p.symbol == pair.symbol and p.side is side.opposite]
    for position in against:
        if not left:
            break
        lots = min(left, position.left)
        value = value_left if lots == left else value_left * lots // left // pair.cost_quantum * pair.cost_quantum
        rest, opened_for = take_part(position, lots, pair.cost_quantum)
        gain = value - opened_for if position.side is Side.BUY else opened_for - value
        left, value_left, pnl = left - lots, value_left - value, pnl + gain
        rest = replace(
            rest,
            closed_cost=position.closed_cost + value,
            pnl=position.pnl + gain,
            closing=(*position.closing, exec_id),
        )
        keep(floor, account, rest, trade.ts_ns)
    return trade.qty - left, pair.cost(trade.price, trade.qty) - value_left, pnl


def _open(
    floor: Floor, pair: Pair, account: Account, order: Order, trade: Trade, made: tuple[str, int, int, int, int]
) -> None:
    exec_id, lots, cost, fee, margin = made
    position = Position(
        position_id=exec_id,
        order_id=order.order_id,
        account_id=account.account_id,
        symbol=pair.symbol,
        side=order.side,
        order_type=order.order_type,
        qty=lots,
        closed=0,
        cost=cost,
        left_cost=cost,
        fee=fee,
        margin=margin,
        leverage=order.terms.leverage,
        opened_ns=trade.ts_ns,
    )
    account.positions[exec_id] = position
    floor.truth.write(position_record("position_opened", position, pair.instrument, trade.ts_ns))


def _release(floor: Floor, pair: Pair, account: Account, order: Order, price: int) -> None:
    """Keep reserved only what the unfilled part of an order may still open."""
    if order.order_id not in account.reserved:
        return
    opening = max(0, order.left - account.open_lots(pair.symbol, order.side.opposite))
    cost = pair.cost_ceiling(order.price or price, opening) * floor.universe.usd[pair.instrument.quote] // UNIT
    account.reserved[order.order_id] = -(-cost // order.terms.leverage)
