"""Margin methods of REST: OpenPositions and TradeBalance (`rest.md` §3.4, §3.11)."""

from __future__ import annotations

from typing import Final

from app.venue.core.api import Listing, Position
from app.venue.gateways.keys import Key
from app.venue.gateways.rest_account import Entry
from app.venue.gateways.services import Services
from app.venue.wire import positions, rest_rows
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.names import Names
from app.venue.wire.numbers import Scale, units_text
from app.venue.wire.schema import BadRequest
from app.venue.wire.values import invalid

_OPEN: Final = ("query-open-trades",)
_MONEY_DP: Final = 4
_LEVEL_DP: Final = 2


class PositionMethods:
    """Positions and margin figures.

    Args:
        services: The venue.
        names: Spellings of assets and pairs.
    """

    def __init__(self, services: Services, names: Names) -> None:
        self._exchange = services.exchange
        self._scales = services.feed.scales
        self._worth = services.feed.private.worth
        self._names = names
        self.table: dict[str, Entry] = {
            "TradeBalance": (_OPEN, self.trade_balance),
            "OpenPositions": (_OPEN, self.open_positions),
        }

    def trade_balance(self, key: Key, form: Form) -> Value:
        """`TradeBalance`: collateral, positions and free margin in one asset."""
        account = key.credentials.account_id
        asset = self._names.asset(form.text("asset", "ZUSD"))
        if asset is None:
            raise BadRequest("EQuery:Unknown asset")
        margin = self._exchange.margin(account)
        waiting = 0
        for order in self._exchange.open_orders(account):
            scale = self._scales[order.symbol]
            waiting += self._worth.usd(scale.instrument.quote, rest_rows.unexecuted(order, scale))
        figures = {
            "eb": margin.collateral,
            "tb": margin.collateral,
            "m": margin.used,
            "n": margin.unrealised,
            "c": margin.cost,
            "v": margin.value,
            "e": margin.equity,
            "mf": margin.free,
            "mfo": margin.free - margin.reserved,
            "uv": waiting,
        }
        row: dict[str, Value] = {
            name: units_text(self._worth.of_usd(asset, units), _MONEY_DP) for name, units in figures.items()
        }
        level = margin.level
        return row if level is None else row | {"ml": f"{level:.{_LEVEL_DP}f}"}

    def open_positions(self, key: Key, form: Form) -> Value:
        """`OpenPositions`, with `docalcs` valued at the last price."""
        if form.text("consolidation") not in {"", "market"}:
            raise invalid("consolidation")
        wanted, calculate = set(form.names("txid")), form.flag("docalcs")
        held = [
            position
            for position in self._exchange.positions(key.credentials.account_id)
            if not wanted or position.position_id in wanted
        ]
        if form.text("consolidation"):
            return positions.market_rows([self._priced(position) for position in held], calculate=calculate)
        rows: dict[str, Value] = {}
        for position in held:
            _, scale, listing, price = self._priced(position)
            rows[position.position_id] = positions.position_row(position, listing, scale, price if calculate else None)
        return rows

    def _priced(self, position: Position) -> tuple[Position, Scale, Listing, int]:
        symbol = position.symbol
        return position, self._scales[symbol], self._exchange.listings[symbol], self._exchange.last_price(symbol)
