"""The application itself: defects, the driver repair, what is printed."""

from __future__ import annotations

import codecs

import pytest
import textual
from textual.drivers import linux_driver

from app.errors import ConfigError
from app.link.frames import TapePrint
from app.link.link import memory_pair
from app.screens import driver_patch
from app.screens.app import QuarterdeckApp
from app.screens.options import ScreenOptions
from tests.screens.screen_bench import WELCOME, screen_bench

SECRET = "kd83-not-for-terminals"


def test_the_decoder_of_the_release_we_pin_still_breaks() -> None:
    """Fails when Textual is upgraded: then look whether the repair is still needed."""
    assert textual.__version__ == driver_patch.REPAIRS
    with pytest.raises(UnicodeDecodeError):
        codecs.getincrementaldecoder("utf-8")().decode(b"\x1b[M \xe0!", final=False)


def test_a_mouse_report_in_raw_bytes_is_survived() -> None:
    assert driver_patch.install()
    decode = linux_driver.getincrementaldecoder(  # type: ignore[attr-defined]
        "utf-8"
    )().decode
    assert decode(b"\x1b[M \xe0!").startswith("\x1b[M ")
    assert decode(b"b") == "b"


def test_the_repair_leaves_other_releases_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.__version__", "9.0.0")
    assert not driver_patch.install()


async def test_a_defect_ends_the_screen_without_printing_values(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        secret = SECRET
        raise RuntimeError(f"defect of length {len(secret)}")

    async def run() -> QuarterdeckApp:
        async with screen_bench() as bench:
            bench.app.call_later(fail)
            await bench.until(lambda: bench.app._exception is not None)
        return bench.app

    with pytest.raises(RuntimeError, match="defect"):
        await run()
    printed = capsys.readouterr()
    assert "the screen failed (RuntimeError: defect of length 22)" in printed.err
    assert "quarterdeck attach" in printed.err
    assert SECRET not in printed.err + printed.out


async def test_a_pane_that_cannot_show_its_view_says_so_and_the_rest_lives() -> None:
    async with screen_bench() as bench:
        await bench.show(tape=(TapePrint("soon", "1", "1", True),))  # type: ignore[arg-type]
        await bench.arm()
        await bench.press("b", "enter")
        assert len(bench.lines) == 1
        assert "FAULT" in bench.text_of("#tape")


@pytest.mark.parametrize("theme", ["quarterdeck-dark", "quarterdeck-blueorange", "quarterdeck-16", "quarterdeck-mono"])
async def test_every_theme_can_be_started_with(theme: str) -> None:
    async with screen_bench(options=ScreenOptions(theme=theme)) as bench:
        assert bench.app.theme == theme
        await bench.arm()
        assert "64200.1" in bench.text_of("#ladder")


def test_an_unknown_theme_is_refused_in_one_line() -> None:
    link, _ = memory_pair(WELCOME)
    with pytest.raises(ConfigError, match="there is no theme 'pink': choose one of quarterdeck-dark"):
        QuarterdeckApp(link, ScreenOptions(theme="pink"))


async def test_themes_can_be_walked() -> None:
    async with screen_bench() as bench:
        bench.trade.act_theme()
        await bench.pilot.pause()
        assert bench.app.theme != "quarterdeck-dark"
        assert bench.app.theme in bench.note
