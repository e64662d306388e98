"""Margin positions and margin figures of REST (`rest.md` §3.4, §3.9, §3.11)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.clock import NS_PER_S
from app.domain.instrument import UNIT
from app.domain.order import Side
from app.venue.core.api import Listing, Position
from app.venue.wire import policies
from app.venue.wire.frames import Token, Value
from app.venue.wire.numbers import Scale, epoch, units_text

MONEY_DP: Final = 5
_CALC_DP: Final = 4


def position_row(position: Position, listing: Listing, scale: Scale, price: int | None) -> dict[str, Value]:
    """One open position.

    Args:
        position: The position.
        listing: Its pair.
        scale: Printing rules.
        price: Present price in ticks, for `value` and `net`; None leaves them out.
    """
    row: dict[str, Value] = {
        "ordertxid": position.order_id,
        "posstatus": "open" if position.left else "closed",
        "pair": listing.pair_id,
        "time": Token(epoch(position.opened_ns)),
        "type": str(position.side),
        "ordertype": str(position.order_type),
        "cost": units_text(position.cost, MONEY_DP),
        "fee": units_text(position.fee, MONEY_DP),
        "vol": scale.qty(position.qty),
        "vol_closed": scale.qty(position.closed),
        "margin": units_text(position.margin, MONEY_DP),
        "terms": policies.ROLLOVER_TERMS,
        "rollovertm": str(_next_rollover_s(position)),
        "misc": "",
        "oflags": "",
    }
    if price is not None:
        value = value_of(position, scale, price)
        row |= {"value": units_text(value, _CALC_DP), "net": signed(_net(position, value))}
    return row


def value_of(position: Position, scale: Scale, price: int) -> int:
    """What is still open at a price, in units of quote."""
    pair = scale.instrument
    return int(pair.price(price) * pair.qty(position.left) * UNIT)


def _net(position: Position, value: int) -> int:
    """Unrealised profit of what is still open, in units of quote."""
    gain = value - position.left_cost
    return gain if position.side is Side.BUY else -gain


def signed(units: int) -> str:
    """An amount with its sign, as `net` is written."""
    text = units_text(units, _CALC_DP)
    return text if units < 0 else f"+{text}"


def _next_rollover_s(position: Position) -> int:
    return position.opened_ns // NS_PER_S + policies.ROLLOVER_S


def opening_fields(position: Position, scale: Scale) -> dict[str, Value]:
    """What a trade that opened a position tells of it (§3.9)."""
    return {
        "posstatus": "open" if position.left else "closed",
        "cprice": scale.average(position.closed_cost, position.closed),
        "ccost": units_text(position.closed_cost, MONEY_DP),
        "cfee": units_text(0, MONEY_DP),
        "cvol": scale.qty(position.closed),
        "cmargin": units_text(position.margin, MONEY_DP),
        "net": signed(position.pnl),
        "trades": position.closing,
    }


def market_rows(rows: Iterable[tuple[Position, Scale, Listing, int]], *, calculate: bool) -> list[dict[str, Value]]:
    """Positions added up by pair and side: `consolidation=market`.

    Args:
        rows: Positions with printing rules, pair and present price in ticks.
        calculate: Whether to add `value` and `net`.
    """
    groups: dict[tuple[str, Side], list[tuple[Position, Scale, Listing, int]]] = {}
    for row in rows:
        groups.setdefault((row[0].symbol, row[0].side), []).append(row)
    return [_market_row(group) | (_market_worth(group) if calculate else {}) for group in groups.values()]


def _market_row(group: list[tuple[Position, Scale, Listing, int]]) -> dict[str, Value]:
    first, scale, listing, _ = group[0]
    held = [position for position, *_ in group]
    return {
        "pair": listing.pair_id,
        "positions": str(len(held)),
        "type": str(first.side),
        "leverage": f"{first.leverage:.{MONEY_DP}f}",
        "cost": units_text(sum(position.cost for position in held), MONEY_DP),
        "fee": units_text(sum(position.fee for position in held), MONEY_DP),
        "vol": scale.qty(sum(position.qty for position in held)),
        "vol_closed": scale.qty(sum(position.closed for position in held)),
        "margin": units_text(sum(position.margin for position in held), MONEY_DP),
    }


def _market_worth(group: list[tuple[Position, Scale, Listing, int]]) -> dict[str, Value]:
    worth = [(position, value_of(position, scale, price)) for position, scale, _, price in group]
    net = sum(_net(position, value) for position, value in worth)
    return {"value": units_text(sum(value for _, value in worth), _CALC_DP), "net": signed(net)}
