"""How long the parts last that prove more the longer they last."""

from __future__ import annotations

import os

VARIABLE = "QUARTERDECK_BENCH_S"
"""Seconds for the storm of `feed`, the soak of `memory` and the keys of `keys`; each has a short default."""


def seconds(default: float) -> float:
    """Return how long a part lasts.

    Args:
        default: Seconds, where nothing was asked for.
    """
    return float(os.environ.get(VARIABLE) or default)
