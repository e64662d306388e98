from __future__ import annotations

import pytest

from app.protocol.rest.errors import Layer, Retry, classify


@pytest.mark.parametrize(
    ("error", "layer", "retry"),
    [
        ("EAPI:Invalid key", Layer.AUTH, Retry.NEVER),
        ("EAPI:Invalid signature", Layer.AUTH, Retry.NEVER),
        ("EAPI:Invalid nonce", Layer.AUTH, Retry.FRESH_NONCE),
        ("EAPI:Rate limit exceeded", Layer.RATE, Retry.BACK_OFF),
        ("EAPI:Bad request", Layer.GATEWAY, Retry.NEVER),
        ("ESession:Invalid session", Layer.AUTH, Retry.REFRESH_TOKEN),
        ("EAPI:Invalid token", Layer.AUTH, Retry.REFRESH_TOKEN),
        ("Token(s) not found", Layer.AUTH, Retry.REFRESH_TOKEN),
        ("EGeneral:Permission denied", Layer.AUTH, Retry.NEVER),
        ("EGeneral:Temporary lockout", Layer.AUTH, Retry.NEVER),
        ("EGeneral:Internal error:5", Layer.SERVICE, Retry.AMBIGUOUS),
        ("EGeneral:Invalid arguments:volume minimum not met", Layer.VALIDATION, Retry.NEVER),
        ("EGeneral:Invalid arguments:Index unavailable", Layer.VALIDATION, Retry.NEVER),
        ("EGeneral:Too many requests", Layer.RATE, Retry.BACK_OFF),
        ("EQuery:Unknown asset pair", Layer.VALIDATION, Retry.NEVER),
        ("EDatabase:Internal error", Layer.SERVICE, Retry.AMBIGUOUS),
        ("EService:Unavailable", Layer.SERVICE, Retry.AMBIGUOUS),
        ("EService:Busy", Layer.SERVICE, Retry.AMBIGUOUS),
        ("EService:Timeout", Layer.SERVICE, Retry.AMBIGUOUS),
        ("EService:Market in cancel_only mode", Layer.SERVICE, Retry.BACK_OFF),
        ("EService:Market in post_only mode", Layer.SERVICE, Retry.BACK_OFF),
        ("EService:Deadline elapsed", Layer.ENGINE, Retry.AMBIGUOUS),
        ("EService:Throttled: 1700000000", Layer.RATE, Retry.BACK_OFF),
        ("EService: Throttled: 1700000000", Layer.RATE, Retry.BACK_OFF),
        ("EOrder:Insufficient funds", Layer.BALANCE, Retry.NEVER),
        ("EOrder:Insufficient margin", Layer.BALANCE, Retry.BACK_OFF),
        ("EOrder:Order minimum not met", Layer.VALIDATION, Retry.NEVER),
        ("EOrder:Tick size check failed", Layer.VALIDATION, Retry.NEVER),
        ("EOrder:Invalid price:Invalid price argument", Layer.VALIDATION, Retry.NEVER),
        ("EOrder:Post only order", Layer.ENGINE, Retry.NEVER),
        ("EOrder:Unknown order", Layer.ENGINE, Retry.NEVER),
        ("EOrder:Invalid order", Layer.ENGINE, Retry.NEVER),
        ("EOrder:Rate limit exceeded", Layer.RATE, Retry.BACK_OFF),
        ("EOrder:Reduce only:No position exists", Layer.ENGINE, Retry.NEVER),
        ("EOrder:Something nobody has seen", Layer.ENGINE, Retry.NEVER),
        ("Exceeded msg rate", Layer.RATE, Retry.BACK_OFF),
        ("Currency pair not supported XBT/USD", Layer.VALIDATION, Retry.NEVER),
        ("Limit_price field must be a number_float", Layer.VALIDATION, Retry.NEVER),
        ("Unsupported field: 'params' for the given msg type: ping", Layer.GATEWAY, Retry.NEVER),
        (
            "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
            Layer.GATEWAY,
            Retry.NEVER,
        ),
        ("words of no known kind", Layer.GATEWAY, Retry.NEVER),
    ],
)
def test_each_documented_error_has_its_layer_and_retry_class(error: str, layer: Layer, retry: Retry) -> None:
    fault = classify(error)
    assert (fault.layer, fault.retry) == (layer, retry)
    assert fault.error == error


def test_hostile_and_empty_errors_become_readable_lines() -> None:
    assert classify("EOrder:Unknown order\x1b[2J\n\u202efake").error == "EOrder:Unknown order[2J fake"
    assert classify("").error == "refused without a reason"
