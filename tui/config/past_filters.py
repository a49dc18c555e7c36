"""The filters that were used before, newest first: one a line, in a small file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.config.files import read_small, write_whole
from tui.config.past_texts import sensible, with_newest
from tui.config.paths import ensure_private_dir, shown, state_dir
from tui.core.errors import ConfigError

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
    try:
        content = read_small((folder or state_dir()) / FILE_NAME, _LARGEST)
    except (ConfigError, OSError):
        return ()
    return sensible(content.decode("utf-8", "replace").split("\n"))


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
    kept = with_newest(text, load_filters(folder))
    path = ensure_private_dir(folder or state_dir()) / FILE_NAME
    try:
        write_whole(path, "".join(f"{line}\n" for line in kept).encode("utf-8", "replace"))
    except OSError as error:
        raise ConfigError(
            f"the filter cannot be kept in {shown(path)}: {error.strerror or error}",
            hint="free some space, or choose another folder with NIGHTDECK_STATE_DIR",
        ) from error
    return kept
