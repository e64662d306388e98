"""Scale: a ladder of orders from one price to another."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.order import OrderRequest
from app.engine.helpers.base import LOOK_S, ZERO, Helper, HelperDesk, HelperState, summary


class Scale(Helper):
    """Sends its rungs one after the other, as the gate and the counter allow; then watches them fill.

    Args:
        desk: What it may see and do.
        name: `H1`.
        text: The line.
        rungs: The orders, resolved, nearest first.
    """

    def __init__(self, desk: HelperDesk, name: str, text: str, rungs: Sequence[OrderRequest]) -> None:
        total = sum((rung.qty for rung in rungs), ZERO)
        super().__init__(desk, name, "scale", text, rungs[0].symbol, rungs[0].side, total)
        self._rungs = list(rungs)

    async def work(self) -> str:
        """Place all rungs, then stay until they have ended."""
        for at, rung in enumerate(self._rungs, 1):
            while await self.place(rung) is None:
                await self.pause_for(LOOK_S * 5)
                if self.state is HelperState.RUNNING and not self.note.startswith("waiting"):
                    break  # the venue refused this rung: the others may still do
            self.note = f"{at} of {len(self._rungs)} rungs sent"
        while self.working():
            await self.pause_for(LOOK_S * 5)
        return summary(self.filled(), self.total)
