"""Who else could read or change a file: its mode, its owner, and the folders above it."""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING, NamedTuple

from tui.config.paths import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROOT = 0
_READABLE = stat.S_IRGRP | stat.S_IROTH
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH


class Danger(NamedTuple):
    """What somebody else could do."""

    told: str
    """That they could, in words."""
    cure: str
    """A command against it, to be pasted."""


def exposure(path: Path) -> str:
    """Who else can read a file, such as `everybody can read it (mode 0644)`; empty when nobody can."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return ""
    if not stat.S_ISREG(mode) or not mode & _READABLE:
        return ""
    who = "everybody" if mode & stat.S_IROTH else "its group"
    return f"{who} can read it (mode {stat.S_IMODE(mode):04o})"


def dangers(path: Path) -> Iterator[Danger]:
    """How others could change a file or folder, or put another in its place; nothing where it is missing."""
    try:
        yield from _of_itself(path)
        places = {*path.absolute().parents, *path.resolve().parents}
        for folder in sorted(places, key=lambda place: len(place.parts), reverse=True):
            yield from _of_folder_above(folder)
    except OSError:
        return


def owner_of(path: Path) -> str:
    """Whose it is, when it is neither ours nor root's; else empty. Raises OSError."""
    uid = path.lstat().st_uid
    return "" if uid in (os.geteuid(), _ROOT) else _name_of(uid)


def pasted(path: Path) -> str:
    """A path as a shell takes it: as short as people read it, and quoted where it must be."""
    text = shown(path)
    return f"~/{shlex.quote(text[2:])}" if text.startswith("~/") else shlex.quote(text)


def taking(path: Path) -> str:
    """The command that makes something ours."""
    return f'sudo chown -R "$(id -un)" {pasted(path)}'


def _of_itself(path: Path) -> Iterator[Danger]:
    if owner := owner_of(path):
        yield Danger(f"{shown(path)} belongs to {owner}", taking(path))
    mode = path.stat().st_mode
    if _is_open_to_others(path):
        told = f"others can write to {shown(path)} (mode {stat.S_IMODE(mode):04o})"
        yield Danger(told, f"chmod go-w {pasted(path)}")


def _of_folder_above(folder: Path) -> Iterator[Danger]:
    if owner := owner_of(folder):
        told = f"{shown(folder)} belongs to {owner}, who can replace what is in it"
        yield Danger(told, taking(folder))
    elif _is_open_to_others(folder) and not folder.stat().st_mode & stat.S_ISVTX:
        told = f"others can write to the folder {shown(folder)}, and replace what is in it"
        yield Danger(told, f"chmod go-w {pasted(folder)}")


def _is_open_to_others(path: Path) -> bool:
    seen = path.stat()
    if seen.st_mode & stat.S_IWOTH:
        return True
    return bool(seen.st_mode & stat.S_IWGRP) and not _is_group_of_one(seen.st_gid)


def _is_group_of_one(gid: int) -> bool:
    """Whether it is the group that many systems make for each user alone."""
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    is_own = gid == user.pw_gid and group.gr_name == user.pw_name
    return is_own and not set(group.gr_mem) - {user.pw_name}


def _name_of(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
