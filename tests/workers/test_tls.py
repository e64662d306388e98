from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import serve

from app.errors import ConfigError
from app.workers.feed import LinkState, VenueUrls
from app.workers.outcome import ReadError
from tests.workers.acceptor import listening
from tests.workers.conftest import until as until_met
from tests.workers.test_fix import trading


@pytest.fixture
def stranger(tmp_path: Path) -> ssl.SSLContext:
    """Return the identity of a server that nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


async def test_a_server_that_nobody_vouches_for_hears_nothing(world: Any, until: Any, stranger: ssl.SSLContext) -> None:
    async with serve(world.public.handle, "127.0.0.1", 0, ssl=stranger) as server:
        port = server.sockets[0].getsockname()[1]
        world.urls = VenueUrls(f"https://127.0.0.1:{port}", f"wss://127.0.0.1:{port}/v2")
        venue = world.venue()
        running = asyncio.create_task(venue.run())
        await until(lambda: "TLS" in venue.health["public"].note)
        assert venue.health["public"].state is LinkState.DOWN
        with pytest.raises(ReadError, match="no answer"):
            await venue.key_info()
        await venue.close()
        await running
    assert world.public.heard == []


async def test_a_fix_server_that_nobody_vouches_for_gets_no_logon(tmp_path: Path, stranger: ssl.SSLContext) -> None:
    async with listening(ssl=stranger) as acceptor:
        async with trading(tmp_path, acceptor, tls=True) as (venue, _):
            await until_met(lambda: "TLS" in venue.health["fix trading"].note)
            assert venue.fix_log(0) == ()
        # Only where it is allowed, on this machine and at UAT hosts, may the check be left out.
        async with trading(tmp_path, acceptor, tls=True, verify=False) as (venue, _):
            await (await acceptor.peer()).logged_on()
            await until_met(venue.fix_up)
            acceptor.cut()


async def test_fix_takes_no_older_tls(tmp_path: Path, stranger: ssl.SSLContext) -> None:
    stranger.maximum_version = ssl.TLSVersion.TLSv1_2
    async with listening(ssl=stranger) as acceptor, trading(tmp_path, acceptor, tls=True, verify=False) as (venue, ear):
        await until_met(lambda: any(health.note for name, health in ear.links if name == "fix trading"))
        assert venue.fix_log(0) == ()


@pytest.mark.parametrize("url", ["ws://192.0.2.1/v2", "http://api.example/", "ftp://127.0.0.1.example"])
def test_nothing_goes_in_the_clear_to_another_machine(world: Any, url: str) -> None:
    world.urls = VenueUrls("https://127.0.0.1", url)
    with pytest.raises(ConfigError, match="not encrypted"):
        world.venue()
