"""Small TOML files of our own in the state folder: they never stop a start, and are written as a whole."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tui.config.files import read_small, write_whole
from tui.config.paths import ensure_private_dir, shown, state_dir
from tui.core.errors import ConfigError
from tui.core.keys import JobKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPOILT = ".spoilt"
"""What the name of a file that can't be read ends with, once it is set aside."""
LONGEST_TEXT = 4096
"""Characters of the longest text that is taken from such a file."""


def read_kept(name: str, folder: Path | None, limit: int) -> dict[str, Any] | None:
    """What was kept; None when there is no file. A spoilt one is set aside.

    Args:
        name: The file's name.
        folder: The state folder; the usual one when None.
        limit: Bytes of the largest file that is read.
    """
    try:
        path = (folder or state_dir()) / name
        return tomllib.loads(read_small(path, limit).decode("utf-8"))
    except (ConfigError, OSError):
        return None
    except (ValueError, RecursionError):
        with suppress(OSError):
            path.replace(path.with_name(name + SPOILT))
        return None


def write_kept(name: str, folder: Path | None, text: str, what: str) -> None:
    """Keep a text, at once or not at all, readable by the user alone.

    Args:
        name: The file's name.
        folder: The state folder; the usual one when None.
        text: The whole content.
        what: What is kept, for the error.

    Raises:
        ConfigError: It can't be written, because the disk is full or the folder isn't ours.
    """
    path = ensure_private_dir(folder or state_dir()) / name
    try:
        write_whole(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise ConfigError(
            f"{what} cannot be kept in {shown(path)}: {error.strerror or error}",
            hint="free some space, or choose another folder with NIGHTDECK_STATE_DIR",
        ) from error


def kept_text(raw: Mapping[str, Any], key: str) -> str:
    """A text of the file; empty when it is none, or absurdly long."""
    value = raw.get(key)
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""


def kept_job(raw: Any) -> JobKey | None:
    """A job that the file names; None when it doesn't."""
    if not isinstance(raw, dict):
        return None
    connection, id_ = raw.get("connection"), raw.get("id")
    return JobKey(connection, id_) if isinstance(connection, str) and isinstance(id_, str) else None
