"""Reading `config.toml`: all of it, checked, or nothing (`faults.md` L8)."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from app.errors import ConfigError, UsageError
from app.paths import Paths, safe_name
from app.profiles import BUILT_IN, check_hosts
from app.settings import CONFIG_VERSION, Mode, Profile, Settings

CONFIG_MAX = 1_000_000
WRITABLE_BY_OTHERS = 0o022

T = TypeVar("T")
Table = dict[str, Any]
"""TOML as tomllib gives it; it ends in this module."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with where they come from.

    Attributes:
        settings: The effective settings.
        path: The file that was looked for.
        found: It exists.
        from_file: Dotted names of the values that the file gives.
    """

    settings: Settings
    path: Path
    found: bool
    from_file: frozenset[str] = field(default_factory=frozenset)


def load(paths: Paths) -> Loaded:
    """Read the settings.

    Args:
        paths: Where the file is looked for; without one, everything has its default.

    Raises:
        ConfigError: The file is damaged, has a key that we do not know, or is newer
            than this program; names the line where it can.
    """
    text = _read(paths.config_file)
    return _parse(text or "", paths.config_file, found=text is not None)


def profile_named(settings: Settings, name: str) -> Profile:
    """Return a profile.

    Raises:
        UsageError: There is none of that name.
    """
    found = settings.profiles.get(name)
    if found is None:
        raise UsageError(f"there is no profile {name!r}", _suggest(name, settings.profiles))
    return found


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid not in {0, os.getuid()} or status.st_mode & WRITABLE_BY_OTHERS:
                raise ConfigError(f"{path} can be changed by other users", f"own it and chmod 600 {path}")
            data = file.read(CONFIG_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "mend or remove it") from None
    if len(data) > CONFIG_MAX:
        raise ConfigError(f"{path} is larger than {CONFIG_MAX} bytes", "mend or remove it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path} line {line}: not UTF-8 text", "mend that line") from None


def _parse(text: str, path: Path, *, found: bool) -> Loaded:
    try:
        table: Table = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"{path}: {_one_line(error)}", "mend that line") from None
    version = table.get("version", CONFIG_VERSION)
    if isinstance(version, int) and version > CONFIG_VERSION:
        raise ConfigError(
            f"{path} has version {version}, newer than this program reads ({CONFIG_VERSION})", "upgrade Quarterdeck"
        )
    reader = _Reader(text, path)
    reader.check_names(table, Settings, ())
    settings = reader.convert(_with_built_in(table, reader))
    _check(settings, reader)
    return Loaded(settings, path, found, frozenset(_leaves(table, "")))


def _with_built_in(table: Table, reader: _Reader) -> Table:
    profiles: Table = {}
    given = table.get("profiles", {})
    for name in {**BUILT_IN, **given}:
        _check_name(name, ("profiles", name), reader)
        own = given.get(name, {})
        if "name" in own:
            raise reader.error(("profiles", name, "name"), "a profile is named by its table", "remove this line")
        if name in BUILT_IN and "mode" in own:
            raise reader.error(
                ("profiles", name, "mode"), f"the mode of {name!r} is fixed", "add a profile with a name of its own"
            )
        profiles[name] = {**_merge(BUILT_IN.get(name, {}), own), "name": name}
    return {**table, "profiles": profiles}


def _check_name(name: str, at: tuple[str, ...], reader: _Reader) -> None:
    try:
        safe_name(name, at[0].removesuffix("s"))
    except UsageError as error:
        raise reader.error(at, error.message, error.hint) from None


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _check(settings: Settings, reader: _Reader) -> None:
    """Rules that bind several values, or that a type cannot say."""
    default = settings.profiles.get(settings.default_profile)
    if default is None:
        raise reader.error(
            ("default_profile",),
            f"there is no profile {settings.default_profile!r}",
            _suggest(settings.default_profile, settings.profiles),
        )
    if default.mode is Mode.REAL:
        raise reader.error(("default_profile",), "real money is never the default", "say --profile when you start it")
    for name in settings.keys:
        _check_name(name, ("keys", name), reader)
    for name, profile in settings.profiles.items():
        at = ("profiles", name)
        if profile.dead_man.refresh_s * 2 > profile.dead_man.timeout_s:
            raise reader.error(
                (*at, "dead_man"), "refresh_s must be at most half of timeout_s", "one lost refresh must not cancel"
            )
        if profile.mode is Mode.REAL and profile.signals.path and not profile.signals.real_money:
            raise reader.error(
                (*at, "signals", "path"),
                "signals would trade with real money",
                f"say so with profiles.{name}.signals.real_money = true, or remove the path",
            )
        for where, value in _decimals(profile, at):
            if not value.is_finite() or value <= 0:
                raise reader.error(
                    where, f"{'.'.join(where)}: {value} is not above 0", "write a number above 0, or remove the line"
                )
        if any(getattr(profile.urls, face) for face in profile.urls.__struct_fields__):
            try:
                check_hosts(profile, None)
            except ConfigError as error:
                raise reader.error((*at, "urls"), error.message, error.hint) from None


def _decimals(struct: msgspec.Struct, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        children = value.items() if isinstance(value, dict) else ((None, value),)
        for key, child in children:
            where = (*at, name) if key is None else (*at, name, key)
            if isinstance(child, Decimal):
                yield where, child
            elif isinstance(child, msgspec.Struct):
                yield from _decimals(child, where)


class _Reader:
    """Turns tables into settings and says at which line something is wrong."""

    def __init__(self, text: str, path: Path) -> None:
        self._lines = text.splitlines()
        self._path = path

    def check_names(self, table: Any, kind: Any, at: tuple[str, ...]) -> None:
        """Refuse an unknown key, with the nearest known one."""
        item, struct = _dict_item(kind), _struct(kind)
        if item is None and struct is None:
            return
        if not isinstance(table, dict):
            raise self.error(at, f"{'.'.join(at)!r} must be a table", f"write [{'.'.join(at)}] and its keys below")
        if item is not None:
            for key, value in table.items():
                self.check_names(value, item, (*at, key))
            return
        hints = get_type_hints(struct)
        for key, value in table.items():
            if key not in hints:
                raise self.error((*at, key), f"unknown key {'.'.join((*at, key))!r}", _suggest(key, hints))
            self.check_names(value, hints[key], (*at, key))

    def convert(self, table: Table) -> Settings:
        """Check types and ranges.

        Raises:
            ConfigError: Naming the value.
        """
        for name, profile in table["profiles"].items():
            self._convert(profile, Profile, ("profiles", name))
        return self._convert(table, Settings, ())

    def _convert(self, table: Any, kind: type[T], at: tuple[str, ...]) -> T:
        try:
            return msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at ")
            if "matching regex" in what:
                what = "not in the form that this value takes; quarterdeck config shows the default"
            names = tuple(re.findall(r"[a-z_0-9]+", where.replace("[...]", "").strip("`$")))
            full = (*at, *(name for name in names if not name.isdigit()))
            raise self.error(full, f"{'.'.join(full) or 'the file'}: {what}", "mend that value") from None

    def error(self, at: tuple[str, ...], what: str, hint: str) -> ConfigError:
        """Return the error with the line, as far as it can be found."""
        line = self._line_of(at)
        place = f"{self._path} line {line}" if line else f"{self._path}"
        return ConfigError(f"{place}: {what}", hint)

    def _line_of(self, at: tuple[str, ...]) -> int | None:
        """Find the line that writes a dotted name; else that of the nearest table above it."""
        table: tuple[str, ...] = ()
        best: tuple[int, int] | None = None
        for number, line in enumerate(self._lines, 1):
            header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
            key = re.match(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=", line)
            if header:
                table = _dotted(header[1])
                name = table
            elif key:
                name = (*table, *_dotted(key[1]))
            else:
                continue
            shared = len(name) if name == at[: len(name)] else len(at) if at == name[: len(at)] else 0
            if shared and (best is None or shared > best[0]):
                best = (shared, number)
        return best[1] if best else None


def _dotted(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[\w-]+", text))


def _struct(kind: Any) -> type[msgspec.Struct] | None:
    choices = get_args(kind) if get_origin(kind) in {Union, types.UnionType} else (kind,)
    return next((c for c in choices if isinstance(c, type) and issubclass(c, msgspec.Struct)), None)


def _dict_item(kind: Any) -> Any | None:
    return get_args(kind)[1] if get_origin(kind) is dict else None


def _leaves(table: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _suggest(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(sorted(known))}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
