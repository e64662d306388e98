"""What the user can set: profiles, limits, keys, screen, log level.

The built-in values are in `app/profiles.py`; `config.toml` changes single
values on top of them and adds profiles and keys. A file is taken whole or not
at all. For example:

    [ui]
    theme = "dark"

    [profiles.production]
    key_ref = "main"
    limits.max_notional = "5000"
    symbol_limits."BTC/USD".max_qty = "0.25"

    [keys.main]
    command = ["pass", "show", "kraken/main"]
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

CONFIG_VERSION = 1

Exact = Annotated[Decimal, Meta(description="a decimal number, best in quotes")]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Seconds = Annotated[int, Meta(ge=1, le=86_400)]
Points = Annotated[Decimal, Meta(description="points of the rate counter")]
Percent = Annotated[Decimal, Meta(description="per cent")]
Port = Annotated[int, Meta(ge=0, le=65_535)]
SizeText = Annotated[str, Meta(pattern=r"^(\$?\d{1,15}(\.\d{1,18})?|\d{1,3}(\.\d+)?%)$")]
KeyName = Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9_-]{0,31})?$")]


class Mode(StrEnum):
    """What a profile's money is, and so which safety rules it has."""

    PRACTICE = "practice"
    PUBLIC = "public"
    UAT = "uat"
    REAL = "real"


class _Frozen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Immutable; an unknown key is an error."""


class Urls(_Frozen, frozen=True, kw_only=True):
    """Addresses of a venue; empty means that the profile does not have that face.

    Attributes:
        rest: Base of REST, without a path.
        ws_public: WS v2 market data.
        ws_auth: WS v2 orders and account.
        ws_l3: WS v2 order-by-order book.
    """

    rest: str = ""
    ws_public: str = ""
    ws_auth: str = ""
    ws_l3: str = ""


class SymbolLimits(_Frozen, frozen=True, kw_only=True):
    """Pre-trade limits of one symbol; None leaves the profile's.

    Attributes:
        max_qty: Largest order, in base units.
        max_notional: Largest order, in quote units.
        max_exposure: All open orders together, in quote units.
        max_symbol_qty: Open orders on one side, in base units.
        max_session_qty: All orders of a session, in base units.
        max_session_notional: All orders of a session, in quote units.
        collar_pct: Furthest limit price beyond the far touch, in per cent.
        near_collar_pct: Furthest limit price behind the near touch, in per cent.
        max_open_orders: Open orders on the symbol.
    """

    max_qty: Exact | None = None
    max_notional: Exact | None = None
    max_exposure: Exact | None = None
    max_symbol_qty: Exact | None = None
    max_session_qty: Exact | None = None
    max_session_notional: Exact | None = None
    collar_pct: Percent | None = None
    near_collar_pct: Percent | None = None
    max_open_orders: Count | None = None


class Limits(_Frozen, frozen=True, kw_only=True):
    """Pre-trade limits of a profile; None means no limit of that kind.

    Attributes:
        max_qty: Largest order, in base units.
        max_notional: Largest order, in quote units.
        max_exposure: All open orders of a symbol together, in quote units.
        max_symbol_qty: Open orders of a symbol on one side, in base units.
        max_session_qty: All orders of a session on a symbol, in base units.
        max_session_notional: All orders of a session, in quote units.
        collar_pct: Furthest limit price beyond the far touch, in per cent.
        near_collar_pct: Furthest limit price behind the near touch, in per cent.
        max_open_orders: Open orders on one symbol.
        max_orders_per_s: New orders and amends in one second.
        max_messages_per_s: New orders, amends and cancels in one second.
        confirm_notional: From this notional on, an order asks once more.
    """

    max_qty: Exact | None = None
    max_notional: Exact | None = None
    max_exposure: Exact | None = None
    max_symbol_qty: Exact | None = None
    max_session_qty: Exact | None = None
    max_session_notional: Exact | None = None
    collar_pct: Percent | None = Decimal(5)
    near_collar_pct: Percent | None = None
    max_open_orders: Count | None = 60
    max_orders_per_s: Count = 10
    max_messages_per_s: Count | None = None
    confirm_notional: Exact | None = None


class DeadMan(_Frozen, frozen=True, kw_only=True):
    """The venue's cancel-after timer (`rest.md` §4.6).

    Attributes:
        timeout_s: The venue cancels everything after this long without a refresh.
        refresh_s: How often the engine refreshes it.
    """

    timeout_s: Seconds = 60
    refresh_s: Seconds = 20


class Fix(_Frozen, frozen=True, kw_only=True):
    """FIX sessions of a profile (`fix.md` §1); without a host there are none.

    Attributes:
        host: Kraken gives each client its own.
        spot_trading: Port of spot order entry; 0 for no such session.
        spot_md: Port of spot market data.
        spot_l3: Port of the spot order-by-order book.
        deriv_trading: Port of derivatives order entry.
        deriv_md: Port of derivatives market data.
        deriv_l3: Port of the derivatives order-by-order book.
        sender_comp_id: What Kraken calls us on the spot sessions.
        deriv_sender_comp_id: What Kraken calls us on the derivatives sessions.
        key_ref: Key of the type FIX (`[keys.NAME]`); empty takes the profile's.
        tls: Encrypt; off only on this machine or a test host.
        verify: Check the host's certificate; off only on this machine or a test host.
        cancel_on_disconnect: Have the venue cancel a session's orders when its link is lost.
        heartbeat_s: Heartbeat interval that we ask for.
        around_rollover: What a new FIX order does around 22:00 UTC: go over `ws`, or be held back (`hold`).
        window_s: How long before 22:00 UTC that begins.
        account: Sub-account that orders over FIX are for (brokers); empty for the key's own. They take no detour.
        client_id: Number by which Kraken joins a client's sessions, as trading and market data; 0 for none.
        book: Where the ladder's book comes from: `ws`, or over FIX market data as price levels (`l2`, from `spot_md`)
            or as orders (`l3`, from `spot_l3`). Never another way instead: without the session the book is stale.
    """

    host: str = ""
    spot_trading: Port = 0
    spot_md: Port = 0
    spot_l3: Port = 0
    deriv_trading: Port = 0
    deriv_md: Port = 0
    deriv_l3: Port = 0
    sender_comp_id: str = ""
    deriv_sender_comp_id: str = ""
    key_ref: KeyName = ""
    tls: bool = True
    verify: bool = True
    cancel_on_disconnect: bool = True
    heartbeat_s: Annotated[int, Meta(ge=5, le=60)] = 30
    around_rollover: Literal["ws", "hold"] = "ws"
    window_s: Annotated[int, Meta(ge=5, le=3_600)] = 60
    account: Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$")] = ""
    client_id: Annotated[int, Meta(ge=0, le=2_147_483_647)] = 0
    book: Literal["ws", "l2", "l3"] = "ws"

    def at(self, where: Fix) -> Fix:
        """Return the sessions with the addresses and ids of others, as when the local venue has told its ports."""
        told = ("host", *(name for name in self.__struct_fields__ if name.startswith(("spot_", "deriv_"))))
        names = (*told, "sender_comp_id", "tls", "verify")
        return replace(self, **{name: getattr(where, name) for name in names})


class Signals(_Frozen, frozen=True, kw_only=True):
    """Lines from outside that trade as typed ones do; each is answered in a file of that name with `.answers`.

    Attributes:
        path: Absolute path of a file or named pipe, yours and writable by you alone; empty turns it off.
        unattended: Whether its lines may trade while no screen is armed.
        real_money: Needed besides on a profile with real money.
    """

    path: Annotated[str, Meta(pattern=r"^((~|)/.{1,500})?$")] = ""
    unattended: bool = False
    real_money: bool = False


class Profile(_Frozen, frozen=True, kw_only=True):
    """One venue with one account and one set of safety rules.

    Attributes:
        name: Its name; also names its socket, journal and lock.
        mode: What the money is.
        urls: Where the venue is.
        key_ref: Which key it uses (`[keys.NAME]`); empty means none.
        fix: Its FIX sessions.
        transport: What new orders go over where nothing else is said: `ws`, `fix` or `rest`.
        tier: Verification tier, which sets the rate limits until the venue tells its own.
        exit_reserve: Points of a pair's rate counter that only cancels and orders that leave a position may
            spend; none means a fifth of the tier's threshold.
        limits: Pre-trade limits.
        symbol_limits: Tighter or wider limits by symbol.
        dead_man: The cancel-after timer.
        signals: Orders from a watched file or named pipe.
        arm_timeout_s: Idle time after which the screen falls back to VIEW.
        beat_ms: How long Enter has no effect after a draft appeared.
        size_presets: Sizes under the digit keys: `0.5`, `$200` or `25%`.
    """

    name: str
    mode: Mode
    urls: Urls = Urls()
    key_ref: KeyName = ""
    fix: Fix = Fix()
    transport: Literal["ws", "fix", "rest"] = "ws"
    tier: Literal["starter", "intermediate", "pro"] = "intermediate"
    exit_reserve: Points | None = None
    limits: Limits = Limits()
    symbol_limits: dict[str, SymbolLimits] = {}
    dead_man: DeadMan = DeadMan()
    signals: Signals = Signals()
    arm_timeout_s: Seconds = 900
    beat_ms: Annotated[int, Meta(ge=0, le=2_000)] = 150
    size_presets: Annotated[tuple[SizeText, ...], Meta(min_length=1, max_length=9)] = (
        "$50",
        "$100",
        "$250",
        "$500",
        "$1000",
        "$2500",
        "$5000",
        "$10000",
        "25%",
    )

    def at(self, urls: Urls, fix: Fix | None = None) -> Profile:
        """Return the profile with other addresses, as when the local venue has told its ports."""
        return replace(self, urls=urls, fix=self.fix if fix is None else self.fix.at(fix))

    def limits_for(self, symbol: str) -> Limits:
        """Return the limits of one symbol: its own where it has them, else the profile's."""
        own = self.symbol_limits.get(symbol)
        if own is None:
            return self.limits
        given = {name: value for name in own.__struct_fields__ if (value := getattr(own, name)) is not None}
        return replace(self.limits, **given)


class KeySource(_Frozen, frozen=True, kw_only=True):
    """Where a key is when the keyring does not have it.

    Attributes:
        command: Words of a command that prints the key and the secret in two lines.
        file: A file with the two lines; empty means `keys/NAME` beside config.toml.
    """

    command: tuple[str, ...] = ()
    file: str = ""


class Ui(_Frozen, frozen=True, kw_only=True):
    """The screen.

    Attributes:
        theme: Name of a theme; empty chooses by the terminal.
        fps: Frames a second.
        fps_ssh: Frames a second at the far end of an SSH connection.
        bell: Ring the terminal's bell on fills and rejects.
        mouse: Take mouse clicks.
        keymap: Own keys by action (`quarterdeck keys` lists the actions), several separated by commas.
    """

    theme: str = ""
    fps: Annotated[int, Meta(ge=1, le=60)] = 20
    fps_ssh: Annotated[int, Meta(ge=1, le=60)] = 10
    bell: bool = False
    mouse: bool = True
    keymap: dict[str, str] = {}


class Settings(_Frozen, frozen=True, kw_only=True):
    """Everything that can be set.

    Attributes:
        version: Version of the file format.
        log_level: Of all processes.
        default_profile: What `quarterdeck live` opens; never one with real money.
        ui: The screen.
        profiles: By name; the built-in ones are always there.
        keys: By name.
    """

    version: Annotated[int, Meta(ge=1, le=CONFIG_VERSION)] = CONFIG_VERSION
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    default_profile: str = "public"
    ui: Ui = Ui()
    profiles: dict[str, Profile] = {}
    keys: dict[str, KeySource] = {}
