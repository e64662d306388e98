"""Fields of the trading methods of WS v2, by JSON type (`ws-v2.md` §9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.venue.wire.schema import Kind

Fields = Mapping[str, Kind]

_TOKEN: Final = {"token": Kind.STRING}

TRIGGERS: Final[Fields] = {"reference": Kind.STRING, "price": Kind.NUMBER, "price_type": Kind.STRING}
"""`triggers` of add_order and edit_order (§9.1.1)."""

CONDITIONAL: Final[Fields] = {
    "order_type": Kind.STRING,
    "limit_price": Kind.NUMBER,
    "limit_price_type": Kind.STRING,
    "trigger_price": Kind.NUMBER,
    "trigger_price_type": Kind.STRING,
    "stop_price": Kind.NUMBER,
}
"""`conditional` of add_order (§9.1.2)."""

BATCH_ORDER: Final[dict[str, Kind]] = {
    "order_type": Kind.STRING,
    "side": Kind.STRING,
    "order_qty": Kind.NUMBER,
    "cash_order_qty": Kind.NUMBER,
    "limit_price": Kind.NUMBER,
    "limit_price_type": Kind.STRING,
    "triggers": Kind.OBJECT,
    "time_in_force": Kind.STRING,
    "expire_time": Kind.STRING,
    "effective_time": Kind.STRING,
    "margin": Kind.BOOLEAN,
    "reduce_only": Kind.BOOLEAN,
    "post_only": Kind.BOOLEAN,
    "display_qty": Kind.NUMBER,
    "fee_preference": Kind.STRING,
    "stp_type": Kind.STRING,
    "conditional": Kind.OBJECT,
    "cl_ord_id": Kind.STRING,
    "order_userref": Kind.INTEGER,
    "no_mpp": Kind.BOOLEAN,
    "sender_sub_id": Kind.STRING,
    "stop_price": Kind.NUMBER,
    "trigger": Kind.STRING,
}
"""One order of batch_add: add_order without what the batch says for all (§9.7)."""

_ADD: Final = {"symbol": Kind.STRING, "deadline": Kind.STRING, "validate": Kind.BOOLEAN}

METHODS: Final[Mapping[str, Fields]] = {
    "add_order": _TOKEN | BATCH_ORDER | _ADD,
    "batch_add": _TOKEN | _ADD | {"orders": Kind.OBJECTS},
    "amend_order": _TOKEN
    | {
        "order_id": Kind.STRING,
        "cl_ord_id": Kind.STRING,
        "order_qty": Kind.NUMBER,
        "display_qty": Kind.NUMBER,
        "limit_price": Kind.NUMBER,
        "limit_price_type": Kind.STRING,
        "post_only": Kind.BOOLEAN,
        "trigger_price": Kind.NUMBER,
        "trigger_price_type": Kind.STRING,
        "deadline": Kind.STRING,
        "symbol": Kind.STRING,
    },
    "edit_order": _TOKEN
    | {
        "order_id": Kind.STRING,
        "symbol": Kind.STRING,
        "order_qty": Kind.NUMBER,
        "limit_price": Kind.NUMBER,
        "display_qty": Kind.NUMBER,
        "fee_preference": Kind.STRING,
        "order_userref": Kind.INTEGER,
        "post_only": Kind.BOOLEAN,
        "reduce_only": Kind.BOOLEAN,
        "triggers": Kind.OBJECT,
        "deadline": Kind.STRING,
        "validate": Kind.BOOLEAN,
        "no_mpp": Kind.BOOLEAN,
        "price": Kind.NUMBER,
        "trigger": Kind.STRING,
        "stop_price": Kind.NUMBER,
    },
    "cancel_order": _TOKEN | {"order_id": Kind.STRINGS, "cl_ord_id": Kind.STRINGS, "order_userref": Kind.INTEGERS},
    "batch_cancel": _TOKEN | {"orders": Kind.STRINGS, "cl_ord_id": Kind.STRINGS},
    "cancel_all": _TOKEN,
    "cancel_all_orders_after": _TOKEN | {"timeout": Kind.INTEGER},
}
"""Parameters of the trading methods (§9)."""

MODIFY: Final = "modify-trades"
CLOSE: Final = "close-trades"

NEEDS_ALL: Final[Mapping[str, tuple[str, ...]]] = {
    "add_order": (MODIFY,),
    "batch_add": (MODIFY,),
    "edit_order": (MODIFY, CLOSE),
}
"""Key permissions that a method needs; for the others either of the two will do (`rest.md` §4)."""
