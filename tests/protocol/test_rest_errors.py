from __future__ import annotations

import pytest

from app.protocol.rest.error_table import TABLE
from app.protocol.rest.errors import Layer, Retry, classify

AUTH, GATEWAY, VALID, BALANCE = Layer.AUTH, Layer.GATEWAY, Layer.VALIDATION, Layer.BALANCE
ENGINE, RATE, SERVICE = Layer.ENGINE, Layer.RATE, Layer.SERVICE
NEVER, BACK, DOUBT, TOKEN = Retry.NEVER, Retry.BACK_OFF, Retry.AMBIGUOUS, Retry.REFRESH_TOKEN
# Every string of `rest.md` §1.5 and `ws-v2.md` §12, and words of the hint where two rows could be confused.
DOCUMENTED = [
    ("EAPI:Invalid key", AUTH, NEVER, "unknown, disabled"),
    ("EAPI:Invalid signature", AUTH, NEVER, "secret"),
    ("EAPI:Invalid nonce", AUTH, Retry.FRESH_NONCE, "another program"),
    ("EAPI:Rate limit exceeded", RATE, BACK, "wait"),
    ("EAPI:Bad request", GATEWAY, NEVER, "could not read"),
    ("EAPI:Invalid token", AUTH, TOKEN, "token"),
    ("EAPI:Permission denied", AUTH, NEVER, "permission"),
    ("EAPI:Feature disabled", GATEWAY, NEVER, "switched this off"),
    ("ESession:Invalid session", AUTH, TOKEN, "token"),
    ("Token(s) not found", AUTH, TOKEN, "token"),
    ("EAuth:Account temporary disabled", AUTH, NEVER, "disabled for now"),
    ("EAuth:Account unconfirmed", AUTH, NEVER, "confirm"),
    ("EAuth:Rate limit exceeded", RATE, BACK, "wait"),
    ("EAuth:Too many requests", RATE, BACK, "wait"),
    ("EAuth:Failed", AUTH, NEVER, "account"),
    ("EGeneral:Permission denied", AUTH, NEVER, "permission"),
    ("EGeneral:Invalid arguments", VALID, NEVER, "named field"),
    ("EGeneral:Invalid arguments:ordertype", VALID, NEVER, "kind of order"),
    ("EGeneral:Invalid arguments:volume", VALID, NEVER, "decimals"),
    ("EGeneral:Invalid arguments:price", VALID, NEVER, "decimals"),
    ("EGeneral:Invalid arguments:viqc", VALID, NEVER, "market buy"),
    ("EGeneral:Invalid arguments:cl_ord_id", VALID, NEVER, "look it up"),
    ("EGeneral:Invalid arguments:volume minimum not met", VALID, NEVER, "minimum"),
    ("EGeneral:Invalid arguments:Index unavailable", VALID, NEVER, "last price"),
    (
        "EGeneral:Invalid arguments:no_mpp order option is only available when ordertype = market",
        VALID,
        NEVER,
        "protection",
    ),
    ("EGeneral:Temporary lockout", AUTH, NEVER, "15 minutes"),
    ("EGeneral:Too many requests", RATE, BACK, "wait"),
    ("EGeneral:Unknown method", GATEWAY, NEVER, "does not know"),
    ("EGeneral:Internal error", SERVICE, DOUBT, "ask"),
    ("EGeneral:Internal error:5", SERVICE, DOUBT, "ask"),
    ("EQuery:Unknown asset pair", VALID, NEVER, "pair"),
    ("EQuery:Unknown asset", VALID, NEVER, "name of the asset"),
    ("EQuery:Invalid asset pair", VALID, NEVER, "pair"),
    ("EDatabase:Internal error", SERVICE, DOUBT, "ask"),
    ("EService:Unavailable", SERVICE, DOUBT, "offline"),
    ("EService:Busy", SERVICE, DOUBT, "ask"),
    ("EService:Timeout", SERVICE, DOUBT, "ask"),
    ("EService:Market in cancel_only mode", SERVICE, BACK, "only cancels"),
    ("EService:Market in post_only mode", SERVICE, BACK, "post-only"),
    ("EService:Market in limit_only mode", SERVICE, BACK, "limit orders"),
    ("EService:Market in reduce_only mode", SERVICE, BACK, "reduce"),
    ("EService:Deadline elapsed", ENGINE, DOUBT, "open orders"),
    ("EService:Throttled: 1700000000", RATE, BACK, "wait"),
    ("EService: Throttled: 1700000000", RATE, BACK, "wait"),
    ("EOrder:Insufficient funds", BALANCE, NEVER, "lower the size"),
    ("EOrder:Order minimum not met", VALID, NEVER, "minimum"),
    ("EOrder:Cost minimum not met", VALID, NEVER, "price times size"),
    ("EOrder:Tick size check failed", VALID, NEVER, "tick"),
    ("EOrder:Post only order", ENGINE, NEVER, "move the price"),
    ("EOrder:Invalid price", VALID, NEVER, "price"),
    ("EOrder:Invalid price:Invalid price argument", VALID, NEVER, "price"),
    ("EOrder:Invalid order", ENGINE, NEVER, "look it up"),
    ("EOrder:Unknown order", ENGINE, NEVER, "look it up"),
    ("EOrder:Rate limit exceeded", RATE, BACK, "counter of the pair"),
    ("EOrder:Domain rate limit exceeded", RATE, BACK, "counter of the account"),
    ("EOrder:Orders limit exceeded", RATE, NEVER, "cancel an open order"),
    ("EOrder:Scheduled orders limit exceeded", RATE, NEVER, "scheduled"),
    ("EOrder:Positions limit exceeded", RATE, NEVER, "close a position"),
    ("EOrder:Unknown position", ENGINE, NEVER, "position is gone"),
    ("EOrder:Reduce only:Non-PC", ENGINE, NEVER, "would not reduce"),
    ("EOrder:Reduce only:No position exists", ENGINE, NEVER, "nothing to reduce"),
    ("EOrder:Reduce only:Position is closed", ENGINE, NEVER, "rest was cancelled"),
    ("EOrder:Cannot open position", BALANCE, NEVER, "may not trade on margin"),
    ("EOrder:Cannot open opposing position", BALANCE, NEVER, "other side"),
    ("EOrder:Margin allowance exceeded", BALANCE, NEVER, "borrow"),
    ("EOrder:Margin level too low", BALANCE, NEVER, "collateral"),
    ("EOrder:Margin position size exceeded", BALANCE, NEVER, "largest position"),
    ("EOrder:Insufficient margin", BALANCE, BACK, "no margin to lend"),
    ("EOrder:Trading agreement required", AUTH, NEVER, "agreement"),
    ("ETrade:Invalid request", VALID, NEVER, "invalid"),
    ("ETrade:User Locked", AUTH, NEVER, "suspended"),
    ("EAccount:Invalid permissions", AUTH, NEVER, "level or country"),
    ("EFunding:Max fee exceeded", BALANCE, NEVER, "fee"),
    ("EFunding:Unknown withdraw key", BALANCE, NEVER, "funds"),
    ("EBM:limit exceeded:CAL", BALANCE, NEVER, "limit of the account"),
    ("EEarnings:anything", BALANCE, NEVER, "funds"),
    ("Exceeded msg rate", RATE, BACK, "slow down"),
    ("Currency pair not supported XBT/USD", VALID, NEVER, "pair"),
    ("Already subscribed", GATEWAY, NEVER, "already"),
    ("Subscription Not Found", GATEWAY, NEVER, "ended"),
    ("Subscription depth not supported", GATEWAY, NEVER, "depths"),
    ("Subscription name invalid", GATEWAY, NEVER, "does not offer"),
    ("Subscription ohlc interval not supported", GATEWAY, NEVER, "does not offer"),
    ("Subscription book depth must be an integer", GATEWAY, NEVER, "does not offer"),
    ("Unsupported event", GATEWAY, NEVER, "does not know"),
    ("Unsupported field: 'params' for the given msg type: ping", GATEWAY, NEVER, "does not know"),
    ("Event(s) not found", GATEWAY, NEVER, "does not know"),
    ("Malformed request", GATEWAY, NEVER, "could not read"),
    ("Limit_price field must be a number_float", VALID, NEVER, "named field"),
    ("Cash_order_qty field must be a number_float", VALID, NEVER, "named field"),
    ("Pair field must be an array", VALID, NEVER, "named field"),
    (
        "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
        GATEWAY,
        NEVER,
        "private",
    ),
    (
        "Public market data subscriptions are unavailable on this endpoint. Try ws.kraken.com",
        GATEWAY,
        NEVER,
        "public",
    ),
    ("EOrder:Something nobody has seen", ENGINE, NEVER, "did not take"),
    ("EGeneral:Something nobody has seen", GATEWAY, NEVER, "did not take"),
    ("ETrade:Something nobody has seen", ENGINE, NEVER, "did not take"),
    ("words of no known kind", GATEWAY, NEVER, "a reason of its own"),
]


@pytest.mark.parametrize(("error", "layer", "retry", "words"), DOCUMENTED)
def test_each_documented_error_has_its_layer_its_hint_and_its_retry_class(
    error: str, layer: Layer, retry: Retry, words: str
) -> None:
    fault = classify(error)
    assert (fault.layer, fault.retry) == (layer, retry)
    assert words in fault.hint
    assert fault.error == error


@pytest.mark.parametrize("prefix", TABLE)
def test_each_row_is_reached_by_its_own_text_and_says_what_to_do(prefix: str) -> None:
    fault = classify(prefix + "…")
    assert (fault.layer, fault.hint, fault.retry) == TABLE[prefix]
    assert 5 < len(fault.hint) < 80
    assert not fault.hint.endswith(".")


def test_an_outcome_is_in_doubt_only_where_the_service_failed_on_the_way() -> None:
    doubtful = {prefix for prefix, (_, _, retry) in TABLE.items() if retry is DOUBT}
    assert doubtful == {
        "EGeneral:Internal error",
        "EDatabase:",
        "EService:Deadline elapsed",
        "EService:Unavailable",
        "EService:",
    }


def test_hostile_and_empty_errors_become_readable_lines() -> None:
    assert classify("EOrder:Unknown order\x1b[2J\n\u202efake").error == "EOrder:Unknown order[2J fake"
    assert classify("").error == "refused without a reason"
