"""The order flow of all markets, in small slices of time."""

from __future__ import annotations

from decimal import Decimal
from heapq import heapify, heapreplace
from random import Random
from typing import Protocol

from app.clock import NS_PER_MS, NS_PER_S, Clock
from app.domain.instrument import from_units
from app.venue.agents.history import fill_book, write_tape
from app.venue.agents.makers import Refiller, Requoter, SlotKeeper
from app.venue.agents.market import MILLI, Market
from app.venue.agents.profile import profile_of
from app.venue.agents.takers import Mood, Taker
from app.venue.core.exchange import Exchange

COMMANDS_PER_STEP = 16
"""About how many commands one `step` gives, so that it stays well below 3 ms."""

_PATIENCE_NS = NS_PER_S
"""An agent that is later than this does not catch up: the machine slept or is too slow."""

_FLOOD_GAP_NS = NS_PER_MS
_FLOOD_MARKETS = 6


class Agent(Protocol):
    """Does something now and then."""

    def act(self) -> tuple[int, int]:
        """Do it; returns the number of commands given and the ns until the next time."""
        ...


class _Flood:
    """A steady stream of book events on the busiest markets, for load tests."""

    def __init__(self, keepers: list[SlotKeeper], per_second: int) -> None:
        self._keepers = keepers
        self._per_second = per_second
        self._turn = 0

    def act(self) -> tuple[int, int]:
        """Touch slots until the rate is met; half of them go to the first market."""
        wanted = max(1, self._per_second * _FLOOD_GAP_NS // NS_PER_S)
        done = tries = 0
        while done < wanted and tries < 4 * wanted:
            self._turn += 1
            keeper = self._keepers[0 if self._turn & 1 else (self._turn >> 1) % len(self._keepers)]
            done += keeper.touch_slot()
            tries += 1
        return done, wanted * NS_PER_S // self._per_second


class Flow:
    """All agents of the venue.

    Each market has its own generator, derived from the seed and the symbol,
    and all agents act at their own due times, so the flow does not depend on
    how time is sliced.

    Args:
        exchange: Where orders go.
        seed: Same seed, same flow.
        clock: Source of time.
        speed: Multiplies the pace of everything.
        flood: Extra book events a second on the busiest markets, for load tests.
    """

    def __init__(self, exchange: Exchange, seed: int, clock: Clock, speed: float = 1.0, flood: int = 0) -> None:
        self._clock = clock
        self._speed_milli = max(1, round(speed * MILLI))
        self._markets: list[tuple[Market, bool]] = []
        for rank, (symbol, listing) in enumerate(exchange.listings.items(), start=1):
            desk = exchange.desk(symbol)
            worth = from_units(exchange.usd_value(listing.instrument.base, 10**12))
            # Chance, not secrecy: the flow must be repeatable.
            rng = Random(f"{seed}/{symbol}")  # noqa: S311
            profile = profile_of(desk.pair, rank, worth or Decimal(1))
            self._markets.append((Market(desk, profile, rng), listing.alive))
        self._due: list[tuple[int, int, Agent]] = []
        self._start(flood)

    def populate(self, levels: int = 0) -> int:
        """Fill books and tapes as if the venue had been open.

        Args:
            levels: Price levels a side at the most; 0 for what suits each market.

        Returns:
            The orders placed.
        """
        now = self._clock.now_ns()
        placed = 0
        for market, alive in self._markets:
            write_tape(market, now, alive=alive)
            placed += fill_book(market, levels)
        return placed

    @property
    def next_due_ns(self) -> int | None:
        """Monotonic time at which the next agent wants to act; None without agents."""
        return self._due[0][0] if self._due else None

    def step(self, now_mono_ns: int) -> int:
        """Let agents act that are due, up to a small number of commands.

        Args:
            now_mono_ns: Monotonic time.

        Returns:
            Commands given; call again at once while `next_due_ns` has passed.
        """
        done = 0
        while self._due and done < COMMANDS_PER_STEP:
            due, number, agent = self._due[0]
            if due > now_mono_ns:
                break
            commands, wait = agent.act()
            done += commands or 1
            pause = wait if isinstance(agent, _Flood) else wait * MILLI // self._speed_milli
            heapreplace(self._due, (max(due, now_mono_ns - _PATIENCE_NS) + max(1, pause), number, agent))
        return done

    def _start(self, flood: int) -> None:
        now = self._clock.mono_ns()
        agents: list[Agent] = []
        for market, alive in self._markets:
            if alive:
                agents += [Mood(market), Requoter(market), SlotKeeper(market), Taker(market)]
                agents += [Refiller(market) for _ in range(market.profile.liveliness.refills)]
        if flood > 0:
            lively = [market for market, alive in self._markets if alive][:_FLOOD_MARKETS]
            agents.append(_Flood([SlotKeeper(market) for market in lively], flood))
        self._due = [(now + number * NS_PER_MS, number, agent) for number, agent in enumerate(agents)]
        heapify(self._due)
