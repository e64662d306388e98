from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.text import MAX_TEXT, clean, fit, width_of, wrap

HOSTILE = ["\x1b]52;c;ZXZpbA==\x07", "\x9b31m", "\u202eUSD/CTB", "a\nb\tc", "\x00", "[/]", "[@click=app.quit]x[/]"]


@pytest.mark.parametrize("text", HOSTILE)
def test_cleaned_text_steers_no_terminal(text: str) -> None:
    cleaned = clean(text)
    assert all(unicodedata.category(char) not in {"Cc", "Cf"} for char in cleaned)


@given(st.text(max_size=600))
def test_cleaned_text_is_printable_and_short(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= MAX_TEXT
    assert all(char == " " or char.isprintable() for char in cleaned)
    assert clean(cleaned) == cleaned


@given(st.text(max_size=40), st.integers(0, 30), st.booleans())
def test_fitted_text_has_exactly_the_width(text: str, width: int, right: bool) -> None:
    assert width_of(fit(clean(text), width, right=right)) == width


@given(st.text(alphabet="ab ,.1", max_size=80), st.integers(1, 20), st.integers(1, 4))
def test_wrapped_lines_never_exceed_the_pane(text: str, width: int, most: int) -> None:
    lines = wrap(clean(text), width, most)
    assert len(lines) <= most
    assert all(width_of(line) <= width for line in lines)


def test_a_shortened_sentence_ends_after_a_whole_number() -> None:
    assert wrap("not enough USD: needs 3,227,860.00, has 245,099.60", 28, 1) == ["not enough USD: needs …"]
