"""A bare app around one pane, in any theme and size."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

import themes
from tests import quiet as _quiet  # noqa: F401 - replaces how the pilot waits
from themes.palettes import DARK

W = TypeVar("W", bound=Widget)


class PaneApp(App[None]):
    """Shows one widget over the whole screen and keeps the messages of the pane."""

    CSS_PATH = themes.CSS_PATHS
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, pane: Widget, theme: str) -> None:
        super().__init__(ansi_color=True if themes.wants_ansi(theme) else None)
        self.pane = pane
        themes.register(self)
        self.theme = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.variable_defaults()

    def compose(self) -> ComposeResult:
        yield self.pane


Shower = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture
def show() -> Shower:
    """Return `show(widget, (width, height), theme=…)`, a context with a running app."""

    @asynccontextmanager
    async def shower(pane: Widget, size: tuple[int, int], theme: str = DARK) -> AsyncIterator[Pilot[None]]:
        app = PaneApp(pane, theme)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield pilot

    return shower
