"""The FIX sessions of one venue (`fix.md` §1.1): what each is for, and who takes what it says."""

from __future__ import annotations

import asyncio
import random
import secrets
import ssl
from collections.abc import Callable, Collection

from app.clock import NS_PER_MS, Clock
from app.domain.ids import CombIds
from app.protocol.fix.message import Message, fields
from app.protocol.fix.password import password
from app.protocol.fix.session import Identity, Session
from app.protocol.fix.store import MemoryStore
from app.protocol.ws2.private import ExecutionRow
from app.workers.face import FixLogLine, FixOptions, FixSessionInfo, FixUrls, VenueListener
from app.workers.fix import FixConnection
from app.workers.fix_desk import FixDesk
from app.workers.fix_log import FixLog
from app.workers.fix_market import FixMarket, FixTopic
from app.workers.fix_store import FileStore
from app.workers.health import LOOPBACK, LinkHealth
from app.workers.nonce_file import NonceFile
from app.workers.supervisor import Backoff, ConnectGate, HealthBoard

TRADING = "trading"
MD_TARGET = "KRAKEN-MD"
DERIV_MD_TARGET = "KRAKEN-DRV-MD"
TARGET = "KRAKEN-TRD"
DERIV_TARGET = "KRAKEN-DRV-TRD"


class FixLinks:
    """All FIX sessions of a profile.

    Args:
        options: Where they are, their key, where they keep their numbers.
        clock: Time.
        listener: Gets the reports of orders.
        board: Shared health.
        gate: Shared budget of connection attempts.

    Attributes:
        desk: Orders of the spot trading session; None if there is none.
    """

    def __init__(
        self, options: FixOptions, clock: Clock, listener: VenueListener, board: HealthBoard, gate: ConnectGate
    ) -> None:
        self._options = options
        self._clock = clock
        self._listener = listener
        self._board = board
        self._gate = gate
        self._log = FixLog()
        self._nonce = NonceFile(options.nonce_path, clock, NS_PER_MS)
        self._tls = tls_context(options.urls)
        self._ids = CombIds(clock.now_ns, secrets.randbits)
        self.links: list[FixConnection] = []
        self._stores: list[FileStore] = []
        urls = options.urls
        self.desk = self._orders_link(TRADING, urls.spot_trading, urls.sender_comp_id, TARGET, cumulative=True)
        self._orders_link(
            "deriv trading", urls.deriv_trading, urls.deriv_sender_comp_id, DERIV_TARGET, cumulative=False
        )
        self._md = self._market_link("md", urls.spot_md, urls.sender_comp_id, MD_TARGET)
        self._l3 = self._market_link("l3", urls.spot_l3, urls.sender_comp_id, MD_TARGET)
        self._market_link("deriv md", urls.deriv_md, urls.deriv_sender_comp_id, DERIV_MD_TARGET)
        self._market_link("deriv l3", urls.deriv_l3, urls.deriv_sender_comp_id, DERIV_MD_TARGET)

    # -- making them

    def _row(self, row: ExecutionRow) -> None:
        self._listener.on_execution(row, False, 0)

    def _orders_link(self, name: str, port: int, sender: str, target: str, *, cumulative: bool) -> FixDesk | None:
        """Make a trading session, which keeps its numbers over the program's end."""
        if not port:
            return None
        urls = self._options.urls
        desk = FixDesk(
            self._clock,
            self._ids.next,
            self._row,
            self._listener.on_notice,
            cumulative=cumulative,
            account=urls.account,
        )
        identity = Identity(sender, target, urls.heartbeat_s)
        host = f"{urls.host}-{port}" if urls.host in LOOPBACK else urls.host
        store = FileStore(FileStore.named(self._options.store, host, sender, target), self._clock)
        self._stores.append(store)
        if store.damaged:
            self._listener.on_notice("bad", f"fix {name}: the stored numbers are damaged: beginning at 1")
        desk.link = self._link(
            name,
            port,
            Session(
                identity,
                store,
                self._clock,
                lambda seq: self._credentials(identity, seq),
                self._tracing(name),
            ),
            on_message=desk.take,
            on_echo=desk.echoed,
            on_up=desk.logged_on,
            on_cut=desk.cut,
            on_skipped=desk.skipped,
            on_tick=desk.expire,
            cod=urls.cancel_on_disconnect,
            anew=store.fresh,
        )
        return desk

    def _market_link(self, name: str, port: int, sender: str, target: str) -> FixMarket | None:
        """Make a market data session; it has no key and begins anew each time, as nothing of it is worth repeating."""
        if not port:
            return None
        identity = Identity(sender, target, self._options.urls.heartbeat_s)
        session = Session(identity, MemoryStore(), self._clock, lambda _seq: self._joined(), self._tracing(name))
        desk = FixMarket(name, self._listener, derivatives=target == DERIV_MD_TARGET)
        desk.link = self._link(
            name,
            port,
            session,
            on_message=desk.take,
            on_echo=lambda _name: None,
            on_up=desk.logged_on,
            on_cut=desk.cut,
            on_skipped=lambda _begin, _end: None,
            on_tick=lambda _now_ns: None,
            cod=None,
            anew=lambda: True,
        )
        return desk

    def _tracing(self, name: str) -> Callable[[bool, bytes], None]:
        return lambda out, frame: self._log.add(self._clock.now_ns(), name, out, frame)

    def _link(
        self,
        name: str,
        port: int,
        session: Session,
        *,
        on_message: Callable[[Message], None],
        on_echo: Callable[[str], None],
        on_up: Callable[[int], None],
        on_cut: Callable[[str], None],
        on_skipped: Callable[[int, int], None],
        on_tick: Callable[[int], None],
        cod: bool | None,
        anew: Callable[[], bool],
    ) -> FixConnection:
        link = FixConnection(
            name,
            self._options.urls.host,
            port,
            self._tls,
            session,
            clock=self._clock,
            gate=self._gate,
            board=self._board,
            # Jitter only spreads reconnects; nothing secret hangs on it.
            backoff=Backoff(random.Random()),  # noqa: S311
            anew=anew,
            on_message=on_message,
            on_echo=on_echo,
            on_up=on_up,
            on_cut=on_cut,
            on_skipped=on_skipped,
            on_tick=on_tick,
            on_notice=self._listener.on_notice,
            on_change=self._listener.on_fix,
            cod=cod,
            lenient=self._options.urls.host in LOOPBACK,
        )
        self._board.links[link.link] = LinkHealth(note="not started")
        self.links.append(link)
        return link

    def _credentials(self, identity: Identity, seq: int) -> str:
        """Return the fields of a Logon that show who we are (§1.4, §1.5).

        Raises:
            ConfigError: The nonce file can't be used.
        """
        key = self._options.key
        nonce = str(self._nonce.take())
        name = key.key.reveal()
        signed = password(key.secret.reveal(), seq, identity.sender, identity.target, name, nonce)
        keep = 0 if self._options.urls.cancel_on_disconnect else 1
        return self._joined() + fields(("553", name), ("554", signed), ("5025", nonce), ("8674", keep))

    def _joined(self) -> str:
        """Return the field of a Logon that joins our sessions, if Kraken gave us a number for it."""
        number = self._options.urls.client_id
        return fields(("109", number)) if number else ""

    # -- what the venue's owner asks

    def up(self) -> bool:
        """Whether the spot trading session is logged on and in step."""
        return self.desk is not None and self.desk.link.ready()

    def owns(self, name: str) -> bool:
        """Whether a cancel over FIX reaches the order with this id right now."""
        return self.desk is not None and self.up() and self.desk.owns(name)

    def carries(self, *, level3: bool) -> bool:
        """Whether there is a session for books of a kind."""
        return (self._l3 if level3 else self._md) is not None

    def watch(self, topics: Collection[FixTopic]) -> None:
        """Set the books wanted over FIX from now on."""
        if self._md is not None:
            self._md.want([topic for topic in topics if not topic.level3])
        if self._l3 is not None:
            self._l3.want([topic for topic in topics if topic.level3])

    def resync(self, symbol: str) -> None:
        """Ask for a new snapshot of a pair's books."""
        for desk in (self._md, self._l3):
            if desk is not None:
                desk.resync(symbol)

    def sessions(self) -> tuple[FixSessionInfo, ...]:
        """Return how each session stands."""
        return tuple(link.info() for link in self.links)

    def log(self, since: int) -> tuple[FixLogLine, ...]:
        """Return kept messages after a number."""
        return self._log.since(since)

    def logout(self) -> None:
        """Take all sessions down in good order; they stay away until `logon`."""
        for link in self.links:
            link.logout()

    def logon(self, *, reset: bool) -> None:
        """Bring all sessions up again."""
        for link in self.links:
            link.logon(reset=reset)

    async def leave(self) -> None:
        """Log out everywhere before the program ends, so that nothing is cancelled for it."""
        await asyncio.gather(*(link.leave() for link in self.links))

    async def keep(self) -> None:
        """Keep the sequence numbers on disk, once a second, until cancelled."""
        try:
            while True:
                await asyncio.sleep(1.0)
                for store in self._stores:
                    if store.keep():
                        await asyncio.to_thread(store.sync)
        finally:
            for store in self._stores:
                store.close()


def tls_context(urls: FixUrls) -> ssl.SSLContext | None:
    """Return how the sessions are encrypted: TLS 1.3 with certificate and host name checked (§1.1)."""
    if not urls.tls:
        return None
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if not urls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
