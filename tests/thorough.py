"""How many examples the dearest property tests try: a third in every run, all of them with `make slow`."""

from __future__ import annotations

import os

THOROUGH = bool(os.environ.get("QUARTERDECK_THOROUGH"))


def examples(full: int) -> int:
    """Return the number of examples to try now."""
    return full if THOROUGH else full // 3
