"""What happens at a price row, as texts of the ladder's columns."""

from __future__ import annotations

from app.link.frames import LevelFlow
from widgets.lines import Span
from widgets.numbers import short_qty

NEW, RECENT, FADING, GONE = range(4)
"""Steps in which the last executed quantity fades (`frames.FADES_MS`)."""

LAST_INKS = {True: "bid", False: "ask"}


def signed(lots: int, qty_dp: int, width: int) -> str:
    """Format a difference with its sign; empty for none."""
    if not lots or width < _SIGNED_LEAST:
        return ""
    return ("+" if lots > 0 else "-") + short_qty(abs(lots), qty_dp, width - 1)


_SIGNED_LEAST = 3


def side_moves(flow: LevelFlow | None, *, buy: bool) -> bool:
    """Say whether the columns of one side have anything to tell where nothing rests."""
    if flow is None:
        return False
    if buy:
        return bool(flow.bid_stacked or flow.bid_pulled or flow.bid_flick >= 0)
    return bool(flow.ask_stacked or flow.ask_pulled or flow.ask_flick >= 0)


def flow_span(flow: LevelFlow | None, width: int, qty_dp: int, *, buy: bool) -> Span:
    """Lay out stacked less pulled of one side."""
    stacked, pulled = (0, 0)
    if flow is not None:
        stacked, pulled = (flow.bid_stacked, flow.bid_pulled) if buy else (flow.ask_stacked, flow.ask_pulled)
    text = signed(stacked - pulled, qty_dp, width)
    return (text.rjust(width) if buy else text.ljust(width), "good" if stacked > pulled else "warn")


def flick_span(flow: LevelFlow | None, width: int, *, buy: bool) -> Span:
    """Lay out the flicker of one side in percent; blank if nothing joined."""
    share = -1 if flow is None else flow.bid_flick if buy else flow.ask_flick
    text = "" if share < 0 else f"{share}"
    return (text.rjust(width) if buy else text.ljust(width), "warn" if share >= _MOSTLY else "muted")


_MOSTLY = 50
"""Percent from which a wall is mostly show."""


def single_spans(flow: LevelFlow | None, columns: tuple[tuple[str, int], ...], qty_dp: int) -> list[Span]:
    """Lay out the columns at the right end, each after a blank.

    Args:
        flow: The row's flow, or None.
        columns: Names and widths of those that are there.
        qty_dp: Decimals of a lot.
    """
    spans: list[Span] = []
    for name, width in columns:
        text, ink = _single(flow, name, width, qty_dp) if flow is not None else ("", "")
        spans.append((" ", ""))
        spans.append((text.rjust(width), ink))
    return spans


def _single(flow: LevelFlow, name: str, width: int, qty_dp: int) -> Span:
    match name:
        case "last":
            if not flow.last or flow.fade >= GONE:
                return ("", "")
            ink = {NEW: "last", RECENT: LAST_INKS[flow.last_buy]}.get(flow.fade, "faint")
            return (f"{short_qty(flow.last, qty_dp, width - 1)}{'▲' if flow.last_buy else '▼'}", ink)
        case "vol":
            volume = flow.bought + flow.sold
            return (short_qty(volume, qty_dp, width) if volume else "", "muted")
        case "delta":
            delta = flow.bought - flow.sold
            return (signed(delta, qty_dp, width), LAST_INKS[delta > 0])
        case _:
            return (flow.iceberg[:width], "warn")
