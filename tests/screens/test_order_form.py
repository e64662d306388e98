"""The fields of drafts, without a screen: what each type uses, what each field takes, and the line that comes out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.grammar import parse
from app.domain.grammar_tokens import GrammarError
from app.domain.order import Draft as Order
from app.domain.order import OffsetUnit, OrderType, Price, PriceRef, Side, Size, TimeInForce
from app.domain.statements import Amend, OrderRef, Place
from app.domain.venue_rules import RULES
from app.screens.draft import Draft, placing
from app.screens.editor import Editor
from app.screens.form import entries, put
from app.screens.order_form import CLOSES, TYPES
from app.screens.pricing import nudged, repriced

BTC = "BTC/USD"
LIMIT = Order(BTC, Side.BUY, Size(Decimal("0.1")), Price(PriceRef.ABSOLUTE, Decimal("64200.1")), post_only=True)
DRAFT = placing(LIMIT)
TEXTS = {
    "size": ("0.5", "5000", "$200", "25%", "25% of position", "max", "risk $100 stop 63000"),
    "price": ("64000", "bid", "ask+2t", "mid-0.05%", "last+1.5", "+0", "-10"),
    "trigger": ("63000", "-0.5%", "last-50", "+10t"),
    "trail": ("1%", "50", "10t"),
    "display": ("0.05", "10%"),
    "expires": ("15m", "1h30m", "18:30", "2026-12-01T10:00"),
    "starts": ("20m", "18:30", "now"),
    "· trigger": ("63000", "-0.5%", "1%"),
    "· price": ("65000", "+0.5%", "+0"),
    "leverage": ("2", "5", "no"),
    "deadline": ("2s", "500ms", "no"),
}
"""What may be typed into each text field, of which every type takes at least one."""

USES = {
    "limit": "price post tif",
    "market": "",
    "iceberg": "price display post tif",
    "stop-loss": "trigger watches tif",
    "stop-loss-limit": "trigger watches price post tif",
    "take-profit": "trigger watches tif",
    "take-profit-limit": "trigger watches price post tif",
    "trailing-stop": "trail watches tif",
    "trailing-stop-limit": "trail watches price post tif",
    "settle-position": "",
}
COMMON = {"side", "type", "size", "starts", "close", "reduce", "leverage", "stp", "fee in", "deadline", "validate"}


def names(draft: Draft) -> set[str]:
    """The fields of a draft."""
    return {entry.name for entry in entries(draft)}


def read_back(draft: Draft) -> None:
    """Check that the draft's line is understood as the draft."""
    assert parse(draft.line()) == (draft.statement,)


@pytest.mark.parametrize("kind", TYPES)
def test_only_the_fields_that_a_type_uses_are_there(kind: str) -> None:
    common = COMMON - ({"starts", "close"} if kind == "settle-position" else set())
    assert names(put(DRAFT, "type", kind)) == common | set(USES[kind].split())


@pytest.mark.parametrize("close", CLOSES)
def test_a_close_has_the_prices_of_its_kind(close: str) -> None:
    draft = put(DRAFT, "close", close)
    rule = None if close == "no" else RULES[OrderType(close)]
    assert ("· trigger" in names(draft)) is bool(rule and rule.trigger_kinds)
    assert ("· price" in names(draft)) is bool(rule and rule.limit_kinds)
    read_back(draft)


def test_the_expiry_is_there_for_gtd_only() -> None:
    assert "expires" not in names(DRAFT)
    draft = put(DRAFT, "tif", "gtd")
    assert draft.line() == "buy 0.1 BTC/USD @ 64200.1 post gtd 15m"
    assert put(draft, "expires", "2h").line() == "buy 0.1 BTC/USD @ 64200.1 post gtd 2h"


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("side", list(Side))
def test_every_field_of_every_type_can_be_changed_and_read_back(kind: str, side: Side) -> None:
    start = put(put(put(DRAFT, "side", side.value), "type", kind), "type", kind)
    for close in CLOSES if "close" in names(start) else ("no",):
        base = put(start, "close", close) if "close" in names(start) else start
        base = put(base, "tif", "gtd") if "tif" in names(base) else base
        for entry in entries(base):
            taken = 0
            for text in entry.options or TEXTS[entry.name]:
                try:
                    changed = put(base, entry.name, text)
                except GrammarError:
                    continue
                taken += 1
                read_back(changed)
            assert taken > 0, entry.name


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12))
def test_any_walk_through_the_form_ends_in_a_line_of_the_grammar(steps: list[tuple[int, int]]) -> None:
    draft = DRAFT
    for at, choice in steps:
        found = entries(draft)
        entry = found[at % len(found)]
        texts = entry.options or TEXTS[entry.name]
        try:
            draft = put(draft, entry.name, texts[choice % len(texts)])
        except GrammarError:
            continue
        read_back(draft)


@pytest.mark.parametrize(
    ("name", "text", "position", "word"),
    [
        ("size", "0.5x", 0, "means nothing"),
        ("size", "0.5 reduce", 0, "another field"),
        ("size", "", 0, "how much"),
        ("size", "1;2", 0, ""),
        ("price", "64000 %", 6, ""),
        ("price", "bid-2.5t", 4, "whole"),
        ("price", "-1t", 0, "bare offset"),
        ("leverage", "1", 0, "from 2"),
        ("deadline", "90s", 0, "500ms to 1m"),
        ("starts", "soon", 0, "needs a time"),
    ],
)
def test_what_cannot_be_read_points_at_its_place_in_the_field(name: str, text: str, position: int, word: str) -> None:
    with pytest.raises(GrammarError) as caught:
        put(DRAFT, name, text)
    assert caught.value.position == position
    assert word in caught.value.message


def test_the_other_side_turns_what_is_relative() -> None:
    draft = put(put(put(DRAFT, "price", "bid+1t"), "close", "stop-loss"), "side", "sell")
    assert draft.line() == "sell 0.1 BTC/USD @ ask-1t post then buy stop +0.5%"


def test_an_ioc_drops_post_and_post_drops_ioc() -> None:
    draft = put(DRAFT, "tif", "ioc")
    assert draft.line() == "buy 0.1 BTC/USD @ 64200.1 ioc"
    assert put(draft, "post", "yes").line() == "buy 0.1 BTC/USD @ 64200.1 post"


def test_walking_past_a_choice_loses_nothing() -> None:
    editor, draft = Editor(), DRAFT
    editor.begin(draft, "type")
    for _ in TYPES:
        draft = editor.choose(draft, 1)
    assert draft == DRAFT
    assert editor.choose(draft, -1).line() == "buy 0.1 BTC/USD settle"


def test_a_letter_chooses_and_digits_replace_the_text() -> None:
    editor = Editor()
    editor.begin(DRAFT, "type")
    draft = editor.type(DRAFT, "i")
    assert draft.line() == "buy 0.1 BTC/USD iceberg 10% @ 64200.1 post"
    editor.begin(draft, "display")
    for letter in "0.02":
        draft = editor.type(draft, letter)
    assert draft.line() == "buy 0.1 BTC/USD iceberg 0.02 @ 64200.1 post"
    draft = editor.erase(draft)
    assert editor.error is not None
    assert draft.line() == "buy 0.1 BTC/USD iceberg 0.02 @ 64200.1 post"
    assert not editor.move(draft, 1)


CHANGE = Draft(
    BTC, "buy", Amend(OrderRef(row=3), Size(Decimal(1)), LIMIT.price), ("size", "price", "display", "trigger")
)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("size", "0.5", "amend #3 0.5 @ 64200.1"),
        ("size", "keep", "amend #3 @ 64200.1"),
        ("price", "-1t", "amend #3 1 @ -1t"),
        ("price", "keep", "amend #3 1"),
        ("display", "0.1", "amend #3 1 display 0.1 @ 64200.1"),
        ("trigger", "63000", "amend #3 1 trigger 63000 @ 64200.1"),
        ("post", "yes", "amend #3 1 @ 64200.1 post"),
    ],
)
def test_a_change_has_fields_too(name: str, text: str, line: str) -> None:
    draft = put(CHANGE, name, text)
    assert draft.line() == line
    read_back(draft)


def test_a_change_has_only_the_terms_of_its_order() -> None:
    assert names(CHANGE) == {"size", "price", "display", "trigger", "post"}
    assert names(replace(CHANGE, terms=("size",))) == {"size", "post"}


TICK = Decimal("0.1")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("64000", "@ 64000.1"),
        ("bid", "@ bid+1t"),
        ("bid-1t", "@ bid"),
        ("mid-0.05%", "@ 64100.1"),
    ],
)
def test_a_nudge_moves_a_tick_and_keeps_what_counts_ticks(text: str, line: str) -> None:
    draft = put(DRAFT, "price", text)
    moved = repriced(draft, lambda price: nudged(price, 1, TICK, Decimal(64100)))
    assert moved is not None
    assert line in moved.line()
    read_back(moved)


def test_a_nudge_moves_the_trigger_of_an_order_without_a_limit() -> None:
    draft = put(put(DRAFT, "type", "stop-loss"), "trigger", "66000")
    moved = repriced(draft, lambda price: nudged(price, -1, TICK, None))
    assert moved is not None
    assert moved.line() == "buy 0.1 BTC/USD stop 65999.9"
    assert repriced(put(DRAFT, "type", "market"), lambda price: price) is None


def test_what_a_percentage_comes_to_is_needed_to_move_it() -> None:
    assert nudged(Price(PriceRef.MID, Decimal("0.1"), OffsetUnit.PERCENT), 1, TICK, None) is None
    assert nudged(Price(PriceRef.ABSOLUTE, TICK), -1, TICK, None) is None


def test_place_and_time_in_force_of_a_take() -> None:
    assert isinstance(DRAFT.statement, Place)
    assert put(put(DRAFT, "post", "no"), "price", "ask").takes
    assert LIMIT.time_in_force is TimeInForce.GTC
