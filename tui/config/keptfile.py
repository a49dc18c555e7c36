"""Small TOML files of our own in the state folder: they never stop a start, and are written as a whole."""

from __future__ import annotations

import fcntl
import os
import time
import tomllib
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tui.config.files import read_small
from tui.config.paths import ensure_private_dir, shown, state_dir
from tui.core.errors import ConfigError
from tui.core.keys import JobKey
from tui.core.private_files import open_lock, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SPOILT = ".spoilt"
"""What the name of a file that can't be read ends with, once it is set aside."""
LOCK_NAME = "kept.lock"
"""A file that is locked while one of these files is changed; it stays."""
LONGEST_TEXT = 4096
"""Characters of the longest text that is taken from such a file."""

_PATIENCE_S = 0.2
"""The longest that a key press waits for another nightdeck; writing one of these files takes milliseconds."""
_PAUSE_S = 0.005

_told: dict[str, str] = {}


def read_kept(name: str, folder: Path | None, limit: int) -> dict[str, Any] | None:
    """What was kept; None when there is no file. One that can't be read is set aside, and told.

    Args:
        name: The file's name.
        folder: The state folder; the usual one when None.
        limit: Bytes of the largest file that is read.
    """
    text = read_text(name, folder, limit)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        _set_aside((folder or state_dir()) / name, "it is no TOML")
        return None


def read_text(name: str, folder: Path | None, limit: int) -> str | None:
    """The text that was kept; None when there is no file. One that can't be read is set aside, and told.

    Args:
        name: The file's name.
        folder: The state folder; the usual one when None.
        limit: Bytes of the largest file that is read.
    """
    try:
        path = (folder or state_dir()) / name
        return read_small(path, limit).decode("utf-8")
    except (ConfigError, FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        _set_aside(path, "it is no text")
    except OSError as error:
        # Left in its place, it would be replaced by what is kept next.
        _set_aside(path, error.strerror or str(error))
    return None


def set_aside_now() -> Mapping[str, str]:
    """What was set aside in this session, and why: a line for the user each, by the file's name."""
    return MappingProxyType(_told)


@contextmanager
def taking_turns(folder: Path | None) -> Iterator[None]:
    """Keep other nightdecks from changing a file between our reading and our writing; never waits long.

    Args:
        folder: The state folder; the usual one when None.

    Raises:
        ConfigError: There is no such folder, and none can be made.
    """
    path = ensure_private_dir(folder or state_dir()) / LOCK_NAME
    descriptor: int | None = None
    try:
        # Where it can't be locked, two that write at the very same moment may forget one change.
        with suppress(OSError):
            descriptor = open_lock(path)
            _wait_for(descriptor)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


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


def _set_aside(path: Path, why: str) -> None:
    aside = path.with_name(path.name + SPOILT)
    with suppress(OSError):
        path.replace(aside)
        _told[path.name] = f"{shown(path)} could not be read ({why}) and was set aside as {aside.name}"


def _wait_for(descriptor: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return


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
