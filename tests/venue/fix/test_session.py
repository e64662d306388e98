"""The rows of `fix.md` §8.1 against the gateway in session-test mode."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.venue.fix.echo import EchoDesk
from app.venue.fix.gate import FixGate
from app.venue.fix.rules import TEST_SUITE, OneClient, Rules
from app.venue.fix.service import Service
from tests.venue.fix.scenario import SENDER, TARGET, Script

ORDER = "11=%s|55=BTC/USD|54=1|40=1|38=1|60=@0"
LOGON = "> A|98=0|108=30\n< A|34=1|98=0|108=30|!141"

CASES = {
    "1S-a a valid logon": f"{LOGON}\n> 5\n< 5|34=2|!58\nclosed",
    "1S-a a logon whose number is too high": """
        > A|34=5|98=0|108=30
        < A|34=1
        < 2|34=2|7=1|16=0
        > 4|34=1|123=Y|36=5
        > 1|34=6|112=next
        < 0|112=next
    """,
    "1S-c an unknown sender": "> A|98=0|108=30|49=WHO\nclosed",
    "1S-c an unknown target": "> A|98=0|108=30|56=WHO\nclosed",
    "1S-d a logon of the last century": "> A|98=0|108=30|52=20010101-00:00:00\nclosed",
    "1S-d a logon of another version": "> A|98=0|108=30|8=FIX.3.9\nclosed",
    "1S-d a logon with a wrong length": "> A|98=0|108=30|9=3\nclosed",
    "1S-d a logon without a heartbeat": "> A|98=0\nclosed",
    "2S the first message is no logon": "> 0\nclosed",
    "2a numbers in sequence": f"{LOGON}\n> 0\n> 0\n> 0\n> 1|112=four\n< 0|112=four",
    "2b a gap is asked for once, and what came early waits": f"""
        {LOGON}
        > 0
        > 0
        > 0
        > 1|34=10|112=ten
        < 2|7=5|16=0
        > 0|34=11
        silence
        > 4|34=5|123=Y|36=10|43=Y|122=@0
        < 0|112=ten
        > 1|34=12|112=twelve
        < 0|112=twelve
    """,
    "2c a number that was there": f"""
        {LOGON}
        > 0
        > 0|34=2
        < 5|58=MsgSeqNum too low, expecting 3 but received 2
        silence
        +1
        silence
        +1
        closed
    """,
    "2c the answer to the logout ends it at once": f"""
        {LOGON}
        > 0|34=1
        < 5|58~too low
        > 5|34=2
        closed
    """,
    "2d garbled messages take no number": f"""
        {LOGON}
        raw 8=FIX.4.4|9=5|35=0|10=000|
        raw hello|
        raw 8=FIX.4.4|
        raw 35=0|34=2|10=123|
        > 1|112=two
        < 0|112=two
    """,
    "2e a possible duplicate that was received": f"{LOGON}\n> 0\n> 0|34=2|43=Y|122=@0\nsilence\n> 1|112=x\n< 0|112=x",
    "2e a possible duplicate that was not received": f"{LOGON}\n> 1|43=Y|122=@-5|112=x\n< 0|112=x",
    "2f a duplicate from the future": f"""
        {LOGON}
        > 0
        > 0|34=2|43=Y|122=@10
        < 3|45=2|372=0|373=10
        < 5
    """,
    "2g a duplicate without its original time": f"""
        {LOGON}
        > 0
        > 0|34=2|43=Y
        < 3|45=2|371=122|373=1
        > 1|34=3|112=three
        < 0|112=three
    """,
    "2i another version": f"{LOGON}\n> 0|8=FIX.4.1\n< 5|58~Incorrect BeginString\n+2\nclosed",
    "2k another sender": f"{LOGON}\n> 0|49=WHO\n< 3|45=2|371=49|373=9\n< 5",
    "2k another target": f"{LOGON}\n> 0|56=WHO\n< 3|45=2|371=56|373=9\n< 5\n+2\nclosed",
    "2m a wrong length is garbled": f"""
        {LOGON}
        > 0|9=5
        > 0|34=3|9=500
        > 1|34=4|112=four
        < 2|7=2|16=0
    """,
    "2o a time out of the window": f"{LOGON}\n> 0|52=@-121\n< 3|45=2|372=0|373=10\n< 5",
    "2o a time ahead of the window": f"{LOGON}\n> 0|52=@121\n< 3|45=2|373=10\n< 5",
    "2o a time within the window": f"{LOGON}\n> 1|52=@-119|112=x\n< 0|112=x",
    "2o no time at all": f"{LOGON}\n> 0|52=yesterday\n< 3|45=2|373=10\n< 5",
    "2q an undefined type": f"{LOGON}\n> *\n< 3|45=2|373=11\n> 1|34=3|112=x\n< 0|112=x",
    "2r an unsupported type": f"{LOGON}\n> 8\n< j|45=2|372=8|380=3\n> 1|34=3|112=x\n< 0|112=x",
    "2t the type is not third": f"""
        {LOGON}
        raw 35=0|8=FIX.4.4|9=40|34=2|49=TW44|10=000|
        raw 8=FIX.4.4|35=0|9=40|34=2|10=000|
        > 1|34=2|112=x
        < 0|112=x
    """,
    "3b a wrong sum": f"""
        {LOGON}
        > 0|10=256
        > 0|34=2|10=1x3
        > 1|34=2|112=x
        < 0|112=x
    """,
    "3e a sum of two digits": f"{LOGON}\n> 0|10=12\n> 1|34=2|112=x\n< 0|112=x",
    "4a heartbeats": "> A|98=0|108=6\n< A|108=6\n+5\nsilence\n+1\n< 0|!112",
    "4b a test request": f"{LOGON}\n> 1|112=HELLO\n< 0|112=HELLO",
    "6 silence": """
        > A|98=0|108=10
        < A
        +12
        < 1|112=TEST
        > 0|112=TEST
        +12
        < 1|112=TEST
        +12
        closed
    """,
    "7 a reject is counted": f"{LOGON}\n> 3|45=1\n> 1|34=3|112=x\n< 0|112=x",
    "10a a gap fill after a gap": f"{LOGON}\n> 4|34=5|123=Y|36=8\n< 2|7=2|16=0",
    "10b a gap fill": f"{LOGON}\n> 4|34=2|123=Y|36=20\n> 1|34=20|112=x\n< 0|112=x",
    "10c an old gap fill": f"{LOGON}\n> 0\n> 4|34=2|123=Y|36=9|43=Y|122=@0\nsilence\n> 1|34=3|112=x\n< 0|112=x",
    "10d an old gap fill without the flag": f"""
        {LOGON}
        > 0
        > 4|34=1|123=Y|36=9
        < 5|58=MsgSeqNum too low, expecting 3 but received 1
    """,
    "10e a gap fill that goes back": f"{LOGON}\n> 4|34=2|123=Y|36=1\n< 3|45=2|58~NewSeqNo=1\n> 1|34=2|112=x\n< 0|112=x",
    "11a a reset ahead, its own number does not matter": f"""
        {LOGON}
        > 4|34=0|36=20
        > 1|34=20|112=x
        < 0|112=x
        > 4|34=0|123=N|36=40
        > 1|34=40|112=y
        < 0|112=y
    """,
    "11b a reset to what is expected": f"{LOGON}\n> 4|34=0|123=N|36=2\n> 1|34=2|112=x\n< 0|112=x",
    "11c a reset backwards": f"{LOGON}\n> 0\n> 4|34=0|123=N|36=2\n< 3|45=0|373=5\n> 1|34=3|112=x\n< 0|112=x",
    "13b an unsolicited logout": f"{LOGON}\n> 5|58=bye\n< 5\nclosed",
    "14a a tag that is not in the standard": f"{LOGON}\n> 0|999=x\n< 3|45=2|371=999|372=0|373=0",
    "14a the tag nought": f"{LOGON}\n> 0|0=x\n< 3|371=0|373=0",
    "14a a negative tag": f"{LOGON}\n> 0|-1=x\n< 3|371=-1|373=0",
    "14a an unknown tag of a user": f"{LOGON}\n> 0|5000=x\n< 3|371=5000|373=0",
    "14b a required tag": f"{LOGON}\n> D|55=BTC/USD|54=1|40=1|38=1|60=@0\n< 3|45=2|371=11|372=D|373=1",
    "14b the target": f"{LOGON}\n> 0|-56\n< 3|45=2|371=56|373=1",
    "14c a tag of another type": f"{LOGON}\n> 0|55=BTC/USD\n< 3|371=55|373=2",
    "14d an empty tag": f"{LOGON}\n> 0|56=\n< 3|371=56|373=4\n> 0|112=\n< 3|371=112|373=4",
    "14e a value that is none": f"{LOGON}\n> D|{ORDER % 1}|21=4\n< 3|371=21|373=5",
    "14e a word that is none": f"{LOGON}\n> D|{ORDER % 1}|167=BOO\n< 3|371=167|373=5",
    "14e one that is": f"{LOGON}\n> D|{ORDER % 1}|167=CS|21=3\n< D|167=CS|21=3|11=1",
    "14f a form that is none": f"{LOGON}\n> D|11=1|55=B|54=1|40=1|60=@0|38=+200.00\n< 3|371=38|373=6",
    "14g the header after the body": f"{LOGON}\nraw @14g\n< 3|371=34|373=14",
    "14h a tag twice": f"{LOGON}\n> D|{ORDER % 1}|40=2\n< 3|371=40|373=13",
    "14i a count that is wrong": f"{LOGON}\n> D|{ORDER % 1}|386=3|336=A|336=B\n< 3|371=386|373=16",
    "14j a group that starts elsewhere": f"{LOGON}\n> D|{ORDER % 1}|454=1|456=1|455=A\n< 3|371=454|373=15",
    "15 another order of the fields": f"{LOGON}\n> D|60=@0|38=1|40=1|54=1|55=B|11=9\n< D|11=9",
    "19a a possible repetition that was there": f"{LOGON}\n> D|{ORDER % 1}\n< D|11=1\n> D|{ORDER % 1}|97=Y\nsilence",
    "19b one that was not": f"{LOGON}\n> D|{ORDER % 1}|97=Y\n< D|11=1",
    "8 admin messages alone": f"{LOGON}\n> 1|112=a\n< 0\n> 2|7=1|16=0\n< 4|34=1|43=Y|123=Y|36=3\nsilence",
    "8 mixed messages": f"""
        {LOGON}
        > 1|112=a
        < 0|34=2
        > D|{ORDER % 1}
        < D|34=3
        > D|{ORDER % 2}
        < D|34=4
        > 1|112=b
        < 0|34=5
        > 2|7=1|16=0
        < 4|34=1|43=Y|123=Y|36=3
        < D|34=3|43=Y|11=1
        < D|34=4|43=Y|11=2
        < 4|34=5|43=Y|123=Y|36=6
        > 2|7=3|16=3
        < D|34=3|43=Y
        > 2|7=4|16=5
        < D|34=4|43=Y
        < 4|34=5|36=6
        > 1|112=c
        < 0|34=6
    """,
    "8 a bad request of a range": f"{LOGON}\n> 2|7=x|16=0\n< 3|371=7|373=6",
    "20 both ask at once": f"""
        {LOGON}
        > D|{ORDER % 1}
        < D|34=2
        > 0|34=5
        < 2|34=3|7=3|16=0
        > 2|34=6|7=2|16=0
        < D|34=2|43=Y
        < 4|34=3|36=4
        > 4|34=3|123=Y|36=7|43=Y|122=@0
        > 1|34=7|112=x
        < 0|112=x
    """,
    "20 what is still missing is asked for again": f"""
        {LOGON}
        > 0|34=5
        < 2|7=2|16=0
        > 4|34=2|123=Y|36=4|43=Y|122=@0
        > 0|34=6
        +30
        < 0
        < 2|7=4|16=0
    """,
    "21 a group of none": f"{LOGON}\n> D|{ORDER % 1}|454=0\n< D|454=0",
    "a bad message within a repetition": f"""
        {LOGON}
        > D|34=4|{ORDER % 4}
        < 2|7=2|16=0
        > D|34=2|43=Y|122=@0|55=B|54=1|40=1|38=1|60=@0
        < 3|45=2|371=11|373=1
        > D|34=3|43=Y|122=@0|{ORDER % 3}
        < D|11=3
        < D|11=4
    """,
    "a reset within the session": f"""
        {LOGON}
        > 0
        > A|34=1|98=0|108=20|141=Y
        < A|34=1|108=20|141=Y
        > 1|34=2|112=x
        < 0|34=2|112=x
    """,
    "a second logon without a reset": f"{LOGON}\n> A|98=0|108=30\n< 5|58~Already logged on",
    "logon and messages in one segment": f"""
        {LOGON}
        > 1|112=a
        > 1|112=b
        < 0|112=a
        < 0|112=b
    """,
}


def gate(clock: ManualClock, rules: Rules = TEST_SUITE) -> FixGate:
    return FixGate(clock, OneClient(SENDER, TARGET), {Service.SPOT_TRADING: EchoDesk()}, rules)


@pytest.mark.parametrize("name", CASES)
def test_a_session_case(name: str) -> None:
    clock = ManualClock()
    tester = Script(gate(clock), clock)
    late = f"35=0|49={SENDER}|56={TARGET}|52={tester.time()}|112=x|34=2|"
    head = f"8=FIX.4.4|9={len(late)}|{late}".replace("|", "\x01")
    raw = f"{head}10={sum(head.encode()) % 256:03d}|".replace("\x01", "|")
    tester.run(CASES[name].replace("@14g", raw))
