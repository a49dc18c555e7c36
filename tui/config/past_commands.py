"""The commands that logs were piped to, newest first, in a small file of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.config.keptfile import read_kept, write_kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FILE_NAME = "commands.toml"
"""Name of the file in the state folder."""
MOST = 100
"""Commands that are kept; the oldest goes when another one comes."""
LONGEST = 1000
"""Characters of a command that is worth keeping."""

_LARGEST = 1024 * 1024
_HEAD = "# Commands that logs were piped to. Written by nightdeck.\n"


def load_commands(folder: Path | None = None) -> Sequence[str]:
    """The commands that were kept, newest first; none when the file is missing or spoilt.

    Args:
        folder: The state folder; the usual one when None.
    """
    kept = (read_kept(FILE_NAME, folder, _LARGEST) or {}).get("commands")
    return _sensible(kept) if isinstance(kept, list) else ()


def with_newest(command: str, commands: Iterable[str]) -> Sequence[str]:
    """The commands with another one before them, each only once."""
    return _sensible([command, *commands])


def keep_command(command: str, folder: Path | None = None) -> Sequence[str]:
    """Put a command before those that were kept, which another session may have added to meanwhile.

    Args:
        command: The command, without secrets.
        folder: The state folder; the usual one when None.

    Returns:
        What is kept now.

    Raises:
        ConfigError: It can't be written, because the disk is full or the folder isn't ours.
    """
    import tomli_w

    kept = with_newest(command, load_commands(folder))
    write_kept(FILE_NAME, folder, _HEAD + tomli_w.dumps({"commands": list(kept)}), "the command")
    return kept


def _sensible(commands: Iterable[object]) -> Sequence[str]:
    """One line each, without doubles and whatever no keyboard writes, and not too many."""
    texts = (command.strip() for command in commands if isinstance(command, str))
    fit = (text for text in texts if 0 < len(text) <= LONGEST and text.isprintable())
    return tuple(dict.fromkeys(fit))[:MOST]
