"""python-kraken-sdk against the local venue: spot REST and WS v2, only the addresses are changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.interop.conftest import VenueProcess

pytest.importorskip("kraken", reason="python-kraken-sdk is not installed: pip install '.[interop]'")

from kraken.spot import Market, SpotWSClient, Trade, User

pytestmark = pytest.mark.interop
TIMEOUT_S = 15.0


def test_spot_rest(venue: VenueProcess) -> None:
    market = Market(url=venue.rest)
    assert market.get_system_status()["status"] == "online"
    assert "XXBTZUSD" in market.get_ticker(pair="XBTUSD")
    signed = {"key": venue.api_key, "secret": venue.api_secret, "url": venue.rest}
    user, trade = User(**signed), Trade(**signed)
    assert float(user.get_account_balance()["ZUSD"]) > 0
    placed = trade.create_order(ordertype="limit", side="buy", pair="XBTUSD", price=1000, volume=0.01, oflags=["post"])
    order_id = placed["txid"][0]
    assert order_id in user.get_open_orders()["open"]
    assert trade.cancel_order(txid=order_id)["count"] == 1
    assert user.get_orders_info(txid=order_id)[order_id]["status"] == "canceled"


class Collector(SpotWSClient):
    """Keeps what arrives and lets a test wait for it."""

    def __init__(self, venue: VenueProcess) -> None:
        self.seen: list[dict[str, Any]] = []
        self.arrived = asyncio.Event()
        super().__init__(
            key=venue.api_key,
            secret=venue.api_secret,
            rest_url=venue.rest,
            ws_url=venue.ws_public.removesuffix("/v2"),
            auth_ws_url=venue.ws_auth.removesuffix("/v2"),
        )

    async def on_message(self, message: dict[str, Any]) -> None:
        self.seen.append(message)
        self.arrived.set()

    async def first(self, wanted: Any) -> dict[str, Any]:
        """The first message that fits, waiting for it if need be."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                for message in self.seen:
                    if wanted(message):
                        return message
                self.arrived.clear()
                await self.arrived.wait()


async def test_place_see_and_cancel_over_websocket(venue: VenueProcess) -> None:
    client = Collector(venue)
    await client.start()
    try:
        await client.subscribe(params={"channel": "executions", "snap_orders": True})
        await client.subscribe(params={"channel": "book", "symbol": ["BTC/USD"]})
        await client.first(lambda m: m.get("channel") == "executions" and m["type"] == "snapshot")
        await client.first(lambda m: m.get("channel") == "book" and m["type"] == "snapshot")
        order = {"order_type": "limit", "side": "buy", "limit_price": 1000, "order_qty": 0.01, "symbol": "BTC/USD"}
        await client.send_message({"method": "add_order", "params": order | {"post_only": True}})
        answer = await client.first(lambda m: m.get("method") == "add_order")
        assert answer["success"], answer
        order_id = answer["result"]["order_id"]

        def is_row(kind: str) -> Any:
            return lambda m: (
                m.get("channel") == "executions"
                and any(row["order_id"] == order_id and row["exec_type"] == kind for row in m["data"])
            )

        await client.first(is_row("new"))
        await client.send_message({"method": "cancel_order", "params": {"order_id": [order_id]}})
        await client.first(is_row("canceled"))
    finally:
        await client.close()
