from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol.ws2 import requests
from app.protocol.ws2.events import (
    AccountReady,
    AccountStale,
    BadFrame,
    Balances,
    Cut,
    Executions,
    Latency,
    NeedReconnect,
    NeedToken,
    Notice,
    Reply,
    Silence,
    SystemStatus,
    TimedOut,
)
from app.protocol.ws2.frames import Level3Frame, Unknown
from app.protocol.ws2.session import Role, Session
from app.protocol.ws2.topics import BALANCES, EXECUTIONS

ROW = {"order_id": "O1", "exec_type": "new", "order_status": "new", "timestamp": "2026-01-22T06:06:19.833306Z"}


def executions(sequence: int, kind: str = "update", *rows: dict[str, Any]) -> dict[str, Any]:
    return {"channel": "executions", "type": kind, "data": list(rows), "sequence": sequence}


def balances(sequence: int, kind: str = "update") -> dict[str, Any]:
    return {"channel": "balances", "type": kind, "data": [{"asset": "USD", "balance": 500}], "sequence": sequence}


@pytest.fixture
def auth(script: Any) -> Any:
    """Return a private connection whose account is whole."""
    auth = script(Role.AUTH)
    auth.want(EXECUTIONS, BALANCES)
    auth.connect()
    auth.token()
    auth.ack_all()
    auth.hear(executions(1, "snapshot"))
    auth.hear(balances(1, "snapshot"))
    return auth


def test_the_account_is_ready_only_with_both_acks_and_both_snapshots(script: Any) -> None:
    auth = script(Role.AUTH)
    auth.want(EXECUTIONS, BALANCES)
    auth.connect()
    auth.token()
    first, second = auth.take("subscribe")
    auth.ack(first)
    auth.hear(executions(1, "snapshot", ROW))
    auth.hear(balances(1, "snapshot"))
    assert auth.got(AccountReady) == []
    auth.ack(second)
    assert len(auth.got(AccountReady)) == 1
    (snapshot,) = auth.got(Executions)
    assert (snapshot.snapshot, snapshot.sequence, snapshot.rows[0].order_id) == (True, 1, "O1")


def test_the_counter_threshold_comes_from_the_executions_ack(script: Any) -> None:
    auth = script(Role.AUTH)
    auth.want(EXECUTIONS)
    auth.connect()
    auth.token()
    auth.ack(auth.take("subscribe")[0], maxratecount=125)
    assert auth.session.max_rate_count == 125


def test_consecutive_messages_are_delivered_and_the_account_stays_ready(auth: Any) -> None:
    for number in (2, 3, 4):
        auth.hear(executions(number, "update", ROW))
    auth.hear(balances(2))
    assert len(auth.got(Executions)) == 4
    assert [event.snapshot for event in auth.got(Balances)] == [True, False]
    assert auth.session.account_ready
    assert auth.got(AccountStale) == []


@pytest.mark.parametrize("number", [1, 3, 7])
def test_a_gap_a_repeat_or_a_jump_makes_the_account_stale_until_a_fresh_snapshot(auth: Any, number: int) -> None:
    auth.got(AccountReady)
    auth.hear(executions(number, "update", ROW))
    (stale,) = auth.got(AccountStale)
    assert stale.reason == f"executions: message 2 expected, {number} came"
    assert len(auth.got(Executions)) == 2  # positive evidence is not thrown away
    auth.hear(executions(number + 1, "update", ROW))
    assert not auth.session.account_ready
    auth.wait(0.6)
    (leave,) = auth.take("unsubscribe")
    assert leave["params"] == {"channel": "executions", "token": "tok"}
    auth.ack(leave)
    (again,) = auth.take("subscribe")
    assert again["params"]["snap_orders"] is True
    auth.ack(again)
    assert auth.got(AccountReady) == []
    auth.hear(executions(1, "snapshot"))
    assert len(auth.got(AccountReady)) == 1
    auth.hear(executions(2, "update", ROW))
    assert auth.got(AccountStale) == []


def test_a_reconnect_starts_a_new_count_without_a_gap(auth: Any) -> None:
    auth.hear(executions(2, "update", ROW))
    auth.got(AccountReady)
    auth.lose()
    assert [event.reason for event in auth.got(AccountStale)] == ["link lost"]
    auth.connect()
    assert len(auth.got(NeedToken)) >= 1
    auth.token("second")
    auth.ack_all()
    auth.hear(executions(1, "snapshot"))
    auth.hear(balances(1, "snapshot"))
    assert len(auth.got(AccountReady)) == 1
    assert auth.got(AccountStale) == []


def test_one_unreadable_row_loses_no_other(auth: Any) -> None:
    auth.got(Executions)
    auth.hear(
        b'{"channel":"executions","type":"update","sequence":2,"data":'
        b'[{"order_id":"A","exec_type":"new"},{"exec_type":"new"},{"order_id":"B","exec_type":"trade","cost":1e999999},'
        b'{"order_id":"C","exec_type":"canceled","a_new_field":{"x":1}}]}'
    )
    (event,) = auth.got(Executions)
    assert [row.order_id for row in event.rows] == ["A", "C"]
    assert len(auth.got(BadFrame)) == 2


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe", b"[1,2]", b'{"channel":"executions","type":"update"}', b"[" * 2000, b"<html>", b"null"],
)
def test_a_malformed_frame_is_counted_and_the_next_one_is_read(auth: Any, raw: bytes) -> None:
    auth.got(Executions)
    auth.hear(raw)
    assert len(auth.got(BadFrame)) == 1
    auth.hear(executions(2, "update", ROW))
    assert len(auth.got(Executions)) == 1


def order(session: Any) -> int:
    req_id: int = session.session.request(
        "cancel_order", lambda token, rid: requests.cancel_order(token, rid, order_id="O1"), session.now
    )
    session.drain()
    return req_id


def test_an_order_request_goes_out_at_once_with_the_token_and_its_answer_is_matched(auth: Any) -> None:
    req_id = order(auth)
    (sent,) = auth.take("cancel_order")
    assert sent == {"method": "cancel_order", "req_id": req_id, "params": {"token": "tok", "order_id": ["O1"]}}
    auth.now_s += 0.004
    auth.ack(sent, order_id="O1")
    (reply,) = auth.got(Reply)
    assert (reply.req_id, reply.late, reply.response.ok) == (req_id, False, True)
    assert reply.rtt_ns == pytest.approx(4_000_000, abs=10)


def test_silence_after_an_order_is_unknown_after_five_seconds_and_nothing_is_sent_again(auth: Any) -> None:
    req_id = order(auth)
    auth.wait(4.9)
    assert auth.got(TimedOut) == []
    auth.wait(0.3)
    assert [event.req_id for event in auth.got(TimedOut)] == [req_id]
    auth.wait(30)
    assert len(auth.take("cancel_order")) == 1


def test_a_late_answer_is_told_apart(auth: Any) -> None:
    order(auth)
    (sent,) = auth.take("cancel_order")
    auth.wait(6)
    auth.ack(sent, order_id="O1")
    (reply,) = auth.got(Reply)
    assert reply.late


def test_a_lost_link_puts_every_request_in_flight_in_doubt_once(auth: Any) -> None:
    ids = [order(auth) for _ in range(3)]
    auth.lose()
    assert [event.req_id for event in auth.got(Cut)] == ids
    auth.lose()
    assert auth.got(Cut) == []


def test_requests_that_were_not_sent_before_the_cut_are_not_sent_after_it(auth: Any) -> None:
    auth.session.request("cancel_all", requests.cancel_all, auth.now)
    auth.session.lost()
    auth.session.connected(auth.now)
    auth.drain()
    assert auth.take("cancel_all") == []


def test_an_invalid_session_on_an_order_fetches_a_new_token_but_sends_nothing_again(auth: Any) -> None:
    order(auth)
    (sent,) = auth.take("cancel_order")
    auth.got(NeedToken)
    auth.ack(sent, error="ESession:Invalid session")
    assert len(auth.got(Reply)) == 1
    assert len(auth.got(NeedToken)) == 1
    auth.token("fresh")
    assert auth.take("cancel_order") == []
    order(auth)
    assert auth.take("cancel_order")[0]["params"]["token"] == "fresh"


def test_an_answer_to_nothing_is_told(auth: Any) -> None:
    auth.hear({"Error": "Exceeded msg rate"})
    assert "Exceeded msg rate" in auth.got(Notice)[0].text


def test_a_silent_link_is_stale_after_three_seconds_and_given_up_after_ten(auth: Any) -> None:
    auth.wait(2.8, heartbeats=False)
    assert auth.got(Silence) == []
    auth.wait(0.3, heartbeats=False)
    assert auth.got(Silence) == [Silence(quiet=True, reason="no sign of life")]
    assert auth.got(NeedReconnect) == []
    auth.wait(7.2, heartbeats=False)
    assert [event.reason for event in auth.got(NeedReconnect)] == ["no sign of life for 10 s"]


def test_any_frame_ends_the_silence(auth: Any) -> None:
    auth.wait(4, heartbeats=False)
    auth.got(Silence)
    auth.hear({"channel": "heartbeat"})
    assert auth.got(Silence) == [Silence(quiet=False)]
    auth.wait(30)
    assert auth.got(Silence) == []
    assert auth.got(NeedReconnect) == []


TRADE = {
    "channel": "trade",
    "type": "update",
    "data": [
        {
            "symbol": "BTC/USD",
            "side": "buy",
            "price": 1.0,
            "qty": 1.0,
            "ord_type": "limit",
            "trade_id": 1,
            "timestamp": "2026-09-25T17:48:26.844359Z",
        }
    ],
}


def busy(script: Any, frames_per_tick: int, seconds: int, system: str = "online") -> Any:
    """Return a public link that carried so much market data for so long."""
    public = script(Role.PUBLIC)
    public.connect()
    for _ in range(seconds * 10):
        for _ in range(frames_per_tick):
            public.hear(TRADE)
        public.wait(0.1)
    public.hear({"channel": "status", "type": "update", "data": [{"system": system}]})
    assert public.got(Silence) == []
    return public


def test_a_busy_feed_that_stops_is_stale_in_three_seconds_though_heartbeats_go_on(script: Any) -> None:
    public = busy(script, 4, 60)
    public.wait(2.8)
    assert public.got(Silence) == []
    public.wait(0.4)
    assert public.got(Silence) == [Silence(quiet=True, reason="alive, but no market data")]
    public.wait(6)
    assert public.got(NeedReconnect) == []
    public.wait(1.2)
    assert [event.reason for event in public.got(NeedReconnect)] == ["alive, but no market data for 10 s"]


def test_data_and_only_data_ends_that(script: Any) -> None:
    public = busy(script, 4, 60)
    public.wait(5)
    assert len(public.got(Silence)) == 1
    public.hear(TRADE)
    assert public.got(Silence) == [Silence(quiet=False)]


@pytest.mark.parametrize("system", ["maintenance", "cancel_only"])
def test_books_that_stand_still_because_nothing_trades_are_not_stale(script: Any, system: str) -> None:
    public = busy(script, 4, 60, system)
    public.wait(60)
    assert public.got(Silence) == []
    assert public.got(NeedReconnect) == []


def test_a_quiet_feed_is_never_called_stale(script: Any) -> None:
    public = script(Role.PUBLIC)
    public.connect()
    for pause in (1, 3, 26, 2, 8, 45, 1, 1, 30):
        public.hear(TRADE)
        public.wait(pause)
    assert public.got(Silence) == []


def test_leaving_a_busy_pair_is_no_reason_for_alarm(script: Any) -> None:
    public = busy(script, 4, 60)
    public.want(EXECUTIONS)
    public.wait(60)
    assert public.got(Silence) == []


def test_a_connection_without_subscriptions_is_kept_alive_by_pings(script: Any) -> None:
    l3 = script(Role.L3)
    l3.connect()
    for _ in range(200):
        l3.wait(0.1, heartbeats=False)
        for ping in l3.take("ping"):
            assert "params" not in ping
            l3.hear({"method": "pong", "req_id": ping["req_id"]})
    assert l3.got(Silence) == []


def test_a_pong_measures_the_round_trip_and_the_time_inside_the_venue(script: Any) -> None:
    public = script(Role.PUBLIC)
    public.connect()
    (ping,) = public.take("ping")
    public.now_s += 0.025
    public.hear(
        {
            "method": "pong",
            "req_id": ping["req_id"],
            "time_in": "2023-09-24T14:10:23.799685Z",
            "time_out": "2023-09-24T14:10:23.799703Z",
        }
    )
    (latency,) = public.got(Latency)
    assert latency.rtt_ns == pytest.approx(25_000_000, abs=10)
    assert latency.venue_us == 18
    assert latency.venue_mid_ns == 1695564623_799694000


def test_a_pong_of_an_older_ping_measures_nothing(script: Any) -> None:
    public = script(Role.PUBLIC)
    public.connect()
    (ping,) = public.take("ping")
    public.wait(6)
    public.hear({"method": "pong", "req_id": ping["req_id"]})
    assert public.got(Latency) == []


def test_status_is_told_whatever_the_word(script: Any) -> None:
    public = script(Role.PUBLIC)
    public.connect()
    public.hear(
        {
            "channel": "status",
            "type": "update",
            "data": [{"version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": 2**64 - 1}],
        }
    )
    public.hear({"channel": "status", "data": [{"api_version": "v2", "system": "maintenance"}], "type": "update"})
    public.hear({"channel": "status", "data": [{"system": "siesta"}], "type": "update"})
    assert [event.system for event in public.got(SystemStatus)] == ["online", "maintenance", "siesta"]


def test_market_frames_are_handed_back_and_unknown_ones_as_well(script: Any) -> None:
    l3 = script(Role.L3)
    l3.connect()
    frame = l3.hear(
        b'{"channel":"level3","type":"update","data":[{"checksum":4239577768,"symbol":"BTC/USD","timestamp":'
        b'"2026-09-15T23:41:47.461426256Z","bids":[],"asks":[{"event":"delete","order_id":"OOZP53-FUXQT-BM3262",'
        b'"limit_price":75623.0,"order_qty":0.99200222,"timestamp":"2026-09-15T23:41:47.461426256Z"}]}]}'
    )
    assert isinstance(frame, Level3Frame)
    assert isinstance(l3.hear({"channel": "weather", "type": "update", "data": [{"symbol": "BTC/USD"}]}), Unknown)
    assert "weather" in l3.got(BadFrame)[0].reason


FRAMES = [
    b'{"channel":"executions","type":"update","data":[{"order_id":"O1","exec_type":"trade","last_qty":0.005,"fees":'
    b'[{"asset":"USD","qty":0.3458}],"timestamp":"2023-09-22T10:33:05.709993Z"}],"sequence":10}',
    b'{"channel":"balances","type":"snapshot","data":[{"asset":"USD","balance":1.5,"wallets":[]}],"sequence":1}',
    b'{"channel":"level3","type":"update","data":[{"checksum":4239577768,"symbol":"BTC/USD","bids":[],"asks":[{"event":'
    b'"delete","order_id":"O","limit_price":75623.0,"order_qty":0.99,"timestamp":"2026-09-15T23:41:47.461426256Z"}]}]}',
    b'{"method":"subscribe","req_id":1,"result":{"channel":"executions","maxratecount":125},"success":true}',
    b'{"method":"add_order","req_id":9,"error":"EOrder:Insufficient funds","success":false,"time_in":"2023"}',
    b'{"method":"pong","req_id":2,"time_in":"2023-09-24T14:10:23.799685Z","time_out":"2023-09-24T14:10:23.799703Z"}',
    b'{"channel":"status","type":"update","data":[{"system":"online","connection_id":18125794168470749634}]}',
]
SPLICES = [b"", b'"', b"{", b"]", b"null", b"-1", b"1e999", b"\xff", b"\x00", b"\\u202e", b"9" * 400, b'{"a":' * 300]


@given(st.sampled_from(list(Role)), st.sampled_from(FRAMES), st.data())
def test_no_mutation_of_a_frame_raises(role: Role, frame: bytes, data: Any) -> None:
    session = Session(role)
    session.want({EXECUTIONS}, 0)
    session.connected(0)
    session.set_token("tok", 0)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(frame)))
        end = data.draw(st.integers(start, min(len(frame), start + 12)))
        frame = frame[:start] + data.draw(st.sampled_from(SPLICES)) + frame[end:]
    session.receive(frame, 1)
    session.tick(2)
    session.drain()
