"""The Textual application: one trade screen, one worker that reads the link."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from pathlib import Path, PurePath
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.theme import BUILTIN_THEMES

import themes
from app.clock import Clock, SystemClock
from app.errors import ConfigError
from app.link.link import Link
from app.screens import driver_patch
from app.screens.actions import check_keymap, priority_bindings
from app.screens.options import Left, ScreenOptions
from app.screens.session import Session
from app.screens.text_modal import TextModal
from app.screens.trade import TradeScreen
from widgets.paint import CellDiffApp
from widgets.text import clean

log = logging.getLogger(__name__)

TCSS = Path(__file__).parent / "tcss"
GC_THRESHOLDS = (50_000, 20, 100)
"""Rare collections: what lives long is frozen after the start, frames hold no cycles."""

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def check_theme(name: str) -> None:
    """Check the name of a theme: one of ours, or of Textual's own.

    Raises:
        ConfigError: There is no such theme.
    """
    if name not in themes.names() and name not in BUILTIN_THEMES:
        raise ConfigError(f"there is no theme {name!r}", f"choose one of {', '.join(themes.names())}")


class QuarterdeckApp(CellDiffApp[Left]):
    """The screen process.

    `run()` returns how the user left, or None after a defect.

    Args:
        link: Connection to the engine; the app connects and reconnects it.
        options: Settings of this screen.
        clock: Time for all guards and notes.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = [*themes.CSS_PATHS, TCSS / "trade.tcss", TCSS / "dialogs.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        *priority_bindings(),
        Binding("ctrl+q", "leave_calmly", "end the session", show=False, priority=True),
    ]
    TITLE = "Quarterdeck"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, link: Link, options: ScreenOptions | None = None, clock: Clock | None = None) -> None:
        self.options = options or ScreenOptions()
        check_keymap(self.options.keymap)
        theme = self.options.theme or themes.choose(os.environ)
        check_theme(theme)
        driver_patch.install()
        super().__init__(ansi_color=themes.wants_ansi(theme))
        themes.register(self)
        self.theme = theme
        self._clock = clock or SystemClock()
        self._link = link
        self.trade = TradeScreen(self._clock, self.options)
        self.session = Session(link, self._clock, self.options, self.trade)
        self.trade.attach(self.session)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every theme our variables."""
        return themes.variable_defaults()

    def get_default_screen(self) -> TradeScreen:
        """Start with the trade screen."""
        return self.trade

    def on_mount(self) -> None:
        """From now on signals end the screen in order."""
        self.set_keymap(dict(self.options.keymap))
        self._take_signals()
        self.call_after_refresh(self._settle)

    async def on_unmount(self) -> None:
        """Hang up, whatever ended the app; awaited also after a defect."""
        self._release_signals()
        await self.session.close()

    async def on_event(self, event: events.Event) -> None:
        """Give keys and pastes to who owns them when they arrive, before Textual passes them from queue to queue.

        Textual sends a key to the widget in focus and lets it bubble: the next
        key may overtake what the first one opens. Here every key is carried
        out before the next one is looked at.
        """
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded and await self._own(event):
            return
        await super().on_event(event)

    async def _own(self, event: events.Key | events.Paste) -> bool:
        """Route a key or a paste of the terminal; return whether it is done with."""
        screen = self.screen
        if screen is not self.trade and isinstance(event, events.Key) and event.key == "enter":
            self.trade.desk.pressed_enter()  # held on, it must not send the draft under the dialog that it ends
        if not isinstance(screen, (TradeScreen, TextModal)):
            return False
        if isinstance(event, events.Key):
            self.app_focus = True
            if await self._check_bindings(event.key, priority=True):
                return True
        if isinstance(screen, TextModal):
            screen.typed(event)
            return True
        if screen.typed(event):
            return True
        return isinstance(event, events.Key) and await self._check_bindings(event.key)

    def action_act(self, name: str) -> None:
        """Carry out an action that works everywhere."""
        self.trade.action_act(name)

    def action_leave_calmly(self) -> None:
        """Quit as `q` does, never at once."""
        if self.screen is self.trade:
            self.trade.act_quit()

    def action_help_quit(self) -> None:
        """Say how to leave: Ctrl+C is too close to a slip."""
        self.trade.note("q ends the session, d leaves and lets the engine go on")

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Say that the key map gives one key to two actions."""
        names = ", ".join(sorted(binding.id or binding.action for binding in clashed_bindings))
        self.trade.note(f"the key map gives one key to {names}")

    def _settle(self) -> None:
        """After the first paint: what exists now lives as long as the app, unless it is a test's."""
        if self.is_headless:
            return
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._leave_on_signal)

    def _release_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    def _leave_on_signal(self) -> None:
        """Detach: the engine and its orders outlive a lost terminal."""
        self.session.detach()
        self.exit(Left.SIGNAL)

    def _handle_exception(self, error: Exception) -> None:
        """End after a defect without printing local variables: they may hold secrets."""
        log.error("the screen ended by a defect", exc_info=error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Print one line instead of a traceback with values; the log has the places."""
        self.bell()
        error = self._exception
        what = f"{type(error).__name__}: {clean(str(error))}" if error is not None else "unknown"
        line = f"quarterdeck: the screen failed ({what}). The engine and its orders go on; `quarterdeck attach`."
        self._exit_renderables.append(Text(line))
        self._close_messages_no_wait()
