"""What the simulator does where Kraken's behaviour is UNCONFIRMED, and its own limits.

Nothing here is Kraken's documented behaviour; each choice is the simulator's
own default (`ws-v2.md` §14 and §17, `rest.md` §11) and sits here to be
changed in one place.
"""

from __future__ import annotations

from typing import Final

MAX_FRAME_IN: Final = 1 << 20
"""Largest request frame, and the largest REST body, in bytes."""

WRITE_LIMIT: Final = 32 << 20
"""Bytes that may wait for a slow reader before its connection is dropped."""

MESSAGE_RATE: Final = 200
"""Requests a second on one connection; beyond it `Exceeded msg rate` (the real number is unpublished)."""

IDLE_CLOSE_S: Final = 60
"""A connection without a request and without a subscription is closed after this long."""

TOKEN_TTL_S: Final = 900
"""A token lives this long unless a connection with a private subscription holds it."""

TOKEN_TEXT_BYTES: Final = 32
"""Random bytes in a token."""

TRADE_SNAPSHOT: Final = 50
"""Trades in a `trade` snapshot, oldest first."""

EXECUTION_SNAPSHOT_TRADES: Final = 50
"""Fills in an `executions` snapshot."""

OHLC_SNAPSHOT: Final = 60
"""Candles in an `ohlc` snapshot; Kraken's number is not published."""

OHLC_DEFAULT_INTERVAL: Final = 1
"""Minutes of an `ohlc` subscription that names no interval."""

L3_SYMBOLS: Final = 200
"""level3 symbols on one connection (documented)."""

L3_COST: Final = {10: 5, 100: 25, 1000: 100}
"""level3 subscribe cost by depth (documented)."""

L3_BUDGET: Final = {"starter": 200, "intermediate": 200, "pro": 500}
"""level3 subscribe budget a second; that Starter and Intermediate are "Standard" is our reading."""

THRESHOLDS: Final = {"starter": 60, "intermediate": 125, "pro": 180}
"""Engine thresholds by tier (documented); name an account's tier."""

L3_BUDGET_ERROR: Final = "Exceeded msg rate"
"""Error of a level3 symbol beyond the budget."""

ORDER_STATUS_OFF_KEEPS_TRADES: Final = True
"""Whether `order_status:false` still streams `trade` rows."""

SNAPSHOT_EXEC_TYPE: Final = "new"
"""`exec_type` of open orders in an `executions` snapshot."""

FEE_PREFERENCE: str = "quote"
"""Fee preference of an order that names none; Kraken's pages contradict each other for sells (`ws-v2.md` §15)."""

RATECOUNT_FIELD: Final = "ratecount"
"""Row field of the rate counter with `ratecounter:true`."""

DISARMED_TRIGGER: Final = "0"
"""`triggerTime` when the cancel-after timer is switched off."""

LEVEL3_DEFAULT_DEPTH: Final = 100
"""Depth of REST `Level3` when the request names none."""

REST_COUNTER: Final = {"starter": (15, 33), "intermediate": (20, 50), "pro": (20, 100)}
"""REST counter by tier: maximum, decay per second in hundredths (`rest.md` §7.1)."""

REST_COST: Final = {
    "ClosedOrders": 2,
    "TradesHistory": 2,
    "QueryTrades": 2,
    "AddOrder": 0,
    "AmendOrder": 0,
    "CancelOrder": 0,
    "CancelAll": 0,
    "CancelAllOrdersAfter": 0,
    "AddOrderBatch": 0,
    "EditOrder": 0,
    "CancelOrderBatch": 0,
    "Ledgers": 2,
    "QueryLedgers": 2,
}
"""REST counter cost by method; 1 for all others."""

NONCE_STRIKES: Final = 30
"""Invalid nonces in a row before the key is locked out."""

LOCKOUT_S: Final = 900
"""How long a locked-out key stays so."""

UNKNOWN_REST_ORDER: Final = "EOrder:Unknown order"
"""QueryOrders when no id matched at all."""

L3_ON_AUTH: Final = "Level3 market data is unavailable on this endpoint. Try ws-l3.kraken.com"
"""Refusal of level3 on the public or auth host; Kraken's present text is not known."""

COLLATERAL_VALUE: Final = "1"
"""`collateral_value` of every asset."""

RELATIVE_TIMES_ON_WS: bool = True
"""Whether `expire_time` and `effective_time` of WS take `+seconds` as REST does (`ws-v2.md` §17 point 10)."""

CLOSE_WATCHES_WHAT_PRIMARY_WATCHES: bool = True
"""Whether the trigger of a WS conditional takes the reference of the primary's triggers, as REST's `trigger` does."""

OFFSET_LIMIT_UNTIL_TRIGGERED: bool = True
"""Whether an offset limit shows as sent while the trigger waits; otherwise as the price that it would give now."""

HASH_LIMIT_PASSES_TRIGGER: bool = True
"""Whether `#` in `price2` lets the limit reach past the trigger (a sell below it, a buy above), so that it can fill.

Otherwise it takes the sign that `#` has in `price`.
"""

BATCH_CANCEL_TAKES_CLIENT_IDS_ALONE: bool = True
"""Whether `batch_cancel` goes without `orders`, which the page marks required (`ws-v2.md` §17 point 7)."""

BATCH_ERROR_FIELD: Final = "error"
"""Field of a `batch_add` result that tells why one order failed (`ws-v2.md` §9.7)."""

BATCH_CANCEL_COUNTS_ON_TOP: bool = True
"""Whether `batch_cancel` also tells `orders_cancelled` beside `result`; seen on the wire, not documented (§9.8)."""

PERCENT_TEXT_DP: Final = 4
"""Decimals of a percentage in `descr.order` and `descr.close` (`rest.md` §4.2)."""

PERCENT_PRICE_DP: Final = 1
"""Least decimals of a percentage in `descr.price` and `descr.price2` (`rest.md` §3.5)."""

ICEBERG_WORD: Final = "limit"
SETTLE_WORD: Final = "settle position"
"""Words for these kinds in `descr.order` (`rest.md` §4.2)."""

POSITION_OPENED: Final = "opened"
POSITION_CLOSING: Final = "closing"
"""`position_status` of a fill that opens or closes margin (`ws-v2.md` §7.3); when Kraken says `closed` is not told."""

ROLLOVER_TERMS: Final = "0.0000% per 4 hours"
ROLLOVER_S: Final = 4 * 3600
"""`terms` and `rollovertm` of positions: this simulator charges no rollover fees."""

UNKNOWN_LEDGER: Final = "EGeneral:Invalid arguments:id"
"""QueryLedgers when no id matched at all."""
