"""What the books and tapes hold when the session opens."""

from __future__ import annotations

from app.clock import NS_PER_S
from app.domain.order import Side
from app.venue.agents.market import MILLI, Market

_HISTORY_S = 12 * 3_600
_TRADES_ALIVE = 720
_TRADES_STILL = 12
_LEVEL_ROOM = 4


def fill_book(market: Market, most: int = 0) -> int:
    """Rest the opening orders of both sides, far prices first, as older orders would be.

    Args:
        market: The market.
        most: Price levels a side at the most; 0 for what suits it.

    Returns:
        Orders placed.
    """
    placed = 0
    own = market.profile.liveliness.levels
    room = own + own // _LEVEL_ROOM
    room = min(room, most) if most else room
    for side in (Side.BUY, Side.SELL):
        away = -1 if side is Side.BUY else 1
        anchor = market.anchor(side)
        quoted: list[tuple[int, int, int]] = []
        for distance in range(market.profile.reach + 1):
            price = anchor + away * distance
            wanted = market.wanted(price, distance) if price > 0 else 0
            if wanted:
                quoted.append((price, wanted, distance))
            if len(quoted) >= room:
                break
        for price, wanted, distance in reversed(quoted):
            for _ in range(wanted):
                placed += market.desk.place(side, price, market.size(distance)) is not None
    return placed


def write_tape(market: Market, now_ns: int, *, alive: bool) -> None:
    """Remember trades of the last hours, ending at the present fair price.

    Args:
        market: The market; its fair price must be at the reference.
        now_ns: Wall time.
        alive: Whether the pair trades; a still one has only a few old trades.
    """
    count = _TRADES_ALIVE if alive else _TRADES_STILL
    gap = _HISTORY_S * NS_PER_S // count
    width = max(1, market.profile.wander_milli * 8 // MILLI) if alive else max(1, market.profile.half_spread // 2)
    price = market.fair
    past: list[int] = []
    for _ in range(count):
        past.append(price)
        price = max(1, price + market.rng.randint(-width, width) - (price - market.profile.reference) // 50)
    for index, price in enumerate(reversed(past)):
        ts_ns = now_ns - (count - index) * gap + market.rng.randrange(gap)
        market.desk.remember(price, market.size(0), market.side(), ts_ns)
