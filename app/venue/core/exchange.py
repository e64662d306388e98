"""The exchange: one face over entry, amends, cancels, books and accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from app.clock import Clock
from app.domain.instrument import UNIT, PairStatus, from_units
from app.domain.order import Side
from app.venue.core.accounts import Account
from app.venue.core.admission import Admission
from app.venue.core.amending import Amending, order_state
from app.venue.core.api import (
    AddOrder,
    AmendKind,
    AmendOrder,
    AmendRecord,
    Asset,
    BatchLeg,
    Credentials,
    Edited,
    EditOrder,
    Event,
    Fill,
    InstrumentChange,
    Level,
    Listing,
    MarginState,
    Order,
    Position,
    StatusChange,
    SystemMode,
    Trade,
    VenueReject,
)
from app.venue.core.cancelling import Cancelling
from app.venue.core.editing import Editing
from app.venue.core.entry import Entry
from app.venue.core.fees import tier_for
from app.venue.core.floor import HOUSE, Floor
from app.venue.core.house import HouseDesk
from app.venue.core.keys import practice_accounts, practice_keys
from app.venue.core.margin import margin_state
from app.venue.core.matching import Matcher
from app.venue.core.pricing import index_price
from app.venue.core.ratelimit import PRO
from app.venue.core.schedule import Schedule
from app.venue.core.sequels import Sequels
from app.venue.core.truth import Batch, Cancel, Request, Truth, rejection_record
from app.venue.core.universe import Universe, build_universe

UNKNOWN_ACCOUNT = "EAPI:Invalid key"
_PERCENT_DP = 2
_T = TypeVar("_T")


class Exchange:
    """The whole venue without its wires; satisfies `ExchangeApi`.

    Args:
        clock: Source of time.
        universe: What is listed; all pairs by default.
        truth: Where user orders and trades are written down.
        keys_seed: Makes the practice keys repeatable; random without it.
        accounts: Clients; the practice accounts by default.
    """

    def __init__(
        self,
        clock: Clock,
        universe: Universe | None = None,
        *,
        truth: Truth | None = None,
        keys_seed: str | None = None,
        accounts: list[Account] | None = None,
    ) -> None:
        listed = universe or build_universe()
        clients = practice_accounts() if accounts is None else accounts
        self._floor = Floor(clock, listed, clients, Account(HOUSE, PRO, {}, house=True), truth)
        self._matcher = Matcher(self._floor)
        self._admission = Admission(self._floor, self._matcher)
        self._sequels = Sequels(self._floor, self._matcher, self._admission)
        self._schedule = Schedule(self._floor, self._matcher, self._admission, self._sequels)
        self._entry = Entry(self._floor, self._admission, self._schedule)
        self._editing = Editing(self._floor, self._matcher, self._entry)
        self._amending = Amending(self._floor, self._matcher, self._admission)
        self._cancelling = Cancelling(self._floor, self._matcher)
        self.assets: Mapping[str, Asset] = listed.assets
        self.listings: dict[str, Listing] = dict(listed.listings)
        self.credentials: Sequence[Credentials] = practice_keys(keys_seed) if accounts is None else []

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Register for all events; returns the function that ends it."""
        return self._floor.outbox.listen(listener)

    @property
    def mode(self) -> SystemMode:
        """State of the venue."""
        return self._floor.mode

    def set_mode(self, mode: SystemMode) -> None:
        """Change the state of the venue."""
        if mode is not self._floor.mode:
            self._floor.mode = mode
            self._floor.outbox.put(StatusChange(mode, self._floor.stamp()))
            self._floor.outbox.flush()

    def set_pair_status(self, symbol: str, status: PairStatus) -> None:
        """Change the status of one pair.

        Raises:
            VenueReject: The pair is not listed.
        """
        pair = self._floor.pair(symbol)
        pair.instrument = replace(pair.instrument, status=status)
        pair.listing = replace(pair.listing, instrument=pair.instrument)
        self.listings[symbol] = pair.listing
        self._floor.outbox.put(InstrumentChange(pair.instrument, self._floor.stamp()))
        self._floor.outbox.flush()

    def add_order(self, account_id: str, request: AddOrder) -> Order:
        """Accept an order and match it; returns a copy as it stands after.

        With `validate` nothing happens and the copy has no order id.
        """
        account = self._account(account_id)
        return copy(self._run(account_id, request, lambda: self._entry.add(account, request)))

    def add_batch(self, account_id: str, requests: Sequence[AddOrder]) -> list[BatchLeg]:
        """Accept 2 to 15 orders of one symbol: all valid or none, then one by one."""
        account = self._account(account_id)
        what = Batch(len(requests), requests[0].source if requests else "")
        legs = self._run(account_id, what, lambda: self._entry.batch(account, requests))
        return [BatchLeg(copy(leg.order) if leg.order else None, leg.error) for leg in legs]

    def amend_order(self, account_id: str, request: AmendOrder) -> str:
        """Change an open order in place; returns the amend id."""
        account = self._account(account_id)
        return self._run(account_id, request, lambda: self._amending.amend(account, request))

    def edit_order(self, account_id: str, request: EditOrder) -> Edited:
        """Cancel an open order and place it anew under a new id."""
        account = self._account(account_id)
        edited = self._run(account_id, request, lambda: self._editing.edit(account, request))
        return Edited(copy(edited.order), edited.original)

    def cancel_order(self, account_id: str, *, order_id: str = "", cl_ord_id: str = "", source: str = "ws") -> Order:
        """Cancel one open order."""
        account = self._account(account_id)
        what = Cancel(order_id or cl_ord_id, source)
        return self._run(account_id, what, lambda: self._cancelling.one(account, order_id, cl_ord_id))

    def cancel_userref(self, account_id: str, userref: int, source: str = "ws") -> list[Order]:
        """Cancel all open orders with that tag."""
        account = self._account(account_id)
        return self._run(account_id, Cancel(str(userref), source), lambda: self._cancelling.tagged(account, userref))

    def cancel_batch(
        self,
        account_id: str,
        *,
        order_ids: Sequence[str] = (),
        cl_ord_ids: Sequence[str] = (),
        userrefs: Sequence[int] = (),
        source: str = "ws",
    ) -> list[Order]:
        """Cancel up to 50 identifiers; unknown ones are passed over, the rate limit never refuses."""
        account = self._account(account_id)
        what = Cancel("batch", source)
        return self._run(account_id, what, lambda: self._cancelling.batch(account, order_ids, cl_ord_ids, userrefs))

    def cancel_all(self, account_id: str, source: str = "ws") -> list[Order]:
        """Cancel every open order of the account."""
        account = self._account(account_id)
        return self._run(account_id, Cancel("all", source), lambda: self._cancelling.all(account))

    def cancel_all_after(self, account_id: str, timeout_s: int) -> tuple[int, int]:
        """Arm (or with 0 disarm) the timer; returns (now_ns, trigger_ns or 0)."""
        return self._cancelling.arm(self._account(account_id), timeout_s)

    def tick(self) -> None:
        """Let time pass: start scheduled orders, expire, fire cancel-after timers that are due."""
        self._schedule.run()
        self._cancelling.fire_due()
        self._floor.outbox.flush()

    def levels(self, symbol: str, side: Side, count: int) -> list[Level]:
        """Best `count` levels, best first, with their orders (0 = all)."""
        return self._floor.pair(symbol).book.levels(side, count)

    def open_orders(self, account_id: str) -> list[Order]:
        """Copies of the open orders, oldest first."""
        return [copy(order) for order in self._account(account_id).open.values()]

    def closed_orders(self, account_id: str) -> list[Order]:
        """Copies of the ended orders, newest first (bounded history)."""
        return [copy(order) for order in reversed(self._account(account_id).closed.values())]

    def find_order(self, account_id: str, order_id: str) -> Order | None:
        """One order, open or ended, or None."""
        account = self._account(account_id)
        order = account.open.get(order_id) or account.closed.get(order_id)
        return None if order is None else copy(order)

    def fills(self, account_id: str) -> list[Fill]:
        """The account's fills, newest first (bounded history)."""
        return list(reversed(self._account(account_id).fills))

    def trades(self, symbol: str) -> Sequence[Trade]:
        """Public trades, oldest first (bounded history, at least 1,000)."""
        return tuple(self._floor.pair(symbol).trades)

    def last_price(self, symbol: str) -> int:
        """Price of the last trade in ticks; the listing's reference before any."""
        return self._floor.pair(symbol).last_price

    def index_price(self, symbol: str) -> int:
        """The venue's own index price in ticks: the mean of the last trades."""
        return index_price(self._floor.pair(symbol))

    def set_index(self, symbol: str, *, up: bool) -> None:
        """Take the index price of a pair away or give it back; triggers use the last trade meanwhile."""
        self._floor.pair(symbol).index_up = up

    def amends(self, account_id: str, order_id: str) -> list[AmendRecord]:
        """States of an order, oldest (`original`) first; empty when it is unknown."""
        account = self._account(account_id)
        order = account.open.get(order_id) or account.closed.get(order_id)
        if order is None:
            return []
        fresh = [order_state(self._floor.ids.amend(), AmendKind.ORIGINAL, order, order.created_ns)]
        return list(account.amends.get(order_id, fresh))

    def positions(self, account_id: str) -> list[Position]:
        """Open margin positions, oldest first."""
        return list(self._account(account_id).positions.values())

    def find_position(self, account_id: str, position_id: str) -> Position | None:
        """One position, open or closed (bounded history), or None."""
        account = self._account(account_id)
        return account.positions.get(position_id) or account.past_positions.get(position_id)

    def margin(self, account_id: str) -> MarginState:
        """The account's margin in units of USD."""
        return margin_state(self._floor, self._account(account_id))

    def balances(self, account_id: str) -> dict[str, int]:
        """Totals by asset, in units."""
        return dict(self._account(account_id).totals)

    def holds(self, account_id: str) -> dict[str, int]:
        """What open orders hold by asset, in units."""
        return self._account(account_id).holds()

    def fee_rates(self, account_id: str, symbol: str) -> tuple[Decimal, Decimal]:
        """Maker and taker fee of the account's tier, in percent."""
        tier = tier_for(self._floor.pair(symbol).listing.fees, self._account(account_id).volume)
        return Decimal(tier.maker).scaleb(-_PERCENT_DP), Decimal(tier.taker).scaleb(-_PERCENT_DP)

    def volume_30d(self, account_id: str) -> Decimal:
        """30-day volume in USD that decides the fee tier."""
        return from_units(self._account(account_id).volume)

    def rate_limits(self, account_id: str) -> tuple[int, Decimal, int]:
        """Threshold, decay per second and open-order limit of the tier."""
        tier = self._account(account_id).rates.tier
        return tier.threshold, tier.decay, tier.open_orders

    def rate_counter(self, account_id: str, symbol: str) -> Decimal:
        """The account's engine counter on a pair as of now (`ws-v2.md` §10)."""
        return self._account(account_id).rates.value(symbol, self._floor.clock.mono_ns())

    def usd_value(self, asset: str, units: int) -> int:
        """Value an amount at reference prices, in units of USD."""
        worth: int = units * self._floor.universe.usd[asset] // UNIT
        return worth

    def desk(self, symbol: str) -> HouseDesk:
        """The agents' way into one pair."""
        return HouseDesk(self._floor, self._matcher, self._sequels, self._schedule, symbol)

    def _account(self, account_id: str) -> Account:
        account = self._floor.accounts.get(account_id)
        if account is None or account.house:
            raise VenueReject(UNKNOWN_ACCOUNT)
        return account

    def _run(self, account_id: str, request: Request, command: Callable[[], _T]) -> _T:
        self._schedule.run()
        try:
            return command()
        except VenueReject as reject:
            record = rejection_record(account_id, request, reject.error, self._floor.clock.now_ns())
            self._floor.truth.write(record)
            raise
        finally:
            self._sequels.run()
            self._floor.outbox.flush()
