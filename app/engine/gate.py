"""What the risk gate is told: the state of the desk at this moment."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal

from app.clock import NS_PER_S
from app.domain.order import OrderRequest, Side
from app.domain.quote import Funds, Market, QuoteError
from app.domain.risk import BookTrust, RecentOrder, RiskContext, RiskGate, RiskLimits, VenueMode, Verdict
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

    def check(self, request: OrderRequest, *, leaving: bool = False) -> Verdict:
        """Judge a new order; one that gets out of a position may spend the counter's reserve."""
        return self._gate.check(request, self._context(request.symbol), leaving=leaving)

    def check_amend(self, order: WorkingOrder, price: Decimal | None, qty: Decimal | None) -> Verdict:
        """Judge an amend."""
        clock = self._state.clock
        # The counter runs on monotonic time, an order's age on the venue's wall time.
        age = max(0, clock.now_ns() - order.changed_ns)
        aged = replace(order, changed_ns=clock.mono_ns() - age)
        return self._gate.check_amend(aged, price, qty, self._context(order.symbol))

    def limit_rows(self, symbol: str) -> tuple[LimitRow, ...]:
        """Return the limits that hold on a pair, with what is used of them."""
        state = self._state
        limits, own = state.profile.limits_for(symbol), state.profile.symbol_limits.get(symbol)
        working = state.orders.working(symbol)
        rate = state.rates.pair(symbol).counter
        now = state.clock.mono_ns()
        recent = sum(1 for order in self._recent if now - order.at_ns < NS_PER_S)

        def row(name: str, value: object, used: str) -> LimitRow:
            source = "symbol" if own is not None and getattr(own, name, None) is not None else "profile"
            return LimitRow(name, "none" if value is None else str(value), used, source)

        return (
            row("max_qty", limits.max_qty, ""),
            row("max_notional", limits.max_notional, ""),
            row("collar_pct", limits.collar_pct, ""),
            row("max_open_orders", limits.max_open_orders, str(len(working))),
            row("max_orders_per_s", limits.max_orders_per_s, str(recent)),
            LimitRow("rate_counter", str(state.rates.tier.threshold), f"{rate.at(now):.1f}", "venue"),
            LimitRow("reserve", str(state.rates.reserve), "", "profile"),
            LimitRow("open orders at the venue", str(state.rates.tier.max_open_orders), str(len(working)), "venue"),
        )

    def sent(self, request: OrderRequest) -> None:
        """Remember an order that goes out, for the rate and duplicate checks."""
        self._recent.append(RecentOrder.of(request, self._state.clock.mono_ns()))

    def _context(self, symbol: str) -> RiskContext:
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
        )

    def _limits(self, symbol: str) -> RiskLimits:
        limits = self._state.profile.limits_for(symbol)
        return RiskLimits(
            max_qty=limits.max_qty,
            max_notional=limits.max_notional,
            collar_pct=_WIDE if limits.collar_pct is None else limits.collar_pct,
            max_open_orders=limits.max_open_orders,
            max_order_rate=limits.max_orders_per_s,
            rate_window_ns=NS_PER_S,
            reserve_points=self._state.rates.reserve,
        )


def _venue_mode(word: str) -> VenueMode:
    try:
        return VenueMode(word)
    except ValueError:
        return VenueMode.UNKNOWN
