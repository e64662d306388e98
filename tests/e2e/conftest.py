"""The stage of the end-to-end tests."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stage import Stage

STORY_S = 120
"""A story starts three processes and may wait for each on a slow machine."""

CONFIG = """
[profiles.practice]
size_presets = ["0.01", "0.1", "0.25"]
dead_man = { timeout_s = 12, refresh_s = 3 }
"""
"""Sizes as quantities, so that tests know them, and a timer that a test can see refreshed."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(STORY_S))
            if not sys.platform.startswith("linux"):
                item.add_marker(pytest.mark.skip(reason="end-to-end tests look for processes in /proc: Linux only"))


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give a home with a short path; end and remove all that the test left in it."""
    stage = Stage(Path(tempfile.mkdtemp(prefix="qd-e2e-")))
    stage.configure(CONFIG)
    try:
        yield stage
    finally:
        stage.end()
