"""The registry of everything a key or a `:` command of the screen can do.

Bindings, help, the hint bar, the key map file, the `:` commands of the screen
and the table in the README are generated from `ACTIONS`. An action `id` is
carried out by the method `act_<id>` of the trade screen.

Keys follow `screen.md` §1: plain letters, arrows and control letters that
survive SSH and tmux. An upper-case verb opens a strip that asks for a second
key, because Caps Lock turns a lower-case verb into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding

from app.errors import ConfigError


class Group(StrEnum):
    """Heading of an action in help."""

    MONEY = "Orders"
    TICKET = "Ticket"
    LADDER = "Ladder"
    PAST = "Time machine"
    TAPE = "Time & sales"
    VIEW = "Screen"
    SESSION = "Session"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the screen can do.

    Attributes:
        id: Name in the key map, and of the method that does it.
        keys: Textual key names; none for what is only a command.
        description: What it does, for help.
        group: Heading in help.
        command: The word typed after `:`; empty if it makes no sense there.
        label: A word for the hint bar; empty keeps it out of it.
        dangerous: It can put money at risk: needs arming and a second key.
        priority: It works inside inputs and dialogs.
    """

    id: str
    keys: tuple[str, ...]
    description: str
    group: Group
    command: str = ""
    label: str = ""
    dangerous: bool = False
    priority: bool = False

    @property
    def show(self) -> bool:
        """Whether the hint bar names it."""
        return bool(self.label)


ACTIONS: tuple[Action, ...] = (
    Action("arm", ("A",), "arm or disarm the money keys", Group.MONEY, "", "arm"),
    Action("buy", ("b",), "draft a buy at the cursor, or join the best bid", Group.MONEY, "", "buy", dangerous=True),
    Action("sell", ("s",), "draft a sell at the cursor, or join the best ask", Group.MONEY, "", "sell", dangerous=True),
    Action("take_buy", ("B",), "take: buy at the market within the collar, after Enter", Group.MONEY, dangerous=True),
    Action("take_sell", ("S",), "take: sell at the market within the collar, after Enter", Group.MONEY, dangerous=True),
    Action("send", ("enter",), "send the draft, or do what the strip names", Group.MONEY, "", "send", dangerous=True),
    Action("back", ("escape",), "drop the draft, close the strip, step back", Group.MONEY, "", "drop"),
    Action("cancel", ("c",), "cancel the selected order", Group.MONEY, "", "cancel"),
    Action("cancel_all", ("C",), "cancel all orders of this pair, after Enter or C again", Group.MONEY),
    Action("cancel_wider", ("X",), "cancel level, side, pair, session, account: X widens, Enter does it", Group.MONEY),
    Action("close", ("x",), "draft the close of the position on this pair", Group.MONEY, dangerous=True),
    Action("amend", ("m",), "draft a change of the selected order", Group.MONEY, "", "amend", dangerous=True),
    Action(
        "kill",
        ("ctrl+k",),
        "twice within a second: cancel everything, refuse new orders",
        Group.MONEY,
        "",
        "kill",
        priority=True,
    ),
    Action("order_previous", ("left_square_bracket",), "select the previous own order", Group.MONEY),
    Action("order_next", ("right_square_bracket",), "select the next own order", Group.MONEY),
    Action("helper_pause", ("u",), "pause the selected helper, or resume it", Group.MONEY),
    Action("helper_stop", ("U",), "stop the selected helper, after Enter or U again", Group.MONEY),
    Action("why", ("w",), "the story of the selected order; :why #2 for another", Group.MONEY, "", "why"),
    Action("limits", ("L",), "the limits of the risk gate and what is used of them", Group.MONEY, "limits"),
    Action("size_up", ("plus",), "raise the size by a step", Group.TICKET),
    Action("size_down", ("minus",), "lower the size by a step", Group.TICKET),
    Action("preset", ("n",), "then a digit: take that size preset", Group.TICKET),
    Action("edit", ("e",), "edit the draft's fields: arrows walk and choose, Enter ends it", Group.TICKET, "", "edit"),
    Action("nudge_down", ("comma",), "lower the draft's price by a tick; in the past: one event back", Group.TICKET),
    Action("nudge_up", ("full_stop",), "raise the draft's price by a tick; in the past: one event on", Group.TICKET),
    Action("post_only", ("p",), "post-only on or off", Group.TICKET),
    Action("tif", ("t",), "time in force: the next one that the type has", Group.TICKET),
    Action("reduce", ("r",), "reduce-only on or off", Group.TICKET),
    Action("iceberg", ("i",), "iceberg or plain limit, then its display size", Group.TICKET),
    Action("conditional", ("z",), "conditional close: add one and edit it, or drop it", Group.TICKET),
    Action("price_last", ("equals_sign",), "the last price into the draft", Group.TICKET),
    Action("price_mid", ("at",), "the middle of the spread into the draft", Group.TICKET),
    Action("percent", ("percent_sign",), "size: 25, 50, 75 percent, all of what is available", Group.TICKET),
    Action("cursor_up", ("up", "k"), "cursor up: a higher price", Group.LADDER),
    Action("cursor_down", ("down", "j"), "cursor down: a lower price", Group.LADDER),
    Action("page_up", ("pageup",), "half a page up", Group.LADDER),
    Action("page_down", ("pagedown",), "half a page down", Group.LADDER),
    Action("recentre", ("space",), "centre the ladder on the market", Group.LADDER, "recentre", "centre"),
    Action("group_less", ("less_than_sign",), "finer price rows", Group.LADDER, "finer"),
    Action("group_more", ("greater_than_sign",), "coarser price rows", Group.LADDER, "coarser"),
    Action("inside", ("o",), "the orders of the price at the cursor, in priority; o closes it", Group.LADDER, "inside"),
    Action("columns", ("V",), "choose the ladder's columns; remembered", Group.LADDER, "columns"),
    Action("follow", ("f",), "recentre by itself: off, on leaving, always; remembered", Group.LADDER, "follow"),
    Action("alert", ("exclamation_mark",), "set an alert at the cursor price, or take it away", Group.LADDER, "alert"),
    Action("past", ("T",), "time machine: the ladder as it was; T again is back now", Group.PAST, "past"),
    Action("past_fill", ("J",), "the ladder 2 s before my last fill on this pair", Group.PAST, "lastfill"),
    Action("past_back", ("left",), "in the past: 1 s back", Group.PAST),
    Action("past_on", ("right",), "in the past: 1 s on", Group.PAST),
    Action("past_back_far", ("left_curly_bracket",), "in the past: 10 s back", Group.PAST),
    Action("past_on_far", ("right_curly_bracket",), "in the past: 10 s on", Group.PAST),
    Action("tape_join", ("a",), "time & sales: add up prints by price, by sweep, or not", Group.TAPE, "join"),
    Action("tape_least", ("number_sign",), "time & sales: only lines of 0.01, 0.1, 1 … or more", Group.TAPE, "least"),
    Action("tape_hold", ("semicolon",), "time & sales: hold it still, or let it go on", Group.TAPE, "hold"),
    Action("help", ("question_mark",), "this list of keys, and what every column says", Group.VIEW, "keys", "help"),
    Action("command", ("colon",), "type a command", Group.VIEW, "", "command"),
    Action("symbol", ("slash",), "choose a pair", Group.VIEW, "symbol", "pair"),
    Action("layout_trade", ("1",), "the trading panes", Group.VIEW, "trade", "trade"),
    Action("layout_orders", ("2",), "orders and events", Group.VIEW, "orders", "orders"),
    Action("layout_account", ("3",), "balances, positions, rate limits", Group.VIEW, "account", "account"),
    Action("layout_market", ("4",), "heat map, depth profile, time & sales", Group.VIEW, "market"),
    Action("layout_ladders", ("5",), "ladders side by side; the ticket is of the active one", Group.VIEW, "ladders"),
    Action("beside", ("vertical_line",), "put another pair's ladder beside, or take one away", Group.VIEW, "beside"),
    Action("ladder_next", ("backslash",), "go to the next ladder: ticket and prints go along", Group.VIEW, "next"),
    Action("heat_digits", ("D",), "heat map: sizes as digits, or as shades", Group.VIEW, "digits"),
    Action("pane", ("g",), "then a letter: go to that pane", Group.VIEW, "", "pane"),
    Action("pane_next", ("tab",), "go to the next pane", Group.VIEW),
    Action("pane_previous", ("shift+tab",), "go to the previous pane", Group.VIEW),
    Action("log", ("grave_accent",), "all events since the engine started", Group.VIEW, "log", "log"),
    Action("fix", ("F",), "FIX sessions: state, sequence, rollover, latency, messages", Group.VIEW, "fix"),
    Action("copy", ("y",), "copy the draft, or the selected order, to the clipboard", Group.VIEW, "copy"),
    Action("repaint", ("ctrl+l",), "paint the terminal anew", Group.VIEW, "repaint"),
    Action("theme", (), "next theme", Group.VIEW, "theme"),
    Action("pen", ("P",), "take the pen from another screen", Group.SESSION, "pen"),
    Action(
        "detach",
        ("d",),
        "leave; the engine and its orders go on",
        Group.SESSION,
        "detach",
        "detach",
    ),
    Action("quit", ("q",), "end the session; asks what to do with working orders", Group.SESSION, "quit", "quit"),
)

HINTS = (
    *("help", "arm", "buy", "sell", "cancel", "kill", "quit", "symbol", "layout_orders", "layout_account"),
    *("command", "send", "back", "amend", "recentre", "log", "layout_trade", "pane", "detach", "edit", "why"),
)
"""Actions named in the hint bar, the most wanted first; what does not fit is left out."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}
BY_COMMAND: Mapping[str, Action] = {action.command: action for action in ACTIONS if action.command}

_KEY_FACES = {
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "grave_accent": "`",
    "exclamation_mark": "!",
    "equals_sign": "=",
    "at": "@",
    "percent_sign": "%",
    "number_sign": "#",
    "semicolon": ";",
    "vertical_line": "|",
    "backslash": "\\",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left": "←",
    "right": "→",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}


def key_face(key: str) -> str:
    """Return how people write a key.

    Args:
        key: Textual's name of it, such as `ctrl+k`.

    Returns:
        For example `Ctrl+K` or `[`.
    """
    *modifiers, last = key.split("+") if key != "+" else ["plus"]
    face = _KEY_FACES.get(last, last.upper() if modifiers and len(last) == 1 else last)
    return "+".join([*(modifier.capitalize() for modifier in modifiers), face])


def keys_of(action: Action, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of an action after the user's changes."""
    own = keymap.get(action.id)
    return tuple(key.strip() for key in own.split(",")) if own else action.keys


def faces(action: Action, keymap: Mapping[str, str]) -> str:
    """Return the keys of an action as people write them, separated by spaces."""
    return " ".join(key_face(key) for key in keys_of(action, keymap))


def bindings() -> list[Binding]:
    """Return the Textual bindings of all actions but those that work everywhere."""
    return [_binding(action) for action in ACTIONS if action.keys and not action.priority]


def priority_bindings() -> list[Binding]:
    """Return the bindings that work inside inputs and dialogs."""
    return [_binding(action) for action in ACTIONS if action.keys and action.priority]


def _binding(action: Action) -> Binding:
    return Binding(
        ",".join(action.keys),
        f"act('{action.id}')",
        action.description,
        show=action.show,
        priority=action.priority,
        tooltip=action.description,
        id=action.id,
    )


def check_keymap(keymap: Mapping[str, str]) -> None:
    """Check a key map from the settings.

    Args:
        keymap: Action id to Textual keys, separated by commas.

    Raises:
        ConfigError: It names an unknown action, or gives one key to two.
    """
    unknown = sorted(set(keymap) - set(BY_ID))
    if unknown:
        raise ConfigError(f"keymap: there is no action {unknown[0]!r}", "list them with `quarterdeck keys`")
    owners: dict[str, str] = {}
    for action in ACTIONS:
        for key in keys_of(action, keymap):
            other = owners.setdefault(key, action.id)
            if other != action.id:
                raise ConfigError(
                    f"keymap: {key_face(key)} is given to both {other!r} and {action.id!r}", "give one of them another"
                )


_CODE = {"`": "`` ` ``", "|": "`\\|`"}
"""Keys that mean something in a table of Markdown."""


def keymap_table(keymap: Mapping[str, str] | None = None) -> str:
    """Return the Markdown table of all actions, for the README and `quarterdeck keys`.

    Args:
        keymap: The user's changes, if any.
    """
    lines = ["| key | `:` | does | id |", "|---|---|---|---|"]
    for group in Group:
        for action in ACTIONS:
            if action.group is group:
                keys = " ".join(_CODE.get(face, f"`{face}`") for face in _split(action, keymap or {}))
                command = f"`:{action.command}`" if action.command else ""
                lines.append(f"| {keys} | {command} | {action.description} | {action.id} |")
    return "\n".join(lines) + "\n"


def _split(action: Action, keymap: Mapping[str, str]) -> list[str]:
    return [key_face(key) for key in keys_of(action, keymap)]
