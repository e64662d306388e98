"""Cancelling orders, one by one, all at once or by timer (`ws-v2.md` §9.4 to §9.8)."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from app.clock import NS_PER_S
from app.venue.core import policies
from app.venue.core.accounts import UNKNOWN_ORDER, Account
from app.venue.core.api import Order, SystemMode, VenueReject
from app.venue.core.checks import check_cancel_mode
from app.venue.core.floor import Floor
from app.venue.core.matching import Matcher
from app.venue.core.ratelimit import CANCEL_AGE_COST, age_cost

LONGEST_TIMER_S = 86_400
BATCH_MOST = 50


class Cancelling:
    """Carries out cancels and keeps the cancel-after timers.

    Args:
        floor: Shared state.
        matcher: Ends the orders.
    """

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher

    def one(self, account: Account, order_id: str, cl_ord_id: str) -> Order:
        """Cancel one open order and charge for its age.

        Raises:
            VenueReject: Unknown order, maintenance, or over the rate limit.
        """
        check_cancel_mode(self._floor)
        order = account.find_open(order_id, cl_ord_id)
        self._charge(account, order)
        return self._cancel(account, order, policies.REASON_USER)

    def tagged(self, account: Account, userref: int) -> list[Order]:
        """Cancel the open orders with a tag; each pays its own cost.

        Orders that the rate limit refuses stay open.

        Raises:
            VenueReject: No order has the tag, or none could be cancelled.
        """
        check_cancel_mode(self._floor)
        refused = VenueReject(UNKNOWN_ORDER)
        done: list[Order] = []
        for order in [held for held in account.open.values() if held.userref == userref]:
            try:
                self._charge(account, order)
            except VenueReject as reject:
                refused = reject
                continue
            done.append(self._cancel(account, order, policies.REASON_USER))
        if not done:
            raise refused
        return done

    def batch(
        self, account: Account, order_ids: Sequence[str], cl_ord_ids: Sequence[str], userrefs: Sequence[int]
    ) -> list[Order]:
        """Cancel what the identifiers name; unknown ones are passed over (`ws-v2.md` §9.8).

        Each order pays its own cost, and the rate limit refuses none.

        Raises:
            VenueReject: None or more than 50 identifiers, or maintenance.
        """
        check_cancel_mode(self._floor)
        if not 0 < len(order_ids) + len(cl_ord_ids) + len(userrefs) <= BATCH_MOST:
            raise VenueReject(policies.BAD_BATCH)
        named = {order_id: account.open.get(order_id) for order_id in order_ids}
        named |= {cl_ord_id: account.by_client_id(cl_ord_id) for cl_ord_id in cl_ord_ids}
        found = [order for order in named.values() if order is not None]
        found += [order for order in account.open.values() if order.userref is not None and order.userref in userrefs]
        mono = self._floor.clock.mono_ns()
        done = []
        for order in {order.order_id: order for order in found}.values():
            extra = age_cost(CANCEL_AGE_COST, mono - order.changed_mono_ns)
            account.rates.charge(order.symbol, mono, 0, extra, refusable=False)
            done.append(self._cancel(account, order, policies.REASON_USER))
        return done

    def all(self, account: Account) -> list[Order]:
        """Cancel every open order of the account; the rate limit never refuses this.

        Raises:
            VenueReject: Maintenance.
        """
        check_cancel_mode(self._floor)
        mono = self._floor.clock.mono_ns()
        for symbol in {order.symbol for order in account.open.values()}:
            account.rates.charge(symbol, mono, policies.CANCEL_ALL_COST_PER_PAIR, refusable=False)
        return [self._cancel(account, order, policies.REASON_USER) for order in list(account.open.values())]

    def arm(self, account: Account, timeout_s: int) -> tuple[int, int]:
        """Set or clear the cancel-after timer.

        Returns:
            Wall time now, and when it fires (0 when cleared), in ns.

        Raises:
            VenueReject: The timeout is negative or a day or longer.
        """
        if not 0 <= timeout_s < LONGEST_TIMER_S:
            raise VenueReject(policies.BAD_TIMEOUT)
        now, span = self._floor.clock.now_ns(), timeout_s * NS_PER_S
        account.cancel_at_mono_ns = self._floor.clock.mono_ns() + span if timeout_s else 0
        return now, now + span if timeout_s else 0

    def fire_due(self) -> None:
        """Fire the timers that are due; during maintenance they wait for its end."""
        if self._floor.mode is SystemMode.MAINTENANCE:
            return
        mono = self._floor.clock.mono_ns()
        for account in self._floor.accounts.values():
            if account.cancel_at_mono_ns and account.cancel_at_mono_ns <= mono:
                account.cancel_at_mono_ns = 0
                for order in list(account.open.values()):
                    self._cancel(account, order, policies.REASON_TIMER)

    def _charge(self, account: Account, order: Order) -> None:
        mono = self._floor.clock.mono_ns()
        extra = age_cost(CANCEL_AGE_COST, mono - order.changed_mono_ns)
        account.rates.charge(order.symbol, mono, 0, extra, refusable=policies.LIMIT_SINGLE_CANCELS)

    def _cancel(self, account: Account, order: Order, reason: str) -> Order:
        pair = self._floor.pairs[order.symbol]
        now = self._floor.stamp()
        self._floor.withdraw(pair, order, now)
        self._matcher.end(account, order, reason, now)
        self._floor.publish_book(pair, now)
        return copy(order)
