from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from app import doctor
from app.clock import NS_PER_S, ManualClock
from app.config_file import load
from app.credentials import ApiKey
from app.doctor import NEEDED_RIGHTS, Finding, Grade
from app.paths import Paths
from app.settings import Mode, Profile, Urls

NOW = 1_700_000_000
SECRET = base64.b64encode(b"a secret of the test").decode()


class Venue(BaseHTTPRequestHandler):
    """Answers `Time` and a correctly signed `GetApiKeyInfo`."""

    rights: tuple[str, ...] = NEEDED_RIGHTS
    unixtime = NOW
    page = b""

    def do_GET(self) -> None:
        self._answer({"unixtime": self.unixtime, "rfc1123": ""})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        nonce = parse_qs(body.decode())["nonce"][0]
        text = self.path.encode() + hashlib.sha256(nonce.encode() + body).digest()
        signature = base64.b64encode(hmac.digest(base64.b64decode(SECRET), text, "sha512")).decode()
        if self.headers["API-Sign"] != signature:
            self._answer(None, "EAPI:Invalid signature")
            return
        info = {"apiKeyName": "k", "nonceWindow": 0, "validUntil": "0", "ipAllowlist": ["10.0.0.1"]}
        self._answer({**info, "permissions": self.rights})

    def _answer(self, result: object, *errors: str) -> None:
        body = self.page or json.dumps({"error": errors, "result": result}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def venue(request: pytest.FixtureRequest) -> Iterator[str]:
    handler = type("Handler", (Venue,), getattr(request, "param", {}))
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(rest: str, paths: Paths, *, secret: str = SECRET) -> list[Finding]:
    profile = Profile(name="p", mode=Mode.UAT, urls=Urls(rest=rest))
    key = ApiKey.parse("k", "qdpractice-k", secret)
    return list(doctor.check_venue(profile, key, paths, ManualClock(NOW * NS_PER_S)))


def worst(findings: list[Finding]) -> Finding:
    order = [Grade.OK, Grade.WARN, Grade.FAIL]
    return max(findings, key=lambda finding: order.index(finding.grade))


def test_a_good_venue_and_key_are_all_ok(venue: str, paths: Paths) -> None:
    findings = ask(venue, paths)
    assert worst(findings).grade is Grade.OK
    assert "rights that it needs" in findings[-1].what


@pytest.mark.parametrize("venue", [{"unixtime": NOW - 60}, {"unixtime": NOW + 60}], indirect=True)
def test_a_wrong_clock_is_named(venue: str, paths: Paths) -> None:
    found = worst(ask(venue, paths))
    assert found.grade is Grade.FAIL
    assert "synchronise" in found.mend


@pytest.mark.parametrize(
    ("venue", "grade", "said"),
    [
        ({"rights": (*NEEDED_RIGHTS, "withdraw-funds")}, Grade.FAIL, "may withdraw-funds"),
        ({"rights": NEEDED_RIGHTS[:-1]}, Grade.WARN, "may not create-ws-token"),
        ({"page": b"<html>sorry</html>"}, Grade.FAIL, "an HTML page"),
    ],
    indirect=["venue"],
)
def test_what_is_wrong_with_a_key_or_a_venue_is_said(venue: str, paths: Paths, grade: Grade, said: str) -> None:
    found = worst(ask(venue, paths))
    assert found.grade is grade
    assert said in found.what
    assert found.mend


def test_a_refused_key_is_named_by_the_venues_own_words(venue: str, paths: Paths) -> None:
    found = worst(ask(venue, paths, secret=base64.b64encode(b"another").decode()))
    assert "EAPI:Invalid signature" in found.what


def test_a_venue_out_of_reach_is_a_failure(paths: Paths) -> None:
    with HTTPServer(("127.0.0.1", 0), Venue) as server:
        port = server.server_port
    assert worst(ask(f"http://127.0.0.1:{port}", paths)).grade is Grade.FAIL


@pytest.mark.parametrize(
    ("env", "size", "encoding", "said"),
    [
        ({}, (120, 40), "utf-8", "TERM is not set"),
        ({"TERM": "dumb"}, (120, 40), "utf-8", "TERM is dumb"),
        ({"TERM": "xterm"}, (79, 24), "utf-8", "terminal is 79x24"),
        ({"TERM": "xterm"}, (120, 40), "ascii", "text encoding is ascii"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, (120, 40), "utf-8", "NO_COLOR"),
        ({"TERM": "xterm-256color"}, (120, 40), "utf-8", "256 colours"),
        ({"TERM": "tmux", "TMUX": "x"}, (120, 40), "utf-8", "inside tmux"),
    ],
)
def test_terminal_findings_say_what_to_mend(
    env: dict[str, str], size: tuple[int, int], encoding: str, said: str
) -> None:
    findings = list(doctor.check_terminal(env, os.terminal_size(size), encoding))
    (found,) = [finding for finding in findings if finding.what.startswith(said)]
    assert found.grade is not Grade.OK
    assert found.mend


def test_a_good_terminal_has_no_complaint() -> None:
    env = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    assert worst(list(doctor.check_terminal(env, os.terminal_size((120, 40)), "utf-8"))).grade is Grade.OK


def test_open_directories_fail_and_nothing_is_created(paths: Paths, home: Path) -> None:
    assert list(doctor.check_directories(paths)) == []
    assert not home.exists()
    paths.state.mkdir(parents=True)
    paths.state.chmod(0o755)
    (found,) = doctor.check_directories(paths)
    assert (found.grade, found.mend) == (Grade.FAIL, f"chmod 700 {paths.state}")


def test_the_practice_profile_needs_no_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(argparse.Namespace(profile="practice")) == 0
    assert "nothing to reach" in capsys.readouterr().out


def test_a_missing_key_says_where_to_put_it(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")  # keeps the keyring of whoever runs this out of it
    settings = load(paths).settings
    key, (found,) = doctor.check_key(settings.profiles["production"], settings, paths)
    assert key is None
    assert found.grade is Grade.WARN
    assert str(paths.key_file("production")) in found.mend


def test_a_broken_configuration_fails_with_its_line(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    paths.config.mkdir(parents=True)
    paths.config_file.write_text("[ui]\nfsp = 1\n")
    assert doctor.run(argparse.Namespace(profile=None)) == 1
    assert "line 2: unknown key" in capsys.readouterr().out
