"""What all tests share: a home of their own and a terminal that is always the same."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from app.paths import Paths

ROOT = Path(__file__).resolve().parent.parent

# Textual reads these when it is imported, so they are set before any test module is.
os.environ.update({"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_COLOR_SYSTEM": "truecolor", "TERM": "xterm-256color"})
for name in ("NO_COLOR", "COLORTERM", "SSH_CONNECTION", "SSH_TTY", "TMUX", "TEXTUAL_FPS", "TEXTUAL_THEME"):
    os.environ.pop(name, None)

# Collections take a tenth of the time of all tests, and find next to nothing.
gc.set_threshold(100_000, 50, 100)

# A shared machine can be slow for a moment; pytest-timeout bounds a test, not Hypothesis.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every file of the program below the test's own directory."""
    place = tmp_path / "home"
    monkeypatch.setenv("QUARTERDECK_HOME", str(place))
    monkeypatch.delenv("QUARTERDECK_CONFIG_HOME", raising=False)
    return place


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Take away the log files that a test opened; they lie in its directory."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield
    for handler in logger.handlers[:]:
        if handler not in handlers:
            logger.removeHandler(handler)
            handler.close()
    logger.setLevel(level)


@pytest.fixture
def paths(home: Path) -> Paths:
    """Return the directories of the test."""
    return Paths.from_environment({"QUARTERDECK_HOME": str(home)})


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the top of the repository."""
    return ROOT
