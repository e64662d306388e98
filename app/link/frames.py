"""View frames: what the engine publishes and widgets paint.

Values only. Prices are whole *rows* of the ladder or texts that are already
formatted for people; quantities are whole lots or such texts. A part of a
`Frame` that is None has not changed since the last frame sent to that screen.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from app.link.ladder_frames import (
    FADES_MS,
    FLOW_S,
    AxisMark,
    Gap,
    LadderRow,
    LadderView,
    LevelFlow,
    LevelInside,
    OwnMark,
    QueuedOrder,
    QueueMoves,
    Trust,
)
from app.link.market_frames import DepthView, HeatView

__all__ = [
    "FADES_MS",
    "FLOW_S",
    "AxisMark",
    "BalanceRow",
    "CancelPrice",
    "Event",
    "Frame",
    "Gap",
    "GaugeView",
    "HelperRow",
    "LadderRow",
    "LadderView",
    "LevelFlow",
    "LevelInside",
    "LimitRow",
    "LinkRow",
    "LinkState",
    "OrderRow",
    "OwnMark",
    "PairRow",
    "PositionRow",
    "QueueMoves",
    "QueuedOrder",
    "Severity",
    "StatusView",
    "TapePrint",
    "Trust",
]


class LinkState(StrEnum):
    """State of one connection to the venue."""

    UP = "UP"
    STALE = "STALE"
    DOWN = "DOWN"
    CONNECTING = "CONNECTING"
    OFF = "OFF"  # not used in this profile


class Severity(StrEnum):
    """How an event is to be shown."""

    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class TapeJoin(StrEnum):
    """Which prints of time & sales are added up into one line."""

    PRICE = "price"  # those of one taker at one price
    SWEEP = "sweep"  # those of one taker at all prices it reached
    NONE = "none"  # none: every print has its line


class TapePrint(Struct, frozen=True, gc=False, array_like=True):
    """One line of time & sales.

    Attributes:
        ts_ns: Wall time of the newest print in it.
        price: Its price as text.
        qty: Text.
        buy: Whether the taker bought.
        count: Prints joined in this line.
        own: Whether one of them was an own fill.
        start: Price of the oldest print as text, if another.
        sweep: Number shared by the lines of one sweep.
        level: Price levels that the sweep had reached with this line, 1 at its first price.
        skipped: Trade numbers that never came; such a line is no print but a break.
    """

    ts_ns: int
    price: str
    qty: str
    buy: bool
    count: int = 1
    own: bool = False
    start: str = ""
    sweep: int = 0
    level: int = 1
    skipped: int = 0


class CancelPrice(Struct, frozen=True, gc=False, array_like=True):
    """What cancelling an order costs, and when it gets cheaper.

    Attributes:
        now: Points at this moment.
        next: Points after the next step; -1 if it is free already.
        next_in_ms: Time to that step.
        free_in_ms: Time until it is free.
    """

    now: int
    next: int = -1
    next_in_ms: int = 0
    free_in_ms: int = 0


class OrderRow(Struct, frozen=True, gc=False):
    """One own order of the blotter.

    Attributes:
        number: Short number, `#2`; never reused in a session of the engine.
        key: `cl_ord_id`, or the venue's id for external orders.
        order_id: Venue's id; empty until known.
        symbol: Pair.
        side: `buy` or `sell`.
        kind: Type and flags for people, `limit post`.
        price: Limit as text; empty for market.
        qty: Total as text.
        filled: Executed as text.
        left: Unfilled as text.
        avg: Average fill price as text; empty without fills.
        state: Order state as in `app.domain.oms.OrderState`.
        created_ns: Wall time of entry.
        changed_ns: Wall time that the cancel cost counts from.
        owner: Who entered it: `ws`, `rest`, `external` …
        reason: Why it ended, or what is pending.
        queue: Its place in the queue, or None.
        cancel: Cost of cancelling now, or None.
        display: Visible slice of an iceberg as text; empty for others.
        hidden: What an iceberg has in reserve, as text; empty if the book does not show its slice.
        refill: Its next slice, as text.
        trigger: Trigger in words, `stop 63000.0 last`; empty without one.
        triggered: Whether the trigger has fired.
        expires_ns: Wall time of its expiry; 0 for none.
        starts_ns: Wall time of its scheduled start; 0 for none.
        close: Conditional close in words; empty without one.
        parent: Short number of the order whose fill made this one; 0 for none.
        children: Orders that its fills have made.
        dies: What becomes of it if this link dies now, in words.
        reach: Transport that a cancel would take, and why if it is not the one that placed it.
    """

    number: int
    key: str
    order_id: str
    symbol: str
    side: str
    kind: str
    price: str
    qty: str
    filled: str
    left: str
    avg: str
    state: str
    created_ns: int
    changed_ns: int
    owner: str
    reason: str = ""
    queue: OwnMark | None = None
    cancel: CancelPrice | None = None
    display: str = ""
    hidden: str = ""
    refill: str = ""
    trigger: str = ""
    triggered: bool = False
    expires_ns: int = 0
    starts_ns: int = 0
    close: str = ""
    parent: int = 0
    children: int = 0
    dies: str = ""
    reach: str = ""


class HelperRow(Struct, frozen=True, gc=False):
    """One execution helper: scale, TWAP, chase, bracket.

    Attributes:
        name: Short name that the commands use, `H1`.
        kind: `scale`, `twap`, `chase`, `bracket`.
        symbol: Pair.
        side: `buy` or `sell`; empty for a bracket.
        text: The line that started it.
        state: `running`, `paused`, `done`, `stopped`, `failed`.
        done: Executed so far as text.
        total: Wanted in all as text.
        next_in_ms: Time to its next action; -1 if it waits for something else.
        note: What it waits for, or why it ended.
        orders: Short numbers of its working orders.
    """

    name: str
    kind: str
    symbol: str
    side: str
    text: str
    state: str
    done: str
    total: str
    next_in_ms: int = -1
    note: str = ""
    orders: tuple[int, ...] = ()


class LimitRow(Struct, frozen=True, gc=False, array_like=True):
    """One limit of the risk gate, as texts.

    Attributes:
        name: What it limits, as the `override` command names it.
        limit: Its value.
        used: What is used of it now; empty if that makes no sense.
        source: Where the value comes from: `profile`, `symbol`, `venue`.
        overridden: Whether the next order may cross it.
    """

    name: str
    limit: str
    used: str
    source: str
    overridden: bool = False


class BalanceRow(Struct, frozen=True, gc=False, array_like=True):
    """One asset: total, held by orders, available, and value in USD, as texts."""

    asset: str
    total: str
    held: str
    available: str
    value: str


class PositionRow(Struct, frozen=True, gc=False, array_like=True):
    """What this session's fills made of one pair, as texts.

    Attributes:
        symbol: Pair.
        net: Signed quantity; `flat` as a word when zero.
        average: Average entry.
        breakeven: Break-even including fees.
        unrealised: uP&L with its sign.
        realised: rP&L with its sign.
        fees: Fees paid.
        quote: Asset that the money is in.
    """

    symbol: str
    net: str
    average: str
    breakeven: str
    unrealised: str
    realised: str
    fees: str
    quote: str


class SpentRow(Struct, frozen=True, gc=False, array_like=True):
    """What one spender spent on one kind of action lately.

    Attributes:
        who: `you`, `helper`, `script` or `others`.
        action: `add`, `amend`, `cancel` …; empty for others, whose actions are not seen.
        points: Thousandths of a point.
    """

    who: str
    action: str
    points: int


class GaugeView(Struct, frozen=True, gc=False):
    """The rate counters of the shown pair and of the account.

    Attributes:
        symbol: Pair.
        points: Counter now, thousandths of a point.
        threshold: Points at which the venue refuses.
        decay: Thousandths of a point per second.
        reserve: Points that ordinary keys may not spend.
        free_in_ms: Time until the counter is empty.
        tier: Name of the tier.
        reported: Whether the venue confirmed the counter lately.
        others: Points that someone else on the account spent in the last minute, thousandths.
        history: Highest counter of each `bin_s` seconds, oldest first, thousandths (at most 60).
        spenders: For each of those who spent the most, the first letter of a `SpentRow.who`, or a blank.
        bin_s: Seconds of one value of `history`.
        spent: Who spent what in the last minute, the most first.
        add_cost: Points of one new order.
        rest: REST counter, thousandths.
        rest_max: Its limit.
        l3: Subscription points of the order-by-order books used in the last second.
        l3_max: Their limit.
        connects: Connection attempts in the last ten minutes.
        connects_max: Their limit.
        derivs: Points used of the derivatives bucket; -1 while there is no such connection.
        derivs_max: Its size.
    """

    symbol: str
    points: int
    threshold: int
    decay: int
    reserve: int
    free_in_ms: int
    tier: str
    reported: bool = False
    others: int = 0
    history: tuple[int, ...] = ()
    spenders: str = ""
    bin_s: int = 5
    spent: tuple[SpentRow, ...] = ()
    add_cost: int = 1
    rest: int = 0
    rest_max: int = 20
    l3: int = 0
    l3_max: int = 200
    connects: int = 0
    connects_max: int = 150
    derivs: int = -1
    derivs_max: int = 500


class LinkRow(Struct, frozen=True, gc=False, array_like=True):
    """One connection.

    Attributes:
        name: `public`, `auth`, `l3`, `rest`, …
        state: UP, STALE, DOWN …
        rtt_us: Last round trip, our own queueing included, microseconds; -1 if not measured.
        venue_us: Part of it inside the venue (`time_out - time_in`); -1 unknown.
        note: Why it is not up, in words.
    """

    name: str
    state: LinkState
    rtt_us: int = -1
    venue_us: int = -1
    note: str = ""


class StatusView(Struct, frozen=True, gc=False):
    """What the status bar says.

    Attributes:
        now_ns: Engine's wall time.
        offset_ms: Venue's clock minus ours; None if not measured.
        profile: Name of the profile.
        mode: `PRACTICE`, `PUBLIC`, `UAT` or `REAL`.
        system: State of the venue (`online`, `cancel_only` …).
        pair: Trading status of the shown pair.
        armed: Whether money keys of this screen act.
        armed_ms: Time until they disarm by themselves.
        pen: Who may trade: `you`, the other screen's name, or empty.
        killed: Kill switch engaged: new orders are refused.
        blocked: Why no new order may go out now; empty if it may.
        reconciled: Whether orders were compared with the venue.
        unknown: Own orders whose outcome is not known.
        working: Own working orders on all pairs.
        dead_man_ms: Time until the venue's timer fires; -1 if off.
        session_pnl: Realised and unrealised together, as text.
        links: Connections.
        messages: Market-data messages per second.
        dropped: View frames skipped for this screen (it is slow), ever.
        transport: What new orders go over: `ws`, `fix` or `rest`.
        rollover_ms: Time until the FIX sessions roll over; -1 without any.
        fix_cod: Whether losing the FIX link cancels its orders; None without a session.
    """

    now_ns: int
    offset_ms: int | None
    profile: str
    mode: str
    system: str
    pair: str
    armed: bool
    armed_ms: int
    pen: str
    killed: bool
    blocked: str
    reconciled: bool
    unknown: int
    working: int
    dead_man_ms: int
    session_pnl: str
    links: tuple[LinkRow, ...]
    messages: int = 0
    dropped: int = 0
    transport: str = "ws"
    rollover_ms: int = -1
    fix_cod: bool | None = None


class Frame(Struct, frozen=True, gc=False, tag="frame"):
    """One publication; None means unchanged.

    Attributes:
        no: Number, per screen.
        ladder: The visible book.
        tape: Newest prints of the shown pair, newest first.
        orders: Own orders, working first, then the latest ended.
        balances: Assets of the account.
        positions: Session positions.
        gauge: Rate counters.
        status: Status bar.
        helpers: Execution helpers, running first.
        heat: Resting size over time.
        depth: Cumulative size by distance.
        beside: Those of the other ladders that changed.
    """

    no: int
    ladder: LadderView | None = None
    tape: tuple[TapePrint, ...] | None = None
    orders: tuple[OrderRow, ...] | None = None
    balances: tuple[BalanceRow, ...] | None = None
    positions: tuple[PositionRow, ...] | None = None
    gauge: GaugeView | None = None
    status: StatusView | None = None
    helpers: tuple[HelperRow, ...] | None = None
    heat: HeatView | None = None
    depth: DepthView | None = None
    beside: tuple[LadderView, ...] | None = None


class Event(Struct, frozen=True, gc=False, tag="event"):
    """One entry of the lossless stream: fills, rejects, disconnects, alerts.

    Attributes:
        no: Ever-increasing number without gaps.
        ts_ns: Wall time.
        kind: `fill`, `reject`, `order`, `link`, `book`, `risk`, `system` …
        severity: How to show it.
        text: One clean line.
        symbol: Pair, or empty.
        number: Short number of the order, or 0.
    """

    no: int
    ts_ns: int
    kind: str
    severity: Severity
    text: str
    symbol: str = ""
    number: int = 0


class PairRow(Struct, frozen=True, gc=False, array_like=True):
    """One pair of the symbol picker.

    Attributes:
        symbol: Pair.
        status: Trading status.
        price_dp: Decimals of a price.
        tick: Tick as text.
        qty_min: Smallest order as text.
        last: Last price as text; empty if not known.
    """

    symbol: str
    status: str
    price_dp: int
    tick: str
    qty_min: str
    last: str = ""
