"""Every field of the reference's order messages, against what our encoder writes and the practice exchange reads.

The tables are those of `fix.md` §1.4 and §2.2 to §2.8 and §3.7: required fields, then optional ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.order import OrderRequest, OrderType, PriceKind, Side, Stp, TimeInForce, Trigger, TriggerRef
from app.protocol.changes import Amend
from app.protocol.fix import orders
from app.protocol.fix.message import Encoder, Message, fields
from app.protocol.fix.tags import FIELD_NAMES
from app.protocol.wiretime import NS_PER_S
from app.venue.fix.dictionary import SHAPES, Dictionary
from app.venue.fix.fields import FIELDS
from app.venue.fix.message import decode

REFERENCE: dict[str, tuple[set[int], set[int]]] = {
    "A": ({98, 108}, {553, 554, 5025, 141, 109, 8674, 5030, 5051}),
    "D": ({11, 55, 54, 40, 38, 59, 60}, {44, 99, 388, 126, 168, 18, 1138, 5001, 7928, 62, 78, 79}),
    "F": ({11, 54, 55, 60}, {37, 41}),
    "G": ({11, 37, 41, 54, 55, 60, 38, 40, 59}, {44, 99, 1138, 18, 62}),
    "q": ({11, 60, 530}, {55}),
    "H": ({11, 37, 55}, set()),
    "g": ({335, 336, 263}, set()),
}
VALUES: dict[int, set[str]] = {
    40: set("1234RTUV"),
    54: set("12"),
    59: set("1346"),
    388: set("15"),
    7928: set("012"),
    5001: set("01"),
    530: set("167"),
    8674: set("01"),
    18: set("PEvfqs"),
    78: {"1"},
}
NOT_OURS = {
    ("A", 5030): "our ids are UUIDs, which have no watermark that could be reset",
    ("A", 5051): "quantities of WebSocket and REST are in tokens, and one desk has one unit",
    (40, "V"): "what 44 of a trailing limit means over FIX is not said: it goes over WebSocket",
    (18, "s"): "of derivatives, which have no order entry yet",
    (5001, "0"): "the default, left out",
    (530, "6"): "our mass cancels are of a pair or of the whole account",
}
"""What a trader cannot send from here, and why."""

D = Decimal
NOW_NS = 1_775_572_325_000_000_000
PLAIN = OrderRequest("a17d49af-1186-4984-bd10-29b8f232ee4d", "BTC/USD", Side.BUY, OrderType.LIMIT, D("0.15"), D(84000))
LATER_NS = NOW_NS + 3_600 * NS_PER_S


def trigger(kind: OrderType, reference: TriggerRef = TriggerRef.LAST) -> OrderRequest:
    price = Trigger(reference, D(2000), PriceKind.QUOTE if kind.trailing else PriceKind.STATIC)
    return replace(PLAIN, order_type=kind, limit_price=D(79500) if kind.limited else None, trigger=price)


def requests() -> Iterator[OrderRequest]:
    """Orders that between them say everything that can be said."""
    yield replace(PLAIN, order_type=OrderType.MARKET, limit_price=None, side=Side.SELL)
    yield replace(PLAIN, order_type=OrderType.MARKET, limit_price=None, cash_qty=D(100))
    yield replace(PLAIN, order_type=OrderType.ICEBERG, display_qty=D("0.01"), start_ns=LATER_NS)
    yield replace(PLAIN, time_in_force=TimeInForce.GTD, expire_ns=LATER_NS, deadline_ns=NOW_NS + 10 * NS_PER_S)
    yield from (replace(PLAIN, time_in_force=one) for one in (TimeInForce.IOC, TimeInForce.FOK))
    yield from (replace(PLAIN, stp=one) for one in Stp)
    yield replace(PLAIN, leverage=2, post_only=True, reduce_only=True, fee_in_base=True)
    yield replace(PLAIN, fee_in_base=False)
    yield from (trigger(kind) for kind in orders.TYPES if kind.triggered)
    yield trigger(OrderType.STOP_LOSS, TriggerRef.INDEX)


def bodies(kind: str) -> Iterator[str]:
    """Bodies of a type as our side writes them."""
    sent = orders.SentOrder.of(PLAIN, 1)
    sent.order_id = "OQNCZM-NVAVC-AVD2LO"
    match kind:
        case "D":
            yield from (orders.new_order(one, NOW_NS, "SUBACC01") for one in requests())
        case "F":
            yield orders.cancel(sent, "1", NOW_NS)
        case "G":
            change = Amend(order_id=sent.order_id, qty=D(1), post_only=True, deadline_ns=NOW_NS + 9 * NS_PER_S)
            yield orders.replace(sent, change, "1", NOW_NS)
            iceberg = orders.SentOrder.of(replace(PLAIN, order_type=OrderType.ICEBERG, display_qty=D("0.01")), 1)
            stop = orders.SentOrder.of(trigger(OrderType.STOP_LOSS_LIMIT), 1)
            iceberg.order_id = stop.order_id = sent.order_id
            yield orders.replace(iceberg, Amend(order_id=sent.order_id, display_qty=D("0.02")), "1", NOW_NS)
            yield orders.replace(stop, Amend(order_id=sent.order_id, trigger_price=D(80000)), "1", NOW_NS)
        case "q":
            yield orders.mass_cancel(orders.SCOPE_SYMBOL, "BTC/USD", "1", NOW_NS)
            yield orders.mass_cancel(orders.SCOPE_SENDER, "", "1", NOW_NS)
        case "H":
            yield orders.status(sent)
        case "g":
            yield fields(("335", "STATUS1"), ("336", "SESSION"), ("263", 1))


def written(kind: str) -> list[Message]:
    encoder = Encoder("CLIENT", "KRAKEN-TRD")
    return [Message(encoder.encode(kind, 2, NOW_NS, body)) for body in bodies(kind)]


@pytest.mark.parametrize("kind", REFERENCE)
def test_both_sides_know_every_field(kind: str) -> None:
    required, optional = REFERENCE[kind]
    assert {str(tag) for tag in required | optional} <= FIELD_NAMES.keys()
    assert required | optional <= FIELDS.keys()
    shape = SHAPES[kind]
    assert set(shape.required) == required
    assert optional <= shape.known


@pytest.mark.parametrize("kind", sorted(set(REFERENCE) - {"A"}))
def test_our_side_writes_every_field_and_the_exchange_takes_each_message(kind: str) -> None:
    required, optional = REFERENCE[kind]
    seen: set[int] = set()
    for message in written(kind):
        tags = {int(tag) for tag, _ in message.pairs()} - {8, 9, 10, 35, 34, 49, 56, 52}
        assert required <= tags
        seen |= tags
        body = message.frame[message.frame.index(b"35=") : message.frame.index(b"\x0110=") + 1]
        assert Dictionary().check(decode("FIX.4.4", body)) is None, message.frame
    assert seen == required | optional


@pytest.mark.parametrize("tag", VALUES)
def test_every_value_is_known_and_is_sent_or_has_a_reason_not_to_be(tag: int) -> None:
    assert FIELDS[tag].values == VALUES[tag]
    if tag == 8674:  # of the logon, tested with it
        return
    sent = {word for kind in set(REFERENCE) - {"A"} for one in written(kind) for word in one.get(str(tag)).split()}
    reasons = {str(value) for where, value in NOT_OURS if where == tag}
    assert sent | reasons == VALUES[tag]
    assert not sent & reasons
