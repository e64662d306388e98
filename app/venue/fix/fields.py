"""Fields that the gateway knows: name, form and allowed values (`fix.md` §1, §2, §3, §6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.venue.fix.message import parse_number, parse_utc

_DIGITS = re.compile(r"-?\d{1,18}", re.ASCII)
_COUNT = re.compile(r"\d{1,18}", re.ASCII)


def _text(_value: str) -> bool:
    return True


def _char(value: str) -> bool:
    return len(value) == 1


def _bool(value: str) -> bool:
    return value in {"Y", "N"}


def _int(value: str) -> bool:
    return _DIGITS.fullmatch(value) is not None


def _count(value: str) -> bool:
    return _COUNT.fullmatch(value) is not None


def _number(value: str) -> bool:
    try:
        parse_number(value)
    except ValueError:
        return False
    return True


def _time(value: str) -> bool:
    try:
        parse_utc(value)
    except ValueError:
        return False
    return True


def _second(value: str) -> bool:
    return "." not in value and _time(value)


FORMS: Final[dict[str, Callable[[str], bool]]] = {
    "text": _text,
    "char": _char,
    "bool": _bool,
    "int": _int,
    "count": _count,
    "number": _number,
    "time": _time,
    "second": _second,
    "words": _text,
}


@dataclass(frozen=True, slots=True)
class FieldType:
    """One field.

    Attributes:
        name: As Kraken's reject texts name it.
        form: Key of `FORMS`; `words` are space-separated values.
        values: What it may be; empty for anything.
    """

    name: str
    form: str
    values: frozenset[str] = frozenset()

    def formed(self, value: str) -> bool:
        """Whether the text has the form of the field."""
        return FORMS[self.form](value)

    def allowed(self, value: str) -> bool:
        """Whether the value is one of those that the field may have."""
        if not self.values:
            return True
        return all(word in self.values for word in (value.split(" ") if self.form == "words" else (value,)))


_TABLE = """
34 MsgSeqNum count
35 MsgType text
43 PossDupFlag bool
49 SenderCompID text
52 SendingTime time
56 TargetCompID text
97 PossResend bool
122 OrigSendingTime time
7 BeginSeqNo count
16 EndSeqNo count
36 NewSeqNo count
123 GapFillFlag bool
45 RefSeqNum count
58 Text text
371 RefTagID text
372 RefMsgType text
373 SessionRejectReason int
112 TestReqID text
98 EncryptMethod int 0
108 HeartBtInt count
141 ResetSeqNumFlag bool
109 ClientID count
553 Username text
554 Password text
5025 Nonce count
8674 CancelOrdersOnDisconnect int 0,1
5030 ForceResetClOrdID bool
5051 Rebased bool
379 BusinessRejectRefID text
380 BusinessRejectReason int
11 ClOrdID text
37 OrderID text
41 OrigClOrdID text
54 Side char 1,2
55 Symbol text
38 OrderQty number
40 OrderType char 1,2,3,4,R,T,U,V
44 Price number
99 StopPx number
388 DiscretionInst char 1,5
59 TimeInForce char 1,3,4,6
60 TransactTime time
62 ValidUntilTime time
126 ExpireTime second
168 EffectiveTime time
18 ExecInst words P,E,v,f,q,s
1138 DisplayQty number
5001 Leverage text 0,1
7928 SelfTradePrevention int 0,1,2
78 NoAllocs count 1
79 AllocAccount text
530 MassCancelRequestType char 1,6,7
262 MDReqID text
263 SubscriptionRequestType char
264 MarketDepth count
265 MDUpdateType int
266 AggregatedBook bool
267 NoMDEntryTypes count
269 MDEntryType char
146 NoRelatedSym count
320 SecurityReqID text
559 SecurityListRequestType int 0,1,4
167 SecurityType text CASH,FUT,OPT,TS
335 TradSesReqID text
336 TradingSessionID text
"""


def read_fields(table: str) -> dict[int, FieldType]:
    """Read a table of fields: tag, name, form, values with commas."""
    fields = {}
    for line in table.strip().splitlines():
        tag, name, form, *values = line.split()
        fields[int(tag)] = FieldType(name, form, frozenset(values[0].split(",")) if values else frozenset())
    return fields


FIELDS: Final = read_fields(_TABLE)
