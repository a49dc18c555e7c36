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
    from collections.abc import AsyncIterator, Iterable, Sequence

    from tui.adapters.datameer.api import DatameerApi
    from tui.adapters.datameer.identity import Kind
    from tui.adapters.datameer.settings import DatameerSettings
    from tui.core.clock import Clock

PORTION = 150
"""Jobs between two turns of the event loop: reading one and making a job of it takes about 28 µs."""

KEPT_S = 60.0
"""Seconds for which the lists hold: jobs come and go seldom, and listing thousands costs the server."""


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
    """Reads the lists, and remembers for a while what they told.

    Args:
        api: The server.
        settings: The connection's table.
        clock: Where the time comes from.
    """

    def __init__(self, api: DatameerApi, settings: DatameerSettings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        self._clock = clock
        self._known: dict[str, ListedJob] = {}
        self._holds_until: float | None = None
        self._changes = 0

    async def pages(self) -> AsyncIterator[Sequence[ListedJob]]:
        """Every job that is watched, in portions; each comes once."""
        if self._holds_until is None or self._clock.monotonic() >= self._holds_until:
            async for page in self._read():
                yield page
        else:
            async for part in slices(list(self._known.values()), PORTION):
                yield part

    async def find(self, job_id: str) -> ListedJob:
        """A job by its configuration id; the lists are read anew when it isn't known. Raises NotFound."""
        if job_id not in self._known:
            await self.refresh()
        if job_id not in self._known:
            raise NotFound(
                f"{self._api.host} lists no job {job_id}",
                hint="it may have been deleted, or `kinds`, `jobs` or `exclude` leave it out",
            )
        return self._known[job_id]

    def known(self, job_id: str) -> ListedJob | None:
        """A job by its configuration id, if the lists told of it."""
        return self._known.get(job_id)

    async def refresh(self) -> None:
        """Read the lists now."""
        async for _ in self._read():
            pass

    def doubt(self, job_id: str = "") -> None:
        """Take nothing for granted any more: this job may be gone, or the server was away."""
        self._known.pop(job_id, None)
        self._holds_until = None
        self._changes += 1

    async def _read(self) -> AsyncIterator[Sequence[ListedJob]]:
        known: dict[str, ListedJob] = {}
        changes = self._changes
        for kind in self._settings.kinds:
            async for part in slices(await self._api.jobs(kind), PORTION):
                found = [job for job in self._jobs_in(kind, part) if job.id not in known]
                fresh: dict[str, ListedJob] = {job.id: job for job in found}
                known.update(fresh)
                if fresh:
                    yield list(fresh.values())
        self._known = known
        # What came to be doubted on the way may have been read before.
        is_sure = changes == self._changes
        self._holds_until = self._clock.monotonic() + KEPT_S if is_sure else None

    def _jobs_in(self, kind: Kind, values: Sequence[object]) -> list[ListedJob]:
        rows = rows_of(JobRow, values)
        jobs = [ListedJob.of(kind, row) for row in rows if row.id]
        return [job for job in jobs if self._is_watched(job)]

    def _is_watched(self, job: ListedJob) -> bool:
        settings = self._settings

        def fits(patterns: Iterable[str]) -> bool:
            return any(fnmatchcase(text, pattern) for pattern in patterns for text in (job.id, job.name))

        return (not settings.jobs or fits(settings.jobs)) and not fits(settings.exclude)
