"""Random keys, held keys, focus, pairs, pages, dialogs, resizes: no order that was not drafted, armed and confirmed.

Every sequence starts from a screen at rest, which is asserted. What an order
may be is judged by `key_oracle`; the engine is `stub_engine`: the real arming
and risk gate, and a venue that accepts, refuses, does not know, or stays silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from textual.widgets import Input

from tests.screens.hands import SIZES, Hands, quick
from tests.screens.screen_bench import screen_bench

FEW = range(3)
FEW_EACH = 15
MANY = range(100, 120)
MANY_EACH = 500
KINDS = ("orders", "by_line", "sent", "accepted", "refused", "unknown", "silent", "blocked", "unarmed")


async def play(seed: int, sequences: int) -> Counter[str]:
    """Play sequences, in a new app where `q` ended the last one; return what came of them."""
    found: Counter[str] = Counter()
    with quick(painted=seed % 20 == 0):
        while found["sequences"] < sequences:
            found += await _play(seed + 1000 * found["apps"], sequences - found["sequences"])
    return found


async def _play(seed: int, sequences: int) -> Counter[str]:
    """Play sequences in one app, until it ends."""
    async with screen_bench(SIZES[seed % 3]) as bench:
        hands = Hands(bench, seed)
        while hands.there and hands.sequences < sequences:
            await hands.sequence()
    counts = Counter(apps=1, sequences=hands.sequences, keys=hands.keys, orders=hands.oracle.orders)
    counts += Counter(by_line=hands.oracle.by_line, wired=len(hands.engine.tally.wire))
    return counts + hands.engine.tally.counts


@pytest.mark.timeout(180)
async def test_no_order_without_draft_arming_and_confirmation() -> None:
    found: Counter[str] = Counter()
    for seed in FEW:
        found += await play(seed, FEW_EACH)
    assert found["sequences"] == FEW_EACH * len(FEW)
    assert found["sent"], "the keys never sent anything: the test proves nothing"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", MANY)
async def test_ten_thousand_sequences(seed: int, record_property: Callable[[str, object], None]) -> None:
    found = await play(seed, MANY_EACH)
    for what, count in sorted(found.items()):
        record_property(what, count)
    assert found["sequences"] == MANY_EACH
    assert [kind for kind in KINDS if not found[kind]] == [], "the keys did too little to prove anything"


@pytest.mark.parametrize("opening", ["slash", "colon"])
async def test_an_enter_held_in_a_dialog_or_a_line_does_not_send_the_draft_under_it(opening: str) -> None:
    async with screen_bench() as bench:
        hands = Hands(bench, 0)
        hands.engine.pen.arm()
        hands.engine.show()
        await hands.answer()
        await hands.press("b", opening)
        assert isinstance(bench.app.focused, Input)
        await hands.press("enter")
        await hands.press(*["enter"] * 6, ms=33)
        assert hands.oracle.orders == 0
