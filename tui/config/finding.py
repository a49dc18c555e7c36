"""Finding the config file and reading it unchecked. Runs before first paint: standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.config.document import Document, read_document
from tui.config.paths import config_path, is_config_named, is_out_of_reach, sample_config_path
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def read_config(explicit: str | Path | None = None) -> tuple[Document, bool]:
    """Read the config file without checking it, and whether it is the shipped sample for want of one.

    Args:
        explicit: The file given with `--config`; the environment and the user's folder count when None.

    Raises:
        ConfigError: The file can't be read at all: it is missing, unreadable, or no TOML.
    """
    if is_config_named(explicit):
        return read_document(config_path(explicit)), False
    try:
        path = config_path()
    except ConfigError:
        return read_sample(), True
    # A link to nowhere is a mistake to be told, not a missing file.
    if is_out_of_reach(path) or path.exists() or path.is_symlink():
        return read_document(path), False
    return read_sample(), True


def read_sample() -> Document:
    """The shipped sample, which is the config of those who have none."""
    return read_document(sample_config_path())
