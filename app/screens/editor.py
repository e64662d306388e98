"""Walking the fields of a draft with keys: which one, what is typed into it, what is wrong with it.

Pure state, no Textual. A text that can be read changes the draft at once; one
that cannot is kept with its error and leaves the draft as it was.
"""

from __future__ import annotations

from app.domain.grammar_tokens import GrammarError
from app.screens.draft import Draft
from app.screens.form import Entry, entries, put

LONGEST = 40
"""Characters of a field."""


class Editor:
    """The field in hand.

    Attributes:
        name: The field; empty while nothing is edited.
        text: What stands in it.
        error: Why it cannot be read; None if it can.
        before: The draft as it was when the field was taken up.
    """

    def __init__(self) -> None:
        self.name = ""
        self.text = ""
        self.error: GrammarError | None = None
        self.before: Draft | None = None
        self._fresh = True

    @property
    def open(self) -> bool:
        """Whether a field is being edited."""
        return bool(self.name)

    def begin(self, draft: Draft, name: str = "") -> bool:
        """Take up a field.

        Args:
            draft: What is drafted.
            name: The field; the first one if it is empty or not used.

        Returns:
            Whether the draft has fields at all.
        """
        found = entries(draft)
        if not found:
            return False
        entry = next((entry for entry in found if entry.name == name), found[0])
        self._take(draft, entry)
        return True

    def leave(self) -> None:
        """Stop editing and forget what could not be read."""
        self.name = self.text = ""
        self.error = self.before = None

    def move(self, draft: Draft, step: int) -> bool:
        """Take up the next field, or the one before; not while the present one cannot be read.

        Returns:
            Whether it moved.
        """
        if self.error is not None:
            return False
        found = entries(draft)
        at = next((at for at, entry in enumerate(found) if entry.name == self.name), 0)
        self._take(draft, found[(at + step) % len(found)])
        return True

    def chooses(self, draft: Draft) -> bool:
        """Say whether the field is a choice, not a text."""
        return bool(self._entry(draft).options)

    def choose(self, draft: Draft, step: int) -> Draft:
        """Return the draft with the next choice of the field; unchanged if it is a text."""
        entry = self._entry(draft)
        if not entry.options:
            return draft
        at = entry.options.index(entry.value) if entry.value in entry.options else 0
        return self._put(draft, entry.options[(at + step) % len(entry.options)])

    def type(self, draft: Draft, letter: str) -> Draft:
        """Return the draft after a letter: it is typed, or takes the next choice that begins with it."""
        entry = self._entry(draft)
        if entry.options:
            at = entry.options.index(entry.value) if entry.value in entry.options else 0
            turned = entry.options[at + 1 :] + entry.options[: at + 1]
            choice = next((option for option in turned if option.startswith(letter.lower())), entry.value)
            return self._put(draft, choice)
        kept = "" if self._fresh else self.text
        self._fresh = False
        return self._put(draft, (kept + letter)[:LONGEST])

    def erase(self, draft: Draft, *, all_of_it: bool = False) -> Draft:
        """Return the draft after the last letter, or all of them, were taken away."""
        if self._entry(draft).options:
            return draft
        self._fresh = False
        return self._put(draft, "" if all_of_it else self.text[:-1])

    def _entry(self, draft: Draft) -> Entry:
        found = entries(draft)
        return next((entry for entry in found if entry.name == self.name), found[0])

    def _take(self, draft: Draft, entry: Entry) -> None:
        self.name, self.text, self.error = entry.name, entry.value, None
        self._fresh = True
        self.before = draft

    def _put(self, draft: Draft, text: str) -> Draft:
        self.text = text
        try:
            # From the draft as it was: walking past a choice must not lose what that one has no use for.
            changed = put(self.before or draft, self.name, text)
        except GrammarError as error:
            self.error = error
            return draft
        self.error = None
        return changed
