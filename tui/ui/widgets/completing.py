"""What is proposed while a query is typed, and which proposal stands in it already. No widget in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tui.engine.query.completion import Completion

_BEFORE_VALUES = ":=~<>,"


class Written(NamedTuple):
    """A text and where the cursor stands in it."""

    text: str
    """The whole query."""
    cursor: int
    """Index of the character behind the cursor."""


class Completing:
    """Follows what is typed; choosing a proposal writes it, choosing again replaces it."""

    def __init__(self) -> None:
        self.values: Mapping[str, Collection[str]] = {}
        """The values that occur in the jobs, by field."""
        self.items: Sequence[Completion] = ()
        """What is proposed."""
        self.chosen = -1
        """The proposal that was written; -1 while what was typed stands."""
        self._typed = self._shown = Written("", 0)
        self._closed_at = -1

    @property
    def ghost(self) -> str:
        """How the likeliest proposal goes on behind the cursor; empty where none does."""
        text, cursor = self._typed
        if self.chosen >= 0 or cursor < len(text):
            return ""
        for item in self.items:
            begun = text[item.start : item.end]
            if begun and item.text.casefold().startswith(begun.casefold()):
                return item.text[len(begun) :]
        return ""

    def look(self, now: Written, *, is_asked: bool = False) -> None:
        """Propose what fits at the cursor; what was written from here is left as it is.

        Args:
            now: What stands in the line.
            is_asked: Whether to propose although nothing is begun, or the list was closed.
        """
        if now == self._shown and not is_asked:
            return
        from tui.engine.query.completion import complete

        self._typed = self._shown = now
        self.chosen = -1
        items = complete(*now, self.values) if now.text or is_asked else []
        start = items[0].start if items else -1
        if is_asked or start != self._closed_at:
            self._closed_at = -1
        is_begun = start < now.cursor or now.text[: now.cursor].rstrip()[-1:] in _BEFORE_VALUES
        self.items = items if is_asked or (is_begun and self._closed_at < 0) else ()

    def turn(self, step: int) -> Written | None:
        """Write the next proposal, or the one before; before the first stands what was typed.

        Args:
            step: 1 or -1.

        Returns:
            What is to stand in the line; None where there is nothing to choose from.
        """
        if not self.items:
            return None
        count = len(self.items)
        self.chosen = (self.chosen + 1 + step) % (count + 1) - 1
        if self.chosen < 0 and step > 0:
            self.chosen = 0
        text, _ = self._typed
        if self.chosen < 0:
            self._shown = self._typed
        else:
            item = self.items[self.chosen]
            written = text[: item.start] + item.text
            self._shown = Written(written + text[item.end :], len(written))
        return self._shown

    def rest(self, now: Written) -> None:
        """Take a text as it is and propose nothing for it."""
        self._typed = self._shown = now
        self.items, self.chosen, self._closed_at = (), -1, -1

    def close(self) -> bool:
        """Propose nothing more for this word. Tells whether there was a list to close."""
        if not self.items:
            return False
        self._closed_at = self.items[0].start
        self._typed, self.items, self.chosen = self._shown, (), -1
        return True
