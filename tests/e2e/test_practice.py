"""A practice session by keys, compared with the venue's own record."""

from __future__ import annotations

import re
from decimal import Decimal

from tests.e2e.stage import Stage
from tests.e2e.terminal import BOUND_S, until

ALTERNATE_SCREEN, CURSOR, PASTE = 1049, 25, 2004
MOUSE = (1000, 1003, 1006)
TRIES = 5


def btc(picture: str) -> Decimal:
    found = re.search(r"BTC +([\d.]+) ", picture)
    assert found, picture
    return Decimal(found[1])


def touch(picture: str) -> str:
    """The best bid and ask in the ladder's last line."""
    found = re.search(r"([\d.]+ / [\d.]+) +spread", picture)
    return found[1] if found else ""


def test_an_order_by_keys_rests_with_its_queue_is_cancelled_and_one_is_filled(stage: Stage) -> None:
    screen = stage.practice("--seed", "7", columns=200, rows=60)

    # A verified book that moves.
    first = touch(screen.wait_for(lambda p: re.search(r"VERIFIED <1s +L3 1000", p)))
    screen.wait_for(lambda p: touch(p) not in ("", first))
    assert " VIEW " in screen.text()

    # In VIEW the money keys send nothing.
    screen.keys("PageDown", "PageDown", "b")
    screen.wait_for("press A to arm")
    screen.keys("Enter")
    screen.wait_for(lambda p: "A arms" in p or "arm" in p.splitlines()[-2])
    assert stage.truth("accepted") == []
    screen.keys("Esc")
    screen.wait_for("nothing was sent")

    # Arm, draft at the cursor, send.
    screen.arm()
    screen.keys("b")
    draft = screen.wait_for("Enter sends  Esc")
    price = re.search(r"price +([\d.]+)", draft)
    assert price
    screen.press("Enter", "#1 accepted")
    screen.wait_for(lambda p: re.search(rf"#1\S*[ ~]Q\d\S* .*{re.escape(price[1])}", p))
    screen.wait_for(lambda p: re.search(rf" 1 B +0\.01 @{re.escape(price[1])} +0\.01 working ", p))
    screen.wait_for("1 working")
    placed = stage.truth("accepted")
    assert [(line.side, line.price, line.qty, line.source) for line in placed] == [
        ("buy", price[1], "0.01000000", "ws")
    ]

    # Cancel it by one key.
    screen.keys("c")
    screen.wait_for("0 working")
    screen.wait_for(lambda p: not re.search(r"#1 .*Q\d", p))
    assert [line.order_id for line in stage.truth("canceled")] == [placed[0].order_id]

    # Take: a fill changes the balance. The market may step away from an IOC, so a person tries again.
    before = btc(screen.text())
    for count in range(2, 2 + TRIES):
        screen.keys("B")
        screen.wait_for("Enter sends  Esc")
        screen.press("Enter", re.compile(rf" {count} B +0\.01 .* (filled|cancelled) ").search)
        if fills := stage.fills():
            break
    assert {line.order_id for line in fills} <= {line.order_id for line in stage.truth("accepted")[1:]}
    bought = sum((Decimal(line.qty) for line in fills), Decimal(0))
    assert bought > 0
    screen.wait_for(lambda p: abs(btc(p) - before - bought) <= Decimal("0.005"))
    screen.wait_for("bought 0.0")

    # Nothing works any more: q ends everything, and the terminal is as it was.
    screen.keys("q")
    assert screen.exit_code() == 0
    modes = screen.modes()
    assert not modes[ALTERNATE_SCREEN]
    assert modes[CURSOR]
    assert not any(modes[mode] for mode in (*MOUSE, PASTE))
    assert screen.keyboard_depth() == 0
    stage.wait_empty()
    assert len({line.order_id for line in stage.truth("accepted")}) == len(stage.truth("accepted")) == count


def test_quitting_with_a_working_order_asks_and_cancels_it(stage: Stage) -> None:
    screen = stage.practice("--pairs", "24")
    screen.arm()
    screen.command("buy 0.01 @ 62000 post")
    screen.wait_for("limit at 62000; post-only")
    screen.press("Enter", "1 working")
    screen.keys("q")
    screen.wait_for("1 order is working")
    screen.keys("c")
    assert screen.exit_code() == 0
    until(lambda: len(stage.truth("canceled")) == 1, BOUND_S, "the order is cancelled")
    stage.wait_empty()
