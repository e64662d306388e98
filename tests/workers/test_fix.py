from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.credentials import ApiKey
from app.domain.order import OrderRequest, OrderType, Side
from app.errors import ConfigError
from app.protocol.fix.password import password
from app.protocol.rest.errors import Layer
from app.protocol.ws2.private import ExecKind
from app.workers.face import FixOptions, FixUrls, VenueUrls
from app.workers.feed import Accepted, Refused, Unknown, Venue, Via
from app.workers.fix_links import tls_context
from app.workers.health import LinkState
from tests.integration.test_fix_reference import NOT_OURS, REFERENCE
from tests.workers.acceptor import Acceptor, Peer, listening
from tests.workers.conftest import Ear, until

D = Decimal
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
ID = "a17d49af-1186-4984-bd10-29b8f232ee4d"


def order(cl_ord_id: str = ID, qty: str = "0.001", price: str = "84000") -> OrderRequest:
    return OrderRequest(cl_ord_id, "BTC/USD", Side.BUY, OrderType.LIMIT, D(qty), D(price))


@asynccontextmanager
async def trading(tmp_path: Path, acceptor: Acceptor, **changes: object) -> AsyncIterator[tuple[Venue, Ear]]:
    """Connect a venue that has only its FIX session."""
    key = ApiKey.parse("test", "KRKNFIXDEMOKEY", SECRET)
    urls = FixUrls("127.0.0.1", spot_trading=acceptor.port, sender_comp_id="CLIENT", tls=False)
    urls = replace(urls, **changes)  # type: ignore[arg-type]
    ear = Ear()
    dead = "http://127.0.0.1:9"
    venue = Venue(
        VenueUrls(dead, "ws://127.0.0.1:9/v2"),
        key,
        SystemClock(),
        ear,
        nonce_path=tmp_path / "nonce",
        fix=FixOptions(urls, key, tmp_path, tmp_path / "nonce-fix"),
    )
    running = asyncio.create_task(venue.run())
    try:
        yield venue, ear
    finally:
        await venue.close()
        await running


@asynccontextmanager
async def up(tmp_path: Path) -> AsyncIterator[tuple[Venue, Ear, Peer, Acceptor]]:
    async with listening() as acceptor, trading(tmp_path, acceptor) as (venue, ear):
        peer = await acceptor.peer()
        await peer.logged_on()
        await until(venue.fix_up)
        yield venue, ear, peer, acceptor
        acceptor.cut()


async def test_the_logon_is_signed_and_says_what_a_cut_does(tmp_path: Path) -> None:
    async with listening() as acceptor, trading(tmp_path, acceptor) as (venue, ear):
        peer = await acceptor.peer()
        logon = await peer.logged_on()
        assert (logon[49], logon[56]) == ("CLIENT", "KRAKEN-TRD")
        assert (logon[34], logon[98], logon[108], logon[141], logon[8674]) == ("1", "0", "30", "Y", "0")
        assert logon[554] == password(SECRET, 1, "CLIENT", "KRAKEN-TRD", logon[553], logon[5025])
        await until(venue.fix_up)
        (info,) = venue.fix_sessions()
        assert (info.name, info.state, info.seq_in, info.seq_out, info.cod) == ("trading", "up", 2, 2, True)
        assert venue.health["fix trading"].state is LinkState.UP
        assert ear.fix_changes
        shown = "".join(value for line in venue.fix_log(0) for _, _, value in line.fields)
        assert logon[554] not in shown
        assert logon[553] not in shown
        assert [line.name for line in venue.fix_log(0)] == ["Logon", "Logon"]
        peer.cut()


async def test_the_logon_says_all_that_it_can_and_an_order_names_its_sub_account(tmp_path: Path) -> None:
    async with listening() as acceptor, trading(tmp_path, acceptor, client_id=7, account="SUB1") as (venue, _):
        peer = await acceptor.peer()
        logon = await peer.logged_on()
        required, optional = REFERENCE["A"]
        left_out = {tag for where, tag in NOT_OURS if where == "A"}
        assert set(logon) - {8, 9, 10, 34, 35, 49, 52, 56} == (required | optional) - left_out
        assert logon[109] == "7"
        await until(venue.fix_up)
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        sent = await peer.expect("D")
        assert (sent[78], sent[79]) == ("1", "SUB1")
        acceptor.cut()
        await asked


async def test_each_session_measures_its_own_round_trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workers.fix.PROBE_NS", 1)
    async with up(tmp_path) as (venue, _, peer, _):
        first = venue.fix_sessions()[0].rtt_us
        assert first > 0  # the logon's
        while venue.fix_sessions()[0].rtt_us == first:
            peer.say("0", (112, (await peer.expect("1"))[112]))
        assert venue.health["fix trading"].rtt_us == venue.fix_sessions()[0].rtt_us
        peer.cut()
        await until(lambda: venue.fix_sessions()[0].state == "down")
        assert venue.fix_sessions()[0].rtt_us == 0


async def test_an_order_lives_from_new_to_filled(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, ear, peer, _):
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        sent = await peer.expect("D")
        assert (sent[11], sent[55], sent[54], sent[40], sent[38], sent[44], sent[59]) == (
            (ID, "BTC/USD", "1", "2", "0.001", "84000", "1")
        )
        peer.report(sent, "0", "0", "E1")
        told = await asked
        assert isinstance(told, Accepted)
        assert (told.order_id, told.cl_ord_id) == ("OQNCZM-NVAVC-AVD2LO", ID)
        assert told.rtt_us > 0
        fill = ((31, "84000"), (136, 1), (138, "USD"), (139, 4), (5050, 1))
        peer.report(
            sent, "F", "1", "E2", (32, "0.0004"), (14, "0.0004"), (381, "33.6"), (137, "0.08736"), (1003, "T1"), *fill
        )
        peer.report(
            sent, "F", "2", "E3", (32, "0.0006"), (14, "0.001"), (381, "84"), (137, "0.2184"), (1003, "T2"), *fill
        )
        await until(lambda: len(ear.executions) == 4)
        rows = [row for row, _, _ in ear.executions]
        assert [row.kind for row in rows] == [ExecKind.NEW, ExecKind.TRADE, ExecKind.TRADE, ExecKind.FILLED]
        assert [row.exec_id for row in rows] == [None, "T1", "T2", None]
        # What the venue sums up is one fill's fee here (fix.md §11 trap 5).
        assert [row.fees[0].qty for row in rows if row.fees] == [D("0.08736"), D("0.13104")]
        assert (rows[-1].cum_qty, rows[-1].cum_cost) == (D("0.001"), D(84))
        assert {row.cl_ord_id for row in rows} == {ID}
        assert rows[1].liquidity_ind == "t"


async def test_a_cancel_reaches_only_orders_of_this_connection(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, ear, peer, acceptor):
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        sent = await peer.expect("D")
        peer.report(sent, "0", "0", "E1")
        await asked
        assert venue.fix_owns(ID)
        assert venue.fix_owns("OQNCZM-NVAVC-AVD2LO")
        gone = asyncio.create_task(venue.cancel_order(cl_ord_id=ID, via=Via.FIX))
        cancel = await peer.expect("F")
        assert (cancel[37], cancel[41], cancel[54], cancel[55]) == ("OQNCZM-NVAVC-AVD2LO", ID, "1", "BTC/USD")
        assert cancel[11] > ID
        peer.report(sent, "4", "4", "E2", (11, cancel[11]), (41, ID), (58, "Order canceled by user"))
        told = await gone
        assert isinstance(told, Accepted)
        await until(lambda: len(ear.executions) == 2)
        row = ear.executions[1][0]
        assert (row.kind, row.cl_ord_id, row.reason) == (ExecKind.CANCELED, ID, "Order canceled by user")
        peer.cut()
        await until(lambda: not venue.fix_up())
        await (await acceptor.peer()).logged_on()
        await until(venue.fix_up)
        assert not venue.fix_owns(ID)
        refused = await venue.cancel_order(cl_ord_id=ID, via=Via.FIX)
        assert isinstance(refused, Refused)
        assert "this session" in refused.error


async def test_each_layer_that_refuses_is_told_apart(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, _, peer, _):
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        sent = await peer.expect("D")
        peer.say("3", (45, sent[34]), (371, 40), (372, "D"), (373, 5), (58, "Invalid value for tag 40: OrderType"))
        told = await asked
        assert isinstance(told, Refused)
        assert told.layer is Layer.VALIDATION
        assert "40" in told.hint
        for text, layer in (
            ("EOrder:Insufficient funds", Layer.BALANCE),
            (f"{ID} : EOrder:Insufficient funds", Layer.BALANCE),
            ("EOrder:Rate limit exceeded", Layer.RATE),
            ("EService:Market in cancel_only mode", Layer.SERVICE),
        ):
            asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
            sent = await peer.expect("D")
            peer.say("j", (45, 0), (58, text), (372, "D"), (379, sent[11]), (380, 0))
            told = await asked
            assert isinstance(told, Refused)
            assert told.layer is layer
            assert told.error == text.removeprefix(f"{ID} : ")


async def test_a_cut_before_the_answer_leaves_the_order_in_doubt_and_sends_nothing_again(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, _, peer, acceptor):
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        await peer.expect("D")
        peer.cut()
        assert isinstance(await asked, Unknown)
        again = await acceptor.peer()
        await again.logged_on()
        await until(venue.fix_up)
        again.say("1", (112, "TEST"))
        assert (await again.take())[35] == "0"


async def test_an_order_that_the_venue_missed_is_in_doubt_at_once_and_is_not_sent_again(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, ear, peer, _):
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        lost = await peer.expect("D")
        peer.say("2", (7, lost[34]), (16, 0))
        fill = await peer.expect("4")
        assert (fill[34], fill[43], fill[123], fill[36]) == (lost[34], "Y", "Y", str(int(lost[34]) + 1))
        told = await asked
        assert isinstance(told, Unknown)
        assert "nothing is sent twice" in told.reason
        assert ("warn", f"fix trading: the venue asked again for {lost[34]}: not sent twice") in ear.notices
        # The session goes on, and a report that comes after all is still told.
        peer.report(lost, "0", "0", "E1")
        await until(lambda: [row.cl_ord_id for row, _, _ in ear.executions] == [ID])
        assert [line.name for line in venue.fix_log(0) if line.out].count("NewOrderSingle") == 1
        assert venue.fix_up()


async def test_a_restarted_program_goes_on_with_its_numbers_and_takes_what_it_missed(tmp_path: Path) -> None:
    async with listening() as acceptor:
        async with trading(tmp_path, acceptor) as (venue, _):
            peer = await acceptor.peer()
            await peer.logged_on()
            await until(venue.fix_up)
            asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
            sent = await peer.expect("D")
            peer.report(sent, "0", "0", "E1")
            await asked
            acceptor.cut()
            await until(lambda: not venue.fix_up())
        missed = acceptor.seq
        acceptor.seq += 1
        async with trading(tmp_path, acceptor) as (venue, ear):
            peer = await acceptor.peer()
            logon = await peer.logged_on()
            assert (logon[34], logon[141]) == ("3", "N")
            asks = await peer.expect("2")
            assert (asks[7], asks[16]) == (str(missed), "0")
            assert not venue.fix_up()
            peer.report(sent, "4", "4", "E2", (43, "Y"), (122, "20260101-00:00:00.000"), seq=missed)
            peer.say("4", (43, "Y"), (122, "20260101-00:00:00.000"), (123, "Y"), (36, acceptor.seq), seq=missed + 1)
            await until(venue.fix_up)
            assert [row.kind for row, _, _ in ear.executions] == [ExecKind.CANCELED]
            assert "repaired" in venue.fix_sessions()[0].gap
            acceptor.cut()


async def test_an_amend_repeats_the_terms_and_the_next_one_names_it(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, ear, peer, _):
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        sent = await peer.expect("D")
        peer.report(sent, "0", "0", "E1")
        await asked
        last = ID
        for number, price in enumerate(("83500", "83400"), 2):
            asked = asyncio.create_task(venue.amend_order(cl_ord_id=ID, limit_price=D(price), via=Via.FIX))
            amend = await peer.expect("G")
            assert (amend[41], amend[37], amend[38], amend[44], amend[40], amend[59]) == (
                (last, "OQNCZM-NVAVC-AVD2LO", "0.001", price, "2", "1")
            )
            peer.report(sent, "5", "5", f"E{number}", (11, amend[11]), (41, last), (44, price))
            told = await asked
            assert isinstance(told, Accepted)
            assert told.amend_id == amend[11]
            last = amend[11]
        await until(lambda: len(ear.executions) == 3)
        row = ear.executions[-1][0]
        assert (row.kind, row.cl_ord_id, row.limit_price, row.order_status) == (ExecKind.AMENDED, ID, D(83400), "new")
        asked = asyncio.create_task(venue.amend_order(cl_ord_id=ID, qty=D("0.002"), via=Via.FIX))
        amend = await peer.expect("G")
        peer.say("j", (45, 0), (58, "EOrder:Insufficient funds"), (372, "G"), (379, amend[11]), (380, 0))
        assert isinstance(await asked, Refused)
        assert venue.fix_owns(ID)


async def test_a_mass_cancel_is_done_when_the_orders_are_gone(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, _, peer, _):
        ids = [ID, ID.replace("a17d", "a17e")]
        for number, one in enumerate(ids):
            asked = asyncio.create_task(venue.add_order(order(one), via=Via.FIX))
            sent = await peer.expect("D")
            peer.report(sent, "0", "0", f"N{number}", (37, f"O{number}"))
            await asked
        gone = asyncio.create_task(venue.fix_mass_cancel(1, "BTC/USD"))
        mass = await peer.expect("q")
        assert (mass[530], mass[55]) == ("1", "BTC/USD")
        for number, one in enumerate(ids):
            assert not gone.done()
            peer.report(sent, "4", "4", f"C{number}", (37, f"O{number}"), (11, mass[11]), (41, one))
        test = await peer.expect("1")
        peer.say("0", (112, test[112]))
        told = await gone
        assert isinstance(told, Accepted)
        assert told.count == 2


async def test_a_mass_cancel_of_nothing_ends_with_the_echo_of_a_test_request(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, _, peer, _):
        gone = asyncio.create_task(venue.cancel_all(via=Via.FIX))
        mass = await peer.expect("q")
        assert mass[530] == "7"
        assert 55 not in mass
        peer.say("0", (112, (await peer.expect("1"))[112]))
        told = await gone
        assert isinstance(told, Accepted)
        assert told.count == 0


async def test_the_state_of_an_order_can_be_asked_for(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, ear, peer, _):
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        sent = await peer.expect("D")
        peer.report(sent, "0", "0", "E1")
        await asked
        status = asyncio.create_task(venue.fix_status(ID))
        ask = await peer.expect("H")
        assert (ask[11], ask[37], ask[55]) == (ID, "OQNCZM-NVAVC-AVD2LO", "BTC/USD")
        peer.report(sent, "I", "1", "E2", (14, "0.0004"))
        assert isinstance(await status, Accepted)
        await until(lambda: len(ear.executions) == 2)
        row = ear.executions[-1][0]
        assert (row.kind, row.cum_qty, row.order_status) == (ExecKind.STATUS, D("0.0004"), "partially_filled")


async def test_a_report_is_taken_once_and_a_fill_may_come_before_the_yes(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, ear, peer, acceptor):
        asked = asyncio.create_task(venue.add_order(order(), via=Via.FIX))
        sent = await peer.expect("D")
        fill = ((31, "84000"), (32, "0.001"), (14, "0.001"), (381, "84"), (1003, "T1"), (5050, 0))
        peer.report(sent, "F", "2", "E1", *fill)
        told = await asked
        assert isinstance(told, Accepted)
        peer.report(sent, "F", "2", "E1", (43, "Y"), (122, "20260101-00:00:00.000"), *fill, seq=acceptor.seq - 1)
        peer.say("1", (112, "T"))
        await peer.expect("0")
        assert [row.kind for row, _, _ in ear.executions] == [ExecKind.TRADE, ExecKind.FILLED]
        assert ear.executions[0][0].liquidity_ind == "m"


async def test_without_a_session_nothing_is_sent(tmp_path: Path) -> None:
    async with listening() as acceptor, trading(tmp_path, acceptor) as (venue, _):
        peer = await acceptor.peer()
        told = await venue.add_order(order(), via=Via.FIX)
        assert isinstance(told, Refused)
        assert told.layer is Layer.LINK
        peer.cut()


async def test_what_fix_cannot_carry_is_refused_before_the_wire(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, _, peer, _):
        told = await venue.add_order(replace(order(), leverage=5), via=Via.FIX)
        assert isinstance(told, Refused)
        assert "leverage" in told.error
        peer.say("1", (112, "TEST"))
        assert (await peer.take())[35] == "0"


async def test_a_session_is_left_and_taken_up_again_in_good_order(tmp_path: Path) -> None:
    async with up(tmp_path) as (venue, _, peer, acceptor):
        venue.fix_logout()
        assert (await peer.take())[35] == "5"
        peer.say("5")
        await until(lambda: venue.health["fix trading"].state is LinkState.DOWN)
        venue.fix_logon()
        logon = await (await acceptor.peer()).logged_on()
        assert (logon[34], logon[141]) == ("1", "Y")
        await until(venue.fix_up)


async def test_a_refused_logon_waits_a_minute(tmp_path: Path) -> None:
    async with listening() as acceptor, trading(tmp_path, acceptor) as (venue, ear):
        peer = await acceptor.peer()
        peer.sender = (await peer.take())[49]
        peer.say("5", (58, "Logon failed: invalid credentials"))
        await until(lambda: bool(ear.notices))
        assert "invalid credentials; next attempt in 60 s" in ear.notices[0][1]
        assert venue.fix_sessions()[0].error == "Logon failed: invalid credentials"


def test_only_this_machine_and_uat_do_without_encryption() -> None:
    FixUrls("colo-london.vip-fix.uat.kraken.com", verify=False)
    FixUrls("localhost", tls=False)
    with pytest.raises(ConfigError):
        FixUrls("fix.kraken.com", tls=False)
    with pytest.raises(ConfigError):
        FixUrls("fix.kraken.com", verify=False)
    context = tls_context(FixUrls("fix.kraken.com"))
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
