"""The words that orders are made of, as Kraken's spot engine knows them."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """Side of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """Order types that Kraken's spot engine takes (`ws-v2.md` §9.1)."""

    LIMIT = "limit"
    MARKET = "market"
    ICEBERG = "iceberg"
    STOP_LOSS = "stop-loss"
    STOP_LOSS_LIMIT = "stop-loss-limit"
    TAKE_PROFIT = "take-profit"
    TAKE_PROFIT_LIMIT = "take-profit-limit"
    TRAILING_STOP = "trailing-stop"
    TRAILING_STOP_LIMIT = "trailing-stop-limit"
    SETTLE_POSITION = "settle-position"

    @property
    def triggered(self) -> bool:
        """Whether it waits for a trigger price."""
        return self in TRIGGERED_TYPES

    @property
    def trailing(self) -> bool:
        """Whether its trigger follows the market."""
        return self in {OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT}

    @property
    def limited(self) -> bool:
        """Whether it has a limit price."""
        return self in LIMITED_TYPES


TRIGGERED_TYPES = frozenset(
    {
        OrderType.STOP_LOSS,
        OrderType.STOP_LOSS_LIMIT,
        OrderType.TAKE_PROFIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.TRAILING_STOP,
        OrderType.TRAILING_STOP_LIMIT,
    }
)
LIMITED_TYPES = frozenset(
    {
        OrderType.LIMIT,
        OrderType.ICEBERG,
        OrderType.STOP_LOSS_LIMIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.TRAILING_STOP_LIMIT,
    }
)


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "gtc"
    GTD = "gtd"
    IOC = "ioc"
    FOK = "fok"


class PriceKind(StrEnum):
    """How a price on the wire is meant (`ws-v2.md` §9.1)."""

    STATIC = "static"  # the price itself
    PCT = "pct"  # signed percent from the reference
    QUOTE = "quote"  # signed quote amount from the reference


class TriggerRef(StrEnum):
    """Which price a trigger watches (`ws-v2.md` §9.1.1)."""

    LAST = "last"
    INDEX = "index"


class Stp(StrEnum):
    """Which order self-trade prevention cancels (`ws-v2.md` §9.1)."""

    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"
    CANCEL_BOTH = "cancel_both"


TRANSPORTS = ("ws", "fix", "rest")
"""What an order can go over."""
