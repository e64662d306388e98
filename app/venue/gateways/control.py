"""The control endpoint: faults and states for tests, JSON over HTTP on loopback.

`GET /state` tells the mode, the connections with their subscriptions, the
number of live tokens and the faults that are on.

`POST /fault` takes one JSON object with `kind`; `face` is `public`, `auth` or
`l3`, or absent for all three; `count` is 1 when absent; `on` is true when
absent. The answer is `{"ok":true}`, or `{"error":"…"}` with status 400.

| kind | further fields | does |
|---|---|---|
| `drop` | `channel`, `symbol`?, `count` | swallows the next data messages of a channel; on `executions` and `balances` the swallowed message keeps its `sequence` |
| `gap` | `channel`, `count` | the same, by the name of its effect |
| `corrupt` | `channel` (`book`, `level3`), `symbol`?, `count` | wrong checksum in the next updates |
| `delay` | `face`, `ms` | delays every outgoing frame; 0 ends it |
| `cut` | `face`, `how` (`now`, `mid_frame`, `after_bytes`), `bytes`?, `code`? | ends connections: without a word, inside the next frame, after so many bytes; `now` with `code` closes with a close frame |
| `silence` | `face`, `heartbeats`, `on` | sends nothing, or nothing but heartbeats, on connections that stay up |
| `refuse` | `face`, `on` | ends new connections at once |
| `http` | `method`, `status` (520), `count` | does what the REST method says, then answers with that HTTP status |
| `unanswered` | `method`, `count` | does what the method says and never answers (REST: ends the connection) |
| `expire_tokens` | | every WebSocket token is invalid at once; subscriptions that are up stay |
| `mode` | `mode` (`online`, `post_only`, `cancel_only`, `maintenance`) | state of the venue |
| `pair_status` | `symbol`, `status` | status of one pair |
| `fix` | `act`, … | faults of the FIX side, see `app.venue.fix.control` |
| `clear` | | all faults off; modes stay as they are |
"""  # noqa: E501 - a table row cannot be folded

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from app.domain.instrument import PairStatus
from app.venue.core.api import SystemMode, VenueReject
from app.venue.fix.control import FixControl
from app.venue.gateways import wishes
from app.venue.gateways.faults import Face, Silence
from app.venue.gateways.services import Services
from app.venue.gateways.session import Session
from app.venue.gateways.transport import HttpRequest, HttpResponse
from app.venue.gateways.websocket import WebSocket
from app.venue.gateways.wishes import Fields
from app.venue.wire.frames import Value, dump

WS_FACES: Final = (Face.PUBLIC, Face.AUTH, Face.L3)
_DEFAULT_STATUS: Final = 520
_CLOSE_REASON: Final = "closed by a fault"


class Control:
    """Carries out faults; also callable in-process.

    Args:
        services: The venue.
        sessions: Live WebSocket connections.
        fix: Faults of the FIX side.
    """

    def __init__(self, services: Services, sessions: Mapping[WebSocket, Session], fix: FixControl) -> None:
        self._services = services
        self._sessions = sessions
        self._fix = fix
        self._faults = services.faults
        self._kinds: dict[str, Callable[[Fields], None]] = {
            "drop": self._drop,
            "gap": self._drop,
            "corrupt": self._corrupt,
            "delay": self._delay,
            "cut": self._cut,
            "silence": self._silence,
            "refuse": self._refuse,
            "http": self._http,
            "unanswered": self._unanswered,
            "expire_tokens": lambda _fields: self._expire_tokens(),
            "mode": self._mode,
            "pair_status": self._pair_status,
            "fix": fix.fault,
            "clear": lambda _fields: self._clear(),
        }

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer an HTTP request; a browser's cross-site request is refused."""
        if "origin" in request.headers:
            return HttpResponse(403, b'{"error":"not for browsers"}')
        if request.method == "GET" and request.path == "/state":
            return HttpResponse(body=dump(self.state()).encode())
        if request.method != "POST" or request.path != "/fault":
            return HttpResponse(404, b'{"error":"GET /state or POST /fault"}')
        try:
            fields = json.loads(request.body)
            if not isinstance(fields, dict):
                raise ValueError("the body must be a JSON object")  # noqa: TRY004 - one kind of refusal
            self.fault(fields)
        except (ValueError, RecursionError) as error:
            return HttpResponse(400, dump({"error": str(error)}).encode())
        except VenueReject as error:
            return HttpResponse(400, dump({"error": error.error}).encode())
        return HttpResponse(body=b'{"ok":true}')

    def state(self) -> dict[str, Value]:
        """What `GET /state` tells; no secrets."""
        faults = self._faults
        return {
            "mode": str(self._services.exchange.mode),
            "connections": [session.describe() for session in self._sessions.values()],
            "fix": self._fix.state(),
            "tokens": self._services.keys.token_count,
            "faults": {
                "active": faults.active,
                "drop": {" ".join(key).strip(): count for key, count in faults.drop.items()},
                "corrupt": {" ".join(key).strip(): count for key, count in faults.corrupt.items()},
                "delay_ms": {str(face): ms for face, ms in faults.delay_ms.items()},
                "silence": {str(face): str(mode) for face, mode in faults.silence.items()},
                "refuse": [str(face) for face in faults.refuse],
                "unanswered": dict(faults.unanswered),
                "http": {method: status for method, (_, status) in faults.http_status.items()},
            },
        }

    def fault(self, fields: Fields) -> None:
        """Carry out one fault.

        Args:
            fields: As in the module's table.

        Raises:
            ValueError: It is not understood; nothing happened.
            VenueReject: The exchange does not know the pair.
        """
        kind = fields.get("kind")
        if not isinstance(kind, str) or kind not in self._kinds:
            raise ValueError(f"kind must be one of {', '.join(self._kinds)}")
        self._kinds[kind](fields)
        self._faults.refresh()

    def _clear(self) -> None:
        self._faults.clear()
        self._fix.clear()

    def _drop(self, fields: Fields) -> None:
        self._faults.drop[wishes.text(fields, "channel"), wishes.text(fields, "symbol", "")] = wishes.count(fields)

    def _corrupt(self, fields: Fields) -> None:
        channel = wishes.text(fields, "channel")
        if channel not in {"book", "level3"}:
            raise ValueError("channel must be book or level3")
        self._faults.corrupt[channel, wishes.text(fields, "symbol", "")] = wishes.count(fields)

    def _delay(self, fields: Fields) -> None:
        ms = wishes.number(fields, "ms", None)
        for face in _faces(fields):
            if ms:
                self._faults.delay_ms[face] = ms
            else:
                self._faults.delay_ms.pop(face, None)

    def _cut(self, fields: Fields) -> None:
        how, faces = wishes.text(fields, "how", "now"), _faces(fields)
        if how == "now":
            code = wishes.number(fields, "code", 0)
            for websocket in [ws for ws in self._sessions if ws.face in faces]:
                if code:
                    websocket.close(code, _CLOSE_REASON)
                else:
                    websocket.abort()
        elif how == "mid_frame":
            for websocket in [ws for ws in self._sessions if ws.face in faces]:
                websocket.cut_next = 0
        elif how == "after_bytes":
            allowance = wishes.number(fields, "bytes", None)
            for websocket in [ws for ws in self._sessions if ws.face in faces]:
                websocket.cut_next = allowance
        else:
            raise ValueError("how must be now, mid_frame or after_bytes")

    def _silence(self, fields: Fields) -> None:
        mode = Silence.DATA if wishes.flag(fields, "heartbeats", True) else Silence.ALL
        for face in _faces(fields):
            if wishes.flag(fields, "on", True):
                self._faults.silence[face] = mode
            else:
                self._faults.silence.pop(face, None)

    def _refuse(self, fields: Fields) -> None:
        faces = set(_faces(fields))
        if wishes.flag(fields, "on", True):
            self._faults.refuse |= faces
        else:
            self._faults.refuse -= faces

    def _http(self, fields: Fields) -> None:
        status = wishes.number(fields, "status", _DEFAULT_STATUS)
        self._faults.http_status[wishes.text(fields, "method")] = (wishes.count(fields), status)

    def _unanswered(self, fields: Fields) -> None:
        self._faults.unanswered[wishes.text(fields, "method")] = wishes.count(fields)

    def _expire_tokens(self) -> None:
        self._services.keys.expire_tokens()

    def _mode(self, fields: Fields) -> None:
        self._services.exchange.set_mode(SystemMode(wishes.text(fields, "mode")))

    def _pair_status(self, fields: Fields) -> None:
        self._services.exchange.set_pair_status(
            wishes.text(fields, "symbol"), PairStatus(wishes.text(fields, "status"))
        )


def _faces(fields: Fields) -> tuple[Face, ...]:
    name = fields.get("face")
    if name is None:
        return WS_FACES
    faces = tuple(face for face in WS_FACES if face == name)
    if not faces:
        raise ValueError("face must be public, auth or l3")
    return faces
