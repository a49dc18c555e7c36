"""Ending a run: all of it, politely first, and never a process that is not ours."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.local_case import (
    assert_gone,
    begin,
    eventually,
    finish,
    main_of,
    open_adapter,
    ours,
    printed,
    see,
    supervisor_of,
    until,
)
from tui.adapters.local import ending, identity, isolated, processes, slots, stop
from tui.core.errors import ActionRefused
from tui.core.models import Action, ActionKind
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui.adapters.local import LocalAdapter
    from tui.core.keys import RunKey
    from tui.core.models import Job

STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
"""Ends only when it is killed."""


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Where runs are kept; everything started from it is gone afterwards."""
    yield tmp_path / "runs"
    await assert_gone(tmp_path)


@pytest.fixture
async def stranger() -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that has nothing to do with any run."""
    process = await asyncio.create_subprocess_exec("sleep", "600")
    yield process
    process.kill()
    await process.wait()


def one(folder: Path, command: object, **keys: object) -> LocalAdapter:
    """An adapter with a single job whose grace is long, unless a test shortens it."""
    return open_adapter(folder, {"name": "job", "command": command, "grace": 60, **keys})


async def ended(adapter: LocalAdapter) -> Job:
    return await until(adapter, "job", lambda job: not job.state.is_active)


async def without_supervisor(adapter: LocalAdapter, run: RunKey) -> None:
    supervisor_of(adapter, run).send(signal.SIGKILL)
    await until(adapter, "job", lambda job: job.substate == "unsupervised")


async def test_a_job_may_end_in_its_own_way(folder: Path) -> None:
    adapter = one(folder, "trap 'sleep 0.1; echo rolled back; exit 4' TERM; sleep 600 & echo ready; wait")
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    accepted = await adapter.stop(run)
    assert accepted.run_id == run.run_id
    assert "1m00s" in accepted.message
    job = await ended(adapter)
    assert (job.state, job.exit_code, job.native_state) == (State.CANCELLED, 4, "stopped")
    assert b"rolled back" in (await adapter.read_log(run)).data


@pytest.mark.parametrize(
    "command",
    [
        "sh -c 'sh -c \"sleep 600\" & sleep 600' & sleep 600",
        "timeout 600 sleep 600",
        "setsid sleep 600 & sleep 600",
        "setsid sh -c 'setsid sleep 600 & sleep 600' & sleep 600",
        "env -u NIGHTDECK_RUN sleep 600 & sleep 600",
        "setsid sh -c 'env -u NIGHTDECK_RUN sleep 600 & sleep 600' & sleep 600",
    ],
    ids=[
        "grandchildren",
        "own-group",
        "own-session",
        "nested-sessions",
        "no-marker",
        "no-marker-own-session",
    ],
)
async def test_everything_that_a_job_started_ends(folder: Path, command: str) -> None:
    adapter = one(folder, f"{command} & echo ready; wait")
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    sleepers = command.count("sleep 600")
    everybody = [process for process in processes.living() if _is_sleeping(process.pid, run)]
    await eventually(lambda: len([p for p in processes.living() if _is_sleeping(p.pid, run)]) == sleepers)
    everybody = [process for process in processes.living() if _is_sleeping(process.pid, run)]
    await adapter.stop(run)
    assert (await ended(adapter)).state is State.CANCELLED
    assert [process for process in everybody if process.is_alive()] == []


def _is_sleeping(pid: int, run: RunKey) -> bool:
    """Whether it is a `sleep` whose output goes to the run's log."""
    try:
        output = Path(f"/proc/{pid}/fd/1").readlink()
        return run.run_id in str(output) and Path(f"/proc/{pid}/comm").read_text() == "sleep\n"
    except OSError:
        return False


async def test_a_job_that_will_not_hear_is_killed_after_its_grace(folder: Path) -> None:
    adapter = one(folder, STUBBORN, grace=0.3)
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    await adapter.stop(run)
    await until(adapter, "job", lambda job: job.substate == "stopping")
    job = await ended(adapter)
    assert (job.state, job.exit_code) == (State.CANCELLED, 137)


async def test_the_grace_is_kept_though_the_dashboard_is_gone(folder: Path) -> None:
    adapter = one(folder, STUBBORN, grace=0.3)
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    os.kill(supervisor_of(adapter, run).pid, signal.SIGTERM)  # all that a dashboard does before it quits
    assert (await ended(one(folder, "true"))).state is State.CANCELLED


async def test_a_stopped_process_hears_too(folder: Path) -> None:
    adapter = one(folder, ["sleep", "600"])
    run = await begin(adapter, "job")
    main_of(adapter, run).send(signal.SIGSTOP)
    await adapter.stop(run)
    assert (await ended(adapter)).state is State.CANCELLED


async def test_force_kills_at_once(folder: Path) -> None:
    adapter = one(folder, STUBBORN)
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    assert (await adapter.stop(run, is_forced=True)).message == "killed"
    job = await ended(adapter)
    assert (job.state, job.exit_code) == (State.CANCELLED, 137)


async def test_force_does_not_wait_for_a_grace_that_runs(folder: Path) -> None:
    adapter = one(folder, STUBBORN)
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    await adapter.stop(run)
    await until(adapter, "job", lambda job: job.substate == "stopping")
    await adapter.stop(run, is_forced=True)
    assert (await ended(adapter)).state is State.CANCELLED


async def test_stopping_twice_does_no_harm(folder: Path) -> None:
    adapter = one(folder, STUBBORN, grace=0.3)
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    await asyncio.gather(adapter.stop(run), adapter.stop(run))
    assert (await ended(adapter)).state is State.CANCELLED


async def test_a_stop_right_after_the_start_is_not_lost(folder: Path) -> None:
    adapter = one(folder, ["sleep", "600"])
    for _ in range(5):
        accepted = await adapter.trigger((await see(adapter, "job")).key, {})
        job = await see(adapter, "job")
        assert job.run_key is not None
        await adapter.stop(job.run_key)
        job = await ended(adapter)
        assert (job.run_id, job.state) == (accepted.run_id, State.CANCELLED)


@pytest.mark.parametrize("is_forced", [False, True])
async def test_a_run_without_a_supervisor_can_be_stopped(folder: Path, *, is_forced: bool) -> None:
    adapter = one(folder, "setsid sleep 600 & exec sleep 600")
    run = await begin(adapter, "job")
    await without_supervisor(adapter, run)
    await one(folder, "true").stop(run, is_forced=is_forced)
    job = await ended(adapter)
    assert (job.state, job.exit_code) == (State.CANCELLED, None)
    await eventually(lambda: ours(folder) == [])


async def test_what_a_run_left_behind_can_be_stopped(folder: Path) -> None:
    adapter = one(folder, "setsid sleep 600 & exit 3")
    job = await finish(adapter, "job")
    assert job.run_key is not None
    assert adapter.reason_against(ActionKind.STOP, job) == ""
    await adapter.stop(job.run_key)
    job = await until(adapter, "job", lambda job: not job.substate)
    assert (job.state, job.exit_code) == (State.FAILED, 3)
    assert adapter.reason_against(ActionKind.STOP, job) == "it is not running"


async def test_a_stop_without_the_python_that_started_the_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    await asyncio.to_thread(lambda: python.symlink_to(Path(sys.executable).resolve()))
    monkeypatch.setattr(sys, "executable", str(python))
    adapter = one(folder, STUBBORN, grace=0.2)
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    python.unlink()
    await adapter.stop(run)
    job = await ended(adapter)
    assert (job.state, job.exit_code) == (State.CANCELLED, 137)


@pytest.mark.parametrize("shell", [path for path in map(shutil.which, ("sh", "bash")) if path])
async def test_a_timeout_needs_nobody_who_watches(
    folder: Path, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "SHELL", shell)
    first = one(folder, "echo step 7; sleep 600", timeout="200ms")
    accepted = await first.trigger((await see(first, "job")).key, {})
    status = folder / "job" / accepted.run_id / "status"
    await eventually(lambda: bool(slots.read(status.read_bytes(), slots.EXIT)))
    job = await see(one(folder, "true"), "job")
    assert (job.state, job.substate, job.native_state) == (State.FAILED, "timeout", "timeout")
    assert job.message == "ended after its timeout of 0.2s: step 7"


async def test_a_job_that_ends_in_time_is_left_alone(folder: Path) -> None:
    assert (await finish(one(folder, "exit 0", timeout=60), "job")).state is State.SUCCEEDED


async def test_what_does_not_run_cannot_be_stopped(folder: Path) -> None:
    adapter = one(folder, "true")
    job = await finish(adapter, "job")
    assert job.run_key is not None
    with pytest.raises(ActionRefused, match="not running"):
        await adapter.stop(job.run_key)


async def test_a_run_of_another_machine_is_only_forgotten(folder: Path) -> None:
    adapter = one(folder, ["sleep", "600"])
    run = await begin(adapter, "job")
    spec = folder / "job" / run.run_id / "spec.json"
    spec.write_text(spec.read_text().replace(identity.BOOT, "other").replace(os.uname().nodename, "far-away"))
    later = one(folder, "true")
    job = await see(later, "job")
    assert later.reason_against(ActionKind.STOP, job) == ""
    assert "may still run" in later.reason_against(ActionKind.TRIGGER, job)
    with pytest.raises(ActionRefused, match="started on far-away"):
        await later.stop(run)
    with pytest.raises(ActionRefused, match="may still run there"):
        await later.trigger(run.job, {})
    assert "forgotten" in (await later.stop(run, is_forced=True)).message
    assert (await see(later, "job")).substate == "lost"
    assert main_of(adapter, run).is_alive()
    assert (await finish(later, "job")).state is State.SUCCEEDED


async def _forged(folder: Path, pid: int, mark: str) -> tuple[LocalAdapter, RunKey, Path]:
    """A run whose record names a living process that is not its own."""
    adapter = one(folder, ["sleep", "600"])
    run = await begin(adapter, "job")
    supervisor_of(adapter, run).send(signal.SIGKILL)
    main_of(adapter, run).send(signal.SIGKILL)
    await until(adapter, "job", lambda job: not job.state.is_active)
    status = folder / "job" / run.run_id / "status"
    slots.write(str(status), slots.SUPERVISOR, f"{pid} {mark}")
    slots.write(str(status), slots.JOB, f"{pid} {mark} 1.0")
    return one(folder, "true"), run, status


@pytest.mark.parametrize("is_forced", [False, True])
@pytest.mark.parametrize("change", ["later start", "earlier boot"])
async def test_a_recycled_pid_is_never_touched(
    folder: Path, stranger: asyncio.subprocess.Process, change: str, *, is_forced: bool
) -> None:
    mark = identity.start_mark(stranger.pid)
    boot, _, ticks = mark.partition("/")
    old = f"{boot}/{int(ticks) - 1}" if change == "later start" else f"x{boot}/{ticks}"
    adapter, run, status = await _forged(folder, stranger.pid, old)
    assert (await see(adapter, "job")).substate == "lost"
    with pytest.raises(ActionRefused):
        await adapter.stop(run, is_forced=is_forced)
    assert processes.Process(stranger.pid, old).send(signal.SIGKILL) is False
    assert ending.main([str(status), run.run_id, "stopped", "0"]) == 0
    assert stranger.returncode is None
    assert identity.start_mark(stranger.pid) == mark


async def test_the_job_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = one(folder, ["sleep", "600"])
    run = await begin(adapter, "job")

    def forbidden(self: processes.Process, number: int) -> bool:
        raise PermissionError(self.pid, number)

    with monkeypatch.context() as patched:
        patched.setattr(processes.Process, "send", forbidden)
        with pytest.raises(ActionRefused, match="belongs to another user"):
            await adapter.stop(run)


async def test_a_supervisor_that_does_not_answer_is_not_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop, "_KILL_S", 0.0)
    adapter = one(folder, STUBBORN)
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    main = main_of(adapter, run)
    supervisor = supervisor_of(adapter, run)
    supervisor.send(signal.SIGSTOP)
    await adapter.stop(run, is_forced=True)
    assert not main.is_alive()
    supervisor.send(signal.SIGCONT)
    assert (await ended(adapter)).exit_code == 137


async def test_the_preview_names_what_will_be_ended(folder: Path) -> None:
    adapter = one(folder, ["sleep", "600"])
    run = await begin(adapter, "job")
    pid = main_of(adapter, run).pid
    polite = adapter.preview(Action(ActionKind.STOP, run.job, run))
    assert polite == f"TERM process {pid} and all it started; KILL what is left after 60s"
    forced = adapter.preview(Action(ActionKind.STOP, run.job, is_forced=True))
    assert forced == f"KILL process {pid} and all it started"
