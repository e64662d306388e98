from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol.legs import LegAnswer, match_legs, rest_legs, ws_legs

LONG = "2c6be801-1f53-4f79-a0bb-4ea1c95dfae9"


def test_the_published_answers() -> None:
    raw = b'[{"order_id":"ORDERX-IDXXX-XXXXX1","order_userref":1},{"order_id":"ORDERX-IDXXX-XXXXX2","order_userref":2}]'
    assert ws_legs(raw) == (LegAnswer("ORDERX-IDXXX-XXXXX1"), LegAnswer("ORDERX-IDXXX-XXXXX2"))
    rest = msgspec.Raw(
        b'{"orders":[{"txid":"65LRD3-AHGRA-YAH8E5","descr":{"order":"buy 1.02010000 XBTUSD @ limit 29000.0"}},'
        b'{"error":"EOrder:Insufficient funds"},{"txid":"O5OR23-ADFAD-Y2G61C","descr":{"order":"buy 0.80300000 XBTUSD '
        b'@ limit 28300.0"},"close":"close position @ stop loss 27000.0 -> limit 26000.0"}]}'
    )
    assert rest_legs(rest) == (
        LegAnswer("65LRD3-AHGRA-YAH8E5"),
        LegAnswer(error="EOrder:Insufficient funds"),
        LegAnswer("O5OR23-ADFAD-Y2G61C"),
    )


def test_a_leg_in_a_strange_shape_is_no_answer_and_spoils_no_other() -> None:
    assert ws_legs(b'[5,{"order_id":7},{"order_id":"O1","error":["a","b\\u001b"]},{"txid":["O2"]}]') == (
        None, None, LegAnswer("O1", error="a; b"), LegAnswer("O2"),
    )  # fmt: skip


@pytest.mark.parametrize("raw", [b"", b"{}", b"null", b'"x"', b"[", b"\xff"])
def test_what_is_no_list_of_legs_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(ValueError, match="can't be read"):
        ws_legs(raw)
    with pytest.raises(ValueError, match="can't be read"):
        rest_legs(msgspec.Raw(raw))


def test_ids_win_over_places() -> None:
    a, b = LegAnswer("O1", "b"), LegAnswer("O2", "a")
    assert match_legs(["a", "b"], [a, b]) == (b, a)


def test_an_id_comes_back_in_either_spelling() -> None:
    answer = LegAnswer("O1", LONG.replace("-", "").upper())
    assert match_legs([LONG, "x"], [LegAnswer("O2"), answer])[0] == answer


def test_the_place_counts_only_when_nobody_is_missing_and_nobody_else_is_named() -> None:
    one, two = LegAnswer("O1"), LegAnswer("O2", "stranger")
    assert match_legs(["a", "b"], [one]) == (None, None)
    assert match_legs(["a", "b"], [one, two]) == (one, None)
    assert match_legs(["", ""], [one, None]) == (one, None)


IDS = st.lists(st.uuids().map(str), min_size=2, max_size=15, unique=True)


@given(IDS, st.data())
def test_no_answer_is_given_to_two_legs_or_to_the_wrong_one(ids: list[str], data: st.DataObject) -> None:
    """Shuffled, thinned and half-named answers: a leg gets its own or none."""
    truth = [LegAnswer(f"O-{one}", one) for one in ids]
    shuffled = data.draw(st.permutations(truth))
    kept = shuffled[: data.draw(st.integers(0, len(ids)))]
    found = match_legs(ids, kept)
    assert [answer for answer in found if answer] == [answer for answer in truth if answer in kept]
    bare = [LegAnswer(answer.order_id, answer.cl_ord_id if data.draw(st.booleans()) else "") for answer in truth]
    assert [answer.order_id if answer else "" for answer in match_legs(ids, bare)] == [one.order_id for one in truth]
