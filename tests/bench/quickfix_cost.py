"""What a message costs QuickFIX: runs in the Python that has it, and needs nothing else.

Reads one JSON line with `report` (a message to read), `order` (pairs of a new order's body), `header` (pairs) and
`tags` (fields to read), then one number of messages a line; answers each with microseconds a message, to write and to
read, as `[write, read]`.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import quickfix as fix


def timed(call: Callable[[], object], count: int) -> float:
    gc.collect()
    gc.disable()
    start = time.perf_counter_ns()
    for _ in range(count):
        call()
    spent = time.perf_counter_ns() - start
    gc.enable()
    return spent / count / 1000


def main() -> None:
    brief: dict[str, Any] = json.loads(sys.stdin.readline())
    report, tags = brief["report"], brief["tags"]
    header, order = [[(tag, value) for tag, value in brief[name]] for name in ("header", "order")]

    def write() -> str:
        message = fix.Message()
        head = message.getHeader()
        for tag, value in header:
            head.setField(tag, value)
        for tag, value in order:
            message.setField(tag, value)
        text: str = message.toString()
        return text

    def read() -> list[str]:
        message = fix.Message(report, False)
        return [message.getField(tag) for tag in tags]

    sys.stdout.write(json.dumps(write()) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        count = int(line)
        sys.stdout.write(json.dumps([timed(write, count), timed(read, count)]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
