"""With accounting, Slurm tells of what its controller has forgotten, and of steps; through both doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.slurm_harness import DOORS, SlurmHarness, commands_environment
from tests.engines.slurmdbd import SlurmWithHistory
from tui.core.adapter import Adapter
from tui.core.capabilities import HasTasks
from tui.core.models import Job, Task
from tui.core.state import State

STEPS = {"name": "steps", "command": "srun true; srun false"}
PATIENCE = 300
"""Looks until something that must come counts as not coming."""


@pytest.fixture
def cluster() -> Iterator[SlurmWithHistory]:
    """One that may be made to forget: nobody else uses it."""
    assert not SlurmWithHistory.missing()
    made = SlurmWithHistory()
    made.up()
    yield made
    made.prove_loopback()
    made.down()


async def all_tasks(harness: SlurmHarness) -> list[Task]:
    """The steps of the one run, once accounting has all of them: the batch script and two more."""
    assert isinstance(harness.adapter, HasTasks)
    for _ in range(PATIENCE):
        (run,) = await harness.adapter.list_runs(harness.key_of("steps"))
        tasks = list(await harness.adapter.list_tasks(run.key))
        if len(tasks) == 3 and all(task.state.is_final for task in tasks):
            return tasks
        await harness.pass_time()
    raise AssertionError(tasks)


async def written(harness: SlurmHarness, job: Job) -> None:
    """Wait until accounting lists how a run ended: the controller tells it late, in several parts."""
    words = ("sacct", "--noheader", "--parsable2", "--allocations", "--format=JobID,State")
    for _ in range(PATIENCE):
        if f"{job.run_id}|FAILED" in harness.ask(*words).split():
            return
        await harness.pass_time()
    raise AssertionError(f"accounting never heard of {job.run_id}")


async def remembered(harness: SlurmHarness, adapter: Adapter) -> Job:
    """The failed job as history tells of it. Seen in 22.05.8: a list over REST is some seconds late."""
    for _ in range(PATIENCE):
        adapter.doubt()
        seen = await harness.see(harness.samples.failing, adapter)
        if seen.run_id:
            return seen
        await harness.pass_time()
    raise AssertionError(f"{harness.door}: history has nothing of {seen}")


async def test_history_outlives_the_controllers_memory(
    cluster: SlurmWithHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in commands_environment(cluster.facts).items():
        monkeypatch.setenv(name, value)
    harnesses = [SlurmHarness(cluster.facts, door, tmp_path / door, STEPS) for door in DOORS]
    for harness in harnesses:
        await harness.open()
        await harness.finish(harness.key_of("steps"))
        ended = await harness.finish(harness.samples.failing)
        tasks = await all_tasks(harness)
        assert {task.state for task in tasks} == {State.SUCCEEDED, State.FAILED}
        await written(harness, ended)
        await harness.adapter.aclose()

    cluster.forget_jobs()
    for harness in harnesses:
        assert harness.runs_made(harness.samples.failing) == 0
        later = await harness.reopen()
        seen = await remembered(harness, later)
        assert (seen.state, seen.last_result) == (State.FAILED, State.FAILED), harness.door
        # Seen in 22.05.8: over REST every job is said to have exited with 0. Then it is told as unknown.
        assert seen.exit_code == {"commands": 3, "rest": None}[harness.door]
        assert [run.key.run_id for run in await later.list_runs(seen.key)] == [seen.run_id]
        await harness.close()
    assert ended.run_id == seen.run_id
