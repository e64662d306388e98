"""How ccxt is pointed at the local venue; importable without ccxt."""

from __future__ import annotations

from typing import Any

from tests.interop.conftest import VenueProcess


def point(client: Any, venue: VenueProcess) -> Any:
    """Change the addresses, and nothing else."""
    client.urls["api"]["public"] = client.urls["api"]["private"] = venue.rest
    if "ws" in client.urls["api"]:
        client.urls["api"]["ws"] |= {"publicV2": venue.ws_public, "privateV2": venue.ws_auth}
    return client


def credentials(venue: VenueProcess) -> dict[str, Any]:
    """Options of a client with a key; its own pacing is off, as loopback needs none."""
    return {"apiKey": venue.api_key, "secret": venue.api_secret, "enableRateLimit": False}
