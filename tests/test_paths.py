from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.errors import ConfigError, UsageError
from app.locks import FileLock
from app.paths import SOCKET_PATH_MAX, Paths, private_dir


def test_home_variable_puts_everything_below_one_directory(tmp_path: Path) -> None:
    paths = Paths.from_environment({"QUARTERDECK_HOME": str(tmp_path)})
    for path in (paths.config_file, paths.log_file("engine"), paths.journal("practice"), paths.recordings()):
        assert path.is_relative_to(tmp_path)


def test_config_variable_moves_the_configuration_alone(tmp_path: Path) -> None:
    paths = Paths.from_environment({"QUARTERDECK_HOME": str(tmp_path), "QUARTERDECK_CONFIG_HOME": str(tmp_path / "x")})
    assert paths.config_file == tmp_path / "x" / "config.toml"
    assert paths.state == tmp_path / "state"


def test_sockets_live_in_the_session_directory_if_there_is_one(tmp_path: Path) -> None:
    assert Paths.from_environment({"XDG_RUNTIME_DIR": str(tmp_path)}).runtime == tmp_path / "quarterdeck"
    without = Paths.from_environment({})
    assert without.runtime == without.state / "run"


def test_profiles_do_not_share_files(paths: Paths) -> None:
    assert paths.socket("practice") != paths.socket("production")
    assert paths.journal("practice") != paths.journal("production")


def test_a_socket_path_too_long_for_the_kernel_moves(tmp_path: Path) -> None:
    long = Paths.from_environment({"QUARTERDECK_HOME": str(tmp_path / ("d" * 120))})
    moved = long.socket("practice")
    assert len(os.fsencode(moved)) <= SOCKET_PATH_MAX
    other = Paths.from_environment({"QUARTERDECK_HOME": str(tmp_path / ("e" * 120))})
    assert moved != other.socket("practice")
    assert moved == long.socket("practice")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A", "x" * 33, "a\n", ".hidden", "-x"])
def test_a_profile_name_cannot_leave_its_directory(paths: Paths, name: str) -> None:
    with pytest.raises(UsageError, match="not allowed"):
        paths.socket(name)


def test_private_dir_is_made_for_us_alone_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = private_dir(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_private_dir_refuses_what_others_can_reach(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(ConfigError, match=r"open to other users: chmod 700"):
        private_dir(tmp_path / "open")


def test_private_dir_refuses_a_link_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ConfigError, match="symbolic link"):
        private_dir(tmp_path / "link")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be created"):
        private_dir(tmp_path / "file")


def test_private_dir_refuses_another_users_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = private_dir(tmp_path / "mine")
    monkeypatch.setattr(os, "getuid", lambda: place.stat().st_uid + 1)
    with pytest.raises(ConfigError, match="another user"):
        private_dir(place)


def test_a_lock_has_one_holder_at_a_time(paths: Paths) -> None:
    first, second = FileLock(paths.lock_file("key")), FileLock(paths.lock_file("key"))
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
