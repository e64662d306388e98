"""Heat map and depth profile: what of them is asked for, and their key."""

from __future__ import annotations

from app.link.frames import Frame
from app.screens import layout
from app.screens.desk_screen import DeskScreen
from widgets.depth import Depth
from widgets.heat import HeatMap


class MarketKeys(DeskScreen):
    """Handlers of the market's pictures."""

    def act_heat_digits(self) -> None:
        """Show sizes as digits, or as shades."""
        heat = self.query_one(HeatMap)
        heat.in_digits(digits=not heat.digits)
        self.note(f"heat map: sizes as {'digits' if heat.digits else 'shades'}")

    def want_market(self) -> None:
        """Ask for as much of the pictures as is seen; nothing of those out of sight."""
        heat, depth = self.query_one(HeatMap), self.query_one(Depth)
        rows, columns = heat.room if layout.visible(heat) else (0, 0)
        distances = depth.room if layout.visible(depth) else 0
        shown = self.shown
        if not shown.symbol or (rows, columns, distances) == (shown.heat_rows, shown.heat_columns, shown.depth_rows):
            return
        self.show_view(heat_rows=rows, heat_columns=columns, depth_rows=distances)

    def paint_market(self, frame: Frame) -> None:
        """Show what came of the shown pair."""
        heat, depth = frame.heat, frame.depth
        if heat is not None and heat.symbol == self.symbol:
            self.query_one(HeatMap).apply(heat)
        if depth is not None and depth.symbol == self.symbol:
            self.query_one(Depth).apply(depth)
