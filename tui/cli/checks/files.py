"""The files that nightdeck keeps: whether they can be written, and that nobody else can get at them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.checks.finding import Finding, Status, finding_of_error
from tui.cli.checks.state_tree import close_to_others, look_through
from tui.config.exposure import dangers, pasted, taking
from tui.config.keptfile import SPOILT
from tui.config.paths import is_there, shown, state_dir
from tui.core.clock import SystemClock
from tui.core.errors import NightdeckError
from tui.core.private_files import make_folder
from tui.engine.history import History
from tui.engine.leftovers import leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST_FREE = 100 << 20
"""Bytes of free space below which the doctor warns: history and the log of one run need as much."""

_LISTED_AT_MOST = 5
_COMPANIONS = ("-wal", "-shm", "-journal")
_NO_ACTIONS = "no history, and nothing can be triggered or stopped"


async def check_files(*, is_mending: bool) -> list[Finding]:
    """How the state folder and the history in it are; neither is made when it is missing.

    Args:
        is_mending: Whether files of ours that others can read are closed to them first.
    """
    try:
        folder = state_dir()
    except NightdeckError as error:
        return [finding_of_error("state", error)]
    if is_there(folder):
        return [
            *_check_folder(folder, is_mending=is_mending),
            *_check_leftovers(folder),
            *_check_set_aside(folder),
            *await _check_history(folder),
        ]
    above = next(path for path in folder.parents if is_there(path))
    if not _is_usable(above):
        return [_unusable(folder)]
    return [Finding("state", Status.OK, f"{shown(folder)} is made when it is first needed")]


def _check_folder(folder: Path, *, is_mending: bool) -> Iterator[Finding]:
    if not _is_usable(folder):
        yield _unusable(folder)
        return
    try:
        make_folder(folder)
    except OSError as error:
        place = Path(error.filename or folder)
        yield Finding(
            "state", Status.FAILED, f"{shown(place)}: {error.strerror}: {_NO_ACTIONS}", taking(place)
        )
        return
    mended = close_to_others(folder) if is_mending else 0
    if mended:
        told = f"{mended} file{'s' if mended != 1 else ''} and folders are closed to others now"
        yield Finding("state", Status.OK, told)
    tree = look_through(folder)
    free = shutil.disk_usage(folder).free
    problems = [
        *_told(tree.exposed, "others can read {}", f"chmod -R go= {pasted(folder)}"),
        *_told(tree.foreign, "others own {}", taking(folder)),
        *_told(tree.links, "links are replaced and never followed: {}", _removing(tree.links)),
        *(Finding("state", Status.WARNING, danger.told, danger.cure) for danger in dangers(folder)),
        *_check_space(folder, free),
    ]
    told = f"{shown(folder)}, {tree.files:,} file{'s' if tree.files != 1 else ''}, {_size(free)} free"
    yield from problems or [Finding("state", Status.OK, told)]


def _check_space(folder: Path, free: int) -> Iterator[Finding]:
    if free < LEAST_FREE:
        told = f"only {_size(free)} are free for {shown(folder)}"
        yield Finding("state", Status.WARNING, told, f"free some space: du -sh {pasted(folder)}/*")


def _check_leftovers(folder: Path) -> Iterator[Finding]:
    left = sorted(leftovers(folder))
    hint = f"the next dashboard takes them away; or: {_removing(left)}"
    return _told(left, "a killed nightdeck left {}", hint, check="leftovers")


def _check_set_aside(folder: Path) -> Iterator[Finding]:
    found = (path for pattern in ("*.corrupt-*", f"*{SPOILT}") for path in folder.glob(pattern))
    aside = sorted(path for path in found if not path.name.endswith(_COMPANIONS))
    return _told(aside, "damaged and set aside: {}", f"look at it; then: {_removing(aside)}", check="damaged")


async def _check_history(folder: Path) -> list[Finding]:
    history = History(folder, SystemClock())
    path = history.database.path
    if not is_there(path):
        return [Finding("history", Status.OK, "empty")]
    try:
        await history.open()
        problem = history.problem
        size = f"{shown(path)}, {path.stat().st_size / 1024:,.0f} kB"
        told = Finding("history", Status.WARNING if problem else Status.OK, problem or size)
        try:
            await history.database.write(lambda _: None, is_durable=True)
        except NightdeckError as error:
            why = f"can't be written, so nothing can be triggered or stopped: {error.message}"
            return [told, Finding("journal", Status.FAILED, why, error.hint)]
        return [told, Finding("journal", Status.OK, "can be written")]
    finally:
        await history.aclose()


def _is_usable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def _unusable(folder: Path) -> Finding:
    told = f"{shown(folder)} can't be written to: {_NO_ACTIONS}"
    return Finding("state", Status.FAILED, told, "make it yours, or set NIGHTDECK_STATE_DIR to another")


def _told(paths: Sequence[Path], text: str, hint: str, check: str = "state") -> Iterator[Finding]:
    """A warning that lists some paths; none when there are none."""
    if paths:
        listed = ", ".join(map(shown, paths[:_LISTED_AT_MOST]))
        more = f" and {len(paths) - _LISTED_AT_MOST} more" if len(paths) > _LISTED_AT_MOST else ""
        yield Finding(check, Status.WARNING, text.format(listed + more), hint)


def _removing(paths: Sequence[Path]) -> str:
    """The command that takes them away."""
    return f"rm -r {' '.join(map(pasted, paths[:_LISTED_AT_MOST]))}"


def _size(size: int) -> str:
    return f"{size / (1 << 30):,.1f} GB" if size >= 1 << 30 else f"{size / (1 << 20):,.0f} MB"
