"""The runs of a flow: its instances by hand, by schedule and for once, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.adapters.enos.instances import Instance
from tui.adapters.enos.observation import CLOCK, message_of
from tui.adapters.enos.signing import now_ms
from tui.adapters.enos.states import joined
from tui.adapters.enos.times import in_order
from tui.adapters.enos.wire import parameters_in
from tui.core.keys import RunKey
from tui.core.models import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from tui.adapters.enos.flows import Flow
    from tui.adapters.enos.searching import InstanceSearch
    from tui.adapters.enos.wire import InstanceRow
    from tui.core.clock import Clock
    from tui.core.keys import JobKey

LOOKBACK_S = 30 * 86_400.0
"""Seconds that the runs of one flow are looked for at least; how long they are kept is not documented."""

MOST_PAGES = 20
"""Pages of one search: a flow whose name is a part of many others' names would need all of theirs."""


class RunReader:
    """Asks about runs.

    Args:
        search: Finds instances.
        clock: Tells from when to search.
        window_s: How far back the connection looks; the runs of a flow at least so far.
    """

    def __init__(self, search: InstanceSearch, clock: Clock, window_s: float) -> None:
        self._search = search
        self._clock = clock
        self._lookback_s = max(LOOKBACK_S, window_s)

    async def runs(self, job: JobKey, flow: Flow, zone: tzinfo, limit: int) -> Sequence[Run]:
        """The newest runs of a flow, newest first."""
        lists = await self._search.of_flow(
            flow.id,
            flow.name,
            from_ms=now_ms(self._clock) - int(self._lookback_s * 1000),
            most=max(1, limit),
            most_pages=MOST_PAGES,
        )
        found: list[tuple[float, InstanceRow]] = []
        seen: set[str] = set()
        for rows in lists:
            moments = in_order([row.trigger or row.start for row in reversed(rows)], zone)
            for row, moment in zip(rows, reversed(moments), strict=True):
                # An instance that begins meanwhile moves the others on: one may come twice.
                if row.id not in seen:
                    seen.add(row.id)
                    found.append((moment.timestamp() if moment is not None else float("-inf"), row))
        found.sort(key=lambda item: item[0], reverse=True)
        return [to_run(job, row, zone) for _, row in found[: max(0, limit)]]


def to_run(job: JobKey, row: InstanceRow, zone: tzinfo) -> Run:
    """The run that an instance is."""
    item = Instance.of(row)
    native, span = item.native, item.span(zone)
    return Run(
        key=RunKey(job.connection, job.id, row.id),
        state=native.state,
        substate=joined([native.substate, CLOCK if span.is_odd else ""]),
        native_state=native.word,
        queued_at=span.queued_at,
        started_at=span.started_at,
        ended_at=span.ended_at,
        duration_s=span.duration_s,
        message=message_of(item),
        params=parameters_in(row.parameters) or {},
    )
