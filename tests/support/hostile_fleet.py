"""Systems in which every text that they tell is hostile, and the same ones with harmless texts."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from tests.support.clock import START, FakeClock
from tests.support.scripted import Script, make_job, make_run
from tui.core.keys import RunKey
from tui.core.models import Accepted, ActionKind, Job, Parameter, Run, Task
from tui.core.state import State

AGO = START - timedelta(minutes=4)
_STATES = (State.FAILED, State.RUNNING, State.SUCCEEDED, State.WARNING, State.UNKNOWN, State.SCHEDULED)

Draw = Callable[[], str]
"""Gives the next text."""


def drawn_from(texts: Iterator[str]) -> Draw:
    """Gives one text after the other; when they end, harmless ones."""
    rest = itertools.chain(texts, map("harmless {}".format, itertools.count()))
    return lambda: next(rest)


def hostile_job(draw: Draw, number: int, **changes: Any) -> Job:
    """A job whose every text is drawn, but its id."""
    state = _STATES[number % len(_STATES)]
    fields: dict[str, Any] = {
        "name": draw(),
        "kind": draw(),
        "path": draw(),
        "substate": draw(),
        "native_state": draw(),
        "message": draw(),
        "url": f"https://jobs.example.com/{draw()}",
        "tags": (draw(), draw()),
        "type": draw(),
        "state": state,
        "last_result": None if state is State.RUNNING else State.FAILED,
        "run_id": f"r{number}",
        "started_at": AGO - timedelta(seconds=number),
        "ended_at": None if state is State.RUNNING else AGO,
        "duration_s": None if state is State.RUNNING else 60.0 + number,
        "progress": 0.4 if state is State.RUNNING else None,
        "exit_code": number,
        "next_run_at": START + timedelta(minutes=number) if state is State.SCHEDULED else None,
    }
    return make_job(str(number), **fields | changes)


def hostile_run(draw: Draw, run_id: str, job: Job, **changes: Any) -> Run:
    """A run whose every text is drawn."""
    fields: dict[str, Any] = {
        "state": State.FAILED,
        "substate": draw(),
        "native_state": draw(),
        "message": draw(),
        "triggered_by": draw(),
        "started_at": AGO,
        "ended_at": AGO + timedelta(seconds=60),
        "duration_s": 60.0,
        "exit_code": 3,
        "params": {draw(): draw(), "password": draw()},
    }
    return make_run(run_id, job.id, **fields | changes)


def hostile_task(draw: Draw, run: RunKey, second: int) -> Task:
    """A task whose every text is drawn."""
    began = AGO + timedelta(seconds=second)
    return Task(
        run,
        f"{second} {draw()}",
        draw(),
        State.FAILED,
        native_state=draw(),
        message=draw(),
        started_at=began,
        ended_at=began + timedelta(seconds=9),
    )


def hostile_parameter(draw: Draw, **changes: Any) -> Parameter:
    """A parameter whose every text is drawn."""
    fields: dict[str, Any] = {"type": "string", "default": draw(), "description": draw()}
    return Parameter(draw(), **fields | changes)


def hostile_record(draw: Draw, rng: random.Random, depth: int = 0) -> dict[str, object]:
    """A raw record with drawn names and values."""
    record: dict[str, object] = {}
    for number in range(6 if depth == 0 else 2):
        kind = rng.random()
        value: object = draw()
        if depth < 3 and kind < 0.3:
            value = hostile_record(draw, rng, depth + 1)
        elif kind < 0.5:
            value = [draw(), number, None, True]
        record[f"{draw()}{number}"] = value
    return record


def log_of(draw: Draw, lines: int) -> bytes:
    """A log of drawn lines that ends in an error."""
    told = [draw().encode("utf-8", "surrogatepass") for _ in range(lines)]
    return b"\n".join([*told, b"ERROR " + draw().encode("utf-8", "surrogatepass"), b"end"])


def fill(script: Script, draw: Draw, rng: random.Random, jobs: int) -> None:
    """Let a system have hostile jobs with all that belongs to them.

    Args:
        script: The system.
        draw: Gives texts.
        rng: Decides what stands where in the records.
        jobs: How many.
    """
    for number in range(1, jobs + 1):
        job = hostile_job(draw, number)
        script.add(job)
        if number > 4:
            continue
        key = RunKey(script_connection(script), job.id, job.run_id)
        good = hostile_run(draw, f"good{number}", job, state=State.SUCCEEDED, started_at=AGO - timedelta(1))
        runs = [hostile_run(draw, job.run_id, job), hostile_run(draw, draw(), job), good]
        script.runs[job.id] = runs
        script.logs[job.run_id], script.logs[good.key.run_id] = log_of(draw, 60), log_of(draw, 40)
        script.tasks[job.run_id] = [hostile_task(draw, key, 10 * step) for step in range(4)]
        script.raw[job.id] = hostile_record(draw, rng)
        script.parameters[job.id] = [
            hostile_parameter(draw),
            hostile_parameter(draw, is_required=True),
            hostile_parameter(draw, choices=(draw(), draw(), "last")),
            hostile_parameter(draw, type=draw()),
        ]
    odd = hostile_job(draw, jobs + 1, run_id=draw())
    script.add(make_job(**{**_fields(odd), "id": draw() or "odd"}))
    for kind in ActionKind:
        script.answer(kind, Accepted(draw(), draw()))


def script_connection(script: Script) -> str:
    """The connection's name: every script of these tests is this one."""
    del script
    return "alpha"


def _fields(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in job.__slots__}


def hostile_script(clock: FakeClock, texts: Iterator[str], *, seed: int = 0, jobs: int = 12) -> Script:
    """A system that is hostile in every text.

    Args:
        clock: Its clock.
        texts: What it tells; there is no end of harmless ones behind them.
        seed: Of the shape of its records.
        jobs: How many it has.
    """
    script = Script(clock)
    fill(script, drawn_from(texts), random.Random(seed), jobs)
    return script
