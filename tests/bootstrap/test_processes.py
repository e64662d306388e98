"""What our long-lived processes are started with."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from app.bootstrap import processes

MB = 1_000_000
HOLES = """
import resource
def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
first = bytearray(300_000)
del first  # left to itself, glibc takes this for a reason to keep blocks of this size
before, kept, large = rss(), [], []
for _ in range(300):
    large.append(bytearray(b"x" * 100_000))
    kept.append(bytearray(b"y" * 1_000))
large.clear()
print(rss() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="how memory is given back is another library's here")
def test_large_blocks_between_small_ones_go_back_to_the_system() -> None:
    def grown(environment: dict[str, str]) -> int:
        done = subprocess.run([sys.executable, "-c", HOLES], env=environment, capture_output=True, check=True)
        return int(done.stdout)

    ours = processes._environment()
    steady = grown(ours)
    del ours["MALLOC_MMAP_THRESHOLD_"]
    left_alone = grown(ours)
    assert steady < 5 * MB
    assert left_alone > 10 * MB, "it would not have mattered"


def test_what_the_user_sets_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "1000000")
    assert processes._environment()["MALLOC_MMAP_THRESHOLD_"] == "1000000"
    assert processes._environment()["PATH"] == os.environ["PATH"]
