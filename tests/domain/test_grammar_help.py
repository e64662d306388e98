"""The help knows every word that the language knows, and nothing else."""

from __future__ import annotations

from itertools import chain

from app.domain.grammar_help import word_help
from app.domain.grammar_tokens import RESERVED
from app.domain.risk_values import OVERRIDABLE

SHORT = {"b", "s", "exit"}
"""Second names of words."""

OTHERS = {"over", "every", "limit", "for", *OVERRIDABLE}
"""Words with a meaning in one kind of statement only: aliases may have them."""


def test_every_word_is_explained_and_no_other() -> None:
    words = {word.word for word in chain.from_iterable(words for _, words in word_help())}
    assert words == (RESERVED - SHORT) | OTHERS


def test_what_a_word_rules_out_is_said_of_both() -> None:
    found = {word.word: word for _, words in word_help() for word in words}
    for word in found.values():
        assert all(word.word in found[other].excludes for other in word.excludes)
    assert "take" in found["post"].excludes
