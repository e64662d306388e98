"""What a trade leaves to be done once the running command is through its matching."""

from __future__ import annotations

from dataclasses import dataclass

from app.venue.core.accounts import Account
from app.venue.core.api import Fill, Order
from app.venue.core.pair import Pair


@dataclass(frozen=True, slots=True)
class Spawn:
    """A fill of an order with a conditional close."""

    account: Account
    pair: Pair
    parent: Order
    fill: Fill


@dataclass(frozen=True, slots=True)
class Prints:
    """Prices traded on a pair where triggers wait."""

    pair: Pair


@dataclass(frozen=True, slots=True)
class Trim:
    """A position changed: reduce-only orders may be too many now."""

    account: Account
    pair: Pair


Job = Spawn | Prints | Trim
