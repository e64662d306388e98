"""What the engine gives to and gets from the connections, as types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.domain.text import clean
from app.errors import ConfigError
from app.protocol.ws2.private import BalanceRow, ExecutionRow
from app.workers.health import LOOPBACK, LinkHealth

if TYPE_CHECKING:
    from app.credentials import ApiKey
    from app.protocol.ws2.market import MarketMessage
    from app.settings import Fix


@dataclass(frozen=True, slots=True)
class VenueUrls:
    """Addresses of one venue; `app.settings.check_hosts` has approved them.

    Attributes:
        rest: Base of REST without a path, for example `https://api.kraken.com`.
        ws_public: Public WS v2 with its path `/v2`.
        ws_auth: Private WS v2; empty if there is none.
        ws_l3: Level3 WS v2; empty if there is none.
    """

    rest: str
    ws_public: str
    ws_auth: str = ""
    ws_l3: str = ""


@dataclass(frozen=True, slots=True)
class FixUrls:
    """Where the FIX sessions of a venue are (`fix.md` §1.1); a port of 0 leaves a session out.

    Attributes:
        host: Name or address, the same for all ports; resolved at every connect.
        spot_trading: Port of spot trading (4001 at Kraken).
        spot_md: Port of spot L2 market data (4000).
        spot_l3: Port of spot L3 market data (4005).
        deriv_trading: Port of derivatives trading (4003).
        deriv_md: Port of derivatives L2 market data (4002).
        deriv_l3: Port of derivatives L3 market data (4004).
        sender_comp_id: SenderCompID of the spot sessions, as the venue issued it.
        deriv_sender_comp_id: SenderCompID of the derivatives sessions.
        tls: Encrypt; without it only on this machine or at a UAT host.
        verify: Check certificate and host name; off only there as well.
        cancel_on_disconnect: Have the venue cancel a session's orders if its link is lost (8674).
        heartbeat_s: HeartBtInt in seconds.
        account: Sub-account that new orders are for (79); empty for the key's own.
        client_id: Number that joins the sessions of a client (109); 0 for none.

    Raises:
        ConfigError: The link to another host would not be encrypted and verified.
    """

    host: str
    spot_trading: int = 0
    spot_md: int = 0
    spot_l3: int = 0
    deriv_trading: int = 0
    deriv_md: int = 0
    deriv_l3: int = 0
    sender_comp_id: str = ""
    deriv_sender_comp_id: str = ""
    tls: bool = True
    verify: bool = True
    cancel_on_disconnect: bool = True
    heartbeat_s: int = 30
    account: str = ""
    client_id: int = 0

    @classmethod
    def of(cls, fix: Fix) -> FixUrls:
        """Return what a profile says of its FIX sessions."""
        return cls(**{name: getattr(fix, name) for name in cls.__slots__})

    def __post_init__(self) -> None:
        lenient = self.host in LOOPBACK or ".uat." in self.host
        if not (self.tls and self.verify) and not lenient:
            raise ConfigError(
                f"FIX to {clean(self.host)} must be encrypted and its certificate checked",
                "set tls and verify; only this machine and UAT hosts do without",
            )


@dataclass(frozen=True, slots=True)
class FixOptions:
    """What the FIX sessions of a profile need.

    Attributes:
        urls: Where they are.
        key: Their API key.
        store: Directory of sequence numbers and messages; it exists.
        nonce_path: File of the key's last FIX nonce; its directory exists.
    """

    urls: FixUrls
    key: ApiKey
    store: Path
    nonce_path: Path


@dataclass(frozen=True, slots=True)
class FixSessionInfo:
    """One FIX session at one moment.

    Attributes:
        name: `trading`, `md`, `l3`, `deriv trading` …
        state: Where it stands, in a word; `up` when it is in step.
        seq_in: Next number expected from the venue.
        seq_out: Next number to be sent.
        gap: The last gap and what became of it, in words.
        cod: Whether losing the link cancels its orders; None for a session without orders.
        heard_ms: Time since the venue's last message; -1 if there was none.
        waiting: Whether a test request waits for its answer.
        since_ns: Wall time of the logon; 0 if not logged on.
        error: Why it is not up, or the last thing that went wrong; cleaned text.
        rtt_us: Last round trip of a test request, or of the logon before the first; 0 if not up.
    """

    name: str
    state: str
    seq_in: int = 1
    seq_out: int = 1
    gap: str = ""
    cod: bool | None = None
    heard_ms: int = -1
    waiting: bool = False
    since_ns: int = 0
    error: str = ""
    rtt_us: int = 0


@dataclass(frozen=True, slots=True)
class FixLogLine:
    """One FIX message, secrets hidden.

    Attributes:
        number: Ever-increasing number.
        at_ns: Wall time.
        session: Name of its session.
        out: Whether we sent it.
        name: Name of the message type.
        fields: Tag, name and value of each field, in the order of the wire; cleaned text.
    """

    number: int
    at_ns: int
    session: str
    out: bool
    name: str
    fields: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class WatchSpec:
    """Market data wanted for one pair.

    Attributes:
        depth: Price levels: 10, 100 or 1000 (L2 also 25 and 500); 0 for no book.
        level3: Order by order; without a key the L2 book of the same depth is
            taken instead.
        trades: Public trades, with the latest ones at the start.
        ticker: 24 h figures, sent with each trade.
        bbo: Let the ticker follow the best bid and ask as well.
        candles: Intervals in minutes (1, 5, 15, 30, 60, 240, 1440, 10080, 21600).
        source: `ws`, or `fix` for the book alone over the FIX market data session, never over WS instead.
    """

    depth: int = 100
    level3: bool = True
    trades: bool = True
    ticker: bool = True
    bbo: bool = False
    candles: tuple[int, ...] = ()
    source: str = "ws"


class VenueListener(Protocol):
    """The engine's ear: called on the event loop, in order of arrival; must be quick."""

    def on_market(self, msg: MarketMessage) -> None:
        """Take one decoded frame of book, level3, trade, ticker, ohlc or instrument."""
        ...

    def on_book_reset(self, symbol: str, kind: str) -> None:
        """Forget the book of a pair until its next snapshot.

        Called when its subscription starts, restarts or ends, over WS also when its link is lost.

        Args:
            symbol: WS v2 name.
            kind: `level3` or `book`.
        """
        ...

    def on_execution(self, row: ExecutionRow, snapshot: bool, sequence: int) -> None:
        """Take one execution report.

        Rows of a snapshot (open orders, then possibly old fills) lie between an
        `on_account_stale` and the next `on_orders_ready`: an order believed open
        that is in none of them is no longer open.
        """
        ...

    def on_balance(self, rows: Sequence[BalanceRow], snapshot: bool) -> None:
        """Take balances: all of them (snapshot) or those that one transaction changed."""
        ...

    def on_orders_ready(self) -> None:
        """Both account feeds run, with their snapshots delivered and no gap."""
        ...

    def on_account_stale(self, reason: str) -> None:
        """Account feeds can't be trusted (link lost, gap, resubscribing); reconcile when ready again."""
        ...

    def on_status(self, system: str) -> None:
        """Take the state of the venue: online, post_only, cancel_only, maintenance or a new word."""
        ...

    def on_link(self, name: str, health: LinkHealth) -> None:
        """Take a change of health of `public`, `auth`, `l3` or `rest`."""
        ...

    def on_fix(self) -> None:
        """Something of the FIX sessions changed: their states can be read again."""
        ...

    def on_notice(self, severity: str, text: str) -> None:
        """Take something worth an event line; severity is info, good, warn or bad."""
        ...
