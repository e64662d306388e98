"""Typed decode of REST answers (`rest.md` §1.5, §2, §3, §4).

Money arrives as text or as numbers, times as fractional seconds; both are
read from their characters. Account answers become the records of
`records.py`, with v2 names.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from app.domain.order import Side
from app.domain.text import clean
from app.errors import DataError
from app.protocol.checks import Checked, check_number
from app.protocol.rest.names import Names, PairNames
from app.protocol.rest.order_rows import Order, record
from app.protocol.rest.records import (
    FeeRates,
    KeyInfo,
    RestAmend,
    RestBalance,
    RestingOrder,
    RestLedger,
    RestLevel3,
    RestOrder,
    RestPosition,
    RestTrade,
)
from app.protocol.wiretime import NS_PER_S, seconds_ns, time_ns

ZERO = Decimal(0)
_T = TypeVar("_T")


class Envelope(Struct, frozen=True):
    """`{"error":[],"result":…}`; a failure has a non-empty `error`."""

    error: tuple[str, ...]
    result: Raw = msgspec.field(default_factory=Raw)

    @property
    def failure(self) -> str:
        """The first error (severity E); empty if the call succeeded. Warnings don't count."""
        return next((clean(text) for text in self.error if not text.startswith("W")), "")


class NotRestError(DataError):
    """The body is not an answer of the API: an HTML page, a cut text, another shape."""


_envelope = msgspec.json.Decoder(Envelope)


def decode_envelope(body: bytes) -> Envelope:
    """Read the outside of an answer.

    Raises:
        NotRestError: It is something else.
    """
    try:
        return _envelope.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        kind = "an HTML page" if body.lstrip()[:1] == b"<" else "not the expected JSON"
        raise NotRestError(f"the answer was {kind}", "the venue or something on the way to it is in trouble") from None


def decode_result(raw: Raw, kind: type[_T]) -> _T:
    """Read a result.

    Raises:
        NotRestError: It has another shape.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as error:
        raise NotRestError(f"a result could not be read: {clean(str(error))}", "it was dropped") from None


class Time(Struct, frozen=True):
    """`Time`."""

    unixtime: int


class SystemStatus(Checked, frozen=True):
    """`SystemStatus`."""

    status: str
    timestamp: str = ""


class Token(Struct, frozen=True):
    """`GetWebSocketsToken`; the token never goes into a repr."""

    token: str
    expires: int = 900

    def __repr__(self) -> str:
        return f"Token(expires={self.expires})"


class PairInfo(Checked, frozen=True):
    """One pair of `AssetPairs`, as far as the client uses it."""

    altname: str
    base: str
    quote: str
    wsname: str = ""
    pair_decimals: int = 0
    lot_decimals: int = 8
    cost_decimals: int = 5
    ordermin: Decimal = ZERO
    costmin: Decimal = ZERO
    tick_size: Decimal = ZERO
    status: str = ""


class _KeyInfo(Checked, frozen=True):
    apiKeyName: str = ""  # noqa: N815 - the wire's own spelling
    permissions: tuple[str, ...] = ()
    nonceWindow: int = 0  # noqa: N815 - the wire's own spelling
    ipAllowlist: tuple[str, ...] = ()  # noqa: N815 - the wire's own spelling
    validUntil: str = "0"  # noqa: N815 - the wire's own spelling


class _Held(Checked, frozen=True):
    balance: Decimal
    hold_trade: Decimal = ZERO
    credit: Decimal = ZERO
    credit_used: Decimal = ZERO


class _Open(Struct, frozen=True):
    open: dict[str, Order]


class _Closed(Struct, frozen=True):
    closed: dict[str, Order]
    count: int = 0


class _Trade(Checked, frozen=True):
    ordertxid: str
    pair: str
    time: Decimal
    type: Side
    price: Decimal
    cost: Decimal
    fee: Decimal
    vol: Decimal
    maker: bool | None = None


class _Trades(Struct, frozen=True):
    trades: dict[str, _Trade]
    count: int = 0


class _Amend(Checked, frozen=True):
    amend_id: str
    amend_type: str
    timestamp: int
    order_qty: Decimal | None = None
    remaining_qty: Decimal | None = None
    display_qty: Decimal | None = None
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    post_only: bool | None = None
    reason: str | None = None


class _Amends(Struct, frozen=True):
    amends: tuple[_Amend, ...]
    count: int = 0


class _Position(Checked, frozen=True):
    ordertxid: str
    pair: str
    time: Decimal
    type: Side
    vol: Decimal
    cost: Decimal
    posstatus: str = "open"
    ordertype: str = ""
    fee: Decimal = ZERO
    vol_closed: Decimal = ZERO
    margin: Decimal = ZERO
    value: Decimal | None = None
    net: Decimal | None = None
    terms: str = ""
    rollovertm: Decimal = ZERO


class _LedgerRow(Checked, frozen=True):
    refid: str
    time: Decimal
    type: str
    asset: str
    amount: Decimal
    fee: Decimal
    balance: Decimal
    subtype: str = ""


class _Ledger(Struct, frozen=True):
    ledger: dict[str, _LedgerRow]
    count: int = 0


class _Fee(Struct, frozen=True):
    fee: Decimal


class _Volume(Checked, frozen=True):
    currency: str = ""
    volume: Decimal = ZERO
    fees: dict[str, _Fee] = msgspec.field(default_factory=dict)
    fees_maker: dict[str, _Fee] = msgspec.field(default_factory=dict)


class _Resting(Checked, frozen=True):
    order_id: str
    price: Decimal
    qty: Decimal
    timestamp: int = 0


class _Level3(Checked, frozen=True):
    pair: str
    bids: tuple[_Resting, ...]
    asks: tuple[_Resting, ...]


class AddDone(Struct, frozen=True):
    """`AddOrder`."""

    txid: tuple[str, ...] = ()


class AmendDone(Struct, frozen=True):
    """`AmendOrder`."""

    amend_id: str = ""


class EditDone(Checked, frozen=True):
    """`EditOrder`; whether a failure inside a result occurs is not documented, `status` Err hints at it."""

    status: str = ""
    txid: str = ""
    originaltxid: str = ""
    orders_cancelled: int = 0
    error_message: str = ""

    @property
    def failure(self) -> str:
        """Why it failed; empty if it did not."""
        if self.error_message:
            return self.error_message
        return "" if self.status.lower() in {"ok", ""} else f"status {self.status}"


class CancelDone(Struct, frozen=True):
    """`CancelOrder`, `CancelAll`."""

    count: int = 0
    pending: bool = False


class CancelAfterDone(Struct, frozen=True):
    """`CancelAllOrdersAfter`."""

    currentTime: str = ""  # noqa: N815 - the wire's own spelling
    triggerTime: str = ""  # noqa: N815 - the wire's own spelling

    @property
    def until_ns(self) -> int:
        """When the timer fires; 0 when disarmed (the text then is UNCONFIRMED, §4.6)."""
        try:
            return time_ns(self.triggerTime)
        except ValueError:
            return 0


def pair_names(raw: Raw) -> list[PairNames]:
    """Read the names of all pairs from `AssetPairs`; a pair that can't be read is left out."""
    names = []
    for pair_id, body in decode_result(raw, dict[str, Raw]).items():
        try:
            pair = msgspec.json.decode(body, type=PairInfo)
        except (msgspec.DecodeError, ValueError):
            continue
        names.append(PairNames(clean(pair_id), pair.altname, pair.wsname, pair.base, pair.quote))
    return names


def open_orders(raw: Raw, names: Names) -> tuple[RestOrder, ...]:
    """Read `OpenOrders`."""
    return tuple(record(txid, order, names) for txid, order in decode_result(raw, _Open).open.items())


def closed_orders(raw: Raw, names: Names) -> tuple[tuple[RestOrder, ...], int]:
    """Read one page of `ClosedOrders`; returns the orders and the count of all pages."""
    page = decode_result(raw, _Closed)
    return tuple(record(txid, order, names) for txid, order in page.closed.items()), page.count


def queried_orders(raw: Raw, names: Names) -> tuple[RestOrder, ...]:
    """Read `QueryOrders`."""
    return tuple(record(txid, order, names) for txid, order in decode_result(raw, dict[str, Order]).items())


def trades(raw: Raw, names: Names) -> tuple[tuple[RestTrade, ...], int]:
    """Read one page of `TradesHistory`; returns the fills and the count of all pages."""
    page = decode_result(raw, _Trades)
    rows = tuple(
        RestTrade(
            exec_id=clean(txid),
            order_id=row.ordertxid,
            symbol=names.symbol(row.pair),
            side=row.type,
            price=row.price,
            qty=row.vol,
            cost=row.cost,
            fee=row.fee,
            maker=row.maker,
            at_ns=seconds_ns(row.time),
        )
        for txid, row in page.trades.items()
    )
    return rows, page.count


def amends(raw: Raw) -> tuple[RestAmend, ...]:
    """Read `OrderAmends`, oldest first; the first entry is the order as placed."""
    return tuple(
        RestAmend(
            amend_id=row.amend_id,
            kind=row.amend_type,
            at_ns=row.timestamp,
            qty=row.order_qty,
            left=row.remaining_qty,
            display_qty=row.display_qty,
            limit_price=row.limit_price,
            trigger_price=row.trigger_price,
            post_only=row.post_only,
            reason=row.reason or "",
        )
        for row in decode_result(raw, _Amends).amends
    )


def positions(raw: Raw, names: Names) -> tuple[RestPosition, ...]:
    """Read `OpenPositions`, not consolidated."""
    return tuple(
        RestPosition(
            position_id=clean(position_id),
            order_id=row.ordertxid,
            symbol=names.symbol(row.pair),
            side=row.type,
            status=row.posstatus,
            qty=row.vol,
            closed_qty=row.vol_closed,
            cost=row.cost,
            fee=row.fee,
            margin=row.margin,
            value=row.value,
            net=row.net,
            terms=row.terms,
            rollover_ns=seconds_ns(row.rollovertm),
            opened_ns=seconds_ns(row.time),
        )
        for position_id, row in decode_result(raw, dict[str, _Position]).items()
    )


def ledger(raw: Raw, names: Names) -> tuple[tuple[RestLedger, ...], int]:
    """Read one page of `Ledgers`; returns the rows and the count of all pages."""
    page = decode_result(raw, _Ledger)
    rows = tuple(
        RestLedger(
            ledger_id=clean(ledger_id),
            ref_id=row.refid,
            kind=row.type,
            subtype=row.subtype,
            asset=names.asset(row.asset),
            amount=row.amount,
            fee=row.fee,
            balance=row.balance,
            at_ns=seconds_ns(row.time),
        )
        for ledger_id, row in page.ledger.items()
    )
    return rows, page.count


def balances_ex(raw: Raw, names: Names) -> tuple[RestBalance, ...]:
    """Read `BalanceEx`."""
    return tuple(
        RestBalance(names.asset(clean(asset)), row.balance, row.hold_trade, row.credit, row.credit_used)
        for asset, row in decode_result(raw, dict[str, _Held]).items()
    )


def balances(raw: Raw, names: Names) -> dict[str, Decimal]:
    """Read `Balance`: totals, including what orders hold."""
    return {
        names.asset(clean(asset)): check_number(total)
        for asset, total in decode_result(raw, dict[str, Decimal]).items()
    }


def level3(raw: Raw, names: Names) -> RestLevel3:
    """Read `Level3`."""
    book = decode_result(raw, _Level3)

    def side(rows: tuple[_Resting, ...]) -> tuple[RestingOrder, ...]:
        return tuple(RestingOrder(row.order_id, row.price, row.qty, row.timestamp) for row in rows)

    return RestLevel3(names.symbol(book.pair), side(book.bids), side(book.asks))


def fee_rates(raw: Raw, symbol: str) -> FeeRates:
    """Read `TradeVolume` of one pair; without a maker table the taker's fee holds for both.

    Raises:
        NotRestError: The answer names no fee.
    """
    volume = decode_result(raw, _Volume)
    taker = next((row.fee for row in volume.fees.values()), None)
    if taker is None:
        raise NotRestError(f"the venue names no fee for {symbol}", "check the pair")
    maker = next((row.fee for row in volume.fees_maker.values()), taker)
    return FeeRates(symbol, maker, taker, volume.volume, volume.currency)


def key_info(raw: Raw) -> KeyInfo:
    """Read `GetApiKeyInfo`."""
    info = decode_result(raw, _KeyInfo)
    until = int(info.validUntil) * NS_PER_S if info.validUntil.isdigit() else 0
    return KeyInfo(
        info.apiKeyName,
        tuple(clean(text) for text in info.permissions),
        info.nonceWindow,
        tuple(clean(text) for text in info.ipAllowlist),
        until,
    )
