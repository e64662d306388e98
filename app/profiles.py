"""The built-in profiles, and which key may go to which host.

A practice key never leaves the machine; a real key never goes to loopback or
to a host that we do not know (`rest.md` §8, `faults.md` §5).
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.credentials import ApiKey
from app.errors import ConfigError
from app.settings import Mode, Profile

REAL_HOSTS = frozenset(
    {
        "api.kraken.com",
        "ws.kraken.com",
        "ws-auth.kraken.com",
        "ws-l3.kraken.com",
        # Beta serves the production engine: real money.
        "beta-ws.kraken.com",
        "beta-ws-auth.kraken.com",
    }
)
UAT_DOMAIN = ".kraken.com"

_KRAKEN = {"rest": "https://api.kraken.com", "ws_public": "wss://ws.kraken.com/v2"}

BUILT_IN: dict[str, dict[str, Any]] = {
    # The local venue tells its addresses when it starts.
    "practice": {"mode": "practice", "key_ref": ""},
    "public": {"mode": "public", "urls": dict(_KRAKEN)},
    # Kraken gives these addresses to each client: they come from the configuration only.
    "uat": {"mode": "uat", "key_ref": "uat"},
    "production": {
        "mode": "real",
        "key_ref": "production",
        "urls": {
            **_KRAKEN,
            "ws_auth": "wss://ws-auth.kraken.com/v2",
            "ws_l3": "wss://ws-l3.kraken.com/v2",
        },
        # Set for a first day; whoever trades more says so in the configuration.
        "limits": {"max_notional": "1000", "confirm_notional": "500", "max_orders_per_s": 5},
    },
}
"""Profiles as the configuration file would write them."""


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine's loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_hosts(profile: Profile, key: ApiKey | None) -> None:
    """Refuse a profile that would send a key, or plain text, where it must not go.

    Args:
        profile: With the addresses that will be used.
        key: The key that will be used, if any.

    Raises:
        ConfigError: Naming the address and the rule.
    """
    for face in profile.urls.__struct_fields__:
        address = getattr(profile.urls, face)
        if address:
            _check_address(profile, f"profile {profile.name!r}: {face}", address, key)
    if profile.mode is Mode.UAT and not profile.urls.rest:
        raise ConfigError(
            f"profile {profile.name!r} has no addresses", "write the ones that Kraken gave you under its urls"
        )
    if profile.mode is Mode.PUBLIC and key is not None and not key.practice:
        raise ConfigError(f"profile {profile.name!r} is public and takes no key", "remove its key_ref")


def _check_address(profile: Profile, what: str, address: str, key: ApiKey | None) -> None:
    parts = _split(what, address)
    host = parts.hostname or ""
    local = is_loopback(host)
    if parts.scheme in {"http", "ws"} and not local:
        raise ConfigError(f"{what}: {address} is not encrypted", "plain http and ws are for 127.0.0.1 only")
    _check_mode(profile.mode, what, host, local=local)
    if key is None:
        return
    if key.practice and not local:
        raise ConfigError(f"{what}: practice key {key.name!r} would go to {host}", "give the profile a key of its own")
    if not key.practice and local:
        raise ConfigError(
            f"{what}: key {key.name!r} is no practice key and would go to {host}", "use a key of the local venue"
        )


def _split(what: str, address: str) -> SplitResult:
    rest = what.endswith(": rest")
    schemes = {"http", "https"} if rest else {"ws", "wss"}
    try:
        parts = urlsplit(address)
        _ = parts.port  # a port that is no number shows only now
    except ValueError:
        raise ConfigError(f"{what}: {address!r} is not an address", "write for example wss://host/v2") from None
    if parts.scheme not in schemes or not parts.hostname:
        raise ConfigError(f"{what}: {address!r} must start with {' or '.join(sorted(schemes))}://", "mend the address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(f"{what}: only scheme, host, port and path are allowed in an address", "mend the address")
    return parts


def _check_mode(mode: Mode, what: str, host: str, *, local: bool) -> None:
    if mode is Mode.PRACTICE and not local:
        raise ConfigError(f"{what}: practice stays on this machine, not at {host}", "use another mode for that host")
    if mode is Mode.REAL and host not in REAL_HOSTS:
        raise ConfigError(f"{what}: {host} is not one of Kraken's production hosts", "use them, or mode uat")
    if mode is Mode.PUBLIC and not local and host not in REAL_HOSTS:
        raise ConfigError(f"{what}: {host} is not one of Kraken's production hosts", "use them, or a local venue")
    if mode is Mode.UAT and not local and (host in REAL_HOSTS or not host.endswith(UAT_DOMAIN)):
        raise ConfigError(f"{what}: {host} is not a test host of Kraken", "use the ones that Kraken gave you")
