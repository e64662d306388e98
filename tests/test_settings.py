from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.config_file import Loaded, load, profile_named
from app.credentials import ApiKey
from app.errors import ConfigError, UsageError
from app.paths import Paths
from app.profiles import check_hosts
from app.settings import Mode, Profile, Urls

EXAMPLE = """\
log_level = "debug"

[ui]
fps = 30

[profiles.production]
tier = "pro"
limits.max_notional = "5000"
symbol_limits."BTC/USD".max_qty = 0.25

[profiles.desk]
mode = "uat"
key_ref = "desk"
urls = { rest = "https://api.uat.example.kraken.com" }

[keys.desk]
command = ["pass", "show", "desk"]
"""
SECRET = "c2VjcmV0"


def write(paths: Paths, text: str | bytes) -> None:
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_bytes(text.encode() if isinstance(text, str) else text)


def read(paths: Paths, text: str | bytes) -> Loaded:
    write(paths, text)
    return load(paths)


def test_without_a_file_the_four_profiles_are_there(paths: Paths) -> None:
    loaded = load(paths)
    assert not loaded.found
    modes = {name: profile.mode for name, profile in loaded.settings.profiles.items()}
    assert modes == {"practice": Mode.PRACTICE, "public": Mode.PUBLIC, "uat": Mode.UAT, "production": Mode.REAL}
    assert loaded.settings.profiles["production"].dead_man.timeout_s == 60
    assert loaded.settings.profiles["production"].dead_man.refresh_s == 20
    assert loaded.settings.profiles["practice"].beat_ms == 150


def test_uat_has_no_hosts_of_its_own(paths: Paths) -> None:
    assert load(paths).settings.profiles["uat"].urls == Urls()


def test_a_file_changes_single_values_and_adds_profiles(paths: Paths) -> None:
    settings = read(paths, EXAMPLE).settings
    production = settings.profiles["production"]
    assert (settings.ui.fps, settings.ui.fps_ssh) == (30, 10)
    assert (production.tier, production.limits.max_notional) == ("pro", Decimal(5000))
    assert production.urls.rest == "https://api.kraken.com"
    assert settings.profiles["desk"].key_ref == "desk"
    assert settings.keys["desk"].command == ("pass", "show", "desk")


def test_the_file_tells_which_values_it_gives(paths: Paths) -> None:
    assert {"ui.fps", "log_level", "profiles.production.tier"} <= read(paths, EXAMPLE).from_file


def test_decimals_are_exact_with_and_without_quotes(paths: Paths) -> None:
    assert read(paths, EXAMPLE).settings.profiles["production"].limits_for("BTC/USD").max_qty == Decimal("0.25")


def test_a_symbol_inherits_what_it_does_not_set(paths: Paths) -> None:
    production = read(paths, EXAMPLE).settings.profiles["production"]
    assert production.limits_for("BTC/USD").max_notional == Decimal(5000)
    assert production.limits_for("ETH/USD") == production.limits


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[ui]\nfsp = 3", r"line 2: unknown key 'ui.fsp': did you mean 'fps'\?"),
        ("[ui]\nfps = 300", r"line 2: ui.fps"),
        ("[ui]\n\nfps = = 3", r"line 3"),
        ("[ui]\nfps = 3\nfps = 4\n[x]", r"line 3"),
        ("a = 1", r"line 1: unknown key 'a': known are"),
        ("[profiles.production]\ntier = 'gold'", r"line 2: profiles.production.tier: Invalid enum value 'gold'"),
        ("[profiles.production]\n\nlimits.max_qty = 'lots'", r"line 3: profiles.production.limits.max_qty"),
        ("[profiles.production]\nlimits.max_qty = 0", r"line 2: profiles.production.limits.max_qty: 0 is not above 0"),
        ("[profiles.production]\nlimits.max_qty = nan", r"line 2: .*limits.max_qty: NaN is not above 0"),
        ("[profiles.uat]\nlimits.max_qty = '-1'", r"line 2: profiles.uat.limits.max_qty: -1 is not above 0"),
        ("[profiles.production.limits]\nmax_notionl = 1", r"line 2: .*did you mean 'max_notional'\?"),
        ("[profiles.production]\nfix.book = 'fix'", r"line 2: profiles.production.fix.book: Invalid enum value 'fix'"),
        ("[profiles.production]\nfix.book = 'l2'", r"takes its book over FIX \(fix.book\) and has no FIX host"),
        (
            "[profiles.production.fix]\nhost='a.vip-fix.kraken.com'\nsender_comp_id='A'\nspot_md=4000\nbook='l3'",
            r"fix.book = 'l3' needs the session fix.spot_l3",
        ),
        ("[profiles.production]\nmode = 'practice'", r"line 2: the mode of 'production' is fixed"),
        ("[profiles.production]\nname = 'x'", r"line 2: a profile is named by its table"),
        ("[profiles.desk]\ntier = 'pro'", r"profiles.desk: Object missing required field `mode`"),
        ("[profiles.'../desk']\nmode = 'uat'", r"line 1: profile name '../desk' is not allowed"),
        ("[keys.'a b']\nfile = 'x'", r"line 1: key name 'a b' is not allowed"),
        ("profiles = 3", r"line 1: 'profiles' must be a table"),
        ("[profiles]\nproduction = 3", r"line 2: 'profiles.production' must be a table"),
        ("default_profile = 'production'", r"line 1: real money is never the default"),
        ("default_profile = 'nothing'", r"line 1: there is no profile 'nothing'"),
        ("[profiles.uat.dead_man]\nrefresh_s = 59", r"line 1: refresh_s must be at most half"),
        ("[profiles.uat]\nsize_presets = ['a lot']", r"line 2: profiles.uat.size_presets: not in the form"),
        ("[profiles.uat]\nsignals.path = 'here'", r"line 2: profiles.uat.signals.path: not in the form"),
        ("[profiles.production]\nsignals.path = '/tmp/x'", r"line 2: signals would trade with real money"),
        ("version = 2", r"version 2, newer than this program reads"),
        (b"[ui]\n\xff = 1", r"line 2: not UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(paths: Paths, text: str | bytes, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        read(paths, text)
    assert str(paths.config_file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_a_file_that_others_can_change_is_refused(paths: Paths) -> None:
    write(paths, EXAMPLE)
    paths.config_file.chmod(0o666)
    with pytest.raises(ConfigError, match="can be changed by other users"):
        load(paths)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(at=st.integers(0, len(EXAMPLE) - 1), cut=st.integers(0, 40), put=st.binary(max_size=8))
def test_a_damaged_file_gives_settings_or_one_clear_error(paths: Paths, at: int, cut: int, put: bytes) -> None:
    raw = EXAMPLE.encode()
    with suppress(ConfigError):
        loaded = read(paths, raw[:at] + put + raw[at + cut :])
        assert loaded.settings.profiles["production"].mode is Mode.REAL


def test_an_unknown_profile_gets_the_nearest_name(paths: Paths) -> None:
    with pytest.raises(UsageError, match=r"no profile 'prodution': did you mean 'production'\?"):
        profile_named(load(paths).settings, "prodution")


def key(practice: bool) -> ApiKey:
    return ApiKey.parse("k", "qdpractice-key-one" if practice else "real-key-one", SECRET)


def at(mode: Mode, rest: str) -> Profile:
    return Profile(name="p", mode=mode, urls=Urls(rest=rest))


REAL, LOCAL, UAT = "https://api.kraken.com", "http://127.0.0.1:8080", "https://api.vip.uat.lobster.kraken.com"


@pytest.mark.parametrize("rest", [REAL, UAT])
@pytest.mark.parametrize("mode", [Mode.REAL, Mode.UAT, Mode.PUBLIC, Mode.PRACTICE])
def test_a_practice_key_never_goes_to_a_real_host(mode: Mode, rest: str) -> None:
    with pytest.raises(ConfigError):
        check_hosts(at(mode, rest), key(practice=True))


@pytest.mark.parametrize(
    "rest",
    ["http://127.0.0.1:80", "https://127.0.0.1", "http://[::1]:80", "http://localhost:1", "http://127.9.9.9:1"],
)
@pytest.mark.parametrize("mode", [Mode.REAL, Mode.UAT, Mode.PUBLIC, Mode.PRACTICE])
def test_a_real_key_never_goes_to_loopback(mode: Mode, rest: str) -> None:
    with pytest.raises(ConfigError):
        check_hosts(at(mode, rest), key(practice=False))


@pytest.mark.parametrize(
    "rest",
    [
        "https://api.kraken.com.evil.example",
        "https://evil-api.kraken.com",
        "https://api.kraken.com@evil.example",
        "https://10.0.0.1",
        "https://xn--raken-g9a.com",
        "http://api.kraken.com",
        "wss://api.kraken.com",
        "api.kraken.com",
        "https://",
        "https://api.kraken.com:port",
        "https://api.kraken.com/?next=evil",
    ],
)
def test_a_real_key_goes_to_no_unknown_host_and_never_in_the_clear(rest: str) -> None:
    with pytest.raises(ConfigError):
        check_hosts(at(Mode.REAL, rest), key(practice=False))


@pytest.mark.parametrize(
    ("mode", "rest", "practice"),
    [(Mode.REAL, REAL, False), (Mode.UAT, UAT, False), (Mode.PRACTICE, LOCAL, True), (Mode.UAT, LOCAL, True)],
)
def test_keys_go_where_they_belong(mode: Mode, rest: str, practice: bool) -> None:
    check_hosts(at(mode, rest), key(practice))


def test_every_face_is_checked_not_only_rest() -> None:
    urls = Urls(rest=REAL, ws_public="wss://ws.kraken.com/v2", ws_auth="wss://evil.example/v2")
    with pytest.raises(ConfigError, match=r"ws_auth: evil\.example is not one"):
        check_hosts(Profile(name="p", mode=Mode.REAL, urls=urls), None)


def test_production_as_built_passes_its_own_rules(paths: Paths) -> None:
    check_hosts(load(paths).settings.profiles["production"], key(practice=False))


def test_public_takes_no_key_and_practice_stays_local() -> None:
    check_hosts(at(Mode.PUBLIC, REAL), None)
    check_hosts(at(Mode.PUBLIC, LOCAL), None)
    with pytest.raises(ConfigError, match="takes no key"):
        check_hosts(at(Mode.PUBLIC, REAL), key(practice=False))
    with pytest.raises(ConfigError, match="stays on this machine"):
        check_hosts(at(Mode.PRACTICE, REAL), None)


def test_uat_without_addresses_says_where_they_come_from(paths: Paths) -> None:
    with pytest.raises(ConfigError, match="has no addresses: write the ones that Kraken gave you"):
        check_hosts(load(paths).settings.profiles["uat"], None)
