"""The venue as a process: ready line, keys file, busy port, orderly end."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.errors import UnavailableError, UsageError
from app.venue.main import run

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; from app.venue.main import run; sys.exit(run(sys.argv[1:]))"


def start(*args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, "--pairs", "2", *args]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_where_it_listens_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    keys, truth = tmp_path / "keys.json", tmp_path / "truth.jsonl"
    with start("--keys-file", str(keys), "--truth", str(truth), "--fix-port", "0") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert set(ready) == {"rest", "ws_public", "ws_auth", "ws_l3", "control", "fix", "truth", "keys"}
        assert ready["fix"]["spot_trading"] > 0
        assert json.loads(keys.read_text()) == ready
        assert stat.S_IMODE(keys.stat().st_mode) == 0o600
        assert httpx.get(ready["rest"] + "/0/public/Time").json()["error"] == []
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
    assert truth.exists()


def test_ports_follow_the_first_one(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = min(probe.getsockname()[1], 60_000)
    with start("--port", str(port), "--truth", str(tmp_path / "truth.jsonl")) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        ports = [ready[name].split(":")[2].split("/")[0] for name in ("rest", "ws_auth", "ws_l3", "control")]
        assert ports == [str(port + offset) for offset in range(4)]
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_busy_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=rf"port {port}.*four in a row"):
            run(["--port", str(port), "--pairs", "1", "--truth", str(tmp_path / "truth.jsonl")])


@pytest.mark.parametrize("args", [["--port", "70000"], ["--pairs", "-1"], ["--moon"], ["--tier", "gold"]])
def test_a_wrong_word_is_refused(args: list[str]) -> None:
    with pytest.raises(UsageError):
        run(args)
