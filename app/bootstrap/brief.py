"""What a starting process is told through its standard input.

Keys and addresses travel in a pipe: never in argv or the environment, where
other users of the machine could read them.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, structs

from app.credentials import ApiKey
from app.settings import Fix, Urls


class KeyBrief(Struct, frozen=True):
    """A key on its way into the engine."""

    name: str
    key: str
    secret: str

    def __repr__(self) -> str:
        """Say nothing of the key."""
        return f"KeyBrief({self.name!r})"

    def unpack(self) -> ApiKey:
        """Return the key itself."""
        return ApiKey.parse(self.name, self.key, self.secret)


class EngineBrief(Struct, frozen=True):
    """What an engine is told at its start.

    Attributes:
        profile: Name of the profile.
        urls: Addresses, where the profile itself has none (practice).
        fix: FIX sessions, where the profile itself has none (practice).
        key: Key, or None for public data only.
        fix_key: Key of the FIX sessions, or None for the same.
        symbol: Pair to show first; empty for the default.
        replay: Recording to play instead of connecting; empty for none.
        speed: Its speed, as a decimal number.
        sole: Whether the venue was started for this engine alone and ends with it.
    """

    profile: str
    urls: Urls | None = None
    fix: Fix | None = None
    key: KeyBrief | None = None
    fix_key: KeyBrief | None = None
    symbol: str = ""
    replay: str = ""
    speed: str = "1"
    sole: bool = False


class Ready(Struct, frozen=True):
    """What an engine answers on its standard output, in one line.

    Attributes:
        pid: Its process id.
        socket: Its socket; empty if it could not start.
        error: Why it could not start.
        hint: What to do about it.
        code: Exit code that the failure deserves.
    """

    pid: int
    socket: str = ""
    error: str = ""
    hint: str = ""
    code: int = 0


class VenueReady(Struct, frozen=True):
    """The local venue's ready line, as far as we need it."""

    rest: str
    ws_public: str
    ws_auth: str
    ws_l3: str
    keys: tuple[VenueKey, ...]
    fix: VenueFix | None = None

    def urls(self) -> Urls:
        """Return its addresses as a profile has them."""
        return Urls(rest=self.rest, ws_public=self.ws_public, ws_auth=self.ws_auth, ws_l3=self.ws_l3)

    def sessions(self, key: VenueKey) -> Fix | None:
        """Return its FIX sessions for one of its keys; None if it has none."""
        if self.fix is None:
            return None
        sender = key.fix_sender_comp_id or self.fix.sender_comp_id
        ports = {name: port for name, port in structs.asdict(self.fix).items() if name != "sender_comp_id"}
        return Fix(
            host=urlsplit(self.rest).hostname or "",
            **ports,
            sender_comp_id=sender,
            deriv_sender_comp_id=f"{sender}-DRV",
            tls=self.rest.startswith("https"),
            verify=False,
        )


class VenueFix(Struct, frozen=True):
    """FIX ports of the ready line; 0 for a session that the venue does not have."""

    sender_comp_id: str = ""
    spot_trading: int = 0
    spot_md: int = 0
    spot_l3: int = 0
    deriv_trading: int = 0
    deriv_md: int = 0
    deriv_l3: int = 0


class VenueKey(Struct, frozen=True):
    """One practice key of the ready line."""

    name: str
    api_key: str
    api_secret: str
    fix_sender_comp_id: str = ""

    def __repr__(self) -> str:
        """Say nothing of the key."""
        return f"VenueKey({self.name!r})"


def pack_key(key: ApiKey | None) -> KeyBrief | None:
    """Return a key as it goes into the pipe."""
    return None if key is None else KeyBrief(key.name, key.key.reveal(), key.secret.reveal())


encode = msgspec.json.encode
decode_engine = msgspec.json.Decoder(EngineBrief).decode
decode_ready = msgspec.json.Decoder(Ready).decode
decode_venue = msgspec.json.Decoder(VenueReady).decode
