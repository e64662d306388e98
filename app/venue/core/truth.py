"""The venue's own record of what happened, for tests to compare against.

One JSON object a line. Every record has `ts_ns`, `kind` and `account`;
numbers are decimal strings as they stand in the exchange. Kinds: `accepted`,
`spawned` (by a fill of `parent`), `started` (a scheduled order), `triggered`,
`refilled`, `amended`, `edited` (by the new order, with `original`), `filled`,
`settled`, `canceled`, `expired`, `rejected`, `position_opened` and
`position_closed`, and `trade` for the public side. Keys and secrets never get
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import msgspec

from app.domain.instrument import UNIT_DP, Instrument, plain
from app.venue.core.api import AddOrder, AmendOrder, EditOrder, Fill, Order, Position, Trade
from app.venue.core.orders import PLAIN

Record = Mapping[str, str | int | bool | None]
_BUFFER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Cancel:
    """A request to cancel, as a refusal of it is recorded.

    Attributes:
        what: Order id, client id or tag, or `all`.
        source: Gateway that it came by.
    """

    what: str
    source: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of new orders, as a refusal of the whole is recorded.

    Attributes:
        orders: How many there were.
        source: Gateway that it came by.
    """

    orders: int
    source: str


Request = AddOrder | AmendOrder | EditOrder | Cancel | Batch


class Truth(Protocol):
    """Where records go."""

    @property
    def wants_house(self) -> bool:
        """Whether the agents' own flow is recorded as well."""
        ...

    def write(self, record: Record, *, now: bool = True) -> None:
        """Take one record; `now` asks that it be readable at once."""
        ...

    def close(self) -> None:
        """Write out what is buffered."""
        ...


class NullTruth:
    """Keeps nothing."""

    wants_house = False

    def write(self, record: Record, *, now: bool = True) -> None:
        """Forget the record."""

    def close(self) -> None:
        """Do nothing."""


class TruthLog:
    """Appends records to a file.

    Args:
        path: The file; it is created, and readable by its owner only.
        house: Whether the agents' own flow is recorded as well (large).
    """

    def __init__(self, path: Path, *, house: bool = False) -> None:
        self.path = path
        self.wants_house = house
        path.touch(mode=0o600)
        self._file = path.open("ab", buffering=_BUFFER_BYTES)
        self._encoder = msgspec.json.Encoder()

    def write(self, record: Record, *, now: bool = True) -> None:
        """Append one record; with `now` it reaches the file before the return."""
        self._file.write(self._encoder.encode(record) + b"\n")
        if now:
            self._file.flush()

    def close(self) -> None:
        """Write out what is buffered and close the file."""
        self._file.close()


def _money(units: int) -> str:
    return plain(Decimal(units).scaleb(-UNIT_DP).normalize())


def order_record(kind: str, order: Order, instrument: Instrument, ts_ns: int) -> Record:
    """Describe an order as it stands; what a plain order has not is left out."""
    record: dict[str, str | int | bool | None] = {
        "ts_ns": ts_ns,
        "kind": kind,
        "account": order.account_id,
        "order_id": order.order_id,
        "cl_ord_id": order.cl_ord_id,
        "userref": order.userref,
        "symbol": order.symbol,
        "side": order.side.value,
        "order_type": order.order_type.value,
        "time_in_force": order.time_in_force.value,
        "post_only": order.post_only,
        "price": plain(instrument.price(order.price)) if order.price else None,
        "qty": plain(instrument.qty(order.qty)),
        "filled": plain(instrument.qty(order.filled)),
        "status": order.status.value,
        "reason": order.reason,
        "source": order.source,
    }
    if order.parent_id:
        record["parent"] = order.parent_id
    if order.trigger is not None:
        record |= {
            "trigger": plain(instrument.price(order.trigger.price)),
            "reference": order.trigger.reference.value,
            "triggered": order.trigger.triggered,
        }
        if order.trigger.triggered:
            record["triggered_at"] = plain(instrument.price(order.trigger.last))
    return record if order.terms is PLAIN else record | _terms(order, instrument)


def _terms(order: Order, instrument: Instrument) -> dict[str, str | int | bool | None]:
    terms = order.terms
    found: dict[str, str | int | bool | None] = {
        "display": plain(instrument.qty(terms.display)) if terms.display else None,
        "shown": plain(instrument.qty(order.shown)) if terms.display else None,
        "cash": _money(terms.cash) if terms.cash else None,
        "effective_ns": terms.effective_ns or None,
        "expire_ns": terms.expire_ns or None,
        "leverage": terms.leverage or None,
        "reduce_only": terms.reduce_only or None,
        "close": terms.close.order_type.value if terms.close else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def position_record(kind: str, position: Position, instrument: Instrument, ts_ns: int) -> Record:
    """Describe a margin position: `position_opened` or `position_closed`."""
    return {
        "ts_ns": ts_ns,
        "kind": kind,
        "account": position.account_id,
        "position_id": position.position_id,
        "order_id": position.order_id,
        "symbol": position.symbol,
        "side": position.side.value,
        "qty": plain(instrument.qty(position.qty)),
        "closed": plain(instrument.qty(position.closed)),
        "cost": _money(position.cost),
        "margin": _money(position.margin),
        "leverage": position.leverage,
        "pnl": _money(position.pnl),
    }


def fill_record(fill: Fill, order: Order, instrument: Instrument) -> Record:
    """Describe one account's side of a trade: `filled`."""
    return {
        "ts_ns": fill.ts_ns,
        "kind": "filled",
        "account": fill.account_id,
        "order_id": fill.order_id,
        "cl_ord_id": order.cl_ord_id,
        "exec_id": fill.exec_id,
        "trade_id": fill.trade_id,
        "symbol": fill.symbol,
        "side": fill.side.value,
        "price": plain(instrument.price(fill.price)),
        "qty": plain(instrument.qty(fill.qty)),
        "cost": _money(fill.cost),
        "fee": _money(fill.fee),
        "fee_asset": fill.fee_asset,
        "maker": fill.maker,
        "left": plain(instrument.qty(order.left)),
    }


def trade_record(trade: Trade, instrument: Instrument, maker: str, taker: str) -> Record:
    """Describe a public trade with the accounts behind it: `trade`."""
    return {
        "ts_ns": trade.ts_ns,
        "kind": "trade",
        "account": taker,
        "maker": maker,
        "trade_id": trade.trade_id,
        "symbol": trade.symbol,
        "price": plain(instrument.price(trade.price)),
        "qty": plain(instrument.qty(trade.qty)),
        "taker_side": trade.taker_side.value,
    }


def rejection_record(account_id: str, request: Request, error: str, ts_ns: int) -> Record:
    """Describe a refused request: `rejected`.

    Args:
        account_id: Who asked.
        request: What was asked for.
        error: Kraken's text.
        ts_ns: Wall time.
    """
    record: dict[str, str | int | bool | None] = {
        "ts_ns": ts_ns,
        "kind": "rejected",
        "account": account_id,
        "error": error,
    }
    if isinstance(request, Cancel):
        return record | {"action": "cancel", "id": request.what, "source": request.source}
    if isinstance(request, Batch):
        return record | {"action": "batch", "orders": request.orders, "source": request.source}
    record |= {
        "qty": None if request.qty is None else plain(request.qty),
        "price": None if request.limit_price is None else plain(request.limit_price),
        "source": request.source,
    }
    if isinstance(request, EditOrder):
        return record | {"action": "edit", "order_id": request.order_id, "symbol": request.symbol}
    record["cl_ord_id"] = request.cl_ord_id
    if isinstance(request, AddOrder):
        kind = {"order_type": request.order_type.value, "time_in_force": request.time_in_force.value}
        return record | {"action": "add", "symbol": request.symbol, "side": request.side.value} | kind
    return record | {"action": "amend", "order_id": request.order_id}
