"""What import-linter cannot say: which process loads what, who starts processes, what the venue shares."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

# The key command of the configuration and openssl, which makes the local venue's certificate, are processes too; both
# are short, and over before anything else begins.
MAY_START_PROCESSES = ("app/bootstrap/", "app/cli.py", "app/credentials.py", "app/venue/gateways/tls.py")
STARTERS = {"subprocess", "multiprocessing", "concurrent.futures.process", "pty"}
STARTING_CALLS = {"create_subprocess_exec", "create_subprocess_shell", "fork", "forkpty", "posix_spawn", "popen"}

# The venue shares values with the client, so that both mean the same order; never code that reads the wire.
VENUE_MAY_IMPORT = {"app.venue", "app.domain.instrument", "app.domain.order", "app.domain", "app.clock", "app.errors"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def sources(root: Path, *packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            yield str(path.relative_to(root)), parsed(path)


def test_only_the_composition_root_starts_processes(root: Path) -> None:
    guilty = set()
    for name, tree in sources(root, "app", "widgets", "themes"):
        calls = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if STARTERS & set(imported(tree)) or STARTING_CALLS & calls:
            guilty.add(name)
    assert [name for name in sorted(guilty) if not name.startswith(MAY_START_PROCESSES)] == []
    assert "app/credentials.py" in guilty  # the search finds what is there


def test_the_venue_shares_only_values_with_the_client(root: Path) -> None:
    foreign = {
        (name, module)
        for name, tree in sources(root, "app/venue")
        for module in imported(tree)
        if module.split(".")[0] in {"app", "widgets", "themes"}
        and module not in VENUE_MAY_IMPORT
        and not module.startswith("app.venue.")
    }
    assert foreign == set()


def test_the_wall_clock_is_read_in_one_place(root: Path) -> None:
    readers = {"time", "time_ns", "monotonic", "monotonic_ns", "now", "utcnow", "today"}
    guilty = {
        f"{name}:{node.lineno}"
        for name, tree in sources(root, "app", "widgets", "themes")
        if name != "app/clock.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"time", "datetime", "date"}
        and node.func.attr in readers
    }
    assert guilty == set()


# httpx loads rich by itself where it finds it, so rich is not counted where httpx is needed.
@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("app.bootstrap.scripts", ("textual", "polars", "app.venue", "app.engine")),
        ("app.bootstrap.engine_process", ("textual", "polars", "app.venue", "app.screens")),
        ("app.engine.engine", ("textual", "polars", "app.venue", "app.screens")),
        ("app.venue.main", ("textual", "rich", "polars", "app.protocol", "app.workers", "app.engine", "app.link")),
        ("app.replay", ("textual", "rich", "polars", "app.venue")),
        ("app.link.client", ("textual", "rich", "polars", "app.engine", "app.workers")),
        ("app.domain", ("asyncio", "socket", "ssl", "random", "httpx", "websockets")),
        ("app.screens.trade", ("app.engine", "app.workers", "app.protocol", "app.venue", "polars")),
    ],
)
def test_a_process_loads_only_what_it_needs(root: Path, module: str, forbidden: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print([name for name in {forbidden!r} if name in sys.modules])"
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True, timeout=60)
    assert printed.strip() == "[]"
