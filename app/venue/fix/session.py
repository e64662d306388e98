"""The session layer of one connection (`fix.md` §1, §8.1)."""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from app.clock import NS_PER_S
from app.venue.fix import policies
from app.venue.fix.faces import Application, Gate, Wire
from app.venue.fix.gap import Gap
from app.venue.fix.head import check_head
from app.venue.fix.message import BEGIN, Field, Message
from app.venue.fix.peer import Peer
from app.venue.fix.refusal import Refusal
from app.venue.fix.service import Service

_TENTHS = 10


class State(StrEnum):
    """Where a connection stands."""

    WAITING = "waiting"  # for its Logon
    UP = "up"
    LEAVING = "leaving"  # our Logout waits for its answer
    OVER = "over"  # nothing more is read or written


class Session:
    """State of one connection.

    Args:
        service: Port by which it came.
        wire: Its bytes.
        gate: Decides on the logon.
        application: What lies above.

    Attributes:
        number: Tells this connection from all others of the venue.
        peer: The client, once it has logged on.
        heartbeat_s: HeartBtInt of its Logon.
        keeps_orders: Whether its orders outlive an abnormal loss (tag 8674).
    """

    def __init__(self, service: Service, wire: Wire, gate: Gate, application: Application, number: int) -> None:
        self.service = service
        self.number = number
        self.wire = wire
        self.state = State.WAITING
        self.peer: Peer | None = None
        self.heartbeat_s = 0
        self.keeps_orders = False
        self._gate = gate
        self._application = application
        self._clock = gate.clock
        self._sent_ns = self._heard_ns = self._since_ns = self._clock.mono_ns()
        self._tested = False
        self._gap = Gap()
        self._clean = False
        self._errors: deque[int] = deque()

    # --- sending

    def write(self, data: bytes, kind: str) -> None:
        """Hand an encoded message to the wire."""
        self._sent_ns = self._clock.mono_ns()
        self.wire.write(data, kind)

    def send(self, kind: str, body: tuple[Field, ...] = ()) -> None:
        """Send a new message to the client."""
        assert self.peer is not None
        self.peer.send(kind, body)

    def reject(self, message: Message, refusal: Refusal) -> None:
        """Answer 35=3 (§1.10)."""
        self.send("3", refusal.fields(message))
        self.count_error()

    def count_error(self) -> None:
        """Note one reject; too many of them within a second end the session (§1.12)."""
        now = self._clock.mono_ns()
        self._errors.append(now)
        while self._errors[0] <= now - NS_PER_S:
            self._errors.popleft()
        if len(self._errors) > policies.ERRORS_PER_S and self.state is State.UP:
            self.logout(policies.TOO_MANY_ERRORS)

    def logout(self, text: str = "") -> None:
        """Begin to end the session from our side; its answer is waited for (case 12)."""
        if self.state is State.UP:
            self.send("5", ((58, text),) if text else ())
            self._enter(State.LEAVING)

    def retire(self, text: str) -> None:
        """End the session as planned: a Logout, and no waiting for its answer (§10, rollover)."""
        if self.state is State.UP:
            self.send("5", ((58, text),))
        self._clean = True
        self.drop()

    def drop(self) -> None:
        """End the connection without a word."""
        self._finish()
        self.wire.close()

    # --- receiving

    def receive(self, message: Message) -> None:
        """Take one message off the wire."""
        self._heard_ns, self._tested = self._clock.mono_ns(), False
        if self.state is State.WAITING:
            self._open(message)
        elif self.state is State.LEAVING and message.kind == "5":
            self._clean = True
            self.drop()
        elif self.state is State.UP:
            self._take(message)

    def lost(self) -> None:
        """The connection is gone."""
        self._finish()

    def tick(self, now: int) -> None:
        """Let timers run; `now` is monotonic."""
        waited = now - self._since_ns
        if self.state is State.UP:
            self._beat(now)
        elif self.state is State.OVER:
            if waited >= policies.PEER_CLOSE_S * NS_PER_S:
                self.wire.abort()
        elif waited >= NS_PER_S * (
            policies.LOGON_TIMEOUT_S if self.state is State.WAITING else policies.LOGOUT_TIMEOUT_S
        ):
            self.drop()

    def _finish(self) -> None:
        """Let go of the client, once."""
        if self.state is State.OVER:
            return
        self._enter(State.OVER)
        if self.peer is not None and self.peer.line is self:
            self.peer.line = None
            self._application.ended(self, clean=self._clean)

    def _beat(self, now: int) -> None:
        interval = self.heartbeat_s * NS_PER_S
        if not interval:
            return
        silence = (now - self._heard_ns) * _TENTHS
        if silence >= policies.DEAD_AT * interval:
            self.drop()
            return
        if silence >= policies.TEST_AT * interval and not self._tested:
            self._tested = True
            self.send("1", ((112, policies.TEST_REQ_ID),))
        if now - self._sent_ns >= interval:
            self.send("0")
        if self._gap.until and now - self._gap.asked_ns >= interval and self.peer is not None:
            self._ask_from(self.peer.store.next_in, self._gap.until)

    def _enter(self, state: State) -> None:
        self.state, self._since_ns = state, self._clock.mono_ns()

    # --- logon

    def _open(self, message: Message) -> None:
        if message.kind != "A" or message.begin != BEGIN:
            self.drop()
            return
        peer = self._gate.admit(self, message)
        if peer is None:
            return
        self.peer, peer.line = peer, self
        self._enter(State.UP)
        self._logged_on(peer, message)
        self._application.logged_on(self, message)
        self._drain()

    def _logged_on(self, peer: Peer, message: Message) -> None:
        store = peer.store
        self.heartbeat_s = int(message[108])
        self._gap.clear()
        echoed: list[Field] = [(98, "0"), (108, message[108])]
        if message.flag(141):
            echoed.append((141, "Y"))
        self.send("A", tuple(echoed))
        if message.seq == store.next_in:
            store.next_in += 1
        else:
            self._gap.hold(message, served=True)
            self._ask_from(store.next_in, message.seq)

    # --- in sequence

    def _take(self, message: Message) -> None:
        assert self.peer is not None
        if message.begin != BEGIN:
            self.logout(f"Incorrect BeginString: {message.begin}")
        elif message.seq < 0:
            self.logout("MsgSeqNum (34) is missing or no number")
        elif self._head_is_bad(message):
            return
        elif message.kind == "A":
            self._logon_again(message)
        elif message.kind == "4" and not message.flag(123):
            self._hard_reset(message)
        elif message.seq > self.peer.store.next_in:
            self._too_high(message)
        elif message.seq < self.peer.store.next_in:
            if not message.flag(43):
                expected = self.peer.store.next_in
                self.logout(f"MsgSeqNum too low, expecting {expected} but received {message.seq}")
        else:
            self._consume(message)
            self._drain()

    def _head_is_bad(self, message: Message) -> bool:
        """Check the header; whether the message is dealt with."""
        assert self.peer is not None
        refusal, fatal = check_head(message, self.peer.identity, self._clock.now_ns())
        if refusal is None:
            return False
        if message.seq == self.peer.store.next_in:
            self.peer.store.next_in += 1
        self.reject(message, refusal)
        if fatal:
            self.logout(refusal.text)
        return True

    def _too_high(self, message: Message) -> None:
        """A gap: ask once for what is missing, keep what came early (cases 2b, 20)."""
        assert self.peer is not None
        if message.kind == "5":
            self._left()
            return
        serves = message.kind == "2" and self._application.check(message) is None
        if serves:
            self.peer.resend(int(message[7]), int(message[16]))
        self._gap.hold(message, served=serves)
        if not self._gap.until:
            self._ask_from(self.peer.store.next_in, message.seq)

    def _ask_from(self, begin: int, until: int) -> None:
        self._gap.until, self._gap.asked_ns = until, self._clock.mono_ns()
        self.send("2", ((7, str(begin)), (16, "0")))

    def _drain(self) -> None:
        """Take what came early and is now in sequence."""
        assert self.peer is not None
        store = self.peer.store
        while self.state is State.UP and (early := self._gap.take(store.next_in)):
            message, served = early
            if served:
                store.next_in += 1
            else:
                self._consume(message)
        self._gap.close_up(store.next_in)

    def _consume(self, message: Message) -> None:
        assert self.peer is not None
        refusal = self._application.check(message)
        if refusal is not None:
            self.peer.store.next_in += 1
            self.reject(message, refusal)
            return
        if message.kind == "4":
            self._gap_filled(message)
            return
        self.peer.store.next_in += 1
        match message.kind:
            case "0" | "3":
                pass
            case "1":
                self.send("0", ((112, message[112]),))
            case "2":
                self.peer.resend(int(message[7]), int(message[16]))
            case "5":
                self._left()
            case _:
                self._application.receive(self, message)

    def _left(self) -> None:
        """Answer a Logout; the peer is the one to close (case 13b)."""
        self._clean = True
        self.send("5")
        self.drop()

    def _gap_filled(self, message: Message) -> None:
        assert self.peer is not None
        new = int(message[36])
        if new > self.peer.store.next_in:
            self.peer.store.next_in = new
        else:
            text = f"attempt to lower sequence number, invalid value NewSeqNo={new}"
            self.reject(message, Refusal(5, "36", text))

    def _hard_reset(self, message: Message) -> None:
        """Set the expected number whatever 34 says (case 11)."""
        assert self.peer is not None
        refusal = self._application.check(message)
        store = self.peer.store
        if refusal is None and int(message[36]) < store.next_in:
            refusal = Refusal(5, "36", "Value is incorrect (out of range) for this tag")
        if refusal is not None:
            self.reject(message, refusal)
            return
        store.next_in = int(message[36])
        self._gap.until = 0
        self._drain()

    def _logon_again(self, message: Message) -> None:
        """A Logon within the session resets both directions, or ends it."""
        assert self.peer is not None
        refusal = self._application.check(message)
        error = refusal.text if refusal else self._gate.recheck(self.peer, message)
        if not error and not (message.flag(141) and message.seq == 1):
            error = "Already logged on"
        if error:
            self.logout(error)
            return
        self.peer.store.reset()
        self._logged_on(self.peer, message)
