"""The palettes as plain data: one value for every token, in every palette.

Sides are blue and orange everywhere, which all common forms of colour
blindness keep apart; letters and position carry the side as well. A token
that ends in `-style` is a text style, every other one a colour. Translucent
colours are not used: ANSI palettes cannot blend them.
"""

from __future__ import annotations

DARK = "quarterdeck-dark"
BLUE_ORANGE = "quarterdeck-blueorange"
LIGHT = "quarterdeck-light"
ANSI16 = "quarterdeck-16"
MONO = "quarterdeck-mono"

PLAIN_STYLES = {
    "strong-style": "bold",
    "muted-style": "none",
    "own-style": "bold",
    "bar-style": "none",
    "bar-mid-style": "none",
    "bar-new-style": "none",
    "best-style": "bold",
    "last-style": "bold",
    "cursor-style": "none",
    "cursor-price-style": "bold",
    "stale-style": "none",
    "badge-style": "bold",
    "side-style": "bold",
    "quiet-badge-style": "none",
    "alarm-style": "bold",
    "warn-style": "none",
    "bad-style": "bold",
    "title-style": "bold",
}
"""Text styles of palettes whose colours do the work."""

_DARK = {
    "base": "#0c1016",
    "text": "#c3cdd8",
    "strong": "#eef3f8",
    "muted": "#8a97a6",
    "faint": "#748191",
    "rule": "#2a3542",
    "focus": "#5f86b3",
    "title": "#a9b8c8",
    "bid": "#71b5ff",
    "ask": "#f4a663",
    "bid-bar": "#143354",
    "ask-bar": "#48290f",
    "bid-mid": "#1c4570",
    "ask-mid": "#633712",
    "bid-new": "#2b66a3",
    "ask-new": "#96541a",
    "spread": "#10161e",
    "own": "#16130a",
    "own-bg": "#e2c66b",
    "last": "#ffffff",
    "cursor-bg": "#22303f",
    "cursor-price": "#0c1016",
    "cursor-price-bg": "#c8d6e5",
    "stale": "#7c8794",
    "good": "#7bc8a4",
    "warn": "#e8c25a",
    "bad": "#ff8b85",
    "badge": "#eef6ff",
    "side-text": "#0c1016",
    "practice": "#1f5f54",
    "public": "#2f4f74",
    "real": "#a3262a",
    "armed": "#f0b429",
    "armed-line": "#8f7424",
    "armed-text": "#171002",
    "view": "#2a3542",
    "stale-plate": "#6b4e0c",
    "fault-plate": "#7d1f28",
}

_BLUE_ORANGE = _DARK | {
    "base": "#000000",
    "text": "#e6e6e6",
    "strong": "#ffffff",
    "muted": "#b4b4b4",
    "faint": "#969696",
    "rule": "#4a4a4a",
    "focus": "#56b4e9",
    "title": "#dcdcdc",
    "bid": "#6cc4f5",
    "ask": "#ffb000",
    "bid-bar": "#0a3d63",
    "ask-bar": "#553600",
    "bid-mid": "#0d4d7c",
    "ask-mid": "#6a4400",
    "bid-new": "#1a6aa5",
    "ask-new": "#8a5a00",
    "spread": "#0d0d0d",
    "own": "#000000",
    "own-bg": "#f0e442",
    "cursor-bg": "#2d2d2d",
    "cursor-price": "#000000",
    "cursor-price-bg": "#ffffff",
    "stale": "#9a9a9a",
    "good": "#8fd6ff",
    "warn": "#f0e442",
    "bad": "#ff9ecb",
    "badge": "#ffffff",
    "side-text": "#000000",
    "practice": "#00496f",
    "public": "#3c3c3c",
    "real": "#8a1456",
    "armed": "#f0e442",
    "armed-line": "#8f8420",
    "armed-text": "#000000",
    "view": "#3a3a3a",
    "stale-plate": "#5c4a00",
    "fault-plate": "#8a1456",
}

_LIGHT = _DARK | {
    "base": "#fbfaf7",
    "side-text": "#fbfaf7",
    "text": "#2b3440",
    "strong": "#0b1118",
    "muted": "#5a6572",
    "faint": "#656f7b",
    "rule": "#cfd3d8",
    "focus": "#3f6ea5",
    "title": "#3d4957",
    "bid": "#0b5cad",
    "ask": "#a04c00",
    "bid-bar": "#d5e7fb",
    "ask-bar": "#fce3c8",
    "bid-mid": "#c3dcf8",
    "ask-mid": "#fbdcba",
    "bid-new": "#8fbef0",
    "ask-new": "#f3b878",
    "spread": "#f3f1ec",
    "own": "#201a00",
    "own-bg": "#f2cf52",
    "last": "#000000",
    "cursor-bg": "#e4e9ef",
    "cursor-price": "#ffffff",
    "cursor-price-bg": "#2b3440",
    "stale": "#666e78",
    "good": "#1c6b4a",
    "warn": "#7a5500",
    "bad": "#b3202b",
    "practice": "#1f5f54",
    "public": "#2f4f74",
    "real": "#a3262a",
    "armed": "#f0b429",
    "armed-line": "#b98a1a",
    "armed-text": "#171002",
    "view": "#4b5866",
    "stale-plate": "#6b4e0c",
    "fault-plate": "#7d1f28",
}

_ANSI16 = {
    "base": "ansi_default",
    "text": "ansi_default",
    "strong": "ansi_default",
    "muted": "ansi_default",
    "faint": "ansi_default",
    "rule": "ansi_default",
    "focus": "ansi_bright_cyan",
    "title": "ansi_default",
    "bid": "ansi_bright_blue",
    "ask": "ansi_yellow",
    "bid-bar": "ansi_default",
    "ask-bar": "ansi_default",
    "bid-mid": "ansi_default",
    "ask-mid": "ansi_default",
    "bid-new": "ansi_default",
    "ask-new": "ansi_default",
    "spread": "ansi_default",
    "own": "ansi_black",
    "own-bg": "ansi_bright_yellow",
    "last": "ansi_bright_white",
    "cursor-bg": "ansi_default",
    "cursor-price": "ansi_black",
    "cursor-price-bg": "ansi_white",
    "stale": "ansi_default",
    "good": "ansi_bright_green",
    "warn": "ansi_bright_yellow",
    "bad": "ansi_bright_red",
    "badge": "ansi_bright_white",
    "side-text": "ansi_black",
    "practice": "ansi_blue",
    "public": "ansi_blue",
    "real": "ansi_red",
    "armed": "ansi_bright_yellow",
    "armed-line": "ansi_yellow",
    "armed-text": "ansi_black",
    "view": "ansi_default",
    "stale-plate": "ansi_red",
    "fault-plate": "ansi_red",
}

_ANSI16_STYLES = PLAIN_STYLES | {
    "muted-style": "dim",
    "bar-style": "underline",
    "bar-mid-style": "bold underline",
    "bar-new-style": "dim reverse",
    "stale-style": "dim",
    "cursor-style": "bold",
    "last-style": "bold",
    "side-style": "none",  # many terminals turn bold black into grey
    "own-style": "none",
    "quiet-badge-style": "dim reverse",
}

_MONO = dict.fromkeys(_ANSI16, "ansi_default")

_MONO_STYLES = {
    "strong-style": "bold",
    "muted-style": "dim",
    "own-style": "reverse",
    "bar-style": "underline",
    "bar-mid-style": "bold underline",
    "bar-new-style": "dim underline",
    "best-style": "bold",
    "last-style": "bold",
    "cursor-style": "bold",
    "cursor-price-style": "bold reverse",
    "stale-style": "dim",
    "badge-style": "bold reverse",
    "side-style": "bold reverse",
    "quiet-badge-style": "dim reverse",
    "alarm-style": "bold reverse",
    "warn-style": "bold",
    "bad-style": "bold underline",
    "title-style": "bold",
}

TOKENS: dict[str, dict[str, str]] = {
    DARK: _DARK | PLAIN_STYLES,
    BLUE_ORANGE: _BLUE_ORANGE | PLAIN_STYLES,
    LIGHT: _LIGHT | PLAIN_STYLES,
    ANSI16: _ANSI16 | _ANSI16_STYLES,
    MONO: _MONO | _MONO_STYLES,
}
"""Every palette by name; all have the same tokens."""

ANSI = frozenset({ANSI16, MONO})
"""Palettes in the terminal's own colours."""

LIGHTS = frozenset({LIGHT})
"""Palettes with a light ground."""
