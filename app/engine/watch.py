"""Which pairs are watched, and how deep.

What screens show comes first, then pairs with own orders (their queue must
stay exact), then the latest shown, so that going back to a pair is instant.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from app.domain.budget import L3_SYMBOLS_PER_CONNECTION
from app.engine.state import DeskState
from app.workers.feed import Venue, WatchSpec

DEPTH = 1000
MOST = 8
"""Pairs watched at once at the most, unless own orders need more."""


class Watch:
    """Keeps the venue's subscriptions in step with what is needed.

    Args:
        state: The desk.
        venue: Connections.
        visible: Tells which pairs screens show at this moment.
        alerted: Tells which pairs have alerts.
    """

    def __init__(
        self, state: DeskState, venue: Venue, visible: Callable[[], set[str]], alerted: Callable[[], set[str]]
    ) -> None:
        self._state = state
        self._venue = venue
        self._visible = visible
        self._alerted = alerted
        self._shown: OrderedDict[str, None] = OrderedDict()
        over_fix = state.book_over_fix
        level3 = state.profile.fix.book == "l3" if over_fix else state.keyed
        self._spec = WatchSpec(depth=DEPTH, level3=level3, source="fix" if over_fix else "ws")
        self._watched: frozenset[str] = frozenset()
        self.depths: dict[str, int] = {}

    def show(self, symbol: str) -> None:
        """A screen shows this pair now."""
        self._shown.pop(symbol, None)
        self._shown[symbol] = None
        self.refresh()

    def shown(self) -> tuple[str, ...]:
        """Return the pairs that were shown, the latest last."""
        return tuple(self._shown)

    def depth(self, symbol: str) -> int:
        """Return the depth of a pair's book; recordings have their own."""
        return self.depths.get(symbol, DEPTH)

    def refresh(self) -> None:
        """Apply what is needed now; cheap when nothing changed."""
        needed = dict.fromkeys(self._visible())
        needed.update(dict.fromkeys(order.symbol for order in self._state.orders.working()))
        self._state.market.observe(needed)
        needed.update(dict.fromkeys(sorted(self._alerted())))
        for symbol in reversed(self._shown):
            if len(needed) >= MOST:
                break
            needed[symbol] = None
        wanted = frozenset(list(needed)[:L3_SYMBOLS_PER_CONNECTION])
        if wanted == self._watched:
            return
        for symbol in self._watched - wanted if not self.depths else ():
            self._state.market.forget(symbol)
        self._watched = wanted
        self._venue.watch(dict.fromkeys(wanted, self._spec))
