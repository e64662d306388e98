"""The daily rollover at 22:00 UTC and on command (`fix.md` §1.12, §10)."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.venue.fix.gate import DAY_NS, HOUR_NS, next_rollover
from app.venue.fix.rules import KRAKEN
from tests.venue.fix.conftest import FixClient, Floor
from tests.venue.fix.scenario import Script
from tests.venue.fix.test_session import gate

MIDNIGHT = 1_700_006_400 * 10**9  # 2023-11-15 00:00:00 UTC
LOGON = "> A|34=1|98=0|108=60\n< A|34=1"


def test_the_next_rollover_is_the_next_ten_in_the_evening() -> None:
    ten = MIDNIGHT + 22 * HOUR_NS
    assert next_rollover(MIDNIGHT) == ten
    assert next_rollover(ten - 1) == ten
    assert next_rollover(ten) == ten + DAY_NS
    assert next_rollover(ten + HOUR_NS) == ten + DAY_NS


def test_at_ten_everybody_is_logged_out_and_refused_for_half_a_minute() -> None:
    clock = ManualClock(MIDNIGHT + 22 * HOUR_NS - 20 * 10**9)
    script = Script(gate(clock, KRAKEN), clock)
    script.run(f"""
        {LOGON}
        > 0
        +19
        silence
        +1
        < 5|34=2|58=Session rollover
        closed
        connect
        closed
        +29
        connect
        closed
        +1
        connect
        {LOGON}
        > 1|34=2|112=x
        < 0|34=2
    """)


def test_a_hundred_rollovers_each_start_at_one() -> None:
    clock = ManualClock(MIDNIGHT + 12 * HOUR_NS)
    script = Script(gate(clock, KRAKEN), clock)
    for _ in range(100):
        script.run(f"""
            {LOGON}
            > 1|34=2|112=x
            < 0|34=2
            +{10 * 3600}
            < 5|34=3|58=Session rollover
            closed
            +{14 * 3600}
            connect
        """)


@pytest.mark.asyncio(loop_scope="module")
async def test_orders_outlive_a_rollover_on_command_and_are_cancelled_by_their_owner(
    shared: Floor, client: FixClient
) -> None:
    await client.send("D", shared.limit(1, shared.price(1000), "0.01"))
    order = await client.expect("8", t150=0)
    assert await shared.fault(kind="fix", act="rollover") == {"ok": True}
    await client.expect("5", t58="Session rollover")
    await client.closed()
    assert [held.order_id for held in shared.venue.exchange.open_orders("practice")] == [order[37]]
    early = await shared.connect()
    assert await early.ended()
    shared.clock.advance(s=30)
    again = await shared.logon(reset=False, seq=1)
    await again.send("q", [(11, shared.cl_ord_id()), (60, again.now()), (530, 7)])
    await again.expect("8", t34=2, t150=4, t37=order[37])
