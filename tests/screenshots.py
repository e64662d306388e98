"""Regenerates screenshots/ from the running program: `make screenshots`.

A practice session runs in a pty, keys are pressed, and what the terminal
shows is drawn. The exchange is seeded, but the clock is real: two runs differ.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tests.e2e.picture import svg
from tests.e2e.stage import Stage
from tests.e2e.terminal import Terminal, boxed

TARGET = Path(__file__).resolve().parent.parent / "screenshots"
SEED = "11"
FONT = "DejaVu Sans Mono"
WIDEST_PX = 1600
MAX_BYTES = 600_000
TICK = Decimal("0.1")
TRIES = 5
PICTURES = 80
"""Different pictures before one is taken, so that it is not of an empty market."""

LEAVES_A_TRACE = re.compile(r"/(?:work|root|home|Users|tmp)/")


def lively(screen: Terminal) -> None:
    """Wait until the market has been moving for a while."""
    seen: set[str] = set()

    def new_pictures(picture: str) -> bool:
        seen.add(picture)
        return len(seen) > PICTURES

    screen.wait_for(new_pictures)


def touch(screen: Terminal) -> tuple[Decimal, Decimal]:
    """Read the best bid and ask off the picture."""
    picture = screen.wait_for(re.compile(r"\d / [\d.]+  spread").search)
    bid, ask = re.findall(r"([\d.]+) / ([\d.]+) +spread", picture)[0]
    return Decimal(bid), Decimal(ask)


def rest_orders(stage: Stage, screen: Terminal) -> None:
    """Rest orders in both queues, near enough to be seen; again if the market ran over them."""
    for _ in range(TRIES):
        for side, qty, ticks in (("buy", "0.25", 4), ("sell", "0.4", 6), ("buy", "0.5", 6)):
            bid, ask = touch(screen)
            price = bid - ticks * TICK if side == "buy" else ask + ticks * TICK
            stage.run("do", f"{side} {qty} BTC/USD @ {price} post")
        with contextlib.suppress(AssertionError):
            screen.wait_for(lambda p: len(re.findall(r"#\d+\S*[ ~]Q\d", p)) > 1, 1)
            return


def trading(stage: Stage, screen: Terminal) -> None:
    """Rest orders, trade, and leave a draft in the ticket."""
    screen.arm()
    stage.run("do", "buy 0.05 BTC/USD take")
    rest_orders(stage, screen)
    screen.keys("n")
    screen.wait_for("size: 1")
    screen.keys("6")
    screen.wait_for("size $2500")
    screen.keys("Down", "Down", "b")
    screen.wait_for("Enter sends  Esc")


def ladders(stage: Stage, screen: Terminal) -> None:
    """Put two pairs beside, rest orders in the first one and go to the second."""
    screen.arm()
    rest_orders(stage, screen)
    for typed, symbol in (("ethusd", "ETH/USD"), ("solusd", "SOL/USD")):
        screen.keys("|")
        screen.wait_for("Put a pair beside")
        screen.type(typed)
        screen.wait_for(symbol)
        screen.keys("Enter")
        screen.wait_for(f"{symbol}: L3 book verified")
    screen.keys("\\")
    screen.wait_for("ETH/USD: keys are disarmed")
    screen.keys("A")
    screen.wait_for("ARMED")
    screen.keys("Down", "Down", "b")
    screen.wait_for("Enter sends  Esc")
    lively(screen)


def help_screen(_: Stage, screen: Terminal) -> None:
    """Open help."""
    screen.keys("?")
    screen.wait_for("arm or disarm the money keys")


def picker(_: Stage, screen: Terminal) -> None:
    """Open the picker and look for a part of a name."""
    screen.keys("/")
    screen.wait_for("pairs")
    screen.type("sol")
    screen.wait_for("SOL/USD")


def save(screen: Terminal, name: str, title: str) -> None:
    """Draw what the terminal shows, as SVG and as PNG."""
    import cairosvg

    assert boxed(screen.text()), f"{name}: a pane is not painted:\n{screen.text()}"
    assert not LEAVES_A_TRACE.search(screen.text()), f"{name}: a path of this machine is in the picture"
    text = svg(screen.cells(), title)
    (TARGET / f"{name}.svg").write_text(text, encoding="utf-8")
    width = int(re.findall(r'width="(\d+)"', text)[0])
    picture = TARGET / f"{name}.png"
    cairosvg.svg2png(bytestring=text.encode(), write_to=str(picture), scale=min(2.0, max(1.0, WIDEST_PX / width)))
    assert picture.stat().st_size < MAX_BYTES, f"{picture.name} is too large"
    sys.stdout.write(f"{picture.name}: {picture.stat().st_size // 1000} kB\n")


SHOTS: tuple[tuple[str, str, Callable[[Stage, Terminal], None], dict[str, str], tuple[int, int]], ...] = (
    ("trade-120x40", "Trading BTC/USD in practice, 120 columns by 40 rows", trading, {}, (120, 40)),
    ("trade-80x24", "The same at 80 columns by 24 rows", trading, {}, (80, 24)),
    ("trade-200x60", "The same at 200 columns by 60 rows, with all panes", trading, {}, (200, 60)),
    ("blue-orange", "The theme in blue and orange", trading, {"theme": "quarterdeck-blueorange"}, (120, 40)),
    ("light", "The light theme", trading, {"theme": "quarterdeck-light"}, (120, 40)),
    ("sixteen-colours", "A terminal of 16 colours", trading, {"TERM": "xterm", "COLORTERM": ""}, (120, 40)),
    ("mono", "Without colour, as NO_COLOR asks for", trading, {"NO_COLOR": "1"}, (120, 40)),
    ("ladders", "Three ladders side by side at 200 columns by 60 rows", ladders, {}, (200, 60)),
    ("help", "All keys", help_screen, {}, (120, 40)),
    ("picker", "Choosing a pair", picker, {}, (120, 40)),
)


def shoot(stage: Stage, wanted: set[str]) -> None:
    """Take the pictures one after another, each in a session of its own."""
    for name, title, act, env, (columns, rows) in SHOTS:
        if wanted and name not in wanted:
            continue
        settings = dict(env)
        theme = settings.pop("theme", "")
        words = ["--seed", SEED, *(["--theme", theme] if theme else [])]
        screen = stage.practice(*words, columns=columns, rows=rows, env=settings)
        lively(screen)
        act(stage, screen)
        screen.settle()
        save(screen, name, f"Quarterdeck: {title}")
        screen.kill()
        stage.run("stop", "--orders", "cancel")
        stage.wait_empty()


def main(words: list[str]) -> int:
    """Regenerate all pictures, or those named.

    Args:
        words: Names without their endings; none for all.

    Returns:
        Exit code.
    """
    fonts = subprocess.run(["fc-list", FONT], capture_output=True, text=True, check=False)
    if FONT not in fonts.stdout:
        sys.stderr.write(f"screenshots: the font {FONT} is missing: install it (Debian: fonts-dejavu-core)\n")
        return 69
    TARGET.mkdir(exist_ok=True)
    stage = Stage(Path(tempfile.mkdtemp(prefix="qd-shots-")))
    try:
        shoot(stage, set(words))
    finally:
        stage.end()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
