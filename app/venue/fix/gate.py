"""The FIX side of the venue: ports, logons, timers (`fix.md` §1)."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from app.clock import NS_PER_S, Clock
from app.venue.fix import policies
from app.venue.fix.connection import Connection
from app.venue.fix.faces import Application
from app.venue.fix.faults import FixFaults
from app.venue.fix.head import in_window
from app.venue.fix.kept import KeptStore
from app.venue.fix.message import Message
from app.venue.fix.peer import Peer
from app.venue.fix.rules import KRAKEN, Directory, Rules
from app.venue.fix.service import Identity, Service
from app.venue.fix.session import Session
from app.venue.fix.store import Store

_BACKLOG = 64
HOUR_NS = 3_600 * NS_PER_S
DAY_NS = 24 * HOUR_NS


class FixGate:
    """Accepts connections and decides on logons.

    Args:
        clock: Time source.
        directory: CompIDs and keys.
        applications: What each service offers; a service without one does not listen.
        rules: How logons are treated.
        keep_in: Directory for the numbers and reports of trading sessions; None forgets them with the process.

    Attributes:
        ports: Where each service listens, once open.
        sessions: Live connections.
        peers: Clients that have ever logged on, by service and CompID.
        faults: Faults to obey.
    """

    def __init__(
        self,
        clock: Clock,
        directory: Directory,
        applications: Mapping[Service, Application],
        rules: Rules = KRAKEN,
        keep_in: Path | None = None,
    ) -> None:
        self.clock = clock
        self.ports: dict[Service, int] = {}
        self.sessions: dict[Connection, Session] = {}
        self.peers: dict[tuple[Service, str], Peer] = {}
        self.faults = FixFaults()
        self._next_rollover_ns = next_rollover(clock.now_ns())
        self._open_again_ns = 0
        self._directory = directory
        self._rules = rules
        self._keep_in = keep_in
        self._applications = applications
        self._servers: list[asyncio.Server] = []
        self._numbers = itertools.count(1)

    async def open(self, host: str, first: int, context: ssl.SSLContext | None) -> None:
        """Listen on the port of every service.

        Args:
            host: Address.
            first: Port of the first service, the others follow; 0 for any free ones.
            context: TLS, or None.

        Raises:
            OSError: A port is taken; none is open then.
        """
        loop = asyncio.get_running_loop()
        for offset, service in enumerate(Service):
            if service not in self._applications:
                continue
            port = first + offset if first else 0
            try:
                server = await loop.create_server(self._factory(service), host, port, backlog=_BACKLOG, ssl=context)
            except OSError:
                self.close()
                raise
            self._servers.append(server)
            self.ports[service] = server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening and end every connection as planned: no order is cancelled for it."""
        for server in self._servers:
            server.close()
        for connection, session in list(self.sessions.items()):
            session.retire(policies.VENUE_ENDS)
            connection.abort()
        for store in self._kept():
            store.close()

    async def wait_closed(self) -> None:
        """Wait until the ports are free."""
        for server in self._servers:
            await server.wait_closed()

    def tick(self) -> None:
        """Look at every timer once."""
        now, wall = self.clock.mono_ns(), self.clock.now_ns()
        if wall >= self._next_rollover_ns:
            self.roll_over()
        for connection, session in list(self.sessions.items()):
            connection.release()
            session.tick(now)
        for store in self._kept():
            store.keep()

    def roll_over(self) -> None:
        """End every session, start all numbers at 1, and refuse connections for a while (§1.12, §10).

        Orders stay: this end is planned and cancels nothing.
        """
        self._next_rollover_ns = next_rollover(self.clock.now_ns())
        self._open_again_ns = self.clock.mono_ns() + policies.ROLLOVER_S * NS_PER_S
        for session in list(self.sessions.values()):
            session.retire(policies.ROLLOVER_TEXT)
        for peer in self.peers.values():
            peer.store.reset()

    def refuses(self) -> bool:
        """Whether new connections are ended at once."""
        return self.clock.mono_ns() < self._open_again_ns

    def opened(self, connection: Connection) -> Session:
        """A connection came."""
        service = connection.service
        session = Session(service, connection, self, self._applications[service], next(self._numbers))
        self.sessions[connection] = session
        return session

    def closed(self, connection: Connection) -> None:
        """A connection ended."""
        session = self.sessions.pop(connection, None)
        if session is not None:
            session.lost()

    def admit(self, session: Session, logon: Message) -> Peer | None:
        """Return the client of a valid logon; None when it was dropped or told off."""
        identity = Identity(session.service, logon[49], logon[56])
        key = self._directory.owner(identity)
        if key is None:
            session.drop()
            return None
        peer = self.peers.get((session.service, logon[49]))
        if peer is None:
            store = self._store(session.service, logon[49])
            peer = self.peers[session.service, logon[49]] = Peer(identity, key, self.clock, store)
        if isinstance(peer.line, Session):
            if not policies.EVICT_ON_DUPLICATE_LOGON:
                session.drop()
                return None
            peer.line.drop()
        error = self._logon_error(session, peer, logon)
        if error:
            if self._rules.says_why:
                peer.line = session
                peer.send_unnumbered("5", ((58, error),))
                peer.line = None
            session.drop()
            return None
        if logon.flag(141) or self._rules.reset_on_logon:
            peer.store.reset()
        return peer

    def _kept(self) -> list[KeptStore]:
        return [peer.store for peer in self.peers.values() if isinstance(peer.store, KeptStore)]

    def _store(self, service: Service, client: str) -> Store:
        """Return a client's memory: what was kept of it, unless a rollover lies in between."""
        if not service.trades:
            return Store(most=policies.MARKET_REPLAY)
        if self._keep_in is None:
            return Store()
        store = KeptStore(path=self._keep_in / f"{service}_{client}.fix", now_ns=self.clock.now_ns)
        if next_rollover(store.began_ns) <= self.clock.now_ns():
            store.reset()
        return store

    def recheck(self, peer: Peer, logon: Message) -> str:
        """Why a Logon within a session is refused, or empty."""
        return self._credential_error(peer, logon)

    def _logon_error(self, session: Session, peer: Peer, logon: Message) -> str:
        refusal = self._applications[session.service].check(logon)
        if refusal is not None:
            return refusal.text
        if logon.seq < 1:
            return "MsgSeqNum (34) is missing or no number"
        if not 0 < int(logon[108]) <= policies.MOST_HEARTBEAT_S:
            return "Invalid value for tag 108: HeartBtInt"
        if not in_window(logon, self.clock.now_ns()):
            return "SendingTime accuracy problem"
        error = self._credential_error(peer, logon)
        resets = logon.flag(141) or self._rules.reset_on_logon
        if not error and not resets and logon.seq < peer.store.next_in:
            return f"MsgSeqNum too low, expecting {peer.store.next_in} but received {logon.seq}"
        return error

    def _credential_error(self, peer: Peer, logon: Message) -> str:
        genuine = self._directory.signed(peer.identity, peer.credentials, logon)
        return "" if genuine else policies.BAD_CREDENTIALS

    def _factory(self, service: Service) -> Callable[[], Connection]:
        return lambda: Connection(service, self)


def next_rollover(now_ns: int) -> int:
    """Wall time of the first rollover after `now_ns`."""
    today = now_ns // DAY_NS * DAY_NS + policies.ROLLOVER_HOUR * HOUR_NS
    return today if today > now_ns else today + DAY_NS
