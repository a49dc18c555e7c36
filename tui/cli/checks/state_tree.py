"""Everything in the state folder: what others can read, what is theirs, and what leads elsewhere."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tui.config.exposure import owner_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OTHERS = 0o077
_OWNER = 0o700


class Tree(NamedTuple):
    """What was found."""

    files: int
    """How many files there are."""
    exposed: Sequence[Path]
    """Files and folders that others can read or write."""
    foreign: Sequence[Path]
    """Those that belong to somebody else."""
    links: Sequence[Path]
    """Links in the place of files of ours."""


def look_through(folder: Path) -> Tree:
    """Look at a folder and everything in it; no link is followed."""
    files = 0
    exposed, foreign, links = [], [], []
    for path in _everything(folder):
        with suppress(OSError):
            mode = path.lstat().st_mode
            files += stat.S_ISREG(mode)
            if owner_of(path):
                foreign.append(path)
            elif stat.S_ISLNK(mode):
                # One to a neighbour is ours, such as `latest`; one to a folder is the user's choice.
                if not path.is_dir() and os.sep in str(path.readlink()):
                    links.append(path)
            elif mode & _OTHERS:
                exposed.append(path)
    return Tree(files, exposed, foreign, links)


def close_to_others(folder: Path) -> int:
    """Take from others all rights to our own files and folders; returns to how many. Follows no link."""
    closed = 0
    # The folder itself comes first: from then on nobody can put a link in the way.
    for path in _everything(folder):
        with suppress(OSError):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & _OTHERS and not owner_of(path):
                path.chmod(mode & _OWNER)
                closed += 1
    return closed


def _everything(folder: Path) -> Iterator[Path]:
    yield folder
    for name, folders, files in os.walk(folder):
        yield from (Path(name, entry) for entry in sorted([*folders, *files]))
