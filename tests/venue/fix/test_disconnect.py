"""Orders when their connection goes: cancel-on-disconnect, and what a later connection may do (`fix.md` §1.9)."""

from __future__ import annotations

import pytest

from app.venue.core.api import SystemMode
from app.venue.fix import policies
from tests.venue.fix.conftest import FixClient, Floor, Got

pytestmark = pytest.mark.asyncio(loop_scope="module")


def is_open(floor: Floor, order: Got) -> bool:
    return any(held.order_id == order[37] for held in floor.venue.exchange.open_orders("practice"))


async def place(floor: Floor, client: FixClient) -> Got:
    await client.send("D", floor.limit(1, floor.price(1000), "0.01"))
    return await client.expect("8", t150=0)


@pytest.mark.parametrize(("more", "survives"), [([], False), ([(8674, 0)], False), ([(8674, 1)], True)])
async def test_a_cut_cancels_unless_told_otherwise(
    shared: Floor, client: FixClient, more: list[tuple[int, int]], survives: bool
) -> None:
    await shared.hang_up()
    trader = await shared.logon(*more)
    orders = [await place(shared, trader) for _ in range(3)]
    await shared.hang_up()
    assert [is_open(shared, order) for order in orders] == [survives] * 3
    again = await shared.logon(reset=False, seq=5)
    await again.send("2", [(7, 5), (16, 0)])
    if not survives:
        for order in orders:
            await again.expect("8", t43="Y", t150=4, t37=order[37])
    await again.until("4", t123="Y")
    shared.venue.exchange.cancel_all("practice")


async def test_only_orders_of_the_lost_connection_are_cancelled(shared: Floor, client: FixClient) -> None:
    await shared.hang_up()
    first = await shared.logon((8674, 1))
    kept = await place(shared, first)
    await shared.hang_up()
    second = await shared.logon()
    lost = await place(shared, second)
    await shared.hang_up()
    assert (is_open(shared, kept), is_open(shared, lost)) == (True, False)


@pytest.mark.parametrize("cancels", [False, True])
async def test_a_clean_logout_keeps_orders_unless_switched(
    shared: Floor, client: FixClient, cancels: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "CLEAN_LOGOUT_CANCELS", cancels)
    order = await place(shared, client)
    await client.send("5")
    await client.until("5")
    assert is_open(shared, order) is not cancels


async def test_during_maintenance_the_cancels_wait(shared: Floor, client: FixClient) -> None:
    order = await place(shared, client)
    shared.venue.exchange.set_mode(SystemMode.MAINTENANCE)
    await shared.hang_up()
    assert is_open(shared, order)
    shared.venue.exchange.set_mode(SystemMode.ONLINE)
    await shared.until(lambda: not is_open(shared, order))


async def test_a_dead_peer_is_a_lost_one(shared: Floor, client: FixClient) -> None:
    order = await place(shared, client)
    shared.clock.advance(s=2 * 3600 + 1500)
    await shared.until(lambda: not is_open(shared, order))


@pytest.mark.parametrize("strict", [True, False])
async def test_orders_of_an_earlier_connection(
    shared: Floor, client: FixClient, strict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "CANCEL_SCOPE_IS_CONNECTION", strict)
    await shared.hang_up()
    first = await shared.logon((8674, 1))
    order = await place(shared, first)
    await shared.hang_up()
    later = await shared.logon(reset=False, seq=3)
    one = [(11, shared.cl_ord_id()), (37, order[37]), (54, 1), (55, "BTC/USD"), (60, later.now())]
    await later.send("F", one)
    if strict:
        await later.expect("j", t380=101)
        await later.send("q", [(11, shared.cl_ord_id()), (60, later.now()), (530, 6)])
        await later.quiet()
        await later.send("q", [(11, shared.cl_ord_id()), (60, later.now()), (530, 7)])
    await later.expect("8", t150=4, t37=order[37])
