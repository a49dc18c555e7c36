"""The filters that were used before, newest first: one a line, in a small file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.config.keptfile import read_text, taking_turns, write_kept
from tui.config.past_texts import sensible, with_newest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE_NAME = "filters.txt"
"""Name of the file in the state folder."""

_LARGEST = 1024 * 1024


def load_filters(folder: Path | None = None) -> Sequence[str]:
    """The filters that were kept, newest first; none when the file is missing or spoilt.

    Args:
        folder: The state folder; the usual one when None.
    """
    text = read_text(FILE_NAME, folder, _LARGEST)
    return sensible(text.split("\n")) if text is not None else ()


def keep_filter(text: str, folder: Path | None = None) -> Sequence[str]:
    """Put a filter before those that were kept, which another session may have added to meanwhile.

    Args:
        text: The filter, without secrets.
        folder: The state folder; the usual one when None.

    Returns:
        What is kept now.

    Raises:
        ConfigError: It can't be written, because the disk is full or the folder isn't ours.
    """
    with taking_turns(folder):
        kept = with_newest(text, load_filters(folder))
        write_kept(FILE_NAME, folder, "".join(f"{line}\n" for line in kept), "the filter")
    return kept
