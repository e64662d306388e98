"""The regression guard: figures of a run against those of the last release (`baseline.json`).

Only ratios are kept there, and bytes: absolute times say more about a machine
than about a program. Each has the value of the release and how many times
that value it may be; `at_least` figures may not fall below it divided by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from app.errors import DataError

BASELINE = Path(__file__).with_name("baseline.json")


class Bound(Struct, frozen=True, forbid_unknown_fields=True):
    """What a figure was, and how far it may move.

    Attributes:
        was: Its value at the last release.
        times: How many times worse is still noise, above 1.
        at_least: Whether more is better.
    """

    was: float
    times: float
    at_least: bool = False

    @property
    def limit(self) -> float:
        """The worst value that passes."""
        return round(self.was / self.times if self.at_least else self.was * self.times, 3)

    def holds(self, now: float) -> bool:
        """Say whether a value passes."""
        return now >= self.limit if self.at_least else now <= self.limit


def read(path: Path = BASELINE) -> dict[str, dict[str, Bound]]:
    """Read the bounds, by benchmark and figure.

    Raises:
        DataError: The file does not hold them.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, Bound]])
    except (OSError, msgspec.MsgspecError) as error:
        raise DataError(f"{path} holds no figures of a release ({error})", "restore it from the repository") from None


def worse(name: str, figures: Mapping[str, object], bounds: Mapping[str, Bound]) -> list[str]:
    """Compare the figures of a benchmark with those of the release.

    Args:
        name: The benchmark.
        figures: What it measured now.
        bounds: Its bounds.

    Returns:
        A line for each figure that is worse than its bound, or missing.
    """
    lines = []
    for figure, bound in bounds.items():
        now = figures.get(figure)
        word = "least" if bound.at_least else "most"
        if not isinstance(now, int | float):
            lines.append(f"{name}: {figure} was not measured; it was {bound.was}")
        elif not bound.holds(now):
            lines.append(f"{name}: {figure} is {now}, was {bound.was}, at {word} {bound.limit}")
    return lines
