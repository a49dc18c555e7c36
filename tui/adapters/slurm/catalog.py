"""Which jobs there are: what one user submits under one name is one job, and so is what the config lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tui.adapters.slurm.order import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tui.adapters.slurm.record import Record
    from tui.adapters.slurm.runs import SlurmRun
    from tui.adapters.slurm.settings import SlurmJob, SlurmSettings


@dataclass(slots=True)
class Entry:
    """One job: what the config says of it, and its runs."""

    id: str
    """Its id."""
    name: str
    """Its name in Slurm, or in the config."""
    user: str
    """Whose job it is."""
    table: SlurmJob | None = None
    """Its table in the config."""
    runs: list[SlurmRun] = field(default_factory=list)
    """Its runs, newest first."""

    @property
    def newest(self) -> SlurmRun | None:
        """Its newest run."""
        return self.runs[0] if self.runs else None


class Naming:
    """Says to which job a run belongs.

    A job of ours whose name a table of the config has gets the table's id; another one of ours is called by
    its name, and somebody else's by `user/name`.
    """

    def __init__(self, user: str, settings: SlurmSettings) -> None:
        self._user = user
        self._settings = settings
        self._tables = {plain_name(table.name): table for table in settings.job}
        self._ids = {table.id for table in settings.job}
        self._people = {user if name == "me" else name for name in settings.users}

    def is_shown(self, record: Record) -> bool:
        """Whether a job is of the users and in the partitions that are to be shown."""
        is_meant = "*" in self._people or record.user in self._people
        where = self._settings.partitions
        return is_meant and (not where or bool(set(where) & set(record.partition.split(","))))

    def table_of(self, record: Record) -> SlurmJob | None:
        """The table of the config that a run belongs to."""
        return self._tables.get(record.name) if record.user == self._user else None

    def job_id(self, record: Record) -> str:
        """The id of the job that a run belongs to."""
        table = self.table_of(record)
        if table is not None:
            return table.id
        name = record.name or "(no name)"
        is_plain = record.user == self._user and "/" not in name and name not in self._ids
        return name if is_plain else f"{record.user or '?'}/{name}"

    def entries(self, runs: Iterable[SlurmRun]) -> Mapping[str, Entry]:
        """Every job that is watched, by its id: those of the config first, in their order."""
        found = {table.id: Entry(table.id, table.name, self._user, table) for table in self._settings.job}
        for run in runs:
            job_id = self.job_id(run.first)
            entry = found.get(job_id)
            if entry is None:
                entry = found[job_id] = Entry(job_id, run.first.name or "(no name)", run.first.user)
            entry.runs.append(run)
        return {job_id: entry for job_id, entry in found.items() if self._is_watched(entry)}

    def _is_watched(self, entry: Entry) -> bool:
        def matches(patterns: Sequence[str]) -> bool:
            return any(fnmatchcase(text, p) for p in patterns for text in (entry.id, entry.name))

        settings = self._settings
        return (not settings.jobs or matches(settings.jobs)) and not matches(settings.exclude)
