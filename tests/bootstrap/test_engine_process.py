"""The engine as a process: it says at the start why it cannot, and at the end what becomes of orders."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from app.bootstrap.brief import EngineBrief, Ready
from app.bootstrap.processes import start_engine
from app.errors import UnavailableError
from app.link.client import LinkClient
from app.link.messages import LINK_VERSION, Goodbye, Hello, ToScreen
from app.link.server import engine_answers
from app.paths import Paths, private_dir
from app.settings import Urls

# Nobody listens on the discard port: the engine runs, its links do not.
BRIEF = EngineBrief("practice", Urls(rest="http://127.0.0.1:9", ws_public="ws://127.0.0.1:9/v2"))


@pytest.fixture
def started() -> Iterator[list[Ready]]:
    """Engines to end after the test, by their own ids."""
    found: list[Ready] = []
    yield found
    for ready in found:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(ready.pid, signal.SIGTERM)
            os.waitpid(ready.pid, 0)


def test_a_foreign_journal_is_said_before_the_engine_claims_to_run(paths: Paths) -> None:
    journal = paths.journal("practice")
    private_dir(journal.parent)
    journal.write_text("no journal at all")
    with pytest.raises(UnavailableError, match="unknown format") as refused:
        start_engine(paths, BRIEF)
    assert refused.value.exit_code == 65
    assert not engine_answers(paths.socket("practice"))
    assert journal.read_text() == "no journal at all"


def test_a_second_engine_of_a_profile_is_refused_and_the_first_goes_on(paths: Paths, started: list[Ready]) -> None:
    started.append(start_engine(paths, BRIEF))
    with pytest.raises(UnavailableError, match="already runs"):
        start_engine(paths, BRIEF)
    assert engine_answers(paths.socket("practice"))


def test_a_signal_ends_it_in_order_with_its_last_words(paths: Paths, started: list[Ready]) -> None:
    ready = start_engine(paths, BRIEF)
    started.append(ready)

    async def watch() -> list[ToScreen]:
        client = LinkClient(paths.socket("practice"))
        await client.connect(Hello(LINK_VERSION, "one", trade=False))
        os.kill(ready.pid, signal.SIGTERM)
        async with asyncio.timeout(10):
            got = [message async for message in client.messages()]
        await client.close()
        return got

    got = asyncio.run(watch())
    assert got[-1] == Goodbye("the engine ended: no open orders")
    assert os.waitpid(ready.pid, 0)[1] == 0
    assert not paths.socket("practice").exists()
