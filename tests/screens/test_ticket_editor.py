"""The ticket as an editor, by keys alone, and the keys beside it."""

from __future__ import annotations

import pytest

from app.link.messages import Preview
from app.link.preview_frame import PreviewView
from app.screens.dialogs import QuitDialog
from app.screens.options import Left
from tests.screens.screen_bench import ARMED, SYMBOL, ScreenBench, ladder, order, screen_bench, status

DOWN_TO = {
    "limit": "type size price post tif",
    "iceberg": "type size price display post tif",
}


async def edit(bench: ScreenBench, *fields: str) -> None:
    """Edit fields: `name=text` types or chooses by first letters, walking down to the field."""
    await bench.press("e")
    for field in fields:
        name, _, text = field.partition("=")
        for _ in range(30):
            if bench.trade.desk.editor.name == name:
                break
            await bench.press("down", ms=5)
        assert bench.trade.desk.editor.name == name
        draft = bench.trade.desk.draft
        assert draft is not None
        if bench.trade.desk.editor.chooses(draft):
            for _ in range(12):
                if value(bench, name) == text:
                    break
                await bench.press("right", ms=5)
            assert value(bench, name) == text
        else:
            await bench.type(text)
    await bench.press("enter")


def value(bench: ScreenBench, name: str) -> str:
    """What a field of the ticket says."""
    fields = bench.trade.query_one("#ticket")._draft.fields  # type: ignore[attr-defined]
    return str(next(field.value for field in fields if field.name == name))


@pytest.mark.parametrize(
    ("side", "fields", "line"),
    [
        ("b", (), f"buy 0.1 {SYMBOL} @ 64200.1 post"),
        ("s", ("type=market",), f"sell 0.1 {SYMBOL} market"),
        (
            "b",
            ("type=iceberg", "display=0.02", "tif=gtd", "expires=2m"),
            f"buy 0.1 {SYMBOL} iceberg 0.02 @ 64200.1 post gtd 2m",
        ),
        ("s", ("type=stop-loss", "trigger=60000"), f"sell 0.1 {SYMBOL} stop 60000"),
        (
            "s",
            ("type=stop-loss-limit", "trigger=60000", "watches=index", "price=59900"),
            f"sell 0.1 {SYMBOL} index stop 60000 @ 59900",
        ),
        ("s", ("type=take-profit", "size=max", "trigger=+2%"), f"sell max {SYMBOL} tp +2%"),
        ("b", ("type=take-profit-limit", "trigger=60000"), f"buy 0.1 {SYMBOL} tp 60000 @ +0"),
        ("s", ("type=trailing-stop", "trail=50"), f"sell 0.1 {SYMBOL} trail 50"),
        ("s", ("type=trailing-stop-limit", "trail=2%", "price=-10"), f"sell 0.1 {SYMBOL} trail 2% @ -10"),
        ("b", ("type=settle-position",), f"buy 0.1 {SYMBOL} settle"),
        (
            "b",
            ("size=$200", "price=mid-0.05%", "post=no", "tif=fok", "reduce=yes", "leverage=3"),
            f"buy $200 {SYMBOL} @ mid-0.05% fok reduce lev 3",
        ),
        (
            "b",
            ("starts=20m", "close=stop-loss-limit", "· trigger=60000", "· price=59900", "stp=both"),
            f"buy 0.1 {SYMBOL} @ 64200.1 post stp both start 20m then sell stop 60000 @ 59900",
        ),
        (
            "b",
            ("fee in=base", "deadline=2s", "validate=yes"),
            f"buy 0.1 {SYMBOL} @ 64200.1 post fee base deadline 2s validate",
        ),
    ],
)
async def test_every_type_and_field_is_entered_by_keys(side: str, fields: tuple[str, ...], line: str) -> None:
    async with screen_bench((80, 24)) as bench:
        await bench.arm()
        await bench.press(side)
        if fields:
            await edit(bench, *fields)
        assert bench.lines == []
        await bench.press("enter")
        assert bench.lines == [line]


async def test_enter_in_a_field_never_sends_however_long_it_is_held() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "e", "down")
        await bench.type("0.5")
        for _ in range(15):
            await bench.press("enter", ms=33)
        assert bench.lines == []
        await bench.press("enter")
        assert bench.lines == [f"buy 0.5 {SYMBOL} @ 64200.1 post"]


async def test_the_draft_is_previewed_with_every_letter() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "e", "down")
        await bench.preview(PreviewView(ok=True))
        await bench.type("5")
        assert bench.sent(Preview)[-1].text == f"buy 5 {SYMBOL} @ 64200.1 post"


async def test_what_cannot_be_read_is_shown_at_its_place_and_keeps_the_field() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "e", "down", "down")
        await bench.type("64ooo")
        assert "▲" in bench.text_of("#ticket")
        assert "expected a price" in bench.text_of("#ticket")
        await bench.press("enter", "down")
        assert bench.trade.desk.editor.name == "price"
        assert "Esc puts it back" in bench.note
        await bench.press("escape")
        assert "64200.1" in bench.text_of("#ticket")
        await bench.press("escape", "enter")
        assert bench.lines == [f"buy 0.1 {SYMBOL} @ 64200.1 post"]


async def test_keys_of_the_screen_do_nothing_while_a_field_is_in_hand_but_kill_does() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=ARMED, orders=(order(),))
        await bench.press("b", "e")
        await bench.press("c", "x", "C", "B", "q")
        assert bench.lines == []
        assert bench.app.screen is bench.trade
        await bench.press("ctrl+k")
        await bench.press("ctrl+k", ms=500)
        assert bench.lines == ["kill"]
        assert not bench.trade.desk.editor.open


async def test_only_the_fields_of_the_type_are_shown() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "e")
        text = bench.text_of("#ticket")
        assert "price" in text
        assert "display" not in text
        assert "trail" not in text
        await bench.press("m")
        text = bench.text_of("#ticket")
        assert "◂ market ▸" in text
        assert "price " not in text


async def test_each_pair_keeps_its_own_size_and_type() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b")
        await edit(bench, "type=iceberg", "size=2")
        await bench.press("escape", "b", "enter")
        assert bench.lines == [f"buy 2 {SYMBOL} iceberg 10% @ 64200.1 post"]
        assert bench.trade.desk.ticket("ETH/USD").size.value != 2


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("i", "enter"), "iceberg 10% @ 64200.1 post"),
        (("z", "enter"), "@ 64200.1 post then sell @ +0.5%"),
        (("z", "enter", "z"), "@ 64200.1 post"),
        (("r",), "@ 64200.1 post reduce"),
        (("t",), "@ 64200.1 ioc"),
        (("t", "t"), "@ 64200.1 fok"),
        (("t", "t", "t"), "@ 64200.1 gtd 15m"),
        (("equals_sign",), "@ last post"),
        (("at", "full_stop"), "@ mid+1t post"),
    ],
)
async def test_single_keys_still_switch(keys: tuple[str, ...], line: str) -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", *keys, "enter")
        assert bench.lines == [f"buy 0.1 {SYMBOL} {line}"]


async def test_percent_walks_through_shares() -> None:
    async with screen_bench() as bench:
        await bench.arm()
        await bench.press("b", "percent_sign", "percent_sign", "enter")
        assert bench.lines == [f"buy 50% {SYMBOL} @ 64200.1 post"]


async def test_the_close_of_the_position_is_drafted_armed_and_sent() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press("x", "enter")
        assert bench.lines == []
        await bench.show(status=ARMED)
        assert "CLOSE  the position" in bench.note
        assert bench.sent(Preview)[-1].text == f"close {SYMBOL}"
        await bench.press("enter")
        assert bench.lines == [f"close {SYMBOL}"]


@pytest.mark.parametrize(
    ("row", "fields", "line"),
    [
        (order(7), ("price=-1t",), "amend #7 0.1 @ -1t"),
        (order(7, display="0.02"), ("display=0.05",), "amend #7 0.1 display 0.05 @ 64199.8"),
        (order(7, price="", trigger="stop 60000.0 last"), ("trigger=59000",), "amend #7 0.1 trigger 59000"),
        (order(7, price="", trigger="trail 1% last"), ("trail=2%", "size=0.2"), "amend #7 0.2 trail 2%"),
    ],
)
async def test_a_change_of_any_order_is_edited_too(row: object, fields: tuple[str, ...], line: str) -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=ARMED, orders=(row,))
        await bench.press("m")
        await bench.preview(PreviewView(ok=True, advice=("amend +1, keeps its place", "cancel and new +9")))
        assert "amend +1, keeps its place" in bench.text_of("#ticket")
        await edit(bench, *sorted(fields, key=lambda field: not field.startswith("size")))
        await bench.press("enter")
        assert bench.lines == [line]


async def test_the_cancel_ladder_widens_step_by_step_and_names_count_and_points() -> None:
    rows = (
        order(1),
        order(2, price="64100.0"),
        order(3, side="sell", price="64300.0"),
        order(4, symbol="ETH/USD"),
        order(5, symbol="ETH/USD", owner="external"),
    )
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), orders=rows)
        await bench.press("left_square_bracket")
        asked = []
        for _ in range(6):
            await bench.press("X")
            asked.append(bench.note)
        assert [note.split(":")[0] for note in asked] == [
            "CANCEL at 64100.0",
            f"CANCEL all buys on {SYMBOL}",
            f"CANCEL all on {SYMBOL}",
            "CANCEL this session",
            "CANCEL the whole account",
            "CANCEL the whole account",
        ]
        assert "1 order, +8 points" in asked[0]
        assert "5 orders, +2 points over" in asked[4], "one message: a point for each pair"
        assert bench.lines == []
        await bench.press("enter")
        assert bench.lines == ["cancel everything"]


async def test_the_first_step_cancels_the_level_by_name() -> None:
    async with screen_bench() as bench:
        await bench.show(ladder=ladder(), status=status(), orders=(order(1), order(2)))
        await bench.press("X", "enter")
        assert bench.lines == ["cancel #1 #2"]


@pytest.mark.parametrize("key", ["q", "d"])
async def test_leaving_says_what_becomes_of_each_order(key: str) -> None:
    rows = tuple(order(number, dies="cancelled by the venue's timer in 41 s") for number in range(1, 11))
    async with screen_bench((80, 24)) as bench:
        await bench.show(ladder=ladder(), status=status(working=10), orders=rows)
        await bench.press(key)
        dialog = bench.app.screen
        assert isinstance(dialog, QuitDialog)
        text = str(dialog.query_one("#fates").render())
        assert "cancelled by the venue's timer in 41 s:" in text
        assert "#6 B 0.1 @64199.8 BTC/USD" in text
        assert "and 4 more" in text
        await bench.press("k")
        assert bench.app.return_value is Left.DETACHED
