# ruff: noqa: ASYNC240 - these tests look at files, and nothing else runs meanwhile
"""A damaged history file: what can be read is carried over, whatever happens on the way, and told."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.test_history import unprivileged  # noqa: F401 - a fixture
from tests.engine.test_journal import make_entry
from tests.reliability import damage
from tests.support.clock import FakeClock
from tests.support.scripted import make_run
from tui.core.errors import ActionRefused
from tui.core.redaction import Redactor
from tui.engine.database import RETRY_S, Database
from tui.engine.history import History
from tui.engine.journal import Journal
from tui.engine.schema import FILE_NAME

STEPS = 2 * damage.REQUESTS - 1


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a whole file; tests copy it."""
    folder = tmp_path_factory.mktemp("original") / "state"
    asyncio.run(damage.fill(folder))
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "state"))


def open_history(folder: Path, clock: FakeClock | None = None) -> History:
    clock = clock or FakeClock()
    return History(folder, clock, database=Database(folder / FILE_NAME, clock, busy_s=0.02))


def spoil_runs(folder: Path) -> None:
    """Damage one of the pages that hold runs."""
    owners = damage.owners_of(folder / FILE_NAME)
    pages = [number for number, owner in owners.items() if owner == "runs"]
    damage.overwrite(folder / FILE_NAME, (pages[5] - 1) * damage.PAGE, b"\xa5" * damage.PAGE)


def test_whatever_is_damaged_is_told_and_it_works_again_with_all_that_can_be_read(
    original: Path, tmp_path: Path
) -> None:
    seen = [
        damage.look(original, kind, tmp_path / str(number))
        for number, kind in enumerate(damage.some_kinds(original / FILE_NAME))
    ]
    assert len(seen) == 15 + len(damage.OWNERS)
    assert [s.damage.name for s in seen if not s.works] == []
    assert [s.damage.name for s in seen if not s.is_whole] == []
    assert [s.damage.name for s in seen if s.has_lost and not s.told] == []
    assert [s.damage.name for s in seen if s.damage.spares_journal and s.steps < STEPS] == []
    kept = {s.damage.name: (s.runs, s.steps) for s in seen}
    # Of a table that lost a page, all other pages are saved: twenty runs or a dozen entries are one page.
    assert kept["page of runs, noise"][0] >= damage.RUNS - 25
    assert kept["page of journal, noise"][1] >= STEPS - 15
    assert kept["many pages"][0] >= damage.RUNS / 2
    assert kept["cut to half"][0] >= damage.RUNS / 2
    assert kept["texts spoilt"] == (damage.RUNS, STEPS)


class Killed(BaseException):
    """What a test raises where the program would be killed."""


@pytest.mark.parametrize("survived", range(4))
async def test_killed_while_it_mends_it_loses_nothing_that_could_be_saved(
    folder: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    """Whichever renaming is the last one, and though part of what is known is in the log beside the file."""
    living = open_history(folder)
    await living.record_runs([make_run("new")])
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        shutil.copy(folder / name, folder / f"kept-{name}")
    await living.aclose()
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        (folder / f"kept-{name}").rename(folder / name)
    spoil_runs(folder)
    left = survived

    def dying(do: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def rename(source: Path, target: Path) -> Path:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return do(source, target)

        return rename

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dying(Path.rename))
        patch.setattr(Path, "replace", dying(Path.replace))
        history = open_history(folder)
        with suppress(Killed):
            await history.runs(damage.JOB, limit=1000)
    # A killed process lets go of everything.
    history.database._disconnect()
    history.database._executor.shutdown()
    again = open_history(folder)
    runs = await again.runs(damage.JOB, limit=1000)
    entries = await Journal(again.database, FakeClock(), Redactor()).entries()
    await again.aclose()
    assert len(runs) >= damage.RUNS - 25
    assert "new" in {run.key.run_id for run in runs}
    assert len(entries) == STEPS
    assert not list(folder.glob("*.mend*"))
    if left >= 0:
        assert len(list(folder.glob("*.corrupt-*Z"))) == 1


async def test_a_full_disk_leaves_the_damaged_file_as_it_is_until_there_is_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_runs(folder)
    before = (folder / FILE_NAME).read_bytes()

    def fail(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    clock = FakeClock()
    history = open_history(folder, clock)
    with monkeypatch.context() as patch:
        patch.setattr("tui.engine.damage.salvage", fail)
        assert await history.runs(damage.JOB, limit=1000) == []
        assert "no space is left" in history.problem
        with pytest.raises(ActionRefused, match="nothing was sent"):
            await Journal(history.database, clock, Redactor()).announce(make_entry())
    assert (folder / FILE_NAME).read_bytes() == before
    assert not list(folder.glob("*.mend*"))
    await clock.advance(RETRY_S)
    assert len(await history.runs(damage.JOB, limit=1000)) >= damage.RUNS - 25
    assert "begins anew" in history.problem
    await history.aclose()


async def test_damage_that_nobody_touches_is_found_by_looking_for_it(folder: Path) -> None:
    owners = damage.owners_of(folder / FILE_NAME)
    (page,) = (number for number, owner in owners.items() if owner == "first_errors_age")
    damage.overwrite(folder / FILE_NAME, (page - 1) * damage.PAGE, b"\xa5" * damage.PAGE)
    history = open_history(folder)
    assert len(await history.runs(damage.JOB, limit=1000)) == damage.RUNS
    assert history.problem == ""
    await history.database.check()
    assert "begins anew" in history.problem
    assert len(await history.runs(damage.JOB, limit=1000)) == damage.RUNS
    await history.aclose()


async def test_a_whole_file_is_left_alone_by_those_who_look_for_damage(folder: Path) -> None:
    history = open_history(folder)
    await history.record_runs([make_run("new")])
    inode = (folder / FILE_NAME).stat().st_ino
    await history.database.check()
    assert history.problem == ""
    assert (folder / FILE_NAME).stat().st_ino == inode
    await history.aclose()


async def test_an_emptied_file_is_told_and_a_new_one_is_not(folder: Path, tmp_path: Path) -> None:
    os.truncate(folder / FILE_NAME, 0)
    for place, told in ((folder, "was empty"), (folder, ""), (tmp_path / "new", "")):
        history = open_history(place)
        await history.open()
        assert told in history.problem
        assert bool(history.problem) is bool(told)
        await history.aclose()


async def test_a_first_start_that_was_killed_or_goes_on_beside_is_no_loss(tmp_path: Path) -> None:
    """The file and its lock are made before the tables are."""
    (tmp_path / FILE_NAME).touch(mode=0o600)
    (tmp_path / "history.lock").touch(mode=0o600)
    history = open_history(tmp_path)
    await history.open()
    assert history.problem == ""
    await history.aclose()


async def test_only_so_many_damaged_files_are_kept(folder: Path) -> None:
    clock = FakeClock()
    for _ in range(8):
        (folder / FILE_NAME).write_bytes(b"\xa5" * 5_000)
        history = open_history(folder, clock)
        await history.open()
        assert "begins anew" in history.problem
        await history.aclose()
        await clock.advance(60)
    kept = sorted(file.name for file in folder.glob("*.corrupt-*"))
    moments = [f"{clock.now() - timedelta(minutes=ago):%Y%m%dT%H%M%SZ}" for ago in range(5, 0, -1)]
    assert kept == [f"{FILE_NAME}.corrupt-{moment}" for moment in moments]


def open_modes(folder: Path, file_mode: int, folder_mode: int) -> None:
    for file in folder.iterdir():
        file.chmod(file_mode)
    folder.chmod(folder_mode)


@pytest.mark.usefixtures("unprivileged")
async def test_an_old_file_that_cannot_be_written_is_read_and_is_used_again_when_it_can(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mine"
    await damage.fill(folder)
    with closing(sqlite3.connect(folder / FILE_NAME)) as old:
        old.execute("PRAGMA user_version = 2")
    open_modes(folder, 0o400, 0o500)
    clock = FakeClock()
    history = open_history(folder, clock)
    assert len(await history.runs(damage.JOB, limit=1000)) == damage.RUNS
    await history.record_runs([make_run("new")])
    assert "can't be written" in history.problem
    open_modes(folder, 0o600, 0o700)
    await history.record_runs([])
    assert history.problem == ""
    assert "new" in {run.key.run_id for run in await history.runs(damage.JOB, limit=1000)}
    await history.aclose()


@pytest.mark.usefixtures("unprivileged")
async def test_a_damaged_file_in_a_folder_that_cannot_be_written_is_told_as_that(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(b"\xa5" * 5_000)
    open_modes(folder, 0o600, 0o500)
    history = open_history(folder)
    await history.open()
    assert "can't be written" in history.problem
    assert "another nightdeck" not in history.problem
    await history.aclose()
    open_modes(folder, 0o600, 0o700)
