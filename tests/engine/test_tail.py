"""Following a file and a pipe: whole lines once, whatever is done to the file meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine.tail import MOST_BYTES, Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signals"


@pytest.fixture
def tail(path: Path) -> Iterator[Tail]:
    tail = Tail(path)
    yield tail
    tail.close()


def write(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
    path.chmod(0o600)


def read(tail: Tail, polls: int = 6) -> list[str]:
    """Lines, and faults in brackets."""
    found = [one for _ in range(polls) for one in tail.poll()]
    return [f"[{one.fault}]" if one.fault else one.text for one in found]


def test_what_was_there_before_is_old(tail: Tail, path: Path) -> None:
    write(path, b"old\nunfinished")
    assert read(tail) == []
    write(path, b" rest\nnew\n")
    assert read(tail) == ["new"], "the rest of an old line is no line"


def test_a_file_that_appears_later_is_read_from_its_beginning(tail: Tail, path: Path) -> None:
    assert read(tail) == []
    write(path, b"one\n\xc3\xa4\r\n")
    assert read(tail) == ["one", "ä"]


def test_a_line_counts_when_it_is_whole(tail: Tail, path: Path) -> None:
    read(tail)
    write(path, b"buy 0.")
    assert read(tail) == []
    write(path, b"01 BTC/USD\ncan")
    assert read(tail) == ["buy 0.01 BTC/USD"]
    write(path, b"cel all\n")
    assert read(tail) == ["cancel all"]


def test_rotation_loses_and_repeats_nothing(tail: Tail, path: Path) -> None:
    read(tail)
    write(path, b"one\n")
    assert read(tail) == ["one"]
    write(path, b"two\n")
    path.rename(path.with_suffix(".1"))
    write(path.with_suffix(".1"), b"three\n")
    write(path, b"four\n")
    assert read(tail) == ["two", "three", "four"]


def test_a_line_without_an_end_is_not_joined_with_the_next_file(tail: Tail, path: Path) -> None:
    read(tail)
    write(path, b"one\nbuy 1")
    read(tail)
    path.rename(path.with_suffix(".1"))
    write(path, b"0 BTC/USD\n")
    assert read(tail) == ["[the line has no end]", "0 BTC/USD"]


def test_a_truncated_file_begins_anew(tail: Tail, path: Path) -> None:
    read(tail)
    write(path, b"one long line\n")
    assert read(tail) == ["one long line"]
    os.truncate(path, 0)
    write(path, b"two\n")
    assert read(tail) == ["two"]


@pytest.mark.parametrize("how", ["replaced", "rewritten shorter"])
def test_a_copy_of_what_was_read_is_not_given_out_again(tail: Tail, path: Path, how: str) -> None:
    read(tail)
    write(path, b"one\ntwo\nthree\n")
    assert read(tail) == ["one", "two", "three"]
    if how == "replaced":
        copy = path.with_suffix(".new")
        write(copy, b"one\ntwo\nthree\nfour\n")
        copy.rename(path)
    else:
        path.write_bytes(b"one\ntwo\n")
    [fault] = read(tail)
    assert "taken for a copy" in fault
    write(path, b"five\n")
    assert read(tail) == ["five"]


def test_a_huge_line_is_passed_over_and_the_next_is_read(tail: Tail, path: Path) -> None:
    read(tail)
    write(path, b"x" * (MOST_BYTES * 12) + b"\nnext\n")
    assert read(tail) == [f"[the line is longer than {MOST_BYTES} bytes]", "next"]


def test_garbage_is_told_from_text(tail: Tail, path: Path) -> None:
    read(tail)
    write(path, b"\xff\xfe\x00\n\nnext\n")
    assert read(tail) == ["[the line is not UTF-8 text]", "", "next"]


@pytest.mark.parametrize(
    ("mode", "words"), [(0o620, "written by other users"), (0o602, "written by other users"), (0o600, "")]
)
def test_a_file_that_others_may_write_is_not_read(tail: Tail, path: Path, mode: int, words: str) -> None:
    read(tail)
    write(path, b"one\n")
    path.chmod(mode)
    assert read(tail) == ([] if words else ["one"])
    assert words in tail.trouble


def test_a_mode_that_changes_later_counts_too(tail: Tail, path: Path) -> None:
    read(tail)
    write(path, b"one\n")
    assert read(tail) == ["one"]
    with path.open("ab") as file:
        path.chmod(0o666)
        file.write(b"evil\n")
    assert read(tail) == []
    assert "chmod" in tail.trouble
    path.chmod(0o600)
    assert "taken for a copy" in read(tail)[0], "what came meanwhile is of nobody knows whom"
    assert not tail.trouble


def test_links_directories_and_open_places_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    write(target, b"")
    link = tmp_path / "link"
    link.symlink_to(target)
    wide = tmp_path / "wide"
    wide.mkdir(0o777)
    wide.chmod(0o777)
    write(wide / "file", b"")
    for path, words in ((link, "link"), (tmp_path, "neither"), (wide / "file", "directory")):
        tail = Tail(path)
        assert read(tail) == []
        assert words in tail.trouble


def test_writers_of_a_pipe_come_and_go(tail: Tail, path: Path) -> None:
    os.mkfifo(path, 0o600)
    assert read(tail) == []
    for text in (b"one\ntw", b"three\n"):
        writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        os.write(writer, text)
        read_now = read(tail)
        os.close(writer)
        if text.startswith(b"one"):
            assert read_now == ["one"]
            assert read(tail) == ["[the line has no end]"], "not joined with what the next writer says"
        else:
            assert read_now == ["three"]
