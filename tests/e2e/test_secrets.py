"""The keys and tokens of a session are found nowhere but where they belong (`faults.md` G13)."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import stat
from pathlib import Path

from tests.e2e.stage import Stage
from tests.e2e.terminal import until

PRACTICE_KEY = re.compile(rb"qdpractice\w{20,}", re.IGNORECASE)
"""A practice key; the CompIDs of its FIX sessions begin alike and are no secret."""
LONG_BASE64 = re.compile(rb"[A-Za-z0-9+/]{86}==")
"""64 bytes in base64: a secret, or a signature made with it."""
TOKEN = re.compile(rb"token[\\\"' :=]+[A-Za-z0-9+/_-]{20,}")
SHAPES = (PRACTICE_KEY, LONG_BASE64, TOKEN)

PROFILE = """
[profiles.bench]
mode = "practice"
key_ref = "bench"
urls.rest = "{rest}"
urls.ws_public = "{ws_public}"
urls.ws_auth = "{ws_auth}"
urls.ws_l3 = "{ws_l3}"
"""


def forms(secret: str) -> set[bytes]:
    """Return a secret as it could be written: itself, its bytes, and hexadecimal."""
    found = {secret.encode()}
    with contextlib.suppress(ValueError):
        raw = base64.b64decode(secret, validate=True)
        if len(raw) > 8:
            found |= {raw, raw.hex().encode(), raw.hex().upper().encode()}
    return found


def written(stage: Stage, but: set[Path]) -> dict[str, bytes]:
    """Return all files, argument lists and environments of a stage, and what its terminals showed."""
    places = {str(path): path.read_bytes() for path in stage.path.rglob("*") if path.is_file() and path not in but}
    places |= {f"terminal {at}": screen.raw() for at, screen in enumerate(stage.terminals)}
    for pid in stage.running():
        for name in ("cmdline", "environ"):
            places[f"{pid} {name}"] = Path(f"/proc/{pid}/{name}").read_bytes()
    return places


def hits(places: dict[str, bytes], secrets: set[bytes]) -> list[str]:
    return [f"{secret[:12]!r} in {place}" for place, data in places.items() for secret in secrets if secret in data]


def test_a_practice_session_writes_no_key_anywhere(stage: Stage) -> None:
    stage.configure('log_level = "debug"\n')
    screen = stage.practice("--pairs", "24")
    assert stage.run("do", "buy 0.01 BTC/USD @ 62000 post").returncode == 0
    screen.keys("`")
    screen.wait_for("62000")
    places = written(stage, set())
    assert any("_engine" in data.decode(errors="replace") for data in places.values())
    assert [place for place, data in places.items() if any(shape.search(data) for shape in SHAPES)] == []


def test_a_known_key_and_its_secret_are_canaries(stage: Stage) -> None:
    keys_file = stage.path / "config" / "keys.json"
    truth = stage.path / "state" / "truth.jsonl"
    truth.parent.mkdir(mode=0o700)
    venue = stage.start("venue", "--pairs", "24", "--keys-file", str(keys_file), "--truth", str(truth))
    assert venue.stdout is not None
    ready = json.loads(venue.stdout.readline())
    key = ready["keys"][0]
    key_file = stage.path / "config" / "keys" / "bench"
    key_file.parent.mkdir(mode=0o700)
    key_file.write_text(f"{key['api_key']}\n{key['api_secret']}\n")
    key_file.chmod(0o600)
    stage.configure('log_level = "debug"\n' + PROFILE.format(**ready))

    screen = stage.open("live", "--profile", "bench")
    screen.wait_for("VERIFIED")
    assert stage.run("do", "buy 0.01 BTC/USD @ 62000 post").returncode == 0
    until(lambda: "62000" in truth.read_text(), what="the venue knows the order")
    doctor = stage.run("doctor", "--profile", "bench")

    secrets = forms(key["api_key"]) | forms(key["api_secret"])
    places = written(stage, {keys_file, key_file})
    places |= {"doctor": (doctor.stdout + doctor.stderr).encode()}
    assert hits(places, secrets) == []
    assert [place for place, data in places.items() if any(shape.search(data) for shape in SHAPES)] == []
    # The search itself finds what is there.
    assert hits({"key file": key_file.read_bytes()}, secrets)
    assert PRACTICE_KEY.search(key_file.read_bytes())
    assert LONG_BASE64.search(key_file.read_bytes())
    assert TOKEN.search(b'{"token":"WGVsbG9Xb3JsZEhlbGxvV29ybGQ"}')

    open_to_others = [path for path in stage.path.rglob("*") if path.lstat().st_mode & 0o077 and not skipped(path)]
    assert open_to_others == []
    assert stage.run("stop", "--orders", "cancel").returncode == 0
    venue.terminate()
    venue.communicate(timeout=20)


def skipped(path: Path) -> bool:
    """Say whether a path lies below a directory that is closed to others anyway."""
    return any(stat.S_IMODE(parent.stat().st_mode) == 0o700 for parent in path.parents)
