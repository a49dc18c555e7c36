"""The runs of one DAG, for those who look at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.ledger import DagRun
from tui.adapters.airflow.observation import state_of_run
from tui.adapters.airflow.wire import RunRow, reading, row_of, text_of
from tui.core.bounds import MAX_PARAMETERS
from tui.core.errors import BadAnswer
from tui.core.keys import RunKey
from tui.core.models import Run
from tui.transport.fields import short
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.adapters.airflow.api import AirflowApi
    from tui.adapters.airflow.causes import Cause, FailureCauses
    from tui.core.keys import JobKey

_MOST_PAGES = 20

_STARTED_BY: Mapping[str, str] = {
    "scheduled": "schedule",
    "backfill": "backfill",
    "asset_triggered": "asset",
    "asset_materialization": "asset",
}
"""What starts the runs of a type that nobody asks for."""


class RunReader:
    """Reads the runs of a DAG.

    Args:
        api: Asks Airflow.
        causes: Knows why runs failed.
    """

    def __init__(self, api: AirflowApi, causes: FailureCauses) -> None:
        self._api = api
        self._causes = causes

    async def runs(self, job: JobKey, limit: int) -> list[Run]:
        """The newest runs, the newest first. Raises NotFound."""
        rows: list[RunRow] = []
        offset = 0
        for _ in range(_MOST_PAGES):
            told = await self._api.runs(job.id, offset, limit - len(rows))
            rows += await in_turns(reading(RunRow, told.rows))
            offset += len(told.rows)
            if len(rows) >= limit or not told.has_more(offset):
                break
        rows = rows[:limit]
        known = [DagRun.of(row) for row in rows]
        await self._causes.find(known)
        return [run_of(job, row, run, self._causes.cause(run)) for row, run in zip(rows, known, strict=True)]

    async def find(self, run: RunKey) -> Run | None:
        """One run; None when Airflow says that there is none."""
        told = await self._api.find_run(run)
        if told is None:
            return None
        row = self.row(told)
        found = DagRun.of(row)
        await self._causes.find([found])
        return run_of(run.job, row, found, self._causes.cause(found))

    async def read(self, run: RunKey) -> DagRun:
        """One run as it is now. Raises NotFound."""
        return DagRun.of(self.row(await self._api.run(run)))

    def row(self, value: Any) -> RunRow:
        """A run that an answer tells of. Raises BadAnswer."""
        row = row_of(RunRow, value)
        if row is None:
            raise BadAnswer(f"{self._api.host} sent something that is no run", hint="is this an Airflow 3?")
        return row


def run_of(job: JobKey, row: RunRow, run: DagRun, cause: Cause | None) -> Run:
    """A run in nightdeck's words."""
    return Run(
        key=RunKey(job.connection, job.id, run.id),
        state=state_of_run(run, cause),
        native_state=run.word,
        queued_at=run.queued_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        duration_s=run.duration_s,
        message=cause.text if cause is not None else run.note,
        triggered_by=started_by(row),
        params=told_params(row.conf),
    )


def started_by(row: RunRow) -> str:
    """Who or what started a run: a user, or what does it by itself."""
    return row.triggering_user_name or _STARTED_BY.get(row.run_type) or row.triggered_by or row.run_type


def told_params(conf: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a run as texts: what is no text is JSON."""
    pairs = list(conf.items())[:MAX_PARAMETERS]
    return {str(name): short(param_text(value)) for name, value in pairs}


def param_text(value: Any) -> str:
    """A value as it is shown and filled in."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return text_of(value)
