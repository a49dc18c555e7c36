"""The tasks of a made-up data warehouse, for the demo."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tui.simulators.fleet import SYSTEMS, make_scripts
from tui.simulators.talend.conductor import Plan
from tui.simulators.talend.task import TaskSpec
from tui.simulators.talend.vocabulary import READY, READY_TO_DEPLOY, REQUESTING_RUN, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SERVERS = ("etl01", "etl02", "etl03")
_LONGEST_ASKED_S = 45.0
_IDLE_SHARE, _UNDEPLOYED_SHARE, _INACTIVE_SHARE = 0.06, 0.02, 0.02
_PLANNED = 3


def make_specs(count: int, seed: int) -> Iterator[TaskSpec]:
    """The tasks: most on a schedule, a few only run when asked, switched off or not deployed.

    Args:
        count: How many.
        seed: Makes the same tasks each time.
    """
    system = SYSTEMS[0]
    rng = random.Random(f"talend:{seed}")  # noqa: S311 - a made-up fleet, no secret
    for script in make_scripts(system, count, seed):
        lot = rng.random()
        is_undeployed = lot < _UNDEPLOYED_SHARE
        has_trigger = lot > _UNDEPLOYED_SHARE + _IDLE_SHARE
        yield TaskSpec(
            id=script.id,
            label=script.name,
            script=script if has_trigger else None,
            duration_s=min(script.usual_s, _LONGEST_ASKED_S),
            outcome=Outcome(message=f"{rng.randint(900, 90_000)} rows written"),
            preparation=((REQUESTING_RUN, 2.0),) if rng.random() < 0.8 else _regenerated(rng),
            is_active=rng.random() > _INACTIVE_SHARE,
            status=READY_TO_DEPLOY if is_undeployed else READY,
            project=system.folder,
            application="".join(word.capitalize() for word in script.name.split("_")),
            server=rng.choice(_SERVERS),
        )


def make_plan(task_ids: Sequence[str]) -> Sequence[Plan]:
    """One execution plan over the first tasks, if there are any.

    Args:
        task_ids: The tasks that there are.
    """
    return [Plan("1", "nightly_dwh", list(task_ids[:_PLANNED]))] if task_ids else []


def _regenerated(rng: random.Random) -> Sequence[tuple[str, float]]:
    """Some tasks generate and deploy their script before each run."""
    return ((REQUESTING_RUN, 1.0), ("GENERATING", rng.uniform(2, 5)), ("DEPLOYING", rng.uniform(1, 3)))
