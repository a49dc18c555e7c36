"""Walking back through what was typed before, as shells do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Recall:
    """Finds earlier texts that begin as what was typed, and comes back to what was typed."""

    def __init__(self) -> None:
        self.entries: Sequence[str] = ()
        """The earlier texts, newest first."""
        self._typed = ""
        self._found: Sequence[str] = ()
        self._at = -1

    @property
    def is_walking(self) -> bool:
        """Whether an earlier text is shown instead of what was typed."""
        return self._at >= 0

    def earlier(self, text: str) -> str | None:
        """The text before the one that is shown; None when there is none.

        Args:
            text: What stands there now: the beginning that earlier texts must share when the walk begins.
        """
        if not self.is_walking:
            begun = text.casefold()
            self._typed = text
            self._found = [
                entry for entry in self.entries if entry.casefold().startswith(begun) and entry != text
            ]
        if self._at + 1 >= len(self._found):
            return None
        self._at += 1
        return self._found[self._at]

    def later(self) -> str | None:
        """The text after the one that is shown, at last what was typed; None when that is shown already."""
        if not self.is_walking:
            return None
        self._at -= 1
        return self._found[self._at] if self._at >= 0 else self._typed

    def stop(self) -> None:
        """What is shown is what counts: the next walk begins there."""
        self._at = -1
