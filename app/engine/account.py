"""Balances of the account, and what our working orders hold of them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.domain.fees import FeeRates, buy_hold
from app.domain.instrument import Instrument, plain
from app.domain.order import Side
from app.domain.working import WorkingOrder
from app.link.frames import BalanceRow

ZERO = Decimal(0)
UNKNOWN_FEES = FeeRates(Decimal("0.25"), Decimal("0.40"))
"""Rates of the lowest tier (`rest.md` §9), until the venue tells the account's own."""


class Account:
    """Totals by asset, as the `balances` channel reports them.

    That channel knows nothing of holds (`ws-v2.md` §8), so what is available
    is computed from the open orders.
    """

    def __init__(self) -> None:
        self.totals: dict[str, Decimal] = {}
        self.fees: dict[str, FeeRates] = {}
        self.ready = False
        self.version = 0

    def set_total(self, asset: str, total: Decimal) -> None:
        """Take over a reported total."""
        self.totals[asset] = total
        self.version += 1

    def fee_rates(self, symbol: str) -> FeeRates:
        """Return what the account pays on a pair; the dearest public rates until known."""
        return self.fees.get(symbol, UNKNOWN_FEES)

    def available(self, asset: str, held: dict[str, Decimal]) -> Decimal:
        """Return what new orders may use of an asset."""
        return max(ZERO, self.totals.get(asset, ZERO) - held.get(asset, ZERO))

    def held(self, orders: Iterable[WorkingOrder], instruments: dict[str, Instrument]) -> dict[str, Decimal]:
        """Return what working orders hold by asset.

        A buy holds its cost and the taker fee in quote, a sell its quantity
        in base (`rest.md` §5.8); orders in doubt count in full.
        """
        held: dict[str, Decimal] = {}
        for order in orders:
            instrument = instruments.get(order.symbol)
            left = order.worst_case_open_qty
            if instrument is None or not left:
                continue
            if order.side is Side.SELL:
                held[instrument.base] = held.get(instrument.base, ZERO) + left
            elif order.limit_price is not None:
                cost = buy_hold(self.fee_rates(order.symbol), order.limit_price, left)
                held[instrument.quote] = held.get(instrument.quote, ZERO) + cost
        return held

    def rows(self, held: dict[str, Decimal], usd: dict[str, Decimal]) -> tuple[BalanceRow, ...]:
        """Return the assets worth showing, the most valuable first.

        Args:
            held: From `held`.
            usd: Price of one unit of an asset in USD, where known.
        """
        found: list[tuple[Decimal, BalanceRow]] = []
        for asset, total in self.totals.items():
            if not total:
                continue
            hold = held.get(asset, ZERO)
            price = usd.get(asset)
            value = ZERO if price is None else total * price
            text = "" if price is None else f"{value:.2f}"
            row = BalanceRow(asset, _short(total), _short(hold) if hold else "", _short(total - hold), text)
            found.append((value, row))
        found.sort(key=lambda pair: (-pair[0], pair[1].asset))
        return tuple(row for _, row in found)


def _short(value: Decimal) -> str:
    """Format an amount without needless zeros, with at least two decimals."""
    text = plain(value.quantize(Decimal("1e-8")) if value.as_tuple().exponent else value)
    head, _, tail = text.partition(".")
    return f"{head}.{tail.rstrip('0').ljust(2, '0')}"
