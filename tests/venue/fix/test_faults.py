"""Faults of the FIX wire on demand, and what the session layer makes of them."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.venue.fix import policies
from app.venue.fix.control import SWITCHES, FixControl
from app.venue.fix.rules import KRAKEN
from tests.venue.fix.conftest import FixClient, Floor
from tests.venue.fix.scenario import Script
from tests.venue.fix.test_session import ORDER, gate

LOGON = "> A|34=1|98=0|108=30\n< A|34=1"


class Bench:
    """A logged-on tester and the control of its gateway."""

    def __init__(self) -> None:
        clock = ManualClock()
        self.script = Script(gate(clock, KRAKEN), clock)
        self.control = FixControl(self.script.gate)
        self.run(LOGON)

    def run(self, script: str) -> None:
        self.script.run(script)

    def fault(self, act: str, **fields: object) -> None:
        self.control.fault({"act": act, **fields})


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_dropped_message_can_be_had_by_asking(bench: Bench) -> None:
    bench.fault("drop")
    bench.run(f"> D|{ORDER % 1}\nsilence\n> D|{ORDER % 2}\n< D|34=3|11=2\n> 2|7=2|16=2\n< D|34=2|43=Y|11=1")


def test_heartbeats_are_not_hit_unless_named(bench: Bench) -> None:
    bench.fault("drop")
    bench.run("> 1|112=x\n< 0|34=2")
    bench.fault("clear")
    bench.fault("drop", msg_type="0")
    bench.run("> 1|112=x\nsilence\n> 1|112=y\n< 0|34=4|112=y")


def test_a_duplicate_has_the_same_number(bench: Bench) -> None:
    bench.fault("duplicate", count=1)
    bench.run(f"> D|{ORDER % 1}\n< D|34=2\n< D|34=2\n> D|{ORDER % 2}\n< D|34=3\nsilence")


def test_two_messages_change_places(bench: Bench) -> None:
    bench.fault("reorder")
    bench.run(f"> D|{ORDER % 1}\nsilence\n> D|{ORDER % 2}\n< D|34=3\n< D|34=2\nsilence")


@pytest.mark.parametrize("act", ["checksum", "length"])
def test_a_corrupt_message_is_wrong_in_one_thing(bench: Bench, act: str) -> None:
    bench.fault(act)
    bench.run(f"> D|{ORDER % 1}")
    with pytest.raises(AssertionError, match="wrong length or sum"):
        bench.script.next()
    bench.run(f"> D|{ORDER % 2}\n< D|34=3\n> 2|7=2|16=2\n< D|34=2|43=Y|11=1")


def test_skipped_numbers_are_gap_filled(bench: Bench) -> None:
    bench.fault("gap", count=3)
    bench.run("> 1|112=x\n< 0|34=5\n> 2|7=2|16=4\n< 4|34=2|123=Y|36=5")


def test_a_stall_holds_everything_back_until_it_ends(bench: Bench) -> None:
    bench.fault("stall")
    bench.run(f"> D|{ORDER % 1}\n> 1|112=x\nsilence")
    bench.fault("stall", on=False)
    bench.run("+0\n< D|34=2\n< 0|34=3|112=x")


def test_an_early_logout(bench: Bench) -> None:
    bench.fault("logout", text="Maintenance")
    bench.run("< 5|58=Maintenance\n> 5\nclosed")


def test_a_cut_after_so_many_bytes(bench: Bench) -> None:
    bench.fault("cut", bytes=50)
    bench.run(f"> D|{ORDER % 1}")
    assert len(bench.script.transport.written) == 50
    assert bench.script.transport.closed


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"act": "explode"},
        {"act": "drop", "service": "moon"},
        {"act": "drop", "count": -1},
        {"act": "policy", "name": "x"},
    ],
)
def test_what_is_not_understood_changes_nothing(bench: Bench, fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        bench.control.fault(fields)
    assert not bench.script.gate.faults.active


@pytest.mark.parametrize("name", SWITCHES)
def test_every_switch_is_a_policy(bench: Bench, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = getattr(policies, name)
    monkeypatch.setattr(policies, name, before)
    bench.fault("policy", name=name, on=not before)
    assert getattr(policies, name) is not before


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("allowance", [0, 30, 100, 700])
async def test_a_cut_over_the_control_endpoint_cancels_and_the_reports_wait(
    shared: Floor, client: FixClient, allowance: int
) -> None:
    await client.send("D", shared.limit(1, shared.price(1000), "0.01"))
    order = await client.expect("8", t150=0)
    assert await shared.fault(kind="fix", act="cut", bytes=allowance) == {"ok": True}
    while shared.venue.fix.gate.sessions and allowance:
        try:
            await client.send("1", [(112, "x")])
            if await client.receive() is None:
                break
        except ConnectionError:
            break
    await shared.until(lambda: not shared.venue.exchange.open_orders("practice"))
    again = await shared.logon(reset=False, seq=client.seq)
    await again.send("2", [(7, 2), (16, 0)])
    await again.until("8", t43="Y", t150=0, t37=order[37])
    await again.until("8", t43="Y", t150=4, t37=order[37])


@pytest.mark.asyncio(loop_scope="module")
async def test_the_state_names_the_sessions(shared: Floor, client: FixClient) -> None:
    state = shared.venue.control.state()["fix"]
    assert isinstance(state, dict)
    (session,) = state["sessions"]
    assert session == {
        "service": "spot_trading",
        "client": "QDPRACTICE1",
        "state": "up",
        "next_in": 2,
        "next_out": 2,
        "keeps_orders": False,
    }
