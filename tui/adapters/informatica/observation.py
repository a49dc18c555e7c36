"""Making a job of an asset and of how it stands; one that is as it was is not made anew."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING

from tui.adapters.informatica.times import seconds_between
from tui.core.models import Job

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tui.adapters.informatica.assets import Asset
    from tui.adapters.informatica.runs import Absence, Standing

_FIELDS = tuple(item.name for item in fields(Job))
_VALUES = attrgetter(*_FIELDS)
_OBSERVED_AT = _FIELDS.index("observed_at")


class Observer:
    """Tells jobs, and remembers what they were made of.

    Args:
        connection: The connection's name.
        type_name: The adapter's type.
    """

    def __init__(self, connection: str, type_name: str) -> None:
        self._connection = connection
        self._type_name = type_name
        self._seen: dict[str, tuple[Asset, Standing, Absence, Job]] = {}

    def observe(self, asset: Asset, standing: Standing, absence: Absence, now: datetime) -> Job:
        """The job, observed now.

        Args:
            asset: What can be run.
            standing: How it stands.
            absence: What it means that no run of it is known.
            now: When that was seen.
        """
        seen = self._seen.get(asset.id)
        if seen is not None and seen[0] is asset and seen[1] is standing and seen[2] == absence:
            job = _as_of(seen[3], now)
        else:
            job = self._job(asset, standing, absence, now)
        self._seen[asset.id] = (asset, standing, absence, job)
        return job

    def forget_others(self, job_ids: Collection[str]) -> None:
        """Forget the jobs that there are no more."""
        if len(self._seen) > len(job_ids):
            self._seen = {job_id: seen for job_id, seen in self._seen.items() if job_id in job_ids}

    def _job(self, asset: Asset, standing: Standing, absence: Absence, now: datetime) -> Job:
        run, last = standing
        if run is None:
            return self._blank(asset, absence, now)
        is_over = not run.state.is_active
        return Job(
            connection=self._connection,
            type=self._type_name,
            id=asset.id,
            name=asset.name,
            state=run.state,
            observed_at=now,
            kind=asset.kind,
            path=asset.folder,
            substate=run.substate,
            native_state=run.word,
            last_result=last.state if last is not None else None,
            run_id=run.id,
            started_at=run.span.started_at,
            ended_at=run.span.ended_at if is_over else None,
            duration_s=seconds_between(run.span) if is_over else None,
            message=run.message,
        )

    def _blank(self, asset: Asset, absence: Absence, now: datetime) -> Job:
        return Job(
            connection=self._connection,
            type=self._type_name,
            id=asset.id,
            name=asset.name,
            state=absence.state,
            observed_at=now,
            kind=asset.kind,
            path=asset.folder,
            substate=absence.substate or ("not published" if asset.is_unpublished else ""),
        )


def _as_of(job: Job, now: datetime) -> Job:
    # Three times as fast as `dataclasses.replace`, and there are thousands.
    values = list(_VALUES(job))
    values[_OBSERVED_AT] = now
    return Job(*values)
