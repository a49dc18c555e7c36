"""Where nightdeck's files are: the config file, the state folder, themes, what ships with the program."""

from __future__ import annotations

import os
from pathlib import Path

from tui.core.errors import ConfigError
from tui.core.private_files import make_folder

CONFIG_VARIABLE = "NIGHTDECK_CONFIG"
"""Environment variable that names the config file."""
STATE_VARIABLE = "NIGHTDECK_STATE_DIR"
"""Environment variable that names the state folder."""
SPOOL_FOLDER = "spool"
"""Folder in the state folder where logs of other machines are kept while they are shown."""

_PACKAGE = Path(__file__).resolve().parent.parent
_APP = "nightdeck"


def config_path(explicit: str | Path | None = None) -> Path:
    """The config file: the one given, else `$NIGHTDECK_CONFIG`, else the user's; it need not exist.

    Raises:
        ConfigError: Nothing says where it is, not even a home folder.
    """
    if is_config_named(explicit):
        return _absolute(explicit or os.environ[CONFIG_VARIABLE])
    return _user_folder("XDG_CONFIG_HOME", ".config", hint=f"set {CONFIG_VARIABLE}") / "config.toml"


def is_config_named(explicit: str | Path | None = None) -> bool:
    """Whether the user named a config file, which then has to exist."""
    return bool(explicit) or bool(os.environ.get(CONFIG_VARIABLE))


def state_dir() -> Path:
    """The folder of everything that is kept over restarts: `$NIGHTDECK_STATE_DIR`, else the user's.

    Raises:
        ConfigError: Nothing says where it is, not even a home folder.
    """
    named = os.environ.get(STATE_VARIABLE)
    if named:
        return _absolute(named)
    return _user_folder("XDG_STATE_HOME", ".local/state", hint=f"set {STATE_VARIABLE}")


def user_themes_dir() -> Path:
    """The folder of the user's own themes; it need not exist."""
    return _user_folder("XDG_CONFIG_HOME", ".config", hint="set XDG_CONFIG_HOME") / "themes"


def shipped_themes_dir() -> Path:
    """The folder of the themes that ship with nightdeck."""
    return _shipped("themes")


def sample_config_path() -> Path:
    """The commented sample that ships with nightdeck; it serves as the config when there is none."""
    return _shipped("sample_config.toml")


def ensure_private_dir(folder: Path) -> Path:
    """Make a folder for the user alone, with its parents; an existing one is left as it is.

    Raises:
        ConfigError: It can't be made, belongs to somebody else, or isn't a folder that we may write to.
    """
    if is_there(folder) and not folder.is_dir():
        raise ConfigError(f"{shown(folder)} is not a folder", hint=_elsewhere(folder))
    doing = "use" if is_there(folder) else "make"
    try:
        make_folder(folder)
    except OSError as error:
        raise ConfigError(
            f"cannot {doing} the folder {shown(folder)}: {error.strerror or error}", hint=_elsewhere(folder)
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"cannot write to the folder {shown(folder)}", hint=_elsewhere(folder))
    return folder


def is_there(path: Path) -> bool:
    """Whether something is at a path; nothing is where nobody may look."""
    try:
        return path.exists()
    except OSError:
        return False


def is_out_of_reach(path: Path) -> bool:
    """Whether it can't even be told if something is at a path, as in a folder that may not be entered."""
    try:
        path.exists()
    except OSError:
        return True
    return False


def shown(path: Path) -> str:
    """A path as people read it: from here when it is below, else from `~`, else in full."""
    for start, prefix in ((_here(), ""), (_home(), "~/")):
        if start is not None and start != path and path.is_relative_to(start):
            return f"{prefix}{path.relative_to(start)}"
    return str(path)


def _shipped(name: str) -> Path:
    for path in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if path.exists():
            return path
    raise ConfigError(f"{name} is missing from this installation", hint="install nightdeck again")


def _user_folder(variable: str, below_home: str, *, hint: str) -> Path:
    named = os.environ.get(variable, "")
    # The XDG specification says that a relative path is invalid and is to be ignored.
    if Path(named).is_absolute():
        return Path(named) / _APP
    home = _home()
    if home is None:
        raise ConfigError("there is no home folder", hint=hint)
    return home / below_home / _APP


def _home() -> Path | None:
    if os.environ.get("HOME") == "":
        return None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home.is_absolute() else None


def _here() -> Path | None:
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def _absolute(named: str | Path) -> Path:
    path = Path(named)
    try:
        return path.expanduser().absolute()
    except (RuntimeError, FileNotFoundError) as error:
        raise ConfigError(f"cannot tell where {path} is", hint="give the path in full") from error


def _elsewhere(folder: Path) -> str:
    variable = (
        STATE_VARIABLE if os.environ.get(STATE_VARIABLE) or "state" in folder.parts else CONFIG_VARIABLE
    )
    return f"make it writable, or choose another place with {variable}"
