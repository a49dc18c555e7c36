"""The flows of a made-up energy company, for the demo."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tui.simulators.enos.flow import (
    EXTERNAL,
    MANUAL,
    PERIODIC,
    PYTHON,
    SHELL,
    SYNCHRONISATION,
    TEMPORARY,
    FlowSpec,
    TaskSpec,
)
from tui.simulators.enos.vocabulary import Outcome, Status
from tui.simulators.fleet import SYSTEMS, make_scripts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.simulators.fleet import Script

_COLLECT = TaskSpec("collect", SHELL, "sh collect.sh", weight=0.5)
_CHECK = TaskSpec("check_quality", PYTHON, "python3 check_quality.py", weight=0.4)
_LOAD = TaskSpec("DataIntegration", SYNCHRONISATION, "sync --target dwh-db01")
_ROLL_UP = TaskSpec("roll_up", PYTHON, "python3 roll_up.py", weight=0.8)
_NOTIFY = TaskSpec("notify", EXTERNAL, "notify --channel ops", weight=0.1)
_CHAINS = (
    (_COLLECT, _LOAD),
    (_COLLECT, _LOAD, _ROLL_UP),
    (_COLLECT, _CHECK, _LOAD, _ROLL_UP),
    (_COLLECT, _CHECK, _LOAD, _ROLL_UP, _NOTIFY),
)
_OUTCOMES = tuple(Outcome(message="41,207 rows written", task=task) for task in range(3))
_FAILURES = (Status.FAIL, Status.FAIL, Status.FAIL, Status.TIMEOUT, Status.INTERNAL_ERROR)
_LONGEST_ASKED_S = 45.0
_MANUAL_SHARE, _TEMPORARY_SHARE, _PAUSED_SHARE, _FOREIGN_SHARE = 0.05, 0.02, 0.03, 0.02
_MINUTE_S = 60
_HOUR_S = 3600
_FIRST_TASK = 100_000


def make_specs(count: int, seed: int) -> Iterator[FlowSpec]:
    """The flows: most on a schedule, a few only run when asked, paused, or belong to others.

    Args:
        count: How many.
        seed: Makes the same flows each time.
    """
    rng = random.Random(f"enos:{seed}")  # noqa: S311 - a made-up fleet, no secret
    system = SYSTEMS[2]
    for index, script in enumerate(make_scripts(system, count, seed)):
        kind, is_foreign = _kind(rng.random()), rng.random() < _FOREIGN_SHARE
        lot = rng.getrandbits(32)
        tasks = _CHAINS[lot % len(_CHAINS)]
        yield FlowSpec(
            id=script.id,
            name=script.name,
            tasks=tasks,
            first_task=_FIRST_TASK + 10 * index,
            period_s=int(script.period_s) if kind == PERIODIC else 0,
            phase_s=_phase_s(script),
            script=script if kind == PERIODIC else None,
            type=kind,
            is_active=kind != PERIODIC or rng.random() > _PAUSED_SHARE,
            duration_s=min(script.usual_s, _LONGEST_ASKED_S),
            outcome=_OUTCOMES[tasks.index(_LOAD)],
            failure_status=_FAILURES[lot % len(_FAILURES)],
            ready_s=1.0 + lot % 12,
            cycle="mi" if script.period_s < _HOUR_S else "H",
            frequency=_frequency(script),
            parameters=(("path", f"/user/{system.folder}/"),) if script.is_parametrised else (),
            owner="grid_ops" if is_foreign else "alice;bob",
            visitors=";alice;" if is_foreign else "",
            folder=f"{system.folder}_{index % 5}",
        )


def _kind(lot: float) -> int:
    if lot < _MANUAL_SHARE:
        return MANUAL
    return TEMPORARY if lot < _MANUAL_SHARE + _TEMPORARY_SHARE else PERIODIC


def _phase_s(script: Script) -> int:
    """When in the period it is due: Quartz is told whole minutes."""
    return int(script.phase_s) // _MINUTE_S * _MINUTE_S


def _frequency(script: Script) -> str:
    """The schedule for Quartz, which counts from midnight in UTC."""
    minute, hour = int(script.phase_s // _MINUTE_S % 60), int(script.phase_s // _HOUR_S)
    if script.period_s < _HOUR_S:
        return f"0 {minute}/{int(script.period_s // _MINUTE_S)} * * * ? *"
    return f"0 {minute} {hour}/{int(script.period_s // _HOUR_S)} * * ? *"
