"""What makes the exchange refuse a request, with Kraken's words for it.

Sources: `ws-v2.md` §11 and §12, `rest.md` §1.5 and §5.8.
"""

from __future__ import annotations

import re
from decimal import Decimal

from app.domain.instrument import PairStatus
from app.domain.order import OrderType
from app.venue.core import policies
from app.venue.core.accounts import Account
from app.venue.core.api import SystemMode, VenueReject
from app.venue.core.floor import Floor
from app.venue.core.kinds import LIMITED
from app.venue.core.pair import Pair

UNAVAILABLE = "EService:Unavailable"
CANCEL_ONLY = "EService:Market in cancel_only mode"
POST_ONLY = "EService:Market in post_only mode"
LIMIT_ONLY = "EService:Market in limit_only mode"
DEADLINE_ELAPSED = "EService:Deadline elapsed"
INVALID_PRICE = "EOrder:Invalid price"
TICK_SIZE = "EOrder:Tick size check failed"
COST_MINIMUM = "EOrder:Cost minimum not met"
ORDERS_LIMIT = "EOrder:Orders limit exceeded"
SCHEDULED_LIMIT = "EOrder:Scheduled orders limit exceeded"

_CLIENT_ID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[\x21-\x7e]{1,18}"
)


def check_mode(floor: Floor, pair: Pair, *, post_only: bool, order_type: OrderType, reduce_only: bool = False) -> None:
    """Refuse new or changed orders that the venue's or the pair's state forbids.

    Raises:
        VenueReject: `EService:…` with the mode.
    """
    status = pair.instrument.status
    modes = (floor.mode.value, status.value)
    if SystemMode.MAINTENANCE.value in modes:
        raise VenueReject(UNAVAILABLE)
    if SystemMode.CANCEL_ONLY.value in modes:
        raise VenueReject(CANCEL_ONLY)
    if SystemMode.POST_ONLY.value in modes and not post_only:
        raise VenueReject(POST_ONLY)
    if status is PairStatus.LIMIT_ONLY and order_type not in LIMITED:
        raise VenueReject(LIMIT_ONLY)
    if status is PairStatus.REDUCE_ONLY and not reduce_only:
        raise VenueReject(policies.REDUCE_ONLY_PAIR)
    if status in {PairStatus.DELISTED, PairStatus.WORK_IN_PROGRESS, PairStatus.UNKNOWN}:
        raise VenueReject(policies.PAIR_NOT_TRADING)


def check_cancel_mode(floor: Floor) -> None:
    """Refuse cancels during maintenance (`rest.md` §2.2).

    Raises:
        VenueReject: `EService:Unavailable`.
    """
    if floor.mode is SystemMode.MAINTENANCE:
        raise VenueReject(UNAVAILABLE)


def check_deadline(floor: Floor, deadline_ns: int) -> None:
    """Refuse a request whose deadline has passed.

    Raises:
        VenueReject: `EService:Deadline elapsed`.
    """
    if deadline_ns and floor.clock.now_ns() > deadline_ns:
        raise VenueReject(DEADLINE_ELAPSED)


def check_qty(pair: Pair, qty: Decimal, source: str) -> int:
    """Return a quantity in lots.

    Raises:
        VenueReject: It is not positive, too fine, or below the pair's minimum.
    """
    try:
        lots = pair.instrument.lots(qty)
    except ValueError:
        raise VenueReject(policies.BAD_VOLUME) from None
    if lots <= 0:
        raise VenueReject(policies.BAD_VOLUME)
    check_minimum(pair, lots, source)
    return lots


def check_minimum(pair: Pair, lots: int, source: str) -> None:
    """Refuse a quantity below the pair's minimum.

    Raises:
        VenueReject: In the words of the face that it came by.
    """
    if lots < pair.min_lots:
        raise VenueReject(policies.BELOW_MINIMUM_WS if source == "ws" else policies.BELOW_MINIMUM)


def check_price(pair: Pair, price: Decimal | None) -> int:
    """Return a limit price in ticks.

    Raises:
        VenueReject: It is missing, not positive or not a multiple of the tick.
    """
    if price is None:
        raise VenueReject(policies.BAD_PRICE)
    if price <= 0:
        raise VenueReject(INVALID_PRICE)
    try:
        return pair.instrument.ticks(price)
    except ValueError:
        raise VenueReject(TICK_SIZE) from None


def check_display(lots: int, display: int) -> None:
    """Refuse an iceberg slice that is more than the size or less than its fifteenth.

    Args:
        lots: Size (what is left of it in an amend).
        display: Visible slice.

    Raises:
        VenueReject: `EGeneral:Invalid arguments:displayvol`.
    """
    if not 0 < display <= lots or display * policies.DISPLAY_PARTS < lots:
        raise VenueReject(policies.BAD_DISPLAY)


def check_cost(pair: Pair, price: int, lots: int) -> None:
    """Refuse an order whose value is below the pair's minimum.

    Raises:
        VenueReject: `EOrder:Cost minimum not met`.
    """
    if pair.cost(price, lots) < pair.min_cost:
        raise VenueReject(COST_MINIMUM)


def check_client_id(account: Account, cl_ord_id: str, userref: int | None) -> None:
    """Refuse a malformed client id and one that an open order already carries.

    Raises:
        VenueReject: `EGeneral:Invalid arguments:cl_ord_id`.
    """
    if not cl_ord_id:
        return
    if userref is not None or not _CLIENT_ID.fullmatch(cl_ord_id) or account.has_client_id(cl_ord_id):
        raise VenueReject(policies.DUPLICATE_CL_ORD_ID)


def check_open_orders(account: Account, symbol: str, *, waits: bool, replaces: bool = False) -> None:
    """Refuse one order more than may be open (`ws-v2.md` §10.2).

    Args:
        account: Owner.
        symbol: Pair of the order.
        waits: Whether it is scheduled or waits for its trigger.
        replaces: Whether another of the same pair goes for it.

    Raises:
        VenueReject: `EOrder:Orders limit exceeded` or `EOrder:Scheduled orders limit exceeded`.
    """
    if account.open_on(symbol) - replaces >= account.rates.tier.open_orders:
        raise VenueReject(ORDERS_LIMIT)
    if waits and not replaces and account.waiting >= policies.SCHEDULED_ORDERS_LIMIT:
        raise VenueReject(SCHEDULED_LIMIT)
