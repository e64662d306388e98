"""At 80x24 and by keys alone: an order with all its terms is placed, changed and closed out, as the venue saw it."""

from __future__ import annotations

from decimal import Decimal

from tests.e2e.stage import Stage
from tests.e2e.terminal import Terminal

LINE = "buy 0.01 @ bid-300t post iceberg 0.002 gtd 15m"
CLOSE = "then stop -1%"


def enter(screen: Terminal, line: str, answer: str) -> None:
    screen.command(line)
    screen.press("Enter", answer)


def test_an_iceberg_with_all_its_terms_is_placed_amended_and_the_position_closed(stage: Stage) -> None:
    screen = stage.practice("--pairs", "24", columns=80, rows=24)
    screen.arm()

    # Placed with everything at once; the venue has all of it.
    screen.command(f"{LINE} {CLOSE}")
    screen.wait_for("iceberg")
    screen.press("Enter", "#1 accepted")
    [placed] = stage.truth("accepted")
    assert (placed.order_type, placed.time_in_force, placed.post_only) == ("iceberg", "gtd", True)
    assert Decimal(placed.qty) == Decimal("0.01")
    assert Decimal(placed.display) == Decimal("0.002")
    assert placed.close == "stop-loss"
    assert 800 < (placed.expire_ns - placed.ts_ns) / 10**9 < 901

    # Kraken amends no order that carries a close: said here, with what to do.
    enter(screen, "amend #1 0.02", "conditional close can't be")
    assert not stage.truth("amended")
    screen.press("Esc", lambda picture: ":amend" not in picture)

    # Without the close it is amended in place.
    enter(screen, "cancel #1 family", "cancels accepted")
    enter(screen, LINE, "#2 accepted")
    screen.command("amend #2 0.012 display 0.003")
    screen.press("Enter", lambda _picture: stage.truth("amended"))
    [amended] = stage.truth("amended")
    assert amended.order_id == stage.truth("accepted")[1].order_id
    assert (Decimal(amended.qty), Decimal(amended.display)) == (Decimal("0.012"), Decimal("0.003"))

    # A position, and out of it again.
    screen.command("buy 0.01 market")
    screen.press("Enter", lambda _picture: stage.fills())
    screen.command("flatten")
    screen.press("Enter", lambda _picture: net(stage) == 0)
    screen.command("cancel everything")
    screen.press("Enter", lambda _picture: len(stage.truth("canceled")) == 2)
    assert {line.order_id for line in stage.truth("canceled")} >= {placed.order_id, amended.order_id}
    screen.keys("q")
    assert screen.exit_code() == 0
    stage.wait_empty()


def net(stage: Stage) -> Decimal:
    signed = ((fill.side, Decimal(fill.qty)) for fill in stage.fills())
    return sum((qty if side == "buy" else -qty for side, qty in signed), Decimal(0))
