"""The command line: what was typed, which role answers it, and with what exit code.

Importing this module is cheap on purpose: no textual, no polars, no sockets.
A role is imported when it is called, and what textual reads from the
environment at its import is set before that (`textual-craft.md` §3.7).

Exit codes, for every command:

| code | means |
|---|---|
| 0 | done; for `do`: the venue accepted it |
| 1 | refused; a check failed (`replay --headless`, `doctor`) |
| 2 | `do` only: the outcome is not known yet; ask with `quarterdeck status`, do not send it again |
| 64 | the command line or a typed command is wrong |
| 65 | a file or a message does not hold what it must |
| 69 | something needed is not there: a port, an engine, a host, a file |
| 70 | a defect of Quarterdeck; the log has the details |
| 78 | the configuration or a key file is wrong |
| 130 | interrupted with Ctrl+C |
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app import __version__
from app.arguments import build_parser
from app.errors import QuarterdeckError, UnavailableError

EXIT_OK = 0
EXIT_REFUSED = 1
EXIT_UNKNOWN = 2
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130

PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Role:
    """Who answers a command.

    Attributes:
        module: Imported when the command is called, not before.
        function: Its function; takes the parsed arguments (or, for a raw
            role, the words after the command) and returns an exit code or None.
        screen: It opens a full-screen terminal.
    """

    module: str
    function: str
    screen: bool = False


ROLES: dict[str, Role] = {
    PRACTICE: Role("app.bootstrap.sessions", "practice", screen=True),
    "live": Role("app.bootstrap.sessions", "live", screen=True),
    "attach": Role("app.bootstrap.sessions", "attach", screen=True),
    "status": Role("app.bootstrap.scripts", "status"),
    "stop": Role("app.bootstrap.scripts", "stop"),
    "do": Role("app.bootstrap.scripts", "do"),
    "record": Role("app.bootstrap.recording", "record"),
    "replay": Role("app.bootstrap.replaying", "replay_screen", screen=True),
    "replay --headless": Role("app.replay", "run_headless"),
    "report": Role("app.analytics.report", "run"),
    "bench": Role("tests.bench.main", "run"),
    "doctor": Role("app.doctor", "run"),
    "keys": Role("app.reports", "print_keys"),
    "config": Role("app.reports", "print_config"),
}

RAW_ROLES: dict[str, Role] = {
    # These read their own words: the venue is a program of its own, and `_engine` is how bootstrap starts an engine.
    "venue": Role("app.venue.main", "run"),
    "_engine": Role("app.bootstrap.engine_process", "engine_main"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The words after the program's name; None takes the process's own.

    Returns:
        The exit code, as in the table above. Errors go to standard error as one line.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(words, own_process=argv is None)
        sys.stdout.flush()  # here, where a reader that went away can still be dealt with
        return code
    except QuarterdeckError as error:
        return _complain(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _complain("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback with locals reaches a terminal
        return _complain(_report_defect(error), EXIT_INTERNAL)


def _dispatch(words: list[str], *, own_process: bool) -> int:
    if words and words[0] in RAW_ROLES:
        _guard(own_process)
        return _code(_load(RAW_ROLES[words[0]])(words[1:]))
    args = build_parser().parse_args(words)
    if args.version:
        sys.stdout.write(f"quarterdeck {__version__}\n")
        return EXIT_OK
    command = args.command or PRACTICE
    if command in ROLES and ROLES[command].screen and sys.stdout.isatty():
        # Something is on the terminal before anything heavy is imported.
        sys.stdout.write(f"quarterdeck {__version__}\r\n")
        sys.stdout.flush()
    _guard(own_process)
    if command == "replay" and args.headless:
        return _code(_load(ROLES["replay --headless"])(args.file))
    if command == "bench":
        _check_bench()
        told = [f"--{name}" for name in ("json", "against") if getattr(args, name)]
        return _code(_load(ROLES["bench"])([*args.names, *told]))
    role = ROLES[command]
    if role.screen:
        from app.terminal_env import prepare_terminal

        _check_own_tree()
        prepare_terminal(args)
    return _code(_load(role)(args))


def _guard(own_process: bool) -> None:
    """Send errors that nobody handles to the log, unless the process belongs to another program."""
    if own_process:
        from app.logs import guard_process

        guard_process()


def _check_bench() -> None:
    """Say what is missing where only the program itself is installed.

    Raises:
        UnavailableError: The packages of the benchmarks are not there.
    """
    if importlib.util.find_spec("sortedcontainers") is None:
        raise UnavailableError("the benchmarks need the development packages", "run `make bench` once")


def _load(role: Role) -> Callable[..., int | None]:
    """Import a role.

    Raises:
        UnavailableError: It is not part of this installation.
    """
    try:
        module = importlib.import_module(role.module)
    except ModuleNotFoundError as error:
        if error.name and (role.module == error.name or role.module.startswith(f"{error.name}.")):
            raise UnavailableError(
                f"{role.module} is not part of this installation", "run it from a checkout of the repository"
            ) from None
        raise
    function: Callable[..., int | None] = getattr(module, role.function)
    return function


def _code(result: int | None) -> int:
    return EXIT_OK if result is None else int(result)


def _check_own_tree() -> None:
    """Refuse to run with someone else's `widgets` or `themes`.

    Both are common names; in a shared environment another package may own them.

    Raises:
        UnavailableError: One of them resolves outside the tree that holds this file.
    """
    import importlib.util
    from pathlib import Path

    root = Path(__file__).resolve().parent.parent
    for name in ("widgets", "themes"):
        spec = importlib.util.find_spec(name)
        places = list(spec.submodule_search_locations or []) if spec else []
        if root / name not in (Path(place).resolve() for place in places[:1]):
            found = places[0] if places else "nowhere"
            raise UnavailableError(
                f"the package {name!r} was found at {found}, not beside {root / 'app'}",
                "install Quarterdeck into an environment of its own: pipx install, uv tool install, or make demo",
            )


def _complain(text: str, code: int) -> int:
    line = " ".join(text.split())
    sys.stderr.write(f"quarterdeck: {line}\n")
    return code


def _report_defect(error: Exception) -> str:
    """Write the traceback, without local variables, to the log and name the place."""
    from app import logs

    where = logs.record_defect(error)
    return f"internal error: {type(error).__name__}: the details are in {where}; please report it"
