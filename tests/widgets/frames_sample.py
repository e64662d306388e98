"""Literal, realistic view frames for widget tests and pictures."""

from __future__ import annotations

from app.link.frames import (
    BalanceRow,
    CancelPrice,
    Event,
    GaugeView,
    LadderRow,
    LadderView,
    LinkRow,
    LinkState,
    OrderRow,
    OwnMark,
    PositionRow,
    Severity,
    SpentRow,
    StatusView,
    TapePrint,
    Trust,
)
from app.link.preview_frame import PreviewView
from widgets.models import KeyPrices

NOW_NS = 1_795_407_043_000_000_000
"""2026-11-23 04:10:43 UTC."""

MID_ROW = 642_124
"""Row of the best bid: 64212.4."""

_SIZES = (
    41_200_000, 150_000_000, 5_000_000, 0, 82_000_000, 1_250_000, 230_000_000, 0, 12_500_000, 31_000_000,
    905_500_000, 2_500_000, 64_000_000, 0, 0, 18_250_000, 75_000_000, 40_000, 310_000_000, 22_000_000,
    96_000_000, 1_000_000, 0, 145_000_000, 60_600_000, 12_000, 410_000_000, 0, 33_300_000, 20_000_000,
)  # fmt: skip
_COUNTS = (3, 7, 1, 0, 4, 1, 9, 0, 2, 3, 12, 1, 3, 0, 0, 2, 4, 1, 8, 2, 5, 1, 0, 6, 3, 1, 11, 0, 2, 2)
SPREAD_ROWS = 4

OWN_BUY = OwnMark(
    row=MID_ROW - 1, buy=True, number=2, left=5_000_000, state="working", ahead_n=3, ahead=41_200_000, behind_n=4,
    behind=103_800_000, provable=True, ahead_text="0.41200000",
)  # fmt: skip
OWN_SELL = OwnMark(
    row=MID_ROW + SPREAD_ROWS + 5, buy=False, number=4, left=25_000_000, state="working", ahead_n=1, ahead=1_250_000,
    behind_n=0, behind=0, provable=False, ahead_text="0.01250000",
)  # fmt: skip
OWN_UNKNOWN = OwnMark(row=MID_ROW - 6, buy=True, number=7, left=10_000_000, state="unknown_new")


def ladder_view(*, rows: int = 40, trust: Trust = Trust.VERIFIED, kind: str = "L3", shift: int = 0) -> LadderView:
    """Build a BTC/USD book around 64,212.4.

    Args:
        rows: Rows of the window.
        trust: How far the book is believed.
        kind: `L3` or `L2`.
        shift: Changes a few quantities, for frames that differ a little.
    """
    levels = []
    cum = 0
    for depth, (size, count) in enumerate(zip(_SIZES, _COUNTS, strict=True)):
        size_now = size + (shift * 1_000_000 if depth == shift % 7 and size else 0)
        cum += size_now
        if size_now:
            levels.append(LadderRow(row=MID_ROW - depth, bid=size_now, bid_n=count if kind == "L3" else 0, bid_cum=cum))
    cum = 0
    for depth, (size, count) in enumerate(zip(_SIZES[5:] + _SIZES[:5], _COUNTS[5:] + _COUNTS[:5], strict=True)):
        cum += size
        if size:
            levels.append(
                LadderRow(row=MID_ROW + SPREAD_ROWS + depth, ask=size, ask_n=count if kind == "L3" else 0, ask_cum=cum)
            )
    levels.sort(key=lambda level: -level.row)
    top = MID_ROW + SPREAD_ROWS // 2 + rows // 2
    return LadderView(
        symbol="BTC/USD", kind=kind, depth=1000 if kind == "L3" else 100, trust=trust, price_dp=1, qty_dp=8, step="0.1",
        group=1, top_row=top, rows=tuple(level for level in levels if 0 <= top - level.row < rows),
        own=(OWN_BUY, OWN_SELL, OWN_UNKNOWN) if kind == "L3" else (), best_bid=MID_ROW, best_ask=MID_ROW + SPREAD_ROWS,
        bid_text="64212.4", ask_text="64212.8", spread_text="0.4", last_row=MID_ROW + SPREAD_ROWS, last_buy=True,
        last_qty=1_250_000, checks_ok=12_040 + shift, checks_bad=0 if trust is Trust.VERIFIED else 1,
        age_ms=4200 if trust is Trust.STALE else 12,
    )  # fmt: skip


ORDERS = (
    OrderRow(
        number=4, key="c4", order_id="OABCDE-4", symbol="BTC/USD", side="sell", kind="limit post", price="64213.3",
        qty="0.25000000", filled="0.00000000", left="0.25000000", avg="", state="working",
        created_ns=NOW_NS - 3_300_000_000, changed_ns=NOW_NS - 3_300_000_000, owner="ws", queue=OWN_SELL,
        cancel=CancelPrice(now=8, next=6, next_in_ms=1700, free_in_ms=291_000),
    ),
    OrderRow(
        number=2, key="c2", order_id="OABCDE-2", symbol="BTC/USD", side="buy", kind="limit post", price="64212.3",
        qty="0.10000000", filled="0.05000000", left="0.05000000", avg="64212.3", state="working",
        created_ns=NOW_NS - 192_000_000_000, changed_ns=NOW_NS - 192_000_000_000, owner="ws", queue=OWN_BUY,
        cancel=CancelPrice(now=1, next=-1, next_in_ms=108_000, free_in_ms=108_000),
    ),
    OrderRow(
        number=7, key="c7", order_id="", symbol="BTC/USD", side="buy", kind="limit post", price="64211.8",
        qty="0.10000000", filled="0.00000000", left="0.10000000", avg="", state="unknown_new",
        created_ns=NOW_NS - 9_000_000_000, changed_ns=NOW_NS - 9_000_000_000, owner="ws",
        reason="no answer yet, asking the venue",
    ),
    OrderRow(
        number=3, key="c3", order_id="OABCDE-3", symbol="ETH/USD", side="sell", kind="limit", price="3120.55",
        qty="1.50000000", filled="0.00000000", left="1.50000000", avg="", state="working",
        created_ns=NOW_NS - 4_210_000_000_000, changed_ns=NOW_NS - 4_210_000_000_000, owner="external",
        cancel=CancelPrice(now=0),
    ),
    OrderRow(
        number=1, key="c1", order_id="OABCDE-1", symbol="BTC/USD", side="buy", kind="limit post", price="64209.0",
        qty="0.20000000", filled="0.20000000", left="0.00000000", avg="64209.0", state="filled",
        created_ns=NOW_NS - 700_000_000_000, changed_ns=NOW_NS - 640_000_000_000, owner="ws",
    ),
)  # fmt: skip

BALANCES = (
    BalanceRow("USD", "248,310.22", "3,210.62", "245,099.60", "248,310.22"),
    BalanceRow("BTC", "1.84500000", "0.25000000", "1.59500000", "118,471.88"),
    BalanceRow("ETH", "12.50000000", "1.50000000", "11.00000000", "39,006.88"),
    BalanceRow("USDT", "5,000.00", "0.00", "5,000.00", "4,999.50"),
)

POSITIONS = (
    PositionRow("BTC/USD", "+0.20000000", "64209.0", "64273.2", "+0.68", "+12.40", "51.36", "USD"),
    PositionRow("ETH/USD", "flat", "", "", "0.00", "-3.15", "7.80", "USD"),
)

TAPE = tuple(
    TapePrint(
        NOW_NS - at * 830_000_000, f"642{12 + at % 3}.{at % 10}", f"{(at * 37) % 90 / 100 + 0.004:.8f}", at % 3 != 0,
        count=1 + (at % 5 == 0) * 4, own=at == 6,
    )
    for at in range(40)
)  # fmt: skip

GAUGE = GaugeView(
    symbol="BTC/USD", points=41_200, threshold=125, decay=2340, reserve=20, free_in_ms=17_600, tier="Intermediate",
    reported=True, others=3000, history=tuple((at * 2700 + (at % 9) * 3100) % 90_000 for at in range(60)), add_cost=1,
    spenders="".join("y h o s   "[at % 10] for at in range(60)), rest=3200, rest_max=20, connects=4, connects_max=150,
    spent=(SpentRow("you", "cancel", 16_000), SpentRow("helper", "add", 9_000), SpentRow("you", "add", 4_000),
           SpentRow("others", "", 3_000)),
)  # fmt: skip

PRICES = KeyPrices(4, "+8 → +6 in 1.7 s → free in 4:51", "+4 → +3 in 1.7 s → +1 in 11.7 s")

LINKS = (
    LinkRow("public", LinkState.UP, 11_400, 900),
    LinkRow("auth", LinkState.UP, 12_100, 1100),
    LinkRow("l3", LinkState.UP, 11_900, 1000),
    LinkRow("rest", LinkState.UP, 38_000, 6000),
)


def status_view(
    *, armed: bool = True, mode: str = "PRACTICE", links: tuple[LinkRow, ...] = LINKS, blocked: str = ""
) -> StatusView:
    """Build the status of a healthy session."""
    return StatusView(
        now_ns=NOW_NS, offset_ms=-3, profile="practice", mode=mode, system="online", pair="online", armed=armed,
        armed_ms=105_000 if armed else 0, pen="you", killed=False, blocked=blocked, reconciled=True, unknown=1,
        working=3, dead_man_ms=37_000, session_pnl="+13.08 USD", links=links, messages=1240,
    )  # fmt: skip


def _ago(seconds: int) -> int:
    """Return a wall time some seconds before now."""
    return NOW_NS - seconds * 1_000_000_000


BTC = "BTC/USD"
EVENTS = (
    Event(1, _ago(64), "link", Severity.GOOD, "l3 is UP, 11.9 ms"),
    Event(2, _ago(63), "book", Severity.GOOD, "BTC/USD book verified, depth 1000", BTC),
    Event(3, _ago(51), "order", Severity.INFO, "#2 buy 0.1 @ 64212.3 rests, queue 3 ord / 0.412", BTC, 2),
    Event(4, _ago(33), "fill", Severity.GOOD, "#2 bought 0.05 @ 64212.3, maker fee 4.82 USD", BTC, 2),
    Event(5, _ago(21), "reject", Severity.BAD, "#6 refused by the venue: post-only would take", BTC, 6),
    Event(6, _ago(9), "risk", Severity.WARN, "#7 no answer after 2 s: outcome unknown, asking", BTC, 7),
)  # fmt: skip

PREVIEW = PreviewView(
    ok=True, explain="buy 0.05 BTC at 64212.4, post-only, good till cancelled", symbol="BTC/USD", side="buy",
    price="64212.4", qty="0.05000000", notional="3210.62 USD", fee="8.03 USD maker 0.25%", rests="0.05000000",
    queue="3 ord / 0.41200000 ahead", points="+1 → 42.2/125", effect="USD available 245,099.60 → 241,888.98",
)  # fmt: skip

REFUSED = PreviewView(
    ok=False, explain="buy 50 BTC at 64300, may take", symbol="BTC/USD", side="buy", price="64300.0", qty="50.00000000",
    notional="3,215,000.00 USD", fee="12,860.00 USD taker 0.40%", fills_now="9.21740000", fills_avg="64214.9",
    rests="40.78260000", points="+1 → 42.2/125", effect="USD available 245,099.60 → -2,969,900.40",
    refusals=("not enough USD: needs 3,227,860.00, has 245,099.60", "larger than your limit of 2 BTC an order"),
    warnings=("crosses 14 resting orders",),
)  # fmt: skip
