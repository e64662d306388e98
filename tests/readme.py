"""Writes the parts of the README that come from the program: `make readme`."""

from __future__ import annotations

import re
from pathlib import Path

from app.screens.actions import keymap_table

README = Path(__file__).resolve().parent.parent / "README.md"
_KEYS = re.compile(r"(<!-- keys: [^>]*-->\n).*?(<!-- /keys -->)", re.DOTALL)


def render(text: str) -> str:
    """Return the README with its generated parts renewed."""
    return _KEYS.sub(lambda found: f"{found[1]}{keymap_table()}{found[2]}", text, count=1)


if __name__ == "__main__":
    README.write_text(render(README.read_text(encoding="utf-8")), encoding="utf-8")
