"""The ladder's book over FIX market data: equal to the venue's, said to be so, and stale rather than replaced."""

from __future__ import annotations

import pytest

from app.clock import NS_PER_S
from app.domain.book import L3Book
from app.domain.instrument import to_units
from app.domain.order import Side
from app.engine.engine import Engine
from app.link.frames import LadderView, Trust
from tests.engine.conftest import SYMBOL, Bench, Rig, until

DEPTH = 50
MINUTE_NS = 60 * NS_PER_S


def levels(engine: Engine) -> list[tuple[int, int]]:
    """Prices and quantities of both sides."""
    book = engine.state.market.pair(SYMBOL).book
    assert book is not None
    return [(one.price, one.qty) for side in Side for one in book.levels(side, DEPTH)]


def orders(engine: Engine) -> list[str]:
    """Orders of the best bids and asks in priority."""
    book = engine.state.market.pair(SYMBOL).book
    assert isinstance(book, L3Book)
    return [
        order.order_id
        for side in Side
        for level in book.levels(side, DEPTH)
        for order in book.orders_at(side, level.price)
    ]


def venue_levels(bench: Bench) -> list[tuple[int, int]]:
    """The same of the venue's own book."""
    exchange = bench.venue.exchange
    instrument = exchange.listings[SYMBOL].instrument
    return [
        (to_units(instrument.price(one.price)), to_units(instrument.qty(one.qty)))
        for side in Side
        for one in exchange.levels(SYMBOL, side, DEPTH)
    ]


async def ladder(rig: Rig, trust: Trust) -> LadderView:
    """The next ladder that the screen is sent with a degree of trust."""
    seen = len(rig.screen.frames)
    found: list[LadderView] = []

    def shown() -> bool:
        found.extend(one.ladder for one in rig.screen.frames[seen:] if one.ladder and one.ladder.trust is trust)
        return bool(found)

    await until(shown)
    return found[-1]


async def proven(bench: Bench, kind: str) -> Rig:
    """An engine whose book over FIX is verified: a snapshot has no checksum, so something must happen."""
    rig = await bench.start(ready=False, fix=bench.fix(book=kind))
    await until(lambda: "the book is unverified" in rig.engine.state.blocked(SYMBOL))
    rig.stranger(Side.BUY, "0.01", 3)
    await rig.ready()
    assert rig.screen.told(f"{kind.upper()} book over FIX verified")
    return rig


@pytest.mark.parametrize("kind", ["l2", "l3"])
async def test_the_book_over_fix_is_the_one_over_ws_and_the_venues(bench: Bench, kind: str) -> None:
    rig = await proven(bench, kind)
    (bench.place / "ws").mkdir()
    over_ws = await Bench(bench.venue, bench.place / "ws", bench._stack).start(ready=False, keyed=False)
    await until(lambda: over_ws.engine.state.trust(SYMBOL) is Trust.VERIFIED)
    for step in range(4):
        rig.stranger(Side.SELL if step % 2 else Side.BUY, "0.02", 2 * step - 1)
        await until(lambda: levels(rig.engine) == levels(over_ws.engine) == venue_levels(bench))
    if kind == "l3":
        exchange = bench.venue.exchange
        theirs = [level.orders for side in Side for level in exchange.levels(SYMBOL, side, DEPTH)]
        assert orders(rig.engine) == [order.order_id for level in theirs for order in level]
    pair = rig.engine.state.market.pair(SYMBOL)
    assert (pair.kind, pair.resyncs, pair.bad_today(rig.engine.state.clock.now_ns())) == (kind.upper(), 0, 0)
    view = await ladder(rig, Trust.VERIFIED)
    assert (view.kind, view.over_fix) == (kind.upper(), True)
    assert not (await ladder(over_ws, Trust.VERIFIED)).over_fix


async def test_without_its_session_the_book_is_stale_and_none_comes_over_ws(bench: Bench) -> None:
    rig = await proven(bench, "l2")
    await rig.screen.arm()
    gate = bench.venue.fix.gate
    gate._open_again_ns = gate.clock.mono_ns() + MINUTE_NS
    rig.fault("fix", act="cut", service="spot_md")
    await until(lambda: rig.engine.state.trust(SYMBOL) is Trust.STALE)
    assert (await ladder(rig, Trust.STALE)).rows  # what was known stays, greyed
    assert not rig.engine.state.pen.armed
    assert "the book is stale" in rig.engine.state.blocked(SYMBOL)
    heat = rig.engine.state.market.pair(SYMBOL).heat
    second = rig.engine.state.clock.now_ns() // NS_PER_S
    await until(lambda: heat.pictures and heat.pictures[-1].second > second)
    assert not heat.pictures[-1].bids  # a break, not the old book
    session = rig.engine.venue._public._session
    assert {topic.channel for topic in session._subs._subs}.isdisjoint({"book", "level3"})
    gate._open_again_ns = 0
    rig.engine.venue.fix_logon()
    await until(lambda: rig.engine.state.trust(SYMBOL) is Trust.UNVERIFIED)
    rig.stranger(Side.BUY, "0.01", 4)
    await rig.ready()


async def test_a_silent_session_makes_the_book_stale(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = await proven(bench, "l2")
    for name in ("QUIET_NS", "STALE_NS"):
        monkeypatch.setattr(f"app.workers.fix.{name}", 200_000_000)
    rig.fault("fix", act="stall", service="spot_md")
    await until(lambda: rig.engine.state.trust(SYMBOL) is Trust.STALE)
    rig.fault("fix", act="stall", service="spot_md", on=False)
    await rig.ready()
