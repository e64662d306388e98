"""The six FIX services of Kraken with their ports and CompIDs (`fix.md` §1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DERIVATIVES_SUFFIX = "-DRV"


class Service(StrEnum):
    """One listening port; their order is that of the ports 4000 to 4005."""

    SPOT_MD = "spot_md"
    SPOT_TRADING = "spot_trading"
    DERIV_MD = "deriv_md"
    DERIV_TRADING = "deriv_trading"
    DERIV_L3 = "deriv_l3"
    SPOT_L3 = "spot_l3"

    @property
    def trades(self) -> bool:
        """Whether it takes orders, and so asks for credentials."""
        return self in {Service.SPOT_TRADING, Service.DERIV_TRADING}

    @property
    def derivatives(self) -> bool:
        """Whether it belongs to the derivatives side."""
        return self in {Service.DERIV_MD, Service.DERIV_TRADING, Service.DERIV_L3}

    @property
    def comp_id(self) -> str:
        """CompID by which the venue answers."""
        return f"KRAKEN-{'DRV-' if self.derivatives else ''}{'TRD' if self.trades else 'MD'}"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who talks on a session.

    Attributes:
        service: The port.
        client: The client's CompID (its 49).
        venue: Our CompID (its 56).
    """

    service: Service
    client: str
    venue: str


def sender_comp_id(key_name: str, *, derivatives: bool = False) -> str:
    """CompID that belongs to a practice key; Kraken issues them per client."""
    return f"QD{key_name.upper()}1" + (DERIVATIVES_SUFFIX if derivatives else "")
