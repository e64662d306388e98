"""Alerts: rung once when the market gets there, and kept over a restart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from app.clock import ManualClock
from app.domain.book import L3Book
from app.domain.order import Side
from app.engine.alerts import Alerts
from app.engine.market import Market
from app.link.frames import Severity
from app.link.messages import ToggleAlert
from app.protocol.ws2.frames import Trade
from tests.domain.book_vectors import L3_ASKS, L3_BIDS, L3_CHECKSUM, orders
from tests.engine.conftest import SYMBOL, Rig, until


class Desk:
    """A market with one book, and what the alerts said."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.said: list[tuple[Severity, str]] = []
        self.market = Market(self.clock, lambda *_: None, lambda _: None)
        self.alerts = Alerts(path, self.market, lambda severity, text, _: self.said.append((severity, text)))
        self.market.touched = self.alerts.touched
        book = L3Book(SYMBOL, 10, 1, 8)
        book.snapshot(orders(bids=L3_BIDS, asks=L3_ASKS, checksum=L3_CHECKSUM))
        self.market.pair(SYMBOL).book = book
        self._trade_id = 0

    def trade(self, price: str, at: str = "2023-11-14T22:13:20.000000Z") -> None:
        self._trade_id += 1
        self.market.trades([Trade(SYMBOL, "buy", Decimal(price), Decimal(1), self._trade_id, at)])

    def rung(self) -> list[str]:
        return [text for severity, text in self.said if severity is Severity.BAD]


def test_an_alert_rings_once_when_the_market_rises_or_falls_to_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "p.alerts")
    desk.alerts.toggle(SYMBOL, Decimal("44950.0"))
    desk.alerts.toggle(SYMBOL, Decimal("44930.0"))
    desk.trade("44949.9")
    desk.trade("44930.1")
    assert desk.rung() == []
    desk.trade("44951.0")
    desk.trade("44952.0")
    assert desk.rung() == [f"ALERT {SYMBOL}: the market rose to 44950.0"]
    desk.trade("44930.0")
    assert desk.rung()[1:] == [f"ALERT {SYMBOL}: the market fell to 44930.0"]
    assert desk.alerts.of(SYMBOL) == []


def test_trades_of_before_ring_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "p.alerts")
    desk.alerts.toggle(SYMBOL, Decimal("44950.0"))
    desk.trade("45000.0", "2023-11-14T22:12:20.000000Z")
    assert desk.rung() == []


def test_alerts_outlive_the_engine_and_the_same_price_takes_one_away(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "p.alerts")
    desk.alerts.toggle(SYMBOL, Decimal("44950.0"))
    desk.alerts.toggle(SYMBOL, Decimal("44960.0"))
    again = Desk(tmp_path / "p.alerts")
    assert again.alerts.symbols() == {SYMBOL}
    again.alerts.toggle(SYMBOL, Decimal("44950.00"))
    assert "taken away" in again.said[-1][1]
    again.trade("44955.0")
    assert again.rung() == []
    again.trade("44960.0")
    assert len(again.rung()) == 1


def test_a_file_that_cannot_be_read_is_no_reason_not_to_start(tmp_path: Path) -> None:
    (tmp_path / "p.alerts").write_text('[{"symbol": "BTC/USD", "price": "much", "above": true}]')
    assert Desk(tmp_path / "p.alerts").alerts.of(SYMBOL) == []


async def test_a_screen_sets_an_alert_sees_it_on_the_axis_and_hears_it(rig: Rig) -> None:
    price = rig.price(Side.SELL, 3)
    rig.screen.say(ToggleAlert(SYMBOL, f"{price:f}"))
    assert rig.screen.told("rings once when the market rises to it")
    await until(lambda: any(f.ladder and any(m.kind == "alert" for m in f.ladder.marks) for f in rig.screen.frames))
    rig.screen.say(ToggleAlert(SYMBOL, "free"))
    assert rig.screen.told("is no price")
    rig.stranger(Side.BUY, "1", -6)
    await until(lambda: rig.screen.told(f"ALERT {SYMBOL}: the market rose to"))
