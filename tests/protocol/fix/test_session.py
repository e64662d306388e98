"""The session cases of the FIX Trading Community (`fix.md` §8.1), mirrored: the peer is the venue."""

from __future__ import annotations

import pytest

from app.clock import NS_PER_S
from app.protocol.fix.events import (
    Echo,
    End,
    Ended,
    GapFound,
    GapRepaired,
    GarbledBytes,
    LoggedOn,
    Notice,
    NotResent,
    State,
)
from app.protocol.fix.times import utc_text
from tests.protocol.fix.peer import START_NS, Script, report


def test_1b_ab_the_first_message_is_a_signed_logon() -> None:
    script = Script()
    (logon,) = script.out()
    assert [logon[tag] for tag in (8, 35, 34, 49, 56, 98, 108, 141, 554)] == [
        "FIX.4.4", "A", "1", "CLIENT", "KRAKEN-TRD", "0", "30", "Y", "signed 1",
    ]  # fmt: skip
    assert script.session.state is State.LOGGING_ON
    script.say("A", 1, (98, 0), (108, 30), (141, "Y"))
    assert script.session.ready
    assert script.events == [LoggedOn(reset=True)]
    assert (script.store.next_in, script.store.next_out) == (2, 2)


def test_1b_c_a_logon_ahead_of_the_numbers_is_taken_and_the_gap_asked_for() -> None:
    script = Script(next_in=5, next_out=9, reset=False)
    script.say("A", 8, (98, 0), (108, 30))
    logon, ask = script.out()
    assert logon[34] == "9"
    assert (ask[35], ask[34], ask[7], ask[16]) == ("2", "10", "5", "0")
    assert not script.session.ready
    assert script.session.state is State.FILLING
    script.again("8", 5, *report("E5"))
    script.again("4", 6, (123, "Y"), (36, 9))
    assert script.received() == ["8"]
    assert script.session.ready
    assert script.store.next_in == 9
    assert script.events[1:] == [GapFound(5, 7), script.events[2], GapRepaired(5, 7)]


@pytest.mark.parametrize("bad", [((98, 1), (108, 30)), ((98, 0), (108, "soon"))])
def test_1b_d_an_invalid_logon_is_answered_by_a_logout(bad: tuple[tuple[int, object], ...]) -> None:
    script = Script()
    script.out()
    script.say("A", 1, *bad)
    (logout,) = script.out()
    assert logout[35] == "5"
    assert "invalid logon" in logout[58]
    ended = script.ended()
    assert ended is not None
    assert ended.kind is End.FAULT


def test_1b_e_anything_but_a_logon_ends_the_attempt() -> None:
    script = Script()
    script.say("0", 1)
    assert script.ended() == Ended(End.FAULT, "the first message is not a logon")


def test_a_refused_logon_tells_why() -> None:
    script = Script()
    script.say("5", 1, (58, "Logon failed: invalid credentials"))
    assert script.ended() == Ended(End.REFUSED, "Logon failed: invalid credentials")
    script = Script()
    script.say("3", 1, (45, 1), (58, "bad nonce"))
    assert script.ended() == Ended(End.REFUSED, "bad nonce")


def test_numbers_that_are_too_low_for_the_venue_are_for_a_person_to_judge() -> None:
    script = Script(next_in=5, next_out=3, reset=False)
    script.say("5", 5, (58, "MsgSeqNum too low, expecting 9 but received 3"))
    ended = script.ended()
    assert ended is not None
    assert ended.kind is End.TOO_LOW


def test_a_logon_without_an_answer_is_given_up_after_ten_seconds() -> None:
    script = Script()
    script.wait(9.9)
    assert script.ended() is None
    script.wait(0.2)
    assert script.ended() == Ended(End.LOST, "no answer to the logon")


def test_2a_the_expected_number_is_taken() -> None:
    script = Script().logged_on()
    script.say("8", 2, *report("E1"))
    assert script.received() == ["8"]
    assert script.store.next_in == 3


def test_2b_a_number_ahead_is_asked_for_once_and_what_waits_is_taken_in_order() -> None:
    script = Script().logged_on()
    script.say("8", 4, *report("E4"))
    script.say("8", 5, *report("E5"))
    (ask,) = script.out()
    assert (ask[35], ask[7], ask[16]) == ("2", "2", "0")
    assert script.received() == []
    script.again("8", 2, *report("E2"))
    script.again("8", 3, *report("E3"))
    assert [event.message.get("17") for event in script.events if hasattr(event, "message")] == ["E2", "E3", "E4", "E5"]
    assert script.session.ready
    # What the venue sends again although it came by itself is old by now: the owner knows it by its ExecID.
    script.again("8", 4, *report("E4"))
    assert script.store.next_in == 6
    assert script.out() == []


def test_what_came_by_itself_is_taken_when_the_venue_passes_over_it() -> None:
    # QuickFIX fills over reports that it has sent already; they are here, and hold what nobody tells again.
    script = Script().logged_on()
    script.say("8", 4, *report("E4"))
    script.say("8", 6, *report("E6"))
    script.again("4", 2, (123, "Y"), (36, 8))
    assert [event.message.get("17") for event in script.events if hasattr(event, "message")] == ["E4", "E6"]
    assert script.store.next_in == 8
    assert script.session.ready
    assert [event for event in script.events if isinstance(event, GapRepaired)] == [GapRepaired(2, 5)]


def test_a_fill_that_came_too_early_is_carried_out_in_its_turn() -> None:
    script = Script().logged_on()
    script.say("4", 4, (123, "Y"), (36, 7))
    script.say("8", 7, *report("E7"))
    script.again("8", 2, *report("E2"))
    script.again("8", 3, *report("E3"))
    assert script.received() == ["8", "8", "8"]
    assert script.store.next_in == 8
    assert script.session.ready
    assert script.kinds() == ["2"]


def test_a_gap_that_is_not_filled_is_asked_for_again_and_then_given_up() -> None:
    script = Script().logged_on()
    script.say("8", 4, *report("E4"))
    asks = 0
    while script.ended() is None and asks < 10:
        script.say("0", 4 + script.store.next_out)
        script.wait(10)
        asks += script.kinds().count("2")
    assert asks == 3
    ended = script.ended()
    assert ended is not None
    assert ended.kind is End.FAULT


def test_2c_a_number_that_is_too_low_ends_the_session() -> None:
    script = Script().logged_on()
    script.say("8", 1, *report("E1"))
    (logout,) = script.out()
    assert (logout[35], logout[58]) == ("5", "MsgSeqNum too low, expecting 2 but received 1")
    ended = script.ended()
    assert ended is not None
    assert ended.kind is End.TOO_LOW


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.replace(b"\x0117=E1", b"\x0117=E2"),  # 3b: wrong sum
        lambda frame: frame.replace(b"\x019=", b"\x019=1", 1),  # 2m: wrong length
        lambda frame: frame[:-4] + b"9x\x01",  # 3e: the sum is no number
        lambda frame: frame.replace(b"35=8\x0134=2", b"34=2\x0135=8"),  # 2t: type not third
        lambda frame: frame[20:],  # 2d: no beginning
    ],
)
def test_garbled_messages_are_passed_over_and_asked_for_again(change) -> None:  # type: ignore[no-untyped-def]
    script = Script().logged_on()
    script.raw(change(script.encoded("8", 2, *report("E1"))) + script.encoded("0", 3))
    assert any(isinstance(event, GarbledBytes) for event in script.events)
    (ask,) = script.out()
    assert (ask[35], ask[7]) == ("2", "2")
    assert script.ended() is None


def test_2e_a_possible_duplicate_is_counted_once_but_shown_to_the_owner() -> None:
    script = Script().logged_on()
    script.say("8", 2, *report("E1"))
    script.again("8", 2, *report("E1"))
    script.again("0", 2)
    assert script.received() == ["8", "8"]
    assert script.store.next_in == 3
    script.again("8", 3, *report("E2"))
    assert script.store.next_in == 4


def test_2f_an_original_time_after_the_sending_time_ends_the_session() -> None:
    script = Script().logged_on()
    script.say("8", 2, (43, "Y"), (122, utc_text(START_NS + 5 * NS_PER_S)), *report("E1"))
    reject, logout = script.out()
    assert (reject[35], reject[373], reject[45], logout[35]) == ("3", "10", "2", "5")
    assert script.store.next_in == 3


def test_2g_a_duplicate_without_its_original_time_is_rejected() -> None:
    script = Script().logged_on()
    script.say("8", 2, (43, "Y"), *report("E1"))
    (reject,) = script.out()
    assert (reject[35], reject[371], reject[373]) == ("3", "122", "1")
    assert script.store.next_in == 3
    assert script.received() == []


def test_2i_another_version_ends_the_session() -> None:
    script = Script().logged_on()
    script.say("0", 2, begin="FIX.4.1")
    (logout,) = script.out()
    assert (logout[35], logout[58]) == ("5", "Incorrect BeginString")
    assert script.ended() is not None


@pytest.mark.parametrize(("header", "tag"), [({"sender": "X"}, "49"), ({"target": "X"}, "56")])
def test_2k_a_stranger_is_rejected_and_the_session_ended(header: dict[str, str], tag: str) -> None:
    script = Script().logged_on()
    script.say("0", 2, **header)
    reject, logout = script.out()
    assert (reject[373], reject[371], logout[35]) == ("9", tag, "5")
    assert script.store.next_in == 3


@pytest.mark.parametrize("offset_s", [-121, 121])
def test_2o_a_clock_two_minutes_off_ends_the_session(offset_s: int) -> None:
    script = Script().logged_on()
    script.say("0", 2, at=utc_text(START_NS + offset_s * NS_PER_S))
    reject, logout = script.out()
    assert (reject[373], logout[35]) == ("10", "5")


def test_2q_an_undefined_type_is_rejected_and_2r_an_unsupported_one_told_so() -> None:
    script = Script().logged_on()
    script.say("*", 2)
    (reject,) = script.out()
    assert (reject[35], reject[372], reject[373]) == ("3", "*", "11")
    script.say("AE", 3)
    (business,) = script.out()
    assert (business[35], business[372], business[380], business[45]) == ("j", "AE", "3", "3")
    assert script.store.next_in == 4


def test_4a_a_heartbeat_goes_out_in_silence() -> None:
    script = Script(heartbeat_s=30).logged_on()
    script.wait(14.9)
    assert script.kinds() == []
    script.wait(0.2)
    assert script.kinds() == ["0"]


def test_4b_a_test_request_is_answered_with_its_id() -> None:
    script = Script().logged_on()
    script.say("1", 2, (112, "TEST"))
    (beat,) = script.out()
    assert (beat[35], beat[112]) == ("0", "TEST")


def test_6_silence_is_asked_about_and_then_ends_the_link() -> None:
    script = Script(heartbeat_s=10).logged_on()
    script.wait(11.9)
    assert "1" not in script.kinds()
    script.wait(0.2)
    (test,) = [message for message in script.out() if message[35] == "1"]
    script.say("0", 2, (112, test[112]))
    assert script.events == [Echo(test[112])]
    script.wait(12.1)
    assert "1" in script.kinds()
    script.wait(11.8)
    assert script.ended() is None
    script.wait(0.2)
    ended = script.ended()
    assert ended is not None
    assert ended.kind is End.LOST


def test_7_a_reject_counts_and_the_session_goes_on() -> None:
    script = Script().logged_on()
    script.say("3", 2, (45, 1), (58, "no"))
    assert script.received() == ["3"]
    assert script.session.ready


def test_8_a_resend_request_is_filled_and_no_order_is_ever_sent_again() -> None:
    script = Script().logged_on()
    for _ in range(3):
        script.session.send("D", "11=1\x01")
    script.out()
    script.say("2", 2, (7, 2), (16, 0))
    (fill,) = script.out()
    assert [fill[tag] for tag in (35, 34, 43, 123, 36)] == ["4", "2", "Y", "Y", "5"]
    assert 122 in fill
    assert script.events == [NotResent(2, 4)]
    script.say("2", 3, (7, 2), (16, 3))
    (fill,) = script.out()
    assert (fill[34], fill[36]) == ("2", "4")
    assert script.store.next_out == 5
    script.say("2", 4, (7, 9), (16, 0))
    assert script.out() == []


def test_10a_a_fill_ahead_is_asked_for() -> None:
    script = Script().logged_on()
    script.say("4", 5, (123, "Y"), (36, 9))
    (ask,) = script.out()
    assert (ask[35], ask[7]) == ("2", "2")
    assert script.store.next_in == 2


def test_10b_a_fill_moves_the_expected_number() -> None:
    script = Script().logged_on()
    script.say("4", 2, (123, "Y"), (36, 9))
    assert script.store.next_in == 9
    script.say("1", 9, (112, "T"))
    assert script.kinds() == ["0"]


def test_10c_an_old_fill_is_ignored_and_10d_without_its_mark_it_ends_the_session() -> None:
    script = Script(next_in=5, next_out=5, reset=False).logged_on(5)
    script.again("4", 3, (123, "Y"), (36, 4))
    assert script.out() == []
    script.say("4", 3, (123, "Y"), (36, 4))
    (logout,) = script.out()
    assert "too low" in logout[58]


def test_10e_a_fill_backwards_is_rejected() -> None:
    script = Script().logged_on()
    script.say("4", 2, (123, "Y"), (36, 2))
    (reject,) = script.out()
    assert "attempt to lower sequence number" in reject[58]
    assert script.store.next_in == 2


def test_11_a_reset_goes_forward_only() -> None:
    script = Script().logged_on()
    script.say("4", 0, (36, 9))  # absent is no gap fill
    assert script.store.next_in == 9
    assert any(isinstance(event, Notice) and "lost" in event.text for event in script.events)
    script.say("4", 0, (123, "N"), (36, 9))
    assert script.store.next_in == 9
    script.out()
    script.say("4", 0, (123, "N"), (36, 3))
    (reject,) = script.out()
    assert (reject[35], reject[373]) == ("3", "5")
    assert script.store.next_in == 9
    assert script.ended() is None


def test_12_we_log_out_and_wait_for_the_answer() -> None:
    script = Script().logged_on()
    script.session.logout()
    assert script.kinds() == ["5"]
    script.say("5", 2)
    assert script.out() == []  # 13a: nothing more is said
    assert script.ended() == Ended(End.LOGGED_OUT, "logged out")


def test_12_a_logout_without_an_answer_ends_after_two_seconds() -> None:
    script = Script().logged_on()
    script.session.logout()
    script.wait(1.9)
    assert script.ended() is None
    script.wait(0.2)
    assert script.ended() is not None


def test_13b_the_venue_logs_us_out_and_may_take_ten_seconds_to_close() -> None:
    script = Script().logged_on()
    script.say("5", 2, (58, "Session rollover"))
    assert script.kinds() == ["5"]
    assert not script.session.ready
    script.wait(9.9)
    assert script.ended() is None
    script.wait(0.2)
    ended = script.ended()
    assert ended is not None
    assert ended.kind is End.LOGGED_OUT


@pytest.mark.parametrize(
    ("pairs", "tag", "reason"),
    [
        ((*report("E1"), (0, 1)), "0", "0"),  # 14a
        (tuple(pair for pair in report("E1") if pair[0] != 37), "37", "1"),  # 14b
        ((*report("E1"), (58, "")), "58", "4"),  # 14d
        ((*report("E1"), (44, 1)), "44", "13"),  # 14h
    ],
)
def test_14_what_is_wrong_with_a_message_is_named(pairs: tuple[tuple[int, object], ...], tag: str, reason: str) -> None:
    script = Script().logged_on()
    script.say("8", 2, *pairs)
    (reject,) = script.out()
    assert (reject[35], reject[371], reject[373], reject[372]) == ("3", tag, reason, "8")
    assert script.received() == []
    assert script.store.next_in == 3


def test_15_fields_may_come_in_any_order() -> None:
    script = Script().logged_on()
    script.say("8", 2, *reversed(report("E1")))
    assert script.received() == ["8"]


def test_20_both_sides_may_ask_at_once() -> None:
    script = Script().logged_on()
    script.session.send("D", "11=1\x01")
    script.out()
    script.say("2", 5, (7, 2), (16, 0))
    fill, ask = script.out()
    assert (fill[35], fill[34], fill[36]) == ("4", "2", "3")
    assert (ask[35], ask[7]) == ("2", "2")
    script.again("4", 2, (123, "Y"), (36, 6))
    assert script.session.ready
    assert script.store.next_in == 6


def test_the_venue_may_begin_the_numbers_anew_within_the_session() -> None:
    script = Script().logged_on()
    script.say("8", 2, *report("E1"))
    script.say("A", 1, (98, 0), (108, 30), (141, "Y"))
    (logon,) = script.out()
    assert (logon[35], logon[34], logon[141], logon[554]) == ("A", "1", "Y", "signed 1")
    assert (script.store.next_in, script.store.next_out) == (2, 2)
    assert script.session.ready


def test_we_may_begin_the_numbers_anew_within_the_session() -> None:
    script = Script().logged_on()
    script.session.send("D", "11=1\x01")
    script.out()
    script.session.restart_numbers()
    (logon,) = script.out()
    assert (logon[34], logon[141]) == ("1", "Y")
    script.say("A", 1, (98, 0), (108, 30), (141, "Y"))
    assert script.out() == []
    assert (script.store.next_in, script.store.next_out) == (2, 2)
    assert script.session.ready


def test_the_interval_is_the_one_that_the_venue_answers() -> None:
    script = Script()
    script.out()
    script.say("A", 1, (98, 0), (108, 10), (141, "Y"))
    script.wait(5.1)
    assert script.kinds() == ["0"]


def test_a_connection_goes_on_with_the_numbers_of_the_one_before() -> None:
    script = Script().logged_on()
    script.session.send("D", "11=1\x01")
    script.session.disconnected()
    script.session.connected(reset=False)
    (logon,) = script.out()
    assert (logon[34], logon[141]) == ("3", "N")
    script.say("A", 2, (98, 0), (108, 30))
    assert script.session.ready
