"""Execution reports and rejects, read (`fix.md` §1.10, §1.11, §2.3, §2.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from app.clock import rfc3339
from app.domain.text import clean
from app.protocol.fix.message import Message, whole
from app.protocol.fix.times import utc_ns
from app.protocol.rest.errors import Fault, Layer, Retry, classify
from app.protocol.ws2.private import ExecutionRow, Fee, Triggers

KINDS: Final = {
    "A": "pending_new",
    "0": "new",
    "F": "trade",
    "4": "canceled",
    "8": "canceled",
    "C": "expired",
    "5": "amended",
    "D": "restated",
    "I": "status",
}
STATUSES: Final = {
    "0": "new",
    "1": "partially_filled",
    "2": "filled",
    "4": "canceled",
    "5": "new",  # replaced: live again (§11 trap 8)
    "8": "canceled",
    "A": "pending_new",
    "C": "expired",
    "E": "new",  # new terms are not live yet
}
ENDED: Final = frozenset({"2", "4", "8", "C"})
ORDER_TYPES: Final = {
    "1": "market",
    "2": "limit",
    "3": "stop-loss",
    "4": "stop-loss-limit",
    "R": "take-profit",
    "T": "take-profit-limit",
    "U": "trailing-stop",
    "V": "trailing-stop-limit",
}
TIMES: Final = {"1": "GTC", "3": "IOC", "4": "FOK", "6": "GTD"}
SIDES: Final = {"1": "buy", "2": "sell"}
LIQUIDITY: Final = {"0": "m", "1": "t"}
REPRICED: Final = "3"
"""ExecRestatementReason: trades may have been missed, ask over REST (§2.4)."""

_PREFIX: Final = re.compile(r"^(?:ClOrdID )?[0-9a-fA-F-]{8,40} : ")
_FIELD_REASONS: Final = frozenset({1, 4, 5, 6, 13, 14, 15, 16, 17})


@dataclass(frozen=True, slots=True)
class Report:
    """One execution report.

    Attributes:
        exec_id: ExecID (17), unique per report.
        exec_type: ExecType (150).
        status: OrdStatus (39).
        request_id: ClOrdID of the request that it answers.
        previous_id: OrigClOrdID, if any.
        row: The report in the words of the execution stream; its client id is the report's own.
        fee: Fees of the order so far, or of this trade on derivatives.
        fee_asset: Asset of them.
    """

    exec_id: str
    exec_type: str
    status: str
    request_id: str
    previous_id: str
    row: ExecutionRow
    fee: Decimal
    fee_asset: str

    @property
    def ended(self) -> bool:
        """Whether the order is over."""
        return self.status in ENDED


def report_of(message: Message) -> Report:
    """Read an execution report.

    Raises:
        FieldError: A field is not what it must be.
        ValueError: A time can't be read.
    """
    get, amount = message.fields.get, message.amount
    kind = get("150", "")
    trade = kind == "F"
    qty, cum = amount("38"), amount("14")
    status = get("39", "")
    moment = get("60") or get("52", "")
    trigger, woke = amount("99"), amount("1102")
    inst = (get("18") or "").split(" ")
    display = amount("1138")
    order_type = ORDER_TYPES.get(get("40", ""))
    if order_type == "limit" and display is not None:
        order_type = "iceberg"
    row = ExecutionRow(
        order_id=get("37", ""),
        exec_type=KINDS.get(kind, "status"),
        order_status=STATUSES.get(status),
        timestamp=rfc3339(utc_ns(moment), 3),
        cl_ord_id=get("11", ""),
        symbol=get("55", ""),
        side=SIDES.get(get("54", "")),
        order_type=order_type,
        order_qty=qty,
        display_qty=display,
        limit_price=amount("44"),
        time_in_force=TIMES.get(get("59", "")),
        post_only=True if "P" in inst else None,
        reduce_only=True if "E" in inst else None,
        cum_qty=cum,
        cum_cost=amount("381"),
        exec_id=(get("1003") or get("17")) if trade else None,
        last_qty=amount("32") if trade else None,
        last_price=amount("31") if trade else None,
        cost=amount("118") if trade else None,
        liquidity_ind=LIQUIDITY.get(get("5050", "")) if trade else None,
        reason=get("58") if kind in {"4", "8", "C", "D"} else None,
        triggers=None if trigger is None else Triggers(price=trigger, actual_price=woke),
    )
    return Report(
        get("17", ""),
        kind,
        status,
        get("11", ""),
        get("41", ""),
        row,
        amount("137") or Decimal(0),
        clean(get("138", "")),
    )


def told(report: Report, cl_ord_id: str, fee: Decimal | None) -> ExecutionRow:
    """Return a report's row for the order that we know by an id.

    Args:
        report: The report.
        cl_ord_id: First client id of the order; empty if it is not known.
        fee: Fee of this fill; None if it can't be told.
    """
    fees = (Fee(report.fee_asset, fee),) if fee is not None and report.fee_asset else None
    return msgspec.structs.replace(report.row, cl_ord_id=cl_ord_id or None, fees=fees)


def business_fault(text: str, reason: str) -> Fault:
    """Understand a business reject (35=j): a refusal before the engine named the order (§1.11).

    Args:
        text: Text (58); the request's id in front is left out.
        reason: BusinessRejectReason (380).
    """
    plain = _PREFIX.sub("", clean(text))
    if plain.startswith("E"):
        return classify(plain)
    known = {
        "1": ("unknown id", "look the order up"),
        "2": ("unknown pair", "check the pair's name in the instrument list"),
        "3": ("this message type is not supported", "use WS or REST"),
        "4": ("the venue's application is not available", "wait, or use WS or REST"),
        "5": ("a conditionally required field is missing", "report this: the order was not placed"),
        "6": ("not authorized", "the key lacks the permission for this"),
        "101": ("unknown order", "the order has ended or never was: look it up"),
        "104": ("order too old", "use WS or REST for it"),
    }
    words, hint = known.get(reason, ("", "the venue gave a reason of its own"))
    retry = Retry.BACK_OFF if reason == "4" else Retry.NEVER
    layer = Layer.SERVICE if reason == "4" else Layer.VALIDATION if plain or words else Layer.GATEWAY
    return Fault(plain or words or "refused without a reason", layer, hint, retry)


def session_fault(message: Message) -> Fault:
    """Understand a session reject (35=3): the gateway could not read or take the message (§1.10)."""
    text = clean(message.get("58")) or "the gateway rejected the message"
    tag, reason = message.get("371"), message.get("373")
    layer = Layer.VALIDATION if reason.isdigit() and int(reason) in _FIELD_REASONS else Layer.GATEWAY
    where = f"field {tag} is at fault" if tag else "the gateway names no field"
    return Fault(text, layer, f"{where}; nothing was placed", Retry.NEVER)


def reject_target(message: Message) -> int:
    """Return the number of our message that a session reject is about.

    Raises:
        FieldError: It names none.
    """
    return whole("45", message.get("45"))
