"""Messages between a screen (or `quarterdeck do`) and the engine.

On the socket each message is a 4-byte big-endian length and a msgpack map
with a `type` tag. Everything that trades is a line of the `:` grammar
(`app.domain.grammar`): keys, the command line, `do` and scripts take the same
road through the same risk gate.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from app.link.fix_frames import FixLogRow, FixSessionRow, LatencyRow
from app.link.frames import Event, Frame, LimitRow, PairRow, StatusView, TapeJoin
from app.link.past_frames import AskPast, Past
from app.link.preview_frame import PreviewView

LINK_VERSION = 1
MAX_BESIDE = 3
"""Ladders beside the one that the keys act on."""
MAX_MESSAGE = 8 * 1024 * 1024


class Origin(StrEnum):
    """Where a line was entered; keys and the command line need arming."""

    KEY = "key"
    LINE = "line"
    SCRIPT = "script"
    SIGNAL = "signal"


class Outcome(StrEnum):
    """What became of a line."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Hello(Struct, frozen=True, tag="hello"):
    """First message of a client.

    Attributes:
        version: `LINK_VERSION`.
        name: Shown to other screens, for example the terminal.
        trade: Whether it wants the pen if that is free.
        since: Number of the last event it has seen; 0 for all that are kept,
            -1 for none.
    """

    version: int
    name: str
    trade: bool = True
    since: int = 0


class Welcome(Struct, frozen=True, tag="welcome"):
    """Answer to `Hello`.

    Attributes:
        version: The engine's `LINK_VERSION`.
        profile: Name of the profile.
        mode: PRACTICE, PUBLIC, UAT or REAL.
        symbol: Pair to show first.
        pen: Whether this client holds the pen.
        holder: Who holds it, if another does.
        missed: Events that were asked for but are no longer kept.
        presets: Size presets as texts.
        confirm: Phrase to type at the first arming; empty if none is needed.
        beat_ms: Time between drafting and the earliest send.
        pid: Process id of the engine.
    """

    version: int
    profile: str
    mode: str
    symbol: str
    pen: bool
    holder: str
    missed: int
    presets: tuple[str, ...]
    confirm: str
    beat_ms: int
    pid: int


class BesideView(Struct, frozen=True, array_like=True):
    """The window of one more ladder, beside the one that the keys act on.

    Attributes:
        symbol: Pair.
        rows: Ladder rows that fit.
        top_row: Uppermost row, or None to be centred on the market.
        group: Ticks per row.
    """

    symbol: str
    rows: int
    top_row: int | None = None
    group: int = 1


class SetView(Struct, frozen=True, tag="view"):
    """What the screen shows from now on.

    Attributes:
        symbol: Pair; changing it disarms.
        rows: Ladder rows that fit.
        top_row: Uppermost row, or None to be centred on the market.
        group: Ticks per row.
        tape: Lines of time & sales that fit.
        tape_join: Which prints are added up into one line.
        tape_least: Least quantity of a line, lots; 0 shows all.
        fps: Frames per second at the most; 0 pauses.
        flow: Whether to send what happens at the rows besides what rests there.
        inside: Price row whose orders are to be listed, or None.
        inside_rows: Orders of it that fit.
        heat_rows: Price rows of the heat map that fit; 0 sends none.
        heat_columns: Seconds of it that fit.
        depth_rows: Distances of the depth profile that fit; 0 sends none.
        beside: More ladders, of other pairs (at most `MAX_BESIDE`).
    """

    symbol: str
    rows: int
    top_row: int | None = None
    group: int = 1
    tape: int = 40
    tape_join: TapeJoin = TapeJoin.PRICE
    tape_least: int = 0
    fps: int = 20
    flow: bool = False
    inside: int | None = None
    inside_rows: int = 0
    heat_rows: int = 0
    heat_columns: int = 0
    depth_rows: int = 0
    beside: tuple[BesideView, ...] = ()


class Execute(Struct, frozen=True, tag="execute"):
    """Do what the line says.

    Attributes:
        id: Echoed in the `Answer`.
        text: One line of the `:` grammar.
        symbol: Pair that the line refers to when it names none.
        origin: Where it was entered.
        confirm: Phrase typed for the first arming with real money.
    """

    id: int
    text: str
    symbol: str
    origin: Origin
    confirm: str = ""


class Preview(Struct, frozen=True, tag="preview"):
    """Say what the line would do, without doing it."""

    id: int
    text: str
    symbol: str


class ListPairs(Struct, frozen=True, tag="pairs?"):
    """Ask for all pairs."""

    id: int


class TakePen(Struct, frozen=True, tag="pen"):
    """Take the pen over (`take`) or give it up."""

    id: int
    take: bool = True


class Touch(Struct, frozen=True, tag="touch"):
    """The user pressed a key: the arming timer starts anew."""


class AskStatus(Struct, frozen=True, tag="status?"):
    """Ask for the state in one piece, for `quarterdeck status`."""

    id: int


class AskWhy(Struct, frozen=True, tag="why?"):
    """Ask for the whole story of one order.

    Attributes:
        id: Echoed in the `Why`.
        number: Its short number.
    """

    id: int
    number: int


class AskLimits(Struct, frozen=True, tag="limits?"):
    """Ask for the limits of the risk gate on a pair."""

    id: int
    symbol: str


class AskFix(Struct, frozen=True, tag="fix?"):
    """Ask for the FIX sessions and their messages.

    Attributes:
        id: Echoed in the `FixAnswer`.
        since: Number of the last message that the screen has.
        needle: Only messages with this text in a name or a value; empty for all.
    """

    id: int
    since: int = 0
    needle: str = ""


class ToggleAlert(Struct, frozen=True, tag="alert"):
    """Set a price alert, or take the one at that price away; an event says which.

    Attributes:
        symbol: Pair.
        price: The price as text.
    """

    symbol: str
    price: str


class StopEngine(Struct, frozen=True, tag="stop"):
    """End the engine in order.

    Attributes:
        id: Echoed in the `Answer`.
        cancel: Cancel all open orders first; otherwise they stay.
    """

    id: int
    cancel: bool = False


class Detach(Struct, frozen=True, tag="detach"):
    """The screen leaves; the engine goes on."""


class OrderBrief(Struct, frozen=True):
    """One order that a line touched, for `quarterdeck do`."""

    number: int
    cl_ord_id: str
    order_id: str
    state: str
    reason: str = ""


class Answer(Struct, frozen=True, tag="answer"):
    """What became of a request.

    Attributes:
        id: Of the request.
        outcome: accepted, refused or unknown.
        text: One line for people.
        hint: What to do about a refusal; may be empty.
        layer: Who refused: `guard`, `link`, `auth`, `gateway`, `engine`, `rate` …
        orders: Orders touched.
        term: Term of the order that a refusal is about, as the ticket names it; may be empty.
    """

    id: int
    outcome: Outcome
    text: str
    hint: str = ""
    layer: str = ""
    orders: tuple[OrderBrief, ...] = ()
    term: str = ""


class PreviewAnswer(Struct, frozen=True, tag="previewed"):
    """Answer to `Preview`."""

    id: int
    view: PreviewView


class Pairs(Struct, frozen=True, tag="pairs"):
    """Answer to `ListPairs`."""

    id: int
    pairs: tuple[PairRow, ...]


class Why(Struct, frozen=True, tag="why"):
    """Answer to `AskWhy`.

    Attributes:
        id: Of the request.
        title: The order in one line; says so if it is not known.
        lines: Its story, a line each, oldest first, UTC times in front.
    """

    id: int
    title: str
    lines: tuple[str, ...]


class Limits(Struct, frozen=True, tag="limits"):
    """Answer to `AskLimits`."""

    id: int
    symbol: str
    rows: tuple[LimitRow, ...]


class FixAnswer(Struct, frozen=True, tag="fix"):
    """Answer to `AskFix`.

    Attributes:
        id: Of the request.
        sessions: All sessions of the profile.
        latencies: Order round trips by transport.
        log: Messages, oldest first.
        rollover_ms: Time until the rollover.
        window: What the rollover does to new orders now, in words; empty outside its window.
        at_stake: Working orders that FIX sessions own, in words.
    """

    id: int
    sessions: tuple[FixSessionRow, ...]
    latencies: tuple[LatencyRow, ...]
    log: tuple[FixLogRow, ...]
    rollover_ms: int = -1
    window: str = ""
    at_stake: tuple[str, ...] = ()


class StatusAnswer(Struct, frozen=True, tag="status"):
    """Answer to `AskStatus`."""

    id: int
    status: StatusView
    pid: int
    orders: int
    screens: int


class PenChanged(Struct, frozen=True, tag="pen!"):
    """The pen changed hands."""

    mine: bool
    holder: str


class Goodbye(Struct, frozen=True, tag="bye"):
    """The engine ends or refuses the client; says why."""

    reason: str


ToEngine = (
    Hello
    | SetView
    | Execute
    | Preview
    | ListPairs
    | TakePen
    | Touch
    | AskStatus
    | AskWhy
    | AskPast
    | AskLimits
    | AskFix
    | ToggleAlert
    | StopEngine
    | Detach
)
ToScreen = (
    Welcome
    | Frame
    | Event
    | Answer
    | PreviewAnswer
    | Pairs
    | StatusAnswer
    | Why
    | Limits
    | FixAnswer
    | Past
    | PenChanged
    | Goodbye
)
