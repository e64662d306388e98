"""The `:` language: what a trader types, read into statements.

    buy|b|sell|s SIZE [SYMBOL] [@ PRICE] [WORDS] [then CLOSE]
    cancel #N … [family] | ID | all|bids|asks [SYMBOL] | session | everything
    amend|edit #N | ID [SIZE] [@ PRICE [post]] [display SIZE] [trigger PRICE] [trail DISTANCE]
    scale buy 5x0.2 64000..63500 [WORDS]      scale buy 1 in 5 64000..63500
    twap buy 2 over 10m every 30s [limit PRICE] [take]      chase buy 0.5 [limit PRICE] [for 5m]
    bracket #2 tp PRICE stop PRICE [@ PRICE]      batch buy … & sell …
    close [SYMBOL]   flatten   reverse [SYMBOL]   pause|resume|stop H1|all
    why #2   limits   override NAME [for N]   alias NAME = LINE
    kill   release   arm   disarm   help [TOPIC]   symbol SYMBOL   quit

    SIZE      0.5   $200   200$   25%   25% of position   max   size 5000   risk $100 stop 63000
    PRICE     64200   ask   bid-2t   mid-0.05%   last+1.5   (amend and triggers: -1t, +5, -0.1%)
    DISTANCE  1%   50   10t
    WORDS     post ioc fok gtc gtd TIME market take reduce lev N iceberg SIZE settle validate
              [index|last] stop|tp PRICE   trail DISTANCE   stp newest|oldest|both
              fee base|quote   deadline 2s   start TIME
    TIME      15m   1h30m   18:30   2026-12-01T10:00   (UTC)
    CLOSE     [sell] @ PRICE   stop|tp PRICE [@ PRICE]   trail DISTANCE [@ OFFSET]

Statements may be chained with `;`. Sizes come first and a price only after
`@` (`screen.md` §1). `cancel all` means the symbol in view; only the word
`everything` reaches the others. An order takes from the book only with the
word `market` or `take`: `take` is a limit at the far touch that does not
rest, so it never pays more than was seen. `stop`, `tp` and `trail` without
`@` trade at the market once triggered. Words are case-insensitive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from app.domain.grammar_complete import complete
from app.domain.grammar_desk import DeskParser
from app.domain.grammar_explain import explain
from app.domain.grammar_text import format_statement
from app.domain.grammar_tokens import (
    BUY_WORDS,
    RESERVED,
    SELL_WORDS,
    VERBS,
    GrammarError,
    Token,
    tokenize,
)
from app.domain.order import Side
from app.domain.statements import (
    Alias,
    Amend,
    Arm,
    Batch,
    Bracket,
    Cancel,
    CancelAll,
    CancelBatch,
    CancelScope,
    Chase,
    Close,
    Disarm,
    Edit,
    Flatten,
    Help,
    HelperAction,
    HelperControl,
    Kill,
    Limits,
    OrderRef,
    Override,
    Place,
    Quit,
    Release,
    Reverse,
    Scale,
    Statement,
    Symbol,
    Transport,
    Twap,
    Why,
)

__all__ = [
    "Alias",
    "Amend",
    "Arm",
    "Batch",
    "Bracket",
    "Cancel",
    "CancelAll",
    "CancelBatch",
    "CancelScope",
    "Chase",
    "Close",
    "Disarm",
    "Edit",
    "Flatten",
    "GrammarError",
    "Help",
    "HelperAction",
    "HelperControl",
    "Kill",
    "Limits",
    "OrderRef",
    "Override",
    "Place",
    "Quit",
    "Release",
    "Reverse",
    "Scale",
    "Statement",
    "Symbol",
    "Transport",
    "Twap",
    "Why",
    "complete",
    "explain",
    "format_statement",
    "parse",
]

MAX_STATEMENTS: Final = 20
_SOME_PAIR: Final = "BTC/USD"  # stands in while an alias is checked without a pair in view
_ALIAS_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,15}")
_SIMPLE: Final[dict[str, Statement]] = {
    "kill": Kill(),
    "release": Release(),
    "arm": Arm(),
    "disarm": Disarm(),
    "quit": Quit(),
    "exit": Quit(),
    "flatten": Flatten(),
    "limits": Limits(),
}


def parse(
    text: str,
    default_symbol: str = "",
    known: Collection[str] | None = None,
    aliases: Mapping[str, str] | None = None,
) -> tuple[Statement, ...]:
    """Read a command line.

    Args:
        text: What was typed, without the leading `:`.
        default_symbol: The pair in view, for statements that name none;
            empty if there is none.
        known: Names of all pairs, to refuse others; None to take any.
        aliases: Lines that words stand for, as `Alias` statements gave them.

    Returns:
        At least one statement, in order.

    Raises:
        GrammarError: It cannot be understood; says where, what and what to type.
    """
    try:
        return _Parser(text, default_symbol, known, aliases or {}).statements()
    except GrammarError as error:
        if error.position <= len(text):
            raise
        # It is inside an alias, at the end of a line that is shorter than what it stands for.
        raise GrammarError(len(text), error.message, error.suggestion) from None


class _Parser(DeskParser):
    def __init__(
        self, text: str, default_symbol: str, known: Collection[str] | None, aliases: Mapping[str, str]
    ) -> None:
        super().__init__(text, default_symbol, known)
        self._aliases = aliases
        self._known_names = known

    # Statements

    def statements(self) -> tuple[Statement, ...]:
        found: list[Statement] = []
        while True:
            while self._accept(";"):
                pass
            if not self._now.text:
                break
            if len(found) == MAX_STATEMENTS:
                raise GrammarError(self._now.start, f"more than {MAX_STATEMENTS} statements", "use fewer")
            self._expand()
            found.append(self._statement())
            if self._now.text == "&":
                raise GrammarError(self._now.start, "`&` joins the orders of a batch", "begin with `batch`, or use `;`")
            if not self._now.is_end:
                raise self._unexpected(self._now, ())
        if not found:
            raise GrammarError(0, "nothing to do", "type `help`")
        return tuple(found)

    def _expand(self) -> None:
        """Put what an alias stands for in its place; its words all stand where it does."""
        token = self._now
        line = self._aliases.get(token.word)
        if line is None or token.word in RESERVED:
            return
        words = [Token(word.text, token.start, word.glued) for word in tokenize(line)[:-1]]
        self._tokens[self._at : self._at + 1] = words

    def _statement(self) -> Statement:
        verb = self._take()
        if verb.word in BUY_WORDS:
            return Place(self._order(Side.BUY, verb))
        if verb.word in SELL_WORDS:
            return Place(self._order(Side.SELL, verb))
        if verb.word in _SIMPLE:
            return _SIMPLE[verb.word]
        readers: dict[str, Callable[[Token], Statement]] = {
            "cancel": self._cancel,
            "amend": self._amend,
            "edit": self._edit,
            "bracket": self._bracket,
            "batch": self._batch,
            "scale": self._scale,
            "twap": self._twap,
            "chase": self._chase,
            "close": self._close_position,
            "reverse": self._reverse,
            "pause": self._control,
            "resume": self._control,
            "stop": self._control,
            "why": self._why,
            "override": self._override,
            "transport": self._transport,
            "alias": self._alias,
            "help": self._help,
            "symbol": self._show,
        }
        if verb.word not in readers:
            raise self._unexpected(verb, (*VERBS, *self._aliases))
        return readers[verb.word](verb)

    def _alias(self, verb: Token) -> Alias:
        """Read `alias NAME = LINE`; the line is everything to the end, `;` included."""
        name = self._take()
        if not _ALIAS_NAME.fullmatch(name.word) or name.word in RESERVED:
            why = "is a word of the language" if name.word in RESERVED else "is no name for an alias"
            raise GrammarError(
                name.start, f"`{name.text}` {why}", "use a short word of letters, for example `alias x = …`"
            )
        if not self._accept("="):
            raise GrammarError(
                self._now.start, "an alias stands for what?", f"`alias {name.word} = buy 0.1 @ bid post`"
            )
        start = self._tokens[self._at - 1].end
        if verb.start == name.start:
            raise GrammarError(verb.start, "an alias can't make an alias", "write it out")
        line = self._text[start:].strip()
        self._at = len(self._tokens) - 1
        if line:
            self._check_line(line, start + len(self._text[start:]) - len(self._text[start:].lstrip()))
        return Alias(name.word, line)

    def _check_line(self, line: str, offset: int) -> None:
        try:
            found = _Parser(line, self._default or _SOME_PAIR, self._known_names, {}).statements()
        except GrammarError as error:
            raise GrammarError(offset + error.position, error.message, error.suggestion) from None
        if any(isinstance(statement, Alias) for statement in found):
            raise GrammarError(offset, "an alias can't make an alias", "name one line at a time")
