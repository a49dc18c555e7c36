"""Ten thousand runs: only what is needed is read, and only once; old ones go."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.local_case import assert_gone, finish, key_of, open_adapter, run_folders, see
from tui.adapters.local import identity, library, processes, records, slots, start
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tui.adapters.local import LocalAdapter

MANY = 10_000
FIRST = datetime(2026, 1, 1, tzinfo=UTC)

_opened: list[str] | None = None


def _note_opened(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event in {"open", "os.listdir"}:
        _opened.append(str(arguments[0]))


sys.addaudithook(_note_opened)


@contextmanager
def opened(folder: Path) -> Iterator[list[str]]:
    """Every file opened and every folder listed below the folder, while inside."""
    global _opened
    _opened = []
    found: list[str] = []
    try:
        yield found
    finally:
        found.extend(path for path in _opened if path.startswith(str(folder)))
        _opened = None


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Where runs are kept; everything started from it is gone afterwards."""
    yield tmp_path / "runs"
    await assert_gone(tmp_path)


def jobs_of(folder: Path, count: int = 1, **keys: object) -> LocalAdapter:
    """An adapter with `count` jobs, the first of which is called `job`."""
    names = ["job", *(f"job {number}" for number in range(1, count))]
    return open_adapter(folder, *({"name": name, "command": "true", **keys} for name in names))


def forge(folder: Path, job_id: str, count: int, *, empty: int = 0) -> list[str]:
    """Records of failed runs that never were, a minute apart, oldest first; the first are mere folders."""
    job = records.JobFolder(folder / job_id)
    job.make()
    spec = records.Spec(
        name=job_id, command="true", host="vm", boot=identity.BOOT, queued_at=FIRST.isoformat()
    )
    outcome = b"3 exited".ljust(slots.EXIT[1] - 1) + b"\n"
    made: list[str] = []
    for number in range(count):
        run_id = f"{FIRST + timedelta(minutes=number):%Y%m%dT%H%M%S}000-{number:06x}"
        files = records.RunFolder(job.path / run_id)
        if number < empty:
            files.path.mkdir()
        else:
            files.create(replace(spec, previous=made[-1] if made else ""))
            files.status.write_bytes(outcome + slots.blank()[len(outcome) :])
            files.log.write_text(f"run {number} failed\n")
        made.append(run_id)
    job.point_at(made[-1])
    return made


async def test_of_ten_thousand_runs_only_the_newest_are_read(folder: Path) -> None:
    made = forge(folder, "job", MANY, empty=MANY - 100)
    adapter = jobs_of(folder)
    with opened(folder) as files:
        assert (await see(adapter, "job")).message == f"run {MANY - 1} failed"
    assert len(files) == 3  # spec, status, log; the folder is not even listed
    with opened(folder) as files:
        runs = await adapter.list_runs(key_of("job"), limit=50)
    assert [run.key.run_id for run in runs] == made[:-51:-1]
    assert len(files) == 1 + 49 * 3
    with opened(folder) as files:
        assert list(await adapter.list_runs(key_of("job"), limit=50)) == list(runs)
    assert files == [str(folder / "job")]


async def test_a_sweep_reads_what_is_settled_only_once(folder: Path) -> None:
    for number in range(1200):
        forge(folder, "job" if number == 0 else f"job-{number}", 1)
    adapter = jobs_of(folder, 1200)
    with opened(folder) as files:
        pages = [page async for page in adapter.list_jobs()]
    assert [len(page) for page in pages] == [500, 500, 200]
    assert {job.state for page in pages for job in page} == {State.FAILED}
    assert len(files) == 3 * 1200
    with opened(folder) as files:
        again = [job async for page in adapter.list_jobs() for job in page]
    assert files == []
    assert [replace(job, observed_at=FIRST) for job in again] == [
        replace(job, observed_at=FIRST) for page in pages for job in page
    ]


async def test_the_processes_are_looked_at_once_a_sweep(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 50):
        forge(folder, f"job-{number}", 2)
    looks = []
    living = processes.living

    def look() -> list[processes.Process]:
        looks.append(1)
        return living()

    monkeypatch.setattr(processes, "living", look)
    adapter = jobs_of(folder, 50)
    for _ in range(3):
        assert [job async for page in adapter.list_jobs() for job in page]
    assert len(looks) == 1


async def test_old_runs_go_when_a_new_one_starts(folder: Path) -> None:
    made = forge(folder, "job", 12)
    adapter = jobs_of(folder, keep_runs=5)
    job = await finish(adapter, "job")
    runs = await adapter.list_runs(key_of("job"))
    assert [run.key.run_id for run in runs] == [job.run_id, *made[:-5:-1]]
    assert not (folder / "job" / made[0]).exists()


async def test_a_long_backlog_goes_bit_by_bit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "_PRUNED_AT_ONCE", 3)
    made = forge(folder, "job", 10)
    adapter = jobs_of(folder, keep_runs=1)
    await finish(adapter, "job")
    assert [path.name for path in run_folders(folder)][:-1] == made[3:]
    for _ in range(4):
        job = await finish(adapter, "job")
    assert [path.name for path in run_folders(folder)] == [job.run_id]


async def test_a_lost_pointer_costs_a_listing(folder: Path) -> None:
    made = forge(folder, "job", 3)
    pointer = folder / "job" / "latest"
    for broken in (None, "nonsense", "20990101T000000000-abcdef", "../../elsewhere"):
        pointer.unlink(missing_ok=True)
        if broken:
            pointer.symlink_to(broken)
        assert (await see(jobs_of(folder), "job")).run_id == made[-1]
    job = await finish(jobs_of(folder), "job")
    assert pointer.readlink() == Path(job.run_id)


async def test_a_run_removed_by_hand_is_forgotten(folder: Path) -> None:
    made = forge(folder, "job", 3)
    records.RunFolder(folder / "job" / made[-1]).remove()
    job = await see(jobs_of(folder), "job")
    assert (job.run_id, job.last_result) == (made[-2], State.FAILED)


async def test_what_is_no_run_is_no_run(folder: Path) -> None:
    made = forge(folder, "job", 1)
    for name in ("notes", "20260101T000000000-00000", "x20260101T000000000-000000"):
        (folder / "job" / name).mkdir()
    assert [run.key.run_id for run in await jobs_of(folder).list_runs(key_of("job"))] == made


async def test_memory_stays_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_MOST_KEPT", 10)
    made = forge(folder, "job", 30)
    adapter = jobs_of(folder)
    assert len(await adapter.list_runs(key_of("job"), limit=30)) == 30
    kept = [run_id for run_id in made if adapter._library.remembered("job", run_id)]
    assert len(kept) == 10
