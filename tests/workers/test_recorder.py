from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.clock import ManualClock, SystemClock
from app.workers.recorder import Recorder


def test_frames_are_lines_that_replay_reads(tmp_path: Path) -> None:
    clock = ManualClock(now_ns=5)
    recorder = Recorder(tmp_path / "capture.jsonl", clock)
    recorder.frame(b'{"channel":"heartbeat"}')
    clock.advance(ns=7)
    recorder.frame('{"a":"\u00e9\\n"}')
    recorder.close()
    lines = [json.loads(line) for line in (tmp_path / "capture.jsonl").read_text().splitlines()]
    assert lines == [
        {"ts_ns": 5, "raw": '{"channel":"heartbeat"}'},
        {"ts_ns": 12, "raw": '{"a":"\u00e9\\n"}'},
    ]
    assert (tmp_path / "capture.jsonl").stat().st_mode & 0o077 == 0


async def test_a_session_records_what_comes_in_and_never_the_token(world: Any, until: Any, tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    recorder = Recorder(path, SystemClock())
    async with world.connected(recorder=recorder):
        await world.auth.send({"channel": "status", "data": [{"system": "canary-token-0123456789"}]})
        await until(lambda: len(world.ear.statuses) >= 3 and recorder.frames > 6)
    recorder.close()
    text = path.read_text()
    assert "balances" in text
    assert "canary" not in text
    assert '"method\\":\\"subscribe\\",\\"params' not in text
