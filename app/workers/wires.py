"""One request over the transport that the caller chose, once.

What comes back is the venue's yes, somebody's no, or unknown; nothing is sent
twice and nothing falls back to the other transport by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from app.protocol.rest.errors import Layer, Retry, classify
from app.protocol.rest.messages import NotRestError
from app.protocol.rest.requests import Fields, JsonFields
from app.protocol.ws2.events import Cut, Reply, TimedOut
from app.workers.outcome import Accepted, Outcome, Refused, Unknown
from app.workers.rest import Answer, RestClient
from app.workers.ws import WsConnection

_T = TypeVar("_T")


class Wires:
    """Both transports of order requests.

    Args:
        ws: The private connection; None without a key.
        rest: The REST client.
    """

    def __init__(self, ws: WsConnection | None, rest: RestClient) -> None:
        self._ws = ws
        self._rest = rest

    async def ws(self, method: str, encode: Callable[[str, int], bytes]) -> Reply | Refused | Unknown:
        """Send a frame made from token and request id; a `Reply` is a yes."""
        if self._ws is None:
            return Refused("there is no private connection", Layer.LINK, "use a profile with a key")
        try:
            answer = await self._ws.request(method, encode)
        except ValueError as error:
            return invalid(str(error))
        match answer:
            case Reply():
                return verdict_of(answer)
            case TimedOut():
                return Unknown(f"{method}: no answer in time")
            case Cut():
                return Unknown(f"{method}: the connection was cut before the answer")
            case None:
                return Refused("the private connection is down", Layer.LINK, "nothing was sent", Retry.BACK_OFF)

    async def rest(
        self, name: str, fields: Callable[[], Fields], read: Callable[[Answer], _T]
    ) -> _T | Refused | Unknown:
        """Make a call with a form and read its answer."""
        try:
            answer = await self._rest.write(name, fields())
        except ValueError as error:
            return invalid(str(error))
        return _told(name, answer, read)

    async def rest_json(
        self, name: str, fields: Callable[[], JsonFields], read: Callable[[Answer], _T]
    ) -> _T | Refused | Unknown:
        """Make a call with a JSON body and read its answer."""
        try:
            answer = await self._rest.write_json(name, fields())
        except ValueError as error:
            return invalid(str(error))
        return _told(name, answer, read)


def verdict_of(reply: Reply) -> Reply | Refused | Unknown:
    """Tell a yes from a no and from neither."""
    response = reply.response
    if not response.ok:
        fault = classify(response.error)
        return Unknown(fault.error) if fault.retry is Retry.AMBIGUOUS else Refused.from_fault(fault)
    if response.success is None:
        return Unknown(f"{response.method}: the answer says neither yes nor no")
    return reply


def invalid(text: str) -> Refused:
    """Refuse what no wire can carry."""
    return Refused(text, Layer.VALIDATION, "nothing was sent")


def not_on_fix(what: str) -> Refused:
    """Refuse what FIX has no message for (`fix.md` §2.9)."""
    return Refused(f"{what} cannot go over FIX", Layer.VALIDATION, "nothing was sent; use WS or REST")


def harmless(outcome: Outcome, *, validate: bool) -> Outcome:
    """Take the doubt out of a request that was to be checked only: it changed nothing either way.

    An id in such an answer, whose shape is UNCONFIRMED (`ws-v2.md` §9.1), is
    no order's.
    """
    if not validate:
        return outcome
    if isinstance(outcome, Unknown):
        return Refused(outcome.reason, Layer.LINK, "it was a check only: nothing was placed", Retry.BACK_OFF)
    if isinstance(outcome, Accepted):
        return Accepted(rtt_us=outcome.rtt_us, venue_us=outcome.venue_us)
    return outcome


def _told(name: str, answer: Answer | Refused | Unknown, read: Callable[[Answer], _T]) -> _T | Refused | Unknown:
    if not isinstance(answer, Answer):
        return answer
    try:
        return read(answer)
    except NotRestError as error:
        return Unknown(f"{name}: {error.message}")
    except ValueError as error:
        return Unknown(f"{name}: {error}")
