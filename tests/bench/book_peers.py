"""What other clients' books cost on the same changes: a program for an interpreter that has them.

Run by `tests.bench.contenders` as a child, with the folder of the recorded
streams as its argument; it imports nothing of ours. It prints which peers can
take part and why others cannot, then, for each name on its standard input,
feeds the whole stream to a fresh book and prints microseconds of CPU a message.
Every peer gets the raw text and decodes it as its own transport does.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

PRICE_DP, QTY_DP, DEPTH = 1, 8, 1000
GC_THRESHOLD = (50_000, 50, 1_000)
"""As in our engine: nobody pays for a collector that is not tamed."""

NUMBER = (1 << 64) - 1
"""nautilus knows orders by numbers of 64 bits."""

Handler = Callable[[str], Awaitable[None]]


class LeftOut(Exception):
    """A peer cannot be driven here; says why."""


def cryptofeed() -> tuple[str, Handler]:
    """cryptofeed's Kraken feed: Level 2 of the v1 protocol, checksum verified."""
    symbols = importlib.import_module("cryptofeed.symbols")
    exchange = importlib.import_module("cryptofeed.exchanges").Kraken
    defines = importlib.import_module("cryptofeed.defines")
    symbols.Symbols.set(exchange.id, {"BTC-USD": "XBT/USD"}, {"instrument_type": {"BTC-USD": "spot"}})

    async def ignore(*_: object) -> None:
        """Take a book."""

    feed = exchange(
        symbols=["BTC-USD"],
        channels=[defines.L2_BOOK],
        callbacks={defines.L2_BOOK: ignore},
        max_depth=DEPTH,
        checksum_validation=True,
    )

    async def handle(raw: str) -> None:
        await feed.message_handler(raw, None, 0.0)

    return "l2_v1", handle


def ccxt() -> tuple[str, Handler]:
    """ccxt.pro's Kraken: Level 2 of the v2 protocol; it has no checksum there."""
    exchange = importlib.import_module("ccxt.pro").kraken()
    transport = importlib.import_module("ccxt.async_support.base.ws.client")

    class Client(transport.Client):  # type: ignore[misc,name-defined]
        """A connection without a socket."""

        def __init__(self) -> None:
            self.subscriptions = {exchange.get_message_hash("orderbook", None, "BTC/USD"): {"limit": DEPTH}}

        def resolve(self, result: object, message_hash: str | None = None) -> object:
            """Take a book."""
            del message_hash
            return result

    client = Client()

    async def handle(raw: str) -> None:
        exchange.handle_order_book(client, transport.json_parser.loads(raw))

    return "l2", handle


def python_kraken_sdk() -> tuple[str, Handler]:
    """python-kraken-sdk's order book client: Level 2 of the v2 protocol, checksum verified."""
    spot = importlib.import_module("kraken.spot")
    bad: list[str] = []

    class Book(spot.SpotOrderBookClient):  # type: ignore[misc,name-defined]
        """A client that raises where the real one would subscribe anew."""

        async def on_book_update(self, pair: str, message: dict[str, Any]) -> None:
            """Take a book."""
            if "error" in message:
                bad.append(pair)
                raise ValueError(message["error"])

    client = Book(depth=DEPTH)
    digits = {"BTC/USD": {"pair_decimals": PRICE_DP, "lot_decimals": QTY_DP}}
    client._SpotOrderBookClient__market.get_asset_pairs = lambda pair: digits

    async def handle(raw: str) -> None:
        await client.on_message(json.loads(raw))

    return "l2", handle


def nautilus() -> tuple[str, Handler]:
    """nautilus_trader's own L3 order book, driven from Python: no checksum, nothing truncated."""
    book = importlib.import_module("nautilus_trader.model.book").OrderBook
    model = importlib.import_module("nautilus_trader.model")
    enums = importlib.import_module("nautilus_trader.model.enums")
    decode = importlib.import_module("msgspec").json.decode
    instrument = model.InstrumentId.from_str("BTC/USD.KRAKEN")
    order, delta, price_of, qty_of = model.BookOrder, model.OrderBookDelta, model.Price, model.Quantity
    actions = {"add": enums.BookAction.ADD, "modify": enums.BookAction.UPDATE, "delete": enums.BookAction.DELETE}
    sides = {"bids": enums.OrderSide.BUY, "asks": enums.OrderSide.SELL}
    kept = book(instrument, enums.BookType.L3_MBO)

    async def handle(raw: str) -> None:
        for data in decode(raw)["data"]:
            for name, side in sides.items():
                for row in data[name]:
                    number = hash(row["order_id"]) & NUMBER
                    told = order(side, price_of(row["limit_price"], PRICE_DP), qty_of(row["order_qty"], QTY_DP), number)
                    kept.apply_delta(delta(instrument, actions[row.get("event", "add")], told, 0, 0, 0, 0))

    return "l3", handle


def nautilus_adapter() -> tuple[str, Handler]:
    """nautilus_trader's Kraken adapter, which newer versions have.

    Raises:
        LeftOut: Always: none is known to run without its own connection.
    """
    version = importlib.import_module("nautilus_trader").__version__
    try:
        importlib.import_module("nautilus_trader.adapters.kraken")
    except ImportError:
        raise LeftOut(f"nautilus_trader {version} has no Kraken adapter") from None
    raise LeftOut(f"the Kraken adapter of nautilus_trader {version} takes messages from its own connection only")


PEERS: dict[str, Callable[[], tuple[str, Handler]]] = {
    "cryptofeed": cryptofeed,
    "ccxt": ccxt,
    "python_kraken_sdk": python_kraken_sdk,
    "nautilus": nautilus,
    "nautilus_adapter": nautilus_adapter,
}


async def play(name: str, folder: Path) -> dict[str, float | int | str]:
    """Feed a fresh book; messages that the peer refused are counted and it goes on.

    Returns:
        `us` of CPU a message and how many were `refused`.
    """
    stream, handle = PEERS[name]()
    first, *updates = (folder / stream).read_text().splitlines()
    await handle(first)
    refused, why = 0, ""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    started = time.thread_time_ns()
    for raw in updates:
        try:
            await handle(raw)
        except Exception as error:  # noqa: BLE001 - others raise what they like; it is counted and told
            refused += 1
            why = f"{type(error).__name__}: {error}"
    spent = time.thread_time_ns() - started
    gc.unfreeze()
    return {"us": spent / len(updates) / 1000, "refused": refused, "why": why[:120]}


async def tried(folder: Path) -> dict[str, str]:
    """Return each peer with an empty text, or with why it takes no part."""
    found = {}
    for name, make in PEERS.items():
        try:
            stream, handle = make()
            with (folder / stream).open() as lines:
                await handle(lines.readline())
            found[name] = ""
        except ModuleNotFoundError as error:
            found[name] = f"{error.name} is not installed"
        except LeftOut as error:
            found[name] = str(error)
        except Exception as error:  # noqa: BLE001 - others raise what they like; it is told
            found[name] = f"cannot be driven offline ({type(error).__name__}: {error})"
    return found


async def main(folder: Path) -> None:
    """Say who takes part, then obey standard input."""
    _tell(await tried(folder))
    for line in sys.stdin:
        _tell(await play(line.strip(), folder))


def _tell(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
