"""What is wrong with a config, one line each: file, line, table, key and the nearest known key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.config.paths import shown
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tui.config.document import Document
    from tui.config.scanner import KeyPath

_MOST_LISTED = 12
"""So many possible words are still worth listing when none is near."""


class Problem(NamedTuple):
    """One thing that is wrong with a config, told in one line."""

    file: Path
    """The file it is in."""
    message: str
    """What is wrong; it names the key, and never a secret."""
    table: str = ""
    """The header of the table it is in, as the file has it: `[ui]`; empty at the top."""
    key: str = ""
    """The key, dotted when it is deeper than the table."""
    line: int | None = None
    """The line, counted from 1; None when the problem is what isn't there."""
    nearest: str = ""
    """The known word that is meant, probably."""
    hint: str = ""
    """What to do about it."""
    is_warning: bool = False
    """Whether everything works all the same."""
    path: KeyPath = ()
    """The keys from the root of the file to what is wrong."""

    @property
    def connection(self) -> str:
        """The connection that the problem is about; empty when it is about none."""
        return str(self.path[1]) if len(self.path) > 1 and self.path[0] == "connections" else ""

    def __str__(self) -> str:
        place = shown(self.file) if self.line is None else f"{shown(self.file)}:{self.line}"
        table = f"{self.table} " if self.table else ""
        meant = f", did you mean {self.nearest!r}?" if self.nearest else ""
        return f"{place}: {table}{self.message}{meant}"

    def as_error(self) -> ConfigError:
        """The problem as an error, for whoever cannot go on with it."""
        return ConfigError(str(self), hint=self.hint)


def problem_at(
    document: Document,
    path: KeyPath,
    message: str,
    *,
    nearest: str = "",
    hint: str = "",
    is_warning: bool = False,
) -> Problem:
    """A problem with the key at a path of a document."""
    table, key = document.place_of(path)
    return Problem(
        document.path,
        message,
        table=table,
        key=key,
        line=document.line_of(path),
        nearest=nearest,
        hint=hint,
        is_warning=is_warning,
        path=path,
    )


def nearest_word(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like this one, or an empty string when none does."""
    from difflib import get_close_matches

    folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def listed(words: Iterable[str]) -> str:
    """A few words in a row for a message; empty when there are none, or too many to read."""
    known = sorted(set(words))
    return ", ".join(known) if len(known) <= _MOST_LISTED else ""
