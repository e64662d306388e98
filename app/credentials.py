"""API keys: where they come from, and that they are never shown (`faults.md` §5, L9, L12).

Sources, in this order; the first that has the key wins:

1. the system's keyring, service `quarterdeck`, user = name of the key; only
   backends that encrypt (`KEYRINGS`);
2. the command that the configuration gives for the key (`[keys.NAME] command`);
3. a file of ours, mode 0600, in a directory of ours, mode 0700;
4. the environment, on a CI machine only.

Each gives the same text: two lines, the API key and its secret. A key never
comes from the command line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import ConfigError
from app.logs import HIDDEN, redactor
from app.paths import OTHERS, Paths
from app.settings import KeySource

SERVICE = "quarterdeck"
PRACTICE_PREFIX = "qdpractice"
KEY_FILE_MAX = 4096
COMMAND_TIMEOUT_S = 60
FINGERPRINT_CHARS = 16

# Others are refused by name: keyrings.alt, which any package may pull in, stores plain text.
KEYRINGS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)

ReadKeyring = Callable[[str], str | None]


class Secret:
    """Text that shows itself only when asked by name.

    Args:
        text: The secret.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key pair of Kraken or of the local venue.

    Attributes:
        name: What the configuration calls it.
        key: The public part; still hidden, as it names an account.
        secret: The private part, base64.
        practice: It belongs to the local venue.
    """

    name: str
    key: Secret
    secret: Secret
    practice: bool

    @classmethod
    def parse(cls, name: str, key: str, secret: str) -> ApiKey:
        """Make a key from its two texts, and hide both from every log of this process.

        Raises:
            ConfigError: One of them cannot be a key.
        """
        redactor.register(key)
        redactor.register(secret)
        if not key.isascii() or not key.isprintable() or not key or " " in key:
            raise ConfigError(f"key {name!r}: the first line is not an API key", "copy it again from Kraken")
        try:
            raw = base64.b64decode(secret, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if not raw:
            raise ConfigError(f"key {name!r}: the second line is not a base64 secret", "copy it again from Kraken")
        return cls(name, Secret(key), Secret(secret), key.startswith(PRACTICE_PREFIX))

    @property
    def fingerprint(self) -> str:
        """A name for the key's own files (nonce, lock) that does not give it away."""
        return hashlib.sha256(self.key.reveal().encode()).hexdigest()[:FINGERPRINT_CHARS]


def load_key(
    name: str,
    source: KeySource,
    paths: Paths,
    env: Mapping[str, str] | None = None,
    read_keyring: ReadKeyring | None = None,
) -> ApiKey | None:
    """Find a key.

    Args:
        name: `key_ref` of the profile.
        source: What the configuration says of it.
        paths: Where key files live.
        env: The environment; None takes the process's own.
        read_keyring: Reads the keyring; None takes the system's.

    Returns:
        The key, or None when no source has it.

    Raises:
        ConfigError: A source has it but must not be trusted, or is not readable as a key.
    """
    env = os.environ if env is None else env
    ci = env.get("CI", "").lower() in {"1", "true", "yes"}
    text = None if ci and read_keyring is None else (read_keyring or read_system_keyring)(name)
    if text is None and source.command:
        text = _run_command(name, source.command)
    if text is None:
        text = _read_file(Path(source.file).expanduser() if source.file else paths.key_file(name))
    if text is None and ci:
        key, secret = env.get("QUARTERDECK_API_KEY"), env.get("QUARTERDECK_API_SECRET")
        text = f"{key}\n{secret}" if key and secret else None
    if text is None:
        return None
    lines = text.split()
    if len(lines) != 2:  # noqa: PLR2004 - the key and its secret
        raise ConfigError(
            f"key {name!r}: found {len(lines)} words instead of two lines", "write the API key, then its secret"
        )
    return ApiKey.parse(name, lines[0], lines[1])


def read_system_keyring(name: str) -> str | None:
    """Read from the best keyring that encrypts; None when there is none or it has no such entry."""
    import keyring.backend
    import keyring.errors

    backends = [b for b in keyring.backend.get_all_keyring() if type(b).__module__ in KEYRINGS]
    for backend in sorted(backends, key=lambda b: float(b.priority), reverse=True):
        try:
            text = backend.get_password(SERVICE, name)
        except keyring.errors.KeyringError as error:
            raise ConfigError(
                f"key {name!r}: the keyring did not answer: {type(error).__name__}", "unlock it and try again"
            ) from None
        if text is not None:
            return str(text)
    return None


def _run_command(name: str, command: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the user's own words from a file that only they can write; no shell
            command, stdout=subprocess.PIPE, timeout=COMMAND_TIMEOUT_S, check=False, text=True
        )
    except OSError as error:
        raise ConfigError(
            f"key {name!r}: its command {command[0]!r} cannot be run: {error.strerror}", "mend it in config.toml"
        ) from None
    except subprocess.TimeoutExpired:
        raise ConfigError(
            f"key {name!r}: its command {command[0]!r} took over {COMMAND_TIMEOUT_S} s", "run it by hand"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"key {name!r}: its command {command[0]!r} printed no text", "run it by hand") from None
    if done.returncode != 0:
        raise ConfigError(f"key {name!r}: its command {command[0]!r} ended with {done.returncode}", "run it by hand")
    return done.stdout


def _read_file(path: Path) -> str | None:
    """Read a key file through descriptors, so that what was checked is what is read."""
    try:
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path.parent}: {error.strerror}", "use a directory of your own, no link") from None
    try:
        return _read_at(directory, path)
    finally:
        os.close(directory)


def _read_at(directory: int, path: Path) -> str | None:
    try:
        fd = os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=directory)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", "use a plain file of your own, no link") from None
    try:
        _demand_private(os.fstat(directory), path.parent, "700")
        status = os.fstat(fd)
        _demand_private(status, path, "600")
        if not stat.S_ISREG(status.st_mode) or status.st_size > KEY_FILE_MAX:
            raise ConfigError(f"{path} is not a key file", "write two lines: the API key, then its secret")
        return os.read(fd, KEY_FILE_MAX).decode("ascii", "replace")
    finally:
        os.close(fd)


def _demand_private(status: os.stat_result, path: Path, mode: str) -> None:
    if status.st_uid != os.getuid():
        raise ConfigError(f"{path} belongs to another user", "keep keys in files of your own")
    if status.st_mode & OTHERS:
        raise ConfigError(f"{path} is open to other users", f"chmod {mode} {path}")
