"""One venue and one armed engine for a whole module, on the module's own loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from app.domain.order import OrderType, Side
from app.engine import reconcile
from app.venue.core.api import AddOrder
from tests.engine.conftest import SYMBOL, Bench, Rig, _venue, until


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _armed(request: pytest.FixtureRequest) -> None:
    """Arm the shared engine again if its keys were disarmed: a busy machine may let a link fall silent."""
    if "shared_rig" in request.fixturenames:
        rig: Rig = request.getfixturevalue("shared_rig")
        await rig.ready()
        if not rig.engine.state.pen.armed:
            await rig.screen.arm()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """An armed engine that all tests of a module use one after the other, on an account that is short on margin."""
    place: Path = tmp_path_factory.mktemp("shared")
    patch = pytest.MonkeyPatch()
    patch.setattr(reconcile, "ASK_FIRST_S", 0.1)
    patch.setattr(reconcile, "ASK_MOST_S", 0.4)
    async with AsyncExitStack() as stack:
        venue = await stack.enter_async_context(_venue(place))
        rig = await Bench(venue, place, stack).armed()
        price = rig.price(Side.BUY, 50)
        short = AddOrder(SYMBOL, Side.SELL, OrderType.LIMIT, Decimal(1), price, margin=True, leverage=2)
        rig.venue.exchange.add_order(rig.account, short)
        await until(lambda: not rig.engine.state.orders.working())
        yield rig
    patch.undo()
