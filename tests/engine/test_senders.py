"""Every order crosses the gate: who may call what, read off the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHANGES = {"add_order", "amend_order", "add_batch", "edit_order"}
ENGINE = Path("app/engine")
COMMANDS = "app/engine/commands.py"


@cache
def functions(root: Path) -> tuple[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef], ...]:
    """All functions of the client, with their files; the venue is not a client."""
    return tuple(_functions(root))


def _functions(root: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in sorted((root / "app").rglob("*.py")):
        if "venue" in path.relative_to(root / "app").parts[:1]:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path.relative_to(root).as_posix(), node


def calls(node: ast.AST) -> list[str]:
    """Dotted texts of what a function calls, in the order of the source."""
    found = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    return [ast.unparse(one.func) for one in sorted(found, key=lambda one: (one.lineno, one.col_offset))]


def test_only_order_entry_asks_a_venue_for_orders(root: Path) -> None:
    senders = {
        (path, node.name, name)
        for path, node in functions(root)
        for name in calls(node)
        if name.rpartition(".")[2] in CHANGES and name.rpartition(".")[0].endswith("venue")
    }
    assert senders == {
        ("app/engine/batches.py", "place", "self._venue.add_batch"),
        ("app/engine/entry.py", "ask", "self._venue.add_order"),
        ("app/engine/entry.py", "place", "self._venue.add_order"),
        ("app/engine/entry.py", "amend", "self._venue.amend_order"),
        ("app/engine/entry.py", "edit", "self._venue.edit_order"),
    }


def test_nothing_else_reaches_the_wire_below_the_venue_face(root: Path) -> None:
    """`OrderDesk` and the encoders are reached through `Venue` alone."""
    desks = {(path, name) for path, node in functions(root) for name in calls(node) if name.startswith("self._desk.")}
    assert {path for path, name in desks if name in {"self._desk.add", "self._desk.amend"}} == {"app/workers/feed.py"}
    encoders = {
        path
        for path, node in functions(root)
        for name in calls(node)
        if name.rpartition(".")[2] in CHANGES and name.rpartition(".")[0].endswith("requests")
    }
    assert encoders == {"app/workers/orders.py"}


def behind(root: Path, path: str, node: ast.FunctionDef | ast.AsyncFunctionDef, entry: str) -> list[str]:
    """What a function calls before it reaches order entry, its own helpers unfolded."""
    helpers = {one.name: one for where, one in functions(root) if where == path}
    found: list[str] = []
    for name in calls(node):
        if name.endswith(f"entry.{entry}"):
            return found
        found.append(name)
        helper = helpers.get(name.removeprefix("self."))
        found += calls(helper) if helper is not None and name.startswith("self.") else []
    raise AssertionError(f"{path} {node.name} never calls {entry}")


@pytest.mark.parametrize(("entry", "check"), [("place", "check"), ("amend", "check_amend"), ("edit", "check_edit")])
def test_whoever_calls_order_entry_asked_the_gate_first(root: Path, entry: str, check: str) -> None:
    found = [
        (path, node) for path, node in functions(root) if any(name.endswith(f"entry.{entry}") for name in calls(node))
    ]
    assert {(path, node.name) for path, node in found} == {("app/engine/submit.py", entry)}
    for path, node in found:
        before = [name.rpartition(".")[2] for name in behind(root, path, node, entry)]
        assert check in before, (path, node.name)
        assert "blocked" in before, (path, node.name)


def test_a_batch_is_judged_leg_by_leg_before_it_goes_out(root: Path) -> None:
    senders = [(path, node) for path, node in functions(root) if "self._batches.place" in calls(node)]
    assert [(path, node.name) for path, node in senders] == [("app/engine/trading.py", "batch")]
    before = calls(senders[0][1])
    assert before.index("self.submitter.judge_batch") < before.index("self._batches.place")


def test_questions_to_the_venue_are_judged_too(root: Path) -> None:
    senders = [(path, node) for path, node in functions(root) if "self._entry.ask" in calls(node)]
    assert [(path, node.name) for path, node in senders] == [("app/engine/submit.py", "place")]
    before = calls(senders[0][1])
    assert before.index("self.judge") < before.index("self._entry.ask")


def test_whatever_trades_asks_first_whether_this_client_may(root: Path) -> None:
    one = next(node for path, node in functions(root) if path == "app/engine/commands.py" and node.name == "_one")
    names = calls(one)
    assert names.index("self._may_trade") < names.index("self._trade")
    callers = [node.name for path, node in functions(root) if "self._trade" in calls(node)]
    assert callers == ["_one"]
    traders = {
        node.name for path, node in functions(root) if any(name.startswith("self.trading.") for name in calls(node))
    }
    harmless = {"_previewed", "_one", "_cancel_all", "_kill"}  # look, control or cancel
    assert traders - harmless == {"_trade", "_on_order", "_flatten", "_close"}
    below = {node.name for path, node in functions(root) if path == COMMANDS and "self._close" in calls(node)}
    assert below == {"_trade", "_flatten"}


def test_the_scan_finds_a_bypass() -> None:
    tree = ast.parse("class A:\n    async def f(self):\n        await self.engine.venue.add_order(1)\n")
    assert "self.engine.venue.add_order" in calls(tree)
