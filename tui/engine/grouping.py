"""The ways to group jobs. A job's group leads the sort order, so that groups are kept as rows are."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tui.core.errors import ConfigError
from tui.engine.causes import Causes
from tui.engine.columns import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tui.core.keys import JobKey
    from tui.core.models import Job


class GroupKey(NamedTuple):
    """One group of rows. Never equal to a job's key, beside which it stands among the lines."""

    name: str
    """What its jobs have in common; empty for those that have nothing of the kind."""


class GroupWay(NamedTuple):
    """What jobs are grouped by."""

    id: str
    """Its name in the config: `system`."""
    key: str
    """The key that chooses it."""
    told: str
    """What it means, in a few words."""
    rest: str
    """What the group of those is called that belong to no other."""


WAYS: Mapping[str, GroupWay] = {
    way.id: way
    for way in (
        GroupWay("system", "s", "the connection that told of the job", ""),
        GroupWay("folder", "f", "the folder, project or label within the system", "no folder"),
        GroupWay("tag", "t", "the first of the job's tags", "no tag"),
        GroupWay("cause", "c", "the error, without what differs from run to run", "in no trouble"),
        GroupWay("state", "a", "the state", ""),
    )
}
"""Every way to group by its id, in the order of the choice. Of several tags the first one counts."""


class Grouper:
    """Puts jobs into groups in one way."""

    def __init__(self, way: GroupWay, first_error: Callable[[JobKey], str] | None = None) -> None:
        """Group in this way.

        Args:
            way: The way.
            first_error: The first error in the log of a job's newest run, where one is known.
        """
        self.way = way
        self._causes = Causes(first_error)
        readers: Mapping[str, Callable[[Job], str]] = {
            "system": attrgetter("connection"),
            "folder": attrgetter("path"),
            "tag": _first_tag,
            "cause": self._causes.of,
            "state": attrgetter("state"),
        }
        read = self.name_of = readers[way.id]
        """The name of a job's group; empty when it is in none."""
        self.column = Column(
            f"group:{way.id}",
            way.id.upper(),
            lambda job, _: read(job) or None,
            lambda jobs, _: [name or None for name in map(read, jobs)],
            is_text=True,
            is_coarse=True,
        )
        """What leads the sort order of grouped rows."""

    def forget(self, keys: Iterable[JobKey]) -> None:
        """These jobs have changed."""
        self._causes.forget(keys)


def way_named(name: str) -> GroupWay | None:
    """The way of this name; None for an empty one, or `none`.

    Raises:
        ConfigError: There is no such way.
    """
    wanted = name.strip().casefold()
    if wanted in ("", "none"):
        return None
    if wanted not in WAYS:
        from tui.engine.query.suggestions import hint_for

        raise ConfigError(f"jobs can't be grouped by {name!r}", hint=hint_for(wanted, WAYS))
    return WAYS[wanted]


def _first_tag(job: Job) -> str:
    return job.tags[0] if job.tags else ""
