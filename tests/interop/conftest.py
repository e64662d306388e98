"""A venue in its own process, for clients that we did not write."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class VenueProcess:
    """Where the venue listens, the practice keys (the first one by itself), and its truth log."""

    rest: str
    ws_public: str
    ws_auth: str
    ws_l3: str
    api_key: str
    api_secret: str
    control: str
    fix: dict[str, Any]
    keys: tuple[dict[str, str], ...]
    truth: Path

    def records(self) -> list[dict[str, Any]]:
        """What the truth log tells so far."""
        return [json.loads(line) for line in self.truth.read_text().splitlines()]


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueProcess]:
    """Run `quarterdeck venue` with a few pairs; SIGTERM ends it, and it must end cleanly."""
    truth = tmp_path_factory.mktemp("venue") / "truth.jsonl"
    program = "import sys; from app.venue.main import run; sys.exit(run(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, "--pairs", "40", "--truth", str(truth)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        key = ready["keys"][0]
        yield VenueProcess(
            rest=ready["rest"],
            ws_public=ready["ws_public"],
            ws_auth=ready["ws_auth"],
            ws_l3=ready["ws_l3"],
            api_key=key["api_key"],
            api_secret=key["api_secret"],
            control=ready["control"],
            fix=ready["fix"],
            keys=tuple(ready["keys"]),
            truth=truth,
        )
        process.terminate()
        assert process.wait(timeout=10) == 0
