"""One local venue and real engines on it, over loopback sockets; a screen that speaks the link in memory."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import msgspec
import pytest
from httpx._transports import default

from app.bootstrap.brief import decode_venue
from app.clock import Clock, SystemClock
from app.credentials import ApiKey
from app.domain.order import OrderType, Side
from app.engine import dead_man, entry, reconcile
from app.engine.engine import Engine
from app.engine.setup import EngineOptions
from app.link.frames import Event, Frame, StatusView
from app.link.messages import (
    LINK_VERSION,
    Answer,
    Execute,
    Goodbye,
    Hello,
    Origin,
    Outcome,
    SetView,
    TakePen,
    ToEngine,
    ToScreen,
    Welcome,
)
from app.settings import DeadMan, Fix, Limits, Mode, Profile
from app.venue.core.api import AddOrder, Order, VenueReject
from app.venue.gateways.options import Options
from app.venue.gateways.venue import Venue
from app.workers.face import FixOptions, FixUrls, VenueUrls

# Every engine has a client for REST, and each of those reads the certificates of the machine: 40 ms.
default.create_ssl_context = cache(default.create_ssl_context)  # type: ignore[attr-defined]

SYMBOL = "BTC/USD"
PAIRS = 2
LEVELS = 60
"""Deep enough for what is traded here; the full books take half a second a test."""
WITHIN_S = 15.0


async def until(condition: Callable[[], object], within_s: float = WITHIN_S) -> None:
    """Wait for a condition, with a bound."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the conditions are plain values of the code under test
            await asyncio.sleep(0.005)


class Screen:
    """A client of the engine in this process: what it was sent, and ways to ask."""

    _ids = itertools.count(1)

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.got: list[ToScreen] = []
        self.slow = False
        self.closed = ""
        engine.clients.joined(self)

    # -- app.link.server.Client

    def send(self, message: ToScreen) -> None:
        self.got.append(message)

    def congested(self) -> bool:
        return self.slow

    def close(self, reason: str) -> None:
        self.got.append(Goodbye(reason))
        self.closed = reason

    # -- what tests do

    def say(self, message: ToEngine) -> None:
        self.engine.clients.received(self, message)

    def hello(self, name: str = "one", *, trade: bool = True, since: int = 0) -> Welcome:
        self.say(Hello(LINK_VERSION, name, trade, since))
        return self.last(Welcome)

    def view(self, symbol: str = SYMBOL, rows: int = 40, fps: int = 60, **more: object) -> None:
        self.say(msgspec.structs.replace(SetView(symbol, rows, fps=fps), **more))

    def leave(self) -> None:
        self.engine.clients.left(self)

    def last(self, kind: type[Welcome]) -> Welcome:
        return next(message for message in reversed(self.got) if isinstance(message, kind))

    @property
    def events(self) -> list[Event]:
        return [message for message in self.got if isinstance(message, Event)]

    @property
    def frames(self) -> list[Frame]:
        return [message for message in self.got if isinstance(message, Frame)]

    @property
    def status(self) -> StatusView | None:
        return next((frame.status for frame in reversed(self.frames) if frame.status), None)

    def told(self, words: str) -> list[Event]:
        return [event for event in self.events if words in event.text]

    def start(self, text: str, origin: Origin = Origin.KEY, confirm: str = "", symbol: str = SYMBOL) -> int:
        """Send a line and return its id without waiting."""
        request_id = next(self._ids)
        self.say(Execute(request_id, text, symbol, origin, confirm))
        return request_id

    def answer(self, request_id: int) -> Answer | None:
        return next((m for m in self.got if isinstance(m, Answer) and m.id == request_id), None)

    async def do(self, text: str, origin: Origin = Origin.KEY, confirm: str = "", symbol: str = SYMBOL) -> Answer:
        """Send a line and wait for its answer."""
        request_id = self.start(text, origin, confirm, symbol)
        await until(lambda: self.answer(request_id))
        found = self.answer(request_id)
        assert found is not None
        return found

    async def take_pen(self) -> Answer:
        request_id = next(self._ids)
        self.say(TakePen(request_id))
        await until(lambda: self.answer(request_id))
        found = self.answer(request_id)
        assert found is not None
        return found

    async def arm(self) -> None:
        answer = await self.do("arm")
        assert answer.outcome is Outcome.ACCEPTED, answer


@dataclass
class Rig:
    """A running engine with a screen that holds the pen."""

    engine: Engine
    screen: Screen
    venue: Venue
    account: str
    running: asyncio.Task[None]
    dropped: bool = False
    placed: int = 0

    async def ready(self) -> None:
        """Wait until a new order may go out on the pair."""
        await until(lambda: not self.engine.state.blocked(SYMBOL))

    @property
    def instrument_tick(self) -> Decimal:
        return self.engine.state.market.instruments[SYMBOL].tick

    def price(self, side: Side, ticks: int) -> Decimal:
        """A price so many ticks behind the best of a side, from the venue's own book."""
        best = self.venue.exchange.levels(SYMBOL, side, 1)[0].price
        instrument = self.venue.exchange.listings[SYMBOL].instrument
        return instrument.price(best - ticks if side is Side.BUY else best + ticks)

    def bid(self, qty: str = "0.01", ticks: int = 0) -> str:
        """A line that places a bid that rests, each at a price of its own."""
        self.placed += 1
        ticks = ticks or 500 + self.placed
        return f"buy {qty} {SYMBOL} @ {self.price(Side.BUY, ticks):f} post"

    def truth(self, kind: str = "") -> list[dict[str, object]]:
        """What the venue wrote down of this account."""
        rows = [json.loads(line) for line in self.venue.truth.read_text().splitlines()]
        return [row for row in rows if row["account"] == self.account and kind in ("", row["kind"])]

    def open_at_venue(self) -> list[Order]:
        return self.venue.exchange.open_orders(self.account)

    def state_of(self, number: int) -> str:
        order = self.engine.state.orders.numbered(number)
        return "" if order is None else order.state.value

    async def state(self, number: int, *wanted: str) -> None:
        await until(lambda: self.state_of(number) in wanted)

    def fault(self, kind: str, **fields: object) -> None:
        self.venue.control.fault({"kind": kind, **fields})

    def elsewhere(self, side: Side = Side.BUY, qty: str = "0.01", ticks: int = 700, cl_ord_id: str = "") -> Order:
        """Place an order on the account as another program would."""
        request = AddOrder(
            SYMBOL, side, OrderType.LIMIT, Decimal(qty), self.price(side, ticks), cl_ord_id=cl_ord_id, source="rest"
        )
        return self.venue.exchange.add_order(self.account, request)

    def stranger(self, side: Side, qty: str, ticks: int) -> Order | None:
        """Trade as another account; negative ticks reach into the market."""
        request = AddOrder(SYMBOL, side, OrderType.LIMIT, Decimal(qty), self.price(side, ticks), source="rest")
        try:
            return self.venue.exchange.add_order("second", request)
        except VenueReject:
            return None

    def sweep_into(self, mine: Order, qty: str) -> None:
        """Sell as another account all that stands before a bid of ours, then so much of ours."""
        instrument = self.venue.exchange.listings[SYMBOL].instrument
        queue = [order for level in self.venue.exchange.levels(SYMBOL, Side.BUY, 0) for order in level.orders]
        ahead = sum(order.qty for order in queue[: [order.order_id for order in queue].index(mine.order_id)])
        total, price = instrument.qty(ahead) + Decimal(qty), instrument.price(mine.price)
        self.venue.exchange.add_order("second", AddOrder(SYMBOL, Side.SELL, OrderType.LIMIT, total, price))

    async def drop(self) -> None:
        """End the engine at once, as a crash would: nothing is cancelled, nothing is said."""
        self.dropped = True
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


class Bench:
    """Starts engines on one venue."""

    def __init__(self, venue: Venue, place: Path, stack: AsyncExitStack, clock: Clock | None = None) -> None:
        self.venue = venue
        self.place = place
        self._stack = stack
        self._clock = clock or SystemClock()

    def profile(self, **changes: object) -> Profile:
        plain: dict[str, object] = {
            "name": "practice",
            "mode": Mode.PRACTICE,
            "limits": Limits(max_orders_per_s=1000, max_open_orders=1000),
            "dead_man": DeadMan(timeout_s=60, refresh_s=20),
        }
        return Profile(**{**plain, **changes})  # type: ignore[arg-type]

    def engine(self, *, keyed: bool = True, **changes: object) -> Engine:
        """Make an engine that does not run yet."""
        urls = self.venue.urls
        found = next(key for key in self.venue.exchange.credentials if key.name == "practice")
        key = ApiKey.parse(found.name, found.api_key, found.api_secret) if keyed else None
        profile = self.profile(**changes)
        addresses = VenueUrls(urls.rest, urls.ws_public, urls.ws_auth if keyed else "", urls.ws_l3 if keyed else "")
        return Engine(
            EngineOptions(
                profile,
                addresses,
                key,
                self._clock,
                self.place / "practice.journal",
                self.place / "practice.nonce",
                SYMBOL,
                fix=None if key is None or not profile.fix.host else self._fix(profile.fix, key),
            )
        )

    def fix(self, **changes: object) -> Fix:
        """Where the venue's FIX sessions are, as a profile has it."""
        ready = decode_venue(self.venue.ready_line())
        found = ready.sessions(next(key for key in ready.keys if key.name == "practice"))
        assert found is not None
        return msgspec.structs.replace(found, **changes)

    def _fix(self, fix: Fix, key: ApiKey) -> FixOptions:
        store = self.place / "fix"
        store.mkdir(exist_ok=True)
        return FixOptions(FixUrls.of(fix), key, store, self.place / "practice.fixnonce")

    async def start(self, engine: Engine | None = None, *, ready: bool = True, **changes: object) -> Rig:
        """Run an engine with a screen on it."""
        engine = engine or self.engine(**changes)  # type: ignore[arg-type]
        screen = Screen(engine)
        running = asyncio.create_task(engine.run())
        screen.hello()
        screen.view()
        rig = Rig(engine, screen, self.venue, "practice", running)
        self._stack.push_async_callback(_end, rig)
        if ready:
            await rig.ready()
        return rig

    async def armed(self, **changes: object) -> Rig:
        """Run an engine and arm its screen."""
        rig = await self.start(**changes)  # type: ignore[arg-type]
        await rig.screen.arm()
        return rig


async def _end(rig: Rig) -> None:
    if rig.dropped:
        return
    rig.engine.stop()
    async with asyncio.timeout(WITHIN_S):
        await rig.running


@asynccontextmanager
async def _venue(place: Path, speed: float = 0, levels: int = LEVELS) -> AsyncIterator[Venue]:
    options = Options(pairs=PAIRS, levels=levels, speed=speed, truth=place / "truth.jsonl")
    async with Venue(options, keys_seed="engine") as venue:
        yield venue


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A venue at rest, and engines that ask quickly."""
    monkeypatch.setattr(reconcile, "ASK_FIRST_S", 0.1)
    monkeypatch.setattr(reconcile, "ASK_MOST_S", 0.4)
    monkeypatch.setattr(dead_man, "CHECK_S", 0.02)
    async with AsyncExitStack() as stack:
        venue = await stack.enter_async_context(_venue(tmp_path))
        yield Bench(venue, tmp_path, stack)


@pytest.fixture
async def rig(bench: Bench) -> Rig:
    """An armed engine on a venue at rest."""
    return await bench.armed()


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubts about new orders end soon."""
    monkeypatch.setattr(entry, "DEADLINE_NS", 300_000_000)
    monkeypatch.setattr(reconcile, "DEADLINE_NS", 300_000_000)
    monkeypatch.setattr(reconcile, "ABSENT_MARGIN_NS", 200_000_000)
