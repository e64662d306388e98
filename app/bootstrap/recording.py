"""`quarterdeck record`: inbound raw frames into a file that `replay` reads."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from app import logs
from app.clock import NS_PER_S, SystemClock
from app.config_file import load, profile_named
from app.errors import UnavailableError, UsageError
from app.paths import Paths, private_dir
from app.profiles import check_hosts
from app.protocol.ws2.frames import MarketMessage
from app.protocol.ws2.private import BalanceRow, ExecutionRow
from app.workers.face import VenueUrls
from app.workers.feed import LinkHealth, LinkState, Venue, WatchSpec
from app.workers.recorder import Recorder

DEPTHS = (10, 25, 100, 500, 1000)
DEFAULT_SYMBOLS = ("BTC/USD",)


class _Ear:
    """Listens to nothing but the state of the link; the recorder has the frames."""

    def __init__(self) -> None:
        self.note = ""

    def on_market(self, msg: MarketMessage) -> None:
        """Ignored: recorded raw."""

    def on_book_reset(self, symbol: str, kind: str) -> None:
        """Ignored."""

    def on_execution(self, row: ExecutionRow, snapshot: bool, sequence: int) -> None:
        """Never comes: there is no key."""

    def on_balance(self, rows: Sequence[BalanceRow], snapshot: bool) -> None:
        """Never comes: there is no key."""

    def on_orders_ready(self) -> None:
        """Never comes: there is no key."""

    def on_account_stale(self, reason: str) -> None:
        """Never comes: there is no key."""

    def on_status(self, system: str) -> None:
        """Ignored."""

    def on_link(self, name: str, health: LinkHealth) -> None:
        """Say when the link goes and comes."""
        text = f"link {name} {health.state.value} {health.note}".strip()
        if health.state is not LinkState.CONNECTING and text != self.note:
            self.note = text
            sys.stderr.write(f"record: {text}\n")

    def on_fix(self) -> None:
        """Never comes: there is no session."""

    def on_notice(self, severity: str, text: str) -> None:
        """Say what the connection has to say."""
        sys.stderr.write(f"record: {severity}: {text}\n")


def record(args: argparse.Namespace) -> int:
    """Capture public frames until Ctrl+C or for a time.

    Args:
        args: The command line: `symbols`, `out`, `depth`, `seconds`, `profile`.

    Returns:
        Exit code.

    Raises:
        UsageError: The depth is not one that the venue has.
        UnavailableError: The file exists or cannot be made.
    """
    if args.depth not in DEPTHS:
        raise UsageError(f"depth {args.depth} does not exist", f"use {', '.join(map(str, DEPTHS))}")
    paths = Paths.from_environment()
    settings = load(paths).settings
    logs.setup("cli", paths, settings.log_level)
    profile = profile_named(settings, args.profile or settings.default_profile)
    if not profile.urls.ws_public:
        hint = "choose a profile with addresses, such as public"
        raise UsageError(f"profile {profile.name!r} has no address of its own to record from", hint)
    check_hosts(profile, None)
    clock = SystemClock()
    target = args.out or _new_file(paths, clock)
    if target.exists():
        raise UnavailableError(f"{target} exists", "choose another --out; recordings are not overwritten")
    try:
        recorder = Recorder(target, clock)
    except OSError as error:
        raise UnavailableError(f"{target} cannot be written: {error.strerror}", "choose another --out") from None
    symbols = tuple(symbol.upper() for symbol in args.symbols) or DEFAULT_SYMBOLS
    urls = VenueUrls(profile.urls.rest, profile.urls.ws_public)
    nonce = paths.nonce_file("public")
    private_dir(nonce.parent)
    venue = Venue(urls, None, clock, _Ear(), nonce_path=nonce, recorder=recorder)
    sys.stderr.write(f"record: {', '.join(symbols)} at depth {args.depth} into {target}; Ctrl+C ends it\n")
    try:
        asyncio.run(_run(venue, symbols, args.depth, args.seconds))
    finally:
        recorder.close()
        if not recorder.frames:
            target.unlink(missing_ok=True)
    sys.stdout.write(f"{recorder.frames} frames in {target}\n")
    return 0 if recorder.frames else 1


def _new_file(paths: Paths, clock: SystemClock) -> Path:
    stamp = datetime.fromtimestamp(clock.now_ns() / NS_PER_S, UTC).strftime("%Y%m%d-%H%M%S")
    return private_dir(paths.recordings()) / f"{stamp}.jsonl"


async def _run(venue: Venue, symbols: Sequence[str], depth: int, seconds: int | None) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    venue.watch({symbol: WatchSpec(depth=depth, level3=False) for symbol in symbols})
    async with asyncio.TaskGroup() as group:
        task = group.create_task(venue.run())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()
        await venue.close()
        await task
