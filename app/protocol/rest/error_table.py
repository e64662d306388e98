"""Every error string of the reference: who says it, what to do, whether to repeat.

Sources: `rest.md` §1.5, `ws-v2.md` §12. One table for REST, WS v2 and the
gateways in between. Keys are prefixes, as details may follow; the longest
match wins, so the rows that end in a colon catch what nobody has listed. The
fields after `Invalid arguments` are not listed anywhere: most are the local
venue's words for them (UNCONFIRMED).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


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


Row = tuple[Layer, str, Retry]

_A, _G, _V, _B = Layer.AUTH, Layer.GATEWAY, Layer.VALIDATION, Layer.BALANCE
_E, _S, _R, _X = Layer.ENGINE, Layer.STP, Layer.RATE, Layer.SERVICE
_NEVER, _BACK, _DOUBT, _TOKEN = Retry.NEVER, Retry.BACK_OFF, Retry.AMBIGUOUS, Retry.REFRESH_TOKEN

_NEW_TOKEN = "a new session token is needed"  # noqa: S105 - words for a person
_ASK_FIRST = "ask what became of it before trying again"
_PERMISSION = "the key lacks the permission for this"
_GONE = "the order has ended or never was: look it up"
_SIZE_MIN = "raise the size to the pair's minimum"
_SIGN_INS = "too many sign-ins; wait a minute"
_FUNDING = "only the venue's own site moves funds"

ACCESS: Final[dict[str, Row]] = {
    "EAPI:Invalid key": (_A, "the key is unknown, disabled or not allowed from this address", _NEVER),
    "EAPI:Invalid signature": (_A, "check the secret of the key", _NEVER),
    "EAPI:Invalid nonce": (_A, "another program may be using this key; give it a key of its own", Retry.FRESH_NONCE),
    "EAPI:Invalid token": (_A, _NEW_TOKEN, _TOKEN),
    "EAPI:Permission denied": (_A, _PERMISSION, _NEVER),
    "EAPI:Rate limit exceeded": (_R, "too many REST calls; wait some seconds", _BACK),
    "EAPI:Bad request": (_G, "the venue could not read the request", _NEVER),
    "EAPI:Feature disabled": (_G, "the venue has switched this off", _NEVER),
    "EAPI:": (_G, "the request was malformed", _NEVER),
    "ESession:": (_A, _NEW_TOKEN, _TOKEN),
    "Token(s) not found": (_A, _NEW_TOKEN, _TOKEN),
    "EAuth:Account temporary disabled": (_A, "the account is disabled for now; look at the venue's site", _NEVER),
    "EAuth:Account unconfirmed": (_A, "confirm the account on the venue's site", _NEVER),
    "EAuth:Rate limit exceeded": (_R, _SIGN_INS, _BACK),
    "EAuth:Too many requests": (_R, _SIGN_INS, _BACK),
    "EAuth:": (_A, "look at the state of the account", _NEVER),
    "EAccount:": (_A, "the account's level or country does not allow this", _NEVER),
    "EGeneral:Permission denied": (_A, _PERMISSION, _NEVER),
    "EGeneral:Temporary lockout": (_A, "locked out for about 15 minutes; stop trying", _NEVER),
    "EGeneral:Too many requests": (_R, "too many requests; wait some seconds", _BACK),
}

REQUESTS: Final[dict[str, Row]] = {
    "EGeneral:Internal error": (_X, _ASK_FIRST, _DOUBT),
    "EGeneral:Invalid arguments:volume minimum not met": (_V, _SIZE_MIN, _NEVER),
    "EGeneral:Invalid arguments:Index unavailable": (_V, "the pair has no index: trigger on the last price", _NEVER),
    "EGeneral:Invalid arguments:no_mpp": (_V, "market price protection can't be switched off here", _NEVER),
    "EGeneral:Invalid arguments:cl_ord_id": (_V, "an open order may have this id: look it up", _NEVER),
    "EGeneral:Invalid arguments:ordertype": (_V, "this kind of order is not taken here", _NEVER),
    "EGeneral:Invalid arguments:volume": (_V, "correct the size and its decimals", _NEVER),
    "EGeneral:Invalid arguments:price": (_V, "correct the price and its decimals", _NEVER),
    "EGeneral:Invalid arguments:viqc": (_V, "only a market buy without margin is sized in quote money", _NEVER),
    "EGeneral:Invalid arguments:displayvol": (_V, "show at least 1/15 of what is left of the order", _NEVER),
    "EGeneral:Invalid arguments:leverage": (_V, "take a leverage that the pair offers", _NEVER),
    "EGeneral:Invalid arguments:timeinforce": (_V, "this time in force does not go with this kind of order", _NEVER),
    "EGeneral:Invalid arguments:expiretm": (_V, "expire at least 5 seconds and at most a month ahead", _NEVER),
    "EGeneral:Invalid arguments:post_only": (_V, "post-only goes with limit orders that may rest", _NEVER),
    "EGeneral:Invalid arguments:order is not": (_V, "it can't be changed: cancel it and place a new one", _NEVER),
    "EGeneral:Invalid arguments": (_V, "correct the named field", _NEVER),
    "EGeneral:Unknown method": (_G, "the venue does not know this call", _NEVER),
    "EGeneral:": (_G, "the venue did not take the request", _NEVER),
    "EQuery:Unknown asset pair": (_V, "check the name of the pair", _NEVER),
    "EQuery:Invalid asset pair": (_V, "check the name of the pair", _NEVER),
    "EQuery:Unknown asset": (_V, "check the name of the asset", _NEVER),
    "EQuery:": (_V, "check the name of the pair or asset", _NEVER),
    "EDatabase:": (_X, _ASK_FIRST, _DOUBT),
    "Exceeded msg rate": (_R, "too many messages; slow down", _BACK),
    "Currency pair not supported": (_V, "check the name of the pair", _NEVER),
    "Malformed request": (_G, "the venue could not read the request", _NEVER),
    "Already subscribed": (_G, "the feed runs already", _NEVER),
    "Subscription Not Found": (_G, "the feed had ended already", _NEVER),
    "Subscription depth not supported": (_G, "take one of the depths that the venue has", _NEVER),
    "Subscription": (_G, "the venue does not offer this feed", _NEVER),
    "Event(s) not found": (_G, "the venue does not know this request", _NEVER),
    "Unsupported": (_G, "the venue does not know this request", _NEVER),
    "Private data and trading are unavailable": (_G, "wrong address: use the private one", _NEVER),
    "Public market data subscriptions are unavailable": (_G, "wrong address: use the public one", _NEVER),
}

SERVICE: Final[dict[str, Row]] = {
    "EService:Market in cancel_only mode": (_X, "only cancels are taken now", _BACK),
    "EService:Market in post_only mode": (_X, "only post-only orders are taken now", _BACK),
    "EService:Market in limit_only mode": (_X, "only limit orders are taken now", _BACK),
    "EService:Market in reduce_only mode": (_X, "only orders that reduce a position are taken now", _BACK),
    "EService:Market in ": (_X, "the market does not take this now", _BACK),
    "EService:Throttled": (_R, "too many requests at once; wait", _BACK),
    "EService:Deadline elapsed": (_E, "it was too late; look at the open orders first", _DOUBT),
    "EService:Unavailable": (_X, "the venue is offline; " + _ASK_FIRST, _DOUBT),
    "EService:": (_X, _ASK_FIRST, _DOUBT),
}

ORDERS: Final[dict[str, Row]] = {
    "EOrder:Insufficient funds": (_B, "lower the size or free what other orders hold", _NEVER),
    "EOrder:Insufficient margin": (_B, "the venue has no margin to lend now", _BACK),
    "EOrder:Margin allowance exceeded": (_B, "the account may borrow no more: lower the size", _NEVER),
    "EOrder:Margin level too low": (_B, "lower the size or add collateral", _NEVER),
    "EOrder:Margin position size exceeded": (_B, "the pair's largest position is reached: lower the size", _NEVER),
    "EOrder:Margin ": (_B, "lower the size or add collateral", _NEVER),
    "EOrder:Cannot open opposing position": (_B, "close the position of the other side first", _NEVER),
    "EOrder:Cannot open position": (_B, "the account may not trade on margin", _NEVER),
    "EOrder:Trading agreement required": (_A, "accept the agreement on the venue's site", _NEVER),
    "EOrder:Order minimum not met": (_V, _SIZE_MIN, _NEVER),
    "EOrder:Cost minimum not met": (_V, "raise price times size to the pair's minimum", _NEVER),
    "EOrder:Tick size check failed": (_V, "use a multiple of the tick", _NEVER),
    "EOrder:Invalid price": (_V, "correct the price", _NEVER),
    "EOrder:Post only order": (_E, "it would have taken; move the price away", _NEVER),
    "EOrder:Invalid order": (_E, _GONE, _NEVER),
    "EOrder:Unknown order": (_E, _GONE, _NEVER),
    "EOrder:Unknown position": (_E, "the position is gone or never was", _NEVER),
    "EOrder:Reduce only:Non-PC": (_E, "it would not reduce the position", _NEVER),
    "EOrder:Reduce only:No position exists": (_E, "there is nothing to reduce", _NEVER),
    "EOrder:Reduce only:Position is closed": (_E, "the position is closed; the rest was cancelled", _NEVER),
    "EOrder:Reduce only": (_E, "there is nothing to reduce", _NEVER),
    "EOrder:Self trade": (_S, "it would have met an order of your own", _NEVER),
    "EOrder:Rate limit exceeded": (_R, "wait until the counter of the pair has decayed", _BACK),
    "EOrder:Domain rate limit exceeded": (_R, "wait until the counter of the account has decayed", _BACK),
    "EOrder:Orders limit exceeded": (_R, "cancel an open order of the pair first", _NEVER),
    "EOrder:Scheduled orders limit exceeded": (_R, "cancel a scheduled order first", _NEVER),
    "EOrder:Positions limit exceeded": (_R, "close a position first", _NEVER),
    "EOrder:": (_E, "the engine did not take the order", _NEVER),
    "ETrade:Invalid request": (_V, "the venue found the request invalid", _NEVER),
    "ETrade:User Locked": (_A, "trading is suspended for the account", _NEVER),
    "ETrade:": (_E, "the engine did not take the request", _NEVER),
    "EFunding:Max fee exceeded": (_B, "the fee is above the limit that was set", _NEVER),
    "EFunding:": (_B, _FUNDING, _NEVER),
    "EBM:": (_B, "a limit of the account is reached", _NEVER),
    "EEarnings:": (_B, _FUNDING, _NEVER),
}

TABLE: Final[dict[str, Row]] = ACCESS | REQUESTS | SERVICE | ORDERS
