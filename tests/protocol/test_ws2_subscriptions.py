from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.budget import RollingBudget
from app.protocol.ws2.events import (
    AckMissing,
    BookReset,
    NeedReconnect,
    NeedToken,
    Notice,
    Subscribed,
    SubscribeRefused,
)
from app.protocol.ws2.session import Role
from app.protocol.ws2.topics import INSTRUMENT, Topic

BTC = Topic("book", "BTC/USD", depth=10)
ETH = Topic("book", "ETH/USD", depth=10)


@pytest.fixture
def public(script: Any) -> Any:
    return script(Role.PUBLIC)


def test_one_request_serves_all_symbols_of_a_feed_and_each_symbol_is_confirmed_by_its_own_ack(public: Any) -> None:
    public.want(BTC, ETH, INSTRUMENT)
    assert public.sent == []
    public.connect()
    requests = public.take("subscribe")
    by_channel = {request["params"]["channel"]: request for request in requests}
    book = by_channel["book"]
    assert sorted(book["params"]["symbol"]) == ["BTC/USD", "ETH/USD"]
    assert book["params"]["depth"] == 10
    assert book["params"]["snapshot"] is True
    assert "symbol" not in by_channel["instrument"]["params"]
    assert "token" not in book["params"]
    public.ack(book, "ETH/USD")
    assert [event.topic for event in public.got(Subscribed)] == [ETH]
    public.ack(book, "BTC/USD")
    assert [event.topic for event in public.got(Subscribed)] == [BTC]


def test_a_refused_symbol_is_named_and_the_others_go_on(public: Any) -> None:
    public.want(BTC, Topic("book", "XBT/USD", depth=10))
    public.connect()
    (request,) = public.take("subscribe")
    public.ack(request, "XBT/USD", "Currency pair not supported XBT/USD")
    public.ack(request, "BTC/USD")
    (refused,) = public.got(SubscribeRefused)
    assert refused.topic.symbol == "XBT/USD"
    assert refused.fault.error == "Currency pair not supported XBT/USD"
    public.wait(30)
    assert public.take("subscribe") == []


def test_an_answer_to_another_request_confirms_nothing(public: Any) -> None:
    public.want(BTC)
    public.connect()
    (request,) = public.take("subscribe")
    public.ack({**request, "req_id": request["req_id"] + 1000}, "BTC/USD")
    assert public.got(Subscribed) == []


def test_a_missing_ack_is_named_and_the_feed_asked_for_again(public: Any) -> None:
    public.want(BTC, ETH)
    public.connect()
    (request,) = public.take("subscribe")
    public.ack(request, "ETH/USD")
    public.wait(4.8)
    assert public.got(AckMissing) == []
    public.wait(0.4)
    assert [event.topics for event in public.got(AckMissing)] == [(BTC,)]
    public.wait(0.6)
    (leave,) = public.take("unsubscribe")
    assert leave["params"]["symbol"] == ["BTC/USD"]
    public.ack(leave, "BTC/USD", "Subscription Not Found")
    (again,) = public.take("subscribe")
    assert again["params"]["symbol"] == ["BTC/USD"]
    public.ack(again, "BTC/USD")
    assert BTC in [event.topic for event in public.got(Subscribed)]


def test_already_subscribed_leads_to_a_fresh_subscription(public: Any) -> None:
    public.want(BTC)
    public.connect()
    (request,) = public.take("subscribe")
    public.ack(request, "BTC/USD", "Already subscribed")
    public.wait(0.6)
    (leave,) = public.take("unsubscribe")
    assert leave["params"] == {"channel": "book", "symbol": ["BTC/USD"], "depth": 10}
    public.ack(leave, "BTC/USD")
    assert len(public.take("subscribe")) == 1


def test_a_resync_leaves_first_and_subscribes_only_after_that_ack(public: Any) -> None:
    public.want(BTC, ETH)
    public.connect()
    public.ack_all()
    public.got(BookReset)
    assert public.session.resync("BTC/USD", public.now)
    public.drain()
    assert [event.topic for event in public.got(BookReset)] == [BTC]
    assert public.take("unsubscribe") == []
    public.wait(0.5)
    (leave,) = public.take("unsubscribe")
    assert leave["params"]["symbol"] == ["BTC/USD"]
    public.wait(1)
    assert public.take("subscribe") == []
    public.ack(leave, "BTC/USD")
    (again,) = public.take("subscribe")
    assert again["params"]["symbol"] == ["BTC/USD"]


def test_resyncs_of_one_symbol_wait_ever_longer_and_the_sixth_asks_for_a_new_connection(public: Any) -> None:
    public.want(BTC)
    public.connect()
    public.ack_all()
    waits = []
    for _ in range(5):
        public.session.resync("BTC/USD", public.now)
        start = public.now_s
        while not (leave := public.take("unsubscribe")):
            public.wait(0.1)
        waits.append(public.now_s - start)
        public.ack(leave[0], "BTC/USD")
        public.ack_all()
    assert waits == pytest.approx([0.5, 1, 2, 4, 8], abs=0.11)
    assert public.got(NeedReconnect) == []
    public.session.resync("BTC/USD", public.now)
    public.drain()
    assert "5 tries" in public.got(NeedReconnect)[0].reason


def test_a_resync_after_a_calm_minute_counts_as_the_first(public: Any) -> None:
    public.want(BTC)
    public.connect()
    public.ack_all()
    for _ in range(8):
        public.session.resync("BTC/USD", public.now)
        public.wait(0.5)
        (leave,) = public.take("unsubscribe")
        public.ack(leave, "BTC/USD")
        public.ack_all()
        public.wait(61)
    assert public.got(NeedReconnect) == []


def test_asking_twice_for_a_resync_does_it_once(public: Any) -> None:
    public.want(BTC)
    public.connect()
    public.ack_all()
    for _ in range(3):
        public.session.resync("BTC/USD", public.now)
    public.wait(0.6)
    assert len(public.take("unsubscribe")) == 1


def test_a_resync_asked_for_before_the_ack_is_not_forgotten(public: Any) -> None:
    public.want(BTC)
    public.connect()
    public.session.resync("BTC/USD", public.now)
    public.ack_all()
    public.wait(0.6)
    assert len(public.take("unsubscribe")) == 1


def test_another_depth_waits_until_the_old_one_is_gone(public: Any) -> None:
    public.want(BTC)
    public.connect()
    public.ack_all()
    deep = Topic("book", "BTC/USD", depth=1000)
    public.want(deep)
    (leave,) = public.take("unsubscribe")
    assert leave["params"]["depth"] == 10
    assert public.take("subscribe") == []
    public.ack(leave, "BTC/USD")
    (request,) = public.take("subscribe")
    assert request["params"]["depth"] == 1000


def test_what_is_no_longer_wanted_is_left_and_not_asked_for_after_a_reconnect(public: Any) -> None:
    public.want(BTC, ETH)
    public.connect()
    public.ack_all()
    public.want(ETH)
    (leave,) = public.take("unsubscribe")
    public.ack(leave, "BTC/USD")
    public.lose()
    public.now_s += 1
    public.connect()
    (request,) = public.take("subscribe")
    assert request["params"]["symbol"] == ["ETH/USD"]


def test_after_a_reconnect_every_wanted_feed_is_asked_for_again_and_every_book_is_void(public: Any) -> None:
    public.want(BTC, ETH)
    public.connect()
    public.ack_all()
    public.got(BookReset)
    public.lose()
    assert {event.topic for event in public.got(BookReset)} == {BTC, ETH}
    public.connect()
    (request,) = public.take("subscribe")
    assert sorted(request["params"]["symbol"]) == ["BTC/USD", "ETH/USD"]


def test_a_rate_refusal_is_tried_again_later(public: Any) -> None:
    public.want(BTC)
    public.connect()
    (request,) = public.take("subscribe")
    public.ack(request, "BTC/USD", "Exceeded msg rate")
    assert public.take("subscribe") == []
    assert "Exceeded msg rate" in public.got(Notice)[0].text
    public.wait(0.6)
    assert len(public.take("subscribe")) == 1


def test_level3_subscriptions_keep_within_the_budget_of_each_second(script: Any) -> None:
    l3 = script(Role.L3, RollingBudget(200, 1_000_000_000))
    l3.want(*(Topic("level3", f"A{n}/USD", depth=100) for n in range(20)))
    l3.connect()
    l3.token()
    per_second = []
    for _ in range(3):
        per_second.append(sum(len(request["params"]["symbol"]) for request in l3.take("subscribe")))
        l3.wait(1)
    assert per_second == [8, 8, 4]


def test_a_private_connection_sends_nothing_before_it_has_a_token(script: Any) -> None:
    l3 = script(Role.L3, RollingBudget(200, 1_000_000_000))
    l3.want(Topic("level3", "BTC/USD", depth=10))
    l3.connect()
    assert l3.take("subscribe") == []
    assert len(l3.got(NeedToken)) == 1
    l3.token("fresh")
    (request,) = l3.take("subscribe")
    assert request["params"]["token"] == "fresh"
    l3.ack(request, "BTC/USD")
    l3.session.resync("BTC/USD", l3.now)
    l3.wait(0.6)
    (leave,) = l3.take("unsubscribe")
    assert leave["params"]["token"] == "fresh"


def test_an_invalid_session_asks_for_one_new_token_and_then_less_often(script: Any) -> None:
    auth = script(Role.AUTH)
    auth.want(Topic("executions"))
    auth.connect()
    assert len(auth.got(NeedToken)) == 1
    auth.token("old")
    asked_at = []
    for _ in range(4):
        (request,) = auth.take("subscribe")
        auth.ack(request, error="ESession:Invalid session")
        start = auth.now_s
        while not auth.got(NeedToken):
            auth.wait(0.1)
        asked_at.append(auth.now_s - start)
        auth.token("next")
    assert asked_at[0] == pytest.approx(0, abs=0.01)
    assert asked_at[1:] == sorted(asked_at[1:])
    assert asked_at[1] > 1.5


def test_a_token_that_cannot_be_had_is_asked_for_again(script: Any) -> None:
    auth = script(Role.AUTH)
    auth.want(Topic("executions"))
    auth.connect()
    assert len(auth.got(NeedToken)) == 1
    auth.wait(10)
    assert auth.got(NeedToken) == []
    auth.session.token_failed()
    auth.wait(3)
    assert len(auth.got(NeedToken)) == 1


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_whatever_acks_are_lost_every_feed_is_confirmed_in_the_end_or_a_new_connection_asked_for(
    script: Any, chance: Any, count: int
) -> None:
    public = script(Role.PUBLIC)
    held: set[str] = set()  # what the venue believes to be subscribed
    topics = {Topic("book", f"A{number}/USD", depth=10) for number in range(count)}
    public.want(*topics)
    public.connect()
    lossy_until = public.now_s + 20
    while public.now_s < lossy_until + 30:
        public.wait(0.1)
        for request in public.take("subscribe", "unsubscribe"):
            for symbol in request["params"]["symbol"]:
                joining = request["method"] == "subscribe"
                error = ""
                if joining and symbol in held:
                    error = "Already subscribed"
                elif not joining and symbol not in held:
                    error = "Subscription Not Found"
                (held.add if joining else held.discard)(symbol)
                if public.now_s > lossy_until or chance.random() < 0.5:
                    public.ack(request, symbol, error)
        if public.got(NeedReconnect):
            return
    assert public.session.feeds_text() == f"{count} of {count} feeds"
    assert held == {topic.symbol for topic in topics}
