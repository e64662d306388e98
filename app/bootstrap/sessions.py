"""Commands that open a screen: practice, live, attach."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from pathlib import Path

from app import logs
from app.bootstrap.brief import EngineBrief, KeyBrief, pack_key
from app.bootstrap.processes import await_engine, await_venue, begin_engine, begin_venue
from app.bootstrap.scripts import running_profile
from app.config_file import load, profile_named
from app.credentials import load_key
from app.errors import UnavailableError, UsageError
from app.link.client import LinkClient
from app.link.server import engine_answers
from app.paths import Paths, private_dir
from app.profiles import check_hosts
from app.settings import KeySource, Settings
from app.terminal_env import over_ssh

PRACTICE = "practice"


def practice(args: argparse.Namespace) -> int:
    """Open a practice session: venue, engine, screen.

    A practice engine that still runs is attached to instead.

    Args:
        args: The command line: `seed`, `pairs`, `symbol` and the common options.

    Returns:
        Exit code.
    """
    paths, settings = begin()
    check_theme(args, settings)
    name = args.profile or PRACTICE
    profile_named(settings, name)
    if not engine_answers(paths.socket(name)):
        _splash("starting the local venue and the engine …")
        truth = paths.truth_log(name)
        private_dir(truth.parent)
        words = ["--truth", str(truth)]
        _put_aside(paths.journal(name))
        if args.seed is not None:
            words += ["--seed", str(args.seed)]
        if args.pairs is not None:
            words += ["--pairs", str(args.pairs)]
        _start_practice(paths, words, name, args.symbol or "")
    return open_screen(paths, settings, name, args)


def _start_practice(paths: Paths, words: list[str], name: str, symbol: str) -> None:
    """Start venue and engine side by side, and meanwhile import what the screen needs.

    Args:
        paths: Where their logs go.
        words: Options of `quarterdeck venue`.
        name: Profile of the engine.
        symbol: Pair to show first; empty for the default.
    """
    venue = begin_venue(paths, words)
    assert venue.process.stdin is not None
    try:
        engine = begin_engine(paths, venue.process.stdin.fileno())
        try:
            _import_screen()
            ready = await_venue(venue)
        except BaseException:
            engine.give_up()
            raise
        chosen = ready.keys[0]
        key = KeyBrief(chosen.name, chosen.api_key, chosen.api_secret)
        brief = EngineBrief(name, ready.urls(), ready.sessions(chosen), key, symbol=symbol, sole=True)
        await_engine(engine, brief)
    finally:
        # From here on the engine alone keeps the venue alive.
        venue.process.stdin.close()


def live(args: argparse.Namespace) -> int:
    """Open a screen on a profile's engine, started if it does not run.

    Args:
        args: The command line: `profile`, `symbol` and the common options.

    Returns:
        Exit code.
    """
    paths, settings = begin()
    check_theme(args, settings)
    name = args.profile or settings.default_profile
    profile = profile_named(settings, name)
    if not engine_answers(paths.socket(name)):
        key = None
        if profile.key_ref:
            key = load_key(profile.key_ref, settings.keys.get(profile.key_ref, KeySource()), paths)
        check_hosts(profile, key)
        fix_key = None
        if profile.fix.key_ref:
            fix_key = load_key(profile.fix.key_ref, settings.keys.get(profile.fix.key_ref, KeySource()), paths)
        _splash(f"starting the engine of profile {name} …")
        brief = EngineBrief(name, key=pack_key(key), fix_key=pack_key(fix_key), symbol=args.symbol or "")
        engine = begin_engine(paths)
        _import_screen()
        await_engine(engine, brief)
    return open_screen(paths, settings, name, args)


def attach(args: argparse.Namespace) -> int:
    """Open another screen on a running engine.

    Args:
        args: The command line: `profile` and the common options.

    Returns:
        Exit code.

    Raises:
        UnavailableError: No engine runs.
    """
    paths, settings = begin()
    return open_screen(paths, settings, running_profile(paths, settings, args.profile), args)


def begin() -> tuple[Paths, Settings]:
    """Load the settings and send this process's log to its file.

    Raises:
        UnavailableError: There is no terminal to open a screen on.
    """
    paths = Paths.from_environment()
    settings = load(paths).settings
    logs.setup("screen", paths, settings.log_level)
    logs.guard_process()
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise UnavailableError("a screen needs a terminal", "use `quarterdeck do`, `status` or `venue` in scripts")
    return paths, settings


def check_theme(args: argparse.Namespace, settings: Settings) -> None:
    """Refuse a theme that there is not before any process is started.

    Raises:
        UsageError: There is none of that name.
    """
    import themes

    name = args.theme or settings.ui.theme
    if name and name not in themes.names():
        raise UsageError(f"there is no theme {name!r}", f"use one of {', '.join(themes.names())}")


def _put_aside(journal: Path) -> None:
    """Keep the last practice session's journal, but do not recover it: its venue is gone."""
    if journal.exists():
        journal.replace(journal.with_suffix(".last"))


def _import_screen() -> None:
    """Import the screen while other processes start."""
    importlib.import_module("app.screens.app")


def _splash(text: str) -> None:
    """Say what is waited for."""
    sys.stdout.write(f"quarterdeck: {text}\r\n")
    sys.stdout.flush()


def open_screen(paths: Paths, settings: Settings, name: str, args: argparse.Namespace) -> int:
    """Run a screen until the user leaves it.

    Args:
        paths: Where the engine's socket is.
        settings: For theme, keys, frame rate.
        name: Profile of the engine.
        args: The common options of the command line.

    Returns:
        Exit code.
    """
    from app.screens.app import QuarterdeckApp
    from app.screens.options import Left, ScreenOptions

    ui = settings.ui
    fps = args.fps or (ui.fps_ssh if over_ssh() else ui.fps)
    mouse = ui.mouse if args.mouse is None else args.mouse
    options = ScreenOptions(
        name=_terminal_name(),
        symbol=getattr(args, "symbol", None) or "",
        theme=args.theme or ui.theme,
        keymap=ui.keymap,
        fps=fps,
        remembered=paths.preferences,
    )
    app = QuarterdeckApp(LinkClient(paths.socket(name)), options)
    left = app.run(mouse=mouse)
    if left in (Left.DETACHED, Left.SIGNAL):
        with contextlib.suppress(OSError):  # the terminal may be gone: that is why we left
            sys.stdout.write(f"the engine of profile {name} goes on: `quarterdeck attach` comes back, `stop` ends it\n")
    elif left is Left.UNANSWERED:
        raise UnavailableError("the engine did not confirm that it ended", "look with `quarterdeck status`")
    return app.return_code or 0


def _terminal_name() -> str:
    """Return a name for this screen that another one recognises."""
    try:
        return os.ttyname(sys.stdin.fileno()).removeprefix("/dev/")
    except OSError:
        return f"screen {os.getpid()}"
