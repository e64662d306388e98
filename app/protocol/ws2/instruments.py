"""Instrument records to values (`ws-v2.md` §4.5)."""

from __future__ import annotations

from decimal import Decimal

from app.domain.instrument import UNIT_DP, Instrument, PairStatus
from app.protocol.ws2.frames import Pair


def to_instrument(pair: Pair) -> Instrument:
    """Make an instrument of a pair record.

    A missing step is taken from the deprecated `tick_size` or the decimals; a
    status nobody knows becomes `PairStatus.UNKNOWN`.

    Raises:
        ValueError: The record contradicts itself: steps or minimum not above
            zero, or decimals beyond twelve.
    """
    for name, dp in (("price_precision", pair.price_precision), ("qty_precision", pair.qty_precision)):
        if not 0 <= dp <= UNIT_DP:
            raise ValueError(f"{pair.symbol}: {name} {dp} is not within 0 to {UNIT_DP}")
    tick = pair.price_increment or pair.tick_size or Decimal(1).scaleb(-pair.price_precision)
    lot = pair.qty_increment or Decimal(1).scaleb(-pair.qty_precision)
    if tick <= 0 or lot <= 0 or pair.qty_min < 0 or pair.cost_min < 0:
        raise ValueError(f"{pair.symbol}: steps must be above zero and minimums not below")
    return Instrument(
        symbol=pair.symbol,
        base=pair.base,
        quote=pair.quote,
        price_dp=pair.price_precision,
        tick=tick,
        qty_dp=pair.qty_precision,
        lot=lot,
        qty_min=pair.qty_min,
        cost_dp=pair.cost_precision,
        cost_min=pair.cost_min,
        status=_status(pair.status),
        marginable=pair.marginable,
        has_index=pair.has_index,
    )


def _status(word: str) -> PairStatus:
    """Return the status of a word, known or not."""
    try:
        return PairStatus(word)
    except ValueError:
        return PairStatus.UNKNOWN
