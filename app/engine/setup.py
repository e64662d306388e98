"""From a profile to an engine's state."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.clock import Clock
from app.credentials import ApiKey
from app.domain.book import SummedBook
from app.domain.ids import CombIds
from app.domain.ratelimit import TIERS
from app.engine.account import Account
from app.engine.journal import Journal
from app.engine.market import Market
from app.engine.orders import Orders
from app.engine.pen import Pen
from app.engine.positions import Positions
from app.engine.rates import Rates
from app.engine.state import DeskState
from app.engine.trail import Trails
from app.settings import Mode, Profile
from app.workers.face import FixOptions, VenueListener, VenueUrls
from app.workers.feed import Venue
from app.workers.recorder import Recorder

DEFAULT_SYMBOL = "BTC/USD"


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What an engine needs to start.

    Attributes:
        profile: Its profile; addresses and key were checked against each other.
        urls: Addresses of the venue.
        key: API key, or None for public data only.
        clock: Time.
        journal_path: Its journal file; the directory exists.
        nonce_path: The key's nonce file; the directory exists.
        symbol: Pair to show first.
        recorder: Gets a copy of all inbound frames, or None.
        fix: FIX sessions, or None.
        connect: Makes the connections; None makes the real ones.
        sole: Whether the venue lives for this engine alone and ends with it.
    """

    profile: Profile
    urls: VenueUrls
    key: ApiKey | None
    clock: Clock
    journal_path: Path
    nonce_path: Path
    symbol: str = DEFAULT_SYMBOL
    recorder: Recorder | None = None
    fix: FixOptions | None = None
    connect: Callable[[VenueListener], Venue] | None = None
    sole: bool = False

    def venue(self, listener: VenueListener) -> Venue:
        """Return the connections of an engine."""
        if self.connect is not None:
            return self.connect(listener)
        return Venue(
            self.urls,
            self.key,
            self.clock,
            listener,
            nonce_path=self.nonce_path,
            tier=self.profile.tier,
            recorder=self.recorder,
            fix=self.fix,
        )


def confirm_phrase(profile: Profile) -> str:
    """Return what must be typed before keys act for the first time; empty if nothing."""
    return f"trade {profile.name}" if profile.mode is Mode.REAL else ""


def make_state(
    options: EngineOptions, orders: Orders, lost: Callable[[str, str], None], regained: Callable[[str], None]
) -> DeskState:
    """Return the state of an engine that has not heard anything yet."""
    profile, clock = options.profile, options.clock
    state = DeskState(
        clock=clock,
        profile=profile,
        symbol=options.symbol,
        market=Market(clock, lost, regained),
        orders=orders,
        account=Account(),
        rates=Rates(clock, TIERS[profile.tier], profile.exit_reserve),
        positions=Positions(),
        journal=Journal(options.journal_path),
        pen=Pen(clock, profile.arm_timeout_s, confirm_phrase(profile)),
        ids=CombIds(clock.now_ns, secrets.randbits),
        keyed=options.key is not None,
        trails=Trails(clock),
    )
    state.rates.offset_ns = state.offset_ns
    if state.book_over_fix:
        state.market.order_book = SummedBook
    return state
