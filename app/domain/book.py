"""Books of one pair: Level 3 (every order) and Level 2 (every price).

* `book_l3.L3Book`, `book_l2.L2Book`   the books
* `book_l3_sums.SummedBook`            orders, verified by their levels: over FIX
* `book_base.Book`                     what they share: reading, verifying
* `book_side.BookSide`                 one side's sorted prices
* `checksum`, `queue`                  the venue's number characters; order by time
* `book_values`                        what books take and give out
"""

from __future__ import annotations

from app.domain.book_base import Book
from app.domain.book_l2 import L2Book
from app.domain.book_l3 import L3Book
from app.domain.book_l3_sums import SummedBook
from app.domain.book_values import BookFault, Fillable, LevelView, OrderView, QueuePosition

__all__ = ["Book", "BookFault", "Fillable", "L2Book", "L3Book", "LevelView", "OrderView", "QueuePosition", "SummedBook"]
