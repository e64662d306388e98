"""Every order type with every time in force and term, typed as a line, through a real engine, over both transports.

What Kraken takes must stand at the venue as meant and in the blotter as it
stands; what Kraken refuses must not leave this machine, and the venue must
say the same when it is sent all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from app.clock import NS_PER_S
from app.domain.grammar import Place, parse
from app.domain.order import CloseTemplate, OrderRequest, OrderType, Side, TimeInForce
from app.domain.quote import resolve
from app.domain.venue_rules import broken_rule
from app.engine.routes import Route
from app.link.frames import OrderRow
from app.link.messages import Answer, Outcome
from app.venue.core.api import Order, OrderStatus, VenueReject
from app.venue.core.ratelimit import RateCounters
from app.workers.feed import Refused, Via
from tests.domain.test_rules_agree import asked
from tests.engine.conftest import SYMBOL, Rig, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

D = Decimal
LEVERAGES = (2, 3, 4, 5)
TERMS = {
    "": "",
    "post": "post",
    "close": "then @ {far}",
    "stop close": "then stop {deep}",
    "trailing close": "then trail 1%",
    "later": "start 10m",
    "stp": "stp both",
    "fee": "fee base",
    "deadline": "deadline 3s",
    "leverage": "lev 3",
    "reduce": "lev 3 reduce",
    "index": "index",
    "validate": "validate",
}
TIMES = {"gtc": "", "gtd": "gtd 15m", "ioc": "ioc", "fok": "fok"}
KINDS = {
    OrderType.LIMIT: "@ {low}",
    OrderType.ICEBERG: "@ {low} iceberg 0.0005",
    OrderType.MARKET: "market",
    OrderType.STOP_LOSS: "stop {high}",
    OrderType.STOP_LOSS_LIMIT: "stop {high} @ {higher}",
    OrderType.TAKE_PROFIT: "tp {low}",
    OrderType.TAKE_PROFIT_LIMIT: "tp {low} @ {lower}",
    OrderType.TRAILING_STOP: "trail 1%",
    OrderType.TRAILING_STOP_LIMIT: "trail 1% @ +5",
    OrderType.SETTLE_POSITION: "settle",
}
QTY = "0.001"
LINK_DOWN = ("the book is ", "account stream: ", "are being compared", "keys are not armed")
SAMPLE = ("", "post", "close", "leverage")
"""What is tried over REST in every run; the rest of the table is in the slow one."""


class Table:
    """One kind of order on one transport: makes lines and requests, sends them, compares."""

    def __init__(self, rig: Rig, kind: OrderType, via: Via) -> None:
        self.rig, self.kind, self.via = rig, kind, via
        self.taken = self.refused = 0
        rig.engine.routes.any = lambda: Route(via)  # type: ignore[method-assign]

    def line(self, words: str) -> str:
        """A line of its own prices, so that it is nobody's duplicate."""
        rig = self.rig
        rig.placed += 1
        shift = rig.placed % 200
        prices = {
            "low": rig.price(Side.BUY, 500 + shift),
            "lower": rig.price(Side.BUY, 600 + shift),
            "deep": rig.price(Side.BUY, 3000 + shift),
            "high": rig.price(Side.SELL, 500 + shift),
            "higher": rig.price(Side.SELL, 600 + shift),
            "far": rig.price(Side.SELL, 3000 + shift),
        }
        return f"buy {QTY} {SYMBOL} {words}".format(**{name: f"{price:f}" for name, price in prices.items()})

    def request(self, tif: TimeInForce, term: str) -> OrderRequest:
        """The order that the line means, made without the language where that refuses it."""
        base = "" if term in {"post", "close", "stop close", "trailing close", "later", "index"} else TERMS[term]
        (statement,) = parse(self.line(f"{KINDS[self.kind]} {base}"))
        assert isinstance(statement, Place)
        gate, now = self.rig.engine.commands.gate, self.rig.venue.clock.now_ns()
        made = resolve(
            statement.draft,
            gate.market(SYMBOL),
            gate.funds(SYMBOL),
            self.rig.engine.commands.trading.submitter.fresh_id(),
            now_ns=now,
        )
        ahead = (now // NS_PER_S + 900) * NS_PER_S
        made = replace(made, time_in_force=tif, expire_ns=ahead if tif is TimeInForce.GTD else 0)
        match term:
            case "post":
                return replace(made, post_only=True)
            case "close" | "stop close" | "trailing close":
                return replace(made, conditional=CloseTemplate(OrderType.LIMIT, D(90_000)))
            case "later":
                return replace(made, start_ns=ahead - 300 * NS_PER_S)
            case _:
                return made

    async def do(self, line: str) -> Answer:
        """Send a line; once more if a link fell silent for a moment, as links on a busy machine do: it never left."""
        for _again in range(3):
            await self.rig.ready()
            if not self.rig.engine.state.pen.armed:
                await self.rig.screen.arm()
            answer = await self.rig.screen.do(line)
            if not any(words in answer.text for words in LINK_DOWN):
                break
        return answer

    async def case(self, tif: TimeInForce, term: str) -> None:
        """Try one combination."""
        fresh_counters(self.rig)
        request = self.request(tif, term)
        instrument = self.rig.engine.state.market.instruments[SYMBOL]
        now = self.rig.venue.clock.now_ns()
        broken = broken_rule(request, instrument, wall_ns=now, leverages=LEVERAGES)
        line = self.line(f"{KINDS[self.kind]} {TIMES[tif]} {TERMS[term]}")
        name = f"{self.via} {line}"
        before = len(self.rig.truth())
        answer = await self.do(line)
        if broken is None:
            assert answer.outcome is Outcome.ACCEPTED, (name, answer)
            await self.check_taken(name, tif, term, before)
            self.taken += 1
            return
        assert answer.outcome is Outcome.REFUSED, (name, answer)
        assert answer.layer in {"guard", "grammar"}, (name, answer)
        assert answer.layer == "grammar" or broken.text in answer.text, (name, answer, broken)
        assert len(self.rig.truth()) == before, f"{name} reached the wire"
        await self.check_forced(name, request, broken.error)
        self.refused += 1

    async def check_forced(self, name: str, request: OrderRequest, error: str) -> None:
        """Send what the gate refuses: the venue says the same, over the wire where that can carry it."""
        outcome = await self.rig.engine.venue.add_order(request, via=self.via)
        assert isinstance(outcome, Refused), (name, outcome)
        if outcome.layer.value != "validation" or outcome.error.startswith("E"):
            assert outcome.error == error, (name, outcome)
        with pytest.raises(VenueReject) as caught:
            self.rig.venue.exchange.add_order(self.rig.account, asked(request))
        assert caught.value.error == error, name

    async def check_taken(self, name: str, tif: TimeInForce, term: str, before: int) -> None:
        rig = self.rig
        if term == "validate":
            assert len(rig.truth()) == before, name
            return
        record = next(row for row in rig.truth()[before:] if row["kind"] == "accepted")
        expected = (self.kind.value, tif.value, term == "post", rig_source(self.via, term))
        found = (record["order_type"], record["time_in_force"], record["post_only"], record["source"])
        assert found == expected, name
        order = rig.venue.exchange.find_order(rig.account, str(record["order_id"]))
        assert order is not None
        state = expected_state(self.kind, tif, term)
        assert order.status is state, (name, order)
        mine = rig.engine.state.orders.locate(order.order_id)
        assert mine is not None, name
        settled = {OrderStatus.FILLED: "filled", OrderStatus.CANCELED: "canceled"}.get(state, "")
        number = rig.engine.state.orders.number(mine)
        await until(lambda: rig.state_of(number) in ((settled,) if settled else ("working", "acked")))
        check_row(name, self.row(number), order, tif, term)

    def row(self, number: int) -> OrderRow:
        rows = self.rig.engine.publisher.orders(())
        return next(row for row in rows if row.number == number)


def rig_source(via: Via, term: str) -> str:
    return "rest" if term in {"leverage", "reduce"} else via.value


def fresh_counters(rig: Rig) -> None:
    """Take everything off the book and begin to count anew: hundreds of orders in a second are no person's."""
    rig.venue.exchange.cancel_all(rig.account)
    account = rig.venue.exchange._floor.accounts[rig.account]
    account.rates = RateCounters(account.rates.tier)
    rig.engine.state.rates._pairs.clear()
    rig.engine.commands.gate._recent.clear()


def expected_state(kind: OrderType, tif: TimeInForce, term: str) -> OrderStatus:
    if term == "later":
        return OrderStatus.PENDING_NEW
    if kind in {OrderType.MARKET, OrderType.SETTLE_POSITION}:
        return OrderStatus.FILLED
    if kind is OrderType.LIMIT and tif in {TimeInForce.IOC, TimeInForce.FOK}:
        return OrderStatus.CANCELED
    return OrderStatus.NEW


def check_row(name: str, row: OrderRow, order: Order, tif: TimeInForce, term: str) -> None:
    """What the blotter says of an order is what the venue has."""
    words = row.kind.split()
    assert words[0] == order.order_type.value, (name, row)
    assert ("post" in words) is (term == "post"), (name, row)
    assert (tif.value in words) is (tif is not TimeInForce.GTC), (name, row)
    assert bool(row.price) is order.order_type.limited, (name, row)
    assert bool(row.display) is (order.order_type is OrderType.ICEBERG), (name, row)
    assert bool(row.trigger) is (order.trigger is not None), (name, row)
    if order.trigger is not None:
        assert order.trigger.reference.value in row.trigger, (name, row)
        assert row.triggered is (order.trigger.triggered), (name, row)
    assert bool(row.close) is (term.endswith("close")), (name, row)
    assert row.expires_ns == order.terms.expire_ns, (name, row)
    assert row.starts_ns == order.terms.effective_ns, (name, row)
    assert D(row.qty) == D(QTY), (name, row)
    if order.status is OrderStatus.NEW:
        assert row.dies, name


def combinations(kind: OrderType, terms: tuple[str, ...]) -> Iterator[tuple[TimeInForce, str]]:
    for tif, term in product(TimeInForce, terms):
        if term == "index" and not kind.triggered:
            continue  # the word names a trigger's reference
        if (kind, tif) == (OrderType.MARKET, TimeInForce.IOC):
            continue  # the same as without it, which is how it is typed
        yield tif, term


@pytest.mark.parametrize("kind", list(KINDS), ids=str)
async def test_over_the_order_link(shared_rig: Rig, kind: OrderType) -> None:
    table = Table(shared_rig, kind, Via.WS)
    for tif, term in combinations(kind, tuple(TERMS)):
        await table.case(tif, term)
    assert table.taken
    assert table.refused or kind is OrderType.LIMIT


@pytest.mark.parametrize("kind", list(KINDS), ids=str)
async def test_over_rest(shared_rig: Rig, kind: OrderType) -> None:
    table = Table(shared_rig, kind, Via.REST)
    for tif, term in combinations(kind, SAMPLE):
        await table.case(tif, term)
    assert table.taken


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(KINDS), ids=str)
async def test_all_terms_over_rest(shared_rig: Rig, kind: OrderType) -> None:
    table = Table(shared_rig, kind, Via.REST)
    for tif, term in combinations(kind, tuple(TERMS)):
        await table.case(tif, term)
    assert table.taken


MORE_TAKEN = (
    "stop +1%",
    "stop +100",
    "index stop {high}",
    "tp -1%",
    "tp -100",
    "tp -1% @ {lower}",
    "trail 50",
    "trail 10t",
    "index trail 1%",
    "trail 1% @ -0.1%",
    "trail 50 @ -5 post gtd 30m",
    "@ {low} iceberg 0.0001 post gtd 15m then stop {deep} @ {deep}",
    "@ {low} stp newest fee quote deadline 4s",
    "@ {low} start 10m gtd 20m",
    "take",
)
MORE_REFUSED = {
    "@ {low} iceberg 0.00006": "less than 1/15",
    "@ {low} iceberg 0.002": "showing",
    "@ {low} gtd 2s": "expiry",
    "@ {low} gtd 40d": "expiry",
    "@ {low} start 20m gtd 10m": "before the start",
    "@ {low} reduce": "margin",
    "market start 40d": "month",
}


@pytest.mark.parametrize("via", [Via.WS, Via.REST], ids=str)
async def test_prices_as_offsets_and_terms_together(shared_rig: Rig, via: Via) -> None:
    table = Table(shared_rig, OrderType.LIMIT, via)
    for words in MORE_TAKEN:
        fresh_counters(shared_rig)
        before = len(shared_rig.truth())
        answer = await shared_rig.screen.do(table.line(words))
        assert answer.outcome is Outcome.ACCEPTED, (words, answer)
        assert len(shared_rig.truth()) > before


@pytest.mark.parametrize(("words", "reason"), MORE_REFUSED.items(), ids=str)
async def test_terms_out_of_bounds_stay_here(shared_rig: Rig, words: str, reason: str) -> None:
    table = Table(shared_rig, OrderType.LIMIT, Via.WS)
    fresh_counters(shared_rig)
    before = len(shared_rig.truth())
    answer = await shared_rig.screen.do(table.line(words))
    assert (answer.outcome, answer.layer in {"guard", "grammar"}) == (Outcome.REFUSED, True), answer
    assert reason in answer.text
    assert len(shared_rig.truth()) == before


async def test_a_deadline_too_near_for_rest_stays_here(shared_rig: Rig) -> None:
    table = Table(shared_rig, OrderType.LIMIT, Via.REST)
    fresh_counters(shared_rig)
    before = len(shared_rig.truth())
    for words in ("@ {low} deadline 2s", "@ {low} deadline 500ms"):
        answer = await shared_rig.screen.do(table.line(words))
        assert answer.layer == "guard", answer
        assert "over REST" in answer.text
    assert len(shared_rig.truth()) == before
    Table(shared_rig, OrderType.LIMIT, Via.WS)
    assert (await shared_rig.screen.do(table.line("@ {low} deadline 900ms"))).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("via", [Via.WS, Via.REST], ids=str)
async def test_a_market_buy_sized_in_money_spends_that_and_not_more(shared_rig: Rig, via: Via) -> None:
    Table(shared_rig, OrderType.MARKET, via)
    fresh_counters(shared_rig)
    before = len(shared_rig.truth())
    assert (await shared_rig.screen.do(f"buy $50 {SYMBOL} market")).outcome is Outcome.ACCEPTED
    news = shared_rig.truth()[before:]
    assert next(row for row in news if row["kind"] == "accepted")["cash"] == "50"
    spent = sum(D(str(row["cost"])) for row in news if row["kind"] == "filled")
    assert D(49) < spent <= D(50)
