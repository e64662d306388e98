"""What a typed line or a draft would do, as the ticket and the command line show it. Values only."""

from __future__ import annotations

from msgspec import Struct


class PreviewView(Struct, frozen=True, gc=False):
    """What a typed line or a draft would do.

    Attributes:
        ok: Whether it could be understood and would be sent.
        explain: What was understood, in one plain line.
        error: Why it could not be understood; empty if it was.
        position: Character that the error points at; -1 if none.
        suggestion: What to type instead; may be empty.
        refusals: What our guard or the venue would refuse, a line each.
        warnings: What deserves a look, a line each.
        symbol: Pair of the draft; empty if the line places nothing.
        side: `buy` or `sell`.
        price: Resolved limit as text; empty for market.
        qty: Resolved base quantity as text.
        notional: Price times quantity as text, with the asset.
        fee: Expected fee as text, with maker or taker said.
        fills_now: Quantity that would take now, as text; empty if none.
        fills_avg: Its average price as text.
        rests: Quantity that would rest, as text.
        queue: Queue it would join, `3 ord / 0.41200000 ahead`.
        points: Rate points it would cost and leave, `+1 → 13.4/125`.
        pull: What cancelling it within seconds would cost then, and how often in a row.
        effect: Effect on balances or position in words.
        wakes: What a triggered order waits for, in words.
        closes: What its conditional close would do, in words.
        legs: One line per leg of a batch, scale or helper.
        advice: Amend against edit against cancel and new, a line each.
        term: Term of the order that the error or the first refusal is about, as the ticket names it; may be empty.
    """

    ok: bool
    explain: str = ""
    error: str = ""
    position: int = -1
    suggestion: str = ""
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    symbol: str = ""
    side: str = ""
    price: str = ""
    qty: str = ""
    notional: str = ""
    fee: str = ""
    fills_now: str = ""
    fills_avg: str = ""
    rests: str = ""
    queue: str = ""
    points: str = ""
    pull: str = ""
    effect: str = ""
    wakes: str = ""
    closes: str = ""
    legs: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    term: str = ""
