"""What V2 knows a job by. The lists tell only configuration ids for sure, and V2 takes none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.adapters.datameer.identity import FilePath, FileUuid
from tui.adapters.datameer.wire import JobRow
from tui.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui.adapters.datameer.api import DatameerApi
    from tui.adapters.datameer.identity import ConfigurationId, FileReference
    from tui.adapters.datameer.listing import ListedJob


class FileIndex:
    """Finds the file of a job: from the list where it tells one, else by one call for each job."""

    def __init__(self, api: DatameerApi) -> None:
        self._api = api
        self._read: dict[ConfigurationId, tuple[FileReference, ...]] = {}

    async def references(self, job: ListedJob) -> AsyncIterator[FileReference]:
        """What the job's file may be asked for by, the surest first; the call is made only if need be."""
        given: set[FileReference] = set()
        for reference in references_in(job.uuid, job.path):
            given.add(reference)
            yield reference
        if job.uuid:
            return
        if job.id not in self._read:
            self._read[job.id] = await self._read_references(job)
        for reference in self._read[job.id]:
            if reference not in given:
                yield reference

    async def _read_references(self, job: ListedJob) -> tuple[FileReference, ...]:
        try:
            configuration = await self._api.configuration(job.kind, job.id)
        except NotFound:
            # Newer versions can't read a workbook by its configuration id.
            return ()
        row = JobRow.model_validate(configuration)
        return references_in(row.file_uuid, row.file_path)


def references_in(uuid: str, path: str) -> tuple[FileReference, ...]:
    """The references that a record tells: a UUID outlives a renaming, so it comes first."""
    by_uuid = (FileUuid(uuid),) if uuid else ()
    by_path = (FilePath(path),) if path.startswith("/") else ()
    return by_uuid + by_path
