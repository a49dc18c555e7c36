"""However much a system tells of, there is an end of what is kept, and it is told that there is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.support.clock import FakeClock
from tests.support.scripted import FullAdapter, Script, make_job, make_run, scripted_spec
from tui.core.bounds import MAX_PARAMETERS, MAX_TAGS, MAX_TASKS
from tui.core.errors import BadAnswer
from tui.core.keys import JobKey, RunKey
from tui.core.models import HealthStatus, Parameter, Task
from tui.core.redaction import MASK, Redactor
from tui.core.state import State
from tui.engine import sweep
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.masking import masked
from tui.engine.store import Store
from tui.logs.scrub import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ONE = JobKey("alpha", "1")
RUN = RunKey("alpha", "1", "r1")
SECRET = "hunter2-Canary-pass"
LONG = "x" * 1_000_000


class World:
    """One scripted system behind an engine."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.script = Script(self.clock)
        self.script.add(make_job("1"))
        self.redactor = Redactor()
        self.redactor.add(SECRET)
        self.store = Store(self.clock)
        self.engine = Engine(
            [scripted_spec("alpha", self.script, FullAdapter)],
            store=self.store,
            history=History(folder, self.clock),
            clock=self.clock,
            read_only=False,
            redactor=self.redactor,
            rng=random.Random(1),
        )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    await made.engine.aclose()


async def test_jobs_beyond_the_bound_are_left_out_with_a_note(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "MAX_JOBS", 750)
    world.script.add(*(make_job(str(number)) for number in range(1000)))
    for _ in range(2):
        assert not await world.engine.sweep_all()
        assert len(world.store.jobs) == 750
        health = world.store.health["alpha"]
        assert health.status is HealthStatus.OK
        assert health.jobs == 750
        assert health.message == "only 750 jobs are shown: narrow the connection with `jobs` or `exclude`"
    for number in range(500):
        world.script.remove(str(number))
    await world.engine.sweep_all()
    assert len(world.store.jobs) == 500
    assert world.store.health["alpha"].message == ""


async def test_a_listing_without_end_fails_and_costs_nothing_that_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.engine.sweep_all()
    monkeypatch.setattr(sweep, "MAX_JOBS", 300)
    jobs = {job.id: job for job in (make_job(str(number)) for number in range(200))}
    monkeypatch.setattr(world.script, "jobs", Endless(jobs))
    errors = await world.engine.sweep_all()
    assert isinstance(errors["alpha"], BadAnswer)
    assert "again and again" in errors["alpha"].message
    assert ONE in world.store.jobs
    assert len(world.store.jobs) <= 300


class Endless(dict):  # type: ignore[type-arg]
    """Jobs that come again and again."""

    def values(self) -> list[object]:  # type: ignore[override]
        return [*super().values()] * 10


async def test_no_text_of_a_job_is_kept_that_is_longer_than_a_line(world: World) -> None:
    texts = dict.fromkeys(("name", "kind", "path", "substate", "native_state", "message", "url"), LONG)
    tags = (LONG, *(f"tag{number}" for number in range(5000)))
    world.script.add(make_job("1", **texts, tags=tags, run_id="r1"), make_job(LONG))
    await world.engine.sweep_all()
    await world.engine.sweep_all()
    assert len(world.store.jobs) == 2
    for job in world.store.jobs.values():
        told = [getattr(job, name) for name in (*texts, "id", "run_id")]
        assert all(len(text) <= MAX_TEXT for text in (*told, *job.tags))
        assert len(job.tags) <= MAX_TAGS
    assert world.store.jobs[ONE].name.endswith("…")


async def test_runs_steps_and_parameters_come_to_an_end(world: World) -> None:
    many = {f"p{number}": f"{number}" for number in range(3000)}
    world.script.runs["1"] = [make_run(f"r{number}", message=LONG, params=many) for number in range(200)]
    world.script.tasks["r1"] = [Task(RUN, f"{n}", f"step {n}", State.RUNNING) for n in range(MAX_TASKS + 7)]
    choices = tuple(f"c{number}" for number in range(3000))
    world.script.parameters["1"] = [Parameter(f"p{n}", default=LONG, choices=choices) for n in range(3000)]
    runs = await world.engine.runs(ONE, 20)
    assert len(runs) == 20
    assert all(len(run.params) == MAX_PARAMETERS and len(run.message) == MAX_TEXT for run in runs)
    *tasks, last = await world.engine.tasks(RUN)
    assert len(tasks) == MAX_TASKS
    assert last.name == "7 more are not shown"
    parameters = await world.engine.parameters(ONE)
    assert len(parameters) == MAX_PARAMETERS
    assert all(len(parameter.choices) == MAX_PARAMETERS for parameter in parameters)


async def test_a_vast_record_is_cut_and_tells_no_half_of_a_secret(world: World) -> None:
    record = {
        "text": "x" * 99_990 + SECRET + "y" * 99_990,
        "password": "abc",
        "many": [f"{number}" for number in range(100_000)],
        "after": "not shown any more",
    }
    shown = masked(record, world.redactor)
    assert isinstance(shown, dict)
    told = repr(shown)
    assert len(told) < 500_000
    assert not any(SECRET[:length] in told for length in range(5, len(SECRET)))
    assert shown["password"] == MASK
    assert shown["many"][-1] == "… 100,000 entries"
    assert list(shown) == ["text", "password", "many", "…"]
    assert shown["…"] == "4 entries"
