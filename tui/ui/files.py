"""Where things that the user saves go."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.private_files import make_folder, whole_file, write_new, write_whole
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_NAME = 120
"""Bytes of a file's name that tell what it holds; file systems take 255, with the rest."""

_MOST_A_SECOND = 20
"""Files of one name that are told apart within a second."""


def export_path(state_dir: Path | None, name: str, suffix: str) -> Path:
    """A new file's path in the exports folder, named after what it holds and when it was saved.

    Args:
        state_dir: The state folder; None means the current folder.
        name: What the file holds; anything but letters, digits, dots and dashes becomes a dash.
        suffix: The file name's ending, without the dot.
    """
    folder = state_dir / "exports" if state_dir is not None else Path.cwd()
    stem = f"{_clean_name(name)}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    paths = (folder / f"{stem}{more}.{suffix}" for more in ("", *(f"-{n}" for n in range(2, _MOST_A_SECOND))))
    return next((path for path in paths if not path.exists()), folder / f"{stem}.{suffix}")


def _clean_name(name: str) -> str:
    clean = re.sub(r"[^\w.-]+", "-", plain_text(name)).strip("-.")
    return clean.encode()[:_LONGEST_NAME].decode("utf-8", "ignore") or "nightdeck"


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read; never follows a link, never overwrites.

    Raises:
        OSError: It can't be written.
    """
    _make_room(path.parent)
    write_new(path, text.encode("utf-8", "replace"))


def keep_private(path: Path, text: str) -> None:
    """Replace a file that only its owner can read; a link is replaced, not followed.

    Raises:
        OSError: It can't be written.
    """
    _make_room(path.parent)
    write_whole(path, text.encode("utf-8", "replace"))


@contextmanager
def saved_file(path: Path) -> Iterator[int]:
    """A new file to write to, for its owner alone, which is there when it has become whole.

    Args:
        path: Where nothing is yet; a link is not followed.

    Raises:
        OSError: It can't be made.
    """
    _make_room(path.parent)
    with whole_file(path) as descriptor:
        yield descriptor


def _make_room(folder: Path) -> None:
    """Make a folder of ours, and see that it is ours; the current one is the user's own choice."""
    if folder != Path.cwd():
        make_folder(folder)
