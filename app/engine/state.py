"""The desk as one piece: what the engine's parts share and screens are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

import msgspec

from app.clock import NS_PER_S, Clock
from app.domain.ids import CombIds
from app.domain.instrument import PairStatus
from app.engine.account import Account
from app.engine.dead_man import DeadMan
from app.engine.fills import Fills
from app.engine.journal import Journal
from app.engine.market import Market
from app.engine.orders import Orders
from app.engine.pen import Pen
from app.engine.positions import Positions
from app.engine.rates import Rates
from app.engine.reconcile import Reconciler
from app.engine.trail import Trails
from app.link.frames import GaugeView, Trust
from app.settings import Mode, Profile
from app.workers.feed import LinkHealth, LinkState, Venue
from app.workers.health import FIX_LINK

if TYPE_CHECKING:
    from app.engine.fix_desk import FixDesk
    from app.engine.routes import Routes

ONLINE = "online"
_MILLI = 1_000
_US_PER_MS = 1_000
_NS_PER_US = 1_000
_FEIGNED_US = 100_000
"""An offset of the venue's clock up to this is taken for the delays of measuring it."""

BOOK_LINKS = {"L3": "l3", "L2": "public"}
FIX_BOOK_LINKS = {"l3": f"{FIX_LINK}l3", "l2": f"{FIX_LINK}md"}
"""Links that books over FIX come by, as `fix.book` of a profile names them."""


@dataclass(slots=True)
class DeskState:
    """Everything the engine knows.

    Attributes:
        clock: Time.
        profile: Profile of this engine.
        symbol: Pair to show first.
        market: Books, tapes, instruments.
        orders: Own orders.
        account: Balances.
        rates: Rate counters.
        positions: What this session's fills made.
        journal: Durable intents.
        pen: Trading lease and arming.
        venue: Connections; set when they exist.
        ids: Makes client order ids.
        keyed: Whether there is a key, so that orders are possible at all.
        system: State of the venue.
        killed: Kill switch engaged.
        account_stale: Why the account streams cannot be believed; empty if they can.
        holder_name: Name of the screen with the pen.
        message_rate: Market-data messages of the last second.
        reconciler: Compares orders with the venue; set when it exists.
        fills: Counts fills; set when it exists.
        dead_man: The venue's cancel-after timer; set when it exists.
        links: Health of each connection by name.
        trails: The story of each order.
        routes: Chooses transports; set when the connections exist.
        fix: The FIX sessions; set when the connections exist.
    """

    clock: Clock
    profile: Profile
    symbol: str
    market: Market
    orders: Orders
    account: Account
    rates: Rates
    positions: Positions
    journal: Journal
    pen: Pen
    ids: CombIds
    keyed: bool
    trails: Trails
    venue: Venue | None = None
    system: str = ""
    killed: bool = False
    account_stale: str = "connecting"
    holder_name: str = ""
    message_rate: int = 0
    reconciler: Reconciler | None = None
    fills: Fills | None = None
    dead_man: DeadMan | None = None
    routes: Routes | None = None
    fix: FixDesk | None = None
    links: dict[str, LinkHealth] = field(default_factory=dict)

    @property
    def book_over_fix(self) -> bool:
        """Whether books come over FIX market data."""
        return self.profile.fix.book != "ws"

    def book_link(self, kind: str) -> str:
        """Return the name of the link that a kind of book comes by."""
        return FIX_BOOK_LINKS[self.profile.fix.book] if self.book_over_fix else BOOK_LINKS[kind]

    @property
    def reconciled(self) -> bool:
        """Whether orders and fills were compared with the venue since the account streams came back."""
        if self.account_stale or self.reconciler is None or self.fills is None:
            return False
        return self.reconciler.done and self.fills.done

    @property
    def dead_man_ms(self) -> int:
        """Time until the venue's timer fires; -1 if off."""
        return -1 if self.dead_man is None else self.dead_man.left_ms

    @property
    def mode(self) -> str:
        """PRACTICE, PUBLIC, UAT or REAL; PUBLIC whenever there is no key."""
        return self.profile.mode.value.upper() if self.keyed else Mode.PUBLIC.value.upper()

    def trust(self, symbol: str) -> Trust:
        """Return how far a pair's book can be believed now."""
        pair = self.market.pairs.get(symbol)
        if pair is None:
            return Trust.NONE
        health = self.links.get(self.book_link(pair.kind))
        if health is None:
            return Trust.NONE
        if health.state is LinkState.STALE or (health.state is not LinkState.UP and pair.book is not None):
            return Trust.STALE
        return self.market.trust(symbol, Trust.VERIFIED if health.state is LinkState.UP else Trust.SYNCING)

    def believed(self, symbol: str) -> bool:
        """Say whether a pair's book equals the venue's now."""
        return self.trust(symbol) is Trust.VERIFIED

    def blocked(self, symbol: str) -> str:
        """Return why no new order may go out on a pair; empty if one may."""
        trust = self.trust(symbol)
        status = self.market.status(symbol)
        reasons = (
            (not self.keyed, "public data only: this profile has no key"),
            (self.killed, "kill switch engaged: `release` lets orders out again"),
            (bool(self.journal.failed), self.journal.failed),
            (bool(self.account_stale), f"account stream: {self.account_stale}"),
            (not self.reconciled, "orders and fills are being compared with the venue"),
            (self.system not in (ONLINE, "post_only"), f"the venue is in {self.system or 'an unknown state'}"),
            (status not in (PairStatus.ONLINE, PairStatus.POST_ONLY, PairStatus.LIMIT_ONLY), f"{symbol} is {status}"),
            (trust is not Trust.VERIFIED, f"the book is {trust.value}{self._behind(symbol)}"),
        )
        return next((text for bad, text in reasons if bad), "")

    def _behind(self, symbol: str) -> str:
        """Say how far a book is behind the venue, if too far."""
        pair = self.market.pairs.get(symbol)
        if pair is None or not pair.backlog.late or self.market.recorded:
            return ""
        return f": {pair.backlog.behind_ns / NS_PER_S:.1f} s behind the venue, more comes than can be read"

    def link_age_ns(self, kind: str) -> int:
        """Return how long the link of a kind of book has been silent; 0 while it is alive."""
        health = self.links.get(self.book_link(kind))
        if health is None or health.state is LinkState.UP:
            return 0
        return max(0, self.clock.now_ns() - health.since_ns)

    def held(self) -> dict[str, Decimal]:
        """Return what working orders hold by asset."""
        return self.account.held(self.orders.working(), self.market.instruments)

    def own_ticks(self) -> dict[str, list[int]]:
        """Return the ticks at which own working orders rest, by pair."""
        found: dict[str, list[int]] = {}
        for order in self.orders.working():
            instrument = self.market.instruments.get(order.symbol)
            if order.limit_price is not None and instrument is not None:
                found.setdefault(order.symbol, []).append(int(order.limit_price / instrument.tick))
        return found

    def flags(self) -> tuple[object, ...]:
        """Return what must reach the status bar at once when it changes."""
        return (self.killed, self.pen.armed, self.holder_name, self.account_stale, self.reconciled, self.system)

    def offset_ms(self) -> int | None:
        """Return the venue's clock minus ours from the quickest measured link."""
        best = self._quickest()
        return None if best is None else best.offset_us // _US_PER_MS

    def offset_ns(self) -> int:
        """Return the venue's clock minus ours where it is more than the way there and back can feign, else 0."""
        best = self._quickest()
        if best is None or abs(best.offset_us) <= max(best.rtt_us, _FEIGNED_US):
            return 0
        return best.offset_us * _NS_PER_US

    def _quickest(self) -> LinkHealth | None:
        # Neither calls over REST nor FIX measure an offset.
        measured = [
            health
            for name, health in self.links.items()
            if health.rtt_us and name != "rest" and not name.startswith(FIX_LINK)
        ]
        return min(measured, key=lambda health: health.rtt_us, default=None)

    def rounded(self, symbol: str, price: Decimal) -> Decimal:
        """Round an average price to the pair's decimals, for showing."""
        instrument = self.market.instruments.get(symbol)
        dp = instrument.price_dp if instrument else 8
        return price.quantize(Decimal(1).scaleb(-dp), ROUND_HALF_EVEN)

    def gauge(self, symbol: str) -> GaugeView:
        """Return the rate counters of a pair and of the connections."""
        view = self.rates.view(symbol)
        if self.venue is None:
            return view
        return msgspec.structs.replace(
            view,
            rest=int(self.venue.rest_points() * _MILLI),
            l3=self.venue.l3_used(),
            l3_max=self.rates.tier.l3_per_second,
            connects=self.venue.connects_used(),
        )
