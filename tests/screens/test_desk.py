"""The draft, its lines and the guards, without a screen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import ManualClock
from app.domain.grammar import parse
from app.domain.grammar_text import size_text
from app.domain.order import Draft as Order
from app.domain.order import OrderType, Price, PriceRef, Side, Size, TimeInForce
from app.domain.statements import Amend, OrderRef, Place
from app.link.preview_frame import PreviewView
from app.screens.amount import next_share, preset, stepped
from app.screens.command_line import Completion, History
from app.screens.desk import TOO_SOON, Desk, Held
from app.screens.draft import Draft, placing, taking
from app.screens.guards import CapsWatch, DoublePress, Prefix, RepeatGuard
from app.screens.order_form import with_post, with_time, with_type

SIZES = st.decimals(min_value=Decimal("0.00000001"), max_value=Decimal(1000000), places=8)
BTC = "BTC/USD"


def limit(
    price: str = "64200.1",
    side: Side = Side.BUY,
    size: str = "0.1",
    tif: TimeInForce = TimeInForce.GTC,
    *,
    post: bool = True,
) -> Order:
    """A limit order at a price."""
    at = Price(PriceRef.ABSOLUTE, Decimal(price))
    return Order(BTC, side, Size(Decimal(size)), at, post_only=post, time_in_force=tif)


DRAFT = placing(limit())


@given(size=SIZES, price=SIZES)
def test_every_change_of_an_order_is_a_line_the_grammar_understands(size: Decimal, price: Decimal) -> None:
    change = Amend(OrderRef(row=3), Size(size), Price(PriceRef.ABSOLUTE, price))
    assert parse(Draft(BTC, "buy", change).line()) == (change,)


@given(size=SIZES)
def test_steps_keep_the_size_positive_and_move_it(size: Decimal) -> None:
    least = Decimal("0.00000001")
    up = stepped(Size(size), up=True, least=least)
    down = stepped(Size(size), up=False, least=least)
    assert up.value > size
    assert least <= down.value
    assert down.value < size or size <= least


@pytest.mark.parametrize(
    ("text", "up", "down"),
    [
        ("0.1", "0.2", "0.09"),
        ("0.9", "1", "0.8"),
        ("1", "2", "0.9"),
        ("25", "35", "15"),
        ("0.0001", "0.0002", "0.0001"),
        ("$200", "$300", "$100"),
        ("$1", "$2", "$1"),
        ("25%", "35%", "15%"),
        ("max", "max", "90%"),
    ],
)
def test_steps_walk_the_leading_digit(text: str, up: str, down: str) -> None:
    size = preset(text, BTC)
    assert size_text(size) == text
    assert size_text(stepped(size, up=True, least=Decimal("0.0001"))) == up
    assert size_text(stepped(size, up=False, least=Decimal("0.0001"))) == down


@pytest.mark.parametrize("text", ["0.5", "$200", "25%", "500"])
def test_every_preset_makes_a_line_the_grammar_understands(text: str) -> None:
    order = replace(limit(), size=preset(text, BTC))
    assert parse(placing(order).line()) == (Place(order),)


def test_shares_of_what_is_available_go_round() -> None:
    size, seen_shares = Size(Decimal("0.1")), []
    for _ in range(5):
        size = next_share(size)
        seen_shares.append(size_text(size))
    assert seen_shares == ["25%", "50%", "75%", "max", "25%"]


def test_post_only_and_ioc_exclude_each_other() -> None:
    order = with_time(limit(), TimeInForce.IOC)
    assert (order.post_only, order.time_in_force) == (False, TimeInForce.IOC)
    order = with_post(order, post=True)
    assert (order.post_only, order.time_in_force) == (True, TimeInForce.GTC)


def test_each_pair_remembers_size_type_and_flags_but_no_price() -> None:
    bench, _ = desk()
    bench.open(DRAFT)
    bench.edited(placing(replace(with_type(limit(), OrderType.ICEBERG), size=Size(Decimal(2)))))
    kept = bench.ticket(BTC)
    assert kept.order_type is OrderType.ICEBERG
    assert kept.size.value == Decimal(2)
    assert kept.post_only
    assert kept.price is None
    assert bench.ticket("ETH/USD").order_type is OrderType.LIMIT


@pytest.mark.parametrize("kind", [OrderType.MARKET, OrderType.SETTLE_POSITION])
def test_no_later_draft_starts_with_a_type_that_trades_at_any_price(kind: OrderType) -> None:
    bench, _ = desk()
    bench.open(DRAFT)
    bench.edited(placing(with_type(limit(), kind)))
    assert bench.ticket(BTC).order_type is OrderType.LIMIT


def test_a_draft_whose_field_is_in_hand_is_not_sent() -> None:
    bench, clock = desk()
    bench.open(DRAFT)
    bench.editor.begin(DRAFT, "size")
    clock.advance(ms=400)
    assert isinstance(bench.enter(armed=True, symbol=BTC, refusal=""), Held)
    assert bench.draft is DRAFT


def desk() -> tuple[Desk, ManualClock]:
    clock = ManualClock(mono_ns=10**12)
    return Desk(clock, beat_ms=150), clock


def test_a_draft_is_sent_once() -> None:
    bench, clock = desk()
    bench.open(DRAFT)
    clock.advance(ms=400)
    assert bench.enter(armed=True, symbol="BTC/USD", refusal="") == DRAFT.line()
    clock.advance(ms=400)
    assert bench.enter(armed=True, symbol="BTC/USD", refusal="") == Held()


@pytest.mark.parametrize(
    ("armed", "symbol", "refusal", "reason"),
    [
        (False, "BTC/USD", "", "press A to arm"),
        (True, "ETH/USD", "", "the draft was for BTC/USD"),
        (True, "BTC/USD", "the book is stale", "the book is stale"),
    ],
)
def test_why_a_draft_is_held(*, armed: bool, symbol: str, refusal: str, reason: str) -> None:
    bench, clock = desk()
    bench.open(DRAFT)
    clock.advance(ms=400)
    verdict = bench.enter(armed=armed, symbol=symbol, refusal=refusal)
    assert isinstance(verdict, Held)
    assert reason in verdict.reason


def test_a_draft_that_the_engine_does_not_understand_is_held() -> None:
    bench, clock = desk()
    bench.open(DRAFT)
    bench.preview = PreviewView(ok=False, error="below the smallest size")
    clock.advance(ms=400)
    assert bench.enter(armed=True, symbol="BTC/USD", refusal="") == Held("below the smallest size")


def test_a_held_key_renews_the_window() -> None:
    clock = ManualClock()
    guard = RepeatGuard(clock)
    pressed = []
    for step in (0, 299, 299, 300):
        clock.advance(ms=step)
        pressed.append(guard.fresh())
    assert pressed == [True, False, False, True]


def test_a_double_press_needs_two_within_a_second() -> None:
    clock = ManualClock()
    kill = DoublePress(clock)
    pressed = []
    for step in (0, 1001, 1000, 10):
        clock.advance(ms=step)
        pressed.append(kill.press())
    assert pressed == [False, False, True, False]


@pytest.mark.parametrize(
    ("keys", "due"), [("JK", True), ("BC", True), ("Bb", False), ("CC", False), ("AB", False), ("bJ", False)]
)
def test_caps_lock_is_suspected_after_two_different_capitals(keys: str, *, due: bool) -> None:
    watch = CapsWatch()
    assert [watch.suspect(key) for key in keys][-1] is due


def test_a_prefix_is_forgotten() -> None:
    clock = ManualClock()
    prefix = Prefix(clock)
    prefix.begin("g")
    assert prefix.take() == "g"
    assert prefix.take() == ""
    prefix.begin("n")
    clock.advance(ms=3001)
    assert prefix.take() == ""


def test_history_keeps_what_was_being_typed() -> None:
    history = History()
    for text in ("one", "two", "two"):
        history.add(text)
    assert [history.walk(-1, "new"), history.walk(-1, ""), history.walk(-1, "")] == ["two", "one", "one"]
    assert [history.walk(1, ""), history.walk(1, "")] == ["two", "new"]


def test_completion_walks_the_candidates() -> None:
    completion = Completion()
    first = completion.next("cancel ", ["BTC/USD"], 2)
    second = completion.next(first, ["BTC/USD"], 2)
    assert first.startswith("cancel ")
    assert second.startswith("cancel ")
    assert first != second
    assert completion.next(second, ["BTC/USD"], 2, step=-1) == first
    assert Completion().next("xyzzy", [], 0) == "xyzzy"


TAKE = placing(taking(limit()))
TAKE_SELL = placing(taking(limit(side=Side.SELL)))


def seen(price: str, qty: str = "0.1", side: str = "buy") -> PreviewView:
    return PreviewView(ok=True, symbol="BTC/USD", side=side, price=price, qty=qty)


def test_a_take_reaches_a_little_through_the_far_touch() -> None:
    assert TAKE.line() == "buy 0.1 BTC/USD @ ask+0.1% take"
    assert TAKE_SELL.line() == "sell 0.1 BTC/USD @ bid-0.1% take"
    [statement] = parse(TAKE.line())
    assert isinstance(statement, Place)
    assert statement.draft.time_in_force is TimeInForce.IOC


def test_a_take_is_sent_with_the_worst_price_that_was_read() -> None:
    bench, clock = desk()
    bench.open(TAKE)
    bench.previewed(seen("64264.4"))
    clock.advance(ms=400)
    assert bench.enter(armed=True, symbol="BTC/USD", refusal="") == "buy 0.1 BTC/USD @ 64264.4 take"


@pytest.mark.parametrize(
    ("verb", "second", "restarted"),
    [
        (Side.BUY, ("64264.5", "0.1"), True),
        (Side.BUY, ("64264.3", "0.1"), False),
        (Side.BUY, ("64264.4", "0.1"), False),
        (Side.BUY, ("64264.4", "0.2"), True),
        (Side.SELL, ("64264.5", "0.1"), False),
        (Side.SELL, ("64264.3", "0.1"), True),
    ],
)
def test_only_worse_numbers_start_the_beat_anew(verb: Side, second: tuple[str, str], *, restarted: bool) -> None:
    bench, clock = desk()
    bench.open(TAKE if verb is Side.BUY else TAKE_SELL)
    bench.previewed(seen("64264.4", side=verb))
    clock.advance(ms=400)
    assert bench.previewed(seen(*second, side=verb)) is restarted
    assert (bench.beat_left_ms > 0) is restarted


def test_numbers_that_were_read_before_are_no_news() -> None:
    bench, clock = desk()
    bench.open(TAKE)
    for price in ("64264.4", "64264.5", "64264.3"):
        bench.previewed(seen(price))
    clock.advance(ms=400)
    assert not bench.previewed(seen("64264.5"))
    assert bench.beat_left_ms == 0


def test_enter_right_after_enter_says_why_it_does_nothing() -> None:
    bench, clock = desk()
    bench.open(DRAFT)
    clock.advance(ms=400)
    bench.enter(armed=True, symbol="BTC/USD", refusal="")
    bench.open(DRAFT)
    clock.advance(ms=200)
    assert bench.enter(armed=True, symbol="BTC/USD", refusal="") == Held(TOO_SOON)
