"""What an answer to a request says beyond yes and no (`ws-v2.md` §2.2, §9)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from app.protocol.checks import Checked
from app.protocol.wiretime import NS_PER_US, time_ns
from app.protocol.ws2.frames import MethodResponse

_COUNT_DIGITS = 6


class Head(msgspec.Struct, frozen=True, gc=False):
    """Enough of a frame to tell what it is.

    Attributes:
        channel: Of a data frame.
        method: Of a response.
        orders_cancelled: As written, in a live response to `batch_cancel` (§9.8).
    """

    channel: str = ""
    method: str = ""
    orders_cancelled: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)

    @property
    def cancelled(self) -> int | None:
        """How many orders a batch cancelled, where it is said at the top level."""
        text = bytes(self.orders_cancelled)
        return int(text) if text.isdigit() and len(text) <= _COUNT_DIGITS else None


class Result(Checked, frozen=True, gc=False):
    """`result` of a response; which fields are there depends on the method.

    Attributes:
        maxratecount: Threshold of the pair counter, in the executions ack (§10.5).
        order_id: New or addressed order.
        cl_ord_id: Echo.
        amend_id: Of an amend.
        original_order_id: Order that an edit replaced.
        count: Orders cancelled.
        current_time: Venue time of a cancel-after call.
        trigger_time: When the timer fires.
    """

    maxratecount: Decimal | None = None
    order_id: str = ""
    cl_ord_id: str = ""
    amend_id: str = ""
    original_order_id: str = ""
    count: int | None = None
    current_time: str = msgspec.field(name="currentTime", default="")
    trigger_time: str = msgspec.field(name="triggerTime", default="")


_head = msgspec.json.Decoder(Head)
_result = msgspec.json.Decoder(Result)


def decode_head(raw: str | bytes) -> Head:
    """Tell what a frame is.

    Raises:
        msgspec.DecodeError: It is not a JSON object.
    """
    return _head.decode(raw)


def result_of(response: MethodResponse) -> Result:
    """Read the result of a response.

    Returns:
        The fields; all empty if there is no result or not of the expected shape.
    """
    try:
        return _result.decode(response.result) if response.result else Result()
    except (msgspec.DecodeError, ValueError):
        return Result()


def venue_us(response: MethodResponse) -> int:
    """Return the microseconds spent inside the venue; 0 if it does not say."""
    try:
        return max(0, (time_ns(response.time_out) - time_ns(response.time_in)) // NS_PER_US)
    except ValueError:
        return 0


def venue_mid_ns(response: MethodResponse) -> int:
    """Return the middle of `time_in` and `time_out`; 0 if it does not say."""
    try:
        return (time_ns(response.time_in) + time_ns(response.time_out)) // 2
    except ValueError:
        return 0
