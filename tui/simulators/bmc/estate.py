"""The ETLs of a made-up data centre, for the demo."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.bmc.etl import EtlRun, EtlSpec, RunConfiguration
from tui.simulators.bmc.vocabulary import ERROR, OK, SERVICE_OFF, SERVICE_ON, WARNING, NeverRun
from tui.simulators.fleet import SYSTEMS, make_scripts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.simulators.fleet import Script

_LONGEST_ASKED_S = 45.0
_SERVICE_EVERY, _FIRST_SERVICE = 9, 2
_NEVER_SHARE, _IDLE_SHARE = 0.05, 0.2
_OTHER_TASK_SHARE, _REFUSING_SHARE, _OFF_SHARE, _BACKFILL_SHARE = 0.1, 0.02, 0.2, 0.2
_OTHER_TASKS = 500_000
_CONFIGURATIONS = 100_000
_MANNERS = tuple(NeverRun)
_EXITS = (OK, OK, OK, WARNING, ERROR)
_OLDEST_RUN_S, _LONGEST_SERVICE_S = 200_000, 3_000_000


def make_specs(count: int, seed: int, night: datetime) -> Iterator[EtlSpec]:
    """The ETLs: most on a schedule, some services that run for days, a few idle or never run.

    Args:
        count: How many.
        seed: Makes the same ETLs each time.
        night: When the simulation begins.
    """
    rng = random.Random(f"bmc:{seed}")  # noqa: S311 - a made-up fleet, no secret
    for index, script in enumerate(make_scripts(SYSTEMS[3], count, seed)):
        # What needs the database stays on its schedule: it is part of the night's story.
        if index % _SERVICE_EVERY == _FIRST_SERVICE and not script.needs_database:
            yield _service(script, night, rng)
        else:
            yield _etl(script, night, rng)


def _etl(script: Script, night: datetime, rng: random.Random) -> EtlSpec:
    lot = 1.0 if script.needs_database else rng.random()
    return EtlSpec(
        id=script.id,
        name=script.name,
        task_id=_task_id(script, rng),
        script=script,
        is_scheduled=lot > _NEVER_SHARE + _IDLE_SHARE,
        duration_s=min(script.usual_s, _LONGEST_ASKED_S),
        history=(_run_of_old(script, night, rng),)
        if _NEVER_SHARE < lot <= _NEVER_SHARE + _IDLE_SHARE
        else (),
        accepts_runs=rng.random() > _REFUSING_SHARE,
        never_run=rng.choice(_MANNERS),
        configurations=_configurations(script, rng),
    )


def _service(script: Script, night: datetime, rng: random.Random) -> EtlSpec:
    return EtlSpec(
        id=script.id,
        name=f"{script.name}_service",
        task_id=_task_id(script, rng),
        is_service=True,
        service_status=SERVICE_OFF if rng.random() < _OFF_SHARE else SERVICE_ON,
        service_since=night - timedelta(seconds=rng.randrange(_LONGEST_SERVICE_S)),
    )


def _run_of_old(script: Script, night: datetime, rng: random.Random) -> EtlRun:
    began = night - timedelta(seconds=script.usual_s + rng.randrange(_OLDEST_RUN_S))
    is_aborted = rng.random() < _OFF_SHARE
    stopped = began + timedelta(seconds=script.usual_s / 2) if is_aborted else None
    return EtlRun(began, script.usual_s, rng.choice(_EXITS), stopped_at=stopped)


def _task_id(script: Script, rng: random.Random) -> str:
    return str(int(script.id) + _OTHER_TASKS) if rng.random() < _OTHER_TASK_SHARE else ""


def _configurations(script: Script, rng: random.Random) -> tuple[RunConfiguration, ...]:
    number = int(script.id) + _CONFIGURATIONS
    if rng.random() > _BACKFILL_SHARE:
        return (RunConfiguration(number),)
    return (RunConfiguration(number), RunConfiguration(number + _OTHER_TASKS, "Backfill", active=False))
