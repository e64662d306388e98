"""Runs short scripts of FIX messages against the gateway alone, without sockets.

One act a line, fields separated by `|`:

* `> A|34=1|108=30` sends; 8, 34 (the next number), 49, 56, 52, 9 and 10 are made up unless they are given
  (`49=` sends an empty one, `-56` leaves it out). `@+5` in a value is the time five seconds from now.
* `< 2|7=2|16=0` is the next message of the venue; `58~low` asks for a part; `!141` for an absence.
* `+12` lets so many seconds pass.
* `silence`: the venue has said nothing more. `closed`: it has ended the connection. `cut`: the tester does.
* `connect`: a new connection, after which the others do not matter.
* `raw …` sends these bytes, `|` for SOH.
"""

from __future__ import annotations

from datetime import UTC, datetime

from app.clock import ManualClock
from app.venue.fix.connection import Connection
from app.venue.fix.gate import FixGate
from app.venue.fix.service import Service

SENDER, TARGET = "TW44", "ISLD"
NAMES = {"8": "FIX.4.4", "49": SENDER, "56": TARGET}


def framed(fields: list[tuple[str, str]], begin: str = "FIX.4.4", length: str = "", total: str = "") -> bytes:
    """A message with its length and sum, or with those that are given."""
    body = "".join(f"{tag}={value}\x01" for tag, value in fields)
    head = f"8={begin}\x019={length or len(body)}\x01{body}"
    return f"{head}10={total or f'{sum(head.encode()) % 256:03d}'}\x01".encode()


class FakeTransport:
    """Keeps what the venue writes."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    abort = close


class Script:
    """One side of the scripts."""

    def __init__(self, gate: FixGate, clock: ManualClock, service: Service = Service.SPOT_TRADING) -> None:
        self.gate, self.clock, self.service = gate, clock, service
        self.connect()

    def connect(self) -> None:
        self.seq = 1
        self.transport = FakeTransport()
        self.connection = Connection(self.service, self.gate)
        self.connection.connection_made(self.transport)  # type: ignore[arg-type]

    def time(self, seconds: int = 0) -> str:
        return f"{datetime.fromtimestamp(self.clock.now_ns() // 10**9 + seconds, UTC):%Y%m%d-%H:%M:%S}"

    def run(self, script: str) -> None:
        """Carry a script out."""
        for number, line in enumerate(script.strip().splitlines(), 1):
            act = line.strip()
            try:
                self._act(act)
            except AssertionError as error:
                raise AssertionError(f"line {number}, {act}: {error}") from None

    def _act(self, act: str) -> None:
        if act.startswith("> "):
            self.connection.data_received(self.message(act[2:]))
        elif act.startswith("< "):
            self._expect(act[2:])
        elif act.startswith("raw "):
            self.connection.data_received(act[4:].replace("|", "\x01").encode())
        elif act.startswith("+"):
            self.clock.advance(s=int(act[1:]))
            self.gate.tick()
        elif act == "silence":
            assert not self.transport.written, self.said()
            assert not self.transport.closed, "closed"
        elif act == "closed":
            assert not self.transport.written, self.said()
            assert self.transport.closed, "still open"
        elif act == "cut":
            self.connection.connection_lost(None)
        elif act == "connect":
            self.connect()
        elif act and not act.startswith("#"):
            raise AssertionError("not understood")

    def said(self) -> str:
        return self.transport.written.decode().replace("\x01", "|")

    def message(self, text: str) -> bytes:
        """Encode a line of the script."""
        kind, *parts = text.split("|")
        given: list[tuple[str, str]] = []
        absent = {part[1:] for part in parts if "=" not in part}
        for part in parts:
            if "=" in part:
                tag, _, value = part.partition("=")
                given.append((tag, self.time(int(value[1:])) if value.startswith("@") else value))
        tags = {tag for tag, _ in given}
        head = [("35", kind)]
        if "34" not in tags | absent:
            given.insert(0, ("34", str(self.seq)))
        numbers = [value for tag, value in given if tag == "34"]
        if numbers and numbers[0].isdigit():
            self.seq = int(numbers[0]) + 1
        for tag, value in (("49", SENDER), ("52", self.time()), ("56", TARGET)):
            if tag not in tags | absent:
                head.append((tag, value))
        special = dict(given)
        body = [(tag, value) for tag, value in given if tag not in {"8", "9", "10"}]
        early = [pair for pair in body if pair[0] in {"34", "43", "122", "97", "49", "52", "56"}]
        rest = [pair for pair in body if pair not in early]
        return framed([*head, *early, *rest], special.get("8", "FIX.4.4"), special.get("9", ""), special.get("10", ""))

    def next(self) -> list[tuple[str, str]]:
        """The fields of the venue's next message."""
        end = self.transport.written.find(b"\x0110=")
        assert end >= 0, "nothing came" + (", closed" if self.transport.closed else "")
        raw = bytes(self.transport.written[: end + 8])
        del self.transport.written[: end + 8]
        fields = [tuple(part.split("=", 1)) for part in raw.decode().split("\x01")[:-1]]
        pairs = [(tag, value) for tag, value in fields]
        assert framed([pair for pair in pairs if pair[0] not in {"8", "9", "10"}]) == raw, "wrong length or sum"
        return pairs

    def _expect(self, text: str) -> None:
        kind, *parts = text.split("|")
        pairs = self.next()
        got = dict(pairs)
        shown = "|".join("=".join(pair) for pair in pairs)
        assert [tag for tag, _ in pairs[:3]] == ["8", "9", "35"], shown
        assert got["35"] == kind, shown
        for part in parts:
            if part.startswith("!"):
                assert part[1:] not in got, shown
            elif "~" in part:
                tag, wanted = part.split("~", 1)
                assert wanted in got.get(tag, ""), shown
            else:
                tag, wanted = part.split("=", 1)
                assert got.get(tag) == wanted, shown
