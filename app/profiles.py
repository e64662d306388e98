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
from app.settings import Fix, Mode, Profile

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
UAT_LABEL = ".uat."
BOOK_SESSIONS = {"l2": "spot_md", "l3": "spot_l3"}
"""FIX session that each kind of book over FIX comes from."""

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


def check_hosts(profile: Profile, key: ApiKey | None, fix_key: ApiKey | None = None) -> None:
    """Refuse a profile that would send a key, or plain text, where it must not go.

    Args:
        profile: With the addresses that will be used.
        key: The key that will be used, if any.
        fix_key: The key of the FIX sessions, if they have their own.

    Raises:
        ConfigError: Naming the address and the rule.
    """
    for face in profile.urls.__struct_fields__:
        address = getattr(profile.urls, face)
        if address:
            _check_address(profile, f"profile {profile.name!r}: {face}", address, key)
    _check_fix(profile, fix_key or key)
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


def _check_fix(profile: Profile, key: ApiKey | None) -> None:
    """Refuse FIX sessions that would send a key, or plain text, where it must not go."""
    fix = profile.fix
    if not fix.host:
        if profile.transport == "fix" and profile.mode is not Mode.PRACTICE:
            raise ConfigError(
                f"profile {profile.name!r} sends orders over FIX and has no FIX host",
                "write the one that Kraken gave you",
            )
        if fix.book != "ws" and profile.mode is not Mode.PRACTICE:
            raise ConfigError(
                f"profile {profile.name!r} takes its book over FIX (fix.book) and has no FIX host",
                'write the one that Kraken gave you, or fix.book = "ws"',
            )
        return
    what = f"profile {profile.name!r}: fix.host"
    local = is_loopback(fix.host)
    test = local or (fix.host.endswith(UAT_DOMAIN) and UAT_LABEL in fix.host)
    if not test and not (fix.tls and fix.verify):
        raise ConfigError(
            f"{what}: {fix.host} needs tls and verify",
            "they may be off on this machine and on Kraken's test hosts only",
        )
    if profile.mode is Mode.PUBLIC:
        raise ConfigError(f"{what}: a public profile has no FIX sessions", "remove its fix table")
    if profile.mode is Mode.PRACTICE and not local:
        raise ConfigError(
            f"{what}: practice stays on this machine, not at {fix.host}", "use another mode for that host"
        )
    if profile.mode is Mode.UAT and not test:
        raise ConfigError(f"{what}: {fix.host} is not a test host of Kraken", "use the one that Kraken gave you")
    if profile.mode is Mode.REAL and (test or not fix.host.endswith(UAT_DOMAIN)):
        raise ConfigError(f"{what}: {fix.host} is not one of Kraken's production hosts", "use it, or mode uat")
    _check_sessions(what, fix)
    if key is not None and key.practice != local:
        kind = "practice key" if key.practice else "real key"
        raise ConfigError(f"{what}: {kind} {key.name!r} would go to {fix.host}", "give the sessions the right key")


def _check_sessions(what: str, fix: Fix) -> None:
    """Refuse sessions without what they need."""
    if (fix.spot_trading or fix.spot_md or fix.spot_l3) and not fix.sender_comp_id:
        raise ConfigError(f"{what}: the spot sessions need a sender_comp_id", "Kraken gave you one")
    if (fix.deriv_trading or fix.deriv_md or fix.deriv_l3) and not fix.deriv_sender_comp_id:
        raise ConfigError(f"{what}: the derivatives sessions need a deriv_sender_comp_id", "Kraken gave you one")
    session = BOOK_SESSIONS.get(fix.book)
    if session and not getattr(fix, session):
        raise ConfigError(
            f"{what}: fix.book = {fix.book!r} needs the session fix.{session}", 'write its port, or fix.book = "ws"'
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
