"""The engine's one door to a venue: market data, account feeds, orders, questions.

`Venue` owns the public, private and level3 connections and the REST client,
keeps them alive and tells a `VenueListener` what arrives. Orders go where the
caller says (`via`); nothing falls back silently and nothing is ever resent
after a doubt.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.clock import Clock
from app.domain.budget import L3_SYMBOLS_PER_CONNECTION, l3_budget
from app.domain.order import OrderRequest, PriceKind
from app.domain.ratelimit import TIERS, Tier
from app.domain.text import clean
from app.errors import ConfigError
from app.protocol.changes import Amend, Edit
from app.protocol.rest.records import (
    FeeRates,
    KeyInfo,
    RestAmend,
    RestBalance,
    RestLedger,
    RestOrder,
    RestPosition,
    RestTrade,
)
from app.protocol.ws2.events import (
    AccountReady,
    AccountStale,
    AckMissing,
    Balances,
    BookReset,
    Event,
    Executions,
    Notice,
    Reply,
    SubscribeRefused,
    SystemStatus,
)
from app.protocol.ws2.session import Role, Session
from app.protocol.ws2.topics import BALANCES, EXECUTIONS, INSTRUMENT, Topic
from app.workers.batches import BatchDesk
from app.workers.face import FixLogLine, FixOptions, FixSessionInfo, VenueListener, VenueUrls, WatchSpec
from app.workers.fix_links import FixLinks
from app.workers.fix_market import FixTopic
from app.workers.health import LOOPBACK, LinkHealth, LinkState
from app.workers.nonce_file import NonceFile
from app.workers.orders import NO_SESSION, OrderDesk
from app.workers.outcome import Accepted, Outcome, ReadError, Refused, Unknown, Via
from app.workers.questions import Questions
from app.workers.recorder import Recorder
from app.workers.rest import RestClient
from app.workers.supervisor import Backoff, ConnectGate, HealthBoard
from app.workers.wires import Wires
from app.workers.ws import WsConnection

if TYPE_CHECKING:
    from app.credentials import ApiKey

__all__ = [
    "Accepted",
    "Edit",
    "FeeRates",
    "FixLogLine",
    "FixOptions",
    "FixSessionInfo",
    "KeyInfo",
    "LinkHealth",
    "LinkState",
    "Outcome",
    "ReadError",
    "Refused",
    "RestAmend",
    "RestBalance",
    "RestLedger",
    "RestOrder",
    "RestPosition",
    "RestTrade",
    "Unknown",
    "Venue",
    "VenueListener",
    "VenueUrls",
    "Via",
    "WatchSpec",
]

L3_DEPTHS = frozenset({10, 100, 1000})
L2_DEPTHS = frozenset({10, 25, 100, 500, 1000})


class Venue:
    """All connections to one venue.

    Args:
        urls: Where it is; `ws_auth` and `ws_l3` are used with a key only.
        key: API key, or None for public data only.
        clock: Time.
        listener: Gets everything that arrives.
        nonce_path: File that keeps the nonce of this key; shared by all processes using it.
        tier: `starter`, `intermediate` or `pro`: sets the REST counter and the L3 budget.
        recorder: Gets a copy of each inbound WS frame.
        gate: Budget of connection attempts; None makes one of this venue's own.
        fix: FIX sessions to keep up beside the other connections; None for none.

    Raises:
        ConfigError: An address is neither encrypted nor on this machine.

    Attributes:
        health: Health of `public`, `auth`, `l3` and `rest`, by name.
    """

    def __init__(
        self,
        urls: VenueUrls,
        key: ApiKey | None,
        clock: Clock,
        listener: VenueListener,
        *,
        nonce_path: Path,
        tier: str = "intermediate",
        recorder: Recorder | None = None,
        gate: ConnectGate | None = None,
        fix: FixOptions | None = None,
    ) -> None:
        for url in (urls.rest, urls.ws_public, urls.ws_auth, urls.ws_l3):
            refuse_plain(url)
        limits = TIERS[tier]
        self._clock = clock
        self._listener = listener
        self._board = HealthBoard(clock, listener.on_link)
        self._gate = gate or ConnectGate(clock)
        self._recorder = recorder
        self._stop = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._rest = RestClient(
            urls.rest, key, clock, nonce=NonceFile(nonce_path, clock), tier=limits, on_result=self._on_rest
        )
        self._questions = Questions(self._rest, clock)
        self._public = self._link("public", urls.ws_public, Session(Role.PUBLIC))
        self._auth_session = Session(Role.AUTH)
        self._auth: WsConnection | None = None
        self._l3: WsConnection | None = None
        self._l3_budget = l3_budget(limits)
        if key is not None and urls.ws_auth:
            self._auth = self._link("auth", urls.ws_auth, self._auth_session)
            self._auth.want((EXECUTIONS, BALANCES))
        if key is not None and urls.ws_l3:
            self._l3 = self._link("l3", urls.ws_l3, Session(Role.L3, self._l3_budget))
        self._fix = None if fix is None else FixLinks(fix, clock, listener, self._board, self._gate)
        wires = Wires(self._auth, self._rest)
        self._desk = OrderDesk(wires, None if self._fix is None else self._fix.desk)
        self._batches = BatchDesk(wires, self._desk)
        self.watch({})

    def _link(self, name: str, url: str, session: Session) -> WsConnection:
        self._board.links[name] = LinkHealth(note="not started")
        return WsConnection(
            name,
            url,
            session,
            clock=self._clock,
            gate=self._gate,
            board=self._board,
            # Jitter only spreads reconnects; nothing secret hangs on it.
            backoff=Backoff(random.Random()),  # noqa: S311
            on_market=self._listener.on_market,
            on_event=self._on_event,
            token=None if session.role is Role.PUBLIC else self._rest.token,
            recorder=self._recorder,
            coalesce=session.role is not Role.AUTH,
        )

    @property
    def health(self) -> Mapping[str, LinkHealth]:
        """Health of each link by name."""
        return MappingProxyType(self._board.links)

    # -- life

    async def run(self) -> None:
        """Connect, stay connected, return after `close`."""
        self._ended.clear()
        try:
            async with asyncio.TaskGroup() as group:
                links = [link for link in (self._public, self._auth, self._l3) if link is not None]
                tasks = [group.create_task(link.run(), name=f"link-{link.name}") for link in links]
                if self._fix is not None:
                    tasks += [group.create_task(link.run(), name=link.link) for link in self._fix.links]
                    tasks.append(group.create_task(self._fix.keep(), name="fix-store"))
                await self._stop.wait()
                if self._fix is not None:
                    await self._fix.leave()
                for task in tasks:
                    task.cancel()
        finally:
            self._ended.set()

    async def close(self) -> None:
        """End all connections; requests in flight become `Unknown`."""
        self._stop.set()
        await self._ended.wait()
        await self._rest.close()

    # -- market data

    def watch(self, symbols: Mapping[str, WatchSpec]) -> None:
        """Set the market data wanted from now on; the difference is applied.

        Raises:
            ValueError: A depth that the feed does not have, a book over FIX without its session, or too many level3
                books.
        """
        public: set[Topic] = {INSTRUMENT}
        orders: set[Topic] = set()
        over_fix: set[FixTopic] = set()
        for symbol, spec in symbols.items():
            by_fix = spec.source == "fix"
            level3 = spec.level3 and (by_fix or self._l3 is not None)
            if by_fix and not self._carried(level3=level3):
                raise ValueError(f"{symbol}: no FIX session carries its {'orders' if level3 else 'price levels'}")
            if spec.depth not in (L3_DEPTHS if level3 else L2_DEPTHS) | {0}:
                raise ValueError(f"{symbol}: no book of depth {spec.depth}")
            if spec.depth and by_fix:
                over_fix.add(FixTopic(symbol, spec.depth, level3))
            elif spec.depth:
                (orders if level3 else public).add(Topic("level3" if level3 else "book", symbol, depth=spec.depth))
            if spec.trades:
                public.add(Topic("trade", symbol))
            if spec.ticker:
                public.add(Topic("ticker", symbol, trigger="bbo" if spec.bbo else "trades"))
            public.update(Topic("ohlc", symbol, interval=minutes) for minutes in spec.candles)
        if len(orders) > L3_SYMBOLS_PER_CONNECTION:
            raise ValueError(f"{len(orders)} level3 books are more than {L3_SYMBOLS_PER_CONNECTION}")
        self._public.want(public)
        if self._l3 is not None:
            self._l3.want(orders)
        if self._fix is not None:
            self._fix.watch(over_fix)

    def _carried(self, *, level3: bool) -> bool:
        return self._fix is not None and self._fix.carries(level3=level3)

    def resync(self, symbol: str) -> None:
        """Ask for a new snapshot of a book that failed its checksum or lost its way."""
        self._public.resync(symbol)
        if self._l3 is not None:
            self._l3.resync(symbol)
        if self._fix is not None:
            self._fix.resync(symbol)

    # -- orders

    def orders_link_up(self) -> bool:
        """Whether an order could be sent over WS right now."""
        return self._auth is not None and self._auth.ready_for_orders()

    def max_rate_count(self) -> int:
        """Threshold of the pair counter, from the executions ack; 0 if not known yet."""
        return self._auth_session.max_rate_count

    async def add_order(self, req: OrderRequest, *, via: Via = Via.WS) -> Outcome:
        """Send a new order. Accepted means taken for processing, not resting."""
        return await self._desk.add(req, via)

    async def amend_order(
        self,
        *,
        order_id: str = "",
        cl_ord_id: str = "",
        qty: Decimal | None = None,
        limit_price: Decimal | None = None,
        limit_kind: PriceKind = PriceKind.STATIC,
        display_qty: Decimal | None = None,
        trigger_price: Decimal | None = None,
        trigger_kind: PriceKind = PriceKind.STATIC,
        post_only: bool = False,
        deadline_ns: int = 0,
        via: Via = Via.WS,
    ) -> Outcome:
        """Change total quantity, prices or display in place; give exactly one id, see `Amend`."""
        amend = Amend(
            order_id=order_id,
            cl_ord_id=cl_ord_id,
            qty=qty,
            limit_price=limit_price,
            limit_kind=limit_kind,
            display_qty=display_qty,
            trigger_price=trigger_price,
            trigger_kind=trigger_kind,
            post_only=post_only,
            deadline_ns=deadline_ns,
        )
        return await self._desk.amend(amend, via)

    async def edit_order(self, edit: Edit, *, via: Via = Via.WS) -> Outcome:
        """Cancel an order and place it anew: the older way, which loses its place, fills and client id."""
        return await self._desk.edit(edit, via)

    async def add_batch(self, requests: Sequence[OrderRequest], *, via: Via = Via.WS) -> tuple[Outcome, ...]:
        """Send 2 to 15 orders of one pair; returns an outcome for each, in their order.

        One invalid order refuses all; what the engine refuses fails alone.
        After a doubt all are unknown.
        """
        return await self._batches.add(requests, via)

    async def cancel_batch(
        self, order_ids: Sequence[str] = (), cl_ord_ids: Sequence[str] = (), *, via: Via = Via.WS
    ) -> Outcome:
        """Cancel up to 50 orders; those that are gone are passed over, so `count` may be smaller."""
        return await self._batches.cancel(order_ids, cl_ord_ids, via)

    async def cancel_order(self, *, order_id: str = "", cl_ord_id: str = "", via: Via = Via.WS) -> Outcome:
        """Cancel one order; give exactly one id."""
        return await self._desk.cancel(via, order_id=order_id, cl_ord_id=cl_ord_id)

    async def cancel_all(self, *, via: Via = Via.WS) -> Outcome:
        """Cancel every open order of the account, all pairs."""
        return await self._desk.cancel_all(via)

    async def cancel_all_after(self, timeout_s: int, *, via: Via = Via.WS) -> Outcome:
        """Arm the dead-man timer of the account, or disarm it with 0."""
        return await self._desk.cancel_all_after(timeout_s, via)

    # -- FIX sessions

    def fix_up(self) -> bool:
        """Whether the FIX trading session is logged on and in step."""
        return self._fix is not None and self._fix.up()

    def fix_owns(self, key: str) -> bool:
        """Whether the present FIX session placed the order with this client id or venue id."""
        return self._fix is not None and self._fix.owns(key)

    def fix_sessions(self) -> tuple[FixSessionInfo, ...]:
        """Return every FIX session of this profile."""
        return () if self._fix is None else self._fix.sessions()

    def fix_log(self, since: int) -> tuple[FixLogLine, ...]:
        """Return the kept FIX messages after a number, oldest first."""
        return () if self._fix is None else self._fix.log(since)

    def fix_logout(self) -> None:
        """Take the FIX sessions down in good order, as before the rollover."""
        if self._fix is not None:
            self._fix.logout()

    def fix_logon(self, *, reset: bool = True) -> None:
        """Bring the FIX sessions up again, with `reset` both sides counting from 1."""
        if self._fix is not None:
            self._fix.logon(reset=reset)

    async def fix_mass_cancel(self, scope: int, symbol: str = "") -> Outcome:
        """Cancel over FIX by scope (530).

        Args:
            scope: 1 for this session's orders of a pair, 6 for all of this
                session, 7 for all of the SenderCompID.
            symbol: The pair, for scope 1.
        """
        desk = None if self._fix is None else self._fix.desk
        return NO_SESSION if desk is None else await desk.mass_cancel(scope, symbol)

    async def fix_status(self, name: str) -> Outcome:
        """Have the venue report the state of an order over FIX; the report comes as an execution."""
        desk = None if self._fix is None else self._fix.desk
        return NO_SESSION if desk is None else await desk.status(name)

    # -- questions over REST; all raise `ReadError`

    async def open_orders(self) -> tuple[RestOrder, ...]:
        """Return all open orders."""
        return await self._questions.open_orders()

    async def query_orders(self, txids: Sequence[str]) -> tuple[RestOrder, ...]:
        """Return those of the named orders that the venue knows."""
        return await self._questions.query_orders(txids)

    async def orders_by_cl_ord_id(self, cl_ord_id: str) -> tuple[RestOrder, ...]:
        """Return the open and closed orders with this id."""
        return await self._questions.orders_by_cl_ord_id(cl_ord_id)

    async def closed_orders(self, since_ns: int) -> tuple[RestOrder, ...]:
        """Return the orders that ended after a wall time, newest first."""
        return await self._questions.closed_orders(since_ns)

    async def trades_since(self, since_ns: int) -> tuple[RestTrade, ...]:
        """Return own fills after a wall time, newest first."""
        return await self._questions.trades_since(since_ns)

    async def order_amends(self, order_id: str) -> tuple[RestAmend, ...]:
        """Return the states of an order, oldest first; the first is as placed."""
        return await self._questions.order_amends(order_id)

    async def positions(self) -> tuple[RestPosition, ...]:
        """Return open margin positions with their present value."""
        return await self._questions.positions()

    async def ledger_since(self, since_ns: int) -> tuple[RestLedger, ...]:
        """Return ledger entries after a wall time, newest first."""
        return await self._questions.ledger_since(since_ns)

    async def balances_ex(self) -> tuple[RestBalance, ...]:
        """Return balances with what orders hold."""
        return await self._questions.balances_ex()

    async def fee_rates(self, symbol: str) -> FeeRates:
        """Return the account's present fees of a pair."""
        return await self._questions.fee_rates(symbol)

    async def key_info(self) -> KeyInfo:
        """Return the rights of the key."""
        return await self._questions.key_info()

    async def server_offset_us(self) -> int:
        """Return venue clock minus ours, from REST `Time` (whole seconds)."""
        return await self._questions.server_offset_us()

    def connects_used(self) -> int:
        """Return the connection attempts of the last ten minutes, all sockets together."""
        return self._gate.used()

    def l3_used(self) -> int:
        """Return the subscription points of level3 used in the last second."""
        return self._l3_budget.spent(self._clock.mono_ns())

    def use_tier(self, tier: Tier) -> None:
        """Take over the limits of the account's tier, once the venue has told it."""
        self._l3_budget.limit = tier.l3_per_second
        self._rest.use_tier(tier)

    def rest_points(self) -> Decimal:
        """Return the local estimate of the REST counter."""
        return self._rest.points()

    # -- what the links tell

    def _on_rest(self, ok: bool, note: str, rtt_us: int) -> None:
        self._board.state("rest", LinkState.UP if ok else LinkState.DOWN, note)
        if ok:
            self._board.latency("rest", rtt_us, 0)

    def _on_event(self, name: str, event: Event) -> None:
        listener = self._listener
        match event:
            case Executions(rows=rows, snapshot=snapshot, sequence=sequence):
                for row in rows:
                    listener.on_execution(row, snapshot, sequence)
            case Balances(rows=balances, snapshot=snapshot):
                listener.on_balance(balances, snapshot)
            case BookReset(topic=topic):
                listener.on_book_reset(topic.symbol, topic.channel)
            case AccountReady():
                listener.on_orders_ready()
            case AccountStale(reason=reason):
                listener.on_account_stale(reason)
            case SystemStatus(system=system):
                listener.on_status(system)
            case _:
                told = notice_of(name, event)
                if told is not None:
                    listener.on_notice(*told)


def refuse_plain(url: str) -> None:
    """Pass an address that is encrypted or on this machine.

    Raises:
        ConfigError: It is neither: a token or a key would travel in the clear.
    """
    parts = urlsplit(url)
    if url and parts.scheme not in {"https", "wss"} and (parts.hostname or "") not in LOOPBACK:
        raise ConfigError(f"{clean(url)} is not encrypted", "use https or wss")


def notice_of(name: str, event: Event) -> tuple[str, str] | None:
    """Put an event that only people care about into words.

    Returns:
        Severity and text; None for what needs no words.
    """
    match event:
        case Notice(severity=severity, text=text):
            return severity, text
        case SubscribeRefused(topic=topic, fault=fault):
            return "bad", f"{name}: {topic.text} refused: {fault.error}" + (f" ({fault.hint})" if fault.hint else "")
        case AckMissing(topics=topics):
            return "warn", f"{name}: no answer about {', '.join(topic.text for topic in topics)}; asking again"
        case Reply(response=response, late=True):
            verdict = "accepted" if response.ok else response.error
            return "warn", f"{name}: late answer to {response.method}: {verdict}"
        case _:
            return None
