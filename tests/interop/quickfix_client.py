# ruff: noqa: N802 - QuickFIX calls these methods by its own names
"""A QuickFIX initiator on strings: runs in a process of its own and needs nothing but quickfix.

Reads JSON lines: first the settings, then `["send", MsgType, [[tag, value], …]]`, `["logout"]` or `["quit"]`.
Writes JSON lines: `["up"]`, `["down"]`, and `["got", "8=FIX.4.4|…"]` for every message that QuickFIX took.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import tempfile
import time
from typing import Any

import quickfix as fix

SETTINGS = """
[DEFAULT]
ConnectionType=initiator
ReconnectInterval=1
StartTime=22:00:30
EndTime=22:00:00
HeartBtInt=5
ResetOnLogon={reset}
TimestampPrecision=3
UseDataDictionary=Y
DataDictionary={dictionary}
ValidateUserDefinedFields=Y
SocketConnectHost=127.0.0.1
SocketConnectPort={port}

[SESSION]
BeginString=FIX.4.4
SenderCompID={sender}
TargetCompID={target}
"""


def tell(*words: str) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class Client(fix.Application):
    """Signs logons and repeats what it hears."""

    def __init__(self, brief: dict[str, Any]) -> None:
        super().__init__()
        self.brief = brief
        self.session: Any = None

    def onCreate(self, session: Any) -> None:
        self.session = session

    def onLogon(self, session: Any) -> None:
        tell("up")

    def onLogout(self, session: Any) -> None:
        tell("down")

    def toAdmin(self, message: Any, session: Any) -> None:
        kind, seq = fix.MsgType(), fix.MsgSeqNum()
        message.getHeader().getField(kind)
        if kind.getValue() != "A" or not self.brief["key"]:
            return
        message.getHeader().getField(seq)
        nonce = str(time.time_ns() // 1_000_000)
        fields = ((35, "A"), (34, seq.getValue()), (49, self.brief["sender"]), (56, self.brief["target"]))
        text = "".join(f"{tag}={value}\x01" for tag, value in (*fields, (553, self.brief["key"]))) + nonce
        secret = base64.b64decode(self.brief["secret"])
        signed = hmac.new(secret, hashlib.sha256(text.encode()).digest(), hashlib.sha512).digest()
        for tag, value in ((553, self.brief["key"]), (554, base64.b64encode(signed).decode()), (5025, nonce)):
            message.setField(tag, value)

    def fromAdmin(self, message: Any, session: Any) -> None:
        tell("got", message.toString().replace("\x01", "|"))

    def toApp(self, message: Any, session: Any) -> None:
        pass

    def fromApp(self, message: Any, session: Any) -> None:
        tell("got", message.toString().replace("\x01", "|"))


def main() -> None:
    brief = json.loads(sys.stdin.readline())
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(SETTINGS.format(**brief))
        file.flush()
        settings = fix.SessionSettings(file.name)
    client, store = Client(brief), fix.MemoryStoreFactory()
    initiator = fix.ThreadedSocketInitiator(client, store, settings)
    initiator.start()
    for line in sys.stdin:
        words = json.loads(line)
        if words[0] == "send":
            message = fix.Message()
            message.getHeader().setField(fix.MsgType(words[1]))
            for tag, value in words[2]:
                message.setField(tag, str(value))
            fix.Session.sendToTarget(message, client.session)
        elif words[0] == "logout":
            fix.Session.lookupSession(client.session).logout()
        else:
            break
    # Its orderly stop was seen to crash at times; all that matters has been said.
    os._exit(0)


if __name__ == "__main__":
    main()
