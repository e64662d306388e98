"""What a person lets pass on purpose, and what shuts itself off: both kept by the engine, both pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from app.domain.instrument import plain
from app.domain.order import OrderRequest
from app.domain.ratelimit import NS_PER_S
from app.domain.risk_values import OVERRIDABLE

MAX_REPEATS: Final = 20
REPEAT_WINDOW_NS: Final = 60 * NS_PER_S


class Overrides:
    """Limits that the next orders may pass: granted by name, used up one by one."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left: dict[str, int] = {}

    @property
    def active(self) -> frozenset[str]:
        """Names of the limits that the next order may pass."""
        return frozenset(self._left)

    def left(self, name: str) -> int:
        """Return for how many orders a limit may still be passed."""
        return self._left.get(name, 0)

    def grant(self, name: str, count: int = 1) -> str:
        """Let the next orders pass a limit.

        Returns:
            A line for the log.

        Raises:
            ValueError: The limit can't be passed.
        """
        if name not in OVERRIDABLE or count < 1:
            raise ValueError(f"{name} can't be overridden")
        self._left[name] = count
        return f"override of {name} granted for {count}"

    def spend(self, names: Iterable[str], request: OrderRequest) -> tuple[str, ...]:
        """Use up overrides that let an order pass; call it when the order goes out.

        Returns:
            Lines for the log.
        """
        lines = []
        for name in names:
            left = self._left.get(name, 0) - 1
            if left > 0:
                self._left[name] = left
            else:
                self._left.pop(name, None)
            what = f"{request.side.value} {plain(request.qty)} {request.symbol}"
            lines.append(f"override of {name} used by {what}, {max(left, 0)} left")
        return tuple(lines)

    def clear(self) -> None:
        """Take all of them back, as disarming does."""
        self._left.clear()


class RepeatThrottle:
    """Shuts automatic orders off when they fill too often without a person in between (`faults.md` H8).

    Args:
        most: Fills within the window that are still all right.
        window_ns: The window.
    """

    __slots__ = ("_fills", "_most", "_off", "_window_ns")

    def __init__(self, most: int = MAX_REPEATS, window_ns: int = REPEAT_WINDOW_NS) -> None:
        self._most = most
        self._window_ns = window_ns
        self._fills: dict[str, deque[int]] = {}
        self._off: dict[str, str] = {}

    def note_fill(self, symbol: str, at_ns: int) -> bool:
        """Count a fill of an automatic order.

        Returns:
            Whether this one shut the pair off.
        """
        fills = self._fills.setdefault(symbol, deque())
        fills.append(at_ns)
        while fills[0] <= at_ns - self._window_ns:
            fills.popleft()
        if len(fills) <= self._most or symbol in self._off:
            return False
        self._off[symbol] = (
            f"{len(fills)} fills of automatic orders within {self._window_ns // NS_PER_S} s, the limit is {self._most}"
        )
        return True

    def why(self, symbol: str) -> str:
        """Return why a pair is shut off, empty if it is not."""
        return self._off.get(symbol, "")

    def note_person(self, symbol: str) -> None:
        """A person acted on the pair: the count starts anew; what is off stays off."""
        self._fills.pop(symbol, None)

    def release(self, symbol: str) -> None:
        """Let automatic orders out again."""
        self._fills.pop(symbol, None)
        self._off.pop(symbol, None)
