from __future__ import annotations

from tests.bench import guard
from tests.bench.guard import Bound
from tests.bench.main import names

BOUNDS = {"cost": Bound(2.0, 1.25), "gain": Bound(8.0, 2.0, at_least=True)}


def test_figures_within_their_bounds_are_not_mentioned() -> None:
    assert guard.worse("book", {"cost": 2.5, "gain": 4.0, "other": 9}, BOUNDS) == []


def test_a_worse_figure_is_named_with_what_it_was_and_may_be() -> None:
    assert guard.worse("book", {"cost": 2.6, "gain": 3.9}, BOUNDS) == [
        "book: cost is 2.6, was 2.0, at most 2.5",
        "book: gain is 3.9, was 8.0, at least 4.0",
    ]


def test_a_figure_that_was_not_measured_is_named() -> None:
    assert guard.worse("book", {"cost": 2.0}, BOUNDS) == ["book: gain was not measured; it was 8.0"]


def test_the_baseline_is_of_benchmarks_that_there_are() -> None:
    assert guard.read().keys() <= set(names())
