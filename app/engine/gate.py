"""What the risk gate is told: the state of the desk at this moment."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal

from app.clock import NS_PER_MS, NS_PER_S
from app.domain.instrument import plain
from app.domain.order import OrderRequest, Side
from app.domain.quote import Funds, Market, QuoteError
from app.domain.quote_changes import Changes
from app.domain.risk import (
    BookTrust,
    Overrides,
    RecentOrder,
    RepeatThrottle,
    RiskContext,
    RiskGate,
    RiskLimits,
    VenueMode,
    Verdict,
)
from app.domain.working import WorkingOrder
from app.engine.state import DeskState
from app.link.frames import LimitRow, Trust

_TRUST = {
    Trust.NONE: BookTrust.NONE,
    Trust.SYNCING: BookTrust.RESYNC,
    Trust.VERIFIED: BookTrust.VERIFIED,
    Trust.UNVERIFIED: BookTrust.UNVERIFIED,
    Trust.STALE: BookTrust.STALE,
}
_OVERRIDE_NAMES = {
    "collar_pct": "collar",
    "near_collar_pct": "collar",
    "max_open_orders": "open_orders",
    "max_orders_per_s": "order_rate",
    "max_messages_per_s": "message_rate",
}
"""What the `override` command calls a limit of the configuration, where the names differ."""

_REMEMBERED = 256
_WIDE = Decimal(100)


class Gate:
    """The one gate that every order crosses, with the desk's state filled in.

    Args:
        state: The desk.
    """

    def __init__(self, state: DeskState) -> None:
        self._state = state
        self._gate = RiskGate()
        self._recent: deque[RecentOrder] = deque(maxlen=_REMEMBERED)
        self._messages: deque[int] = deque(maxlen=_REMEMBERED)
        self._session_qty: dict[str, Decimal] = {}
        self._session_notional = Decimal(0)
        self.overrides = Overrides()
        self.throttle = RepeatThrottle()

    def market(self, symbol: str) -> Market:
        """Return the prices that a draft may refer to.

        Raises:
            QuoteError: The pair is not known here.
        """
        state = self._state
        instrument = state.market.instruments.get(symbol)
        if instrument is None:
            raise QuoteError(f"there is no pair {symbol} here", "press / to find one")
        pair = state.market.pairs.get(symbol)
        if pair is None:
            return Market(instrument)
        last = pair.last.price if pair.last else None
        return Market(instrument, pair.best(Side.BUY), pair.best(Side.SELL), last)

    def funds(self, symbol: str) -> Funds:
        """Return what is available on both sides of a pair."""
        account, held = self._state.account, self._state.held()
        base, _, quote = symbol.partition("/")
        return Funds(account.available(base, held), account.available(quote, held), account.fee_rates(symbol))

    def check(self, request: OrderRequest, *, leaving: bool = False, automatic: bool = False) -> Verdict:
        """Judge a new order.

        Args:
            request: The order.
            leaving: Whether it gets out of a position: it may spend the
                counter's reserve and is exempt from limits on size.
            automatic: Whether a helper or a script sends it.
        """
        ctx = self._context(request.symbol, request.side)
        return self._gate.check(request, ctx, leaving=leaving, automatic=automatic, overrides=self.overrides.active)

    def check_batch(self, requests: tuple[OrderRequest, ...]) -> tuple[Verdict, ...]:
        """Judge the orders of a batch, each as if those before it were open."""
        ctx = self._context(requests[0].symbol, requests[0].side)
        return self._gate.check_batch(requests, ctx, overrides=self.overrides.active)

    def check_amend(self, order: WorkingOrder, changes: Changes) -> Verdict:
        """Judge an amend."""
        clock = self._state.clock
        # The counter runs on monotonic time, an order's age on the venue's wall time.
        aged = replace(order, changed_ns=clock.mono_ns() - self._state.rates.age_ns(order))
        ctx = self._context(order.symbol, order.side)
        return self._gate.check_amend(aged, None, None, ctx, changes=changes, overrides=self.overrides.active)

    def check_edit(self, order: WorkingOrder, changes: Changes) -> Verdict:
        """Judge a legacy edit."""
        aged = replace(order, changed_ns=self._state.clock.mono_ns() - self._state.rates.age_ns(order))
        ctx = self._context(order.symbol, order.side)
        return self._gate.check_edit(aged, changes, ctx, overrides=self.overrides.active)

    def sent(self, request: OrderRequest, verdict: Verdict) -> tuple[str, ...]:
        """Remember an order that goes out.

        Args:
            request: The order.
            verdict: The gate's, which says what overrides it needed.

        Returns:
            Lines for the log about overrides that were used.
        """
        now = self._state.clock.mono_ns()
        self._recent.append(RecentOrder.of(request, now))
        self._messages.append(now)
        symbol = request.symbol
        self._session_qty[symbol] = self._session_qty.get(symbol, Decimal(0)) + request.qty
        market = self.market(symbol)
        price = request.limit_price or market.far(request.side) or market.last or Decimal(0)
        self._session_notional += request.qty * price
        return self.overrides.spend(verdict.overridden, request)

    def message(self) -> None:
        """Remember an amend or a cancel, for the message rate."""
        self._messages.append(self._state.clock.mono_ns())

    def limit_rows(self, symbol: str) -> tuple[LimitRow, ...]:
        """Return the limits that hold on a pair, with what is used of them."""
        state = self._state
        limits, own = state.profile.limits_for(symbol), state.profile.symbol_limits.get(symbol)
        working = state.orders.working(symbol)
        now = state.clock.mono_ns()
        recent = sum(1 for order in self._recent if now - order.at_ns < NS_PER_S)
        messages = sum(1 for at in self._messages if now - at < NS_PER_S)
        used = {
            "max_open_orders": str(len(working)),
            "max_orders_per_s": str(recent),
            "max_messages_per_s": str(messages),
            "max_session_qty": plain(self._session_qty.get(symbol, Decimal(0))),
            "max_session_notional": f"{self._session_notional:.2f}",
        }
        rows = [
            LimitRow(
                name,
                "none" if getattr(limits, name) is None else str(getattr(limits, name)),
                used.get(name, ""),
                "symbol" if own is not None and getattr(own, name, None) is not None else "profile",
                _OVERRIDE_NAMES.get(name, name) in self.overrides.active,
            )
            for name in limits.__struct_fields__
        ]
        tier, counter = state.rates.tier, state.rates.pair(symbol).counter
        rows.append(LimitRow("rate counter", str(tier.threshold), f"{counter.at(now):.1f}", "venue"))
        rows.append(LimitRow("kept for the exit", str(state.rates.reserve), "", "profile"))
        rows.append(LimitRow("open orders of the tier", str(tier.max_open_orders), str(len(working)), "venue"))
        off = self.throttle.why(symbol)
        if off:
            rows.append(LimitRow("automatic orders", "off", off, "guard"))
        return tuple(rows)

    def _context(self, symbol: str, side: Side) -> RiskContext:
        state = self._state
        market = self.market(symbol)
        working = state.orders.working(symbol)
        held = state.held()
        account = state.account
        base, _, quote = symbol.partition("/")
        pair = state.market.pairs.get(symbol)
        now = state.clock.mono_ns()
        unknown = tuple(
            RecentOrder(now, order.symbol, order.side, order.qty, order.limit_price, unknown=True)
            for order in state.orders.unknown()
        )
        reference = market.mid or market.last or Decimal(0)
        open_qty = sum((order.worst_case_open_qty for order in working if order.side is side), Decimal(0))
        return RiskContext(
            now_ns=now,
            instrument=market.instrument,
            fees=account.fee_rates(symbol),
            counter=state.rates.pair(symbol).counter,
            limits=self._limits(symbol),
            best_bid=market.bid,
            best_ask=market.ask,
            last=market.last,
            book=_TRUST[state.trust(symbol)],
            book_age_ns=state.link_age_ns(pair.kind if pair else "L3"),
            venue=_venue_mode(state.system),
            reconciled=state.reconciled,
            available_base=account.available(base, held) if account.totals else None,
            available_quote=account.available(quote, held) if account.totals else None,
            open_orders=len(working),
            exposure=sum((order.worst_case_notional(reference) for order in working), Decimal(0)),
            recent=(*self._recent, *unknown),
            wall_ns=state.clock.now_ns() + (state.offset_ms() or 0) * NS_PER_MS,
            open_qty=open_qty,
            session_qty=self._session_qty.get(symbol, Decimal(0)),
            session_notional=self._session_notional,
            messages=sum(1 for at in self._messages if now - at < NS_PER_S),
            repeats=self.throttle.why(symbol),
        )

    def _limits(self, symbol: str) -> RiskLimits:
        limits = self._state.profile.limits_for(symbol)
        return RiskLimits(
            max_qty=limits.max_qty,
            max_notional=limits.max_notional,
            max_exposure=limits.max_exposure,
            max_symbol_qty=limits.max_symbol_qty,
            max_session_qty=limits.max_session_qty,
            max_session_notional=limits.max_session_notional,
            collar_pct=_WIDE if limits.collar_pct is None else limits.collar_pct,
            near_collar_pct=limits.near_collar_pct,
            max_open_orders=limits.max_open_orders,
            max_order_rate=limits.max_orders_per_s,
            max_message_rate=limits.max_messages_per_s,
            rate_window_ns=NS_PER_S,
            reserve_points=self._state.rates.reserve,
        )


def _venue_mode(word: str) -> VenueMode:
    try:
        return VenueMode(word)
    except ValueError:
        return VenueMode.UNKNOWN
