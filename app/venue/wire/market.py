"""Rows of `ticker`, `trade` and `ohlc` (`ws-v2.md` §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.clock import NS_PER_S
from app.venue.core.api import Trade
from app.venue.wire.numbers import Scale, fixed, micros, nanos

OHLC_WARNINGS = ("timestamp is deprecated, use interval_begin",)

NS_PER_MINUTE = 60 * NS_PER_S
_PERCENT_DP = 2
_PERCENT = 100 * 10**_PERCENT_DP


@dataclass(slots=True)
class Candle:
    """One candle in ticks and lots; `turnover` is the sum of price times quantity.

    Attributes:
        begin_ns: Start of the interval.
        open: First price.
        high: Highest price.
        low: Lowest price.
        close: Last price.
        volume: Lots.
        turnover: Ticks times lots.
        trades: How many.
    """

    begin_ns: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    turnover: int = 0
    trades: int = 0

    @property
    def vwap(self) -> int:
        """Volume-weighted price in ticks."""
        return (self.turnover + self.volume // 2) // self.volume if self.volume else self.close

    def merge(self, later: Candle) -> None:
        """Extend by a candle that follows."""
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.volume += later.volume
        self.turnover += later.turnover
        self.trades += later.trades


@dataclass(frozen=True, slots=True)
class Quote:
    """Best prices in ticks and their quantities in lots; None where a side is empty."""

    bid: int | None
    bid_qty: int
    ask: int | None
    ask_qty: int


def trade_rows(trades: Sequence[Trade], scale: Scale) -> str:
    """JSON array of trades."""
    rows = [
        f'{{"symbol":"{t.symbol}","side":"{t.taker_side}","price":{scale.price(t.price)},"qty":{scale.qty(t.qty)},'
        f'"ord_type":"{t.taker_type}","trade_id":{t.trade_id},"timestamp":"{micros(t.ts_ns)}"}}'
        for t in trades
    ]
    return "[" + ",".join(rows) + "]"


def ticker_row(scale: Scale, quote: Quote, day: Candle, now_ns: int) -> str:
    """JSON array with the one full ticker record.

    Args:
        scale: Printing rules.
        quote: Best prices; an empty side prints as 0.
        day: The last 24 h as one candle.
        now_ns: Time of the message.
    """
    change = day.close - day.open
    sign = -1 if change < 0 else 1
    percent = sign * ((abs(change) * _PERCENT + day.open // 2) // day.open) if day.open else 0
    signed = scale.price(abs(change)) if change >= 0 else "-" + scale.price(-change)
    return (
        f'[{{"symbol":"{scale.symbol}","bid":{scale.price(quote.bid or 0)},"bid_qty":{scale.qty(quote.bid_qty)},'
        f'"ask":{scale.price(quote.ask or 0)},"ask_qty":{scale.qty(quote.ask_qty)},"last":{scale.price(day.close)},'
        f'"volume":{scale.qty(day.volume)},"vwap":{scale.price(day.vwap)},"low":{scale.price(day.low)},'
        f'"high":{scale.price(day.high)},"change":{signed},"change_pct":{fixed(percent, _PERCENT_DP)},'
        f'"trades":{day.trades},"timestamp":"{micros(now_ns)}"}}]'
    )


def ohlc_frame(kind: str, candles: Sequence[Candle], interval: int, scale: Scale, now_ns: int) -> str:
    """A whole `ohlc` frame: it has a top-level time stamp, and a deprecated one per row, the interval's end."""
    rows = [
        f'{{"symbol":"{scale.symbol}","open":{scale.price(c.open)},"high":{scale.price(c.high)},'
        f'"low":{scale.price(c.low)},"close":{scale.price(c.close)},"trades":{c.trades},'
        f'"volume":{scale.qty(c.volume)},"vwap":{scale.price(c.vwap)},"interval_begin":"{nanos(c.begin_ns)}",'
        f'"interval":{interval},"timestamp":"{micros(c.begin_ns + interval * NS_PER_MINUTE)}"}}'
        for c in candles
    ]
    return f'{{"channel":"ohlc","type":"{kind}","timestamp":"{nanos(now_ns)}","data":[{",".join(rows)}]}}'
