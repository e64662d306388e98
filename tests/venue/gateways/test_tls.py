"""TLS faces with a certificate made for the occasion."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Awaitable, Callable

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.venue.gateways.conftest import Desk


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
async def test_rest_and_websocket_are_served_over_tls_and_only_so(
    open_desk: Callable[..., Awaitable[Desk]],
) -> None:
    urls = (await open_desk(tls=True)).venue.urls
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    async with httpx.AsyncClient(verify=trust) as client:
        assert (await client.get(urls.rest + "/0/public/Time")).json()["error"] == []
        with pytest.raises(httpx.HTTPError):
            await client.get(urls.rest.replace("https:", "http:") + "/0/public/Time")
    assert urls.ws_public.startswith("wss://")
    async with connect(urls.ws_public, ssl=trust) as socket:
        assert "status" in str(await socket.recv())
