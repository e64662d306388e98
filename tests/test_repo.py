"""Hygiene of the repository: what a reader, a fresh machine and a mirror rely on."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import __version__

MAX_LINES = 600
MAX_FILE_BYTES = 1_000_000
CODE = ("app", "widgets", "themes", "tests")

# Written in pieces, so that this file does not find itself.
HOME_PATHS = re.compile("/(?:" + "|".join(["work", "root", "home", "Users"]) + r")/[a-z]\w*[./\w-]*")
INDEX_ADDRESS = re.compile(r"https?://\S*/" + "simple" + r"\b|--(?:extra-)?index-url|--find-links|file:" + "//")


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[Path]:
    """Return the files of the repository, from git or, in an archive, from the tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
    return [path for top in CODE for path in (root / top).rglob("*") if path.is_file()]


def texts(tracked: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in tracked:
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def python(root: Path, *tops: str) -> Iterator[Path]:
    for top in tops:
        yield from sorted((root / top).rglob("*.py"))


def pins(root: Path, lock: str) -> set[tuple[str, str]]:
    text = (root / "requirements" / f"{lock}.txt").read_text()
    return set(re.findall(r"^([\w.-]+)(?:\[\S+\])?==([^\s;]+)", text, re.MULTILINE))


def test_no_path_of_a_machine_is_written_down(tracked: list[Path]) -> None:
    found = [
        f"{path}: {hit[0]}"
        for path, text in texts(tracked)
        if path.name != "test_repo.py"
        for hit in HOME_PATHS.finditer(text)
    ]
    assert found == []


def test_no_package_index_is_written_down(tracked: list[Path]) -> None:
    found = [str(path) for path, text in texts(tracked) if path.name != "test_repo.py" and INDEX_ADDRESS.search(text)]
    assert found == []


def test_the_searches_find_what_they_look_for() -> None:
    assert HOME_PATHS.search("/" + "home/someone/x")
    assert INDEX_ADDRESS.search("https://pypi.example/" + "simple")


def test_no_source_file_is_too_long(root: Path) -> None:
    lengths = {str(path): len(path.read_text().splitlines()) for path in python(root, *CODE)}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}
    assert lengths


def test_no_large_file_is_tracked(tracked: list[Path]) -> None:
    assert [str(path) for path in tracked if path.stat().st_size > MAX_FILE_BYTES] == []


@pytest.mark.parametrize("package", ["app/domain", "app/venue/core"])
def test_no_money_is_a_float(root: Path, package: str) -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in python(root, package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and node.id == "float"
    ]
    assert found == []
    assert list(python(root, package))


@pytest.mark.parametrize("lock", ["base", "dev", "interop"])
def test_every_locked_package_is_pinned_and_hashed(root: Path, lock: str) -> None:
    text = (root / "requirements" / f"{lock}.txt").read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry and not entry.startswith("#")]
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize(("lock", "extras"), [("base", ()), ("dev", ("dev",)), ("interop", ("dev", "interop"))])
def test_the_locks_hold_what_the_project_declares(root: Path, lock: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *(d for e in extras for d in project["optional-dependencies"][e])]
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in declared}  # type: ignore[index]
    locked = set(
        re.findall(r"^([\w.-]+)(?:\[\S+\])?==", (root / "requirements" / f"{lock}.txt").read_text(), re.MULTILINE)
    )
    assert names - locked == set()


def test_the_smaller_lock_is_part_of_the_larger(root: Path) -> None:
    assert pins(root, "base") <= pins(root, "dev") <= pins(root, "interop")


def test_the_changelog_knows_the_version(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text or f"## [{__version__}]" in text


def test_every_make_target_is_explained(root: Path) -> None:
    makefile = (root / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    assert phony == set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))
    assert {"demo", "test", "check", "bench", "screenshots", "interop", "clean", "help"} <= phony


def test_the_readme_shows_the_keys_there_are(root: Path) -> None:
    from tests.readme import render

    text = (root / "README.md").read_text()
    assert "| `b` |" in render(text)
    assert render(text) == text, "run make readme"


def test_the_readme_shows_every_exit_code(root: Path) -> None:
    from app import cli, errors

    kinds = [errors.UsageError, errors.DataError, errors.UnavailableError, errors.ConfigError]
    codes = {cli.EXIT_OK, cli.EXIT_REFUSED, cli.EXIT_UNKNOWN, cli.EXIT_INTERNAL, cli.EXIT_INTERRUPTED}
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", (root / "README.md").read_text(), re.MULTILINE)}
    assert told == codes | {kind.exit_code for kind in kinds}


def test_make_reads_its_file_without_complaint(root: Path) -> None:
    done = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "make demo " in done.stdout
