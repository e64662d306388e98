"""Book entries of 35=W and 35=X, and what a delta changes in a window (`fix.md` §3.2, §3.3).

Prices and sizes are written as Kraken's captures show them: not padded to the
pair's decimals, and whole numbers with `.0`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.clock import NS_PER_MS
from app.venue.core.api import Trade
from app.venue.fix.message import Field
from app.venue.wire.mirror import MirrorLevel, MirrorSide, Resting, Touched
from app.venue.wire.numbers import Scale, nanos
from app.venue.wire.windows import bound, entering

NEW, CHANGE, DELETE = "0", "1", "2"
BID, OFFER, TRADE = "0", "1", "2"
_DAY_MS: Final = 86_400_000
_NO_SIZE: Final = "0.0"
_LETTERS: Final = {BID: "B", OFFER: "O"}


def decimal(padded: str) -> str:
    """A number without padding but with a decimal, `30300.0` or `0.0031746`."""
    whole, _, rest = padded.partition(".")
    return f"{whole}.{rest.rstrip('0') or '0'}"


def day_time(ns: int) -> str:
    """Time of day of an entry (273), `HH:MM:SS.mmm` in UTC."""
    seconds, ms = divmod(ns // NS_PER_MS % _DAY_MS, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}.{ms:03d}"


def entry_type(side: MirrorSide) -> str:
    """MDEntryType (269) of a side of the book."""
    return OFFER if side.sign > 0 else BID


def _level(side: MirrorSide, price: str, size: str, ns: int) -> list[Field]:
    kind, text = entry_type(side), decimal(price)
    return [(269, kind), (278, _LETTERS[kind] + text), (270, text), (271, size), (273, day_time(ns))]


def _order(side: MirrorSide, order: Resting, price: str, size: str, ns: int) -> list[Field]:
    """An order of a Level 3 book; 5273 places it in the queue of its level."""
    head = [(269, entry_type(side)), (278, order.order_id), (270, decimal(price)), (271, size)]
    return [*head, (273, day_time(order.ts_ns)), (5060, nanos(ns)), (5273, nanos(order.ts_ns))]


def snapshot(side: MirrorSide, depth: int, scale: Scale, ns: int, *, level3: bool) -> list[list[Field]]:
    """Entries of one side of a window, best level first, orders in queue order."""
    entries = []
    for key in side.keys[:depth]:
        level = side.levels[key]
        if level3:
            entries += [
                _order(side, order, level.price, decimal(scale.qty(order.qty)), ns) for order in level.orders.values()
            ]
        else:
            entries.append(_level(side, level.price, decimal(scale.qty(level.total)), level.last_ts))
    return entries


def level_changes(
    side: MirrorSide, depth: int, before: int, touched: Touched, scale: Scale, ns: int
) -> Iterator[list[Field]]:
    """What a delta does to the levels of a window.

    Unlike on WS, a level that is pushed out of the depth is deleted too, with
    the size that it still has (§3.3).

    Args:
        side: The side after the delta.
        depth: Levels in the window.
        before: Bound of the window before the delta.
        touched: What the delta did.
        scale: Printing rules.
        ns: Time of the delta.
    """
    after = bound(side, depth)
    for key, total in touched.levels.items():
        level = side.levels.get(key)
        if level is None:
            if total and key <= before:
                yield [(279, DELETE), *_level(side, scale.price(key * side.sign), _NO_SIZE, ns)]
        elif key <= after:
            size = decimal(scale.qty(level.total))
            if not total or key > before:
                yield [(279, NEW), *_level(side, level.price, size, ns)]
            elif level.total != total:
                yield [(279, CHANGE), *_level(side, level.price, size, ns)]
    for key in entering(side, depth, before):
        if key not in touched.levels:
            level = side.levels[key]
            yield [(279, NEW), *_level(side, level.price, decimal(scale.qty(level.total)), ns)]
    for level in _leaving(side, depth, before, touched):
        yield [(279, DELETE), *_level(side, level.price, decimal(scale.qty(level.total)), ns)]


def order_changes(
    side: MirrorSide, depth: int, before: int, touched: Touched, scale: Scale, ns: int
) -> Iterator[list[Field]]:
    """What a delta does to the orders of a window: deletes and changes first, then adds in queue order.

    Args: as `level_changes`.
    """
    after = bound(side, depth)
    adds: list[Resting] = []
    for order_id, was in touched.orders.items():
        held = was is not None and was[0] <= before
        now = side.order(order_id)
        if was is not None and held and (now is None or order_id in touched.gone):
            old = Resting(order_id, was[0], was[1], ns if now is None else now.ts_ns, "")
            yield [(279, DELETE), *_order(side, old, scale.price(was[0] * side.sign), _NO_SIZE, ns)]
            held = False
        if now is None or now.key > after:
            continue
        if not held:
            adds.append(now)
        elif was is not None and was[1] != now.qty:
            price = side.levels[now.key].price
            yield [(279, CHANGE), *_order(side, now, price, decimal(scale.qty(now.qty)), ns)]
    for key in entering(side, depth, before):
        adds += [order for order in side.levels[key].orders.values() if order.order_id not in touched.orders]
    for order in adds:
        price = side.levels[order.key].price
        yield [(279, NEW), *_order(side, order, price, decimal(scale.qty(order.qty)), ns)]
    for level in _leaving(side, depth, before, touched):
        for order in level.orders.values():
            if _was_inside(order, before, touched):
                yield [(279, DELETE), *_order(side, order, level.price, decimal(scale.qty(order.qty)), ns)]


def _was_inside(order: Resting, before: int, touched: Touched) -> bool:
    """Whether a reader holds an order whose level has now been pushed out."""
    if order.order_id not in touched.orders:
        return True
    was = touched.orders[order.order_id]
    return was is not None and was[0] <= before and order.order_id not in touched.gone


def _leaving(side: MirrorSide, depth: int, before: int, touched: Touched) -> list[MirrorLevel]:
    """Levels that were inside and still stand, but are beyond the depth now."""
    pushed = []
    for key in side.keys[depth:]:
        if key > before:
            break
        if touched.levels.get(key, 1):
            pushed.append(side.levels[key])
    return pushed


def trade_entry(trade: Trade, scale: Scale) -> list[Field]:
    """A public trade; 40 and 2446 tell of the taker."""
    return [
        (279, NEW),
        (269, TRADE),
        (278, f"T{trade.trade_id}"),
        (270, decimal(scale.price(trade.price))),
        (271, decimal(scale.qty(trade.qty))),
        (273, day_time(trade.ts_ns)),
        (40, "2" if trade.taker_type.limited else "1"),
        (2446, "1" if trade.taker_side.value == "buy" else "2"),
    ]
