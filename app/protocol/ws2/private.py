"""Account frames: `executions` and `balances` (`ws-v2.md` §7, §8).

Rows are what the wire said and nothing more: a field that a delta leaves out
is None. Merging rows into orders is the order state's work (§7.6).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from app.protocol.checks import Checked
from app.protocol.wiretime import time_ns


class ExecKind(StrEnum):
    """What a report says happened (`exec_type`, §7.2)."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    TRADE = "trade"
    FILLED = "filled"
    ICEBERG_REFILL = "iceberg_refill"
    CANCELED = "canceled"
    EXPIRED = "expired"
    AMENDED = "amended"
    RESTATED = "restated"
    STATUS = "status"


_KINDS = {kind.value: kind for kind in ExecKind}


class Fee(Checked, frozen=True, gc=False):
    """One fee of one fill.

    Attributes:
        asset: Asset it was charged in.
        qty: Amount.
    """

    asset: str
    qty: Decimal


class Triggers(Checked, frozen=True, gc=False):
    """Trigger of a stop or take-profit order (§7.3)."""

    reference: str | None = None
    price: Decimal | None = None
    price_type: str | None = None
    actual_price: Decimal | None = None
    peak_price: Decimal | None = None
    last_price: Decimal | None = None
    status: str | None = None
    timestamp: str | None = None


class Contingent(Checked, frozen=True, gc=False):
    """Conditional close of an order (§7.3)."""

    order_type: str = ""
    trigger_price: Decimal | None = None
    trigger_price_type: str | None = None
    limit_price: Decimal | None = None
    limit_price_type: str | None = None


class ExecutionRow(Checked, frozen=True, gc=False):
    """One execution report, field by field as in §7.3.

    `stop_price:0.0` and the other deprecated doubles are not read.
    `ratecount` is the pair's counter where the venue reports it; its name and
    place are UNCONFIRMED (§10.5), so `ratecounter` and the frame's top level
    are read as well.
    """

    order_id: str
    exec_type: str
    order_status: str | None = None
    timestamp: str = ""
    cl_ord_id: str | None = None
    order_userref: int | None = None
    symbol: str | None = None
    side: str | None = None
    order_type: str | None = None
    order_qty: Decimal | None = None
    cash_order_qty: Decimal | None = None
    display_qty: Decimal | None = None
    display_qty_remain: Decimal | None = None
    limit_price: Decimal | None = None
    limit_price_type: str | None = None
    time_in_force: str | None = None
    effective_time: str | None = None
    expire_time: str | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    margin: bool | None = None
    amended: bool | None = None
    avg_price: Decimal | None = None
    cum_qty: Decimal | None = None
    cum_cost: Decimal | None = None
    exec_id: str | None = None
    trade_id: int | None = None
    last_qty: Decimal | None = None
    last_price: Decimal | None = None
    cost: Decimal | None = None
    liquidity_ind: str | None = None
    fees: tuple[Fee, ...] | None = None
    fee_usd_equiv: Decimal | None = None
    fee_ccy_pref: str | None = None
    margin_borrow: bool | None = None
    liquidated: bool | None = None
    position_status: str | None = None
    reason: str | None = None
    ord_ref_id: str | None = None
    contingent: Contingent | None = None
    triggers: Triggers | None = None
    ratecount: Decimal | None = None
    ratecounter: Decimal | None = None

    @property
    def kind(self) -> ExecKind:
        """What happened; a word we don't know counts as `status` (§7.2)."""
        return _KINDS.get(self.exec_type, ExecKind.STATUS)

    @property
    def at_ns(self) -> int:
        """Venue time in nanoseconds; 0 if the row has none that can be read."""
        try:
            return time_ns(self.timestamp) if self.timestamp else 0
        except ValueError:
            return 0

    @property
    def rate_count(self) -> Decimal | None:
        """The pair's rate counter under either name."""
        return self.ratecount if self.ratecount is not None else self.ratecounter


class Wallet(Checked, frozen=True, gc=False):
    """Part of a balance, in one wallet."""

    type: str
    id: str
    balance: Decimal


class BalanceRow(Checked, frozen=True, gc=False):
    """A balance (snapshot) or a ledger transaction with the new balance (update, §8).

    Attributes:
        asset: v2 asset code such as `BTC`.
        balance: Total of the asset; says nothing about what orders hold.
        amount: Signed change without the fee; None in snapshots.
        fee: Fee charged in this asset.
        type: Kind of transaction.
        ref_id: Fill or transfer that caused it.
    """

    asset: str
    balance: Decimal
    asset_class: str = "currency"
    wallets: tuple[Wallet, ...] = ()
    amount: Decimal | None = None
    fee: Decimal | None = None
    ledger_id: str | None = None
    ref_id: str | None = None
    timestamp: str | None = None
    type: str | None = None
    subtype: str | None = None
    category: str | None = None
    wallet_type: str | None = None
    wallet_id: str | None = None


class AccountHead(msgspec.Struct, frozen=True, gc=False):
    """An account frame with its rows still raw, so that one bad row loses no other.

    Attributes:
        channel: `executions` or `balances`.
        type: `snapshot` or `update`.
        data: Rows as written.
        sequence: Number within the subscription; 0 if absent (§7.5).
        ratecount: Counter at the top level (UNCONFIRMED, §10.5).
    """

    channel: str
    type: str
    data: tuple[msgspec.Raw, ...]
    sequence: int = 0
    ratecount: Decimal | None = None
    ratecounter: Decimal | None = None


_head = msgspec.json.Decoder(AccountHead)
_execution = msgspec.json.Decoder(ExecutionRow)
_balance = msgspec.json.Decoder(BalanceRow)


def decode_account(raw: str | bytes) -> AccountHead:
    """Read the outside of an account frame.

    Raises:
        msgspec.DecodeError: It is no such frame.
    """
    return _head.decode(raw)


def execution_rows(head: AccountHead) -> tuple[list[ExecutionRow], list[str]]:
    """Read the rows of an `executions` frame.

    Returns:
        The rows, and one complaint for each row that could not be read.
    """
    rows: list[ExecutionRow] = []
    bad: list[str] = []
    count = head.ratecount if head.ratecount is not None else head.ratecounter
    for raw in head.data:
        try:
            row = _execution.decode(raw)
        except msgspec.DecodeError as error:
            bad.append(f"executions row: {error}")
            continue
        if count is not None and row.rate_count is None:
            row = msgspec.structs.replace(row, ratecount=count)
        rows.append(row)
    return rows, bad


def balance_rows(head: AccountHead) -> tuple[list[BalanceRow], list[str]]:
    """Read the rows of a `balances` frame.

    Returns:
        The rows, and one complaint for each row that could not be read.
    """
    rows: list[BalanceRow] = []
    bad: list[str] = []
    for raw in head.data:
        try:
            rows.append(_balance.decode(raw))
        except msgspec.DecodeError as error:
            bad.append(f"balances row: {error}")
    return rows, bad
