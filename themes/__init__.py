"""Themes: palettes made into Textual themes, and which one fits a terminal.

The names and `choose` need no Textual; the rest imports it when called.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from themes.palettes import ANSI, ANSI16, DARK, LIGHTS, MONO, TOKENS

if TYPE_CHECKING:
    from textual.app import App
    from textual.theme import Theme

TCSS = Path(__file__).parent / "tcss"
CSS_PATHS: list[str | PurePath] = [*sorted(TCSS.glob("*.tcss"))]
"""Style sheets of the panes, for `App.CSS_PATH`."""

_FEW_COLOURS = ("linux", "xterm", "screen", "tmux", "rxvt", "vt220", "ansi", "cygwin")


_THEME_FIELDS = frozenset({"base", "text"})
"""Tokens that a theme has a field for: `$background` and `$foreground` in style sheets."""


def names() -> list[str]:
    """Return the names of our palettes, the default first."""
    return list(TOKENS)


def choose(env: Mapping[str, str]) -> str:
    """Choose the palette for a terminal.

    Args:
        env: The environment; `NO_COLOR` (any value that is not empty, as
            no-color.org asks), `COLORTERM` and `TERM` are read.

    Returns:
        Name of a palette: without colour for `NO_COLOR` and terminals that
        have none, 16 colours for terminals that promise no more.
    """
    term = env.get("TERM", "")
    if env.get("NO_COLOR") or term in {"dumb", "vt100", "vt102", "unknown"}:
        return MONO
    if env.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or "256" in term or "direct" in term:
        return DARK
    if term in _FEW_COLOURS or term.endswith(("-16color", "-color")):
        return ANSI16
    return DARK


def wants_ansi(name: str) -> bool:
    """Say whether a palette needs `App(ansi_color=True)` to stay as it is.

    Without it Textual turns the terminal's own colours into RGB, and under
    `NO_COLOR` into black on black.
    """
    return name in ANSI


def variable_defaults() -> dict[str, str]:
    """Return our variables, for `App.get_theme_variable_defaults`.

    With them every built-in theme of Textual can be used: our tokens then
    have the values of the default palette.
    """
    return _variables(DARK)


def register(app: App[Any]) -> None:
    """Register every palette as a theme of an app."""
    for name in TOKENS:
        app.register_theme(theme(name))


def theme(name: str) -> Theme:
    """Make the Textual theme of a palette.

    Args:
        name: One of `names()`.

    Returns:
        A theme with all our variables.

    Raises:
        KeyError: There is no such palette.
    """
    from textual.theme import Theme

    tokens = TOKENS[name]
    return Theme(
        name=name,
        primary=tokens["focus"],
        secondary=tokens["bid"],
        accent=tokens["own-bg"],
        warning=tokens["warn"],
        error=tokens["bad"],
        success=tokens["good"],
        foreground=tokens["text"],
        background=tokens["base"],
        surface=tokens["base"],
        panel=tokens["cursor-bg"],
        dark=name not in LIGHTS,
        ansi=name in ANSI,
        variables=_variables(name),
    )


def _variables(name: str) -> dict[str, str]:
    """Name the tokens of a palette as style-sheet variables."""
    tokens = TOKENS[name]
    own = {token: value for token, value in tokens.items() if token not in _THEME_FIELDS}
    return own | {
        "border": tokens["focus"],
        "border-blurred": tokens["rule"],
        "block-cursor-text-style": tokens["cursor-price-style"],
        "block-cursor-background": tokens["cursor-price-bg"],
        "block-cursor-foreground": tokens["cursor-price"],
        "input-cursor-text-style": "reverse" if name == MONO else "none",
        "input-cursor-background": tokens["cursor-price-bg"],
        "input-cursor-foreground": tokens["cursor-price"],
        "ansi-background": tokens["base"],
        "ansi-foreground": tokens["text"],
        "scrollbar": tokens["rule"],
        "scrollbar-background": tokens["base"],
    }
