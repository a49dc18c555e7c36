"""The files that nightdeck keeps: whether they can be written, and that nobody else can read them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from tui.cli.checks.finding import Finding, Status, finding_of_error
from tui.config.paths import shown, state_dir
from tui.core.clock import SystemClock
from tui.core.errors import NightdeckError
from tui.engine.history import History

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OTHERS = 0o077
_LISTED_AT_MOST = 5


async def check_files() -> list[Finding]:
    """How the state folder and the history in it are; neither is made when it is missing."""
    try:
        folder = state_dir()
    except NightdeckError as error:
        return [finding_of_error("state", error)]
    if folder.exists():
        return [*_check_folder(folder), *await _check_history(folder)]
    above = next(path for path in folder.parents if path.exists())
    if not _is_usable(above):
        return [_unusable(folder)]
    return [Finding("state", Status.OK, f"{shown(folder)} is made when it is first needed")]


def _check_folder(folder: Path) -> Iterator[Finding]:
    if not _is_usable(folder):
        yield _unusable(folder)
        return
    exposed = [path for path in (folder, *sorted(folder.iterdir())) if _is_exposed(path)]
    if exposed:
        listed = ", ".join(map(shown, exposed[:_LISTED_AT_MOST]))
        more = ", …" if len(exposed) > _LISTED_AT_MOST else ""
        hint = f"chmod -R go= {shown(folder)}"
        yield Finding("state", Status.WARNING, f"others can read {listed}{more}", hint)
    else:
        yield Finding("state", Status.OK, shown(folder))


def _is_usable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def _unusable(folder: Path) -> Finding:
    told = f"{shown(folder)} can't be written to: no history, and nothing can be triggered or stopped"
    return Finding("state", Status.FAILED, told, "make it yours, or set NIGHTDECK_STATE_DIR to another")


def _is_exposed(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)


async def _check_history(folder: Path) -> list[Finding]:
    history = History(folder, SystemClock())
    if not history.database.path.exists():
        return [Finding("history", Status.OK, "empty")]
    try:
        await history.open()
        if history.problem:
            return [Finding("history", Status.WARNING, history.problem)]
        size = history.database.path.stat().st_size
        return [Finding("history", Status.OK, f"{shown(history.database.path)}, {size / 1024:,.0f} kB")]
    finally:
        await history.aclose()
