"""What becomes of engine and orders when the screen goes: killed, hung up, stalled."""

from __future__ import annotations

import json
import re
import time

from tests.e2e.stage import Stage
from tests.e2e.terminal import BOUND_S, Terminal, until

STALL_S = 7
"""Longer than what the buffers between program and terminal hold."""


def place(screen: Terminal, price: int) -> None:
    """Rest an order far from the market by the command line."""
    screen.arm()
    screen.command(f"buy 0.01 @ {price} post")
    screen.wait_for(f"limit at {price}; post-only")
    screen.press("Enter", re.compile(rf"B +0\.01 @{price}\.0 .* working ").search)


def dead_man_s(stage: Stage) -> int:
    """Return the seconds that the venue's timer has left, as `status` says; -1 while it is off."""
    found = re.search(r"dead-man (\d+) s", stage.run("status").stdout)
    return int(found[1]) if found else -1


def wait_for_refresh(stage: Stage) -> None:
    """Wait until the timer was seen to run down and then to be set back."""
    until(lambda: dead_man_s(stage) > 0, what="the dead-man timer is on")
    last = dead_man_s(stage)

    def refreshed() -> bool:
        nonlocal last
        before, last = last, dead_man_s(stage)
        return last > before

    until(refreshed, BOUND_S, "the dead-man timer goes back up")


def test_a_killed_screen_leaves_orders_that_another_one_finds(stage: Stage) -> None:
    screen = stage.practice("--pairs", "24")
    place(screen, 62000)
    place(screen, 62001)
    began = time.monotonic()
    screen.kill()

    # The engine goes on: it answers, takes orders, and keeps the timer alive.
    assert "orders 2 working" in stage.run("status").stdout
    done = stage.run("do", "buy 0.01 BTC/USD @ 62002 post")
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "accepted")
    wait_for_refresh(stage)

    # Another screen shows the same orders, and what happened meanwhile.
    second = stage.open("attach")
    second.wait_for("VERIFIED")
    for price in (62000, 62001, 62002):
        second.wait_for(re.compile(rf"B +0\.01 @{price}\.0 .* working ").search)
    second.wait_for("3 working")
    second.wait_for(lambda p: "#3 BUY" in p)
    second.wait_for("pen you")

    # A hang-up is a detach.
    second.hang_up()
    assert second.process.wait(BOUND_S) is not None
    until(lambda: "screens 0" in stage.run("status").stdout, what="the screen is gone")
    third = stage.open("attach")
    third.wait_for("3 working")

    # Longer than the timer: nothing was cancelled behind our back.
    until(lambda: time.monotonic() - began > 13, what="the timer's time is over")
    assert stage.truth("canceled") == []
    wait_for_refresh(stage)

    ended = stage.run("stop", "--orders", "cancel")
    assert ended.returncode == 0
    assert "3" in ended.stdout
    assert "cancel" in ended.stdout
    assert len(stage.truth("canceled")) == 3
    third.wait_for("ENGINE AWAY")
    third.keys("q")
    third.exit_code()
    stage.wait_empty()


def test_a_terminal_that_does_not_read_delays_neither_orders_nor_the_timer(stage: Stage) -> None:
    screen = stage.practice("--pairs", "24")
    place(screen, 62000)
    screen.freeze()
    frozen = time.monotonic()
    wait_for_refresh(stage)
    until(lambda: time.monotonic() - frozen > STALL_S, what="the stall is long enough")

    began = time.monotonic()
    done = stage.run("do", "buy 0.01 BTC/USD @ 62001 post")
    assert done.returncode == 0
    assert time.monotonic() - began < STALL_S / 2
    assert stage.run("do", "cancel #1").returncode == 0
    assert [line.kind for line in stage.truth("canceled")] == ["canceled"]

    # It reads again: the picture is that of now.
    screen.thaw()
    screen.wait_for(re.compile(r"B +0\.01 @62001\.0 .* working ").search)
    screen.wait_for(re.compile(r"B +0\.01 @62000\.0 .* cancelled ").search)
    screen.wait_for("1 working")
