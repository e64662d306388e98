"""Choices of this simulator where Kraken's behaviour is not published.

Each constant answers one point that the reference marks UNCONFIRMED. None of
them claims that Kraken does the same; whoever learns better changes it here.

Three choices are not switches, since arithmetic rests on them: the cost of a
fill is cut to the pair's cost decimals, so that the fills of an order never
cost more than it held; fees are rounded half up; the 30-day volume only
grows, because a session is shorter than its window.
"""

from __future__ import annotations

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
UNSUPPORTED_ORDER_TYPE = "EGeneral:Invalid arguments:ordertype"
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
