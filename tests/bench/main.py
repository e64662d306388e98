"""Runs the benchmarks beside this file: each `bench_NAME.py` has a `run()` that returns its figures."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.errors import UsageError
from tests.bench import goals, guard

PREFIX = "bench_"


def names() -> list[str]:
    """Return the benchmarks there are."""
    return sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))


def run(argv: Sequence[str]) -> int:
    """Run benchmarks and print one line each.

    Args:
        argv: Names, none for all; `--json` for a JSON line instead of a
            readable one, `--against` to compare with the last release.

    Returns:
        Exit code: 1 if a figure is worse than at the last release.

    Raises:
        UsageError: There is no benchmark of that name.
    """
    as_json = "--json" in argv
    bounds = guard.read() if "--against" in argv else {}
    wanted = [word for word in argv if word not in {"--json", "--against"}] or names()
    for name in wanted:
        if name not in names():
            raise UsageError(f"there is no benchmark {name!r}", f"known are: {', '.join(names())}")
    worse: list[str] = []
    for name in wanted:
        figures: Mapping[str, object] = {"name": name, **importlib.import_module(f"tests.bench.{PREFIX}{name}").run()}
        met = goals.judged(name, figures)
        text = json.dumps({**figures, "goals": met}) if as_json else "\n  ".join((_readable(figures), *met))
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
        worse += guard.worse(name, figures, bounds.get(name, {}))
    sys.stderr.writelines(f"worse: {line}\n" for line in worse)
    return 1 if worse else 0


def _readable(figures: Mapping[str, object]) -> str:
    return f"{figures['name']}: " + " · ".join(f"{key} {value}" for key, value in figures.items() if key != "name")
