"""What one connection can be subscribed to (`ws-v2.md` §4, §6, §7, §8)."""

from __future__ import annotations

from dataclasses import dataclass

PRIVATE_CHANNELS = frozenset({"executions", "balances", "level3"})
BOOK_CHANNELS = frozenset({"book", "level3"})
ACCOUNT_CHANNELS = frozenset({"executions", "balances"})


@dataclass(frozen=True, slots=True)
class Topic:
    """One subscription.

    Attributes:
        channel: Channel name.
        symbol: WS v2 name; empty for channels without one.
        depth: Levels, for `book` and `level3`.
        interval: Minutes, for `ohlc`.
        trigger: `trades` or `bbo`, for `ticker`.
    """

    channel: str
    symbol: str = ""
    depth: int = 0
    interval: int = 0
    trigger: str = ""

    @property
    def slot(self) -> tuple[str, str, int]:
        """What can be held only once per connection: one depth per symbol (§4.2)."""
        return self.channel, self.symbol, self.interval

    @property
    def family(self) -> Topic:
        """The topic without its symbol: one request serves a whole family."""
        return Topic(self.channel, "", self.depth, self.interval, self.trigger)

    @property
    def text(self) -> str:
        """A short name for people."""
        detail = self.depth or self.interval or ""
        return " ".join(part for part in (self.channel, str(detail), self.symbol) if part)


EXECUTIONS = Topic("executions")
BALANCES = Topic("balances")
INSTRUMENT = Topic("instrument")
