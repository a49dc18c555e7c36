"""The jobs of a Datameer, from one list for each kind."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tui.adapters.datameer.identity import ConfigurationId
from tui.adapters.datameer.wire import JobRow, rows_of
from tui.core.errors import NotFound
from tui.transport.turns import slices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from tui.adapters.datameer.api import DatameerApi
    from tui.adapters.datameer.identity import Kind
    from tui.adapters.datameer.settings import DatameerSettings

PORTION = 150
"""Jobs between two turns of the event loop: reading one and making a job of it takes about 28 µs."""


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One job as its list tells of it."""

    id: ConfigurationId
    """Its id for V1."""
    kind: Kind
    """Which list it comes from."""
    name: str
    """Its name, or what it is when it has none."""
    uuid: str
    """The UUID of its file, where the list tells it."""
    path: str
    """The path of its file, where the list tells it."""

    @classmethod
    def of(cls, kind: Kind, row: JobRow) -> ListedJob:
        """A job from its row: texts alone are kept, because there are thousands of them."""
        name = row.name or row.file.name or f"{kind.replace('-', ' ')} {row.id}"
        return cls(ConfigurationId(row.id), kind, name, row.file_uuid, row.file_path)

    @property
    def folder(self) -> str:
        """The folder of its file."""
        return self.path.rpartition("/")[0] or self.path


class Listing:
    """Reads the lists, and remembers what they told."""

    def __init__(self, api: DatameerApi, settings: DatameerSettings) -> None:
        self._api = api
        self._settings = settings
        self._known: Mapping[str, ListedJob] = {}

    async def pages(self) -> AsyncIterator[Sequence[ListedJob]]:
        """Every job that is watched, in portions; each comes once."""
        known: dict[str, ListedJob] = {}
        for kind in self._settings.kinds:
            async for part in slices(await self._api.jobs(kind), PORTION):
                found = [job for job in self._jobs_in(kind, part) if job.id not in known]
                fresh: dict[str, ListedJob] = {job.id: job for job in found}
                known.update(fresh)
                if fresh:
                    yield list(fresh.values())
        self._known = known

    async def find(self, job_id: str) -> ListedJob:
        """A job by its configuration id; the lists are read when it isn't known. Raises NotFound."""
        if job_id not in self._known:
            async for _ in self.pages():
                pass
        if job_id not in self._known:
            raise NotFound(
                f"{self._api.host} lists no job {job_id}",
                hint="it may have been deleted, or `kinds`, `jobs` or `exclude` leave it out",
            )
        return self._known[job_id]

    def _jobs_in(self, kind: Kind, values: Sequence[object]) -> list[ListedJob]:
        rows = rows_of(JobRow, values)
        jobs = [ListedJob.of(kind, row) for row in rows if row.id]
        return [job for job in jobs if self._is_watched(job)]

    def _is_watched(self, job: ListedJob) -> bool:
        settings = self._settings

        def fits(patterns: Iterable[str]) -> bool:
            return any(fnmatchcase(text, pattern) for pattern in patterns for text in (job.id, job.name))

        return (not settings.jobs or fits(settings.jobs)) and not fits(settings.exclude)
