"""Our FIX sessions against a QuickFIX acceptor: an engine that none of us wrote."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.protocol.ws2.private import ExecKind
from app.workers.feed import Accepted, Unknown, Venue, Via
from tests.workers.acceptor import Acceptor
from tests.workers.conftest import Ear, until
from tests.workers.test_fix import ID, order, trading

pytestmark = pytest.mark.interop

PYTHON = sys.executable if importlib.util.find_spec("quickfix") else os.environ.get("QUICKFIX_PYTHON", "")
if not PYTHON:
    pytest.skip("quickfix is not installed: pip install '.[interop]'", allow_module_level=True)

CHILD = Path(__file__).with_name("quickfix_acceptor.py")
PATIENCE_S = 20
SECOND, THIRD = ID.replace("a17d", "a17e"), ID.replace("a17d", "a17f")


class Peer:
    """The process of the acceptor."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.got: list[dict[str, str]] = []

    def say(self, *words: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")

    async def until(self, word: str, kind: str = "") -> None:
        """Read until the acceptor says a word, or took a message of a type."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := await self._process.stdout.readline():
                words = json.loads(line)
                if words[0] == "got":
                    self.got.append(dict(part.split("=", 1) for part in words[1].split("|") if part))
                if words[0] == word and (not kind or self.got[-1]["35"] == kind):
                    return
        raise AssertionError(f"QuickFIX ended without {word} {kind}")


@asynccontextmanager
async def quickfix() -> AsyncIterator[tuple[Peer, Acceptor]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(PYTHON, str(CHILD)), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    peer, where = Peer(process), Acceptor("KRAKEN-TRD")
    where.port = port
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"port": port, "sender": "CLIENT", "target": "KRAKEN-TRD"}).encode() + b"\n")
        await peer.until("ready")
        yield peer, where
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def session(tmp_path: Path) -> AsyncIterator[tuple[Peer, Venue, Ear]]:
    """A session with QuickFIX that has taken an order and its cancel."""
    async with quickfix() as (peer, where), trading(tmp_path, where) as (venue, ear):
        await peer.until("up")
        await until(venue.fix_up)
        rests = await venue.add_order(order(price="40000"), via=Via.FIX)
        assert isinstance(rests, Accepted)
        assert isinstance(await venue.cancel_order(order_id=rests.order_id, via=Via.FIX), Accepted)
        yield peer, venue, ear
        assert "Reject" not in [line.name for line in venue.fix_log(0)]
        venue.fix_logout()
        await peer.until("down")


def sent(venue: Venue) -> list[str]:
    """What we sent, by name."""
    return [line.name for line in venue.fix_log(0) if line.out]


async def test_what_quickfix_sent_and_we_missed_is_asked_for_and_repaired(tmp_path: Path) -> None:
    async with session(tmp_path) as (peer, venue, ear):
        peer.say("skip", 2, 0)
        await peer.until("skipped")
        filled = await venue.add_order(order(SECOND, price="84000"), via=Via.FIX)
        assert isinstance(filled, Accepted)
        await until(lambda: any(row.kind is ExecKind.FILLED for row, _, _ in ear.executions))
        assert "repaired" in venue.fix_sessions()[0].gap
        assert venue.fix_up()
        assert sent(venue).count("ResendRequest") == 1


async def test_an_order_that_quickfix_missed_is_in_doubt_and_not_sent_again(tmp_path: Path) -> None:
    async with session(tmp_path) as (peer, venue, ear):
        peer.say("skip", 0, 1)
        await peer.until("skipped")
        assert isinstance(await venue.add_order(order(SECOND, price="84000"), via=Via.FIX), Unknown)
        assert "SequenceReset" in sent(venue)
        assert SECOND not in {row.cl_ord_id for row, _, _ in ear.executions}
        # Both sides are in step again: the next order is taken, and the lost one went out once.
        assert isinstance(await venue.add_order(order(THIRD, price="84000"), via=Via.FIX), Accepted)
        assert sent(venue).count("NewOrderSingle") == 3
