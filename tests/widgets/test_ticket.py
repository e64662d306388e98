from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from msgspec.structs import replace as replace_view

from tests.widgets import frames_sample as sample
from tests.widgets.conftest import Shower
from widgets.models import DraftView, FieldView, Stage
from widgets.ticket import Ticket

FIELDS = (
    FieldView("side", "buy", choice=True, quiet=True),
    FieldView("type", "limit", word="limit", choice=True),
    FieldView("size", "0.05", more="0.05000000"),
    FieldView("price", "64212.4"),
    FieldView("post", "yes", word="post", choice=True),
    FieldView("tif", "gtc", word="gtc", choice=True),
    FieldView("starts", "now", quiet=True),
)
DRAFT = DraftView("BTC/USD", "buy", "BUY", FIELDS, armed=True, stage=Stage.READY)


def editing(name: str, **changes: Any) -> DraftView:
    """The draft with one field in hand."""
    fields = tuple(replace(field, edited=True, **changes) if field.name == name else field for field in FIELDS)
    return replace(DRAFT, stage=Stage.EDITING, fields=fields)


async def test_a_draft_says_what_it_is_and_what_it_would_do(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (44, 16)):
        ticket.apply(DRAFT, sample.PREVIEW)
        text = "\n".join(ticket.text_lines())
        for word in ("BUY", "BTC/USD", "ARMED", "64212.4", "limit post gtc", "3210.62 USD", "+1 → 42.2/125", "Enter"):
            assert word in text


async def test_a_refusal_is_readable_even_in_a_small_pane(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (30, 8)):
        ticket.apply(DRAFT, sample.REFUSED)
        text = "\n".join(ticket.text_lines())
        assert "✗ not enough USD" in text
        assert "245,099.60" in text


async def test_what_takes_now_is_said_before_money(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (50, 20)):
        ticket.apply(DRAFT, sample.REFUSED)
        lines = [line.split() for line in ticket.text_lines() if line.strip()]
        starts = [line[0] for line in lines]
        assert starts.index("takes") < starts.index("notional")
        assert ["takes", "now", "9.2174", "at", "64214.9"] in lines
        assert "cannot be sent" in "".join(ticket.text_lines())


async def test_view_says_that_enter_does_not_send(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (44, 16)):
        ticket.apply(replace(DRAFT, armed=False), sample.PREVIEW)
        text = "\n".join(ticket.text_lines())
        assert "VIEW" in text
        assert "A arms, then Enter sends" in text


async def test_the_beat_counts_down_before_enter_is_offered(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (44, 16)):
        ticket.apply(replace(DRAFT, stage=Stage.BEAT, beat_ms=75), sample.PREVIEW)
        text = "\n".join(ticket.text_lines())
        assert "read it ━━━━━─────" in text
        assert "Enter" not in text


async def test_the_field_in_hand_has_a_caret_and_says_what_may_be_typed(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (44, 16)):
        ticket.apply(editing("size", value="0.", hint="0.5  $200"), None)
        lines = [line.split() for line in ticket.text_lines()]
        assert ["size", "0.▏", "=", "0.05"] in lines
        assert ["0.5", "$200"] in lines
        assert ["starts", "now"] in lines


async def test_a_choice_has_arrows(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (44, 16)):
        ticket.apply(editing("tif"), None)
        assert ["tif", "◂", "gtc", "▸"] in [line.split() for line in ticket.text_lines()]


async def test_an_error_points_at_its_character(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (44, 16)):
        ticket.apply(editing("price", value="64o", error="expected a price", error_at=2, suggestion="`bid`"), None)
        lines = ticket.text_lines()
        at = next(at for at, line in enumerate(lines) if "64o" in line)
        assert lines[at + 1].index("▲") == lines[at].index("o")
        assert "expected a price → `bid`" in lines[at + 2]


async def test_a_small_form_keeps_the_field_in_hand_in_view(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (30, 8)):
        for field in FIELDS:
            ticket.apply(editing(field.name), sample.PREVIEW)
            assert any(line.split()[:1] == [field.name] for line in ticket.text_lines())


async def test_what_wakes_closes_and_costs_is_said(show: Shower) -> None:
    ticket = Ticket()
    view = msgspec.structs.replace(
        sample.PREVIEW, wakes="last falls to 60000", closes="each fill sells", legs=("0.01 @ 1",), advice=("amend +1",)
    )
    async with show(ticket, (60, 24)):
        ticket.apply(DRAFT, view)
        text = "\n".join(ticket.text_lines())
        for word in ("last falls to 60000", "each fill sells", "leg 1", "0.01 @ 1", "amend +1"):
            assert word in text


async def test_without_a_draft_the_keys_and_sizes_are_shown(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (44, 16)):
        ticket.apply(DraftView("BTC/USD", presets=("0.01", "0.05"), preset=2))
        text = "\n".join(ticket.text_lines())
        assert "no draft" in text
        assert "1:0.01 2:0.05" in text


async def test_a_narrow_ticket_keeps_the_queue_on_one_line_and_drops_zeros(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (28, 22)):
        view = replace_view(sample.PREVIEW, queue="2 ord / 0.00225955 ahead", effect="opens +0.10000000")
        ticket.apply(DRAFT, view)
        lines = [" ".join(text.split()) for text in ticket.text_lines()]
        assert "queue 2 / 0.00225955" in lines
        assert "effect opens +0.1" in lines


async def test_without_a_key_the_ticket_offers_no_order_keys(show: Shower) -> None:
    ticket = Ticket()
    async with show(ticket, (28, 12)):
        ticket.apply(DraftView("BTC/USD", view_only="view only: no key", presets=("0.1",)))
        text = "\n".join(ticket.text_lines())
        assert "view only: no key" in text
        assert "b s" not in text
        assert "0.1" not in text
