"""View frames of one book: what the ladder paints. `frames` has the rest, and says the rules."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Trust(StrEnum):
    """How far the shown book can be believed."""

    NONE = "none"  # nothing received yet
    SYNCING = "syncing"  # subscribed, waiting for a snapshot or resyncing
    VERIFIED = "verified"  # the last checksum matched and the link is alive
    UNVERIFIED = "unverified"  # no checksum to go by, or it did not match
    STALE = "stale"  # the link is silent
    PAST = "past"  # what was verified some time ago, shown on purpose


class LadderRow(Struct, frozen=True, gc=False, array_like=True):
    """One price row that has something in it.

    Attributes:
        row: Price of the row in steps of `tick * group`.
        bid: Resting buy quantity, lots.
        bid_n: Number of buy orders (0 if the book has no orders, L2).
        bid_cum: Buy quantity from the touch down to this row, lots.
        ask: Resting sell quantity, lots.
        ask_n: Number of sell orders.
        ask_cum: Sell quantity from the touch up to this row, lots.
    """

    row: int
    bid: int = 0
    bid_n: int = 0
    bid_cum: int = 0
    ask: int = 0
    ask_n: int = 0
    ask_cum: int = 0


class QueueMoves(Struct, frozen=True, gc=False, array_like=True):
    """Why an own order's queue moved, and when it may fill.

    Attributes:
        entry_n: Orders ahead when it joined.
        entry: Quantity ahead when it joined, lots.
        whole: Whether that is known; if not, all counts from when it was first seen.
        traded: Executed ahead of it since then, lots.
        cancelled: Cancelled ahead of it since then, lots.
        unknown: Left ahead of it during a gap of a feed, lots.
        traded_1m: Executed ahead of it in the last minute, lots.
        cancelled_1m: Cancelled ahead of it in the last minute, lots.
        pending: Left ahead of it and not attributed yet, lots.
        soonest_s: Estimated time to its first fill, seconds; -1 if nothing traded to go by.
        latest_s: Estimated time to its last fill; -1 if it may never come at the pace of the last minutes.
    """

    entry_n: int
    entry: int
    whole: bool
    traded: int
    cancelled: int
    unknown: int = 0
    traded_1m: int = 0
    cancelled_1m: int = 0
    pending: int = 0
    soonest_s: int = -1
    latest_s: int = -1


class OwnMark(Struct, frozen=True, gc=False, array_like=True):
    """One own order on the ladder, with its place in the queue.

    Attributes:
        row: Its price row.
        buy: Whether it buys.
        number: The short number of the order (`#2`).
        left: Unfilled quantity, lots.
        state: Order state as in `app.domain.oms.OrderState`.
        ahead_n: Orders ahead in its level; -1 if not known.
        ahead: Quantity ahead, lots.
        behind_n: Orders behind.
        behind: Quantity behind, lots.
        provable: Whether the checksum covers the number.
        ahead_text: Quantity ahead as text; empty if not known.
        moves: Why its queue moved; None if that is not known.
        qty_dp: Decimals of the pair's quantities: one lot is 10**-qty_dp.
    """

    row: int
    buy: bool
    number: int
    left: int
    state: str
    ahead_n: int = -1
    ahead: int = 0
    behind_n: int = 0
    behind: int = 0
    provable: bool = False
    ahead_text: str = ""
    moves: QueueMoves | None = None
    qty_dp: int = 8


FLOW_S = 10
"""Seconds that stacking, pulling and flicker look back."""


FADES_MS = (2_000, 10_000, 60_000)
"""Ages at which the last executed quantity loses its weight, then its ink, then its place."""


class LevelFlow(Struct, frozen=True, gc=False, array_like=True):
    """What happens at one price row, apart from what rests there; quantities in lots.

    Attributes:
        row: The row.
        bid_new: Part of the resting buys that is younger than a second.
        bid_mid: Part of them between one and ten seconds old.
        ask_new: As `bid_new`, of the sells.
        ask_mid: As `bid_mid`, of the sells.
        bid_stacked: Buy quantity that joined in the last seconds (`FLOW_S`).
        bid_pulled: Buy quantity that left in that time without being executed.
        ask_stacked: As `bid_stacked`, of the sells.
        ask_pulled: As `bid_pulled`, of the sells.
        bid_flick: Share of the buys that joined and lived for less than a second, percent; -1 if none joined.
        ask_flick: As `bid_flick`, of the sells.
        bought: Executed by buyers since the engine listens.
        sold: Executed by sellers since then.
        last: Quantity of the newest trade; 0 if none.
        last_buy: Whether its taker bought.
        fade: How old it is: 0 new, 1 recent, 2 fading, 3 gone (`FADES_MS`).
        iceberg: Evidence of a hidden reserve, `E0.35`; empty without.
    """

    row: int
    bid_new: int = 0
    bid_mid: int = 0
    ask_new: int = 0
    ask_mid: int = 0
    bid_stacked: int = 0
    bid_pulled: int = 0
    ask_stacked: int = 0
    ask_pulled: int = 0
    bid_flick: int = -1
    ask_flick: int = -1
    bought: int = 0
    sold: int = 0
    last: int = 0
    last_buy: bool = False
    fade: int = 0
    iceberg: str = ""


class AxisMark(Struct, frozen=True, gc=False, array_like=True):
    """Something at a price that is no order: on the price axis.

    Attributes:
        row: Its row.
        kind: `alert`, `average`, `breakeven` or `fill`.
        buy: Of a fill, whether it bought.
    """

    row: int
    kind: str
    buy: bool = False


class QueuedOrder(Struct, frozen=True, gc=False, array_like=True):
    """One order inside a level.

    Attributes:
        place: Its place in the queue, the first is 1.
        tail: The end of the venue's id.
        qty: Visible quantity, lots.
        age_ms: Time since it joined or was amended; -1 if not known.
        own: Short number if it is ours; 0 if not.
        iceberg: Evidence of a hidden reserve; empty without.
    """

    place: int
    tail: str
    qty: int
    age_ms: int
    own: int = 0
    iceberg: str = ""


class LevelInside(Struct, frozen=True, gc=False):
    """The orders of one price, in priority.

    Attributes:
        price: The price as text.
        row: Its row.
        buy: Whether these are buys.
        count: Orders in all.
        qty: Quantity in all, lots.
        orders: Those that there is room for, the first in the queue first; own ones are never left out.
    """

    price: str
    row: int
    buy: bool
    count: int
    qty: int
    orders: tuple[QueuedOrder, ...]


class Gap(Struct, frozen=True, gc=False, array_like=True):
    """A break in the data of one book.

    Attributes:
        ago_ms: Time since it ended.
        lasted_ms: How long it lasted.
    """

    ago_ms: int
    lasted_ms: int


class LadderView(Struct, frozen=True, gc=False):
    """The visible part of one book.

    Attributes:
        symbol: Pair.
        kind: `L3` or `L2`.
        depth: Subscribed depth in levels.
        trust: How far it can be believed.
        price_dp: Decimals of the row prices.
        qty_dp: Decimals of quantities: one lot is 10**-qty_dp.
        step: Price of one row as text (`tick * group`).
        group: Ticks per row.
        top_row: The uppermost row of the window.
        rows: Rows with something in them, highest price first.
        own: Own working orders inside or outside the window.
        best_bid: Row of the best bid, or None.
        best_ask: Row of the best ask, or None.
        bid_text: Best bid as text, exact; empty without one.
        ask_text: Best ask as text, exact.
        spread_text: Spread as text.
        last_row: Row of the last trade, or None.
        last_buy: Whether its taker bought.
        last_qty: Its quantity, lots.
        checks_ok: Checksums that matched since start.
        checks_bad: Checksums that did not.
        age_ms: Time since the last message for this book; if it is verified, the age of its checksum.
        flows: What happens at the rows, as far as the screen asked for it.
        marks: What is marked on the price axis, in rows of the window.
        inside: The orders of the price that the screen opened, or None.
        mid_text: Middle of the spread as text; empty without both sides.
        micro_text: Microprice as text: the mid weighted by the opposite sizes at the touch.
        imbalance: Buy less sell quantity at the touch over both, percent; None without both sides.
        bad_today: Checksums that did not match, this UTC day.
        gap: The last break in the data; None if there was none lately.
        proven: Lowest and highest row that the checksum covers; None if none.
        behind_ms: How far the book is behind the venue, if that is felt: more comes than can be read. One that is
            too far behind is stale.
        over_fix: Whether the book comes over FIX market data, not over WebSocket.
    """

    symbol: str
    kind: str
    depth: int
    trust: Trust
    price_dp: int
    qty_dp: int
    step: str
    group: int
    top_row: int
    rows: tuple[LadderRow, ...] = ()
    own: tuple[OwnMark, ...] = ()
    best_bid: int | None = None
    best_ask: int | None = None
    bid_text: str = ""
    ask_text: str = ""
    spread_text: str = ""
    last_row: int | None = None
    last_buy: bool = False
    last_qty: int = 0
    checks_ok: int = 0
    checks_bad: int = 0
    age_ms: int = 0
    flows: tuple[LevelFlow, ...] = ()
    marks: tuple[AxisMark, ...] = ()
    inside: LevelInside | None = None
    mid_text: str = ""
    micro_text: str = ""
    imbalance: int | None = None
    bad_today: int = 0
    gap: Gap | None = None
    proven: tuple[int, int] | None = None
    behind_ms: int = 0
    over_fix: bool = False
