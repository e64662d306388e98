from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clock import NS_PER_S, ManualClock, parse_rfc3339
from app.domain import rollover
from app.errors import ConfigError
from app.protocol.fix.message import Encoder, fields
from app.protocol.fix.session import Identity, Session
from app.workers.fix_store import FileStore
from tests.protocol.fix.peer import parsed

ENCODER = Encoder("CLIENT", "KRAKEN-TRD")


def clock() -> ManualClock:
    return ManualClock(parse_rfc3339("2026-04-07T14:00:00Z"))


def frame(seq: int, kind: str = "D", body: str = "11=1\x01") -> bytes:
    return ENCODER.encode(kind, seq, 0, body)


def test_numbers_survive_the_program(tmp_path: Path) -> None:
    path = FileStore.named(tmp_path, "fix.example.com", "CLIENT", "KRAKEN-TRD")
    store = FileStore(path, clock())
    assert store.fresh()
    store.reset()
    assert not store.fresh()
    store.sent(1, frame(1))
    store.received(2)
    store.sent(2, frame(2))
    store.received(7)
    store.keep()
    # No close: the program died here.
    again = FileStore(path, clock())
    assert (again.next_in, again.next_out) == (7, 3)
    assert not again.fresh()
    assert "35=D" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_number_that_was_not_written_lags_but_never_runs_ahead(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "a.fix", clock())
    store.reset()
    store.received(5)
    assert FileStore(tmp_path / "a.fix", clock()).next_in == 1


def test_no_secret_is_kept(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "a.fix", clock())
    store.reset()
    store.sent(1, frame(1, "A", fields(("553", "THEKEY"), ("554", "SIGNED"), ("5025", "NONCE"))))
    text = (tmp_path / "a.fix").read_text()
    assert not any(secret in text for secret in ("THEKEY", "SIGNED", "NONCE"))


def test_after_a_rollover_the_numbers_begin_anew(tmp_path: Path) -> None:
    time = clock()
    store = FileStore(tmp_path / "a.fix", time)
    store.reset()
    time.advance(s=8 * 3600 - 1)
    assert not store.fresh()
    time.advance(s=1)
    assert store.fresh()
    store.reset()
    assert not store.fresh()


def test_a_damaged_middle_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.fix"
    store = FileStore(path, clock())
    store.reset()
    store.sent(1, frame(1))
    data = path.read_bytes()
    path.write_bytes(data + b"rubbish\n" + data)
    again = FileStore(path, clock())
    assert again.damaged
    assert again.fresh()


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be used"):
        FileStore(tmp_path / "nowhere" / "a.fix", clock())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.integers(1, 6), st.integers(0, 400))
def test_a_file_torn_at_any_byte_gives_a_state_that_was(tmp_path: Path, messages: int, cut: int) -> None:
    path = tmp_path / "torn.fix"
    path.unlink(missing_ok=True)
    store = FileStore(path, clock())
    store.reset()
    states = {(1, 1)}
    for seq in range(1, messages + 1):
        store.sent(seq, frame(seq))
        states.add((store.next_in, seq + 1))
        store.received(seq + 1)
        states.add((seq + 1, seq + 1))
    data = path.read_bytes()
    path.write_bytes(data[: max(0, len(data) - cut)])
    again = FileStore(path, clock())
    assert not again.damaged
    assert any(again.next_out == out and again.next_in <= into for into, out in states)
    again.sent(again.next_out, frame(again.next_out))
    assert FileStore(path, clock()).next_out == again.next_out


def test_a_hundred_rollovers_begin_at_one_and_send_no_order_again(tmp_path: Path) -> None:
    time = clock()
    store = FileStore(tmp_path / "a.fix", time)
    sent: list[dict[int, str]] = []

    def trace(out: bool, frame: bytes) -> None:
        if out:
            sent.append(parsed(frame))

    session = Session(Identity("CLIENT", "KRAKEN-TRD"), store, time, lambda _seq: "", trace)

    def say(kind: str, seq: int, body: str = "") -> None:
        session.receive(Encoder("KRAKEN-TRD", "CLIENT").encode(kind, seq, time.now_ns(), body))
        session.outbox.clear()

    for day in range(100):
        assert store.fresh()
        session.connected(reset=store.fresh())
        say("A", 1, "98=0\x01108=30\x01141=Y\x01")
        assert session.ready
        session.send("D", f"11={day}\x01")
        # A cut in the middle of the day: the numbers go on.
        session.disconnected()
        assert not store.fresh()
        session.connected(reset=False)
        say("A", 2, "98=0\x01108=30\x01")
        assert session.ready
        # At 22:00 UTC the venue logs us out; the order of the day is still working.
        time.advance(s=rollover.until(time.now_ns()) // NS_PER_S)
        say("5", 3, "58=Session rollover\x01")
        session.disconnected()
        time.advance(s=30)
        store = session.store = FileStore(tmp_path / "a.fix", time)  # and the program is started anew
    orders = [message[11] for message in sent if message[35] == "D"]
    assert orders == [str(day) for day in range(100)]
    assert [message[34] for message in sent if message.get(141) == "Y"] == ["1"] * 100
    assert "4" not in {message[35] for message in sent}
