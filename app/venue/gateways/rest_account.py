"""Private account methods of REST (`rest.md` §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.clock import NS_PER_S
from app.venue.core.api import Asset
from app.venue.gateways.keys import Key
from app.venue.gateways.services import Services
from app.venue.wire import policies, rest_rows
from app.venue.wire.forms import Form
from app.venue.wire.frames import Value
from app.venue.wire.names import Names
from app.venue.wire.numbers import units_text
from app.venue.wire.schema import BadRequest

Entry = tuple[tuple[str, ...], Callable[[Key, Form], Value]]

_FUNDS: Final = ("query-funds",)
_MONEY_DP: Final = 4


class AccountMethods:
    """Token, key information, balances and fees.

    Args:
        services: The venue.
        names: Spellings of assets and pairs.
    """

    def __init__(self, services: Services, names: Names) -> None:
        self._services = services
        self._exchange = services.exchange
        self._names = names
        self.table: dict[str, Entry] = {
            "GetWebSocketsToken": (("create-ws-token",), self.token),
            "GetApiKeyInfo": ((), self.key_info),
            "Balance": (_FUNDS, self.balance),
            "BalanceEx": (_FUNDS, self.balance_ex),
            "TradeVolume": (_FUNDS, self.trade_volume),
        }

    def token(self, key: Key, _form: Form) -> Value:
        """`GetWebSocketsToken`."""
        return {"token": self._services.keys.issue_token(key), "expires": policies.TOKEN_TTL_S}

    def key_info(self, key: Key, _form: Form) -> Value:
        """`GetApiKeyInfo`."""
        return {
            "apiKeyName": key.credentials.name,
            "apiKey": key.credentials.api_key,
            "nonce": str(key.nonce),
            "nonceWindow": 0,
            "permissions": key.credentials.permissions,
            "iban": "",
            "validUntil": "0",
            "queryFrom": "0",
            "queryTo": "0",
            "createdTime": str(self._services.memory.start_ns // NS_PER_S),
            "modifiedTime": str(self._services.memory.start_ns // NS_PER_S),
            "ipAllowlist": (),
            "lastUsed": str(key.used_ns // NS_PER_S),
        }

    def balance(self, key: Key, _form: Form) -> Value:
        """`Balance`: totals, funds held by open orders included."""
        return {asset.legacy: units_text(units, asset.precision) for asset, units in self._totals(key)}

    def balance_ex(self, key: Key, _form: Form) -> Value:
        """`BalanceEx`: totals with what open orders hold."""
        holds = self._exchange.holds(key.credentials.account_id)
        return {
            asset.legacy: {
                "balance": units_text(units, asset.precision),
                "hold_trade": units_text(holds.get(asset.name, 0), asset.precision),
            }
            for asset, units in self._totals(key)
        }

    def _totals(self, key: Key) -> list[tuple[Asset, int]]:
        """Balances in listed assets; a venue with few pairs does not list all that accounts hold."""
        assets = self._exchange.assets
        totals = self._exchange.balances(key.credentials.account_id)
        return [(assets[name], units) for name, units in totals.items() if name in assets]

    def trade_volume(self, key: Key, form: Form) -> Value:
        """`TradeVolume`: 30-day volume and the account's fees of the named pairs."""
        account = key.credentials.account_id
        volume = self._exchange.volume_30d(account)
        result: dict[str, Value] = {"currency": "ZUSD", "volume": f"{volume:.{_MONEY_DP}f}"}
        takers: dict[str, Value] = {}
        makers: dict[str, Value] = {}
        for spelling in form.names("pair"):
            symbol = self._names.symbol(spelling)
            if symbol is None:
                raise BadRequest("EQuery:Unknown asset pair")
            listing = self._exchange.listings[symbol]
            maker, taker = self._exchange.fee_rates(account, symbol)
            takers[listing.pair_id] = rest_rows.fee_row(listing, taker, volume, maker=False)
            makers[listing.pair_id] = rest_rows.fee_row(listing, maker, volume, maker=True)
        if takers:
            result |= {"fees": takers, "fees_maker": makers}
        return result
