"""The page of the FIX sessions."""

from __future__ import annotations

import pytest

from app.link.fix_frames import FixLogRow, FixSessionRow, LatencyRow
from app.link.messages import AskFix, FixAnswer
from app.screens.fix_page import FixPage
from tests.screens.screen_bench import ScreenBench, ladder, screen_bench, status
from widgets.fix import FixPane, bars, raw_text

SESSIONS = (
    FixSessionRow(
        "trading", "up", 124, 98, "12-14 asked for, filled", True, 400, False, 43_231_000_000_000, 2, rtt_us=3_400
    ),
    FixSessionRow("md", "down", 1, 1, error="connection refused\x1b]0;x\x07"),
)
LATENCIES = (
    LatencyRow("ws", 12, 4_100, 6_000, 9_000, 9_500, 300, (0, 0, 1, 10, 1)),
    LatencyRow("fix", 3, 1_200, 1_900, 1_900, 1_900, -1, (0, 2, 1)),
)
D = ((35, "MsgType", "D"), (11, "ClOrdID", "a17d"), (44, "Price", "64200"))
NEW = FixLogRow(7, 43_231_120_000_000, "trading", True, "New Order Single", D)
REPORT = FixLogRow(
    8,
    43_231_124_000_000,
    "trading",
    False,
    "Execution Report",
    ((35, "MsgType", "8"), (150, "ExecType", "0"), (58, "Text", "[/b]")),
)


async def _opened(bench: ScreenBench, **changes: object) -> AskFix:
    await bench.show(ladder=ladder(), status=status())
    await bench.press("F")
    asked = bench.sent(AskFix)[-1]
    fields = {"rollover_ms": 11_565_000, "at_stake": ("#4 BTC/USD",), "log": (NEW, REPORT)} | changes
    bench.engine.send(FixAnswer(asked.id, SESSIONS, LATENCIES, **fields))  # type: ignore[arg-type]
    await bench.pilot.pause()
    return asked


def _text(bench: ScreenBench) -> str:
    return "\n".join(bench.app.screen.query_one(FixPane).text_lines())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_it_shows_sessions_latencies_what_is_at_stake_and_messages(size: tuple[int, int]) -> None:
    async with screen_bench(size) as bench:
        await _opened(bench)
        text = _text(bench)
        for word in (
            "rollover at 22:00 UTC in 3h12",
            "#4 BTC/USD",
            "trading",
            "UP",
            "124",
            "98",
            "3.4ms",
            "cancels",
            "12-14",
        ):
            assert word in text
        for word in (
            "connection refused",
            "WS",
            "4.1ms",
            "FIX",
            "1.2ms",
            "3.4ms",
            "New Order Single",
            "11=a17d",
            "58=[/b]",
        ):
            assert word in text
        assert "\x1b" not in text


async def test_the_newest_message_is_chosen_and_enter_names_its_fields() -> None:
    async with screen_bench() as bench:
        await _opened(bench)
        await bench.press("enter")
        assert "ExecType(150)=0" in _text(bench)
        await bench.press("up")
        assert "ClOrdID(11)=a17d" in _text(bench)


async def test_a_filter_asks_the_engine_for_what_it_keeps() -> None:
    async with screen_bench() as bench:
        await _opened(bench)
        await bench.press("slash")
        await bench.type("35=8")
        await bench.press("enter")
        asked = bench.sent(AskFix)[-1]
        assert (asked.since, asked.needle) == (0, "35=8")
        bench.engine.send(FixAnswer(asked.id, SESSIONS, LATENCIES, (REPORT,)))
        await bench.pilot.pause()
        assert "New Order Single" not in _text(bench)
        assert "Execution Report" in _text(bench)


async def test_it_closes_and_sends_no_line() -> None:
    async with screen_bench() as bench:
        await _opened(bench)
        assert isinstance(bench.app.screen, FixPage)
        await bench.press("F")
        assert not isinstance(bench.app.screen, FixPage)
        assert bench.lines == []


async def test_a_profile_without_sessions_says_so() -> None:
    async with screen_bench((80, 24)) as bench:
        await bench.show(ladder=ladder(), status=status())
        await bench.press("F")
        bench.engine.send(FixAnswer(bench.sent(AskFix)[-1].id, (), (), ()))
        await bench.pilot.pause()
        assert "no FIX trading session in this profile" in _text(bench)


def test_a_message_is_copied_as_people_paste_it() -> None:
    assert raw_text(NEW) == "35=D|11=a17d|44=64200"


def test_a_class_with_one_answer_is_seen_beside_one_with_thousands() -> None:
    assert bars((0, 1, 5_000)) == " ▁█"
