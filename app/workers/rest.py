"""The REST client of one venue: signed calls in nonce order, never a write twice.

Reads raise `ReadError`; writes return an `Outcome`. Whatever happens to a
write after its first byte may have left (timeout, cut, 5xx, an HTML page, an
answer that is no JSON) makes it `Unknown` (`faults.md` N1, N15, P20, P21).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import msgspec

from app.clock import NS_PER_S, Clock
from app.domain.budget import RestCounter, rest_cost
from app.domain.ratelimit import Tier
from app.domain.text import clean
from app.errors import ConfigError
from app.logs import redactor
from app.protocol.rest.errors import Layer, Retry, classify
from app.protocol.rest.messages import NotRestError, Token, decode_envelope, decode_result
from app.protocol.rest.requests import Fields, JsonFields, form_body, json_body
from app.protocol.rest.signing import sign
from app.workers.health import LOOPBACK
from app.workers.nonce_file import NonceFile
from app.workers.outcome import ReadError, Refused, Unknown
from app.workers.turnstile import Turnstile

if TYPE_CHECKING:
    from app.credentials import ApiKey

log = logging.getLogger(__name__)

READ_TIMEOUT_S = 10.0
WRITE_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 5.0
QUEUE_TIMEOUT_S = 5.0
NONCE_HOLD_S = 1.0
"""How long a request keeps the next one back when its answer does not come: by then it has arrived."""

LOCKOUT_S = 900
"""No token is asked for after a lockout for so long (`rest.md` §1.5)."""

REFUSED_S = 60
"""The same after any other refusal that asking again would not change."""

USER_AGENT = "quarterdeck"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_NS_PER_US = 1000
_HTTP_OK = 200
_HTTP_SERVER_ERROR = 500
_NO_RESULT = frozenset({b"", b"null", b"{}", b"[]"})
# Nothing was sent when these are raised: no socket, or none in time.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class _Call:
    """One private call: its body is written when its nonce is known."""

    name: str
    body: Callable[[int], bytes]
    content_type: str


def _form_call(name: str, fields: Fields) -> _Call:
    return _Call(name, lambda nonce: form_body(nonce, fields), FORM)


def _json_call(name: str, fields: JsonFields) -> _Call:
    return _Call(name, lambda nonce: json_body(nonce, fields), JSON)


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful call.

    Attributes:
        result: The raw result.
        rtt_us: Time from send to answer.
    """

    result: msgspec.Raw
    rtt_us: int


class RestClient:
    """One key (or none) at one venue.

    Args:
        base: Address without a path.
        key: API key; None allows public calls only.
        clock: Time.
        nonce: Source of nonces.
        tier: Sets the local REST counter.
        on_result: Told of each call: whether it got through, a note, microseconds.
    """

    def __init__(
        self,
        base: str,
        key: ApiKey | None,
        clock: Clock,
        *,
        nonce: NonceFile,
        tier: Tier,
        on_result: Callable[[bool, str, int], None] = lambda _ok, _note, _us: None,
    ) -> None:
        self._key = key
        self._clock = clock
        self._nonce = nonce
        self._counter = RestCounter(tier)
        self._on_result = on_result
        self._turnstile = Turnstile(NONCE_HOLD_S)
        self._fetch: asyncio.Task[str] | None = None
        self._held: ReadError | None = None
        self._held_until_ns = 0
        loopback = (urlsplit(base).hostname or "") in LOOPBACK
        self._http = httpx.AsyncClient(
            base_url=base,
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, pool=QUEUE_TIMEOUT_S),
            headers={"User-Agent": USER_AGENT},
            follow_redirects=False,
            trust_env=not loopback,
        )

    async def close(self) -> None:
        """End all connections."""
        if self._fetch is not None:
            self._fetch.cancel()
            await asyncio.gather(self._fetch, return_exceptions=True)
        await self._http.aclose()

    def points(self) -> Decimal:
        """Return the local estimate of the REST counter."""
        return self._counter.at(self._clock.mono_ns())

    # -- reads

    async def public(self, name: str, params: Mapping[str, str] | None = None) -> Answer:
        """Call a public endpoint.

        Raises:
            ReadError: There is no usable answer.
        """
        started = self._clock.mono_ns()
        try:
            response = await self._http.get(f"/0/public/{name}", params=dict(params or {}))
        except httpx.HTTPError as error:
            raise self._read_failed(name, error) from None
        return self._read(name, response, started)

    def expect(self, *names: str) -> None:
        """Make sure that these calls fit the venue's limit together, before the first of them is spent.

        Raises:
            ReadError: They do not fit now; nothing was sent.
        """
        wait_ns = self._counter.wait_ns(self._clock.mono_ns(), *names)
        if wait_ns:
            what = " and ".join(names)
            raise ReadError(f"{what} would exceed the REST limit", f"wait {wait_ns / NS_PER_S:.1f} s")

    async def read(self, name: str, fields: Fields | None = None, *, as_json: bool = False) -> Answer:
        """Call a private endpoint that changes nothing; a nonce that came too late is renewed once.

        Args:
            name: Last part of the path.
            fields: Parameters.
            as_json: Send them as JSON, not as a form.

        Raises:
            ReadError: There is no usable answer; `retry` says whether to ask again.
        """
        self.expect(name)
        call = _json_call(name, fields or {}) if as_json else _form_call(name, fields or {})
        try:
            return await self._read_once(call)
        except ReadError as error:
            if error.retry is not Retry.FRESH_NONCE:
                raise
            return await self._read_once(call)

    async def _read_once(self, call: _Call) -> Answer:
        started, name = self._clock.mono_ns(), call.name
        try:
            response = await self._send(call, READ_TIMEOUT_S)
        except httpx.HTTPError as error:
            raise self._read_failed(name, error) from None
        return self._read(name, response, started)

    def _read_failed(self, name: str, error: httpx.HTTPError) -> ReadError:
        note = f"{type(error).__name__} {clean(str(error))}".strip()
        self._on_result(False, note, 0)
        return ReadError(f"{name} got no answer: {note}", "check the connection to the venue")

    def _read(self, name: str, response: httpx.Response, started: int) -> Answer:
        rtt_us = (self._clock.mono_ns() - started) // _NS_PER_US
        if response.status_code != _HTTP_OK:
            self._on_result(False, f"HTTP {response.status_code}", rtt_us)
            raise ReadError(f"{name} was answered with HTTP {response.status_code}", "try again later")
        try:
            envelope = decode_envelope(response.content)
        except NotRestError as error:
            self._on_result(False, error.message, rtt_us)
            raise ReadError(f"{name}: {error.message}", error.hint) from None
        self._on_result(True, "", rtt_us)
        if envelope.failure:
            fault = classify(envelope.failure)
            self._note_limit(fault.layer)
            raise ReadError(f"{name}: {fault.error}", fault.hint, fault.retry)
        return Answer(envelope.result, rtt_us)

    # -- writes

    async def write(self, name: str, fields: Fields) -> Answer | Refused | Unknown:
        """Make a call that changes something, once; the counter is charged but never in its way."""
        return await self._write(_form_call(name, fields))

    async def write_json(self, name: str, fields: JsonFields) -> Answer | Refused | Unknown:
        """Make such a call with a JSON body, for the endpoints that take lists."""
        return await self._write(_json_call(name, fields))

    async def _write(self, call: _Call) -> Answer | Refused | Unknown:
        started, name = self._clock.mono_ns(), call.name
        try:
            response = await self._send(call, WRITE_TIMEOUT_S, urgent=True)
        except _NOT_SENT as error:
            self._on_result(False, type(error).__name__, 0)
            return Refused(
                f"no REST connection: {type(error).__name__}", Layer.LINK, "nothing was sent", Retry.BACK_OFF
            )
        except httpx.TimeoutException:
            self._on_result(False, "timeout", 0)
            return Unknown(f"{name}: no answer within {WRITE_TIMEOUT_S:g} s")
        except httpx.HTTPError as error:
            self._on_result(False, type(error).__name__, 0)
            return Unknown(f"{name}: the connection broke ({type(error).__name__})")
        except ConfigError as error:
            return Refused(error.message, Layer.LINK, error.hint)
        return self._written(name, response, started)

    def _written(self, name: str, response: httpx.Response, started: int) -> Answer | Refused | Unknown:
        rtt_us = (self._clock.mono_ns() - started) // _NS_PER_US
        status = response.status_code
        try:
            envelope = decode_envelope(response.content)
        except NotRestError as error:
            self._on_result(False, f"HTTP {status}, {error.message}", rtt_us)
            return Unknown(f"{name}: HTTP {status}, {error.message}")
        if status >= _HTTP_SERVER_ERROR:
            self._on_result(False, f"HTTP {status}", rtt_us)
            return Unknown(f"{name}: HTTP {status}")
        self._on_result(True, "", rtt_us)
        if envelope.failure:
            fault = classify(envelope.failure)
            self._note_limit(fault.layer)
            if bytes(envelope.result) not in _NO_RESULT:
                return Unknown(f"{name}: an error beside a result: {fault.error}")
            return Unknown(fault.error) if fault.retry is Retry.AMBIGUOUS else Refused.from_fault(fault)
        if status != _HTTP_OK:
            return Unknown(f"{name}: HTTP {status}")
        return Answer(envelope.result, rtt_us)

    # -- the token

    async def token(self) -> str:
        """Fetch a session token; callers at the same time share one call (`ws-v2.md` §1.2).

        Raises:
            ReadError: There is none to be had.
        """
        if self._held is not None and self._clock.mono_ns() < self._held_until_ns:
            raise ReadError(self._held.message, self._held.hint, self._held.retry)
        if self._fetch is None or self._fetch.done():
            self._fetch = asyncio.get_running_loop().create_task(self._fetch_token(), name="token")
        return await asyncio.shield(self._fetch)

    async def _fetch_token(self) -> str:
        try:
            answer = await self.read("GetWebSocketsToken")
        except ReadError as error:
            if error.retry is Retry.NEVER:
                hold_s = LOCKOUT_S if "lockout" in error.message else REFUSED_S
                self._held, self._held_until_ns = error, self._clock.mono_ns() + hold_s * NS_PER_S
            raise
        try:
            token = decode_result(answer.result, Token).token
        except NotRestError as error:
            raise ReadError(error.message, error.hint) from None
        redactor.register(token)
        return token

    # -- sending

    async def _send(self, call: _Call, timeout_s: float, *, urgent: bool = False) -> httpx.Response:
        """Sign and send; the next request goes out when this one is answered, or after a second.

        Raises:
            httpx.HTTPError: No answer.
            ConfigError: There is no key, or its nonce file can't be used.
        """
        if self._key is None:
            raise ConfigError(f"{call.name} needs an API key", "use a profile with a key")
        path = f"/0/private/{call.name}"
        timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s), pool=QUEUE_TIMEOUT_S)
        async with self._turnstile.turn(urgent=urgent):
            nonce = self._nonce.take()
            body = call.body(nonce)
            headers = {
                "API-Key": self._key.key.reveal(),
                "API-Sign": sign(self._key.secret.reveal(), path, str(nonce), body),
                "Content-Type": call.content_type,
            }
            self._counter.charge(self._clock.mono_ns(), rest_cost(call.name))
            return await self._http.post(path, content=body, headers=headers, timeout=timeout)

    def use_tier(self, tier: Tier) -> None:
        """Go on with another tier's REST counter."""
        self._counter.retune(self._clock.mono_ns(), tier.rest_max, tier.rest_decay)

    def _note_limit(self, layer: Layer) -> None:
        if layer is Layer.RATE:
            now = self._clock.mono_ns()
            self._counter.charge(now, max(Decimal(0), self._counter.headroom(now)))
