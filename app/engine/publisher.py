"""What each screen gets to see, at its pace and no more than it shows.

Own-order news makes a screen's frame urgent; everything else waits for the
screen's next tick, so a burst of book updates costs one frame and not many.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from app.clock import NS_PER_MS, NS_PER_S
from app.domain.book import L3Book
from app.domain.instrument import to_units
from app.domain.working import WorkingOrder
from app.engine import axis_view, flow_view, inside_view, ladder_view, queue_view, why, words
from app.engine.alerts import Alerts
from app.engine.heat import depth as depth_profile
from app.engine.helpers.registry import Helpers
from app.engine.ladder_view import Scale
from app.engine.market import PairMarket
from app.engine.sessions import Session
from app.engine.state import DeskState
from app.link.frames import (
    Frame,
    GaugeView,
    LadderView,
    LinkRow,
    LinkState,
    OrderRow,
    OwnMark,
    StatusView,
    TapePrint,
    Trust,
)
from app.link.market_frames import DepthView, HeatView
from app.link.messages import SetView

SLOW_NS = 250 * NS_PER_MS
"""How often what changes with time alone is looked at."""

_TOLD_BEHIND = (Trust.VERIFIED, Trust.STALE)
_ENDED_SHOWN = 50
_MICRO_UNKNOWN = -1


class Publisher:
    """Builds view frames.

    Args:
        state: The desk.
        helpers: Execution helpers.
        alerts: Price alerts.
    """

    def __init__(self, state: DeskState, helpers: Helpers, alerts: Alerts) -> None:
        self._state = state
        self._helpers = helpers
        self._alerts = alerts

    def frame(self, session: Session) -> Frame | None:
        """Return what changed for a screen since its last frame; None if nothing did."""
        view = session.view
        if view is None:
            return None
        state = self._state
        now = state.clock.now_ns()
        second, slow = now // NS_PER_S, now // SLOW_NS
        pair = state.market.pair(view.symbol)
        trust = state.trust(view.symbol)
        marks = self._marks(view)
        ladder = orders = balances = positions = gauge = status = tape = helpers = None
        if session.changed("ladder", (pair.version, marks, view, trust, second, self._alerts.version)):
            ladder = self.ladder(view, pair, trust, marks)
        if session.changed("tape", (view.symbol, pair.tape.version, view.tape, view.tape_join, view.tape_least)):
            tape = self.tape(view, pair)
        others = [(other, self._marks(other)) for other in _windows(view)]
        seen = marks + tuple(mark for _, theirs in others for mark in theirs)
        if session.changed("orders", (state.orders.version, seen, second)):
            orders = self.orders(seen)
        if session.changed("balances", (state.account.version, state.orders.version, second)):
            balances = state.account.rows(state.held(), state.market.usd_prices())
        if session.changed("positions", (state.positions.version, second)):
            positions = state.positions.rows(state.market, state.account)
        if session.changed("gauge", (view.symbol, slow, state.orders.version)):
            gauge = self.gauge(view.symbol)
        if session.changed("status", (slow, state.orders.version, state.flags(), session.client is state.pen.holder)):
            status = self.status(session, now)
        if session.changed("helpers", (self._helpers.version, state.orders.version, second)):
            helpers = self._helpers.rows()
        market = self._market(session, view, pair)
        beside = self._beside(session, others, second)
        parts = (ladder, tape, orders, balances, positions, gauge, status, helpers, *market, beside)
        if all(part is None for part in parts):
            return None
        session.frame_no += 1
        return Frame(session.frame_no, *parts)

    def _beside(
        self, session: Session, others: list[tuple[SetView, tuple[OwnMark, ...]]], second: int
    ) -> tuple[LadderView, ...] | None:
        """Return those of the other ladders that changed; None if none did."""
        changed: list[LadderView] = []
        for other, marks in others:
            pair, trust = self._state.market.pair(other.symbol), self._state.trust(other.symbol)
            version = (pair.version, marks, other, trust, second, self._alerts.version)
            if session.changed(f"beside {other.symbol}", version):
                ladder = self.ladder(other, pair, trust, marks)
                if ladder is not None:
                    changed.append(ladder)
        return tuple(changed) or None

    def _market(self, session: Session, view: SetView, pair: PairMarket) -> tuple[HeatView | None, DepthView | None]:
        """Return heat map and depth profile if they are wanted, once for each picture that was taken."""
        instrument = self._state.market.instruments.get(view.symbol)
        pictures = pair.heat.pictures
        if instrument is None or not pictures:
            return None, None
        second, heat, depth = pictures[-1].second, None, None
        if view.heat_rows and session.changed(
            "heat", (view.symbol, second, view.group, view.heat_rows, view.heat_columns)
        ):
            heat = session.heat.view(view.symbol, pair.heat, instrument, view.group, view.heat_rows, view.heat_columns)
        if view.depth_rows and session.changed("depth", (view.symbol, second, view.group, view.depth_rows)):
            book = pair.book if pair.synced else None
            depth = depth_profile(view.symbol, book, instrument, view.group, view.depth_rows)
        return heat, depth

    def ladder(self, view: SetView, pair: PairMarket, trust: Trust, marks: tuple[OwnMark, ...]) -> LadderView | None:
        """Return the visible part of a book; None until the pair is known."""
        instrument = self._state.market.instruments.get(view.symbol)
        if instrument is None:
            return None
        scale = Scale.of(instrument, view.group)
        book = pair.book
        top = view.top_row
        if top is None:
            top = (ladder_view.centred(book, scale, view.rows) if book else None) or view.rows
        last = pair.last
        now = self._state.clock.mono_ns()
        base = LadderView(
            view.symbol,
            pair.kind,
            pair.depth,
            trust,
            instrument.price_dp,
            instrument.qty_dp,
            ladder_view.step_text(instrument, view.group),
            view.group,
            top,
            own=marks,
            last_row=ladder_view.row_of_price(scale, last.side, last.price) if last else None,
            last_buy=last is not None and last.side.value == "buy",
            last_qty=instrument.whole_lots(last.qty) if last else 0,
            checks_ok=pair.checks_ok + (book.checksums_ok if book else 0),
            checks_bad=pair.checks_bad + (book.checksums_bad if book else 0),
            age_ms=(now - pair.heard_ns) // NS_PER_MS if pair.heard_ns else 0,
            behind_ms=pair.backlog.felt(now) // NS_PER_MS if trust in _TOLD_BEHIND else 0,
            bad_today=pair.bad_today(self._state.clock.now_ns()),
            gap=flow_view.gap(pair, now),
            marks=axis_view.marks(
                self._state, self._alerts, view.symbol, scale, instrument, range(top - view.rows + 1, top + 1)
            ),
            over_fix=self._state.book_over_fix,
        )
        if book is None:
            return base
        base = ladder_view.with_book(base, book, scale, instrument, view.rows)
        more: dict[str, object] = {}
        if view.flow:
            more["flows"] = flow_view.flows(pair, book, scale, to_units(instrument.tick), top, view.rows, now)
        if view.inside is not None and view.inside_rows > 0 and isinstance(book, L3Book):
            own = {order.order_id or "": number for order, number in self._numbered(view.symbol)}
            more["inside"] = inside_view.inside(pair, book, scale, instrument, view, own, now)
        return msgspec.structs.replace(base, **more) if more else base

    def _numbered(self, symbol: str) -> list[tuple[WorkingOrder, int]]:
        """Return the working orders of a pair with their short numbers."""
        orders = self._state.orders
        return [(order, orders.number(order)) for order in orders.working(symbol)]

    def tape(self, view: SetView, pair: PairMarket) -> tuple[TapePrint, ...]:
        """Return the newest lines of time & sales."""
        instrument = self._state.market.instruments.get(view.symbol)
        return pair.tape.lines(view.tape_join, view.tape_least, view.tape, instrument)

    def orders(self, marks: tuple[OwnMark, ...]) -> tuple[OrderRow, ...]:
        """Return the blotter: working orders newest first, then the latest ended."""
        store = self._state.orders
        queues = {mark.number: mark for mark in marks if mark.ahead_n >= 0}
        working: list[WorkingOrder] = []
        ended: list[WorkingOrder] = []
        children: Counter[str] = Counter()
        for order in store:
            (ended if order.state.terminal else working).append(order)
            if order.ord_ref_id:
                children[order.ord_ref_id] += 1
        ended.sort(key=lambda order: order.closed_ns)
        chosen = [*reversed(working), *reversed(ended[-_ENDED_SHOWN:])]
        return tuple(self._row(order, queues, children[order.order_id or ""]) for order in chosen)

    def _row(self, order: WorkingOrder, queues: dict[int, OwnMark], children: int) -> OrderRow:
        state = self._state
        number = state.orders.number(order)
        instrument = state.market.instruments.get(order.symbol)
        qty = instrument.qty_text if instrument else str
        price = instrument.price_text if instrument else str
        flags = [order.order_type.value]
        if order.post_only:
            flags.append("post")
        if order.time_in_force.value != "gtc":
            flags.append(order.time_in_force.value)
        reserve = queue_view.reserve(state.market.pairs.get(order.symbol), order)
        average = order.avg_price
        working = not order.state.terminal
        return OrderRow(
            number,
            order.cl_ord_id or order.order_id or "",
            order.order_id or "",
            order.symbol,
            order.side.value,
            " ".join(flags),
            "" if order.limit_price is None else price(order.limit_price),
            qty(order.qty),
            qty(order.cum_qty),
            qty(order.open_qty),
            "" if average is None else price(state.rounded(order.symbol, average)),
            order.state.value,
            order.created_ns,
            order.changed_ns - state.rates.offset_ns(),
            "external" if order.external else order.owner,
            order.reason,
            queues.get(number),
            state.rates.cancel_price(order) if working else None,
            display="" if order.display_qty is None else qty(order.display_qty),
            hidden="" if reserve is None else qty(reserve[0]),
            refill="" if reserve is None else qty(reserve[1]),
            trigger=words.trigger_text(order, instrument),
            triggered=order.triggered,
            expires_ns=order.expire_ns,
            starts_ns=order.start_ns,
            close=words.close_text(order.conditional, order.side, instrument),
            parent=state.orders.parent_number(order),
            children=children,
            dies=why.dies(state, order) if working else "",
            reach=why.reach(state, order) if working else "",
        )

    def gauge(self, symbol: str) -> GaugeView:
        """Return the rate counters of a pair with those of the connections."""
        return self._state.gauge(symbol)

    def status(self, session: Session, now_ns: int) -> StatusView:
        """Return the status bar of one screen."""
        state = self._state
        mine = session.client is state.pen.holder
        symbol = session.view.symbol if session.view else state.symbol
        return StatusView(
            now_ns,
            state.offset_ms(),
            state.profile.name,
            state.mode,
            state.system,
            state.market.status(symbol).value,
            armed=mine and state.pen.armed,
            armed_ms=state.pen.left_ms if mine else 0,
            pen="you" if mine else state.holder_name,
            killed=state.killed,
            blocked=state.blocked(symbol),
            reconciled=state.reconciled or not state.keyed,
            unknown=len(state.orders.unknown()),
            working=len(state.orders.working()),
            dead_man_ms=state.dead_man_ms,
            session_pnl=state.positions.total_text(state.market),
            links=tuple(self._links()),
            messages=state.message_rate,
            dropped=session.dropped,
            transport=state.routes.chosen.value if state.routes else "ws",
            rollover_ms=state.fix.rollover_ms if state.fix else -1,
            fix_cod=state.fix.cod if state.fix else None,
        )

    def _links(self) -> list[LinkRow]:
        rows: list[LinkRow] = []
        for name, health in self._state.links.items():
            rows.append(
                LinkRow(
                    name,
                    LinkState(health.state.value),
                    health.rtt_us or _MICRO_UNKNOWN,
                    health.venue_us or _MICRO_UNKNOWN,
                    health.note,
                )
            )
        return rows

    def _marks(self, view: SetView) -> tuple[OwnMark, ...]:
        state = self._state
        instrument = state.market.instruments.get(view.symbol)
        if instrument is None:
            return ()
        pair = state.market.pairs.get(view.symbol)
        working = self._numbered(view.symbol)
        state.market.follow(view.symbol, [order.order_id for order, _ in working if order.order_id])
        return queue_view.marks(pair, Scale.of(instrument, view.group), working, instrument, state.clock.mono_ns())


def _windows(view: SetView) -> list[SetView]:
    """Return the ladders beside the shown one as views of their own."""
    return [SetView(one.symbol, one.rows, one.top_row, one.group, flow=view.flow) for one in view.beside]
