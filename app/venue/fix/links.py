"""Which FIX client placed which order, and what it was told of it."""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass

from app.venue.core.api import Credentials
from app.venue.fix import clordids
from app.venue.fix.peer import Peer

_NUMBER_BYTES = 8
_UUID_TAIL = 12


@dataclass(slots=True, eq=False)
class Link:
    """An open order that came by FIX.

    Attributes:
        order_id: The order.
        symbol: Its pair.
        peer: Client that placed it.
        session: Number of the connection by which it was placed, or last replaced.
        cl_ord_id: ClOrdID that was used on it last.
        announced: Whether the client has seen it as New.
        triggered: Whether the client has been told that its trigger fired.
        alloc: 79 as sent.
    """

    order_id: str
    symbol: str
    peer: Peer
    session: int
    cl_ord_id: str
    announced: bool = False
    triggered: bool = False
    alloc: str = ""


class Links:
    """Open orders of all FIX clients."""

    def __init__(self) -> None:
        self.by_order: dict[str, Link] = {}
        self._count = itertools.count(1)

    def add(self, link: Link) -> None:
        """Note a new order."""
        self.by_order[link.order_id] = link

    def drop(self, link: Link) -> None:
        """Forget an order that has ended."""
        self.by_order.pop(link.order_id, None)

    def find(self, peer: Peer, *, order_id: str, cl_ord_id: str) -> Link | None:
        """A client's open order by its id, or by its last ClOrdID when no id is given."""
        if order_id:
            link = self.by_order.get(order_id)
            return link if link is not None and link.peer is peer else None
        return next((link for link in self.of(peer) if link.cl_ord_id == cl_ord_id), None)

    def of(self, peer: Peer) -> list[Link]:
        """A client's open orders, oldest first."""
        return [link for link in self.by_order.values() if link.peer is peer]

    def uses(self, credentials: Credentials, cl_ord_id: str) -> bool:
        """Whether an open order of the account carries a ClOrdID."""
        account = credentials.account_id
        return any(
            link.cl_ord_id == cl_ord_id and link.peer.credentials.account_id == account
            for link in self.by_order.values()
        )

    def exec_id(self, cl_ord_id: str) -> str:
        """A fresh ExecID: the ClOrdID in base 32 and a number (§2.1)."""
        if clordids.is_uuid(cl_ord_id):
            data = bytes.fromhex(cl_ord_id.replace("-", "")[-_UUID_TAIL:]).ljust(_NUMBER_BYTES, b"\0")
        elif cl_ord_id.isdigit():
            data = int(cl_ord_id).to_bytes(_NUMBER_BYTES, "big")
        else:
            data = cl_ord_id.encode()[:_NUMBER_BYTES]
        return f"{base64.b32encode(data).decode().rstrip('=')}:TRD{next(self._count):03d}"
