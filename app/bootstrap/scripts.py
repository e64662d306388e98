"""Commands without a screen: do, status, stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

import msgspec

from app.config_file import load, profile_named
from app.errors import UnavailableError, UsageError
from app.link.client import LinkClient
from app.link.frames import StatusView
from app.link.link import Reply, Request
from app.link.messages import (
    LINK_VERSION,
    Answer,
    AskStatus,
    Execute,
    Hello,
    Origin,
    Outcome,
    StatusAnswer,
    StopEngine,
)
from app.link.server import engine_answers
from app.paths import Paths
from app.settings import Settings

EXIT_CODES = {Outcome.ACCEPTED: 0, Outcome.REFUSED: 1, Outcome.UNKNOWN: 2}
_REQUEST_ID = 1
_STOP_S = 15


def running_profile(paths: Paths, settings: Settings, name: str | None) -> str:
    """Return the profile whose engine is meant.

    Args:
        paths: Where sockets are.
        settings: Known profiles.
        name: As asked for; None takes the only one that runs.

    Raises:
        UnavailableError: None runs.
        UsageError: Several run and none was named.
    """
    if name is not None:
        profile_named(settings, name)
        return name
    running = [one for one in settings.profiles if engine_answers(paths.socket(one))]
    if not running:
        raise UnavailableError("no engine is running", "start one with `quarterdeck` or `quarterdeck live`")
    if len(running) > 1:
        raise UsageError(f"several engines run ({', '.join(running)})", "choose one with --profile")
    return running[0]


def do(args: argparse.Namespace) -> int:
    """Run one line of the `:` grammar and print one JSON line.

    Args:
        args: The command line: `text`, `timeout`, `profile`, `symbol`.

    Returns:
        0 accepted, 1 refused, 2 outcome unknown.
    """
    paths, name = _target(args)
    message = Execute(_REQUEST_ID, args.text, "", Origin.SCRIPT)
    try:
        reply = asyncio.run(_ask(paths, name, message, args.timeout))
    except TimeoutError:
        reply = Answer(
            _REQUEST_ID,
            Outcome.UNKNOWN,
            f"no answer within {args.timeout} s",
            "look with `quarterdeck status`; do not send it again",
            "link",
        )
    assert isinstance(reply, Answer)
    sys.stdout.buffer.write(msgspec.json.encode(reply) + b"\n")
    return EXIT_CODES[reply.outcome]


def status(args: argparse.Namespace) -> int:
    """Print one line about the running engine.

    Args:
        args: The command line: `profile`.

    Returns:
        Exit code.
    """
    paths, name = _target(args)
    reply = asyncio.run(_ask(paths, name, AskStatus(_REQUEST_ID), _STOP_S))
    assert isinstance(reply, StatusAnswer)
    sys.stdout.write(_status_line(reply) + "\n")
    return 0


def stop(args: argparse.Namespace) -> int:
    """End the running engine in order and say what happens to open orders.

    Args:
        args: The command line: `orders` (`keep` or `cancel`), `profile`.

    Returns:
        Exit code.
    """
    paths, name = _target(args)
    reply = asyncio.run(_stop(paths, name, cancel=args.orders == "cancel"))
    sys.stdout.write(f"engine of profile {name} ended: {reply.text}\n")
    return 0


def _target(args: argparse.Namespace) -> tuple[Paths, str]:
    paths = Paths.from_environment()
    return paths, running_profile(paths, load(paths).settings, args.profile)


async def _connect(paths: Paths, name: str) -> LinkClient:
    client = LinkClient(paths.socket(name))
    await client.connect(Hello(LINK_VERSION, f"script {os.getpid()}", trade=False, since=-1))
    return client


async def _ask(paths: Paths, name: str, message: Request, limit_s: int) -> Reply:
    client = await _connect(paths, name)
    try:
        async with asyncio.timeout(limit_s):
            return await client.request(message)
    finally:
        await client.close()


async def _stop(paths: Paths, name: str, *, cancel: bool) -> Answer:
    client = await _connect(paths, name)
    try:
        async with asyncio.timeout(_STOP_S):
            reply = await client.request(StopEngine(_REQUEST_ID, cancel))
            assert isinstance(reply, Answer)
            async for _ in client.messages():
                pass  # until it hangs up: the engine has closed its journal then
    finally:
        await client.close()
    return reply


def _status_line(reply: StatusAnswer) -> str:
    view: StatusView = reply.status
    links = " ".join(f"{link.name}:{link.state.value}" for link in view.links)
    words = [
        f"{view.profile} {view.mode}",
        f"pid {reply.pid}",
        f"venue {view.system or 'unknown'}",
        f"links {links or 'none'}",
        f"orders {reply.orders} working, {view.unknown} unknown",
        f"screens {reply.screens}",
        f"pen {view.pen or 'free'}",
    ]
    if view.dead_man_ms >= 0:
        words.append(f"dead-man {view.dead_man_ms // 1000} s")
    if view.killed:
        words.append("KILLED")
    if view.blocked:
        words.append(f"blocked: {view.blocked}")
    return " · ".join(words)
