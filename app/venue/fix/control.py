"""Faults of the FIX side through the control endpoint: `POST /fault` with `"kind":"fix"` and `act`.

`service` is `spot_trading` when absent; `count` is 1; `on` is true. `msg_type`
names the MsgType that a fault hits; without it any application message.

| `act` | further fields | does |
|---|---|---|
| `drop`, `duplicate`, `reorder` | `count`, `msg_type`? | swallows outgoing messages (their numbers are used up), sends them twice, or after the next one |
| `checksum`, `length` | `count`, `msg_type`? | sends messages whose 10 or 9 is wrong |
| `gap` | `count` | skips outgoing numbers |
| `stall` | `on` | holds outgoing bytes back while the connection stays up |
| `logout` | `text`? | logs every client of the service out |
| `cut` | `bytes` (0) | ends the connections of the service after so many outgoing bytes, without a Logout |
| `rollover` | | what happens at 22:00 UTC happens now, on all services |
| `policy` | `name`, `on` | sets a switch of `app.venue.fix.policies` |
| `clear` | | these faults off; policies stay as they are |
"""  # noqa: E501 - a table row cannot be folded

from __future__ import annotations

from collections.abc import Callable

from app.venue.fix import policies
from app.venue.fix.connection import Connection
from app.venue.fix.faults import Fault
from app.venue.fix.gate import FixGate
from app.venue.fix.service import Service
from app.venue.fix.session import Session, State
from app.venue.gateways import wishes
from app.venue.gateways.wishes import Fields
from app.venue.wire.frames import Value

SWITCHES = (
    "EVICT_ON_DUPLICATE_LOGON",
    "CLEAN_LOGOUT_CANCELS",
    "CANCEL_SCOPE_IS_CONNECTION",
    "TEXT_PREFIX",
    "POST_ONLY_REJECTS",
    "REJECT_REF_SEQ",
)


class FixControl:
    """Carries out faults of the FIX side; also callable in-process.

    Args:
        gate: The FIX side.
    """

    def __init__(self, gate: FixGate) -> None:
        self._gate = gate
        self._acts: dict[str, Callable[[Service, Fields], None]] = {
            "gap": self._gap,
            "stall": self._stall,
            "logout": self._logout,
            "cut": self._cut,
            "rollover": lambda _service, _fields: gate.roll_over(),
            "policy": lambda _service, fields: _set_policy(fields),
            "clear": lambda _service, _fields: self.clear(),
        }

    def fault(self, fields: Fields) -> None:
        """Carry out one fault.

        Raises:
            ValueError: It is not understood; nothing happened.
        """
        act, service = wishes.text(fields, "act"), _service(fields)
        if act in list(Fault):
            kind = wishes.text(fields, "msg_type", "")
            self._gate.faults.plan(service, Fault(act), wishes.count(fields), kind)
        elif act in self._acts:
            self._acts[act](service, fields)
        else:
            raise ValueError(f"act must be one of {', '.join([*Fault, *self._acts])}")

    def state(self) -> dict[str, Value]:
        """What `GET /state` tells of FIX; no secrets."""
        return {
            "sessions": [_describe(session) for session in self._gate.sessions.values()],
            "faults": dict(self._gate.faults.describe()),
            "stalled": [str(service) for service in self._gate.faults.stalled],
        }

    def clear(self) -> None:
        """Switch all faults off."""
        self._gate.faults.clear()

    def _connections(self, service: Service) -> list[Connection]:
        return [connection for connection in self._gate.sessions if connection.service is service]

    def _gap(self, service: Service, fields: Fields) -> None:
        for peer in self._gate.peers.values():
            if peer.identity.service is service:
                peer.store.next_out += wishes.count(fields)

    def _stall(self, service: Service, fields: Fields) -> None:
        faults = self._gate.faults
        if wishes.flag(fields, "on", True):
            faults.stalled.add(service)
        else:
            faults.stalled.discard(service)
        faults.refresh()

    def _logout(self, service: Service, fields: Fields) -> None:
        for connection in self._connections(service):
            session = self._gate.sessions[connection]
            if session.state is State.UP:
                session.logout(wishes.text(fields, "text", ""))

    def _cut(self, service: Service, fields: Fields) -> None:
        allowance = wishes.number(fields, "bytes", 0)
        for connection in self._connections(service):
            if allowance:
                connection.cut_after = allowance
            else:
                connection.abort()


def _describe(session: Session) -> Value:
    peer = session.peer
    return {
        "service": str(session.service),
        "client": peer.identity.client if peer else "",
        "state": str(session.state),
        "next_in": peer.store.next_in if peer else 0,
        "next_out": peer.store.next_out if peer else 0,
        "keeps_orders": session.keeps_orders,
    }


def _service(fields: Fields) -> Service:
    name = wishes.text(fields, "service", Service.SPOT_TRADING)
    if name not in list(Service):
        raise ValueError(f"service must be one of {', '.join(Service)}")
    return Service(name)


def _set_policy(fields: Fields) -> None:
    name = wishes.text(fields, "name")
    if name not in SWITCHES:
        raise ValueError(f"name must be one of {', '.join(SWITCHES)}")
    setattr(policies, name, wishes.flag(fields, "on", True))
