"""Random actions on one account: ours over a chosen transport, fills, timers, and somebody else's.

The exchange and the engine share one clock that stands still while a request
is under way, so that what was charged can be compared to the last grain. The
connections between them keep the machine's own time.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from app.clock import NS_PER_MS, NS_PER_S, ManualClock, SystemClock
from app.domain.ids import CombIds
from app.domain.order import CloseTemplate, OrderRequest, OrderType, Side, TimeInForce, Trigger, TriggerRef
from app.domain.quote_changes import Changes
from app.domain.working import OrderState, WorkingOrder
from app.engine.batches import Batches
from app.engine.entry import NotSent, Sent
from app.engine.routes import Route
from app.link.messages import Preview
from app.venue.core.api import AddOrder, EditOrder, VenueReject
from app.workers.feed import Accepted, Refused, Via
from tests.engine.conftest import SYMBOL, Rig, until

D = Decimal
QTY = D("0.01")
AGES_S = (5, 10, 15, 45, 90, 300)
US = 1_000
STEADY = (OrderState.WORKING, OrderState.ACKED, OrderState.PARTIALLY_FILLED)


class Player:
    """Plays on a rig and keeps count of what its tags promised.

    Args:
        rig: Venue and engine; both on `clock`.
        clock: Their time.
        seed: Of the choices.
        transports: Ways on which requests go.
        strangers: Whether somebody else spends of the account.
    """

    def __init__(
        self, rig: Rig, clock: ManualClock, seed: int, transports: tuple[Via, ...], *, strangers: bool = True
    ) -> None:
        self.rig, self.clock, self.rng = rig, clock, random.Random(seed)
        self.transports, self.strangers = transports, strangers
        self.batches = Batches(rig.engine.state, rig.engine.venue, rig.engine.entry)
        self.done: dict[str, int] = {}
        self.tags = self.refusals = 0
        self.via = transports[0]
        self.fresh_id = CombIds(SystemClock().now_ns, self.rng.getrandbits).next  # the FIX port looks at their time
        self.routes = self.rig.engine.entry.routes
        self.rig.engine.entry.routes = self  # type: ignore[assignment]

    # -- the way of each request: over what was drawn, as far as it can be said there

    def any(self) -> Route:
        return Route(Via.REST if self.via is Via.REST else Via.WS)

    def new(self, request: OrderRequest) -> Route:
        self.routes.chosen = self.via
        return self.routes.new(request)

    def batch(self) -> Route:
        return self.any()

    def change(self, order: WorkingOrder) -> Route:
        return self.routes.change(order) if self.via is Via.FIX else self.any()

    def after(self, first: Via) -> Via:
        return self.routes.after(first)

    # -- what both sides say

    @property
    def counted(self) -> D:
        return self.rig.engine.state.rates.points(SYMBOL)

    @property
    def charged(self) -> D:
        return self.rig.venue.exchange.rate_counter(self.rig.account, SYMBOL)

    def agree(self) -> bool:
        """Whether they say the same, to the last digit that the venue reports once it had to correct us."""
        return abs(self.counted - self.charged) < (D("0.011") if self.strangers else D("0.000000001"))

    def working(self, *, ours: bool = False) -> list[WorkingOrder]:
        found = self.rig.engine.state.orders.working(SYMBOL)
        return [order for order in found if order.state in STEADY and order.order_id and not (ours and order.external)]

    def shown(self, line: str) -> D:
        """The points that the preview of a line shows."""
        view = self.rig.engine.commands.preview(Preview(1, line, SYMBOL)).view
        return D(view.points.split()[0].removeprefix("+"))

    def cancel_tag(self, order: WorkingOrder) -> D:
        """The points that the row of an order shows for its cancel."""
        number = self.rig.engine.state.orders.number(order)
        price = next(row.cancel for row in self.rig.engine.publisher.orders(()) if row.number == number)
        assert price is not None
        return D(price.now)

    # -- one step

    async def step(self) -> None:
        """Do one thing and compare both counters, before and after."""
        self.clock.advance(ns=self.rng.choice((US, 7 * US, 40 * NS_PER_MS, NS_PER_S)))
        self.via = self.rng.choice(self.transports)
        choices: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (16, self.add), (6, self.add_wrong), (2, self.check), (4, self.several), (2, self.batch_wrong),
            (14, self.cancel), (2, self.cancel_gone), (10, self.amend), (4, self.amend_away), (4, self.amend_wrong),
            (1, self.cancel_all), (1, self.burst), (1, self.timer), (4, self.fill), (14, self.wait),
        ]  # fmt: skip
        if self.strangers:
            choices.append((8, self.stranger))
        action = self.rng.choices([one for _, one in choices], [weight for weight, _ in choices])[0]
        name = f"{action.__name__} over {self.via.value}"
        await action()
        await self.settle(name)
        self.done[name] = self.done.get(name, 0) + 1

    async def settle(self, name: str) -> None:
        """Wait until the engine has heard all that the exchange did, and say what is missing if it does not."""
        try:
            await until(self.settled, 5)
        except TimeoutError:
            orders, there = self.rig.engine.state.orders, self.rig.open_at_venue()
            raise AssertionError(
                f"after {name}: counted {self.counted}, charged {self.charged}; "
                f"open here {[(order.order_id, order.state.value) for order in orders.working()]}, "
                f"there {[order.order_id for order in there]}, unknown {orders.unknown()}"
            ) from None

    def settled(self) -> bool:
        """Whether the engine has heard all that the exchange did."""
        open_there = {order.order_id for order in self.rig.open_at_venue()}
        orders = self.rig.engine.state.orders
        return self.agree() and {order.order_id for order in orders.working()} == open_there and not orders.unknown()

    async def asked(self, tag: D, fixed: D, send: Awaitable[Sent]) -> Sent:
        """Send, and compare what was charged with the tag; after a no with its fixed part."""
        before = self.charged
        sent = await send
        after, limit = self.charged, self.rig.engine.state.rates.tier.threshold
        self.tags += 1
        match sent.outcome:
            case Accepted():
                assert after - before == tag, f"shown {tag}, charged {after - before}"
            case Refused(error=error) if "Rate limit" in error:
                self.refusals += 1
                assert after == max(before, min(limit, before + fixed))
                assert before + tag > limit, f"refused at {before} though {tag} would have fitted"
            case NotSent():  # a slow machine lets a link go stale for a moment
                assert after == before
                await self.rig.ready()
            case _:
                assert after - before == fixed, f"{sent.outcome}: fixed {fixed}, charged {after - before}"
        return sent

    # -- new orders

    def request(self, **changes: object) -> OrderRequest:
        self.rig.placed += 1
        side = self.rng.choice(list(Side))
        price = self.rig.price(side, 300 + self.rig.placed % 900)
        plain = OrderRequest(self.fresh_id(), SYMBOL, side, OrderType.LIMIT, QTY, price)
        return replace(plain, **changes)  # type: ignore[arg-type]

    def number(self) -> int:
        return self.rig.engine.state.orders.next_number()

    async def add(self) -> None:
        """A resting order, a stop, one that ends by itself, one with an exit, or one that trades at once."""
        asked = self.request()
        far = self.rig.price(asked.side.opposite, 5000)
        kind = self.rng.randrange(6)
        if kind == 1:
            wakes = self.rig.price(asked.side.opposite, 400)
            asked = replace(
                asked, order_type=OrderType.STOP_LOSS, limit_price=None, trigger=Trigger(TriggerRef.LAST, wakes)
            )
        elif kind == 2:
            expires = (self.clock.now_ns() // NS_PER_S + self.rng.choice((7, 30))) * NS_PER_S
            asked = replace(asked, time_in_force=TimeInForce.GTD, expire_ns=expires)
        elif kind == 3:
            asked = replace(asked, conditional=CloseTemplate(OrderType.LIMIT, limit_price=far))
        elif kind == 4:
            asked = replace(asked, order_type=OrderType.MARKET, limit_price=None, qty=D("0.0001"))
        elif kind == 5:
            asked = replace(asked, time_in_force=TimeInForce.IOC)
        tag = self.shown(f"buy {QTY} @ {self.rig.price(Side.BUY, 900)}")
        await self.asked(tag, tag, self.rig.engine.entry.place(asked, "test", self.number()))

    async def add_wrong(self) -> None:
        """An order that the engine of the venue refuses: no funds, too small, or one that would trade."""
        asked = self.request()
        wrong = self.rng.choice(
            (
                replace(asked, qty=D(900_000)),
                replace(asked, qty=D("0.00000002")),
                replace(asked, limit_price=D("1.05")),
                replace(asked, limit_price=self.rig.price(asked.side, -900), post_only=True, qty=D(800_000)),
            )
        )
        await self.asked(D(1), D(1), self.rig.engine.entry.place(wrong, "test", self.number()))

    async def check(self) -> None:
        """A question whether an order would be taken."""
        await self.asked(D(1), D(1), self.rig.engine.entry.ask(self.request(validate=True)))

    async def several(self) -> None:
        """Two to five orders in one message."""
        count = self.rng.randint(2, 5)
        line = " & ".join(f"buy {QTY} @ {self.rig.price(Side.BUY, 900 + at)}" for at in range(count))
        tag = self.shown(f"batch {line}")
        await self.asked(tag, tag, self._batched([self.request() for _ in range(count)]))

    async def burst(self) -> None:
        """Fifteen orders in one message, each cancelled at once: past the threshold, where the venue refuses."""
        orders = self.rig.engine.state.orders
        legs = [self.request() for _ in range(15)]
        await self.asked(D("7.5"), D("7.5"), self._batched(legs))
        await until(self.settled, 5)
        for order in filter(None, [orders.get(leg.cl_ord_id) for leg in legs]):
            if order.state in STEADY:
                await self.asked(self.cancel_tag(order), D(0), self.rig.engine.entry.cancel(order))
        await self.add()

    async def batch_wrong(self) -> None:
        """A batch of which one leg is invalid, so that none lives; it is charged all the same."""
        legs = [self.request(), self.request(qty=D("0.00000002")), self.request()]
        await self.asked(D("1.5"), D("1.5"), self._batched(legs))

    async def _batched(self, legs: list[OrderRequest]) -> Sent:
        sent = await self.batches.place(legs, "test")
        return next((one for one in sent if isinstance(one.outcome, Accepted)), sent[0])

    # -- changes and cancels

    async def cancel(self) -> None:
        """Cancel one order, whoever placed it."""
        if found := self.working():
            order = self.rng.choice(found)
            await self.asked(self.cancel_tag(order), D(0), self.rig.engine.entry.cancel(order))

    async def cancel_gone(self) -> None:
        """Cancel an order that has ended."""
        ended = [order for order in self.rig.engine.state.orders if order.state.terminal and order.order_id]
        if ended:
            await self.asked(D(8), D(0), self.rig.engine.entry.cancel(self.rng.choice(ended)))

    def amend_tag(self, order: WorkingOrder, qty: D | None, price: D | None) -> D:
        """The points that the preview of an amend shows."""
        words = [*([f"{qty}"] if qty is not None else []), *([f"@ {price}"] if price is not None else [])]
        return self.shown(f"amend #{self.rig.engine.state.orders.number(order)} {' '.join(words)}")

    def amendable(self) -> list[WorkingOrder]:
        kinds = (OrderType.LIMIT,)
        return [order for order in self.working() if order.order_type in kinds and order.conditional is None]

    async def amend(self) -> None:
        """Another size or another price."""
        if not (found := self.amendable()):
            return
        order, qty, price = self.rng.choice(found), None, None
        if self.rng.random() < 0.5:
            qty = order.cum_qty + D(self.rng.randint(2, 30)) / 1000
        else:
            price = self.rig.price(order.side, self.rng.randint(300, 1200))
        if (qty, price) in ((order.qty, None), (None, order.limit_price)):
            return
        tag, changes = self.amend_tag(order, qty, price), Changes(qty=qty, limit_price=price)
        await self.asked(tag, D(1), self.rig.engine.entry.amend(order, changes))

    async def amend_away(self) -> None:
        """An amend to what is filled already, which cancels."""
        filled = [order for order in self.amendable() if order.cum_qty]
        if filled:
            order = self.rng.choice(filled)
            tag = self.amend_tag(order, order.cum_qty, None)
            await self.asked(tag, D(1), self.rig.engine.entry.amend(order, Changes(qty=order.cum_qty)))

    async def amend_wrong(self) -> None:
        """An amend that the venue refuses: a price off the tick, or funds that are not there."""
        if found := self.amendable():
            order = self.rng.choice(found)
            changes = self.rng.choice((Changes(limit_price=D("1.05")), Changes(qty=D(900_000))))
            await self.asked(D(4), D(1), self.rig.engine.entry.amend(order, changes))

    async def cancel_all(self) -> None:
        """Everything at once: a point for the pair if there is anything."""
        tag = D(1) if self.rig.open_at_venue() else D(0)
        await self.asked(tag, D(0), self.rig.engine.entry.cancel_everything())

    # -- what happens by itself, and by others

    async def timer(self) -> None:
        """The venue's own timer cancels everything and charges nothing."""
        before, exchange = self.charged, self.rig.venue.exchange
        exchange.cancel_all_after(self.rig.account, 1)
        self.clock.advance(s=1)
        exchange.tick()
        assert not self.rig.open_at_venue()
        assert self.charged <= before

    async def fill(self) -> None:
        """Somebody trades with an order of ours: parts, ends and exits come of it, and cost nothing."""
        resting = [order for order in self.rig.open_at_venue() if order.price and not order.waits]
        if not resting:
            return
        before, mine = self.charged, self.rng.choice(resting)
        instrument = self.rig.venue.exchange.listings[SYMBOL].instrument
        levels = self.rig.venue.exchange.levels(SYMBOL, mine.side, 0)
        queue = [order for level in levels for order in level.orders]
        ahead = sum(order.qty for order in queue[: [order.order_id for order in queue].index(mine.order_id)])
        total = instrument.qty(ahead) + self.rng.choice((D("0.001"), QTY))
        price, now = instrument.price(mine.price), TimeInForce.IOC
        swept = AddOrder(SYMBOL, mine.side.opposite, OrderType.LIMIT, total, price, time_in_force=now)
        try:
            self.rig.venue.exchange.add_order("second", swept)
        except VenueReject:
            return
        assert self.charged == before

    async def wait(self) -> None:
        """Time passes: often until an order is exactly as old as a price step, or a moment less."""
        found = self.working()
        steps = [order.changed_ns + s * NS_PER_S for order in found for s in AGES_S]
        ahead = [at for at in steps if at > self.clock.now_ns() + US]
        if ahead and self.rng.random() < 0.8:
            at = self.rng.choice(ahead) - self.rng.choice((0, 0, US))
            self.clock.advance(ns=at - self.clock.now_ns())
        else:
            self.clock.advance(ms=self.rng.choice((300, 4_000, 21_000)))
        self.rig.venue.exchange.tick()
        await until(lambda: self.settled() or not self.agree(), 5)
        for order in self.rng.sample(found, min(2, len(found))):
            if self.rng.random() < 0.5 and order.order_id in {one.order_id for one in self.rig.open_at_venue()}:
                await self.asked(self.cancel_tag(order), D(0), self.rig.engine.entry.cancel(order))

    async def stranger(self) -> None:
        """Another client of the account adds, cancels or edits."""
        exchange, account = self.rig.venue.exchange, self.rig.account
        try:
            order = self.rig.elsewhere(self.rng.choice(list(Side)), ticks=self.rng.randint(300, 900))
            match self.rng.randrange(3):
                case 0:
                    exchange.cancel_order(account, order_id=order.order_id)
                case 1:
                    exchange.edit_order(account, EditOrder(order.order_id, SYMBOL, qty=D("0.02")))
        except VenueReject:
            # Nothing was reported: an order of theirs that does go through tells of it.
            self.clock.advance(s=100)
            self.rig.elsewhere()
