"""The words of the command line (`architecture.md` §7).

Every role receives one `argparse.Namespace`. The options that any command
takes are always set on it: `profile` (str or None), `theme` (str or None),
`color` (`auto`, `truecolor`, `256`, `16`, `none`), `mouse` (bool), `fps`
(int or None). The others are listed at their command below.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn

from app.errors import UsageError

MAX_FPS = 60
EPILOG = """\
exit codes: 0 done or accepted; 1 refused or a check failed; 2 outcome unknown (do); 64 usage; 65 bad data;
69 something needed is not there; 70 internal error; 78 configuration; 130 interrupted
"""


class _Parser(argparse.ArgumentParser):
    """Answers a mistake with our own one-line error."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"see {self.prog} --help")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line except `venue` and `_engine`, which read their own words."""
    shared = _shared_options(suppress=True)
    parser = _Parser(
        prog="quarterdeck",
        description="A full-screen terminal trading workstation for Kraken. Without a command: a practice session "
        "against the local exchange; it needs no key and no network.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_shared_options(suppress=False)],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument("--seed", type=int, metavar="N", help="practice: seed of the local exchange")
    parser.add_argument("--pairs", type=_positive, metavar="N", help="practice: number of pairs of the local exchange")
    parser.add_argument("--symbol", metavar="BASE/QUOTE", help="practice: symbol to show first")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=help_text, description=help_text, parents=[shared], allow_abbrev=False, epilog=EPILOG
        )

    _add_session_commands(command)
    _add_data_commands(command)
    command("doctor", "check terminal, files, keys, clock and reachability, and say what to mend")
    command("keys", "print the keymap")
    command("config", "print the effective settings, their defaults and where each comes from")
    commands.add_parser("venue", help="run the local exchange alone (see quarterdeck venue --help)", add_help=False)
    return parser


def _add_session_commands(command: Any) -> None:
    live = command("live", "open the screen on a profile's engine; without keys: public data, view only")
    live.add_argument("--symbol", metavar="BASE/QUOTE", default=argparse.SUPPRESS, help="symbol to show first")
    command("attach", "open another screen on a running engine")
    command("status", "print one line about the running engine")
    stop = command("stop", "end the running engine in good order")
    stop.add_argument(
        "--orders", choices=("keep", "cancel"), default="keep", help="what happens to open orders (default: keep)"
    )
    do = command("do", "run one command of the : grammar through the running engine and print one JSON line")
    do.add_argument("text", metavar='"COMMAND"', help='for example "buy 0.5 BTC/USD @ 64200 post"')
    do.add_argument("--timeout", type=_positive, default=10, metavar="S", help="seconds to wait for the answer")


def _add_data_commands(command: Any) -> None:
    replay = command("replay", "play captured WS v2 frames through the real decoder and book")
    replay.add_argument("file", type=Path, metavar="FILE")
    replay.add_argument("--headless", action="store_true", help="only check it and print one JSON line")
    replay.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X", help="times real time; 0 is as fast as can be"
    )
    record = command("record", "capture inbound raw frames to a file that replay reads")
    record.add_argument("symbols", nargs="*", metavar="BASE/QUOTE", help="default: BTC/USD")
    record.add_argument("--out", type=Path, metavar="FILE", help="default: a new file in the data directory")
    record.add_argument("--depth", type=_positive, default=10, metavar="N", help="book depth (default: 10)")
    record.add_argument("--seconds", type=_positive, metavar="S", help="stop after this time (default: on Ctrl+C)")
    report = command("report", "what the last session traded, by pair")
    report.add_argument("--csv", type=Path, metavar="FILE", help="write every fill to this file too")
    bench = command("bench", "run the benchmarks and print one line each")
    bench.add_argument("names", nargs="*", metavar="NAME")
    bench.add_argument("--json", action="store_true", help="one JSON line each")
    bench.add_argument("--against", action="store_true", help="exit 1 where a ratio is worse than at the last release")


def _shared_options(*, suppress: bool) -> _Parser:
    """Return the options of every command.

    They are accepted before and after the command; the parser after the
    command must not reset what was said before it, so it has no defaults.
    """

    def default(value: object) -> object:
        return argparse.SUPPRESS if suppress else value

    shared = _Parser(add_help=False, allow_abbrev=False)
    group = shared.add_argument_group("options of every command")
    group.add_argument("--profile", metavar="NAME", default=default(None), help="profile of the configuration")
    group.add_argument("--theme", metavar="NAME", default=default(None), help="theme of the screen")
    group.add_argument(
        "--color", choices=("auto", "truecolor", "256", "16", "none"), default=default("auto"), help="colour depth"
    )
    group.add_argument(
        "--no-mouse", dest="mouse", action="store_false", default=default(None), help="leave the mouse to the terminal"
    )
    group.add_argument("--fps", type=_fps, metavar="N", default=default(None), help=f"frames a second, 1 to {MAX_FPS}")
    return shared


def _positive(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return value


def _fps(text: str) -> int:
    value = _positive(text)
    if value > MAX_FPS:
        raise argparse.ArgumentTypeError(f"{text!r} is above {MAX_FPS}")
    return value


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed such as 1, 0.5 or 20")
    return value
