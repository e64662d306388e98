"""What textual reads from the environment at its import, set before that import.

Explicit options win over the environment, the environment over the
configuration (`textual-craft.md` §3.7).
"""

from __future__ import annotations

import argparse
import os

from app.config_file import load
from app.errors import UnavailableError
from app.paths import Paths

COLOUR_SYSTEMS = {"truecolor": "truecolor", "256": "256", "16": "standard"}
DEAD_TERMINALS = ("dumb", "")


def over_ssh() -> bool:
    """Say whether this terminal is at the far end of an SSH connection."""
    return "SSH_CONNECTION" in os.environ or "SSH_TTY" in os.environ


def prepare_terminal(args: argparse.Namespace) -> None:
    """Set the colour depth, the frame rate and no animations for textual.

    Args:
        args: The parsed command line: `color`, `fps`.

    Raises:
        UnavailableError: The terminal cannot show a full screen.
        ConfigError: The configuration file is wrong.
    """
    if os.environ.get("TERM", "") in DEAD_TERMINALS:
        raise UnavailableError(
            "this terminal cannot show a full screen (TERM is unset or dumb)", "set TERM, for example xterm-256color"
        )
    if args.color == "none":
        os.environ["NO_COLOR"] = "1"
    elif args.color in COLOUR_SYSTEMS:
        os.environ.pop("NO_COLOR", None)
        os.environ["TEXTUAL_COLOR_SYSTEM"] = COLOUR_SYSTEMS[args.color]
    if args.fps is not None:
        os.environ["TEXTUAL_FPS"] = str(args.fps)
    elif over_ssh():
        fps = load(Paths.from_environment()).settings.ui.fps_ssh
        os.environ.setdefault("TEXTUAL_FPS", str(fps))
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
