"""The initiator's side of a FIX 4.4 session, without a socket (`fix.md` §1, §8.1).

Bytes go in, `outbox` and `events` come out; every moment is read from the
clock that was passed in. What we sent is never replayed: a resend request is
answered by a gap fill, so an order cannot go out twice (§1.7, `faults.md` P27).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.clock import Clock
from app.domain.text import clean
from app.protocol.fix import message as reasons
from app.protocol.fix import tags
from app.protocol.fix.checks import fault_of
from app.protocol.fix.events import (
    Echo,
    End,
    Ended,
    Event,
    GapFound,
    GapRepaired,
    GarbledBytes,
    LoggedOn,
    Notice,
    NotResent,
    Received,
    State,
)
from app.protocol.fix.framing import Framer, Garbled
from app.protocol.fix.gap import Gap
from app.protocol.fix.liveness import LOGON_TIMEOUT_NS, LOGOUT_TIMEOUT_NS, PEER_CLOSE_NS, Due, Liveness
from app.protocol.fix.message import Encoder, FieldError, Message, fields, whole
from app.protocol.fix.store import Store
from app.protocol.fix.times import utc_ns
from app.protocol.wiretime import NS_PER_S

SENDING_TOLERANCE_NS: Final = 120 * NS_PER_S
_TOO_LOW: Final = re.compile(r"too low", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who talks to whom.

    Attributes:
        sender: SenderCompID, as the venue issued it.
        target: TargetCompID.
        heartbeat_s: HeartBtInt that we ask for.
    """

    sender: str
    target: str
    heartbeat_s: int = 30


class Session:
    """State of one session over all its connections.

    Args:
        identity: Both ends.
        store: Sequence numbers.
        clock: Time.
        logon_fields: Returns what a Logon with this number carries beyond the
            standard fields; may raise to give up.
        trace: Called with each message, and whether it goes out.

    Attributes:
        outbox: Messages to write, in order.
        events: What happened, in order.
        garbled: Unreadable messages so far.
    """

    def __init__(
        self,
        identity: Identity,
        store: Store,
        clock: Clock,
        logon_fields: Callable[[int], str],
        trace: Callable[[bool, bytes], None],
    ) -> None:
        self.identity = identity
        self.store = store
        self.outbox: list[bytes] = []
        self.events: list[Event] = []
        self.garbled = 0
        self.live = Liveness(identity.heartbeat_s)
        self._clock = clock
        self._logon_fields = logon_fields
        self._trace = trace
        self._encoder = Encoder(identity.sender, identity.target)
        self._framer = Framer()
        self._gap = Gap()
        self._state = State.DOWN
        self._since_ns = 0
        self._close_ns = 0
        self._reset_asked = False
        self._tests = 0

    # -- what the owner does

    @property
    def state(self) -> State:
        """Where the session stands."""
        return State.FILLING if self._state is State.UP and self._gap.open else self._state

    @property
    def ready(self) -> bool:
        """Whether it is logged on with no number missing, so that orders may go out."""
        return self._state is State.UP and not self._gap.open

    def connected(self, *, reset: bool) -> None:
        """Log on over a fresh connection.

        Args:
            reset: Have both sides count from 1 again.
        """
        self._framer = Framer()
        self._gap.clear()
        self.outbox.clear()
        if reset:
            self.store.reset()
        now_ns = self._clock.mono_ns()
        self.live = Liveness(self.identity.heartbeat_s)
        self.live.start(now_ns)
        self._state, self._since_ns = State.LOGGING_ON, now_ns
        self._log_on(reset=reset)

    def disconnected(self) -> None:
        """The connection is gone."""
        self._state = State.DOWN
        self._close_ns = 0
        self.outbox.clear()

    def send(self, kind: str, body: str) -> int:
        """Put an application message on its way; returns its number."""
        seq = self.store.next_out
        self._put(kind, body)
        return seq

    def logout(self, text: str = "") -> None:
        """Ask to end the session; `Ended` follows within two seconds of clock time."""
        if self._state in {State.DOWN, State.LOGGING_OUT}:
            return
        if self._state is State.LOGGING_ON:
            self._end(End.LOGGED_OUT, "given up")
            return
        self._put(tags.LOGOUT, fields(("58", text)) if text else "")
        self._state, self._since_ns = State.LOGGING_OUT, self._clock.mono_ns()

    def restart_numbers(self) -> None:
        """Begin anew at 1 in both directions within the session."""
        if self._state is State.UP:
            self.store.reset()
            self._gap.clear()
            self._log_on(reset=True)

    def receive(self, data: bytes) -> None:
        """Take bytes from the connection."""
        for item in self._framer.feed(data):
            if self._state is State.DOWN:
                return
            if isinstance(item, Garbled):
                self._passed_over(item.reason)
                continue
            try:
                message = Message(item)
            except ValueError:
                self._passed_over("something in it is no field")
                continue
            self._trace(False, item)
            self.live.heard(self._clock.mono_ns())
            self._message(message)

    def tick(self) -> None:
        """Do what time calls for."""
        now_ns = self._clock.mono_ns()
        since_ns = now_ns - self._since_ns
        match self._state:
            case State.DOWN:
                return
            case State.LOGGING_ON:
                if since_ns >= LOGON_TIMEOUT_NS:
                    self._end(End.LOST, "no answer to the logon")
            case State.LOGGING_OUT:
                if since_ns >= (self._close_ns or LOGOUT_TIMEOUT_NS):
                    self._end(End.LOGGED_OUT, "no answer to the logout" if not self._close_ns else "logged out")
            case _:
                self._keep_alive(now_ns)

    # -- sending

    def _put(self, kind: str, body: str = "") -> None:
        seq = self.store.next_out
        frame = self._encoder.encode(kind, seq, self._clock.now_ns(), body)
        self.store.sent(seq, frame)
        self._write(frame)

    def _write(self, frame: bytes) -> None:
        self._trace(True, frame)
        self.outbox.append(frame)
        self.live.sent_ns = self._clock.mono_ns()

    def _log_on(self, *, reset: bool) -> None:
        self._reset_asked = reset
        common = fields(("98", 0), ("108", self.identity.heartbeat_s), ("141", "Y" if reset else "N"))
        self._put(tags.LOGON, common + self._logon_fields(self.store.next_out))

    def _keep_alive(self, now_ns: int) -> None:
        if self._gap.overdue(now_ns):
            if self._gap.hopeless:
                self._end(End.FAULT, f"messages {self.store.next_in} to {self._gap.end} never came")
                return
            self._ask(self._gap.end)
        match self.live.due(now_ns):
            case Due.DEAD:
                self._end(End.LOST, "silent: no answer to a test request")
            case Due.TEST:
                self.test()
                self.live.asked = True
            case Due.HEARTBEAT:
                self._put(tags.HEARTBEAT)
            case Due.NOTHING:
                return

    def test(self) -> str:
        """Send a test request and return its id, which the answer carries."""
        self._tests += 1
        name = f"QD{self._tests}"
        self._put(tags.TEST_REQUEST, fields(("112", name)))
        return name

    def _ask(self, end: int) -> None:
        """Ask for what is missing up to `end`, and all that follows."""
        begin = self.store.next_in
        fresh = not self._gap.open
        self._gap.ask(begin, end, self._clock.mono_ns())
        self._put(tags.RESEND_REQUEST, fields(("7", begin), ("16", 0)))
        if fresh:
            self.events.append(GapFound(begin, end))

    def _end(self, kind: End, text: str) -> None:
        self._state = State.DOWN
        self._close_ns = 0
        self.events.append(Ended(kind, clean(text)))

    def _refuse(self, kind: End, text: str) -> None:
        """Log out with the reason and end at once: the peer's answer is of no use."""
        self._put(tags.LOGOUT, fields(("58", text)))
        self._end(kind, text)

    def reject(self, message: Message, fault: FieldError) -> None:
        """Tell the peer what is wrong with a message."""
        said = [("45", message.get("34") or 0)]
        if fault.tag:
            said.append(("371", fault.tag))
        said += [("372", message.type), ("373", fault.reason), ("58", fault.text)]
        self._put(tags.REJECT, fields(*said))
        self.events.append(Notice("warn", f"message {message.get('34')} rejected: {clean(fault.text)}"))

    def _passed_over(self, reason: str) -> None:
        self.garbled += 1
        self.events.append(GarbledBytes(reason))

    # -- receiving

    def _message(self, message: Message) -> None:
        if message.get("8") != "FIX.4.4":
            self._refuse(End.FAULT, "Incorrect BeginString")
            return
        if self._state is State.LOGGING_ON and message.type not in {tags.LOGON, tags.LOGOUT, tags.REJECT}:
            self._end(End.FAULT, "the first message is not a logon")
            return
        try:
            seq = message.count("34")
        except FieldError as fault:
            self._refuse(End.FAULT, fault.text)
            return
        if not self._header(message, seq):
            return
        if self._state is State.LOGGING_ON and message.type == tags.REJECT:
            self._end(End.REFUSED, message.get("58") or "the venue rejected the logon")
            return
        match message.type:
            case tags.LOGON:
                self._logon(message, seq)
            case tags.LOGOUT:
                self._logged_out(message, seq)
            case tags.SEQUENCE_RESET:
                self._sequence_reset(message, seq)
            case tags.RESEND_REQUEST if seq > self.store.next_in:
                # Served at once, whatever is missing before it (§8.1 row 20).
                self._serve(message)
                self._ahead(message, seq, keep=False)
            case _:
                self._numbered(message, seq)

    def _header(self, message: Message, seq: int) -> bool:
        """Check who speaks to whom, and when (§8.1 rows 2k, 2o)."""
        try:
            if message.need("49") != self.identity.target:
                raise FieldError("49", reasons.COMP_ID, "CompID problem")
            if message.need("56") != self.identity.sender:
                raise FieldError("56", reasons.COMP_ID, "CompID problem")
            if abs(self._clock.now_ns() - _time(message, "52")) > SENDING_TOLERANCE_NS:
                raise FieldError("52", reasons.TIME_BAD, "SendingTime accuracy problem")
        except FieldError as fault:
            if self._state is State.LOGGING_ON:
                self._refuse(End.FAULT, fault.text)
                return False
            self.reject(message, fault)
            if seq == self.store.next_in:
                self._advance(seq + 1)
            if fault.reason in {reasons.COMP_ID, reasons.TIME_BAD}:
                self._refuse(End.FAULT, fault.text)
            return False
        return True

    def _numbered(self, message: Message, seq: int) -> None:
        """Take a message in its turn."""
        if seq > self.store.next_in:
            self._ahead(message, seq)
        elif seq < self.store.next_in:
            self._behind(message, seq)
        else:
            self._process(message, seq)
            self._drain()

    def _ahead(self, message: Message, seq: int, *, keep: bool = True) -> None:
        if keep:
            self._gap.behind(seq, message)
        if self._gap.open:
            self._gap.end = max(self._gap.end, seq - 1)
        else:
            self._ask(seq - 1)

    def _behind(self, message: Message, seq: int) -> None:
        """Handle a number that was already taken (§8.1 rows 2c, 2e to 2g)."""
        if not message.possible_duplicate:
            self._too_low(seq)
            return
        if self._duplicate_ok(message) and message.type == tags.EXECUTION:
            # It may be of before our time: the owner knows it by its ExecID (§11 trap 6).
            self.events.append(Received(message, seq))

    def _too_low(self, seq: int) -> None:
        expected = self.store.next_in
        self._refuse(End.TOO_LOW, f"MsgSeqNum too low, expecting {expected} but received {seq}")

    def _duplicate_ok(self, message: Message) -> bool:
        """Check the original time of a repeated message."""
        try:
            original, sent = _time(message, "122"), _time(message, "52")
        except FieldError as fault:
            self.reject(message, fault)
            return False
        if original > sent:
            self.reject(message, FieldError("122", reasons.TIME_BAD, "SendingTime accuracy problem"))
            self._refuse(End.FAULT, "OrigSendingTime lies after SendingTime")
            return False
        return True

    def _process(self, message: Message, seq: int) -> None:
        """Act on the message whose turn it is; its number counts whatever becomes of it."""
        self._advance(seq + 1)
        if message.possible_duplicate and not self._duplicate_ok(message):
            return
        fault = fault_of(message)
        if fault is not None:
            self.reject(message, fault)
            return
        match message.type:
            case tags.HEARTBEAT:
                if "112" in message.fields:
                    self.events.append(Echo(message.get("112")))
            case tags.TEST_REQUEST:
                self._put(tags.HEARTBEAT, fields(("112", message.get("112"))))
            case tags.RESEND_REQUEST:
                self._serve(message)
            case kind if kind in tags.TAKEN_TYPES:
                self.events.append(Received(message, seq))
            case kind:
                said = (("45", seq), ("372", kind), ("380", 3), ("58", "Unsupported message type"))
                self._put(tags.BUSINESS_REJECT, fields(*said))

    def _advance(self, next_in: int) -> None:
        self.store.received(next_in)
        begin, end = self._gap.begin, self._gap.end
        if self._gap.filled(next_in):
            self.events.append(GapRepaired(begin, end))

    def _drain(self) -> None:
        """Go on with what waited for a gap to close."""
        while self._state is not State.DOWN:
            waiting = self._gap.take(self.store.next_in)
            if waiting is None:
                return
            if waiting.type == tags.SEQUENCE_RESET:
                self._sequence_reset(waiting, self.store.next_in)
            else:
                self._process(waiting, self.store.next_in)

    def _serve(self, message: Message) -> None:
        """Answer a resend request: nothing of ours is worth sending twice (§1.7)."""
        try:
            begin, end = message.count("7"), message.count("16")
        except FieldError as fault:
            self.reject(message, fault)
            return
        after = self.store.next_out if end == 0 or end >= self.store.next_out else end + 1
        begin = max(begin, 1)
        if begin >= after:
            self.events.append(Notice("warn", f"the venue asks again for message {begin}, which was never sent"))
            return
        body = fields(("123", "Y"), ("36", after))
        frame = self._encoder.encode(tags.SEQUENCE_RESET, begin, self._clock.now_ns(), body, again=True)
        self._write(frame)
        self.events.append(NotResent(begin, after - 1))

    def _logon(self, message: Message, seq: int) -> None:
        try:
            heartbeat_s = whole("108", message.get("108") or str(self.identity.heartbeat_s))
            if message.get("98") not in {"", "0"}:
                raise FieldError("98", reasons.VALUE_BAD, "EncryptMethod must be 0")
        except FieldError as fault:
            self._refuse(End.FAULT, f"invalid logon: {fault.text}")
            return
        reset = message.get("141") == "Y"
        if self._state is State.LOGGING_ON:
            self._accepted(message, seq, heartbeat_s, reset=reset)
        elif reset and self._reset_asked:
            self._reset_asked = False
            self._numbered_logon(message, seq)
        elif reset:
            self.store.reset()
            self._gap.clear()
            self._log_on(reset=True)
            self._reset_asked = False
            self._advance(seq + 1)
            self.events.append(Notice("info", "the venue began the numbers anew"))
        else:
            self._numbered_logon(message, seq)

    def _accepted(self, message: Message, seq: int, heartbeat_s: int, *, reset: bool) -> None:
        """The venue took our logon."""
        if reset and not self._reset_asked:
            # It counts anew without being asked; our numbers go on, and it may ask for the ones in between.
            self.store.received(1)
        if seq < self.store.next_in and not message.possible_duplicate:
            self._too_low(seq)
            return
        self._state = State.UP
        self.live.agree(heartbeat_s)
        self.events.append(LoggedOn(reset or self._reset_asked))
        self._reset_asked = False
        self._numbered_logon(message, seq)

    def _numbered_logon(self, message: Message, seq: int) -> None:
        """Count a logon that has been acted on."""
        if seq > self.store.next_in:
            self._ahead(message, seq, keep=False)
        elif seq == self.store.next_in:
            self._advance(seq + 1)
            self._drain()

    def _logged_out(self, message: Message, seq: int) -> None:
        text = clean(message.get("58"))
        if self._state is State.LOGGING_ON:
            kind = End.TOO_LOW if _TOO_LOW.search(text) else End.REFUSED
            self._end(kind, text or "the venue refused the logon without a reason")
            return
        if seq == self.store.next_in:
            self._advance(seq + 1)
        if self._state is State.LOGGING_OUT:
            self._end(End.LOGGED_OUT, text or "logged out")
            return
        self._put(tags.LOGOUT)
        self._state, self._since_ns = State.LOGGING_OUT, self._clock.mono_ns()
        self._close_ns = PEER_CLOSE_NS
        self.events.append(Notice("warn", f"the venue logged us out: {text or 'without a reason'}"))

    def _sequence_reset(self, message: Message, seq: int) -> None:
        """Move the expected number (§8.1 rows 10 and 11)."""
        fill = message.get("123") == "Y"
        try:
            new = message.count("36")
        except FieldError as fault:
            self.reject(message, fault)
            return
        if not fill:
            self._hard_reset(message, new)
        elif seq > self.store.next_in:
            self._ahead(message, seq)
        elif seq < self.store.next_in:
            if not message.possible_duplicate:
                self._too_low(seq)
        else:
            self._fill(message, new)
            self._drain()

    def _fill(self, message: Message, new: int) -> None:
        if new <= self.store.next_in:
            text = f"attempt to lower sequence number, invalid value NewSeqNo={new}"
            self.reject(message, FieldError("36", reasons.VALUE_BAD, text))
            return
        self._skip_to(new)

    def _skip_to(self, new: int) -> None:
        """Pass over numbers that never come; what came of them by itself is taken in its turn, not lost."""
        while self._state is not State.DOWN and self.store.next_in < new:
            upto = self._gap.first_before(new)
            if upto > self.store.next_in:
                self._advance(upto)
            else:
                self._drain()

    def _hard_reset(self, message: Message, new: int) -> None:
        expected = self.store.next_in
        if new < expected:
            text = f"attempt to lower sequence number, invalid value NewSeqNo={new}"
            self.reject(message, FieldError("36", reasons.VALUE_BAD, text))
            return
        text = f"the venue moved its numbers from {expected} to {new}: messages in between are lost"
        self.events.append(Notice("warn", text))
        self._skip_to(new)
        self._drain()


def _time(message: Message, tag: str) -> int:
    """Read a required time.

    Raises:
        FieldError: It is absent or no time.
    """
    try:
        return utc_ns(message.need(tag))
    except ValueError:
        raise FieldError(tag, reasons.TIME_BAD if tag == "52" else reasons.FORMAT_BAD, "no UTC time") from None
