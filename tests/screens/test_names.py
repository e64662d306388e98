"""Our widgets and screens take no private name of Textual's by accident: it would be called at the wrong moment."""

from __future__ import annotations

import importlib
import pkgutil
from types import FunctionType

from textual.dom import DOMNode
from textual.message_pump import MessagePump

import app.screens
import widgets

ON_PURPOSE = {
    ("QuarterdeckApp", "_fatal_error"),
    ("QuarterdeckApp", "_handle_exception"),
    ("CellDiffApp", "_display"),
}
"""Private methods that are meant to take the place of Textual's."""


def _ours() -> set[type]:
    found: set[type] = set()
    for package in (app.screens, widgets):
        for module in pkgutil.iter_modules(package.__path__):
            loaded = importlib.import_module(f"{package.__name__}.{module.name}")
            found |= {kind for kind in vars(loaded).values() if isinstance(kind, type)}
    return {kind for kind in found if issubclass(kind, DOMNode) and kind.__module__.split(".")[0] in {"app", "widgets"}}


def test_no_private_name_of_textual_is_taken_by_accident() -> None:
    ours = _ours()
    assert len(ours) > 20
    taken = set()
    for kind in ours:
        bases = [base for base in kind.__mro__ if base.__module__.startswith("textual.")]
        assert MessagePump in bases
        for own in (base for base in kind.__mro__ if base.__module__.split(".")[0] in {"app", "widgets"}):
            for name, value in vars(own).items():
                private = name.startswith("_") and not name.startswith("__")
                if private and isinstance(value, FunctionType) and any(name in vars(base) for base in bases):
                    taken.add((own.__name__, name))
    assert taken - ON_PURPOSE == set()
