"""Price alerts: set at a price, said once when the market gets there, kept in a file."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec

from app.domain.instrument import parse_number, plain, to_units
from app.domain.text import clean
from app.engine.market import Market
from app.link.frames import Severity

log = logging.getLogger(__name__)

MOST = 200
"""Alerts kept at once."""

_OWNER_ONLY = 0o600
_FAR = 10**60
"""A price that no market gets to."""

Say = Callable[[Severity, str, str], None]


class Alert(msgspec.Struct, frozen=True):
    """One alert.

    Attributes:
        symbol: Pair.
        price: Its price as text.
        above: Whether the market was below it when it was set: it has to rise.
    """

    symbol: str
    price: str
    above: bool

    @property
    def units(self) -> int:
        """The price in units."""
        return to_units(parse_number(self.price))


class Alerts:
    """All alerts of a profile.

    Args:
        path: Where they are kept.
        market: Watches the prices.
        say: Told a severity, a line and its pair.
    """

    def __init__(self, path: Path, market: Market, say: Say) -> None:
        self._path = path
        self._market = market
        self._say = say
        self._alerts: list[Alert] = []
        self.version = 0
        try:
            if path.exists():
                self._alerts = msgspec.json.decode(path.read_bytes(), type=list[Alert])
                for alert in self._alerts:
                    self._bound(alert.symbol)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            log.warning("alerts in %s were not readable (%s); starting without", path, error)
            self._alerts = []

    def of(self, symbol: str) -> list[Alert]:
        """Return the alerts of a pair, in the order they were set."""
        return [alert for alert in self._alerts if alert.symbol == symbol]

    def symbols(self) -> set[str]:
        """Return the pairs that have alerts and so must be watched."""
        return {alert.symbol for alert in self._alerts}

    def toggle(self, symbol: str, price: Decimal) -> None:
        """Set an alert, or take the one at that price away; says which."""
        text = plain(price)
        held = next((alert for alert in self.of(symbol) if Decimal(alert.price) == price), None)
        if held is not None:
            self._alerts.remove(held)
            self._changed(symbol, f"{symbol}: alert at {text} taken away")
            return
        pair = self._market.pairs.get(symbol)
        now = None if pair is None else pair.mid() or (pair.last.price if pair.last else None)
        if now is None:
            self._say(Severity.WARN, f"{symbol}: no alert at {text}: there is no price yet to come from", symbol)
            return
        if len(self._alerts) >= MOST:
            self._say(Severity.WARN, f"{symbol}: no alert at {text}: {MOST} are set already", symbol)
            return
        above = price > now
        self._alerts.append(Alert(symbol, text, above))
        where = "rises" if above else "falls"
        self._changed(symbol, f"{symbol}: alert at {text}: rings once when the market {where} to it")

    def touched(self, symbol: str, low: int, high: int) -> None:
        """The market got to these prices, in units: ring what waits there."""
        for alert in self.of(symbol):
            if high >= alert.units if alert.above else low <= alert.units:
                self._alerts.remove(alert)
                self._keep(symbol)
                self._say(Severity.BAD, f"ALERT {symbol}: the market {_way(alert)} to {alert.price}", symbol)

    def _changed(self, symbol: str, text: str) -> None:
        self._keep(symbol)
        self._say(Severity.INFO, text, symbol)

    def _keep(self, symbol: str) -> None:
        """Write the file and tell the market which prices matter now."""
        self.version += 1
        self._bound(symbol)
        draft = self._path.with_suffix(".new-alerts")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(self._alerts)))
            draft.replace(self._path)
        except OSError as error:
            self._say(Severity.WARN, f"alerts could not be kept in {self._path}: {error.strerror}", symbol)

    def _bound(self, symbol: str) -> None:
        rising = min((alert.units for alert in self.of(symbol) if alert.above), default=_FAR)
        falling = max((alert.units for alert in self.of(symbol) if not alert.above), default=-_FAR)
        self._market.bound(symbol, falling, rising)


def _way(alert: Alert) -> str:
    return "rose" if alert.above else "fell"


def alert_at(symbol: str, price: str) -> tuple[str, Decimal] | None:
    """Read what a screen asks for; None if it is no price above zero."""
    try:
        value = parse_number(price)
        to_units(value)
    except ValueError:
        return None
    return (clean(symbol), value) if value > 0 else None
