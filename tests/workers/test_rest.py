from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from app.clock import ManualClock, SystemClock
from app.domain.ratelimit import TIERS
from app.protocol.rest.errors import Layer, Retry
from app.workers import rest as rest_module
from app.workers.nonce_file import NonceFile
from app.workers.outcome import ReadError, Refused, Unknown
from app.workers.questions import Questions
from app.workers.rest import Answer, RestClient
from app.workers.turnstile import Turnstile

HTML = b"<!DOCTYPE html><html><body>520: unknown error</body></html>"


@pytest.fixture
async def client(world: Any) -> AsyncIterator[RestClient]:
    async with world.serving():
        clock = SystemClock()
        nonce = NonceFile(world.nonce_path, clock)
        client = RestClient(world.urls.rest, world.key, clock, nonce=nonce, tier=TIERS["pro"])
        yield client
        await client.close()


async def test_signed_calls_are_accepted_and_nonces_grow(world: Any, client: RestClient) -> None:
    for _ in range(3):
        await client.read("OpenOrders", {"cl_ord_id": "a b+c"})
    assert world.api.nonces == sorted(set(world.api.nonces))
    assert world.api.calls[0][1]["cl_ord_id"] == "a b+c"


async def test_calls_at_the_same_time_arrive_in_nonce_order(world: Any, client: RestClient) -> None:
    world.api.delay_s["OpenOrders"] = 0.02
    await asyncio.gather(*(client.read("OpenOrders") for _ in range(8)))
    assert len(world.api.nonces) == 8


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((520, HTML), "HTTP 520"),
        ((502, b""), "HTTP 502"),
        ((200, HTML), "HTML"),
        ((200, b'{"error":[],"res'), "JSON"),
        ((500, b'{"error":[],"result":{}}'), "HTTP 500"),
        ((200, b'{"error":["EGeneral:Internal error"]}'), "Internal error"),
        ((200, b'{"error":["EService:Busy"]}'), "Busy"),
        (None, "broke"),
    ],
)
async def test_a_write_without_a_clear_answer_is_unknown_and_sent_once(
    world: Any, client: RestClient, reply: Any, words: str
) -> None:
    world.api.raw["AddOrder"] = reply
    outcome = await client.write("AddOrder", {"pair": "XBT/USD"})
    assert isinstance(outcome, Unknown)
    assert words in outcome.reason
    assert world.api.names() == ["AddOrder"]


async def test_a_write_that_takes_too_long_is_unknown(
    world: Any, client: RestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_module, "WRITE_TIMEOUT_S", 0.1)
    world.api.delay_s["AddOrder"] = 5
    outcome = await client.write("AddOrder", {"pair": "XBT/USD"})
    assert isinstance(outcome, Unknown)
    assert world.api.names() == ["AddOrder"]


async def test_a_refused_write_is_not_repeated_even_for_a_late_nonce(world: Any, client: RestClient) -> None:
    world.api.raw["AddOrder"] = (200, b'{"error":["EAPI:Invalid nonce"]}')
    outcome = await client.write("AddOrder", {"pair": "XBT/USD"})
    assert isinstance(outcome, Refused)
    assert (outcome.layer, outcome.retry) == (Layer.AUTH, Retry.FRESH_NONCE)
    assert world.api.names() == ["AddOrder"]


async def test_a_late_nonce_is_renewed_once_for_a_read(world: Any, client: RestClient) -> None:
    world.api.raw["OpenOrders"] = (200, b'{"error":["EAPI:Invalid nonce"]}')
    with pytest.raises(ReadError, match="Invalid nonce"):
        await client.read("OpenOrders")
    assert world.api.names() == ["OpenOrders", "OpenOrders"]


async def test_nothing_listening_means_nothing_was_sent(world: Any, client: RestClient) -> None:
    clock = SystemClock()
    nonce = NonceFile(world.nonce_path, clock)
    dead = RestClient("http://127.0.0.1:9", world.key, clock, nonce=nonce, tier=TIERS["pro"])
    outcome = await dead.write("CancelAll", {})
    assert isinstance(outcome, Refused)
    assert outcome.layer is Layer.LINK
    with pytest.raises(ReadError, match="no answer"):
        await dead.read("OpenOrders")
    await dead.close()


async def test_slow_reads_hold_a_cancel_back_for_a_moment_only(world: Any, client: RestClient, until: Any) -> None:
    world.api.delay_s["TradesHistory"] = 5
    world.api.results["CancelAll"] = {"count": 0}
    client._turnstile = Turnstile(hold_s=0.2)
    slow = [asyncio.create_task(client.read("TradesHistory")) for _ in range(5)]
    await until(lambda: len(world.api.calls) == 1)
    outcome = await asyncio.wait_for(client.write("CancelAll", {}), 1)
    assert isinstance(outcome, Answer)
    assert world.api.names() == ["TradesHistory", "CancelAll"]
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_the_counter_stops_reads_before_the_venue_does_but_never_cancels(world: Any, client: RestClient) -> None:
    world.api.results["CancelAll"] = {"count": 0}
    for _ in range(20):
        await client.read("OpenOrders")
    with pytest.raises(ReadError, match="REST limit"):  # noqa: PT012 - the pro tier decays while we ask
        for _ in range(20):
            await client.read("OpenOrders")
    assert client.points() <= Decimal(20)
    assert isinstance(await client.write("CancelAll", {}), Answer)


async def test_a_rate_refusal_fills_the_local_counter(world: Any, client: RestClient) -> None:
    world.api.raw["OpenOrders"] = (200, b'{"error":["EAPI:Rate limit exceeded"]}')
    with pytest.raises(ReadError, match="Rate limit"):
        await client.read("OpenOrders")
    with pytest.raises(ReadError, match="REST limit"):
        await client.read("OpenOrders")
    assert world.api.names() == ["OpenOrders"]


async def test_token_fetches_at_the_same_time_are_one(world: Any, client: RestClient) -> None:
    world.api.delay_s["GetWebSocketsToken"] = 0.05
    tokens = await asyncio.gather(*(client.token() for _ in range(10)))
    assert len(set(tokens)) == 1
    assert world.api.names() == ["GetWebSocketsToken"]
    await client.token()
    assert len(world.api.names()) == 2


async def test_a_token_fetch_outlives_an_impatient_caller(world: Any, client: RestClient) -> None:
    world.api.delay_s["GetWebSocketsToken"] = 0.2
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.token(), 0.05)
    await client.token()
    assert len(world.api.names()) == 1


@pytest.mark.parametrize(("error", "hold_s"), [("EGeneral:Temporary lockout", 900), ("EAPI:Invalid key", 60)])
async def test_after_a_final_refusal_no_token_is_asked_for_until_the_time_is_over(
    world: Any, error: str, hold_s: int
) -> None:
    clock = ManualClock()
    async with world.serving():
        nonce = NonceFile(world.nonce_path, clock)
        client = RestClient(world.urls.rest, world.key, clock, nonce=nonce, tier=TIERS["pro"])
        world.api.raw["GetWebSocketsToken"] = (200, b'{"error":["%s"]}' % error.encode())
        for _ in range(5):
            with pytest.raises(ReadError, match=error):
                await client.token()
        assert len(world.api.calls) == 1
        clock.advance(s=hold_s)
        with pytest.raises(ReadError, match=error):
            await client.token()
        assert len(world.api.calls) == 2
        await client.close()


async def test_questions_without_a_key_say_so(world: Any) -> None:
    async with world.serving():
        clock = SystemClock()
        client = RestClient(
            world.urls.rest, None, clock, nonce=NonceFile(world.nonce_path, clock), tier=TIERS["starter"]
        )
        outcome = await client.write("CancelAll", {})
        assert isinstance(outcome, Refused)
        assert "needs an API key" in outcome.error
        await client.close()


async def test_a_redirect_is_not_followed(world: Any, client: RestClient) -> None:
    world.api.raw["AddOrder"] = (302, b"")
    assert isinstance(await client.write("AddOrder", {}), Unknown)
    assert len(world.api.calls) == 1


def order(cl_ord_id: str, **more: object) -> dict[str, object]:
    descr = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "30010.0"}
    return {"status": "open", "descr": descr, "vol": "1", "opentm": 1.5, "cl_ord_id": cl_ord_id, **more}


async def test_an_order_is_found_by_its_id_among_open_and_closed_ones_and_strangers_are_not(
    world: Any, client: RestClient
) -> None:
    world.api.results["OpenOrders"] = {"open": {"O1": order("mine"), "O2": order("other")}}
    world.api.results["ClosedOrders"] = {"closed": {"O3": order("mine", status="closed")}, "count": 1}
    found = await Questions(client, SystemClock()).orders_by_cl_ord_id("mine")
    assert [(row.order_id, row.symbol, row.status) for row in found] == [
        ("O1", "BTC/USD", "open"),
        ("O3", "BTC/USD", "closed"),
    ]


async def test_history_is_read_page_by_page(world: Any, client: RestClient) -> None:
    pages = [{"closed": {f"O{page}{n}": order("x") for n in range(2)}, "count": 5} for page in range(2)]
    world.api.results["ClosedOrders"] = [*pages, {"closed": {"O99": order("x")}, "count": 5}]
    found = await Questions(client, SystemClock()).closed_orders(1_700_000_000_999_999_999)
    assert len(found) == 5
    asked = [fields for name, fields in world.api.calls if name == "ClosedOrders"]
    assert [fields["ofs"] for fields in asked] == ["0", "2", "4"]
    assert asked[0]["start"] == "1700000000"


async def test_unknown_ids_are_no_failure_of_the_question(world: Any, client: RestClient) -> None:
    world.api.raw["QueryOrders"] = (200, b'{"error":["EOrder:Invalid order"]}')
    assert await Questions(client, SystemClock()).query_orders(["OAAAAA-BBBBB-CCCCCC"]) == ()


async def test_the_clock_offset(world: Any, client: RestClient) -> None:
    clock = ManualClock(now_ns=1_688_669_438 * 1_000_000_000)
    client._clock = clock
    offset = await Questions(client, clock).server_offset_us()
    assert offset == 10_500_000


async def test_no_secret_shows_in_reprs_errors_or_logs(
    world: Any, client: RestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    world.api.raw["OpenOrders"] = (200, HTML)
    texts = [repr(client), repr(world.key), str(vars(client))]
    try:
        await client.read("OpenOrders")
    except ReadError as error:
        texts += [repr(error), str(error)]
    texts.append(repr(await client.write("AddOrder", {"pair": "x"})))
    texts += [record.getMessage() for record in caplog.records]
    secret, api_key = world.key.secret.reveal(), world.key.key.reveal()
    assert not [text for text in texts if secret in text or api_key in text]


async def test_positions_amends_and_the_ledger_in_our_terms(world: Any, client: RestClient) -> None:
    position = {"ordertxid": "O1", "pair": "XXBTZUSD", "time": 1.5, "type": "sell", "cost": "50", "vol": "1"}
    entry = {"refid": "T1", "time": 2, "type": "margin", "asset": "ZUSD", "amount": "-1", "fee": "0", "balance": "9"}
    amend = {"amend_id": "TA", "amend_type": "user", "timestamp": 5, "order_qty": "2"}
    world.api.results["OpenPositions"] = {"TPOS": position}
    world.api.results["Ledgers"] = {"ledger": {"L1": entry}, "count": 1}
    world.api.results["OrderAmends"] = {"amends": [amend], "count": 1}
    ask = Questions(client, SystemClock())
    (held,) = await ask.positions()
    assert (held.symbol, held.side, held.net) == ("BTC/USD", "sell", None)
    (row,) = await ask.ledger_since(1_700_000_000_000_000_000)
    assert (row.asset, row.kind, row.amount) == ("USD", "margin", Decimal(-1))
    (change,) = await ask.order_amends("O1")
    assert (change.kind, change.qty, change.at_ns) == ("user", Decimal(2), 5)
    asked = dict(world.api.calls)
    assert (asked["OrderAmends"]["order_id"], asked["OpenPositions"]["docalcs"]) == ("O1", "true")
    assert asked["Ledgers"]["start"] == "1700000000"
