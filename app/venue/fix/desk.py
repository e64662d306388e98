"""All of the venue's FIX in one object."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from app.clock import Clock
from app.venue.core.api import Event, ExchangeApi
from app.venue.fix import policies
from app.venue.fix.control import FixControl
from app.venue.fix.credentials import Registry
from app.venue.fix.derivatives import DerivativesDesk
from app.venue.fix.echo import EchoDesk
from app.venue.fix.faces import Application
from app.venue.fix.gate import FixGate
from app.venue.fix.market import MarketDesk
from app.venue.fix.reporting import Reporter
from app.venue.fix.rules import TEST_SUITE, OneClient
from app.venue.fix.service import Service
from app.venue.fix.trading import TradingDesk
from app.venue.gateways.faults import Faults


class FixDesk:
    """The FIX side of the venue.

    Args:
        clock: Time source.
        exchange: The exchange.
        faults: Faults that market data obeys.
        test: CompIDs of tester and venue for session test suites; None for Kraken's FIX.
        keep_in: Directory for the memory of trading sessions; None forgets it with the process.

    Attributes:
        gate: Ports, sessions and clients.
        control: Faults on demand.
    """

    def __init__(
        self,
        clock: Clock,
        exchange: ExchangeApi,
        faults: Faults,
        test: tuple[str, str] | None = None,
        keep_in: Path | None = None,
    ) -> None:
        self._reporter = Reporter(clock, exchange)
        self._trading = TradingDesk(clock, exchange, self._reporter)
        self._markets: dict[Service, MarketDesk] = {}
        if test is None:
            for service in [service for service in Service if not service.trades]:
                self._markets[service] = MarketDesk(service, clock, exchange, faults)
            applications: dict[Service, Application] = {
                Service.SPOT_TRADING: self._trading,
                Service.DERIV_TRADING: DerivativesDesk(clock),
                **self._markets,
            }
            self.gate = FixGate(clock, Registry(exchange.credentials, clock), applications, keep_in=keep_in)
        else:
            self.gate = FixGate(clock, OneClient(*test), {Service.SPOT_TRADING: EchoDesk()}, TEST_SUITE)
        self.control = FixControl(self.gate)

    @property
    def ports(self) -> dict[str, int]:
        """Where each service listens, by its name."""
        return {str(service): port for service, port in self.gate.ports.items()}

    async def open(self, host: str, first: int, context: ssl.SSLContext | None) -> None:
        """Listen; see `FixGate.open`."""
        await self.gate.open(host, first, context)

    async def run(self) -> None:
        """Let timers run until cancelled."""
        while True:
            await asyncio.sleep(policies.TICK_S)
            self.gate.tick()
            self._trading.tick()

    def on_event(self, event: Event) -> None:
        """Take one event of the exchange."""
        self._reporter.on_event(event)
        for market in self._markets.values():
            market.on_event(event)

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.gate.close()

    async def wait_closed(self) -> None:
        """Wait until the ports are free."""
        await self.gate.wait_closed()
