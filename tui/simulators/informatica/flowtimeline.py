"""The runs of all taskflows in the order in which they began, made up only as far back as somebody looks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.simulators.informatica.roster import Roster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from tui.simulators.informatica.taskflow import Taskflow, TaskflowRun

_RUNS_A_STEP = 200
_SHORTEST_STEP_S = 60.0


class FlowTimeline:
    """All runs of taskflows by their begin.

    Args:
        taskflows: The taskflows.
    """

    def __init__(self, taskflows: Sequence[Taskflow]) -> None:
        self._taskflows = taskflows
        self._roster = Roster(
            (taskflow.spec.script, taskflow) for taskflow in taskflows if taskflow.spec.script is not None
        )

    async def started(self, since: datetime, until: datetime) -> AsyncIterator[tuple[Taskflow, TaskflowRun]]:
        """The runs that began in a span, newest first."""
        first, last = since.timestamp() - 1e-6, until.timestamp()
        asked = [
            (run.started_at.timestamp(), taskflow, run)
            for taskflow in self._taskflows
            for run in taskflow.asked()
        ]
        rate = self._roster.per_second
        step_s = max(_SHORTEST_STEP_S, _RUNS_A_STEP / rate) if rate else last - first
        while first < last:
            low = max(first, last - step_s)
            found = [one for one in asked if low < one[0] <= last]
            for seconds, taskflow, number in self._roster.starts(low, last):
                run = taskflow.fired(number)
                if run is not None:
                    found.append((seconds, taskflow, run))
            for _, taskflow, run in sorted(found, key=lambda one: one[0], reverse=True):
                yield taskflow, run
            last = low
            await asyncio.sleep(0)
