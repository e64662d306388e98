"""Choices of this simulator where Kraken's behaviour is not published.

Each constant answers one point that the reference marks UNCONFIRMED. None of
them claims that Kraken does the same; whoever learns better changes it here.

Some choices are not switches, since other parts rest on them: the cost of a
fill is cut to the pair's cost decimals, so that the fills of an order never
cost more than it held; fees are rounded half up; the 30-day volume only grows,
because a session is shorter than its window. A refilled iceberg slice shows on
level3 as `delete` and `add` with a new time, since it joins the back of its
level. Relative prices are rounded half away from zero to the tick, and a limit
offset counts from the trigger price. A trigger that is satisfied at placement
fires at once; triggers that fire together go in the order of their acceptance.
A conditional close inherits leverage, self-trade prevention and fee
preference, counts its relative prices from the primary's limit (from the fill
where there is none), counts against no limit and costs no points, and is
accepted below the pair's minimum; one that cannot hold its funds is accepted
and canceled. A quote-sized buy spends its amount on the asset, and the fee
comes on top. Margin positions close oldest first, whatever their leverage;
what an opposite order has left opens a position the other way. Margin fees and
profits settle in the quote asset, which may go below zero.
"""

from __future__ import annotations

from app.domain.order import TimeInForce

MARKET_PROTECTION_PERCENT = 5
"""A market order stops this far from the best price at its arrival (`rest.md` §5.5)."""

REASON_USER = "User requested"
REASON_POST_ONLY = "Post only order"
REASON_TIMER = "CancelAllOrdersAfter Timeout"
REASON_IOC = "Immediate or cancel"
REASON_STP = "Self trade prevention"
REASON_PROTECTION = "Market price protection"
REASON_NO_LIQUIDITY = "No liquidity"
"""The last four reasons are our own wording; Kraken's is not published (`ws-v2.md` §7.2)."""

FINAL_TRADE_IS_FILLED = True
"""Whether the trade row that completes an order already says `filled` (`ws-v2.md` §7.2)."""

LIMIT_SINGLE_CANCELS = True
"""Whether one cancel is refused when it would pass the threshold (`ws-v2.md` §10.4)."""

CANCEL_ALL_COST_PER_PAIR = 1
"""Counter cost of cancel_all for each pair that it touches; never refused (`rest.md` §7.2)."""

REDUCED_KEEPS_BOOK_TIME = True
"""Whether an amend that only lowers the quantity keeps the order's level3 timestamp.

Readers sort re-entering orders by that timestamp (`ws-v2.md` §6.5), so an
order that keeps its place must keep the time that places it.
"""

DUPLICATE_CL_ORD_ID = "EGeneral:Invalid arguments:cl_ord_id"
UNSUPPORTED_TIME_IN_FORCE = "EGeneral:Invalid arguments:timeinforce"
BAD_VOLUME = "EGeneral:Invalid arguments:volume"
BAD_PRICE = "EGeneral:Invalid arguments:price"
BAD_TIMEOUT = "EGeneral:Invalid arguments:timeout"
POST_ONLY_TAKES = "EGeneral:Invalid arguments:post_only"
MISSING_AMENDMENT = "EGeneral:Invalid arguments"
REDUCE_ONLY_PAIR = "EService:Market in reduce_only mode"
PAIR_NOT_TRADING = "EService:Unavailable"
"""Texts for refusals whose exact words are not published (`rest.md` §1.5)."""

BELOW_MINIMUM_WS = "EGeneral:Invalid arguments:volume minimum not met"
BELOW_MINIMUM = "EOrder:Order minimum not met"
"""Too small a quantity: as seen on WS v2, and as the documents list it (`ws-v2.md` §11)."""

REASON_FOK = "Fill or kill"
REASON_EXPIRED = "Order expired"
REASON_REPLACED = "Order replaced"
REASON_NO_FUNDS = "Insufficient funds"
REASON_NO_MARGIN = "Margin level too low"
REASON_BAD_PRICE = "Invalid price"
REASON_NO_POSITION = "Reduce only:No position exists"
REASON_POSITION_CLOSED = "Reduce only:Position is closed"
"""Why the engine itself ended an order; our own wording (`ws-v2.md` §17 point 5)."""

DISPLAY_PARTS = 15
"""An iceberg shows at least this part of its size (`rest.md` §5.5; documented)."""

UNTRIGGERED_HOLD = True
"""Whether orders hold funds while they wait for their trigger or their start.

A buy without a limit holds its cost at the trigger price (at the last price
while it is only scheduled); what it really costs is checked when it goes live.
"""

INDEX_TRADES = 20
"""The venue's index price is the mean price of this many last trades, rounded half up."""

SCHEDULED_ORDERS_LIMIT = 100
"""Scheduled and untriggered orders of one account; Kraken's number is not published."""

EXPIRY_LEAST_S = 5
EXPIRY_MOST_S = 31 * 86_400
"""A GTD order expires at least 5 s and at most a month ahead (`rest.md` §4.1); the start likewise."""

BAD_EXPIRY = "EGeneral:Invalid arguments:expiretm"
BAD_START = "EGeneral:Invalid arguments:starttm"
BAD_TRIGGER = "EGeneral:Invalid arguments:trigger"
BAD_SECOND_PRICE = "EGeneral:Invalid arguments:price2"
BAD_DISPLAY = "EGeneral:Invalid arguments:displayvol"
BAD_CASH = "EGeneral:Invalid arguments:viqc"
BAD_CLOSE = "EGeneral:Invalid arguments:close"
BAD_LEVERAGE = "EGeneral:Invalid arguments:leverage"
BAD_BATCH = "EGeneral:Invalid arguments:orders"
NOT_AMENDABLE = "EGeneral:Invalid arguments:order is not amendable"
NOT_EDITABLE = "EGeneral:Invalid arguments:order is not editable"
AMBIGUOUS_TAG = "EGeneral:Invalid arguments:userref"
"""Texts for refusals whose exact words are not published (`rest.md` §1.5)."""

EDIT_COUNTS_FILLED = True
"""The quantity of an edit is the old order's new total: the new order gets what is not filled of it."""

MARGIN_OPENING_FEE = 2
"""Fee for opening a position, in hundredths of a percent of its cost, on top of the trade fee."""

MARGIN_CALL_LEVEL = 80
"""A margin order that would leave the margin level (percent) below this is refused."""

MARGIN_ALLOWANCE_USD = 5_000_000
"""Highest cost of all open positions and margin orders of an account (unpublished)."""

POSITION_SIZE_USD = 2_000_000
"""Highest cost of one pair's positions and margin orders of an account (unpublished)."""

POSITIONS_LIMIT = 200
"""Highest number of open positions of an account (unpublished)."""

LEVERAGES = (2, 3, 4, 5)
"""Leverages that marginable pairs offer."""

CLOSE_TIME_IN_FORCE = TimeInForce.GTC
"""How long conditional closes rest."""
