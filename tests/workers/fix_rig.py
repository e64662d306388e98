"""A local venue in a process of its own, reached over all three transports."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.clock import SystemClock
from app.credentials import ApiKey
from app.workers.face import FixOptions, FixUrls, VenueUrls
from app.workers.feed import Venue
from app.workers.supervisor import ConnectGate
from tests.workers.test_local_venue import READY_S, Shown


class Rig:
    """A venue and what is needed to connect to it."""

    def __init__(self, ready: dict[str, Any], tmp_path: Path) -> None:
        self.ready = ready
        self.tmp_path = tmp_path
        key = ready["keys"][0]
        self.key = ApiKey.parse("test", key["api_key"], key["api_secret"])
        self.ports = {name: port for name, port in ready["fix"].items() if name != "sender_comp_id"}
        sender = key["fix_sender_comp_id"]
        self.urls = FixUrls(
            "127.0.0.1", **self.ports, sender_comp_id=sender, deriv_sender_comp_id=f"{sender}-DRV", tls=False
        )

    @asynccontextmanager
    async def connected(
        self, shown: Shown | None = None, gate: ConnectGate | None = None, **changes: Any
    ) -> AsyncIterator[tuple[Venue, Shown]]:
        """Connect over WS, REST and FIX trading."""
        ready, shown = self.ready, shown or Shown()
        others = dict.fromkeys(("spot_md", "spot_l3", "deriv_trading", "deriv_md", "deriv_l3"), 0)
        urls = replace(self.urls, **(others | changes))
        venue = Venue(
            VenueUrls(ready["rest"], ready["ws_public"], ready["ws_auth"], ready["ws_l3"]),
            self.key,
            SystemClock(),
            shown,
            nonce_path=self.tmp_path / "nonce",
            tier="pro",
            gate=gate,
            fix=FixOptions(urls, self.key, self.tmp_path, self.tmp_path / "nonce-fix"),
        )
        running = asyncio.create_task(venue.run())
        try:
            await shown.until(lambda: shown.ready)
            async with asyncio.timeout(10):
                while not venue.fix_up():  # noqa: ASYNC110 - the conditions are plain values of the code under test
                    await asyncio.sleep(0.01)
            yield venue, shown
        finally:
            await venue.close()
            await running

    @asynccontextmanager
    async def second(self, shown: Shown, directory: Path) -> AsyncIterator[Venue]:
        """Connect once more, over WS and REST alone."""
        ready = self.ready
        urls = VenueUrls(ready["rest"], ready["ws_public"], ready["ws_auth"], ready["ws_l3"])
        venue = Venue(urls, self.key, SystemClock(), shown, nonce_path=directory / "nonce", tier="pro")
        running = asyncio.create_task(venue.run())
        try:
            await shown.until(lambda: shown.ready)
            yield venue
        finally:
            await venue.close()
            await running

    def truth(self) -> list[dict[str, Any]]:
        """Return what the venue knows really happened."""
        return [json.loads(line) for line in (self.tmp_path / "truth.jsonl").read_text().splitlines()]


@asynccontextmanager
async def local_venue(tmp_path: Path, pairs: int = 2) -> AsyncIterator[Rig]:
    """Start a venue whose agents rest."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "venue", "--port", "0", "--pairs", str(pairs), "--speed", "0", "--tier", "pro"),
        *("--fix-port", "0", "--truth", str(tmp_path / "truth.jsonl"), "--until-eof"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Rig(json.loads(await asyncio.wait_for(process.stdout.readline(), READY_S)), tmp_path)
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)
