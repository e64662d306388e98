"""Logon, heartbeats and logout (`fix.md` §1.4 to §1.8)."""

from __future__ import annotations

import json

import pytest

from app.venue.fix.credentials import password
from app.venue.fix.message import Message
from tests.venue.fix.conftest import Floor

ASYNC = pytest.mark.asyncio(loop_scope="module")
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
KEY = "KRKNFIXDEMOKEY000000000000000000000000000000000000000001"


@pytest.mark.parametrize(
    ("secret", "fields", "expected"),
    [
        (
            SECRET,
            {34: "1", 49: "CLIENT", 56: "KRAKEN-TRD", 553: KEY, 5025: "1775572321000"},
            "fBwROXNn6QE43kcO9m7/I0vmjWjJ+MhW0wW/zmTGYVOFBcufluGRdJBJzELnI/aJuWQHb31kfIzLSa6DOQbiCQ==",
        ),
        (
            SECRET,
            {34: "1", 49: "CLIENT-DRV", 56: "KRAKEN-DRV-TRD", 553: KEY, 5025: "1775572321000"},
            "NUOMi+iGLevbg6CLy4Wi0x15ytaRO4eMU83YOYYwaI9l+9jlRjtlCm4SfqeZQF977ouIjQLMD/wi09E6JZ8AIQ==",
        ),
        (
            "c2VjcmV0",
            {34: "7", 49: "CLIENT", 56: "KRAKEN-TRD", 553: "APIKEY", 5025: "1724512345678"},
            "MwX+M7nvuHXxD5aGI/TFpghXxg2iblxXYyz7lRzLCPMA4UJYI3osNrUKWCiI3fDnOLkEQ5WKSK58Mp3nvu1Klw==",
        ),
    ],
)
def test_the_password_vectors(secret: str, fields: dict[int, str], expected: str) -> None:
    assert password(secret, Message("FIX.4.4", ((35, "A"), *fields.items()))) == expected


@ASYNC
async def test_a_signed_logon_is_answered_without_the_secrets(lobby: Floor) -> None:
    client = await lobby.connect()
    await client.send("A", lobby.logon_body(client, (141, "Y")))
    answer = await client.expect("A", t34=1, t49="KRAKEN-TRD", t56="QDPRACTICE1", t98=0, t108=30, t141="Y")
    assert [tag for tag, _ in answer.pairs] == [8, 9, 35, 34, 49, 56, 52, 98, 108, 141, 10]


@ASYNC
async def test_a_wrong_signature_an_old_and_a_used_nonce_are_refused(lobby: Floor) -> None:
    for options in ({"secret": SECRET}, {"nonce": lobby.clock.now_ns() // 10**6 - 5001}):
        client = await lobby.connect()
        await client.send("A", lobby.logon_body(client, **options))
        await client.expect("5", t58="Logon failed: invalid credentials")
        await client.closed()
    nonce = lobby.next_nonce()
    first = await lobby.connect()
    await first.send("A", lobby.logon_body(first, (141, "Y"), nonce=nonce))
    await first.expect("A")
    await first.send("5")
    await first.expect("5")
    await first.close()
    again = await lobby.connect()
    await again.send("A", lobby.logon_body(again, (141, "Y"), nonce=nonce))
    await again.expect("5", t58="Logon failed: invalid credentials")


@ASYNC
async def test_test_requests_heartbeats_and_logout(lobby: Floor) -> None:
    client = await lobby.logon(heartbeat=10)
    await client.send("1", [(112, "hello")])
    await client.expect("0", t112="hello")
    lobby.clock.advance(s=10)
    await client.expect("0")
    lobby.clock.advance(s=2)
    await client.expect("1", t112="TEST")
    await client.send("5")
    await client.expect("5")


@ASYNC
async def test_a_silent_peer_is_dropped(lobby: Floor) -> None:
    client = await lobby.logon(heartbeat=10)
    lobby.clock.advance(s=12)
    await client.until("1")
    lobby.clock.advance(s=12)
    while await client.receive() is not None:
        pass


@ASYNC
async def test_the_ready_line(lobby: Floor) -> None:
    ready = json.loads(lobby.venue.ready_line())
    assert ready["fix"]["sender_comp_id"] == "QDPRACTICE1"
    assert ready["fix"]["spot_trading"] == lobby.venue.fix.ports["spot_trading"]
    assert ready["keys"][0]["fix_sender_comp_id"] == "QDPRACTICE1"
