from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.clock import NS_PER_S, ManualClock, SystemClock
from app.errors import ConfigError
from app.workers.nonce_file import NonceFile

ROOT = Path(__file__).resolve().parents[2]
TAKER = """
import sys
from pathlib import Path
from app.clock import SystemClock
from app.workers.nonce_file import NonceFile
source = NonceFile(Path(sys.argv[1]), SystemClock())
print(*[source.take() for _ in range(200)])
"""


def test_nonces_are_the_clock_in_microseconds(tmp_path: Path) -> None:
    clock = ManualClock(now_ns=1_700_000_000 * NS_PER_S)
    assert NonceFile(tmp_path / "n", clock).take() == 1_700_000_000_000_000


def test_a_clock_that_stands_or_steps_back_gives_ever_larger_nonces(tmp_path: Path) -> None:
    clock = ManualClock(now_ns=1_700_000_000 * NS_PER_S)
    source = NonceFile(tmp_path / "n", clock)
    first = source.take()
    assert source.take() == first + 1
    clock.step_wall(-3600 * NS_PER_S)
    assert source.take() == first + 2
    assert NonceFile(tmp_path / "n", clock).take() == first + 3


def test_threads_never_share_a_nonce(tmp_path: Path) -> None:
    sources = [NonceFile(tmp_path / "n", SystemClock()) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: [sources[n % 8].take() for _ in range(100)], range(8)))
    flat = [nonce for part in taken for nonce in part]
    assert len(set(flat)) == 800
    assert all(part == sorted(part) for part in taken)


def test_processes_never_share_a_nonce(tmp_path: Path) -> None:
    path = str(tmp_path / "n")
    runs = [
        subprocess.Popen([sys.executable, "-c", TAKER, path], stdout=subprocess.PIPE, cwd=ROOT, text=True)
        for _ in range(3)
    ]
    taken = [[int(word) for word in run.communicate(timeout=30)[0].split()] for run in runs]
    flat = [nonce for part in taken for nonce in part]
    assert len(flat) == 600
    assert len(set(flat)) == 600


def test_the_file_is_private_and_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "n"
    NonceFile(path, SystemClock()).take()
    assert path.stat().st_mode & 0o077 == 0
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(ConfigError, match="can't be used"):
        NonceFile(link, SystemClock()).take()


def test_a_damaged_file_says_what_to_do_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "n"
    path.write_text("garbage")
    with pytest.raises(ConfigError, match="delete it"):
        NonceFile(path, SystemClock()).take()
    assert path.read_text() == "garbage"


def test_a_directory_that_does_not_exist_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        NonceFile(tmp_path / "no" / "n", SystemClock()).take()
