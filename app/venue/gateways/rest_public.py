"""Public methods of REST, and `Level3`, which is signed market data (`rest.md` §2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from app.clock import NS_PER_S
from app.domain.instrument import plain
from app.domain.order import OrderType, Side
from app.venue.core.api import Level, Listing
from app.venue.gateways.keys import Key
from app.venue.gateways.memory import INTERVALS, OHLC_ROWS
from app.venue.gateways.services import Services
from app.venue.wire import numbers, policies, rest_rows
from app.venue.wire.forms import Form
from app.venue.wire.frames import Token, Value
from app.venue.wire.market import NS_PER_MINUTE, Candle
from app.venue.wire.names import Names
from app.venue.wire.numbers import Scale
from app.venue.wire.schema import BadRequest
from app.venue.wire.values import INVALID

UNKNOWN_PAIR: Final = "EQuery:Unknown asset pair"
DEPTH_DEFAULT: Final = 100
DEPTH_LIMIT: Final = 500
TRADES_LIMIT: Final = 1000
LEVEL3_DEPTHS: Final = frozenset({0, 10, 25, 100, 250, 1000})
_DAY_S: Final = 86_400
_SECONDS_DIGITS: Final = 12
_MARGIN_CALL: Final = 80
_MARGIN_STOP: Final = 40


class PublicMethods:
    """Unsigned methods.

    Args:
        services: The venue.
        names: Spellings of assets and pairs.
    """

    def __init__(self, services: Services, names: Names) -> None:
        self._services = services
        self._exchange = services.exchange
        self._memory = services.memory
        self._scales = services.feed.scales
        self._names = names
        self.table: dict[str, Callable[[Form], Value]] = {
            "Time": self.time,
            "SystemStatus": self.system_status,
            "Assets": self.assets,
            "AssetPairs": self.asset_pairs,
            "Ticker": self.ticker,
            "OHLC": self.ohlc,
            "Depth": self.depth,
            "Trades": self.trades,
            "Spread": self.spread,
        }

    def _symbol(self, form: Form) -> str:
        symbol = self._names.symbol(form.text("pair"))
        if symbol is None:
            raise BadRequest(UNKNOWN_PAIR if form.text("pair") else f"{INVALID}:pair")
        return symbol

    def _symbols(self, form: Form) -> list[str]:
        """The pairs of a comma list; all of them when the request names none."""
        found = [self._names.symbol(name) for name in form.names("pair")]
        if None in found:
            raise BadRequest(UNKNOWN_PAIR)
        return [symbol for symbol in found if symbol] or list(self._exchange.listings)

    def _key(self, symbol: str, form: Form) -> str:
        """Key of a pair in an answer: the pair id, or the modern name with `assetVersion=1`."""
        return symbol if _modern(form) else self._exchange.listings[symbol].pair_id

    def time(self, _form: Form) -> Value:
        """`Time`."""
        now_s = self._services.clock.now_ns() // NS_PER_S
        text = datetime.fromtimestamp(now_s, UTC).strftime("%a, %d %b %y %H:%M:%S +0000")
        return {"unixtime": now_s, "rfc1123": text}

    def system_status(self, _form: Form) -> Value:
        """`SystemStatus`."""
        return {
            "status": str(self._exchange.mode),
            "timestamp": numbers.seconds(self._services.clock.now_ns()),
        }

    def assets(self, form: Form) -> Value:
        """`Assets`; tokenised assets are none here."""
        if form.text("aclass", "currency") != "currency":
            return {}
        wanted = [self._names.asset(name) for name in form.names("asset")]
        if None in wanted:
            raise BadRequest("EQuery:Unknown asset")
        result: dict[str, Value] = {}
        for name in wanted or list(self._exchange.assets):
            asset = self._exchange.assets[str(name)]
            result[asset.name if _modern(form) else asset.legacy] = {
                "aclass": "currency",
                "altname": asset.name if _modern(form) else asset.altname,
                "decimals": asset.precision,
                "display_decimals": asset.display,
                "collateral_value": Token(policies.COLLATERAL_VALUE),
                "status": "enabled",
            }
        return result

    def asset_pairs(self, form: Form) -> Value:
        """`AssetPairs`; tokenised pairs and other execution venues are none here."""
        if form.text("aclass_base", "currency") != "currency":
            return {}
        if form.text("execution_venue", "international") != "international":
            return {}
        info = form.text("info", "info")
        if info not in {"info", "fees", "leverage", "margin"}:
            raise BadRequest(f"{INVALID}:info")
        result: dict[str, Value] = {}
        for symbol in self._symbols(form):
            row = self._pair_row(self._exchange.listings[symbol], _modern(form))
            if info != "info":
                row = {name: row[name] for name in _INFO[info]}
            result[self._key(symbol, form)] = row
        return result

    def _pair_row(self, listing: Listing, modern: bool) -> dict[str, Value]:
        pair = listing.instrument
        base, quote = self._exchange.assets[pair.base], self._exchange.assets[pair.quote]
        row: dict[str, Value] = {
            "altname": listing.altname,
            "wsname": pair.symbol if modern else listing.wsname,
            "aclass_base": "currency",
            "base": base.name if modern else base.legacy,
            "aclass_quote": "currency",
            "quote": quote.name if modern else quote.legacy,
            "execution_venue": "international",
            "lot": "unit",
            "cost_decimals": pair.cost_dp,
            "pair_decimals": pair.price_dp,
            "lot_decimals": pair.qty_dp,
            "lot_multiplier": 1,
            "leverage_buy": listing.leverage,
            "leverage_sell": listing.leverage,
        }
        return (
            row
            | rest_rows.fee_schedules(listing)
            | {
                "fee_volume_currency": "ZUSD",
                "margin_call": _MARGIN_CALL,
                "margin_stop": _MARGIN_STOP,
                "ordermin": plain(pair.qty_min),
                "costmin": plain(pair.cost_min),
                "tick_size": plain(pair.tick),
                "status": str(pair.status),
            }
        )

    def ticker(self, form: Form) -> Value:
        """`Ticker`; all pairs when none is named."""
        return {self._key(symbol, form): self._ticker_row(symbol) for symbol in self._symbols(form)}

    def _ticker_row(self, symbol: str) -> dict[str, Value]:
        now_ns = self._services.clock.now_ns()
        memory, scale = self._memory.pair(symbol), self._scales[symbol]
        day, quote = memory.day(now_ns), self._memory.quote(symbol)
        today = memory.since(now_ns - now_ns % (_DAY_S * NS_PER_S))
        trades = self._memory.trades(symbol, 1)
        last_qty = trades[-1].qty if trades else 0
        return {
            "a": _best(scale, quote.ask, quote.ask_qty),
            "b": _best(scale, quote.bid, quote.bid_qty),
            "c": [scale.price(day.close), scale.qty(last_qty)],
            "v": [scale.qty(today.volume), scale.qty(day.volume)],
            "p": [scale.price(today.vwap), scale.price(day.vwap)],
            "t": [today.trades, day.trades],
            "l": [scale.price(today.low), scale.price(day.low)],
            "h": [scale.price(today.high), scale.price(day.high)],
            "o": scale.price(today.open),
        }

    def ohlc(self, form: Form) -> Value:
        """`OHLC`: at most 720 rows, the last one still grows."""
        symbol, interval = self._symbol(form), form.integer("interval", 1)
        if interval not in INTERVALS:
            raise BadRequest(f"{INVALID}:interval")
        since = form.integer("since")
        candles = self._memory.pair(symbol).candles(interval, OHLC_ROWS)
        scale = self._scales[symbol]
        rows = [_ohlc_row(candle, scale) for candle in candles if candle.begin_ns // NS_PER_S > since]
        last = (candles[-1].begin_ns - interval * NS_PER_MINUTE) // NS_PER_S
        return {self._key(symbol, form): rows, "last": last}

    def depth(self, form: Form) -> Value:
        """`Depth`: up to 500 levels a side."""
        symbol, count = self._symbol(form), form.integer("count", DEPTH_DEFAULT)
        if not 1 <= count <= DEPTH_LIMIT:
            raise BadRequest(f"{INVALID}:count")
        scale = self._scales[symbol]
        asks = [_depth_row(level, scale) for level in self._exchange.levels(symbol, Side.SELL, count)]
        bids = [_depth_row(level, scale) for level in self._exchange.levels(symbol, Side.BUY, count)]
        return {self._key(symbol, form): {"asks": asks, "bids": bids}}

    def trades(self, form: Form) -> Value:
        """`Trades`: oldest first, `last` is the cursor for the next call."""
        symbol, count = self._symbol(form), form.integer("count", TRADES_LIMIT)
        if not 1 <= count <= TRADES_LIMIT:
            raise BadRequest(f"{INVALID}:count")
        since = _cursor(form)
        scale = self._scales[symbol]
        trades = self._memory.trades(symbol, TRADES_LIMIT)
        trades = [t for t in trades if t.ts_ns > since][:count] if since else trades[-count:]
        rows: list[Value] = [
            [
                scale.price(t.price),
                scale.qty(t.qty),
                Token(numbers.epoch(t.ts_ns, 7)),
                "b" if t.taker_side is Side.BUY else "s",
                "l" if t.taker_type is OrderType.LIMIT else "m",
                "",
                t.trade_id,
            ]
            for t in trades
        ]
        last = trades[-1].ts_ns if trades else since
        return {self._key(symbol, form): rows, "last": str(last)}

    def spread(self, form: Form) -> Value:
        """`Spread`: about 200 rows; begins with the present spread when none was noted yet."""
        symbol, since = self._symbol(form), form.integer("since")
        scale, memory = self._scales[symbol], self._memory
        if not memory.pair(symbol).spreads:
            memory.book_moved(symbol)
            memory.sample_spreads()
        spreads = memory.pair(symbol).spreads
        rows: list[Value] = [[s.at_s, scale.price(s.bid), scale.price(s.ask)] for s in spreads if s.at_s >= since]
        last = spreads[-1].at_s if spreads else self._services.clock.now_ns() // NS_PER_S
        return {self._key(symbol, form): rows, "last": last}

    def level3(self, _key: Key, form: Form) -> Value:
        """`Level3` (signed): orders of the best levels, in queue order."""
        symbol, depth = self._symbol(form), form.integer("depth", policies.LEVEL3_DEFAULT_DEPTH)
        if depth not in LEVEL3_DEPTHS:
            raise BadRequest(f"{INVALID}:depth")
        scale = self._scales[symbol]
        sides = {"bids": Side.BUY, "asks": Side.SELL}
        return {"pair": symbol} | {
            name: [
                {
                    "price": scale.price(order.price),
                    "qty": scale.qty(order.qty),
                    "order_id": order.order_id,
                    "timestamp": order.ts_ns,
                }
                for level in self._exchange.levels(symbol, side, depth)
                for order in level.orders
            ]
            for name, side in sides.items()
        }


_INFO: Final = {
    "fees": ("fees", "fees_maker", "fee_volume_currency"),
    "leverage": ("leverage_buy", "leverage_sell"),
    "margin": ("margin_call", "margin_stop"),
}


def _modern(form: Form) -> bool:
    return form.text("assetVersion") == "1"


def _best(scale: Scale, price: int | None, qty: int) -> list[Value]:
    whole = int(scale.instrument.qty(qty))
    return [scale.price(price or 0), str(whole), scale.qty(qty)]


def _depth_row(level: Level, scale: Scale) -> list[Value]:
    newest = max((order.ts_ns for order in level.orders), default=0)
    return [scale.price(level.price), scale.qty(level.qty), newest // NS_PER_S]


def _ohlc_row(candle: Candle, scale: Scale) -> list[Value]:
    return [
        candle.begin_ns // NS_PER_S,
        scale.price(candle.open),
        scale.price(candle.high),
        scale.price(candle.low),
        scale.price(candle.close),
        scale.price(candle.vwap),
        scale.qty(candle.volume),
        candle.trades,
    ]


def _cursor(form: Form) -> int:
    """`since` of Trades in ns; seconds are accepted too."""
    value = form.text("since")
    if len(value.partition(".")[0]) <= _SECONDS_DIGITS:
        number = form.decimal("since")
        return int(number * NS_PER_S) if number is not None else 0
    return form.integer("since")
