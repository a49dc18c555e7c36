"""A job as it is: its table in the config and Slurm's own records, as JSON-like values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.adapters.slurm.catalog import Entry
    from tui.adapters.slurm.record import Record
    from tui.core.keys import JobKey, RunKey


def shown_table(entry: Entry) -> Mapping[str, object] | None:
    """The table of a job without the values of its secrets; None when it has none."""
    table = entry.table
    if table is None:
        return None
    shown = table.model_dump(mode="json", exclude={"env"})
    shown["env"] = {k: "(secret)" if isinstance(v, SecretRef) else v for k, v in table.env.items()}
    return shown


def shown_record(record: Record) -> Mapping[str, object]:
    """What was read of a piece of a run, where Slurm itself tells nothing more."""
    told: dict[str, object] = {**asdict(record), "words": [*record.words]}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}


def page_of(template: str, job: JobKey, run: RunKey | None, user: str) -> str | None:
    """The web page that the config names: `{job_id}`, `{name}` and `{user}` in it are filled in.

    Slurm has no web pages; portals such as Open OnDemand do. None when it needs a run and there is none.
    """
    values = {"{name}": job.id, "{user}": user, "{job_id}": run.run_id if run is not None else ""}
    for place, value in values.items():
        if place in template and not value:
            return None
        template = template.replace(place, quote(value, safe=""))
    return template
