"""Checks of the state of things: reconciled, venue, pair and book."""

from __future__ import annotations

from app.domain.instrument import PairStatus, plain
from app.domain.order import OrderRequest
from app.domain.ratelimit import wait_text
from app.domain.risk_context import BookTrust, RiskContext, VenueMode
from app.domain.risk_values import Refusal, RefusalCode
from app.domain.venue_rules import broken_rule


def check_rules(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The kind of order takes all that it has, by Kraken's own rules (`app.domain.venue_rules`)."""
    broken = broken_rule(request, ctx.instrument, wall_ns=ctx.wall_ns, leverages=ctx.leverages, position=ctx.position)
    if broken is None:
        return None
    return Refusal(RefusalCode.RULES, broken.text, broken.hint, venue_error=broken.error)


def check_reconciled(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """No new order before the open orders were compared with the venue."""
    if ctx.reconciled:
        return None
    text = f"open orders on {request.symbol} are not yet compared with the venue"
    return Refusal(RefusalCode.RECONCILE, text, "wait for the reconcile to finish; cancels work")


def _mode_refusal(request: OrderRequest, mode: str) -> str:
    """Say why a mode forbids a request, empty if it does not."""
    if mode == "online":
        return ""
    if mode == "post_only":
        return "" if request.post_only else "only post-only orders are taken"
    if mode == "limit_only":
        return "" if request.order_type.limited else "only limit orders are taken"
    if mode == "reduce_only":
        return "" if request.reduce_only else "only reduce-only orders are taken"
    return "no new orders are taken"


def check_venue(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The venue's mode must take this kind of order."""
    why = _mode_refusal(request, ctx.venue.value)
    if not why:
        return None
    hint = "wait for the venue's status" if ctx.venue is VenueMode.UNKNOWN else "cancels work; wait for online"
    return Refusal(RefusalCode.VENUE, f"the venue is {ctx.venue.value}: {why}", _post_hint(why, hint))


def check_pair(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The pair's status must take this kind of order."""
    status = ctx.instrument.status
    why = _mode_refusal(request, status.value)
    if not why:
        return None
    hint = "choose another pair" if status is PairStatus.DELISTED else "cancels work; wait for online"
    return Refusal(RefusalCode.PAIR, f"{request.symbol} is {status.value}: {why}", _post_hint(why, hint))


def _post_hint(why: str, hint: str) -> str:
    if "post-only" in why:
        return "add `post`"
    if "reduce-only" in why:
        return "add `reduce`"
    return "name a price with `@`" if "limit" in why else hint


def check_book(request: OrderRequest, ctx: RiskContext) -> Refusal | None:
    """The book must be verified and fresh."""
    if ctx.book is not BookTrust.VERIFIED:
        text = f"the {request.symbol} book is {ctx.book.value if ctx.book is not BookTrust.NONE else 'not there'}"
        return Refusal(RefusalCode.BOOK, text, "wait until it is verified; cancels work")
    if ctx.book_age_ns > ctx.limits.stale_ns:
        age = wait_text(ctx.book_age_ns)
        text = f"the {request.symbol} book is {age} old, the limit is {wait_text(ctx.limits.stale_ns)}"
        return Refusal(RefusalCode.BOOK, text, "wait for the feed; cancels work")
    if ctx.best_bid is not None and ctx.best_ask is not None and ctx.best_bid >= ctx.best_ask:
        text = f"the {request.symbol} book is crossed: bid {plain(ctx.best_bid)} over ask {plain(ctx.best_ask)}"
        return Refusal(RefusalCode.BOOK, text, "wait for the resync; cancels work")
    return None
