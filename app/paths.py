"""Where files live, and that nobody else can reach the private ones.

Four directories: `config` (settings, key files), `data` (recordings),
`state` (journal, logs, nonces, locks) and `runtime` (sockets). They follow the
XDG rules, through platformdirs. `QUARTERDECK_HOME` puts all four below one
directory; `QUARTERDECK_CONFIG_HOME` moves the configuration alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.errors import ConfigError, UsageError

APP = "quarterdeck"
HOME_VARIABLE = "QUARTERDECK_HOME"
CONFIG_VARIABLE = "QUARTERDECK_CONFIG_HOME"
PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600
OTHERS = 0o077  # permission bits of group and others

# sun_path holds 104 bytes on macOS and 108 on Linux, with its closing NUL; the smaller serves both.
SOCKET_PATH_MAX = 103

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Paths:
    """The four directories and the files below them. Making a path creates nothing.

    Attributes:
        config: Settings and key files.
        data: Recordings and exports.
        state: Journal, logs, nonces and locks; survives a reboot.
        runtime: Sockets; may vanish with the login session.
    """

    config: Path
    data: Path
    state: Path
    runtime: Path

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Paths:
        """Find the directories of this user.

        Args:
            env: The environment; None takes the process's own.
        """
        env = os.environ if env is None else env
        home = env.get(HOME_VARIABLE)
        if home:
            top = Path(home).expanduser().absolute()
            found = cls(top / "config", top / "data", top / "state", top / "run")
        else:
            dirs = platformdirs.PlatformDirs(APP, appauthor=False)
            state = dirs.user_state_path
            session = env.get("XDG_RUNTIME_DIR")
            runtime = Path(session) / APP if session else state / "run"
            found = cls(dirs.user_config_path, dirs.user_data_path, state, runtime)
        override = env.get(CONFIG_VARIABLE)
        if override:
            return cls(Path(override).expanduser().absolute(), found.data, found.state, found.runtime)
        return found

    @property
    def config_file(self) -> Path:
        """The settings."""
        return self.config / "config.toml"

    def key_file(self, key_ref: str) -> Path:
        """Return the file of a key: two lines, the public part and the secret."""
        return self.config / "keys" / safe_name(key_ref, "key")

    def log_file(self, role: str) -> Path:
        """Return the log of a role: `screen`, `engine`, `venue`, `cli`."""
        return self.state / "log" / f"{safe_name(role, 'role')}.log"

    def journal(self, profile: str) -> Path:
        """Return the order journal of a profile."""
        return self.state / "journal" / f"{safe_name(profile, 'profile')}.journal"

    def truth_log(self, profile: str) -> Path:
        """Return the local venue's own record of orders and trades."""
        return self.state / "venue" / f"{safe_name(profile, 'profile')}.truth.jsonl"

    def nonce_file(self, fingerprint: str) -> Path:
        """Return the file that keeps a key's last nonce (`ApiKey.fingerprint`)."""
        return self.state / "nonce" / safe_name(fingerprint, "key")

    def fix_store(self, profile: str) -> Path:
        """Return the directory of a profile's FIX sequence numbers and messages."""
        return self.state / "fix" / safe_name(profile, "profile")

    def lock_file(self, name: str) -> Path:
        """Return the lock of an engine (profile name) or of a key (fingerprint)."""
        return self.state / "lock" / f"{safe_name(name, 'lock')}.lock"

    @property
    def preferences(self) -> Path:
        """What screens remember between sessions."""
        return self.state / "screen.json"

    def recordings(self) -> Path:
        """Return the directory of `quarterdeck record`."""
        return self.data / "recordings"

    def socket(self, profile: str) -> Path:
        """Return the engine's socket of a profile.

        A path that the kernel would cut short moves to a directory of ours
        under the temporary directory, named after the long one.
        """
        path = self.runtime / f"{safe_name(profile, 'profile')}.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
            return path
        mark = hashlib.sha256(os.fsencode(self.runtime)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"{APP}-{os.getuid()}-{mark}" / path.name


def safe_name(name: str, what: str) -> str:
    """Return the name if it can be part of a file name.

    Raises:
        UsageError: It has other characters than a-z, 0-9, `-` and `_`, or more than 32.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{what} name {name!r} is not allowed", "use a-z, 0-9, - and _, at most 32 characters")
    return name


def private_dir(path: Path) -> Path:
    """Create a directory for us alone, or verify the one that is there.

    Args:
        path: The directory; its parents are created too.

    Returns:
        The same path.

    Raises:
        ConfigError: It is a symbolic link, no directory, someone else's, or open to others.
    """
    try:
        path.parent.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        path.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        status = path.lstat()
    except OSError as error:
        raise ConfigError(f"{path} cannot be created: {error.strerror}", "mend it or set QUARTERDECK_HOME") from None
    if stat.S_ISLNK(status.st_mode):
        raise ConfigError(f"{path} is a symbolic link", "replace it with a directory of your own")
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{path} is not a directory", "move it away")
    if status.st_uid != os.getuid():
        raise ConfigError(f"{path} belongs to another user", "remove it or set QUARTERDECK_HOME")
    if status.st_mode & OTHERS:
        raise ConfigError(f"{path} is open to other users", f"chmod 700 {path}")
    return path
