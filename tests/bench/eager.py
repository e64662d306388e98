"""The engine as it is, but that it reads each frame as it comes: what resting between reads is compared with."""

from __future__ import annotations

import sys

from app.bootstrap.engine_process import engine_main
from app.workers import coalesce

if __name__ == "__main__":
    coalesce.FAST_PER_TICK = sys.maxsize
    sys.exit(engine_main([]))
