"""The ids of a Datameer. They look alike and mean different things, so each is a type of its own.

A configuration id where a file id belongs addresses another job, and the server can't tell.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType, TypeAlias

ConfigurationId = NewType("ConfigurationId", str)
"""A job: what every V1 call takes, and what the lists call `id`."""
ExecutionId = NewType("ExecutionId", str)
"""One run of a job. The `id` in a V1 status is one of these."""
FileId = NewType("FileId", str)
"""The number of the file that holds a job: what V2 takes and tells."""
FileUuid = NewType("FileUuid", str)
"""The UUID of that file: what V2 takes, too."""
FilePath = NewType("FilePath", str)
"""The path of that file, beginning with a slash: what V2 takes, too."""

FileReference: TypeAlias = FileId | FileUuid | FilePath
"""Whatever V2 knows a job by; never a configuration id."""


class Kind(StrEnum):
    """The sorts of jobs, by their word in addresses."""

    IMPORT_JOB = "import-job"
    WORKBOOK = "workbook"
    EXPORT_JOB = "export-job"
