"""Understanding one error string of the venue; the rows are in `error_table.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.text import clean
from app.protocol.rest.error_table import TABLE, Layer, Retry

__all__ = ["Fault", "Layer", "Retry", "classify"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of the venue, understood.

    Attributes:
        error: The text as received, cleaned.
        layer: Who refused.
        hint: What to do about it, in a few words.
        retry: Whether to try again.
    """

    error: str
    layer: Layer
    hint: str
    retry: Retry


_PREFIXES = sorted(TABLE, key=len, reverse=True)
_COLON_BLANK = re.compile(r":\s+")
_WRONG_TYPE = re.compile(r"^\S+ field must be ")
_NO_REASON = "refused without a reason"
_STRANGE = "the venue gave a reason of its own"


def classify(error: str) -> Fault:
    """Understand one error string.

    A string in no row is a refusal by the gateway that nobody should repeat:
    refusals are positive answers, only the `AMBIGUOUS` rows leave doubt.

    Args:
        error: As received, over any transport.

    Returns:
        The fault with its cleaned text.
    """
    text = clean(error)
    lookup = _COLON_BLANK.sub(":", text)
    for prefix in _PREFIXES:
        if lookup.startswith(prefix):
            layer, hint, retry = TABLE[prefix]
            return Fault(text, layer, hint, retry)
    if _WRONG_TYPE.match(lookup):
        return Fault(text, Layer.VALIDATION, "correct the named field", Retry.NEVER)
    return Fault(text or _NO_REASON, Layer.GATEWAY, _STRANGE if text else "", Retry.NEVER)
