"""What a subscriber of one depth must be told so that its window stays the top of the book.

A client holds the best `depth` levels. After a delta it must hold the new
best `depth` levels: levels that leave by being pushed out need no word (the
client truncates), levels that enter are sent whole (`ws-v2.md` §4.2, §6.5).
Bounds are level keys: the key of the last level inside, or `OPEN` when the
side has fewer levels than the window.
"""

from __future__ import annotations

import sys

from app.venue.wire.mirror import MirrorLevel, MirrorSide, Resting, Touched
from app.venue.wire.numbers import Scale, nanos

OPEN = sys.maxsize


def bound(side: MirrorSide, depth: int) -> int:
    """Key of the last level inside a window of `depth`."""
    keys = side.keys
    return keys[depth - 1] if len(keys) >= depth else OPEN


def entering(side: MirrorSide, depth: int, before: int) -> list[int]:
    """Keys of the levels inside now that lay beyond the bound before, best first."""
    if before == OPEN:
        return []
    keys = side.keys
    index = min(depth, len(keys))
    stop = index
    while index and keys[index - 1] > before:
        index -= 1
    return keys[index:stop]


def _order_fields(order: Resting, level: MirrorLevel, scale: Scale) -> str:
    return (
        f'"order_id":"{order.order_id}","limit_price":{level.price},'
        f'"order_qty":{scale.qty(order.qty)},"timestamp":"{nanos(order.ts_ns)}"}}'
    )


def l3_snapshot(side: MirrorSide, depth: int, scale: Scale) -> str:
    """JSON array of the orders in a window, levels best first, orders in queue order."""
    rows = []
    for key in side.keys[:depth]:
        level = side.levels[key]
        rows += ["{" + _order_fields(order, level, scale) for order in level.orders.values()]
    return "[" + ",".join(rows) + "]"


def l3_events(side: MirrorSide, depth: int, before: int, touched: Touched, scale: Scale, ts_ns: int) -> str:
    """JSON events of one side, comma-joined; empty when the window did not change.

    Deletes and modifies come first, then adds in queue order: clients that
    sort the adds of one message must never see an order changed before it is
    added.

    Args:
        side: The side after the delta.
        depth: Levels in the window.
        before: Bound of the window before the delta.
        touched: What the delta did.
        scale: Printing rules.
        ts_ns: Time of the delta; the time stamp of deletes.
    """
    after = bound(side, depth)
    changes: list[str] = []
    adds: list[str] = []
    for order_id, was in touched.orders.items():
        held = was is not None and was[0] <= before
        now = side.order(order_id)
        shown = now is not None and now.key <= after
        if was is not None and held and (now is None or order_id in touched.gone):
            price = scale.price(was[0] * side.sign)
            changes.append(
                f'{{"event":"delete","order_id":"{order_id}","limit_price":{price},'
                f'"order_qty":{scale.qty(touched.gone[order_id])},"timestamp":"{nanos(ts_ns)}"}}'
            )
            held = False
        if now is None or not shown or now.key > before:
            continue
        if not held:
            adds.append('{"event":"add",' + _order_fields(now, side.levels[now.key], scale))
        elif was is not None and was[1] != now.qty:
            changes.append('{"event":"modify",' + _order_fields(now, side.levels[now.key], scale))
    for key in entering(side, depth, before):
        level = side.levels[key]
        adds += ['{"event":"add",' + _order_fields(order, level, scale) for order in level.orders.values()]
    return ",".join(changes + adds)


def l2_snapshot(side: MirrorSide, depth: int, scale: Scale) -> str:
    """JSON array of the levels in a window, best first."""
    rows = []
    for key in side.keys[:depth]:
        level = side.levels[key]
        rows.append(f'{{"price":{level.price},"qty":{scale.qty(level.total)}}}')
    return "[" + ",".join(rows) + "]"


def l2_rows(side: MirrorSide, depth: int, before: int, touched: Touched, scale: Scale) -> str:
    """JSON level rows of one side, comma-joined; empty when the window did not change."""
    after = bound(side, depth)
    rows: list[str] = []
    for key, total in touched.levels.items():
        level = side.levels.get(key)
        if level is None:
            if total and key <= before:
                rows.append(f'{{"price":{scale.price(key * side.sign)},"qty":{scale.qty(0)}}}')
        elif key <= after and key <= before and level.total != total:
            rows.append(f'{{"price":{level.price},"qty":{scale.qty(level.total)}}}')
    for key in entering(side, depth, before):
        level = side.levels[key]
        rows.append(f'{{"price":{level.price},"qty":{scale.qty(level.total)}}}')
    return ",".join(rows)
