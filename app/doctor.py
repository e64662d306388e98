"""`quarterdeck doctor`: what is wrong with this machine, and what to do about it."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.clock import NS_PER_MS, NS_PER_S, Clock, SystemClock
from app.config_file import load, profile_named
from app.credentials import ApiKey, load_key
from app.errors import QuarterdeckError
from app.paths import OTHERS, Paths, private_dir
from app.profiles import check_hosts
from app.protocol.rest.messages import Time, decode_envelope, decode_result, key_info
from app.protocol.rest.requests import form_body
from app.protocol.rest.signing import sign
from app.settings import KeySource, Profile, Settings
from app.terminal_env import DEAD_TERMINALS, over_ssh
from app.workers.face import FixUrls
from app.workers.nonce_file import NonceFile

if TYPE_CHECKING:
    import httpx

MIN_COLUMNS, MIN_ROWS = 80, 24
TIMEOUT_S = 5
KEY_INFO_PATH = "/0/private/GetApiKeyInfo"
# The venue tells whole seconds, so half a second of doubt is always there.
OFFSET_WARN_NS = 2 * NS_PER_S
OFFSET_FAIL_NS = 5 * NS_PER_S

NEEDED_RIGHTS = (
    "query-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
    "create-ws-token",
)
DANGEROUS_RIGHTS = ("withdraw-funds", "add-withdraw-address", "update-withdraw-address", "add-funds")


class Grade(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        grade: How bad it is.
        what: What was looked at and seen.
        mend: What to do; empty when it is fine.
    """

    grade: Grade
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.grade:<4}  {self.what}{': ' + self.mend if self.mend else ''}"


def run(args: argparse.Namespace) -> int:
    """Check everything and print one line each.

    Args:
        args: `profile`: the one to check; else the default one.

    Returns:
        0 when nothing failed, else 1.
    """
    failed = False
    for finding in _examine(args.profile, Paths.from_environment(), os.environ):
        sys.stdout.write(f"{finding}\n")
        failed |= finding.grade is Grade.FAIL
    return int(failed)


def _examine(name: str | None, paths: Paths, env: Mapping[str, str]) -> Iterator[Finding]:
    yield from check_terminal(env, shutil.get_terminal_size(), sys.stdout.encoding or "")
    yield from check_directories(paths)
    try:
        loaded = load(paths)
        profile = profile_named(loaded.settings, name or loaded.settings.default_profile)
    except QuarterdeckError as error:
        yield Finding(Grade.FAIL, error.message, error.hint)
        return
    yield Finding(Grade.OK, f"configuration {loaded.path}{'' if loaded.found else ' is not there; defaults are used'}")
    key, findings = check_key(profile, loaded.settings, paths)
    yield from findings
    yield from check_venue(profile, key, paths, SystemClock())
    yield from check_fix(profile)


def check_terminal(env: Mapping[str, str], size: os.terminal_size, encoding: str) -> Iterator[Finding]:
    """Look at what the screen needs from the terminal (`textual-craft.md` §3.7, §3.8)."""
    term = env.get("TERM", "")
    if term in DEAD_TERMINALS:
        yield Finding(Grade.FAIL, f"TERM is {term or 'not set'}", "set TERM, for example xterm-256color")
    else:
        yield Finding(Grade.OK, f"terminal type {term}")
    if size.columns < MIN_COLUMNS or size.lines < MIN_ROWS:
        yield Finding(
            Grade.WARN, f"terminal is {size.columns}x{size.lines}", f"make it {MIN_COLUMNS}x{MIN_ROWS} or larger"
        )
    else:
        yield Finding(Grade.OK, f"terminal is {size.columns}x{size.lines}")
    if "utf" not in encoding.lower():
        yield Finding(Grade.WARN, f"text encoding is {encoding or 'unknown'}", "set LANG to a UTF-8 locale")
    if env.get("NO_COLOR"):
        yield Finding(Grade.WARN, "NO_COLOR is set: no colours", "unset it, or use --color")
    elif env.get("COLORTERM", "").lower() not in {"truecolor", "24bit"}:
        colours = "256" if "256" in term else "16"
        yield Finding(
            Grade.WARN, f"{colours} colours (COLORTERM is not set)", "use --color truecolor if the terminal can"
        )
    if "TMUX" in env:
        yield Finding(Grade.WARN, "inside tmux, Esc may wait", "put `set -s escape-time 10` into tmux.conf")
    if over_ssh():
        yield Finding(Grade.WARN, "over SSH, the mouse costs traffic", "--no-mouse turns it off")


def check_directories(paths: Paths) -> Iterator[Finding]:
    """Look at the directories that must be ours alone; creates nothing."""
    for path in (paths.config / "keys", paths.state, paths.runtime):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if path.is_symlink() or status.st_uid != os.getuid():
            yield Finding(Grade.FAIL, f"{path} is a link or someone else's", "replace it with a directory of your own")
        elif status.st_mode & OTHERS:
            yield Finding(Grade.FAIL, f"{path} is open to other users", f"chmod 700 {path}")
        else:
            yield Finding(Grade.OK, f"{path} is private")


def check_key(profile: Profile, settings: Settings, paths: Paths) -> tuple[ApiKey | None, list[Finding]]:
    """Look for the profile's key and at where it may go."""
    try:
        key = (
            load_key(profile.key_ref, settings.keys.get(profile.key_ref, KeySource()), paths)
            if profile.key_ref
            else None
        )
        check_hosts(profile, key)
    except QuarterdeckError as error:
        return None, [Finding(Grade.FAIL, error.message, error.hint)]
    if key is not None:
        return key, [Finding(Grade.OK, f"key {profile.key_ref!r} found")]
    if not profile.key_ref:
        return None, [Finding(Grade.OK, f"profile {profile.name!r} uses no key")]
    where = paths.key_file(profile.key_ref)
    return None, [
        Finding(
            Grade.WARN,
            f"profile {profile.name!r} has no key {profile.key_ref!r}: view only",
            f"put it into the keyring, or as two lines into {where} (chmod 600)",
        )
    ]


def check_venue(profile: Profile, key: ApiKey | None, paths: Paths, clock: Clock) -> Iterator[Finding]:
    """Ask the venue for its time and state and, with a key, for the key's rights."""
    if not profile.urls.rest:
        yield Finding(Grade.OK, f"profile {profile.name!r} brings its own venue: nothing to reach")
        return
    import httpx

    with httpx.Client(base_url=profile.urls.rest, timeout=TIMEOUT_S, trust_env=False) as client:
        try:
            yield from _check_time(client, clock)
            if key is not None:
                yield from _check_key(client, key, paths, clock)
        except httpx.HTTPError as error:
            yield Finding(
                Grade.FAIL, f"{profile.urls.rest} does not answer ({type(error).__name__})", "check the network"
            )
        except QuarterdeckError as error:
            yield Finding(Grade.FAIL, f"{profile.urls.rest}: {error.message}", error.hint)


def check_fix(profile: Profile) -> Iterator[Finding]:
    """Reach the port of each FIX session, encrypted where it has to be; nobody logs on."""
    from app.workers.fix_links import tls_context

    fix = profile.fix
    context = tls_context(FixUrls.of(fix)) if fix.host else None
    for name in ("spot_trading", "spot_md", "spot_l3", "deriv_trading", "deriv_md", "deriv_l3"):
        port = getattr(fix, name)
        if not fix.host or not port:
            continue
        where = f"FIX {name} at {fix.host}:{port}"
        try:
            with socket.create_connection((fix.host, port), TIMEOUT_S) as plain:
                if context is not None:
                    context.wrap_socket(plain, server_hostname=fix.host).close()
        except ssl.SSLError as error:
            yield Finding(Grade.FAIL, f"{where}: no secure connection ({error.reason or error})", "check host and port")
        except OSError as error:
            text = error.strerror or type(error).__name__
            yield Finding(
                Grade.FAIL, f"{where} does not answer ({text})", "Kraken lets in only addresses that it was told"
            )
        else:
            yield Finding(Grade.OK, f"{where} answers")


def check_rights(permissions: Sequence[str], ip_allowlist: Sequence[str]) -> Iterator[Finding]:
    """Compare a key's rights with what this program uses (`rest.md` §1.4)."""
    missing = [right for right in NEEDED_RIGHTS if right not in permissions]
    extra = [right for right in DANGEROUS_RIGHTS if right in permissions]
    if extra:
        yield Finding(Grade.FAIL, f"the key may {', '.join(extra)}", "make one without these rights")
    if missing:
        yield Finding(Grade.WARN, f"the key may not {', '.join(missing)}", "add these rights to trade")
    if not ip_allowlist:
        yield Finding(Grade.WARN, "the key works from any address", "bind it to your own on Kraken's key page")
    if not (extra or missing):
        yield Finding(Grade.OK, "the key has the rights that it needs")


def _check_time(client: httpx.Client, clock: Clock) -> Iterator[Finding]:
    before = clock.mono_ns()
    answer = client.get("/0/public/Time").raise_for_status()
    took = clock.mono_ns() - before
    told = decode_result(decode_envelope(answer.content).result, Time).unixtime * NS_PER_S + NS_PER_S // 2
    offset = clock.now_ns() - took // 2 - told
    yield Finding(Grade.OK, f"{client.base_url.host} answers in {took // NS_PER_MS} ms")
    text = f"this clock is {abs(offset) / NS_PER_S:.1f} s {'ahead of' if offset > 0 else 'behind'} the venue's"
    if abs(offset) > OFFSET_FAIL_NS:
        yield Finding(Grade.FAIL, text, "synchronise it: orders with a deadline would be refused")
    elif abs(offset) > OFFSET_WARN_NS:
        yield Finding(Grade.WARN, text, "synchronise it")
    else:
        yield Finding(Grade.OK, "this clock agrees with the venue's")


def _check_key(client: httpx.Client, key: ApiKey, paths: Paths, clock: Clock) -> Iterator[Finding]:
    path = paths.nonce_file(key.fingerprint)
    private_dir(path.parent)
    nonce = NonceFile(path, clock).take()
    body = form_body(nonce, {})
    headers = {
        "API-Key": key.key.reveal(),
        "API-Sign": sign(key.secret.reveal(), KEY_INFO_PATH, str(nonce), body),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = client.post(KEY_INFO_PATH, content=body, headers=headers).raise_for_status()
    envelope = decode_envelope(answer.content)
    if envelope.failure:
        yield Finding(Grade.FAIL, f"the venue refuses the key: {envelope.failure}", "make a new one")
        return
    info = key_info(envelope.result)
    yield from check_rights(info.permissions, info.ip_allowlist)
