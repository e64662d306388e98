"""NewOrderSingle as an order of the exchange (`fix.md` §2.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from app.clock import NS_PER_S
from app.domain.order import OrderType, Side, TimeInForce
from app.venue.core.api import AddOrder, PriceType, Reference, Stp, Trigger
from app.venue.fix.message import Message, parse_number, parse_utc
from app.venue.fix.reports import STPS

SIDES: Final = {"1": Side.BUY, "2": Side.SELL}
KINDS: Final = {
    "1": OrderType.MARKET,
    "2": OrderType.LIMIT,
    "3": OrderType.STOP_LOSS,
    "4": OrderType.STOP_LOSS_LIMIT,
    "R": OrderType.TAKE_PROFIT,
    "T": OrderType.TAKE_PROFIT_LIMIT,
    "U": OrderType.TRAILING_STOP,
    "V": OrderType.TRAILING_STOP_LIMIT,
}
TIMES: Final = {"1": TimeInForce.GTC, "3": TimeInForce.IOC, "4": TimeInForce.FOK, "6": TimeInForce.GTD}
_STPS: Final = {text: stp for stp, text in STPS.items()}
TRAILING: Final = frozenset("UV")
PRICED: Final = frozenset("24TV")
TRIGGERED: Final = frozenset("34RTUV")
DEADLINE_LEAST_S: Final = 2
DEADLINE_MOST_S: Final = 60
NAMES: Final = {44: "Price", 99: "StopPx", 126: "ExpireTime"}


def missing_condition(message: Message) -> int:
    """Tag that an order or amend needs because of its type or time in force, or 0 when all are there."""
    kind, dated = message[40], message.kind == "D" and message[59] == "6"
    for tag, needed in ((44, kind in PRICED), (99, kind in TRIGGERED), (126, dated)):
        if needed and tag not in message:
            return tag
    return 0


def deadline_is_off(message: Message) -> bool:
    """Whether ValidUntilTime is not 2 to 60 s after SendingTime (documented)."""
    if 62 not in message:
        return False
    ahead = time_of(message, 62) - time_of(message, 52)
    return not DEADLINE_LEAST_S * NS_PER_S <= ahead <= DEADLINE_MOST_S * NS_PER_S


def flags_clash(message: Message) -> bool:
    """Whether 18 asks for the fee in base and in quote at once."""
    return {"f", "q"} <= set(message[18].split(" "))


def add_order(message: Message) -> AddOrder:
    """Return what a valid NewOrderSingle asks for.

    The limit of a trailing-stop-limit counts from the trigger, as its 99 counts
    from the peak; the page does not say (UNCONFIRMED).
    """
    flags = message[18].split(" ")
    kind, display = KINDS[message[40]], optional(message, 1138)
    qty = parse_number(message[38])
    cash = qty if "v" in flags else None
    return AddOrder(
        symbol=message[55],
        side=SIDES[message[54]],
        order_type=OrderType.ICEBERG if display is not None and kind is OrderType.LIMIT else kind,
        qty=Decimal(0) if cash is not None else qty,
        limit_price=optional(message, 44) if message[40] in PRICED else None,
        time_in_force=TIMES[message[59]],
        post_only="P" in flags,
        stp=_STPS[message[7928]] if 7928 in message else Stp.CANCEL_NEWEST,
        cl_ord_id=message[11],
        deadline_ns=time_of(message, 62),
        fee_in_base="f" in flags or (message[54] == "2" and "q" not in flags),
        source="fix",
        limit_price_type=PriceType.QUOTE if message[40] == "V" else PriceType.STATIC,
        trigger=_trigger(message) if message[40] in TRIGGERED else None,
        display_qty=display,
        cash_qty=cash,
        effective_ns=time_of(message, 168),
        expire_ns=time_of(message, 126),
        margin=message[5001] == "1",
        reduce_only="E" in flags,
    )


def _trigger(message: Message) -> Trigger:
    """A trailing type's 99 is its distance in quote currency, that of the others the trigger price."""
    return Trigger(
        price=parse_number(message[99]),
        price_type=PriceType.QUOTE if message[40] in TRAILING else PriceType.STATIC,
        reference=Reference.INDEX if message[388] == "1" else Reference.LAST,
    )


def optional(message: Message, tag: int) -> Decimal | None:
    """A number, or None when the tag is absent."""
    return parse_number(message[tag]) if tag in message else None


def time_of(message: Message, tag: int) -> int:
    """A time in nanoseconds, 0 when the tag is absent."""
    return parse_utc(message[tag]) if tag in message else 0
