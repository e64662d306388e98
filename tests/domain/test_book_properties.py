"""The fast book against the naive one, after every message of streams that Hypothesis draws."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import book_l3
from app.domain.book import L3Book
from app.domain.book_l3 import L3Side
from app.domain.book_values import OrderRow
from app.domain.order import Side
from app.protocol.ws2.market import Level3Frame, decode
from tests.bench.stream import Feed, Mix
from tests.domain.naive_book import NaiveBook

MIXES = (
    Mix(),
    Mix(several=0.9, reach=2.0),
    Mix(add=0.35, cancel=0.35, amend=0.25, several=0.5, moves=True),
    Mix(add=0.3, cancel=0.2, amend=0.1, several=0.3, reach=10.0),
)
NAMES = {"bids": Side.BUY, "asks": Side.SELL}


def units(value: Decimal) -> int:
    return int(value.scaleb(12))


def assert_same(book: L3Book, naive: NaiveBook) -> None:
    for name, side in NAMES.items():
        want = naive.levels(name)
        assert [(level.price, level.qty, level.count) for level in book.levels(side, 10_000)] == [
            (units(price), sum(units(row["order_qty"]) for row in rows), len(rows)) for price, rows in want
        ]
        for price, rows in want:
            assert [tuple(order) for order in book.orders_at(side, units(price))] == [
                (row["order_id"], units(row["order_qty"]), row["timestamp"]) for row in rows
            ]
            for row in rows:
                assert book.find(row["order_id"]) == (side, units(price))
    assert book.order_count() == sum(map(len, naive.sides.values()))


def follow(feed: Feed, messages: int, *, deep: bool = True) -> str:
    """Run a feed through both books; return why the fast one was lost, if it was."""
    naive = NaiveBook(feed.depth)
    book = L3Book(feed.symbol, feed.depth, feed.price_dp, feed.qty_dp)
    for turn in range(messages):
        raw = feed.update() if turn else feed.snapshot()
        message = decode(raw)
        assert isinstance(message, Level3Frame)
        data = json.loads(raw, parse_float=Decimal, parse_int=Decimal)["data"][0]
        if turn:
            naive.update(data)
            book.apply(message.data[0])
        else:
            naive.snapshot(data)
            book.snapshot(message.data[0])
        assert naive.checksum() == data["checksum"]  # the feed itself is right
        if not book.verified:
            return book.fault or "lost"
        if deep:
            assert_same(book, naive)
    return ""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    depth=st.sampled_from((10, 11, 20)),
    levels=st.integers(1, 24),
    mix=st.sampled_from(MIXES),
    price_dp=st.integers(0, 6),
    qty_dp=st.sampled_from((0, 4, 8)),
)
def test_the_book_equals_the_naive_one_after_every_message(
    seed: int, depth: int, levels: int, mix: Mix, price_dp: int, qty_dp: int
) -> None:
    feed = Feed(Random(seed), depth=depth, levels=levels, middle=5000, price_dp=price_dp, qty_dp=qty_dp, mix=mix)
    assert follow(feed, 40) == ""


@pytest.mark.parametrize("mix", MIXES)
def test_long_streams_of_a_moving_window_stay_verified(mix: Mix) -> None:
    assert follow(Feed(Random(11), depth=16, levels=20, mix=mix), 1000, deep=False) == ""


def keep_what_left(side: L3Side) -> None:
    del side


def leave_array_order(side: L3Side, rows: object) -> None:
    del side, rows


def forget_the_touched(side: L3Side, level: book_l3.Level, appended: bytes = b"") -> None:
    del side, appended
    level.total = -1


def keep_old_threshold(side: L3Side) -> None:
    side.tenth = side.tenth if side.tenth > -(10**60) else side.keys[-10] if len(side.keys) > 9 else -(10**60)


def keep_text_below_the_top(touch: Callable[..., None]) -> Callable[..., None]:
    def sabotaged(side: L3Side, level: book_l3.Level, appended: bytes = b"") -> None:
        ready = level.chunk
        touch(side, level, appended)
        level.chunk = level.chunk or ready

    return sabotaged


def requeue_in_place(modify: Callable[..., book_l3.Level]) -> Callable[..., book_l3.Level]:
    def sabotaged(side: L3Side, row: OrderRow) -> book_l3.Level:
        level = modify(side, row)
        level[row.order_id] = level.pop(row.order_id)
        return level

    return sabotaged


@pytest.mark.parametrize(
    ("name", "shortcut"),
    [
        ("_truncate", keep_what_left),
        ("_order_adds", leave_array_order),
        ("_touch", forget_the_touched),
        ("_settle_tenth", keep_old_threshold),
        ("_touch", keep_text_below_the_top(L3Side._touch)),
        ("_modify", requeue_in_place(L3Side._modify)),
    ],
    ids=["truncate", "order-adds", "touch", "threshold", "stale-text", "queue-place"],
)
def test_the_streams_catch_a_wrong_shortcut(
    monkeypatch: pytest.MonkeyPatch, name: str, shortcut: Callable[..., object]
) -> None:
    monkeypatch.setattr(L3Side, name, shortcut)
    caught = []
    for seed in range(4):
        try:
            caught.append(follow(Feed(Random(seed), depth=16, levels=20, mix=MIXES[seed]), 400, deep=False))
        except (ValueError, KeyError, IndexError) as error:
            caught.append(repr(error))
    assert any(caught)
