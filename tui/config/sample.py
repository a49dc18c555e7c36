"""Writing the commented sample to where the config file belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.config.paths import config_path, ensure_private_dir, sample_config_path, shown
from tui.core.errors import ConfigError
from tui.core.private_files import PART, PART_SUFFIX, sweep, write_new

if TYPE_CHECKING:
    from pathlib import Path


def sample_text() -> str:
    """The commented sample config."""
    try:
        return sample_config_path().read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"the sample config cannot be read: {error.strerror}", hint="install nightdeck again"
        ) from error


def write_sample(explicit: str | Path | None = None) -> Path:
    """Write the commented sample as the config file, for the user alone; never over a file that is there.

    Args:
        explicit: The file given with `--config`; the environment and the user's folder count when None.

    Raises:
        ConfigError: There is a file already, or it can't be written.
    """
    path = config_path(explicit)
    sweep(path.parent, PART, PART_SUFFIX)
    if path.exists() or path.is_symlink():
        raise _already_there(path)
    ensure_private_dir(path.parent)
    try:
        write_new(path, sample_text().encode())
    except FileExistsError:
        raise _already_there(path) from None
    except OSError as error:
        raise ConfigError(
            f"{shown(path)}: the config file cannot be written: {error.strerror or error}",
            hint="name another file with --config",
        ) from error
    return path


def _already_there(path: Path) -> ConfigError:
    return ConfigError(
        f"there is a config file {shown(path)} already", hint="move it away first; it is never overwritten"
    )
