"""Which field a refusal is about."""

from __future__ import annotations

import pytest

from app.domain.fault_terms import term_of, term_of_error
from app.domain.order import OrderType
from app.domain.risk_values import Refusal, RefusalCode
from app.screens.order_form import FIELDS


@pytest.mark.parametrize(
    ("error", "kind", "term"),
    [
        ("EGeneral:Invalid arguments:price", OrderType.LIMIT, "price"),
        ("EGeneral:Invalid arguments:price", OrderType.STOP_LOSS_LIMIT, "trigger"),
        ("EGeneral:Invalid arguments:price2", OrderType.STOP_LOSS_LIMIT, "price"),
        ("EGeneral:Invalid arguments:volume minimum not met", OrderType.LIMIT, "size"),
        ("EGeneral:Invalid arguments:displayvol", OrderType.ICEBERG, "display"),
        ("EGeneral:Invalid arguments:Index unavailable", OrderType.STOP_LOSS, "watches"),
        ("EGeneral:Invalid arguments:expiretm", OrderType.LIMIT, "expires"),
        ("EOrder:Insufficient funds", OrderType.LIMIT, "size"),
        ("EOrder:Reduce only:No position exists", OrderType.LIMIT, "reduce"),
        ("EOrder:Invalid price", OrderType.STOP_LOSS, "price"),
        ("EAPI:Invalid nonce", OrderType.LIMIT, ""),
        ("", OrderType.LIMIT, ""),
    ],
)
def test_an_error_of_the_venue_names_a_term(error: str, kind: OrderType, term: str) -> None:
    assert term_of_error(error, kind) == term


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_is_about_a_field_of_the_ticket_or_about_none(code: RefusalCode) -> None:
    refusal = Refusal(code, "", "", venue_error="EGeneral:Invalid arguments:timeinforce" if code == "rules" else "")
    term = term_of(refusal, OrderType.LIMIT)
    assert term in {"", *(field.name for field in FIELDS)}
    numbers = {"lot", "qty_min", "cost_min", "funds", "collar", "no_reference", "rules"}
    assert bool(term) == (code.value in numbers or code.value.startswith("max_"))
