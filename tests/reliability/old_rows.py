"""Acting on rows that have grown old, while a colleague acted on the same jobs: in every system."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from itertools import cycle, islice, product
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tests.adapters.airflow_harness import AirflowHarness
from tests.adapters.bmc_harness import BmcHarness
from tests.adapters.datameer_harness import DatameerHarness
from tests.adapters.enos_harness import EnosHarness
from tests.adapters.http_night import Night, night_over
from tests.adapters.informatica_harness import InformaticaHarness
from tests.adapters.slurm_harness import SlurmHarness
from tests.adapters.talend_harness import TalendHarness
from tests.reliability.figures import Figure
from tests.support.clock import FakeClock
from tui.core.capabilities import CanStop, CanTrigger
from tui.core.models import Action, ActionKind, Receipt, ReceiptStatus

if TYPE_CHECKING:
    from tests.adapters.http_harness import HttpHarness
    from tui.core.keys import JobKey

SYSTEMS: Mapping[str, Callable[..., HttpHarness]] = MappingProxyType(
    {
        "talend": TalendHarness,
        "bmc": BmcHarness,
        "enos": EnosHarness,
        "datameer": DatameerHarness,
        "informatica": InformaticaHarness,
        "informatica taskflows": partial(InformaticaHarness, family="taskflows"),
        "informatica code": partial(InformaticaHarness, family="code"),
        "airflow": AirflowHarness,
        "slurm": SlurmHarness,
    }
)
"""Every adapter that speaks HTTP, with every kind of job that it knows."""

AWAY_S = 120.0
"""Seconds for which the question stands before somebody answers it."""

_BEGUN_S = 60.0
"""Seconds within which a run that was started is seen."""


class Meanwhile(StrEnum):
    """What happens between the question and the answer."""

    NOTHING = "nothing"
    STARTED = "somebody else started it"
    ENDED = "somebody else stopped it"


WORKS: Sequence[tuple[str, Meanwhile]] = tuple(
    (name, meanwhile)
    for meanwhile, name in product(Meanwhile, SYSTEMS)
    # Nothing in the API tells of code tasks that somebody else started: see docs/systems/informatica.md.
    if (name, meanwhile) != ("informatica code", Meanwhile.STARTED)
)
"""Every system, with everything that can be seen to happen in it."""


class Outcome(NamedTuple):
    """What became of one confirmation."""

    receipt: Receipt
    """What was told."""
    changes: int
    """How many requests for a change the system got for it."""
    reads: int
    """How many other requests it got before."""

    @property
    def is_sent(self) -> bool:
        """Whether it was sent, and taken."""
        return self.changes == 1 and self.receipt.status in (ReceiptStatus.ACCEPTED, ReceiptStatus.OBSERVED)

    @property
    def is_kept_back(self) -> bool:
        """Whether it was refused, and nothing was sent."""
        return self.changes == 0 and self.receipt.status is ReceiptStatus.REFUSED


async def confirm_late(make: Callable[..., HttpHarness], meanwhile: Meanwhile, folder: Path) -> Outcome:
    """Ask, let time and a colleague work, and confirm what was asked.

    Args:
        make: Makes the system.
        meanwhile: What the colleague does.
        folder: Where nightdeck keeps its history.
    """
    async with make(uses_socket=True, clock=FakeClock()) as harness, night_over(harness, folder) as night:
        job = harness.samples.lasting
        colleague = await harness.reopen()
        assert isinstance(colleague, CanTrigger)
        if meanwhile is Meanwhile.ENDED:
            await night.drive(colleague.trigger(job, {}))
            await _until(night, job, is_active=True)
        kind = ActionKind.STOP if meanwhile is Meanwhile.ENDED else ActionKind.TRIGGER
        await night.drive(night.engine.sweep_all())
        await night.drive(night.engine.look_at(job))
        plan = await night.drive(night.engine.actions.plan(Action(kind, job)))
        assert not plan.refusal, plan.refusal
        if meanwhile is Meanwhile.STARTED:
            await night.drive(colleague.trigger(job, {}))
        elif meanwhile is Meanwhile.ENDED:
            assert isinstance(colleague, CanStop)
            assert plan.action.run is not None
            await night.drive(colleague.stop(plan.action.run))
        await harness.clock.advance(AWAY_S)
        changes, requests = harness.changes_sent(), len(harness.requests)
        receipt = await night.drive(
            night.engine.actions.perform(
                plan.action, confirmation=plan.expects, request_id=plan.request_id, shown=plan
            )
        )
        sent = harness.changes_sent() - changes
        return Outcome(receipt, sent, len(harness.requests) - requests - sent)


def campaign(size: int) -> Sequence[Figure]:
    """Confirm so many old questions, in all systems in turn."""
    works = islice(cycle(WORKS), size)
    outcomes = [(what, asyncio.run(_in_folder(SYSTEMS[name], what))) for name, what in works]
    changed = [outcome for what, outcome in outcomes if what is not Meanwhile.NOTHING]
    same = [outcome for what, outcome in outcomes if what is Meanwhile.NOTHING]
    return [
        Figure(
            "what changed while the question stood is not acted on",
            len(changed),
            sum(not outcome.is_kept_back for outcome in changed),
        ),
        Figure(
            "a row that is too old is read again before anything is sent",
            len(same),
            sum(not (outcome.is_sent and outcome.reads) for outcome in same),
        ),
    ]


async def _in_folder(make: Callable[..., HttpHarness], meanwhile: Meanwhile) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return await confirm_late(make, meanwhile, Path(folder))


async def _until(night: Night, job: JobKey, *, is_active: bool) -> None:
    for _ in range(int(_BEGUN_S)):
        await night.drive(night.engine.sweep_all())
        await night.drive(night.engine.look_at(job))
        if night.store.jobs[job].state.is_active is is_active:
            return
        await night.harness.clock.advance(1)
    raise AssertionError(f"it never happened: {night.store.jobs[job]}")
