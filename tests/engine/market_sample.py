"""A pair for tests of market data that need no venue."""

from __future__ import annotations

from decimal import Decimal

from app.domain.instrument import Instrument

BTC = Instrument(
    "BTC/USD", "BTC", "USD", 1, Decimal("0.1"), 8, Decimal("0.00000001"), Decimal("0.0001"), 5, Decimal("0.5")
)
