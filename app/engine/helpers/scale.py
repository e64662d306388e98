"""Scale: a ladder of orders from one price to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.order import OrderRequest
from app.engine.helpers.base import LOOK_S, ZERO, Helper, HelperDesk, HelperFailed, summary

RETRY_LOOKS = 5
"""A rung that has to wait is tried again after so many looks at the market."""


class Scale(Helper):
    """Sends its rungs one after the other, as the gate and the counter allow; then watches them fill.

    A rung that is refused as such is left out and said; the others still go.

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
        self._left_out: list[str] = []

    async def work(self) -> str:
        """Place all rungs, then stay until they have ended.

        Raises:
            HelperFailed: Not one rung was taken.
        """
        for at, rung in enumerate(self._rungs, 1):
            await self._place(rung)
            self.say(f"{at} of {len(self._rungs)} rungs sent{self._missing()}")
        if len(self._left_out) == len(self._rungs):
            raise HelperFailed(f"no rung was taken: {self._left_out[-1]}")
        while self.working():
            await self.pause_for(LOOK_S * RETRY_LOOKS)
        return f"{summary(self.filled(), self.total)}{self._missing()}"

    async def _place(self, rung: OrderRequest) -> None:
        while await self.place(replace(rung, cl_ord_id=self.desk.submitter.fresh_id())) is None:
            if self.refused:
                self._left_out.append(self.note.removeprefix("refused: "))
                return
            await self.pause_for(LOOK_S * RETRY_LOOKS)

    def _missing(self) -> str:
        count = len(self._left_out)
        return f"; {count} refused: {self._left_out[-1]}" if count else ""
