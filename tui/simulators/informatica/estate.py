"""The assets of a made-up sales department, for the demo."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tui.simulators.fleet import SYSTEMS, make_scripts
from tui.simulators.informatica.naming import federated_id, v2_id
from tui.simulators.informatica.specs import CodeTaskSpec, TaskflowSpec, TaskSpec
from tui.simulators.informatica.vocabulary import TASKFLOW, WORKFLOW, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.simulators.fleet import Script
    from tui.simulators.informatica.catalogue import Spec

_CODE = "code task"
_FIRST_CODE_TASK = 477
_OPENING = ("MTT", TASKFLOW, "MTT", WORKFLOW, "DSS", _CODE, "MTT", "DRS", "PCS", _CODE, "DMASK", TASKFLOW)
"""What the first assets are, so that even a handful has some of everything."""

_SHARES = (("MTT", 80.0), ("DSS", 6.0), ("DRS", 3.0), ("PCS", 2.0), ("DMASK", 2.0), (WORKFLOW, 5.0))
_TASKFLOW_SHARE = 2.0
_LONGEST_ASKED_S = 45.0
_IDLE_SHARE, _DEFAULT_SHARE, _SUSPENDED_SHARE = 0.06, 0.2, 0.5
_STEPS = 2
_OUTCOMES = tuple(Outcome(rows=rows) for rows in range(900, 90_000, 1373))


def make_specs(count: int, seed: int) -> Iterator[Spec]:
    """The assets: most on a schedule, a few only run when asked.

    Args:
        count: How many.
        seed: Makes the same assets each time.
    """
    rng = random.Random(f"informatica:{seed}")  # noqa: S311 - a made-up fleet, no secret
    scripts = iter(make_scripts(SYSTEMS[1], count, seed))
    names, weights = zip(*_SHARES, (TASKFLOW, _TASKFLOW_SHARE), strict=True)
    kinds = [*_OPENING, *rng.choices(names, weights, k=count)]
    left, codes = count, 0
    for kind, script in zip(kinds, scripts, strict=False):
        left -= 1
        if kind == _CODE:
            yield _code_task(script, _FIRST_CODE_TASK + codes)
            codes += 1
        elif kind == TASKFLOW and left >= _STEPS:
            left -= _STEPS
            yield from _taskflow(script, [next(scripts) for _ in range(_STEPS)], rng)
        else:
            yield _task(script, "MTT" if kind == TASKFLOW else kind, rng)


def _task(script: Script, kind: str, rng: random.Random) -> TaskSpec:
    is_idle = rng.random() < _IDLE_SHARE
    return TaskSpec(
        id=v2_id(kind, int(script.id)),
        name=script.name,
        type=kind,
        folder=_folder(rng),
        script=None if is_idle else script,
        duration_s=min(script.usual_s, _LONGEST_ASKED_S),
        outcome=rng.choice(_OUTCOMES),
        steps=(f"{script.name}_stage", f"{script.name}_merge") if kind == WORKFLOW else (),
    )


def _taskflow(script: Script, steps: Sequence[Script], rng: random.Random) -> Iterator[Spec]:
    """A taskflow, and the tasks that it runs: these have no schedule of their own."""
    ids = [v2_id("MTT", int(step.id)) for step in steps]
    for step, task_id in zip(steps, ids, strict=True):
        yield TaskSpec(
            id=task_id,
            name=step.name,
            folder=SYSTEMS[1].folder,
            duration_s=min(step.usual_s, _LONGEST_ASKED_S),
            outcome=rng.choice(_OUTCOMES),
        )
    yield TaskflowSpec(
        id=federated_id(f"taskflow:{script.id}"),
        name=f"tf_{script.name}",
        api_name=f"tf_{script.name}",
        folder=SYSTEMS[1].folder,
        steps=ids,
        script=script,
        duration_s=min(script.usual_s, _LONGEST_ASKED_S),
        outcome=rng.choice(_OUTCOMES),
        is_suspended_by_faults=rng.random() < _SUSPENDED_SHARE,
    )


def _code_task(script: Script, number: int) -> CodeTaskSpec:
    return CodeTaskSpec(
        id=str(number),
        name=f"spark_{script.name}",
        duration_s=min(script.usual_s, _LONGEST_ASKED_S),
        queue_s=3.0,
    )


def _folder(rng: random.Random) -> str:
    return "Default" if rng.random() < _DEFAULT_SHARE else SYSTEMS[1].folder
