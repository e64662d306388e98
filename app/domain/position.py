"""What this session's fills amount to on one pair: inventory, entry, P&L.

Spot has no positions at the venue; the inventory here starts at zero with
the session and goes below it when coins held before are sold. Cash is kept
exactly, so realised plus unrealised is exact; only the share of the entry
cost that a partial exit takes along is rounded, to 1e-18.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Final

from app.domain.order import Side

_ZERO: Final = Decimal(0)
_HUNDRED: Final = Decimal(100)
_SHARE_STEP: Final = Decimal("1e-18")
_EXACT: Final = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill of an own order.

    Attributes:
        side: Side of the own order.
        qty: Base quantity.
        price: Price.
        fee: Fee in quote currency.
    """

    side: Side
    qty: Decimal
    price: Decimal
    fee: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class Position:
    """The session's inventory of one pair. Start with `Position(symbol)`.

    Attributes:
        symbol: WS v2 name of the pair.
        qty: Bought minus sold, base units; negative after selling more.
        basis: Quote cost of entering the open quantity, never negative.
        open_fees: Fees paid for entering it.
        cash: Quote received minus paid, without fees.
        fees: All fees paid.
        bought: Base quantity bought in all.
        sold: Base quantity sold in all.
    """

    symbol: str
    qty: Decimal = _ZERO
    basis: Decimal = _ZERO
    open_fees: Decimal = _ZERO
    cash: Decimal = _ZERO
    fees: Decimal = _ZERO
    bought: Decimal = _ZERO
    sold: Decimal = _ZERO

    @property
    def flat(self) -> bool:
        """Whether nothing is open."""
        return self.qty == _ZERO

    @property
    def avg_price(self) -> Decimal | None:
        """Average entry price of the open quantity, without fees."""
        return None if self.flat else self.basis / abs(self.qty)

    @property
    def _entry(self) -> Decimal:
        return self.basis if self.qty > _ZERO else -self.basis

    @property
    def realised(self) -> Decimal:
        """Profit of what was closed, before fees."""
        return _EXACT.add(self.cash, self._entry)

    @property
    def realised_net(self) -> Decimal:
        """Profit of what was closed, after all fees paid so far."""
        return _EXACT.subtract(self.realised, self.fees)

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return the profit of the open quantity at a price, before fees."""
        return _EXACT.subtract(_EXACT.multiply(self.qty, mark), self._entry)

    def net(self, mark: Decimal) -> Decimal:
        """Return the session's profit at a price, after the fees paid."""
        return _EXACT.add(self.realised_net, self.unrealised(mark))

    def break_even(self, exit_percent: Decimal) -> Decimal | None:
        """Return the exit price at which the open quantity earns nothing.

        Args:
            exit_percent: Fee of the exit in percent.

        Returns:
            The price with entry and exit fees in it, None when flat.
        """
        if self.flat:
            return None
        share = exit_percent / _HUNDRED
        if self.qty > _ZERO:
            return (self.basis + self.open_fees) / (self.qty * (1 - share))
        return (self.basis - self.open_fees) / (-self.qty * (1 + share))

    def add(self, fill: Fill) -> Position:
        """Return the position after one more fill."""
        buy = fill.side is Side.BUY
        signed = fill.qty if buy else -fill.qty
        cost = _EXACT.multiply(fill.qty, fill.price)
        told = replace(
            self,
            cash=_EXACT.add(self.cash, -cost if buy else cost),
            fees=_EXACT.add(self.fees, fill.fee),
            bought=self.bought + (fill.qty if buy else _ZERO),
            sold=self.sold + (_ZERO if buy else fill.qty),
        )
        if self.qty * signed >= _ZERO:
            return replace(
                told,
                qty=self.qty + signed,
                basis=_EXACT.add(self.basis, cost),
                open_fees=_EXACT.add(self.open_fees, fill.fee),
            )
        return _reduced(told, fill, signed)


def _reduced(told: Position, fill: Fill, signed: Decimal) -> Position:
    """Close against the open quantity; what is left over opens the other way."""
    left = told.qty + signed
    if left * told.qty > _ZERO:
        share = _EXACT.divide(left, told.qty)
        return replace(
            told,
            qty=left,
            basis=_EXACT.quantize(_EXACT.multiply(told.basis, share), _SHARE_STEP),
            open_fees=_EXACT.quantize(_EXACT.multiply(told.open_fees, share), _SHARE_STEP),
        )
    opening = _EXACT.divide(abs(left), fill.qty)
    return replace(
        told,
        qty=left,
        basis=_EXACT.multiply(abs(left), fill.price),
        open_fees=_EXACT.quantize(_EXACT.multiply(fill.fee, opening), _SHARE_STEP),
    )
