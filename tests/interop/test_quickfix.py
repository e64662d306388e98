"""QuickFIX as an initiator against the local venue, with a dictionary adapted to Kraken's fields."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.interop.conftest import VenueProcess

pytestmark = pytest.mark.interop

PYTHON = sys.executable if importlib.util.find_spec("quickfix") else os.environ.get("QUICKFIX_PYTHON", "")
if not PYTHON:
    pytest.skip("quickfix is not installed: pip install '.[interop]'", allow_module_level=True)

PATIENCE_S = 30
CHILD = Path(__file__).with_name("quickfix_client.py")
FIELDS = {
    109: ("ClientID", "STRING"),
    1003: ("TradeID", "STRING"),
    1102: ("TriggerPrice", "PRICE"),
    1138: ("DisplayQty", "QTY"),
    5001: ("Leverage", "STRING"),
    5025: ("Nonce", "STRING"),
    5030: ("ForceResetClOrdID", "BOOLEAN"),
    5050: ("LiquidityInd", "STRING"),
    5051: ("Rebased", "BOOLEAN"),
    7928: ("SelfTradePrevention", "INT"),
    8674: ("CancelOrdersOnDisconnect", "INT"),
}
VALUES = {"OrdStatus": "5", "OrdType": "RTUV", "ExecInst": "EPvfqs", "BusinessRejectReason": ("101", "104")}
MEMBERS = {
    "Logon": ("ClientID", "Nonce", "ForceResetClOrdID", "Rebased", "CancelOrdersOnDisconnect"),
    "NewOrderSingle": ("DisplayQty", "Leverage", "SelfTradePrevention", "ValidUntilTime"),
    "OrderCancelReplaceRequest": ("DisplayQty", "ValidUntilTime"),
    "ExecutionReport": ("TradeID", "TriggerPrice", "DisplayQty", "LiquidityInd"),
}


@pytest.fixture(scope="module")
def dictionary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The FIX 4.4 dictionary that comes with QuickFIX, with what Kraken adds to it."""
    prefix = subprocess.run([PYTHON, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
    tree = ET.parse(Path(prefix.stdout.strip(), "share/quickfix/FIX44.xml"))
    fields = tree.getroot().find("fields")
    assert fields is not None
    known = {field.get("number") for field in fields}
    for number, (name, kind) in FIELDS.items():
        if str(number) not in known:
            ET.SubElement(fields, "field", number=str(number), name=name, type=kind)
    for field in fields:
        present = {value.get("enum") for value in field}
        for value in VALUES.get(field.get("name", ""), ()):
            if value not in present:
                ET.SubElement(field, "value", enum=value, description=f"KRAKEN_{value}")
    messages = tree.getroot().find("messages")
    assert messages is not None
    for message in messages:
        present = {member.get("name") for member in message}
        for name in MEMBERS.get(message.get("name", ""), ()):
            if name not in present:
                ET.SubElement(message, "field", name=name, required="N")
    path = tmp_path_factory.mktemp("dictionary") / "FIX44-kraken.xml"
    tree.write(path)
    return path


class QuickFix:
    """The initiator process."""

    def __init__(self, **brief: Any) -> None:
        self.process = subprocess.Popen([PYTHON, str(CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines: queue.Queue[list[str]] = queue.Queue()
        self.ids = time.time_ns() // 1000
        threading.Thread(target=self._read, daemon=True).start()
        self._write(brief)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("["):
                self.lines.put(json.loads(line))

    def _write(self, what: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def cl_ord_id(self) -> str:
        self.ids += 1
        return str(self.ids)

    def send(self, kind: str, **fields: Any) -> str:
        """Send a message under a new ClOrdID."""
        cl_ord_id = fields.pop("t11", "") or self.cl_ord_id()
        now = time.strftime("%Y%m%d-%H:%M:%S.000", time.gmtime())
        pairs = [[11, cl_ord_id], *([] if kind == "H" else [[60, now]])]
        self._write(["send", kind, [*pairs, *([int(tag[1:]), value] for tag, value in fields.items())]])
        return cl_ord_id

    def logout(self) -> None:
        self._write(["logout"])

    def wait(self, word: str) -> None:
        """Wait for a word other than a message."""
        while self.lines.get(timeout=PATIENCE_S)[0] != word:
            pass

    def expect(self, kind: str, **values: Any) -> dict[str, str]:
        """The next message of a kind that has these values; messages before it are passed over."""
        while True:
            words = self.lines.get(timeout=PATIENCE_S)
            if words[0] == "got":
                got = dict(part.split("=", 1) for part in words[1].strip("|").split("|"))
                if got["35"] == kind and all(got.get(tag[1:]) == str(value) for tag, value in values.items()):
                    return got

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def quickfix(venue: VenueProcess, dictionary: Path, request: pytest.FixtureRequest) -> Iterator[QuickFix]:
    """A QuickFIX initiator that is logged on with the key that the test names."""
    name, reset = getattr(request, "param", ("practice", "Y"))
    key = next(key for key in venue.keys if key["name"] == name)
    client = QuickFix(
        port=venue.fix["spot_trading"],
        sender=key["fix_sender_comp_id"],
        target="KRAKEN-TRD",
        key=key["api_key"],
        secret=key["api_secret"],
        dictionary=str(dictionary),
        reset=reset,
    )
    client.wait("up")
    yield client
    client.end()


def test_an_order_lives_its_life(quickfix: QuickFix, venue: VenueProcess) -> None:
    placed = quickfix.send("D", t55="BTC/USD", t54=1, t40=2, t44=1000, t38="0.01", t59=1, t18="P", t7928=1)
    new = quickfix.expect("8", t150=0, t11=placed)
    amended = quickfix.send("G", t37=new["37"], t41=placed, t55="BTC/USD", t54=1, t40=2, t44=1100, t38="0.02", t59=1)
    quickfix.expect("8", t150=5, t39=5, t11=amended, t41=placed, t38="0.02")
    quickfix.send("H", t11=amended, t37=new["37"], t55="BTC/USD")
    quickfix.expect("8", t150="I", t37=new["37"])
    cancelled = quickfix.send("F", t37=new["37"], t41=amended, t55="BTC/USD", t54=1)
    quickfix.expect("8", t150=4, t39=4, t11=cancelled, t41=amended)
    quickfix.send("D", t55="BTC/USD", t54=1, t40=1, t38="0.001", t59=1)
    filled = quickfix.expect("8", t150="F", t39=2)
    assert filled["138"] == "USD"
    refused = quickfix.send("D", t55="BTC/USD", t54=1, t40=2, t44=1000, t38=100000, t59=1)
    assert "Insufficient funds" in quickfix.expect("j", t379=refused)["58"]
    quickfix.send("D", t55="BTC/USD", t54=1, t40=2, t44=1000, t38="0.01", t59=1)
    open_order = quickfix.expect("8", t150=0)
    quickfix.send("q", t530=7)
    quickfix.expect("8", t150=4, t37=open_order["37"])
    quickfix.logout()
    quickfix.expect("5")
    quickfix.wait("down")
    kinds = [record["kind"] for record in venue.records() if record.get("order_id") == new["37"]]
    assert kinds == ["accepted", "amended", "canceled"]
    assert any(record.get("exec_id") == filled["1003"] for record in venue.records())


@pytest.mark.parametrize("quickfix", [("second", "N")], indirect=True)
def test_after_a_cut_it_gets_the_cancels_that_it_missed(quickfix: QuickFix, venue: VenueProcess) -> None:
    orders = []
    for _ in range(3):
        quickfix.send("D", t55="BTC/USD", t54=1, t40=2, t44=1000, t38="0.01", t59=1)
        orders.append(quickfix.expect("8", t150=0)["37"])
    httpx.post(f"{venue.control}/fault", json={"kind": "fix", "act": "drop", "count": 3})
    httpx.post(f"{venue.control}/fault", json={"kind": "fix", "act": "cut"})
    quickfix.wait("down")
    quickfix.wait("up")
    assert [quickfix.expect("8", t150=4, t43="Y")["37"] for _ in orders] == orders


def test_a_wrong_secret_is_told_off(venue: VenueProcess, dictionary: Path) -> None:
    client = QuickFix(
        port=venue.fix["spot_trading"],
        sender="QDPOOR1",
        target="KRAKEN-TRD",
        key=venue.api_key,
        secret="AAAA",
        dictionary=str(dictionary),
        reset="Y",
    )
    assert client.expect("5")["58"] == "Logon failed: invalid credentials"
    client.end()
