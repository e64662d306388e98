"""The engine as a process: brief in, socket out, orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import msgspec

from app import logs
from app.bootstrap import replaying
from app.bootstrap.brief import EngineBrief, Ready, decode_engine, encode
from app.clock import SystemClock
from app.config_file import load, profile_named
from app.credentials import ApiKey
from app.engine.engine import Engine
from app.engine.setup import DEFAULT_SYMBOL, EngineOptions
from app.errors import ConfigError, QuarterdeckError, UnavailableError
from app.link.server import LinkServer
from app.locks import FileLock
from app.paths import Paths, private_dir
from app.profiles import check_hosts
from app.replay import frames
from app.settings import Profile
from app.workers.face import FixOptions, FixUrls, VenueListener, VenueUrls
from app.workers.feed import Venue
from app.workers.recording_venue import RecordingVenue

GC_THRESHOLD = (50_000, 50, 1_000)


def engine_main(argv: Sequence[str]) -> int:
    """Run an engine until it is told to stop; the hidden command `_engine`.

    Args:
        argv: No words are taken; the brief comes through standard input.

    Returns:
        Exit code.
    """
    del argv
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        brief = decode_engine(sys.stdin.buffer.read())
        return _run(brief)
    except msgspec.MsgspecError as error:
        return _say(Ready(os.getpid(), error=f"the engine's brief was not understood ({error})", code=70))
    except QuarterdeckError as error:
        return _say(Ready(os.getpid(), error=error.message, hint=error.hint, code=error.exit_code))


def _say(ready: Ready) -> int:
    sys.stdout.buffer.write(encode(ready) + b"\n")
    sys.stdout.buffer.flush()
    return ready.code


def _run(brief: EngineBrief) -> int:
    paths = Paths.from_environment()
    settings = load(paths).settings
    logs.setup("engine", paths, settings.log_level)
    logs.guard_process()
    profile = replaying.PROFILE if brief.replay else profile_named(settings, brief.profile)
    if brief.urls is not None:
        profile = profile.at(brief.urls, brief.fix)
    fix_key = brief.fix_key.unpack() if brief.fix_key else None
    key = brief.key.unpack() if brief.key else None
    check_hosts(profile, key, fix_key)
    locks = [FileLock(paths.lock_file(profile.name))]
    if not locks[0].acquire():
        hint = "attach to it with `quarterdeck attach`"
        raise UnavailableError(f"an engine of profile {profile.name!r} already runs", hint)
    if key is not None:
        locks.append(FileLock(paths.lock_file(key.fingerprint)))
        if not locks[1].acquire():
            raise UnavailableError(f"another engine uses key {key.name!r}", "one engine per key: end the other first")
    options = replace(engine_options(paths, profile, key, brief.symbol, fix_key), sole=brief.sole)
    engine = _engine(options, brief)
    socket = paths.socket(profile.name)
    private_dir(socket.parent)
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    try:
        asyncio.run(serve(engine, socket, lambda: _say(Ready(os.getpid(), str(socket)))))
    finally:
        for lock in locks:
            lock.release()
    return 0


def _engine(options: EngineOptions, brief: EngineBrief) -> Engine:
    if not brief.replay:
        return Engine(options)
    path, speed = Path(brief.replay), Decimal(brief.speed)

    def connect(listener: VenueListener) -> Venue:
        return RecordingVenue(frames(path), speed, options.clock, listener, options.nonce_path)

    engine = Engine(replace(options, connect=connect))
    replaying.install(engine, replaying.scan(path))
    return engine


def engine_options(
    paths: Paths, profile: Profile, key: ApiKey | None, symbol: str, fix_key: ApiKey | None = None
) -> EngineOptions:
    """Return the options of a profile's engine, with the directories that it needs made."""
    journal = paths.journal(profile.name)
    nonce = paths.nonce_file(key.fingerprint if key else "public")
    private_dir(journal.parent)
    private_dir(nonce.parent)
    urls = profile.urls
    addresses = VenueUrls(urls.rest, urls.ws_public, urls.ws_auth if key else "", urls.ws_l3 if key else "")
    store = paths.fix_store(profile.name)
    fix = fix_options(profile, key, fix_key, store, paths)
    if fix is not None:
        private_dir(store)
    return EngineOptions(profile, addresses, key, SystemClock(), journal, nonce, symbol or DEFAULT_SYMBOL, fix=fix)


def fix_options(
    profile: Profile, key: ApiKey | None, fix_key: ApiKey | None, store: Path, paths: Paths
) -> FixOptions | None:
    """Return what the FIX sessions of a profile need; None if it has none."""
    fix, chosen = profile.fix, fix_key or key
    if not fix.host or chosen is None:
        if fix.book != "ws":
            raise ConfigError(
                f"profile {profile.name!r} takes its book over FIX, and has no FIX sessions without host and key",
                'give it both, or write fix.book = "ws"',
            )
        return None
    return FixOptions(FixUrls.of(fix), chosen, store, paths.nonce_file(f"{chosen.fingerprint}-fix"))


async def serve(engine: Engine, socket: Path, ready: Callable[[], object]) -> None:
    """Run an engine behind a socket until it ends or is told to by a signal.

    Args:
        engine: The engine.
        socket: Where screens find it.
        ready: Called when they can.

    Raises:
        DataError: The journal is no journal.
        UnavailableError: The journal or the socket cannot be used.
    """
    loop = asyncio.get_running_loop()
    logs.guard_loop(loop)
    engine.open()  # before anybody is told that there is an engine
    server = LinkServer(socket, engine.clients)
    await server.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, engine.stop)
    ready()
    # The collector's full pass is the longest pause an engine has: what lives from the start is left out of it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    try:
        await engine.run()
    finally:
        engine.clients.goodbye(engine.last_words)
        await server.stop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
