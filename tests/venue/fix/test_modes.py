"""The gateway over TLS, and in the mode for session test suites, as `--tls` and `--fix-test` start them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import pytest

from app.errors import UsageError
from app.venue.gateways.options import parse
from tests.venue.fix.conftest import FixClient, Floor
from tests.venue.fix.scenario import framed

OpenFloor = Callable[..., Awaitable[Floor]]


async def test_with_tls_the_port_speaks_tls_only(open_floor: OpenFloor) -> None:
    floor = await open_floor(tls=True, pairs=1)
    port = floor.venue.fix.ports["spot_trading"]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = FixClient(floor.clock, "QDPRACTICE1", "KRAKEN-TRD")
    client.reader, client.writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    await client.send("A", floor.logon_body(client, (141, "Y")))
    await client.expect("A")
    await client.send("D", floor.limit(1, 1000, "0.01"))
    await client.expect("8", t150=0)
    await client.send("5")
    await client.expect("5")
    await client.closed()
    await client.close()
    plain = await floor.connect()
    await plain.send("A", floor.logon_body(plain, (141, "Y")))
    assert await plain.reader.read(2) in {b"", b"\x15\x03"}, "neither closed nor a TLS alert"


async def test_the_mode_for_test_suites_is_plain_and_asks_for_no_password(open_floor: OpenFloor) -> None:
    floor = await open_floor(tls=True, pairs=1, fix_test=("TW44", "ISLD"))
    assert list(floor.venue.fix.ports) == ["spot_trading"]
    for _ in range(2):
        client = FixClient(floor.clock, "TW44", "ISLD")
        await client.open(floor.venue.fix.ports["spot_trading"])
        await client.send("A", [(98, 0), (108, 30)])
        await client.expect("A", t34=1, t49="ISLD", t56="TW44")
        order = [(11, "ID"), (21, 3), (40, 1), (54, 1), (38, "002000.00"), (55, "INTC"), (60, client.now())]
        await client.send("D", order)
        echo = await client.expect("D", t34=2)
        assert [(tag, value) for tag, value in echo.pairs if tag in {11, 38}] == [(11, "ID"), (38, "002000.00")]
        await client.send("8", [(37, 1)])
        await client.expect("j", t380=3, t45=3)
        await client.close()
        await floor.until(lambda: not floor.venue.fix.gate.sessions)


async def test_a_client_that_writes_byte_by_byte(floor: Floor) -> None:
    client = await floor.connect()
    for byte in client.encode("A", floor.logon_body(client, (141, "Y"))):
        await client.send_raw(bytes([byte]))
    await client.expect("A")
    two = client.encode("1", [(112, "a")]) + client.encode("1", [(112, "b")])
    await client.send_raw(framed([("35", "0"), ("34", "9")], total="999") + two)
    await client.expect("0", t112="a")
    await client.expect("0", t112="b")


async def test_the_end_of_the_venue_cancels_nothing(open_floor: OpenFloor) -> None:
    floor = await open_floor(pairs=1)
    client = await floor.logon()
    await client.send("D", floor.limit(1, 1000, "0.01"))
    order = await client.expect("8", t150=0)
    floor.venue.fix.close()
    await client.expect("5", t58="The venue ends")
    assert await client.ended()
    await floor.until(lambda: not floor.venue.fix.gate.sessions)
    assert [record["kind"] for record in floor.records(order[37])] == ["accepted"]


def test_the_words_of_the_command_line() -> None:
    options = parse(["--fix-port", "5000", "--fix-test", "--fix-comp-ids", "CLIENT,KRAKEN-TRD"])
    assert (options.fix_port, options.fix_test) == (5000, ("CLIENT", "KRAKEN-TRD"))
    assert parse([]).fix_test is None
    for words in (["--fix-port", "65531"], ["--fix-port", "-1"], ["--fix-comp-ids", "CLIENT"]):
        with pytest.raises(UsageError):
            parse(words)
