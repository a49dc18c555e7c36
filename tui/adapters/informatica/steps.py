"""The steps of a run: tasks of a linear taskflow, sessions of a task, sub-tasks of a taskflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.adapters.informatica.assets import Family
from tui.adapters.informatica.states import Source, log_state, message_of, native_state
from tui.adapters.informatica.times import span_of_v2, span_utc
from tui.core.models import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.adapters.informatica.assets import Asset
    from tui.adapters.informatica.classic import ClassicRuns
    from tui.adapters.informatica.codetasks import CodeRuns
    from tui.adapters.informatica.taskflows import FlowRuns
    from tui.adapters.informatica.wire import EntryRow, StepRow
    from tui.core.keys import RunKey


class Steps:
    """Tells the steps of runs.

    Args:
        classic: Knows the runs of tasks.
        flows: Knows the runs of taskflows.
        codes: Knows the jobs of code tasks, which have no steps.
    """

    def __init__(self, classic: ClassicRuns, flows: FlowRuns, codes: CodeRuns) -> None:
        self._classic = classic
        self._flows = flows
        self._codes = codes

    async def of(self, asset: Asset, run: RunKey) -> Sequence[Task]:
        """The steps of a run, in Informatica's order. Raises NotFound."""
        if asset.family is Family.FLOW:
            row = await self._flows.row(asset, run.run_id)
            return [_of_flow(run, step, at) for at, step in enumerate(row.steps)]
        if asset.family is Family.CODE:
            await self._codes.find(asset, run.run_id)
            return []
        entry = await self._classic.log.entry(asset.id, run.run_id)
        if entry is None:
            entry = await self._classic.running_row(asset, run.run_id)
        if entry is None:
            await self._classic.find(asset, run.run_id)
            return []
        return [_of_entry(run, child, at) for at, child in enumerate(entry.children)]


def _of_entry(run: RunKey, child: EntryRow, at: int) -> Task:
    if child.execution_state:
        native = native_state(Source.MONITOR, child.execution_state)
    else:
        native = log_state(child.state, child.error, is_stopped=child.is_stopped)
    span = span_of_v2(child.start, child.start_utc, child.end, child.end_utc)
    return Task(
        run=run,
        id=child.id or f"#{at}",
        name=child.task_name or child.log_file or f"{child.type} {child.id}".strip(),
        state=native.state,
        native_state=child.execution_state or child.state,
        started_at=span.started_at,
        ended_at=None if native.state.is_active else span.ended_at,
        message=message_of(child.error),
    )


def _of_flow(run: RunKey, step: StepRow, at: int) -> Task:
    native = native_state(Source.FLOW, step.status)
    span = span_utc(step.start, step.end)
    return Task(
        run=run,
        # A loop runs the same task many times; the place tells them apart where the run doesn't.
        id=f"{at + 1}:{step.asset}#{step.run_id}",
        name=step.asset or step.type,
        state=native.state,
        native_state=step.status,
        started_at=span.started_at,
        ended_at=None if native.state.is_active else span.ended_at,
        message=message_of(step.error),
    )
