"""What killed nightdecks leave lying around: half a file, the log of another machine, a pager's copy."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.core.own_folder import left_over, sweep_folders, temporary_files
from tui.core.private_files import PART, PART_SUFFIX, sweep, unused
from tui.logs.spool import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def sweep_leftovers(folder: Path) -> None:
    """Delete everything of ours that no living nightdeck uses; blocks, and never raises.

    Args:
        folder: The state folder; the system's temporary files are looked through as well.
    """
    for place in _places(folder):
        sweep(place, PART, PART_SUFFIX)
        sweep(place, "", SUFFIX)
    for parent in _parents(folder):
        sweep_folders(parent)


def leftovers(folder: Path) -> Iterator[Path]:
    """The same, only told."""
    for place in _places(folder):
        yield from unused(place, PART, PART_SUFFIX)
        yield from unused(place, "", SUFFIX)
    for parent in _parents(folder):
        yield from left_over(parent)


def _parents(folder: Path) -> Iterator[Path]:
    """Where our own folders are."""
    yield folder
    with suppress(OSError):
        yield temporary_files()


def _places(folder: Path) -> Iterator[Path]:
    """The state folder and those in it, such as that of exports."""
    yield folder
    with suppress(OSError), os.scandir(folder) as entries:
        yield from [folder / entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
