"""What was typed before into a line of the screen, newest first, in a small file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.config.keptfile import read_kept, taking_turns, write_kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MOST = 100
"""Texts that are kept; the oldest goes when another one comes."""
LONGEST = 1000
"""Characters of a text that is worth keeping."""

_LARGEST = 1024 * 1024


class PastTexts(NamedTuple):
    """The texts of one kind."""

    kind: str
    """What they are, in a word: the name of the file without its ending."""
    one: str
    """One of them, with its article."""
    about: str
    """What they are for, told at the top of the file."""

    def load(self, folder: Path | None = None) -> Sequence[str]:
        """What was kept, newest first; nothing when the file is missing or spoilt.

        Args:
            folder: The state folder; the usual one when None.
        """
        kept = (read_kept(f"{self.kind}.toml", folder, _LARGEST) or {}).get(self.kind)
        return sensible(kept) if isinstance(kept, list) else ()

    def keep(self, text: str, folder: Path | None = None) -> Sequence[str]:
        """Put a text before those that were kept, which another session may have added to meanwhile.

        Args:
            text: The text, without secrets.
            folder: The state folder; the usual one when None.

        Returns:
            What is kept now.

        Raises:
            ConfigError: It can't be written, because the disk is full or the folder isn't ours.
        """
        import tomli_w

        head = f"# {self.about}. Written by nightdeck.\n"
        with taking_turns(folder):
            kept = with_newest(text, self.load(folder))
            write_kept(f"{self.kind}.toml", folder, head + tomli_w.dumps({self.kind: list(kept)}), self.one)
        return kept


SEARCHES = PastTexts("searches", "the search", "What was searched for in logs")
"""What was searched for in logs, or shown only."""

COMMANDS = PastTexts("commands", "the command", "Commands that logs were piped to")
"""The commands that logs were piped to."""


def with_newest(text: str, texts: Iterable[str]) -> Sequence[str]:
    """The texts with another one before them, each only once."""
    return sensible([text, *texts])


def sensible(texts: Iterable[object]) -> Sequence[str]:
    """One line each, without doubles and whatever no keyboard writes, and not too many."""
    lines = (text.strip() for text in texts if isinstance(text, str))
    fit = (line for line in lines if 0 < len(line) <= LONGEST and line.isprintable())
    return tuple(dict.fromkeys(fit))[:MOST]
