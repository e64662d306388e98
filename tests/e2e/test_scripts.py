"""Commands without a screen, and one clear line for everything that is wrong."""

from __future__ import annotations

import json
import re
import socket
import subprocess

import pytest

from tests.e2e.stage import Stage
from tests.e2e.terminal import BOUND_S, until

USAGE, DATA, UNAVAILABLE, CONFIG = 64, 65, 69, 78


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the only line of standard error; nothing else may be said."""
    assert done.stdout == ""
    assert done.stderr.startswith("quarterdeck: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_do_accepts_and_refuses_with_one_json_line_and_needs_no_arming(stage: Stage) -> None:
    screen = stage.practice("--pairs", "24")
    assert " VIEW " in screen.text()

    done = stage.run("do", "buy 0.01 BTC/USD @ 62000 post")
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert answer["outcome"] == "accepted"
    order = answer["orders"][0]
    assert [line.cl_ord_id for line in stage.truth("accepted")] == [order["cl_ord_id"]]
    screen.wait_for("1 working")

    refused = {
        "buy 0.01 NOPE/USD @ 62000": "NOPE/USD",
        "buy 0.000001 BTC/USD @ 62000 post": "0.00005",
        "buy 0.01 BTC/USD @ 62000.05 post": "0.1",
        "buy 0.0100000001 BTC/USD @ 62000 post": "0.00000001",
        "buy 0.01 BTC/USD @ 99000": "%",
        "byu 0.01 BTC/USD @ 62000": "buy",
        "cancel #77": "no such order",
    }
    for text, said in refused.items():
        done = stage.run("do", text)
        answer = json.loads(done.stdout)
        assert (done.returncode, answer["outcome"], done.stderr) == (1, "refused", ""), text
        assert said in answer["text"] + answer["hint"], answer
    assert len(stage.truth("accepted")) == 1

    line = stage.run("status").stdout
    assert re.search(r"practice PRACTICE · pid \d+ · venue online · .*orders 1 working, 0 unknown · screens 1 ", line)
    assert json.loads(stage.run("do", "cancel #1").stdout)["outcome"] == "accepted"
    until(lambda: len(stage.truth("canceled")) == 1, what="the cancel is at the venue")

    assert stage.run("stop").returncode == 0
    screen.wait_for("ENGINE AWAY")


def test_without_an_engine_every_command_says_how_to_start_one(stage: Stage) -> None:
    for words in (["status"], ["stop"], ["do", "cancel all"]):
        done = stage.run(*words)
        assert done.returncode == UNAVAILABLE
        assert "no engine is running: start one with" in one_line(done)
    screen = stage.open("attach")
    screen.wait_for("no engine is running")
    assert screen.exit_code() == UNAVAILABLE


def test_a_screen_without_a_terminal_is_refused(stage: Stage) -> None:
    done = stage.run()
    assert done.returncode == UNAVAILABLE
    assert "terminal" in one_line(done)


def test_a_busy_port_is_named(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = stage.run("venue", "--port", str(min(port, 65_532)))
    assert done.returncode == UNAVAILABLE
    assert str(port) in one_line(done)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ui]\nfpss = 30\n", ["line 2", "fpss", "did you mean 'fps'?"]),
        ("[ui]\nfps = fast\n", ["line 2"]),
        ("[profiles.practice.limits]\nmax_qty = '-1'\n", ["line 2", "-1"]),
    ],
)
def test_a_slip_in_the_configuration_is_found(stage: Stage, text: str, said: list[str]) -> None:
    stage.configure(text)
    done = stage.run("status")
    assert done.returncode == CONFIG
    line = one_line(done)
    assert all(word in line for word in said), line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--profile", "practise", "status"], "did you mean 'practice'?"),
        (["trade"], "status"),
        (["do"], "COMMAND"),
        (["--fps", "0", "status"], "fps"),
        (["venue", "--port", "99999"], "99999"),
        (["record", "--depth", "11"], "11"),
    ],
)
def test_a_slip_on_the_command_line_is_found(stage: Stage, words: list[str], said: str) -> None:
    done = stage.run(*words)
    assert done.returncode == USAGE
    assert said in one_line(done)


@pytest.mark.parametrize("content", ["not json\n", '{"ts_ns":1,"raw":"{"}\n', '{"ts_ns":"x","raw":5}\n', "\x00\xff\n"])
def test_a_malformed_capture_is_refused_with_its_line(stage: Stage, content: str) -> None:
    file = stage.path / "capture.jsonl"
    file.write_text('{"channel":"heartbeat"}\n' + content)
    done = stage.run("replay", str(file), "--headless")
    assert done.returncode == DATA
    assert re.search("(line|frame) 2", one_line(done))


def test_a_missing_capture_is_named(stage: Stage) -> None:
    done = stage.run("replay", str(stage.path / "nothing.jsonl"), "--headless")
    assert done.returncode == UNAVAILABLE
    assert "nothing.jsonl" in one_line(done)


def test_the_venue_alone_prints_its_addresses_once_and_ends_on_sigterm(stage: Stage) -> None:
    venue = stage.start("venue", "--pairs", "4")
    assert venue.stdout is not None
    ready = json.loads(venue.stdout.readline())
    assert ready["rest"].startswith("http://127.0.0.1:")
    assert {"ws_public", "ws_auth", "ws_l3", "control", "truth", "keys"} <= set(ready)
    venue.terminate()
    out, err = venue.communicate(timeout=BOUND_S)
    assert (venue.returncode, out, err) == (0, "", "")
    stage.wait_empty()
