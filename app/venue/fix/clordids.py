"""The two formats of ClOrdID (`fix.md` §2.1)."""

from __future__ import annotations

import re

from app.clock import NS_PER_S
from app.venue.fix import policies
from app.venue.fix.refusal import Refusal

_NUMBER = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_UNITS_PER_S = 100_000
_TAG = 11


def is_number(cl_ord_id: str) -> bool:
    """Whether it is of the increasing kind."""
    return _NUMBER.fullmatch(cl_ord_id) is not None


def is_uuid(cl_ord_id: str) -> bool:
    """Whether it is a version 4 UUID."""
    return _UUID.fullmatch(cl_ord_id) is not None


def check(cl_ord_id: str, now_ns: int, *, derivatives: bool = False) -> Refusal | None:
    """Return what is wrong with the form of a ClOrdID, or None.

    Args:
        cl_ord_id: As sent.
        now_ns: Wall time.
        derivatives: Whether only COMB UUIDs are taken.
    """
    if is_number(cl_ord_id) and not derivatives:
        return None
    if not is_uuid(cl_ord_id):
        if derivatives:
            return Refusal(5, str(_TAG), "COMB UUIDv4 required for ClOrdID on derivatives")
        return Refusal.wrong(_TAG, "ClOrdID")
    units = int(cl_ord_id.replace("-", "")[:12], 16)
    if abs(units - now_ns // (NS_PER_S // _UNITS_PER_S)) > policies.COMB_WINDOW_S * _UNITS_PER_S:
        return Refusal(5, str(_TAG), policies.COMB_OUT_OF_DATE)
    return None
