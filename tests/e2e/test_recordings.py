"""Public data and captures: live without a key, record, replay."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.e2e.stage import Stage
from tests.e2e.terminal import BOUND_S, ROOT, until

CAPTURE = ROOT.parent / "shared" / "data" / "spot-book-10-pairs-depth-1000.jsonl"
PUBLIC = """
default_profile = "lab"

[profiles.lab]
mode = "public"
urls.rest = "{rest}"
urls.ws_public = "{ws_public}"
"""

needs_capture = pytest.mark.skipif(not CAPTURE.exists(), reason=f"the capture {CAPTURE.name} is not on this machine")


@pytest.fixture
def lab(stage: Stage) -> subprocess.Popen[str]:
    """A venue of which only the public addresses are known."""
    venue = stage.start("venue", "--pairs", "24")
    assert venue.stdout is not None
    stage.configure(PUBLIC.format(**json.loads(venue.stdout.readline())))
    return venue


@needs_capture
def test_the_real_capture_verifies_to_the_last_update(stage: Stage) -> None:
    done = stage.run("replay", str(CAPTURE), "--headless")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (report["updates"], report["checksums_bad"], report["unknown"]) == (4269, 0, 0)
    assert report["checksums_ok"] >= 4269


@needs_capture
def test_the_real_capture_is_shown_and_says_that_it_is_view_only(stage: Stage) -> None:
    screen = stage.open("replay", str(CAPTURE), "--speed", "0")
    # As fast as can be: the recording may be over before the first picture, and the book then says so.
    picture = screen.wait_for(re.compile(r"(VERIFIED|STALE)( <?\S+)? +L2 1000").search)
    assert re.search(r"[\d.]+ / [\d.]+ +spread", picture)
    assert " VIEW " in picture
    screen.wait_for("end of the recording")
    screen.keys("A")
    screen.wait_for(re.compile("no key|public data|view only", re.IGNORECASE).search)
    assert "ARMED 1" not in screen.text()
    screen.press("q", lambda _: screen.process.poll() is not None)
    assert screen.exit_code() == 0


def test_live_without_a_key_shows_the_l2_book_and_refuses_to_trade(stage: Stage, lab: subprocess.Popen[str]) -> None:
    screen = stage.open("live", "--symbol", "ETH/USD")
    picture = screen.wait_for(re.compile(r"VERIFIED( <?\S+)? +L2").search)
    assert "ETH/USD" in picture
    screen.wait_for(re.compile("view only", re.IGNORECASE).search)
    screen.keys("A")
    screen.wait_for(re.compile("no key|public data", re.IGNORECASE).search)
    assert "ARMED 1" not in screen.text()
    done = stage.run("do", "buy 0.01 ETH/USD @ 1000 post")
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (1, "refused")
    screen.press("q", lambda _: screen.process.poll() is not None)
    screen.exit_code()
    if stage.run("status").returncode == 0:
        assert stage.run("stop").returncode == 0
    lab.terminate()
    lab.communicate(timeout=BOUND_S)
    stage.wait_empty()


def test_what_was_recorded_replays_without_a_bad_checksum(stage: Stage, lab: subprocess.Popen[str]) -> None:
    file = stage.path / "capture.jsonl"
    recorder = stage.start("record", "BTC/USD", "ETH/USD", "--depth", "25", "--out", str(file))
    until(
        lambda: file.exists() and file.read_bytes().count(b'\\"channel\\":\\"book\\"') > 50, what="frames in the file"
    )
    recorder.terminate()
    out, err = recorder.communicate(timeout=BOUND_S)
    assert recorder.returncode == 0, err
    assert re.fullmatch(rf"\d+ frames in {re.escape(str(file))}\n", out)

    done = stage.run("replay", str(file), "--headless")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["snapshots"] == 2
    assert report["updates"] > 40
    assert (report["checksums_bad"], report["unknown"], report["resyncs"]) == (0, 0, 0)

    again = stage.run("record", "--out", str(file), "--seconds", "1")
    assert again.returncode == 69
    assert "exists" in again.stderr
    lab.terminate()
    lab.communicate(timeout=BOUND_S)
