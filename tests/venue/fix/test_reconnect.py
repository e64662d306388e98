"""What lives on between connections: numbers, messages, the rights of the first one (`fix.md` §1.7, §8.1)."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.venue.fix import policies
from app.venue.fix.rules import KRAKEN
from tests.venue.fix.scenario import Script
from tests.venue.fix.test_session import ORDER, gate

LOGON = "> A|98=0|108=30\n< A|34=1"


@pytest.fixture
def script() -> Script:
    """A tester of a gateway that resets only when it is asked to."""
    clock = ManualClock()
    return Script(gate(clock, KRAKEN), clock)


def test_numbers_go_on_after_a_cut_and_reports_are_replayed(script: Script) -> None:
    script.run(f"""
        {LOGON}
        > D|{ORDER % 1}
        < D|34=2
        cut
        connect
        > A|34=3|98=0|108=30
        < A|34=3
        > 2|7=2|16=0
        < D|34=2|43=Y|11=1
        < 4|34=3|43=Y|123=Y|36=4
        > 1|34=5|112=x
        < 0|34=4|112=x
    """)


def test_what_is_said_while_nobody_listens_waits_for_a_replay(script: Script) -> None:
    script.run(f"{LOGON}\ncut")
    (peer,) = script.gate.peers.values()
    peer.send("8", ((11, "7"),))
    script.run("""
        connect
        > A|34=2|98=0|108=30
        < A|34=3
        > 2|34=3|7=2|16=2
        < 8|34=2|43=Y|11=7
    """)


def test_a_client_that_lost_messages_is_asked_for_them(script: Script) -> None:
    script.run(f"{LOGON}\ncut\nconnect\n> A|34=9|98=0|108=30\n< A|34=2\n< 2|34=3|7=2|16=0")


def test_a_logon_below_the_expected_number_is_told_so(script: Script) -> None:
    script.run(f"{LOGON}\n> 0\ncut\nconnect\n> A|34=1|98=0|108=30\n< 5|58~too low, expecting 3 but received 1\nclosed")


def test_a_reset_at_logon_starts_both_sides_at_one(script: Script) -> None:
    script.run(f"""
        {LOGON}
        > D|{ORDER % 1}
        < D|34=2
        cut
        connect
        > A|34=1|98=0|108=30|141=Y
        < A|34=1|141=Y
        > 2|34=2|7=1|16=0
        < 4|34=1|36=2
    """)


def test_a_second_connection_is_dropped_silently_and_the_first_lives(script: Script) -> None:
    script.run(LOGON)
    other = Script(script.gate, script.clock)
    other.run("> A|34=2|98=0|108=30\nclosed")
    script.run("> 1|34=2|112=x\n< 0|34=2|112=x")


def test_or_takes_its_place_by_the_switch(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "EVICT_ON_DUPLICATE_LOGON", True)
    script.run(LOGON)
    other = Script(script.gate, script.clock)
    other.run("> A|34=2|98=0|108=30\n< A|34=2")
    script.run("closed")


def test_bytes_after_our_last_word_are_tolerated(script: Script) -> None:
    script.run(f"{LOGON}\n> 5\n< 5")
    script.run("> A|34=3|98=0|108=30\nraw garbage|\n> 0\nclosed")


def test_a_connection_without_a_logon_is_closed_in_time(script: Script) -> None:
    script.run("+9\nsilence\n+1\nclosed")


def test_too_many_errors_end_the_session(script: Script) -> None:
    script.run(LOGON)
    for _ in range(policies.ERRORS_PER_S):
        script.run("> 0|999=x\n< 3|373=0")
    script.run("> 0|999=x\n< 3\n< 5|58=Too many errors")


def test_few_errors_a_second_do_not(script: Script) -> None:
    script.run(LOGON)
    for _ in range(3):
        for _ in range(policies.ERRORS_PER_S // 2):
            script.run("> 0|999=x\n< 3|373=0")
        script.run("+1")
    script.run("> 1|112=x\n< 0|112=x")
