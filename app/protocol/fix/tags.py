"""The fields and message types of Kraken's FIX 4.4 (`fix.md` §1.2, §1.3, §6).

Tags are the text that stands on the wire, so that no message pays for a
conversion to numbers.
"""

from __future__ import annotations

from typing import Final

SOH: Final = "\x01"

FIELD_NAMES: Final[dict[str, str]] = {
    "6": "AvgPx",
    "7": "BeginSeqNo",
    "8": "BeginString",
    "9": "BodyLength",
    "10": "CheckSum",
    "11": "ClOrdID",
    "14": "CumQty",
    "16": "EndSeqNo",
    "17": "ExecID",
    "18": "ExecInst",
    "31": "LastPx",
    "32": "LastQty",
    "34": "MsgSeqNum",
    "35": "MsgType",
    "36": "NewSeqNo",
    "37": "OrderID",
    "38": "OrderQty",
    "39": "OrdStatus",
    "40": "OrdType",
    "41": "OrigClOrdID",
    "43": "PossDupFlag",
    "44": "Price",
    "45": "RefSeqNum",
    "49": "SenderCompID",
    "52": "SendingTime",
    "54": "Side",
    "55": "Symbol",
    "56": "TargetCompID",
    "58": "Text",
    "59": "TimeInForce",
    "60": "TransactTime",
    "62": "ValidUntilTime",
    "78": "NoAllocs",
    "79": "AllocAccount",
    "97": "PossResend",
    "98": "EncryptMethod",
    "99": "StopPx",
    "103": "OrdRejReason",
    "108": "HeartBtInt",
    "109": "ClientID",
    "112": "TestReqID",
    "118": "NetMoney",
    "122": "OrigSendingTime",
    "123": "GapFillFlag",
    "126": "ExpireTime",
    "136": "NoMiscFees",
    "137": "MiscFeeAmt",
    "138": "MiscFeeCurr",
    "139": "MiscFeeType",
    "141": "ResetSeqNumFlag",
    "146": "NoRelatedSym",
    "151": "LeavesQty",
    "150": "ExecType",
    "167": "SecurityType",
    "168": "EffectiveTime",
    "262": "MDReqID",
    "263": "SubscriptionRequestType",
    "264": "MarketDepth",
    "265": "MDUpdateType",
    "266": "AggregatedBook",
    "267": "NoMDEntryTypes",
    "268": "NoMDEntries",
    "269": "MDEntryType",
    "270": "MDEntryPx",
    "271": "MDEntrySize",
    "273": "MDEntryTime",
    "278": "MDEntryID",
    "279": "MDUpdateAction",
    "281": "MDReqRejReason",
    "320": "SecurityReqID",
    "322": "SecurityResponseID",
    "335": "TradSesReqID",
    "336": "TradingSessionID",
    "340": "TradSesStatus",
    "371": "RefTagID",
    "372": "RefMsgType",
    "373": "SessionRejectReason",
    "378": "ExecRestatementReason",
    "379": "BusinessRejectRefID",
    "380": "BusinessRejectReason",
    "381": "GrossTradeAmt",
    "388": "DiscretionInst",
    "393": "TotNoRelatedSym",
    "527": "SecondaryExecID",
    "530": "MassCancelRequestType",
    "553": "Username",
    "554": "Password",
    "559": "SecurityListRequestType",
    "560": "SecurityRequestResult",
    "562": "MinTradeVol",
    "567": "TradSesStatusRejReason",
    "891": "MiscFeeBasis",
    "893": "LastFragment",
    "1003": "TradeID",
    "1102": "TriggerPrice",
    "1138": "DisplayQty",
    "2349": "PricePrecision",
    "2446": "AggressorSide",
    "5001": "Leverage",
    "5010": "QtyPrecision",
    "5011": "QtyMin",
    "5012": "QtyMax",
    "5013": "MinimumCost",
    "5022": "TickSize",
    "5025": "Nonce",
    "5030": "ForceResetClOrdID",
    "5032": "AssetPairStatus",
    "5041": "ChecksumOrderBook",
    "5050": "LiquidityInd",
    "5051": "Rebased",
    "5052": "MDPricePrecision",
    "5060": "MDEntryTimestamp",
    "5273": "MDEntryTimeQueue",
    "7928": "SelfTradePrevention",
    "8674": "CancelOrdersOnDisconnect",
}
"""What each tag is called."""

SECRET_TAGS: Final = frozenset({"553", "554", "5025"})
"""Never shown, logged or kept (`fix.md` §7)."""

LOGON: Final = "A"
HEARTBEAT: Final = "0"
TEST_REQUEST: Final = "1"
RESEND_REQUEST: Final = "2"
REJECT: Final = "3"
SEQUENCE_RESET: Final = "4"
LOGOUT: Final = "5"
BUSINESS_REJECT: Final = "j"
NEW_ORDER: Final = "D"
CANCEL: Final = "F"
REPLACE: Final = "G"
MASS_CANCEL: Final = "q"
STATUS_REQUEST: Final = "H"
EXECUTION: Final = "8"
CANCEL_REJECT: Final = "9"
MD_REQUEST: Final = "V"
MD_SNAPSHOT: Final = "W"
MD_INCREMENT: Final = "X"
MD_REJECT: Final = "Y"
LIST_REQUEST: Final = "x"
LIST: Final = "y"
STATUS_SUBSCRIBE: Final = "g"
VENUE_STATUS: Final = "h"

MESSAGE_NAMES: Final[dict[str, str]] = {
    LOGON: "Logon",
    HEARTBEAT: "Heartbeat",
    TEST_REQUEST: "TestRequest",
    RESEND_REQUEST: "ResendRequest",
    REJECT: "Reject",
    SEQUENCE_RESET: "SequenceReset",
    LOGOUT: "Logout",
    BUSINESS_REJECT: "BusinessMessageReject",
    NEW_ORDER: "NewOrderSingle",
    CANCEL: "OrderCancelRequest",
    REPLACE: "OrderCancelReplaceRequest",
    MASS_CANCEL: "OrderMassCancelRequest",
    STATUS_REQUEST: "OrderStatusRequest",
    EXECUTION: "ExecutionReport",
    CANCEL_REJECT: "OrderCancelReject",
    MD_REQUEST: "MarketDataRequest",
    MD_SNAPSHOT: "MarketDataSnapshot",
    MD_INCREMENT: "MarketDataIncremental",
    MD_REJECT: "MarketDataRequestReject",
    LIST_REQUEST: "InstrumentListRequest",
    LIST: "InstrumentList",
    STATUS_SUBSCRIBE: "TradingSessionStatusRequest",
    VENUE_STATUS: "TradingSessionStatus",
}
"""What each message type is called."""

ADMIN_TYPES: Final = frozenset({LOGON, HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, REJECT, SEQUENCE_RESET, LOGOUT})

TAKEN_TYPES: Final = ADMIN_TYPES | {
    BUSINESS_REJECT,
    EXECUTION,
    CANCEL_REJECT,
    MD_SNAPSHOT,
    MD_INCREMENT,
    MD_REJECT,
    LIST,
    VENUE_STATUS,
}
"""What a client takes; Kraken never sends 9, which is read all the same."""

_STANDARD: Final = "679BCEHJKLMNPQRSTZabcdefiklmnoprstuvwz"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STANDARD_TYPES: Final = (
    frozenset(MESSAGE_NAMES)
    | frozenset(_STANDARD)
    | {f"A{last}" for last in _LETTERS}
    | {f"B{last}" for last in "ABCDEFGH"}
)
"""Every type that FIX 4.4 defines: the others are invalid, not merely unsupported."""
