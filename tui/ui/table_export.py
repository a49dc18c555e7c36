"""The rows of the table as CSV."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job


def table_csv(jobs: Sequence[Job], is_stale: Callable[[JobKey], bool]) -> str:
    """Jobs with the same keys as `nightdeck jobs -o csv`.

    Args:
        jobs: The rows, in order.
        is_stale: Whether what is known of a job is older than it should be.
    """
    import csv

    from tui.engine.records import job_record

    file = io.StringIO()
    records = [job_record(job, is_stale=is_stale(job.key)) for job in jobs]
    writer = csv.DictWriter(
        file, fieldnames=list(records[0]) if records else ["connection"], lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(records)
    return file.getvalue()
