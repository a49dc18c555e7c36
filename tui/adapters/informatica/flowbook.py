"""What is known of the runs of taskflows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.adapters.informatica.runs import SeenRun, Standing, standing_of
from tui.adapters.informatica.states import Source, hint_of, native_state
from tui.adapters.informatica.times import parse_utc, span_utc
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tui.adapters.informatica.started import StartedRun
    from tui.adapters.informatica.wire import FlowRow

MOST_RUNS = 5
"""Ended runs of one taskflow that are remembered."""

MOST_OPEN = 1000
"""Runs of one taskflow that may be under way at once; what is told of more is not looked at."""

GAP = timedelta(minutes=10)
"""So long a run that we started may be unknown to the engine; after that nobody knows what became of it."""

_CLOCKS = timedelta(seconds=5)
"""How far the engine's clock may be behind ours when it tells that a run was resumed."""


class FlowBook:
    """The newest runs of each taskflow, by its id in nightdeck. It asks nobody."""

    def __init__(self) -> None:
        self._runs: dict[str, dict[str, SeenRun]] = {}
        self._standings: dict[str, Standing] = {}

    @property
    def unfinished(self) -> Sequence[tuple[str, SeenRun]]:
        """The runs that may still change, each with its taskflow."""
        return [
            (flow_id, run)
            for flow_id, runs in self._runs.items()
            for run in runs.values()
            if run.state.is_active or run.state is State.PAUSED
        ]

    def standing(self, flow_id: str) -> Standing:
        """How a taskflow stands."""
        return self._standings.get(flow_id, _NEVER)

    def find(self, flow_id: str, run_id: str) -> SeenRun | None:
        """One run, as far as it is remembered."""
        return self._runs.get(flow_id, {}).get(run_id)

    def note(self, flow_id: str, run: SeenRun) -> None:
        """Take over what was told of a run."""
        runs = self._runs.setdefault(flow_id, {})
        if runs.get(run.id) == run or (run.id not in runs and len(runs) >= MOST_OPEN):
            return
        runs[run.id] = run
        ended = [each for each in runs.values() if each.state.is_final]
        for old in sorted(ended, key=_order, reverse=True)[MOST_RUNS:]:
            del runs[old.id]
        self._settle(flow_id)

    def note_start(self, flow_id: str, run_id: str, now: datetime) -> None:
        """Remember a run that was just asked for."""
        if self.find(flow_id, run_id) is None:
            self.note(flow_id, SeenRun(run_id, State.QUEUED, "accepted", asked_at=now))

    def note_unknown(self, flow_id: str, run: SeenRun, now: datetime) -> None:
        """The engine doesn't know a run (any more): one that was just asked for may be on its way."""
        if now.timestamp() - run.moment > GAP.total_seconds():
            self.note(flow_id, replace(run, state=State.UNKNOWN, substate="unknown to Informatica"))

    def _settle(self, flow_id: str) -> None:
        runs = sorted(self._runs[flow_id].values(), key=_order, reverse=True)
        self._standings[flow_id] = standing_of(runs)


_NEVER = Standing()


def run_of_flow(row: FlowRow, known: StartedRun | None) -> SeenRun:
    """The run that a row tells of.

    Args:
        row: What the engine tells.
        known: What we know of it because we started or resumed it.
    """
    native = native_state(Source.FLOW, row.status)
    message = row.error
    if not message and native.state in (State.WARNING, State.FAILED) and row.errored_rows:
        message = f"rows rejected: {row.errored_rows}"
    run = SeenRun(
        row.run_id,
        native.state,
        hint_of(row.error) or native.substate,
        word=row.status,
        span=span_utc(row.start, row.end),
        message=message,
        started_by=row.started_by,
    )
    if known is None:
        return run
    return replace(
        run,
        asked_at=known.asked_at if known.is_own else None,
        params=known.params,
        attempt=1 + _resumptions(row, native.state, known),
    )


def _resumptions(row: FlowRow, state: State, known: StartedRun) -> int:
    """How often the run was begun anew, as far as the engine shows it: our word for it alone is no proof."""
    asked = len(known.resumed_at)
    if not asked or state is not State.PAUSED:
        return asked
    updated = parse_utc(row.update)
    is_shown = updated is not None and updated >= known.resumed_at[-1] - _CLOCKS
    return asked if is_shown else asked - 1


def _order(run: SeenRun) -> tuple[float, int]:
    return run.moment, run.number
