"""Which transport a request takes, and why if that is not the one that was chosen.

New orders go over the transport that the user chose. A cancel or an amend goes
where it can reach the order: `35=F` and `35=G` reach only orders of the same
FIX session (`fix.md` §2.5), WebSocket and REST reach them all. Nothing falls
back silently: a route that is not the chosen one carries its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.domain.order import OrderRequest
from app.domain.working import WorkingOrder
from app.workers.outcome import Via

FIX = Via.FIX.value
"""Owner of an order that was placed over FIX."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one request.

    Attributes:
        via: Transport.
        why: Why it is not the chosen one; empty if it is.
        held: Why nothing may go out at all; empty if it may.
    """

    via: Via
    why: str = ""
    held: str = ""


class Links(Protocol):
    """What a route depends on: `app.workers.feed.Venue` has it."""

    def orders_link_up(self) -> bool:
        """Whether an order could be sent over WS right now."""
        ...

    def fix_up(self) -> bool:
        """Whether the FIX trading session is logged on and in step."""
        ...

    def fix_owns(self, key: str) -> bool:
        """Whether the present FIX session placed the order with this id."""
        ...


class Routes:
    """Chooses the transport of each request.

    Args:
        links: The connections.
        chosen: Transport of new orders; changed by `transport`.
        cannot: Tells what FIX cannot carry of an order; empty if it can.
        window: Whether a new order over FIX would come too near the rollover.
        hold: Whether such an order is held back instead of going over WS.
        account: Sub-account that orders over FIX are for: only FIX can name it, so there is no detour for them.
    """

    def __init__(
        self,
        links: Links,
        chosen: Via,
        *,
        cannot: Callable[[OrderRequest], str],
        window: Callable[[], bool],
        hold: bool,
        account: str = "",
    ) -> None:
        self._links = links
        self._cannot = cannot
        self._window = window
        self._hold = hold
        self._account = account
        self.chosen = chosen

    def any(self) -> Route:
        """Return the way of a request that concerns the account: WS unless its link is down."""
        return Route(Via.WS) if self._links.orders_link_up() else Route(Via.REST, "the order link is down")

    def new(self, request: OrderRequest) -> Route:
        """Return the way of a new order."""
        route = self._new(request)
        if self._account and self.chosen is Via.FIX and route.via is not Via.FIX:
            return self._alone(route.why)
        return route

    def _alone(self, why: str) -> Route:
        return Route(Via.FIX, held=f"{why}, and over another transport it would not be of sub-account {self._account}")

    def _new(self, request: OrderRequest) -> Route:
        if request.leverage and self.chosen is not Via.REST:
            # WS knows only `margin: true`, which is the pair's highest leverage (`ws-v2.md` §9.1).
            return Route(Via.REST, f"a chosen leverage cannot be said over {self.chosen.value.upper()}")
        match self.chosen:
            case Via.FIX:
                return self._new_over_fix(request)
            case Via.REST:
                return Route(Via.REST)
            case _:
                return self.any()

    def _new_over_fix(self, request: OrderRequest) -> Route:
        if self._window() and self._hold:
            return Route(Via.FIX, held="the FIX session rolls over at 22:00 UTC")
        instead = self.any()
        cannot = self._cannot(request)
        if cannot:
            return Route(instead.via, f"FIX cannot carry {cannot}")
        if self._window():
            return Route(instead.via, "the FIX session rolls over at 22:00 UTC")
        if not self._links.fix_up():
            return Route(instead.via, "the FIX session is down")
        return Route(Via.FIX)

    def batch(self) -> Route:
        """Return the way of a batch, which FIX does not have."""
        instead = self.any()
        if self.chosen is not Via.FIX:
            return instead
        if self._account:
            return self._alone("FIX has no batches")
        return Route(instead.via, "FIX has no batches")

    def change(self, order: WorkingOrder) -> Route:
        """Return the way of a cancel or an amend of one order."""
        if order.owner != FIX:
            return self.any()
        if self._links.fix_owns(order.cl_ord_id) and self._links.fix_up():
            return Route(Via.FIX)
        reason = "an earlier FIX session placed it" if self._links.fix_up() else "the FIX session is down"
        return Route(self.any().via, reason)

    def after(self, first: Via) -> Via:
        """Return the transport that a cancel without an answer is tried over next."""
        if first is Via.FIX and self._links.orders_link_up():
            return Via.WS
        return Via.REST
