from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from app.domain.order import Side
from app.protocol.rest import messages
from app.protocol.rest.messages import NotRestError, decode_envelope
from app.protocol.rest.names import Names, rest_pair, ws_symbol

PAIRS = msgspec.Raw(
    b'{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT","aclass_quote":"currency",'
    b'"quote":"ZUSD","lot":"unit","cost_decimals":5,"pair_decimals":1,"lot_decimals":8,"lot_multiplier":1,"leverage_buy":'
    b'[2,3,4,5],"fees":[[0,0.4]],"ordermin":"0.00005","costmin":"0.5","tick_size":"0.1","status":"online"},'
    b'"XDGUSD":{"altname":"XDGUSD","wsname":"XDG/USD","base":"XXDG","quote":"ZUSD"},'
    b'"SOLUSD":{"altname":"SOLUSD","wsname":"SOL/USD","base":"SOL","quote":"ZUSD"},'
    b'"BROKEN":{"altname":5},"NOWS":{"altname":"NOWS","base":"NO","quote":"WS"}}'
)
# The samples of rest.md §3, as published.
OPEN = msgspec.Raw(
    b'{"open":{"OQCLML-BW3P3-BUCMWZ":{"refid":null,"userref":0,"status":"open","opentm":1688666559.8974,"starttm":0,'
    b'"expiretm":0,"descr":{"pair":"XBTUSD","type":"buy","ordertype":"limit","price":"30010.0","price2":"0","leverage":'
    b'"none","order":"buy 1.25000000 XBTUSD @ limit 30010.0","close":""},"vol":"1.25000000","vol_exec":"0.37500000",'
    b'"cost":"11253.7","fee":"0.00000","price":"30010.0","stopprice":"0.00000","limitprice":"0.00000","misc":"","oflags":'
    b'"fciq,post","trades":["TCCCTY-WE2O6-P3NB37"]}}}'
)
CLOSED = msgspec.Raw(
    b'{"closed":{"O37652-RJWRT-IMO74O":{"refid":null,"userref":1,"status":"canceled","reason":"User requested",'
    b'"opentm":1688148493.7708,"closetm":1688148610.0482,"starttm":0,"expiretm":0,"descr":{"pair":"XBTUSD","type":"sell",'
    b'"ordertype":"stop-loss-limit","price":"23667.0","price2":"0","leverage":"none","order":"x","close":""},"vol":'
    b'"0.00100000","vol_exec":"0.00000000","cost":"0.00000","fee":"0.00000","price":"0.00000","stopprice":"0.00000",'
    b'"limitprice":"0.00000","misc":"","oflags":"fciq","trigger":"index","cl_ord_id":"abc"}},"count":1}'
)
TRADES = msgspec.Raw(
    b'{"trades":{"THVRQM-33VKH-UCI7BS":{"ordertxid":"OQCLML-BW3P3-BUCMWZ","postxid":"TKH2SE-M7IF5-CFI7LT","pair":'
    b'"XXBTZUSD","time":1688667796.8802,"type":"buy","ordertype":"limit","price":"30010.00000","cost":"600.20000","fee":'
    b'"0.00000","vol":"0.02000000","margin":"0.00000","leverage":"0","misc":"","trade_id":40274859,"maker":true}},'
    b'"count":2346}'
)


@pytest.fixture
def names() -> Names:
    names = Names()
    names.load(messages.pair_names(PAIRS))
    return names


def test_names_of_pairs_and_assets_in_all_spellings(names: Names) -> None:
    for name in ("XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD"):
        assert names.symbol(name) == "BTC/USD"
    assert names.symbol("XDGUSD") == "DOGE/USD"
    assert names.symbol("NEWUSD") == "NEWUSD"
    assert [names.asset(name) for name in ("XXBT", "ZUSD", "XXDG", "SOL", "XXBT.F", "XBT", "NEW")] == [
        "BTC", "USD", "DOGE", "SOL", "BTC.F", "BTC", "NEW",
    ]  # fmt: skip
    assert rest_pair("DOGE/BTC") == "XDG/XBT"
    assert ws_symbol("XDG/XBT") == "DOGE/BTC"


def test_an_open_order_in_our_terms(names: Names) -> None:
    (order,) = messages.open_orders(OPEN, names)
    assert (order.order_id, order.symbol, order.side, order.status) == (
        "OQCLML-BW3P3-BUCMWZ", "BTC/USD", Side.BUY, "open",
    )  # fmt: skip
    assert (order.qty, order.filled, order.limit_price) == (Decimal("1.25"), Decimal("0.375"), Decimal(30010))
    assert order.opened_ns == 1688666559_897400000
    assert order.closed_ns == 0
    assert order.post_only
    assert order.is_open


def test_a_closed_order_with_its_reason(names: Names) -> None:
    (order,), count = messages.closed_orders(CLOSED, names)
    assert count == 1
    assert (order.status, order.reason, order.cl_ord_id) == ("canceled", "User requested", "abc")
    assert order.limit_price is None
    assert order.avg_price is None
    assert not order.is_open


def test_a_fill_of_the_history(names: Names) -> None:
    (trade,), count = messages.trades(TRADES, names)
    assert count == 2346
    assert (trade.exec_id, trade.symbol, trade.maker) == ("THVRQM-33VKH-UCI7BS", "BTC/USD", True)
    assert trade.cost == Decimal("600.2")


def test_balances_as_text_or_numbers(names: Names) -> None:
    raw = msgspec.Raw(
        b'{"ZUSD":{"balance":"25435.2100","hold_trade":"8249.7600"},"XXBT":{"balance":1.2435,"hold_trade":0.8423}}'
    )
    usd, btc = messages.balances_ex(raw, names)
    assert (usd.asset, usd.available) == ("USD", Decimal("17185.45"))
    assert (btc.asset, btc.available) == ("BTC", Decimal("0.4012"))
    assert messages.balances(msgspec.Raw(b'{"XXBT":"1011.1908877900"}'), names) == {"BTC": Decimal("1011.19088779")}


def test_fees_in_percent() -> None:
    raw = msgspec.Raw(
        b'{"currency":"ZUSD","volume":"200709587.4223","fees":{"XXBTZUSD":{"fee":"0.1000","minfee":"0.1000","maxfee":'
        b'"0.2600","nextfee":null}},"fees_maker":{"XXBTZUSD":{"fee":"0.0000"}}}'
    )
    rates = messages.fee_rates(raw, "BTC/USD")
    assert (rates.maker, rates.taker) == (Decimal(0), Decimal("0.1"))
    with pytest.raises(NotRestError):
        messages.fee_rates(msgspec.Raw(b'{"currency":"ZUSD","volume":"1","fees":null}'), "BTC/USD")


def test_the_rights_of_a_key() -> None:
    raw = msgspec.Raw(
        b'{"apiKeyName":"my-api-key","apiKey":"4/SD...","nonce":"1772627060997","nonceWindow":0,"permissions":'
        b'["query-funds","create-ws-token"],"iban":"AA88","validUntil":"1772627061","queryFrom":"0","queryTo":"0",'
        b'"createdTime":"1772542900","modifiedTime":"1772543095","ipAllowlist":[],"lastUsed":null}'
    )
    info = messages.key_info(raw)
    assert info.permissions == ("query-funds", "create-ws-token")
    assert info.valid_until_ns == 1772627061_000000000


def test_a_level3_book(names: Names) -> None:
    raw = msgspec.Raw(
        b'{"pair":"BTC/USD","bids":[{"price":"90509.00000","qty":"0.04902300","order_id":"ONLALL-67PF5-3CAQCL",'
        b'"timestamp":1765628335242269554}],"asks":[]}'
    )
    book = messages.level3(raw, names)
    assert (book.symbol, book.bids[0].price, book.bids[0].at_ns) == (
        "BTC/USD", Decimal(90509), 1765628335242269554,
    )  # fmt: skip


def test_a_token_does_not_show_itself() -> None:
    token = messages.decode_result(msgspec.Raw(b'{"token":"1Dwc4lzSwNWOAwk","expires":900}'), messages.Token)
    assert token.token == "1Dwc4lzSwNWOAwk"
    assert "1Dwc" not in repr(token)


def test_the_disarmed_timer_has_no_time() -> None:
    armed = msgspec.Raw(b'{"currentTime":"2023-03-24T17:41:56Z","triggerTime":"2023-03-24T17:42:56Z"}')
    disarmed = msgspec.Raw(b'{"currentTime":"2023-03-24T17:41:56Z","triggerTime":"0"}')
    assert messages.decode_result(armed, messages.CancelAfterDone).until_ns == 1679679776_000000000
    assert messages.decode_result(disarmed, messages.CancelAfterDone).until_ns == 0


def test_warnings_are_no_failures() -> None:
    assert decode_envelope(b'{"error":[],"result":{}}').failure == ""
    assert decode_envelope(b'{"error":["WGeneral:Danger"],"result":{}}').failure == ""
    assert decode_envelope(b'{"error":["EOrder:Unknown order"]}').failure == "EOrder:Unknown order"


@pytest.mark.parametrize("body", [b"", b"<html>520</html>", b'{"error":"x"}', b"[]", b'{"error":[],', b"\xff", b"null"])
def test_what_is_no_answer_of_the_api_is_told_apart(body: bytes) -> None:
    with pytest.raises(NotRestError):
        decode_envelope(body)


@pytest.mark.parametrize("raw", [b'{"ZUSD":"NaN"}', b'{"ZUSD":"1e999"}', b'{"ZUSD":[]}', b"[]"])
def test_absurd_amounts_are_refused(raw: bytes, names: Names) -> None:
    with pytest.raises((NotRestError, ValueError)):
        messages.balances(msgspec.Raw(raw), names)
