"""Local jobs for tests: real processes in a folder of their own, all of which are gone at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.adapters.contract import Harness, Samples
from tui.adapters.local import LocalAdapter, processes
from tui.adapters.local.settings import LocalSettings
from tui.core.adapter import AdapterContext
from tui.core.clock import SystemClock
from tui.core.keys import JobKey, RunKey
from tui.core.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.core.clock import Clock
    from tui.core.models import Job
    from tui.core.settings import SecretRef

PAUSE_S = 0.01
"""Between two looks at processes that need a moment."""
PATIENCE_S = 20.0
"""What has not happened by then never will."""


class NoMemory:
    """A memory that the local adapter has no use for."""

    async def load(self, key: str) -> Any:
        """Nothing is kept."""
        raise AssertionError(f"{key} was asked for")

    async def save(self, key: str, value: Any) -> None:
        """Nothing is kept."""
        raise AssertionError(f"{key} was given {value}")


def open_adapter(
    folder: Path, *jobs: Mapping[str, object], clock: Clock | None = None, **keys: object
) -> LocalAdapter:
    """An adapter named `here` over these job tables, with its runs in the folder."""
    settings = LocalSettings.model_validate({"type": "local", "job": jobs, **keys})
    context = AdapterContext(clock or SystemClock(), resolve_secret, NoMemory(), Redactor(), folder)
    return LocalAdapter("here", settings, context)


def resolve_secret(ref: SecretRef) -> str:
    """Every secret of the tests is known by the name of its variable."""
    return f"value of {ref.env}"


def key_of(job_id: str) -> JobKey:
    """A job of the tests' connection."""
    return JobKey("here", job_id)


async def see(adapter: LocalAdapter, job_id: str) -> Job:
    """The job as a sweep tells of it."""
    return {job.id: job async for page in adapter.list_jobs() for job in page}[job_id]


async def until(adapter: LocalAdapter, job_id: str, holds: Callable[[Job], bool]) -> Job:
    """Look at the job until something holds of it."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds(seen := await see(adapter, job_id)):
        assert time.monotonic() < deadline, seen
        await asyncio.sleep(PAUSE_S)
    return seen


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(PAUSE_S)


async def begin(adapter: LocalAdapter, job_id: str, **params: str) -> RunKey:
    """Start a job and wait until its command runs, or has run."""
    accepted = await adapter.trigger(key_of(job_id), params)
    await until(
        adapter, job_id, lambda job: job.run_id == accepted.run_id and job.native_state != "launching"
    )
    return RunKey("here", job_id, accepted.run_id)


async def finish(adapter: LocalAdapter, job_id: str, **params: str) -> Job:
    """Run a job to its end."""
    run = await begin(adapter, job_id, **params)
    return await until(adapter, job_id, lambda job: job.run_id == run.run_id and not job.state.is_active)


async def printed(adapter: LocalAdapter, run: RunKey, wanted: str) -> str:
    """The log of a run, once it has what is wanted."""
    path = adapter.log_path(run)
    assert path is not None
    await eventually(lambda: wanted in path.read_text())
    return path.read_text()


def main_of(adapter: LocalAdapter, run: RunKey) -> processes.Process:
    """The main process of a run."""
    main = adapter._library.observe(run.job_id, run.run_id).status.main
    assert main is not None
    return main


def supervisor_of(adapter: LocalAdapter, run: RunKey) -> processes.Process:
    """The supervisor of a run."""
    supervisor = adapter._library.observe(run.job_id, run.run_id).status.supervisor
    assert supervisor is not None
    return supervisor


def ours(folder: Path) -> list[processes.Process]:
    """Every living process that a run below the folder brought about: by its marker or its arguments."""
    run_ids = {path.parent.name for path in folder.glob("**/spec.json")}
    living = [process for process in processes.living() if process.pid != os.getpid()]
    marked = processes.marked(living)
    found = {process for run_id in run_ids for process in marked.get(run_id, ())}
    needle = os.fsencode(folder)
    return [process for process in living if process in found or needle in _arguments(process.pid)]


async def assert_gone(folder: Path) -> None:
    """Kill what a test left running, and make sure that nothing of it lives on."""

    def kill_all() -> bool:  # again and again: a process may turn into the command while it is looked at
        left = ours(folder)
        for process in left:
            process.send(signal.SIGKILL)
        return not left

    await eventually(kill_all)
    assert ours(folder) == []


def proc_file(process: processes.Process, name: str) -> bytes:
    """What the kernel tells of a process."""
    return Path(f"/proc/{process.pid}/{name}").read_bytes()


def run_folders(folder: Path) -> list[Path]:
    """The folders of all runs of `job`, oldest first."""
    return sorted(folder.glob("job/2*"))


def modes_below(folder: Path) -> dict[str, set[int]]:
    """The permissions of every folder and of every file."""
    found = [path for path in [folder, *folder.rglob("*")] if not path.is_symlink()]
    return {
        "folders": {path.stat().st_mode & 0o777 for path in found if path.is_dir()},
        "files": {path.stat().st_mode & 0o777 for path in found if path.is_file()},
    }


def _arguments(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


class LocalHarness(Harness):
    """Four commands on this machine."""

    samples = Samples(
        succeeding=key_of("good"),
        failing=key_of("bad"),
        lasting=key_of("long"),
        idle=key_of("idle"),
        printed=b"all is well\n",
    )

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.adapter = self._open()

    async def reopen(self) -> LocalAdapter:
        """What a later nightdeck would have."""
        later = self._open()
        await later.open()
        return later

    async def pass_time(self) -> None:
        """Real processes need real time."""
        await asyncio.sleep(PAUSE_S)

    def runs_made(self, job: JobKey) -> int:
        """One folder a run."""
        return sum(path.is_dir() and not path.is_symlink() for path in (self._folder / job.id).iterdir())

    def _open(self) -> LocalAdapter:
        return open_adapter(
            self._folder,
            {"name": "good", "command": "echo all is well", "on_open": True},
            {"name": "bad", "command": "echo no such table: ORDERS; exit 3"},
            {"name": "long", "command": ["sleep", "600"], "grace": 5},
            {"name": "idle", "command": "true"},
        )
