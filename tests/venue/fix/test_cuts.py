"""The link cut at random bytes while trading: nothing is lost, nothing happens twice (`fix.md` §1.7, §1.9)."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from app.clock import ManualClock
from app.venue.fix.credentials import password
from app.venue.fix.framing import Framer
from app.venue.fix.message import Message
from app.venue.main import Options, Venue
from tests.venue.fix.scenario import FakeTransport, Script

CUTS = 150
TERMINAL = {"2", "4", "C"}


class Trader:
    """A client that remembers what it was told by number, and asks again for what it missed."""

    def __init__(self, venue: Venue, clock: ManualClock, seed: int) -> None:
        self.venue, self.clock = venue, clock
        self.random = random.Random(seed)
        self.ids = itertools.count(1)
        self.nonces = itertools.count(clock.now_ns() // 10**6)
        self.seq = 1
        self.told: dict[int, Message] = {}
        self.sent: list[str] = []

    def connect(self, keeps: bool) -> None:
        self.script = Script(self.venue.fix.gate, self.clock)
        self.framer = Framer()
        key = self.venue.exchange.credentials[0]
        self.clock.advance(ms=20)
        head = {35: "A", 34: str(self.seq), 49: "QDPRACTICE1", 56: "KRAKEN-TRD", 553: key.api_key}
        head[5025] = str(max(next(self.nonces), self.clock.now_ns() // 10**6))
        signed = password(key.api_secret, Message("FIX.4.4", tuple(head.items())))
        self.send("A", f"98=0|108=3600|8674={int(keeps)}|553={key.api_key}|554={signed}|5025={head[5025]}")
        self.listen()
        self.send("2", f"7={self.missing}|16=0")
        self.listen()

    @property
    def missing(self) -> int:
        """The first number that it has not been told."""
        return next(seq for seq in itertools.count(1) if seq not in self.told)

    def send(self, kind: str, body: str, share: float = 1.0) -> bool:
        """Send a message, or only its beginning; whether it has left as a whole."""
        raw = self.script.message(f"{kind}|34={self.seq}|49=QDPRACTICE1|56=KRAKEN-TRD|{body}")
        if self.script.transport.closed:
            return False
        if share < 1:
            self.script.connection.data_received(raw[: int(len(raw) * share)])
            return False
        self.seq += 1
        self.script.connection.data_received(raw)
        return True

    def listen(self) -> None:
        for message in self.framer.feed(bytes(self.script.transport.written)):
            if message.kind == "4":
                for seq in range(message.seq, int(message[36])):
                    self.told.setdefault(seq, message)
            elif message.seq in self.told:
                assert message.flag(43), "told twice without a word"
                assert message[17] == self.told[message.seq][17]
            else:
                self.told[message.seq] = message
        self.script.transport.written.clear()

    def trade(self, allowance: int, share: float) -> None:
        """Trade until the link is cut, by outgoing bytes or inside a message of its own."""
        self.script.connection.cut_after = allowance
        while not self.script.transport.closed:
            price = self.random.choice((1000, 1001, 90_000_000))
            side, cl_ord_id = ("1", str(next(self.ids)))
            kind = "40=1" if price > 1_000_000 else f"40=2|44={price}"
            body = f"11={cl_ord_id}|55=BTC/USD|54={side}|{kind}|38=0.001|59=1|60=@0"
            if self.send("D", body, share if self.random.random() < 0.1 else 1.0):
                self.sent.append(cl_ord_id)
            elif not self.script.transport.closed:
                break
            self.clock.advance(s=1)
        self.listen()
        self.script.connection.connection_lost(None)


def venue(path: Path, clock: ManualClock) -> Venue:
    made = Venue(Options(pairs=1, speed=0.0, truth=path / "truth.jsonl"), clock, keys_seed="cuts")
    made.exchange.listen(made.fix.on_event)
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_and_nothing_happens_twice(tmp_path: Path, seed: int) -> None:
    clock = ManualClock(1_700_006_400 * 10**9)
    made = venue(tmp_path, clock)
    trader = Trader(made, clock, seed)
    for _ in range(CUTS):
        trader.connect(keeps=trader.random.random() < 0.5)
        trader.trade(trader.random.randint(1, 3000), trader.random.random())
        if trader.random.random() < 0.2:
            made.exchange.cancel_all("practice")
    trader.connect(keeps=True)

    assert isinstance(trader.script.transport, FakeTransport)
    store = next(iter(made.fix.gate.peers.values())).store
    assert trader.missing == store.next_out, "a gap stayed open"
    reports = [message for _, message in sorted(trader.told.items()) if message.kind == "8"]
    refused = [message[379] for message in trader.told.values() if message.kind == "j"]
    new = [report[11] for report in reports if report[150] == "0"]
    assert sorted([*new, *refused], key=int) == trader.sent
    assert len(set(new)) == len(new)
    assert len({report[17] for report in reports}) == len(reports)
    last = {report[37]: report for report in reports}
    alive = {order_id for order_id, report in last.items() if report[39] not in TERMINAL}
    assert alive == {order.order_id for order in made.exchange.open_orders("practice")}
    fills = [report[1003] for report in reports if report[150] == "F"]
    assert sorted(fills) == sorted(fill.exec_id for fill in made.exchange.fills("practice"))
    assert len(new) > CUTS
    assert {"0", "4", "F"} == {report[150] for report in reports}
    made._log.close()
