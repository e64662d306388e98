"""Numbers and reports that outlive the venue's process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.errors import UsageError
from app.venue.fix.kept import KeptStore
from app.venue.gateways.options import parse
from tests.venue.fix.conftest import Floor

OpenFloor = Callable[..., Awaitable[Floor]]
HOUR_NS = 3_600_000_000_000


async def test_a_session_goes_on_after_the_venue_was_started_anew(open_floor: OpenFloor, tmp_path: Path) -> None:
    first = await open_floor(pairs=1, fix_store=tmp_path)
    client = await first.logon(heartbeat=3_600)
    await client.send("D", first.limit(1, 1_000, "0.01"))
    new = await client.expect("8", t150=0)
    seq = client.seq
    await first.end()
    second = await open_floor(pairs=1, fix_store=tmp_path)
    second.nonce = first.nonce
    again = await second.logon(heartbeat=3_600, reset=False, seq=seq)
    assert again.got[0][34] == "4"  # its logon, its report, the cancel by the cut
    await again.send("2", [(7, 2), (16, 2)])
    repeated = await again.expect("8", t34=2, t43="Y")
    assert (repeated[37], repeated[17]) == (new[37], new[17])
    await again.quiet()


async def test_a_client_that_falls_behind_is_told_and_one_that_resets_begins_anew(
    open_floor: OpenFloor, tmp_path: Path
) -> None:
    first = await open_floor(pairs=1, fix_store=tmp_path)
    await (await first.logon(heartbeat=3_600)).quiet()
    await first.end()
    second = await open_floor(pairs=1, fix_store=tmp_path)
    second.nonce = first.nonce
    late = await second.connect()
    await late.send("A", second.logon_body(late))
    await late.expect("5", t58="MsgSeqNum too low, expecting 3 but received 1")
    fresh = await second.logon(heartbeat=3_600)
    assert fresh.got[0][34] == "1"


def test_a_torn_line_and_a_death_in_between_lose_nothing_that_went_out(tmp_path: Path) -> None:
    path = tmp_path / "s.fix"
    store = KeptStore(path=path, now_ns=lambda: HOUR_NS)
    store.next_in, store.highest_cl_ord_id = 5, 77
    assert store.number("8", ((11, "a"), (58, "x\x01")), 3) == 1
    store.next_in = 6
    with path.open("ab") as file:
        file.write(b'["out",2,"8",[[11,')
    after = KeptStore(path=path, now_ns=lambda: 2 * HOUR_NS)
    assert (after.next_in, after.next_out, after.highest_cl_ord_id, after.began_ns) == (5, 2, 77, HOUR_NS)
    assert after.sent == store.sent
    after.reset()
    anew = KeptStore(path=path, now_ns=lambda: 0)
    assert (anew.next_in, anew.next_out, anew.highest_cl_ord_id, anew.began_ns) == (1, 1, 77, 2 * HOUR_NS)


def test_a_file_that_is_not_ours_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "s.fix"
    path.write_text('["reset",5]\n{"what":1}\n')
    assert KeptStore(path=path, now_ns=lambda: 7).began_ns == 7


def test_the_directory_must_be_there(tmp_path: Path) -> None:
    assert parse(["--fix-store", str(tmp_path)]).fix_store == tmp_path
    with pytest.raises(UsageError, match="no directory"):
        parse(["--fix-store", str(tmp_path / "none")])
