"""What nightdeck writes: for its owner alone, whole or not there, through no link, and nothing left over."""

from __future__ import annotations

import itertools
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.figures import Figure
from tests.reliability.watched_program import BOUND, OPEN, WRITTEN
from tests.support.real_world import RealWorld, is_ready, row_of
from tests.support.terminal import Terminal

UMASKS = ("0", "777", "022", "077")
"""What others are kept from by the user's shell: nothing, everything with the user, and what is usual."""

KINDS = (
    "config/nightdeck/config.toml",
    "state/nightdeck/history.db",
    "state/nightdeck/history.lock",
    "state/nightdeck/kept.lock",
    "state/nightdeck/clipboard.txt",
    "state/nightdeck/commands.toml",
    "state/nightdeck/filters.txt",
    "state/nightdeck/ui.toml",
    "state/nightdeck/exports/*.json",
    "state/nightdeck/exports/screen-*.txt",
    "state/nightdeck/exports/*.log",
    "state/nightdeck/exports/*-output-*.txt",
    "state/nightdeck/connections/here/quick/*/spec.json",
    "state/nightdeck/connections/here/quick/*/status",
    "state/nightdeck/connections/here/quick/*/log",
    "state/nightdeck/connections/here/quick/latest",
)
"""What must be there after an evening with the program; else too little was looked at."""

LINKED = (
    "history.lock",
    "kept.lock",
    "clipboard.txt",
    "commands.toml",
    "filters.txt",
    "ui.toml",
    "place.toml",
)
"""Files in whose place somebody puts a link to a file that is precious."""

LINKED_ALONE = ("history.db", "history.db-wal", "history.db-shm", "history.db-journal")
"""The same, one at a time: with any of them nothing else is written."""

LINKED_FOLDERS = ("exports", "connections", "spool")
"""Folders in whose place somebody puts a link to a folder that is precious."""

KILLS_EACH = 50
"""Kills for each evening; after three evenings the writer has died at every step that there is."""

STRANGER = 54321
"""The user who puts them there, where we may say who it is."""

_CONFIG = """
[connections.here]
type = "local"
refresh = 0.5

[[connections.here.job]]
name = "quick"
command = "seq 30; exit 3"
"""
_QUIET_S = 0.15
_SESSION = (
    ("y",),  # the clipboard's file
    ("s", "j"),  # rows
    ("s", "t"),  # the screen
    ("/", "quick", "Enter"),  # filters
    ("L", "s"),  # a log
    ("v",),  # a copy for the pager
    ("|", "seq 20", "Enter", "Escape"),  # the output of a command
    ("q",),
    ("q",),  # where the cursor was
)
"""The keys of an evening, each of which writes something."""


@dataclass
class Tally:
    """What was counted."""

    programs: int = 0
    made: int = 0
    open: list[str] = field(default_factory=list)
    bound: list[str] = field(default_factory=list)
    links: int = 0
    followed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def take(self, report: Path) -> None:
        """Add what the programs have noted."""
        for line in report.read_text().splitlines():
            word, _, what = line.partition(" ")
            if what.isdecimal():
                continue  # a pipe that got a file object
            self.made += word in {WRITTEN, OPEN}
            self.open += [f"{what} was made for others, too"] if word == OPEN else []
            self.bound += [what] if word == BOUND else []


@contextmanager
def _world(umask: str) -> Iterator[RealWorld]:
    """A home in which nightdeck starts under that umask, and notes what it does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        program = (sys.executable, "-m", "tests.reliability.watched_program", umask, str(folder / "report"))
        world = RealWorld(folder, program)
        world.environment |= {
            "TMPDIR": str(folder / "tmp"),
            "PAGER": "true",
            "SHELL": "/bin/sh",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        try:
            yield world
        finally:
            world.close()


def spend_an_evening(tally: Tally, umask: str) -> None:
    """Use everything that writes, and look at all that is there afterwards."""
    with _world(umask) as world:
        world.run("config", "init")
        _use(world, tally)
        tally.take(world.folder / "report")
        tally.missing += [kind for kind in KINDS if not any(world.folder.glob(kind))]
        for path in [*world.state.rglob("*"), *world.config_file.parent.rglob("*")]:
            seen = path.lstat()
            wanted = 0o700 if path.is_dir() else 0o600
            is_fine = stat.S_ISLNK(seen.st_mode) or stat.S_IMODE(seen.st_mode) == wanted
            tally.made += 1
            if not is_fine or seen.st_uid != os.geteuid():
                tally.open.append(f"{path.name} is {stat.filemode(seen.st_mode)}")
        tally.left += [path.name for path in (world.folder / "tmp").iterdir()]
        tally.left += [path.name for path in world.state.rglob(".*")]


def plant_links(tally: Tally, names: Sequence[str], *, with_dashboard: bool, umask: str = "0") -> None:
    """Let somebody who may write into the state folder put links where nightdeck is going to write."""
    with _world(umask) as world:
        precious = world.folder / "precious"
        precious.mkdir()
        world.state.chmod(0o777)
        for name in names:
            link, target = world.state / name, precious / name
            if name in LINKED_FOLDERS:
                target.mkdir()
            else:
                target.write_text("precious\n" * 100)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            if os.geteuid() == 0:
                os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
        before = _seen(precious)
        _use(world, tally, with_dashboard=with_dashboard)
        after = _seen(precious)
        tally.links += len(names)
        tally.followed += [name for name in {*before, *after} if before.get(name) != after.get(name)]
        tally.take(world.folder / "report")


def _use(world: RealWorld, tally: Tally, *, with_dashboard: bool = True) -> None:
    world.config_file.parent.mkdir(parents=True, exist_ok=True)
    world.config_file.write_text(_CONFIG)
    tally.programs += 1
    world.run("trigger", "quick", "--yes", "--wait")
    if not with_dashboard:
        return
    tally.programs += 1
    with world.start() as terminal:
        terminal.wait_for(lambda: is_ready(terminal) and row_of(terminal, "quick"))
        for keys in _SESSION:
            for key in keys:
                if terminal.process.poll() is None:
                    terminal.press(key)
                    _calm(terminal)
        if terminal.process.poll() is None:
            terminal.press("q")
        terminal.wait_exit()


def _calm(terminal: Terminal) -> None:
    """Read until nothing is painted for a moment."""
    terminal.read(1.0)
    while terminal.read(_QUIET_S):
        pass


def _seen(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


def die_often(most: int) -> list[Figure]:
    """Kill a writer at so many steps, evenly spread over all that there are."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.reliability.dying_writer", folder, str(most)],
            capture_output=True,
            text=True,
            check=True,
        )
    told = json.loads(done.stdout)
    at = f"killed at {told['deaths']} of {told['steps']} steps of writing"
    return [
        Figure(
            "a kill leaves the old file or the new one, never a part",
            told["deaths"],
            len(told["broken"]),
            ", ".join(told["broken"][:3]) or at,
        ),
        Figure(
            "what a kill left around is gone after the next write",
            told["deaths"],
            len(told["left"]),
            ", ".join(told["left"][:3]),
        ),
    ]


def figures_of(tally: Tally) -> list[Figure]:
    """What was counted, as promises."""
    at = f"{tally.programs} programs under umasks from 0 to 777"
    return [
        Figure(
            "what it writes is for its owner's eyes alone, from the first moment",
            tally.made,
            len(tally.open) + len(tally.missing),
            ", ".join([*tally.open, *tally.missing][:3]) or at,
        ),
        Figure(
            "no link that somebody put in the way is followed",
            tally.links,
            len(tally.followed),
            ", ".join(tally.followed[:3]),
        ),
        Figure("it listens to nobody", tally.programs, len(tally.bound), ", ".join(tally.bound[:3])),
        Figure(
            "nothing is left among temporary files",
            tally.programs,
            len(tally.left),
            ", ".join(tally.left[:3]),
        ),
    ]


def campaign(size: int) -> Sequence[Figure]:
    """Spend so many evenings with the program, and kill a writer fifty times for each of them; blocks."""
    tally = Tally()
    for umask in itertools.islice(itertools.cycle(UMASKS), size):
        spend_an_evening(tally, umask)
        plant_links(tally, (*LINKED, *linked_folders()), with_dashboard=True, umask=umask)
        for name in LINKED_ALONE:
            plant_links(tally, (name,), with_dashboard=False, umask=umask)
    return [*figures_of(tally), *die_often(KILLS_EACH * size)]


def linked_folders() -> Sequence[str]:
    """Links to folders count as the user's own where we can't make them somebody else's."""
    return LINKED_FOLDERS if os.geteuid() == 0 else ()
