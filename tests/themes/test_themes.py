from __future__ import annotations

import subprocess
import sys

import pytest
from textual.app import App, ComposeResult
from textual.color import Color

import themes
from tests import quiet as _quiet  # noqa: F401 - replaces how the pilot waits
from themes.palettes import ANSI, ANSI16, BLUE_ORANGE, DARK, MONO, TOKENS
from widgets.ladder import Ladder

TEXT_RATIO = 4.5
"""WCAG 2.1 AA for text."""

PLATES = [
    ("own", "own-bg"),
    ("cursor-price", "cursor-price-bg"),
    ("armed-text", "armed"),
    *[("badge", plate) for plate in ("practice", "public", "real", "view", "stale-plate", "fault-plate")],
]
"""Texts that have a plate of their own."""

ON_BASE = ["text", "strong", "muted", "faint", "title", "bid", "ask", "last", "stale", "good", "warn", "bad"]
GROUNDS = ["base", "spread"]
ON_CURSOR = ["text", "strong", "bid", "ask", "good", "warn", "bad"]


def _ratio(text: str, ground: str) -> float:
    """Return the contrast of two colours by the WCAG formula."""
    high, low = sorted((_luminance(Color.parse(text)), _luminance(Color.parse(ground))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.r / 255, colour.g / 255, colour.b / 255)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


TRUE = [name for name in TOKENS if name not in ANSI]


@pytest.mark.parametrize("name", TRUE)
def test_text_can_be_read_on_every_ground(name: str) -> None:
    tokens = TOKENS[name]
    pairs = [(text, ground) for text in ON_BASE for ground in GROUNDS]
    pairs += [(text, "cursor-bg") for text in ON_CURSOR]
    pairs += [("bid", "bid-bar"), ("ask", "ask-bar"), ("side-text", "bid"), ("side-text", "ask"), *PLATES]
    pairs += [("bid", "bid-mid"), ("ask", "ask-mid"), ("strong", "bid-new"), ("strong", "ask-new")]
    weak = {pair: round(_ratio(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert {pair: value for pair, value in weak.items() if value < TEXT_RATIO} == {}


def test_badges_of_sides_are_dark_on_bright_in_16_colours() -> None:
    tokens = TOKENS[ANSI16]
    assert (tokens["side-text"], tokens["side-style"]) == ("ansi_black", "none")
    assert (tokens["bid"], tokens["ask"]) == ("ansi_bright_blue", "ansi_yellow")


@pytest.mark.parametrize("name", TRUE)
def test_sides_differ_in_blue_and_not_only_in_red_and_green(name: str) -> None:
    bid, ask = Color.parse(TOKENS[name]["bid"]), Color.parse(TOKENS[name]["ask"])
    assert bid.b - ask.b > 80


def test_all_palettes_have_the_same_tokens() -> None:
    assert {frozenset(tokens) for tokens in TOKENS.values()} == {frozenset(TOKENS[DARK])}


@pytest.mark.parametrize("name", sorted(ANSI))
def test_ansi_palettes_name_only_terminal_colours(name: str) -> None:
    colours = {value for token, value in TOKENS[name].items() if not token.endswith("-style")}
    assert all(value.startswith("ansi_") for value in colours)


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, DARK),
        ({"TERM": "tmux-256color"}, DARK),
        ({"TERM": "xterm"}, ANSI16),
        ({"TERM": "linux"}, ANSI16),
        ({"TERM": "screen.xterm-16color"}, ANSI16),
        ({"TERM": "xterm-kitty"}, DARK),
        ({"TERM": "dumb"}, MONO),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, MONO),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, DARK),
        ({}, DARK),
    ],
)
def test_the_palette_fits_the_terminal(env: dict[str, str], name: str) -> None:
    assert themes.choose(env) == name


@pytest.mark.parametrize("name", [*TOKENS, "textual-dark", "nord", "ansi-dark"])
async def test_style_sheets_load_under_every_theme(name: str) -> None:
    class Shown(App[None]):
        CSS_PATH = themes.CSS_PATHS

        def get_theme_variable_defaults(self) -> dict[str, str]:
            return themes.variable_defaults()

        def compose(self) -> ComposeResult:
            yield Ladder(classes="pane")

    app = Shown()
    async with app.run_test(size=(50, 12)) as pilot:
        themes.register(app)
        app.theme = name
        await pilot.pause()
        assert app.current_theme.name == name
        assert app.query_one(Ladder).ink_style("bid").color is not None


def test_choosing_a_palette_loads_no_textual() -> None:
    code = "import sys, themes; themes.choose({}); sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_safe_palette_has_no_green_and_no_red() -> None:
    tokens = TOKENS[BLUE_ORANGE]
    for token in ("good", "bad", "warn", "bid", "ask"):
        colour = Color.parse(tokens[token])
        assert not (colour.g > colour.r + 60 and colour.g > colour.b + 60)
        assert not (colour.r > colour.g + 60 and colour.r > colour.b + 60 and colour.b < 100 and colour.g < 100)
