"""Kraken's error strings: who refuses, what to do, whether to try again.

One table for REST, WS v2 and the gateways in between (`rest.md` §1.5,
`ws-v2.md` §12). Strings are matched by prefix, as details may follow the
documented part, with an optional blank after a colon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.domain.text import clean


class Layer(StrEnum):
    """Who refused a request."""

    LINK = "link"  # on this machine: there was no connection to send it on
    AUTH = "auth"
    GATEWAY = "gateway"
    VALIDATION = "validation"
    BALANCE = "balance"
    ENGINE = "engine"
    STP = "stp"
    RATE = "rate"
    SERVICE = "service"


class Retry(StrEnum):
    """Whether the same request makes sense again (`ws-v2.md` §12.2)."""

    NEVER = "never"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a class of errors
    FRESH_NONCE = "fresh_nonce"
    BACK_OFF = "back_off"
    AMBIGUOUS = "ambiguous"  # it may have been executed: ask, don't resend


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


_A, _G, _V, _B = Layer.AUTH, Layer.GATEWAY, Layer.VALIDATION, Layer.BALANCE
_E, _S, _R, _X = Layer.ENGINE, Layer.STP, Layer.RATE, Layer.SERVICE
_NEVER, _BACK, _DOUBT = Retry.NEVER, Retry.BACK_OFF, Retry.AMBIGUOUS

# The longest matching prefix wins, so the order of the rows is free.
_TABLE: dict[str, tuple[Layer, str, Retry]] = {
    "EAPI:Invalid key": (_A, "the key is unknown, disabled or not allowed from this address", _NEVER),
    "EAPI:Invalid signature": (_A, "check the secret of the key", _NEVER),
    "EAPI:Invalid nonce": (_A, "another program may be using this key; give it a key of its own", Retry.FRESH_NONCE),
    "EAPI:Invalid token": (_A, "a new session token is needed", Retry.REFRESH_TOKEN),
    "EAPI:Permission denied": (_A, "the key lacks the permission for this", _NEVER),
    "EAPI:Rate limit exceeded": (_R, "too many REST calls; wait some seconds", _BACK),
    "EAPI:": (_G, "the request was malformed", _NEVER),
    "ESession:": (_A, "a new session token is needed", Retry.REFRESH_TOKEN),
    "Token(s) not found": (_A, "a new session token is needed", Retry.REFRESH_TOKEN),
    "EAuth:Rate limit exceeded": (_R, "too many sign-ins; wait a minute", _BACK),
    "EAuth:Too many requests": (_R, "too many sign-ins; wait a minute", _BACK),
    "EAuth:": (_A, "look at the state of the account", _NEVER),
    "EAccount:": (_A, "the account may not do this", _NEVER),
    "EGeneral:Permission denied": (_A, "the key lacks the permission for this", _NEVER),
    "EGeneral:Temporary lockout": (_A, "locked out for about 15 minutes; stop trying", _NEVER),
    "EGeneral:Too many requests": (_R, "too many requests; wait some seconds", _BACK),
    "EGeneral:Internal error": (_X, "ask what became of it before trying again", _DOUBT),
    "EGeneral:Invalid arguments:volume minimum not met": (_V, "raise the size to the pair's minimum", _NEVER),
    "EGeneral:Invalid arguments": (_V, "correct the named field", _NEVER),
    "EGeneral:Unknown method": (_G, "the venue does not know this call", _NEVER),
    "EGeneral:": (_G, "", _NEVER),
    "EQuery:": (_V, "check the name of the pair or asset", _NEVER),
    "EDatabase:": (_X, "ask what became of it before trying again", _DOUBT),
    "EService:Market in cancel_only mode": (_X, "only cancels are taken now", _BACK),
    "EService:Market in post_only mode": (_X, "only post-only orders are taken now", _BACK),
    "EService:Market in limit_only mode": (_X, "only limit orders are taken now", _BACK),
    "EService:Market in ": (_X, "the market does not take this now", _BACK),
    "EService:Throttled": (_R, "too many requests at once; wait", _BACK),
    "EService:Deadline elapsed": (_E, "it was too late; look at the open orders first", _DOUBT),
    "EService:": (_X, "ask what became of it before trying again", _DOUBT),
    "EOrder:Insufficient funds": (_B, "lower the size or free what other orders hold", _NEVER),
    "EOrder:Insufficient margin": (_B, "the venue has no margin to lend now", _BACK),
    "EOrder:Margin ": (_B, "lower the size or add collateral", _NEVER),
    "EOrder:Cannot open": (_B, "the account may not open this position", _NEVER),
    "EOrder:Trading agreement required": (_A, "accept the agreement on the venue's site", _NEVER),
    "EOrder:Order minimum not met": (_V, "raise the size to the pair's minimum", _NEVER),
    "EOrder:Cost minimum not met": (_V, "raise price times size to the pair's minimum", _NEVER),
    "EOrder:Tick size check failed": (_V, "use a multiple of the tick", _NEVER),
    "EOrder:Invalid price": (_V, "correct the price", _NEVER),
    "EOrder:Post only order": (_E, "it would have taken; move the price away", _NEVER),
    "EOrder:Invalid order": (_E, "the order is gone or never was", _NEVER),
    "EOrder:Unknown order": (_E, "the order is gone or never was", _NEVER),
    "EOrder:Unknown position": (_E, "the position is gone or never was", _NEVER),
    "EOrder:Reduce only": (_E, "there is nothing to reduce", _NEVER),
    "EOrder:Self trade": (_S, "it would have met an order of your own", _NEVER),
    "EOrder:Rate limit exceeded": (_R, "wait until the counter of the pair has decayed", _BACK),
    "EOrder:Domain rate limit exceeded": (_R, "wait until the counter of the account has decayed", _BACK),
    "EOrder:Orders limit exceeded": (_R, "cancel an open order of the pair first", _NEVER),
    "EOrder:Scheduled orders limit exceeded": (_R, "cancel a scheduled order first", _NEVER),
    "EOrder:Positions limit exceeded": (_R, "close a position first", _NEVER),
    "EOrder:": (_E, "", _NEVER),
    "ETrade:User Locked": (_A, "trading is suspended for the account", _NEVER),
    "ETrade:": (_E, "", _NEVER),
    "EFunding:": (_B, "", _NEVER),
    "EBM:": (_B, "a limit of the account is reached", _NEVER),
    "Exceeded msg rate": (_R, "too many messages; slow down", _BACK),
    "Currency pair not supported": (_V, "check the name of the pair", _NEVER),
    "Already subscribed": (_G, "", _NEVER),
    "Subscription": (_G, "the venue does not offer this feed", _NEVER),
    "Unsupported": (_G, "the venue does not know this request", _NEVER),
    "Private data and trading are unavailable": (_G, "wrong address: use the private one", _NEVER),
    "Public market data subscriptions are unavailable": (_G, "wrong address: use the public one", _NEVER),
}

_PREFIXES = sorted(_TABLE, key=len, reverse=True)
_COLON_BLANK = re.compile(r":\s+")
_WRONG_TYPE = re.compile(r"^\w+ field must be ")


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
            layer, hint, retry = _TABLE[prefix]
            return Fault(text, layer, hint, retry)
    if _WRONG_TYPE.match(lookup):
        return Fault(text, _V, "correct the named field", _NEVER)
    return Fault(text or "refused without a reason", _G, "", _NEVER)
