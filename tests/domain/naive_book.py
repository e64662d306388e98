"""The L3 rules written down with no thought of speed, for comparison after every message.

A list of orders in queue order, sorted whenever somebody asks. It shares no
code with the books of the application.
"""

from __future__ import annotations

import zlib
from decimal import Decimal
from itertools import groupby
from typing import Any

Row = dict[str, Any]


class NaiveBook:
    """Takes frames parsed by `json.loads` with all numbers as Decimal."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.sides: dict[str, list[Row]] = {"bids": [], "asks": []}

    def snapshot(self, data: Row) -> None:
        for side in self.sides:
            self.sides[side] = list(data[side])
            self._truncate(side)

    def update(self, data: Row) -> None:
        for side in self.sides:
            for row in self._queue_order(data[side]):
                self._event(side, row)
            self._truncate(side)

    def levels(self, side: str) -> list[tuple[Decimal, list[Row]]]:
        """Return the levels best first, each with its orders in queue order."""
        ordered = sorted(self.sides[side], key=lambda row: row["limit_price"], reverse=side == "bids")
        return [(price, list(rows)) for price, rows in groupby(ordered, key=lambda row: row["limit_price"])]

    def checksum(self) -> int:
        text = ""
        for side in ("asks", "bids"):
            for price, rows in self.levels(side)[:10]:
                for row in rows:
                    text += _digits(price) + _digits(row["order_qty"])
        return zlib.crc32(text.encode())

    @staticmethod
    def _queue_order(rows: list[Row]) -> list[Row]:
        """Return the events, the adds of each price exchanged so that they are in time order."""
        result = list(rows)
        for price in {row["limit_price"] for row in rows}:
            slots = [at for at, row in enumerate(rows) if row["event"] == "add" and row["limit_price"] == price]
            by_time = sorted((rows[at] for at in slots), key=lambda row: row["timestamp"])
            for at, row in zip(slots, by_time, strict=True):
                result[at] = row
        return result

    def _event(self, side: str, row: Row) -> None:
        orders = self.sides[side]
        at = next((i for i, order in enumerate(orders) if order["order_id"] == row["order_id"]), None)
        if row["event"] == "add":
            assert at is None, "added twice"
            orders.append(row)
            return
        assert at is not None, f"{row['event']} of an unknown order"
        if row["event"] == "delete":
            del orders[at]
        elif row["limit_price"] != orders[at]["limit_price"]:
            del orders[at]
            orders.append(row)
        else:
            orders[at] = row

    def _truncate(self, side: str) -> None:
        kept = {price for price, _ in self.levels(side)[: self.depth]}
        self.sides[side] = [row for row in self.sides[side] if row["limit_price"] in kept]


def _digits(number: Decimal) -> str:
    return format(number, "f").replace(".", "").lstrip("0")
