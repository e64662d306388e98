# ruff: noqa: N802 - QuickFIX calls these methods by its own names
"""A QuickFIX acceptor: runs in a process of its own and needs nothing but quickfix.

Reads JSON lines: first the settings, then `["skip", sent, taken]`, which moves its own next numbers so that
both sides miss messages, or `["quit"]`. Writes JSON lines: `["ready"]`, `["up"]`, `["down"]`, `["skipped"]`, and
`["got", "8=FIX.4.4|…"]` for every message that QuickFIX took. Orders are filled whole, cancels carried out.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from typing import Any

import quickfix as fix

SETTINGS = """
[DEFAULT]
ConnectionType=acceptor
StartTime=00:00:00
EndTime=00:00:00
HeartBtInt=5
TimestampPrecision=3
UseDataDictionary=N
SocketAcceptPort={port}
SocketReuseAddress=Y

[SESSION]
BeginString=FIX.4.4
SenderCompID={target}
TargetCompID={sender}
"""
RESTS_BELOW = 50_000
"""A limit that does not cross, in this acceptor's market."""


def tell(*words: str) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Venue(fix.Application):
    """Takes orders."""

    def __init__(self) -> None:
        super().__init__()
        self.session: Any = None
        self.count = 0

    def onCreate(self, session: Any) -> None:
        self.session = session

    def onLogon(self, session: Any) -> None:
        tell("up")

    def onLogout(self, session: Any) -> None:
        tell("down")

    def toAdmin(self, message: Any, session: Any) -> None:
        pass

    def fromAdmin(self, message: Any, session: Any) -> None:
        tell("got", message.toString().replace("\x01", "|"))

    def toApp(self, message: Any, session: Any) -> None:
        pass

    def fromApp(self, message: Any, session: Any) -> None:
        text = message.toString()
        tell("got", text.replace("\x01", "|"))
        said = dict(part.split("=", 1) for part in text.split("\x01") if part)
        if said["35"] == "D":
            self.report(said, "0", "0", {})
            if float(said["44"]) >= RESTS_BELOW:
                qty = said["38"]
                fill = {"14": qty, "31": said["44"], "32": qty, "151": "0", "381": "84", "1003": "T1", "5050": "1"}
                self.report(said, "F", "2", fill)
        elif said["35"] == "F":
            self.report(said, "4", "4", {"41": said["41"], "37": said["37"], "151": "0"})

    def report(self, said: dict[str, str], kind: str, status: str, more: dict[str, str]) -> None:
        self.count += 1
        message = fix.Message()
        message.getHeader().setField(fix.MsgType("8"))
        now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
        told = {
            "6": "0", "11": said["11"], "14": "0", "17": f"E{self.count}", "37": f"O{said['11']}", "39": status,
            "40": "2", "54": said["54"], "55": said["55"], "59": "1", "60": now, "150": kind, "381": "0",
        }  # fmt: skip
        for tag, value in (told | {key: said[key] for key in ("38", "44") if key in said} | more).items():
            message.setField(int(tag), value)
        fix.Session.sendToTarget(message, self.session)


def main() -> None:
    brief = json.loads(sys.stdin.readline())
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(SETTINGS.format(**brief))
        file.flush()
        settings = fix.SessionSettings(file.name)
    venue, store = Venue(), fix.MemoryStoreFactory()
    acceptor = fix.ThreadedSocketAcceptor(venue, store, settings)
    acceptor.start()
    tell("ready")
    for line in sys.stdin:
        words = json.loads(line)
        if words[0] != "skip":
            break
        session = fix.Session.lookupSession(venue.session)
        session.setNextSenderMsgSeqNum(session.getExpectedSenderNum() + words[1])
        session.setNextTargetMsgSeqNum(session.getExpectedTargetNum() - words[2])
        tell("skipped")
    # Its orderly stop was seen to crash at times; all that matters has been said.
    os._exit(0)


if __name__ == "__main__":
    main()
