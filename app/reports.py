"""`quarterdeck config` and `quarterdeck keys`: what is in force, and what it would be otherwise."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from app.config_file import Loaded, load, profile_named
from app.logs import HIDDEN
from app.paths import Paths
from app.profiles import BUILT_IN
from app.settings import Profile, Settings

_COLUMN = 66


def print_config(args: argparse.Namespace) -> None:
    """Print every effective setting with its origin and, where it was changed, its default.

    Args:
        args: `profile` restricts the profiles to one.

    Raises:
        ConfigError: The configuration file is wrong.
        UsageError: There is no such profile.
    """
    paths = Paths.from_environment()
    loaded = load(paths)
    if args.profile is not None:
        profile_named(loaded.settings, args.profile)
    out = [
        f"# {loaded.path}{'' if loaded.found else ' (not there: everything has its default)'}",
        f"# data {paths.data} · state {paths.state} · sockets {paths.runtime}",
        *_config_lines(loaded, args.profile),
    ]
    sys.stdout.write("\n".join(out) + "\n")


def print_keys(_: argparse.Namespace) -> None:
    """Print the keymap, with the user's own keys in it.

    Raises:
        ConfigError: The configuration file or its keymap is wrong.
    """
    from app.screens.actions import check_keymap, keymap_table

    keymap = load(Paths.from_environment()).settings.ui.keymap
    check_keymap(keymap)
    sys.stdout.write(keymap_table(keymap))


def _config_lines(loaded: Loaded, only: str | None) -> Iterator[str]:
    defaults = dict(_flat(_defaults(loaded.settings), ""))
    for name, value in _flat(loaded.settings, ""):
        parts = name.split(".")
        if parts[0] == "profiles" and (parts[2] == "name" or only not in {None, parts[1]}):
            continue
        shown = _shown(name, value)
        default = _shown(name, defaults[name]) if name in defaults else None
        if name not in loaded.from_file:
            origin = "default"
        elif default is None or default == shown:
            origin = loaded.path.name
        else:
            origin = f"{loaded.path.name}; default {default}"
        yield f"{f'{name} = {shown}':<{_COLUMN}} # {origin}"


def _defaults(settings: Settings) -> Settings:
    """Return what the same profiles would be without a file; own ones have the type's defaults."""
    profiles = {
        name: msgspec.convert({**BUILT_IN.get(name, {"mode": profile.mode}), "name": name}, Profile)
        for name, profile in settings.profiles.items()
    }
    return Settings(profiles=profiles)


def _flat(struct: msgspec.Struct, prefix: str) -> Iterator[tuple[str, Any]]:
    for field in struct.__struct_fields__:
        value = getattr(struct, field)
        if isinstance(value, msgspec.Struct):
            yield from _flat(value, f"{prefix}{field}.")
        elif isinstance(value, dict):
            for key, child in value.items():
                if isinstance(child, msgspec.Struct):
                    yield from _flat(child, f"{prefix}{field}.{key}.")
                else:
                    yield f"{prefix}{field}.{key}", child
        else:
            yield f"{prefix}{field}", value


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "(no limit)"
    if name.startswith("keys.") and name.endswith(".command") and value:
        # Its words may hold what opens the key.
        return f'["{value[0]}", "{HIDDEN}"]' if len(value) > 1 else f'["{value[0]}"]'
    plain = str(value) if isinstance(value, Decimal) else value
    return msgspec.json.encode(plain).decode()
