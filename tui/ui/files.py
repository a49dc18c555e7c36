"""Where things that the user saves go."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

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
    clean = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "nightdeck"
    stem = f"{clean}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    paths = (folder / f"{stem}{more}.{suffix}" for more in ("", *(f"-{n}" for n in range(2, _MOST_A_SECOND))))
    return next((path for path in paths if not path.exists()), folder / f"{stem}.{suffix}")


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read; never follows a link, never overwrites.

    Raises:
        OSError: It can't be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def keep_private(path: Path, text: str) -> None:
    """Replace a file that only its owner can read; a link is replaced, not followed.

    Raises:
        OSError: It can't be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    write_private(beside, text)
    beside.replace(path)
