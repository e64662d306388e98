"""The registry is complete, and everything generated from it agrees."""

from __future__ import annotations

import pytest

from app.errors import ConfigError
from app.screens.actions import ACTIONS, BY_COMMAND, BY_ID, HINTS, bindings, check_keymap, key_face, keymap_table
from app.screens.trade import TradeScreen

AVOIDED = {"ctrl+s", "ctrl+q", "ctrl+z", "ctrl+b", "ctrl+a", "ctrl+i", "ctrl+m", "ctrl+left_square_bracket"}


def test_every_action_can_be_carried_out() -> None:
    for action in ACTIONS:
        assert callable(getattr(TradeScreen, f"act_{action.id}", None)), action.id


def test_every_handler_is_in_the_registry() -> None:
    handlers = {name.removeprefix("act_") for name in dir(TradeScreen) if name.startswith("act_")}
    assert handlers == set(BY_ID)


def test_ids_keys_and_commands_are_given_once() -> None:
    assert len(BY_ID) == len(ACTIONS)
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))
    commands = [action.command for action in ACTIONS if action.command]
    assert len(commands) == len(BY_COMMAND)


def test_no_key_is_one_that_terminals_swallow() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert key not in AVOIDED
            assert not key.startswith(("alt+", "f1", "f2")), action.id


def test_only_kill_works_everywhere_and_cancelling_needs_no_arming() -> None:
    assert [action.id for action in ACTIONS if action.priority] == ["kill"]
    assert not any(BY_ID[name].dangerous for name in ("cancel", "cancel_all", "kill", "arm"))
    assert all(BY_ID[name].dangerous for name in ("buy", "sell", "take_buy", "take_sell", "send", "amend"))


def test_hints_name_actions_with_a_key_and_a_label() -> None:
    assert all(BY_ID[name].label and BY_ID[name].keys for name in HINTS)
    assert {action.id for action in ACTIONS if action.show} == set(HINTS)


def test_bindings_carry_the_ids_that_a_keymap_names() -> None:
    assert {binding.id for binding in bindings()} == {a.id for a in ACTIONS if a.keys and not a.priority}


def test_the_table_has_a_line_for_every_action() -> None:
    table = keymap_table({"buy": "v"})
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert len(rows) == len(ACTIONS) + 2
    assert "| `v` |" in table
    for action in ACTIONS:
        assert f"| {action.description} | {action.id} |" in table


@pytest.mark.parametrize(
    ("key", "face"), [("ctrl+k", "Ctrl+K"), ("left_square_bracket", "["), ("A", "A"), ("shift+tab", "Shift+Tab")]
)
def test_keys_are_written_as_people_write_them(key: str, face: str) -> None:
    assert key_face(key) == face


@pytest.mark.parametrize(
    ("keymap", "message"),
    [({"bye": "x"}, "there is no action 'bye'"), ({"buy": "s"}, "s is given to both 'buy' and 'sell'")],
)
def test_a_wrong_keymap_is_refused_in_one_line(keymap: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_keymap(keymap)
