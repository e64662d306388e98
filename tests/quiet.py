"""Running applications under test quickly: waiting for them exactly, and reading their style sheets once.

Textual's pilot waits after every key until the whole process has used almost
no processor time for a while: at least 40 ms a key, and a second on a busy
machine. What a test needs is less and exact: that nothing can run any more
before a timer fires or a socket speaks. A pause also lets the short timers fire
with which Textual gathers changes of size and repaints.

Every application parses the same style sheets: a sixth of what a test of the
screen takes. Those of one theme are kept for all.
"""

from __future__ import annotations

import asyncio

import textual.app
import textual.pilot
from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

TURNS = 100_000
"""Turns of the loop after which something runs for ever."""

SOON_S = 0.02
"""Timers due within this time belong to what has just happened."""

TIMERS = 20
"""Waits for such timers at the most: what repeats itself for ever is no reason to wait for ever."""


async def quiet(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait until every other task of the loop waits for a timer or for the outside.

    Args:
        min_sleep: Not used; Textual's own function has it.
        max_sleep: Not used either.
    """
    del min_sleep, max_sleep
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    for _ in range(TURNS):
        await asyncio.sleep(0)
        if not ready:
            return
    raise AssertionError("the application never comes to rest")


async def settled(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Wait as `quiet` does, and for the timers that are due soon."""
    loop = asyncio.get_running_loop()
    for _ in range(TIMERS):
        await quiet(min_sleep, max_sleep)
        soon = [timer.when() for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        left = min(soon, default=loop.time() + 1) - loop.time()
        if left > SOON_S:
            return
        await asyncio.sleep(max(0, left))


_parsed: dict[tuple[tuple[str, str], ...], LRUCache[tuple[object, ...], list[RuleSet]]] = {}
_init, _set_variables = Stylesheet.__init__, Stylesheet.set_variables


def _share(sheet: Stylesheet, variables: dict[str, str]) -> None:
    """Let a style sheet take what was parsed with the same variables before."""
    sheet._parse_cache = _parsed.setdefault(tuple(sorted(variables.items())), LRUCache(1000))


def _made(self: Stylesheet, *, variables: dict[str, str] | None = None) -> None:
    _init(self, variables=variables)
    _share(self, variables or {})


def _changed(self: Stylesheet, variables: dict[str, str]) -> None:
    self._parse_cache = LRUCache(1)  # the one that is shared would be cleared
    _set_variables(self, variables)
    _share(self, variables)


Stylesheet.__init__ = _made  # type: ignore[method-assign]
Stylesheet.set_variables = _changed  # type: ignore[method-assign]
textual.app.wait_for_idle = quiet  # type: ignore[attr-defined]
textual.pilot.wait_for_idle = settled  # type: ignore[attr-defined]
