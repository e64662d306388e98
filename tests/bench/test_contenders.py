from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.bench.contenders import LIMIT, PEERS_PYTHON, Contenders
from tests.bench.goals import GOALS, judged
from tests.bench.levels import streams
from tests.bench.main import names
from tests.bench.native import LeftOut, build
from tests.bench.stream import recorded

MESSAGES = 30


def test_the_level_3_messages_are_those_of_the_benchmark() -> None:
    first, updates = recorded(MESSAGES)
    assert streams(MESSAGES).l3 == [first, *updates]


def test_who_cannot_be_measured_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PEERS_PYTHON, "")
    with Contenders.playing(MESSAGES) as (others, _):
        others.one_round()
    figures = others.figures([10.0])
    assert others.left_out["peers"] == f"set {PEERS_PYTHON} to an interpreter that has them"
    assert figures["left_out"] == others.left_out
    assert LIMIT in others.us or "cc" in others.left_out[LIMIT]


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PEERS_PYTHON, sys.executable)
    with Contenders.playing(MESSAGES) as (others, _):
        pass
    assert others.left_out["cryptofeed"] == "cryptofeed is not installed"


def test_a_program_is_left_out_where_there_is_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LeftOut, match="no C compiler"):
        build("book_limit", tmp_path)


def test_a_goal_says_whether_it_was_met_missed_or_not_measured() -> None:
    lines = judged("book", {"verify_ratio": 1.5, "ccxt_ratio": 2.0})
    assert "P1 verify_ratio, at most 1.8: 1.5 met" in lines
    assert "P1 ccxt_ratio, at least 3.5: 2.0 MISSED" in lines
    assert "P1 to_c_limit, at most 10: not measured" in lines


def test_the_goals_are_of_benchmarks_that_there_are() -> None:
    assert GOALS.keys() <= set(names())
