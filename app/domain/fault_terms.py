"""Which term of an order a refusal is about, in the names that the ticket's fields have."""

from __future__ import annotations

from typing import Final

from app.domain.order import OrderType
from app.domain.risk_values import Refusal, RefusalCode

_SECOND: Final = "price2"
"""Kraken's name of the limit where `price` is the trigger (`rest.md` §4.1)."""

_OF_CODE: Final[dict[RefusalCode, str]] = {
    RefusalCode.COLLAR: "price",
    RefusalCode.NO_REFERENCE: "price",
    **dict.fromkeys(
        (
            RefusalCode.LOT,
            RefusalCode.QTY_MIN,
            RefusalCode.COST_MIN,
            RefusalCode.FUNDS,
            RefusalCode.MAX_QTY,
            RefusalCode.MAX_NOTIONAL,
            RefusalCode.MAX_EXPOSURE,
            RefusalCode.MAX_SYMBOL_QTY,
            RefusalCode.MAX_SESSION_QTY,
            RefusalCode.MAX_SESSION_NOTIONAL,
        ),
        "size",
    ),
}
"""Checks that are about one term whatever the order; the others are about the moment, or say their term."""

_ARGUMENTS: Final = "EGeneral:Invalid arguments:"
_OF_ERROR: Final[dict[str, str]] = {
    f"{_ARGUMENTS}volume": "size",
    f"{_ARGUMENTS}viqc": "size",
    f"{_ARGUMENTS}price": "price",
    f"{_ARGUMENTS}price2": _SECOND,
    f"{_ARGUMENTS}trigger": "trigger",
    f"{_ARGUMENTS}Index unavailable": "watches",
    f"{_ARGUMENTS}displayvol": "display",
    f"{_ARGUMENTS}timeinforce": "tif",
    f"{_ARGUMENTS}expiretm": "expires",
    f"{_ARGUMENTS}starttm": "starts",
    f"{_ARGUMENTS}post_only": "post",
    f"{_ARGUMENTS}leverage": "leverage",
    f"{_ARGUMENTS}close": "close",
    f"{_ARGUMENTS}ordertype": "type",
    "EOrder:Insufficient funds": "size",
    "EOrder:Order minimum not met": "size",
    "EOrder:Cost minimum not met": "size",
    "EOrder:Margin ": "size",
    "EOrder:Cannot open position": "leverage",
    "EOrder:Tick size check failed": "price",
    "EOrder:Invalid price": "price",
    "EOrder:Post only order": "price",
    "EOrder:Reduce only": "reduce",
}
_PREFIXES: Final = sorted(_OF_ERROR, key=len, reverse=True)


def term_of_error(error: str, kind: OrderType) -> str:
    """Return the term that an error of the venue is about; empty if it is about none.

    Args:
        error: As the venue says it.
        kind: Type of the order: `price` is the trigger of a triggered one.
    """
    term = next((_OF_ERROR[prefix] for prefix in _PREFIXES if error.startswith(prefix)), "")
    named = error.startswith(_ARGUMENTS)
    if term == "price" and named and kind.triggered:
        return "trigger"
    return "price" if term == _SECOND else term


def term_of(refusal: Refusal, kind: OrderType) -> str:
    """Return the term that a refusal of our own gate is about; empty if it is about none."""
    return refusal.term or _OF_CODE.get(refusal.code, "") or term_of_error(refusal.venue_error, kind)
