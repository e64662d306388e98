"""The goals that figures are held to, each a ratio within one run.

They are told beside the figures and stop nothing; what may not get worse from
one release to the next is in `baseline.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Goal(NamedTuple):
    """What a figure is to be.

    Attributes:
        goal: Its number.
        limit: The figure may be this.
        at_least: Whether more is better.
    """

    goal: str
    limit: float
    at_least: bool = False


GOALS: dict[str, dict[str, Goal]] = {
    "book": {
        "cryptofeed_ratio": Goal("P1", 8, at_least=True),
        "python_kraken_sdk_ratio": Goal("P1", 100, at_least=True),
        "ccxt_ratio": Goal("P1", 3.5, at_least=True),
        "docs_recipe_ratio": Goal("P1", 7, at_least=True),
        "nautilus_adapter_ratio": Goal("P1", 80, at_least=True),
        "to_c_limit": Goal("P1", 10),
        "verify_ratio": Goal("P1", 1.8),
    },
    "feed": {
        "lost": Goal("P2", 0),
        "storm_lost": Goal("P2", 0),
        "coalesced_ratio": Goal("P2", 0.5),
    },
    "publish": {
        "depth_1000_to_10": Goal("P3", 1.2),
        "held_50_to_1": Goal("P3", 1.2),
    },
    "paint": {
        "cpu_ratio": Goal("P4", 0.2),
        "cpu_to_ncurses": Goal("P4", 0.7),
        "bytes_ratio": Goal("P4", 0.35),
        "bytes_to_ncurses": Goal("P4", 1.4),
    },
    "keys": {
        "enter_to_raw": Goal("P5", 4),
        "cancel_to_raw": Goal("P5", 4),
        "enter_5k_to_idle_p99": Goal("P5", 1.5),
        "cancel_5k_to_idle_p99": Goal("P5", 1.5),
        "enter_20k_to_idle_p99": Goal("P5", 2),
        "cancel_20k_to_idle_p99": Goal("P5", 2),
        "enter_worst_to_p50": Goal("P5", 15),
        "cancel_worst_to_p50": Goal("P5", 15),
        "stalled_cancel_to_idle_p99": Goal("P5", 2),
        "stalled_kill_to_idle_p99": Goal("P5", 2),
        "screen_5k_to_idle_p95": Goal("P6", 1.5),
    },
    "link": {
        "p95_100kB_to_1MB": Goal("P6", 8),
        "age_50kB_p95_ms": Goal("P6", 500),
    },
    "steady": {
        "5k_%": Goal("P7", 15),
        "idle_%": Goal("P7", 1),
    },
    "start": {
        "attach_word_to_minimal": Goal("P8", 0.15),
        "attach_paint_to_minimal": Goal("P8", 1.2),
        "attach_book_to_minimal": Goal("P8", 3),
    },
    "overload": {
        "lost": Goal("P9", 0),
        "flood_says": Goal("P9", 1, at_least=True),
        "stopped_says": Goal("P9", 1, at_least=True),
    },
    "memory": {
        "nautilus_ratio": Goal("P9", 0.6),
        "soak_growth": Goal("P9", 1.02),
    },
    "fix": {
        "encode_ratio": Goal("P10", 0.2),
        "decode_ratio": Goal("P10", 0.15),
        "quickfix_decode_ratio": Goal("P10", 1),
    },
}


def judged(name: str, figures: Mapping[str, object]) -> list[str]:
    """Return a line for each goal of a benchmark: the figure, the goal, and whether it was met."""
    lines = []
    for figure, goal in GOALS.get(name, {}).items():
        now = figures.get(figure)
        wanted = f"{goal.goal} {figure}, at {'least' if goal.at_least else 'most'} {goal.limit:g}:"
        if not isinstance(now, int | float):
            lines.append(f"{wanted} not measured")
            continue
        met = now >= goal.limit if goal.at_least else now <= goal.limit
        lines.append(f"{wanted} {now} {'met' if met else 'MISSED'}")
    return lines
