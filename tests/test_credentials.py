from __future__ import annotations

import os
import pickle
import stat
import sys
import traceback
from pathlib import Path

import pytest

from app.credentials import KEYRINGS, ApiKey, Secret, load_key
from app.errors import ConfigError
from app.logs import redactor
from app.paths import Paths
from app.settings import KeySource

KEY, SECRET = "canary-public-part", "Y2FuYXJ5LXNlY3JldC1wYXJ0"
TEXT = f"{KEY}\n{SECRET}\n"
NOTHING = KeySource()


def empty_keyring(_: str) -> str | None:
    return None


def write_key(paths: Paths, name: str = "main", text: str = TEXT) -> Path:
    path = paths.key_file(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def load(paths: Paths, source: KeySource = NOTHING) -> ApiKey | None:
    return load_key("main", source, paths, {}, empty_keyring)


def printing(text: str) -> KeySource:
    return KeySource(command=(sys.executable, "-c", f"print({text!r}, end='')"))


def test_no_source_is_no_key(paths: Paths) -> None:
    assert load(paths) is None


def test_the_keyring_comes_first_then_the_command_then_the_file(paths: Paths) -> None:
    write_key(paths, text=f"from-file\n{SECRET}")
    source = printing(f"from-command\n{SECRET}")
    from_keyring = load_key("main", source, paths, {}, lambda name: f"from-keyring-{name}\n{SECRET}")
    from_command, from_file = load(paths, source), load(paths)
    assert from_keyring is not None
    assert from_command is not None
    assert from_file is not None
    assert [k.key.reveal() for k in (from_keyring, from_command, from_file)] == [
        "from-keyring-main",
        "from-command",
        "from-file",
    ]


def test_the_environment_counts_on_a_ci_machine_only(paths: Paths) -> None:
    given = {"QUARTERDECK_API_KEY": KEY, "QUARTERDECK_API_SECRET": SECRET}
    assert load_key("main", NOTHING, paths, given, empty_keyring) is None
    found = load_key("main", NOTHING, paths, {**given, "CI": "true"}, empty_keyring)
    assert found is not None
    assert found.secret.reveal() == SECRET


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_open_to_others_is_refused(paths: Paths, mode: int) -> None:
    path = write_key(paths)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=r"open to other users: chmod 600"):
        load(paths)


def test_a_directory_open_to_others_is_refused(paths: Paths) -> None:
    write_key(paths).parent.chmod(0o755)
    with pytest.raises(ConfigError, match=r"open to other users: chmod 700"):
        load(paths)


def test_a_link_is_refused_as_a_file_and_as_a_directory(paths: Paths, tmp_path: Path) -> None:
    path = write_key(paths)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="no link"):
        load(paths)
    path.unlink()
    path.parent.rename(tmp_path / "keys")
    (tmp_path / "elsewhere").rename(tmp_path / "keys" / "main")
    path.parent.symlink_to(tmp_path / "keys")
    with pytest.raises(ConfigError, match="no link"):
        load(paths)


def test_another_users_file_is_refused(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = write_key(paths).stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(ConfigError, match="another user"):
        load(paths)


def test_a_pipe_in_place_of_the_file_is_refused_and_does_not_block(paths: Paths) -> None:
    path = write_key(paths)
    path.unlink()
    os.mkfifo(path, 0o600)
    assert stat.S_ISFIFO(path.stat().st_mode)
    with pytest.raises(ConfigError, match="not a key file"):
        load(paths)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("/no/such/program",), "cannot be run: No such file"),
        ((sys.executable, "-c", f"print({SECRET!r}); raise SystemExit(3)"), "ended with 3"),
        ((sys.executable, "-c", "import os; os.write(1, bytes([255, 254]))"), "printed no text"),
        ((sys.executable, "-c", ""), "found 0 words"),
    ],
)
def test_a_failing_command_is_named_without_what_it_printed(
    paths: Paths, command: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        load(paths, KeySource(command=command))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", KEY, f"{KEY}\nnot base64!", f"{KEY}\n{SECRET}\nmore", f"schl\u00fcssel\n{SECRET}"]
)
def test_text_that_is_no_key_is_refused_without_showing_it(paths: Paths, text: str) -> None:
    write_key(paths, text=text)
    with pytest.raises(ConfigError, match="key 'main'") as caught:
        load(paths)
    assert KEY not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_nothing_that_people_look_at_shows_a_secret(paths: Paths) -> None:
    write_key(paths)
    key = load(paths)
    assert key is not None
    shown = [repr(key), str(key), f"{key.secret}", f"{key.secret!r:>10}", repr({"k": key}), str([key.key])]
    try:
        raise ValueError(key)
    except ValueError:
        shown.append(traceback.format_exc())
    for text in shown:
        assert KEY not in text
        assert SECRET not in text
    assert "***" in shown[0]


def test_a_secret_cannot_be_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("x"))


def test_a_loaded_key_is_hidden_from_the_logs(paths: Paths) -> None:
    write_key(paths)
    load(paths)
    assert redactor.clean(f"sent {KEY} with {SECRET}") == "sent *** with ***"


def test_practice_keys_are_known_by_their_prefix() -> None:
    assert ApiKey.parse("a", "qdpractice-1234", SECRET).practice
    assert not ApiKey.parse("a", "other-qdpractice", SECRET).practice


def test_a_fingerprint_names_the_key_and_does_not_contain_it() -> None:
    one, two = ApiKey.parse("a", KEY, SECRET), ApiKey.parse("b", KEY + "2", SECRET)
    assert one.fingerprint == ApiKey.parse("c", KEY, SECRET).fingerprint
    assert one.fingerprint != two.fingerprint
    assert KEY not in one.fingerprint


def test_plain_text_keyrings_are_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring.backend

    from app.credentials import read_system_keyring

    class PlaintextKeyring:
        priority = 99

        def get_password(self, service: str, name: str) -> str:
            raise AssertionError(f"asked for {service} {name}")

    class Trusted(PlaintextKeyring):
        priority = 1

        def get_password(self, service: str, name: str) -> str:
            return f"{service}-{name}\n{SECRET}"

    PlaintextKeyring.__module__ = "keyrings.alt.file"
    Trusted.__module__ = KEYRINGS[0]
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [PlaintextKeyring()])
    assert read_system_keyring("main") is None
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [PlaintextKeyring(), Trusted()])
    assert read_system_keyring("main") == f"quarterdeck-main\n{SECRET}"
