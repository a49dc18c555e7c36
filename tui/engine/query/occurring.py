"""Which values occur in the jobs, and how often: counted a few thousand jobs at a time."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tui.core.models import Job

MOST_VALUES = 1000
"""Values of one field that are kept: a folder for each job would make every keystroke slow."""

_READ: Mapping[str, Callable[[Job], str]] = {
    "state": attrgetter("state"),
    "conn": attrgetter("connection"),
    "system": attrgetter("type"),
    "kind": attrgetter("kind"),
    "path": attrgetter("path"),
    "native": attrgetter("native_state"),
    "sub": attrgetter("substate"),
}
"""How the value of a field is read, by the field's canonical name."""


class Occurring:
    """Counts values over any number of calls; what it tells is as new as the last of them."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in (*_READ, "last", "tag")}

    def add(self, jobs: Sequence[Job]) -> None:
        """Count more jobs: a thousand take less than a millisecond."""
        for name, read in _READ.items():
            self._count(name, map(read, jobs))
        self._count("last", (job.last_result for job in jobs if job.last_result is not None))
        self._count("tag", chain.from_iterable(job.tags for job in jobs))

    def values(self, environments: Mapping[str, str]) -> Mapping[str, Mapping[str, int]]:
        """How many jobs have each value, by field, as `complete` takes it.

        Args:
            environments: `prod`, `stage`, `dev` or empty, by connection.
        """
        found = {name: {str(value): n for value, n in c.items() if value} for name, c in self._counts.items()}
        by_environment: Counter[str] = Counter()
        for connection, number in found["conn"].items():
            by_environment[environments.get(connection, "")] += number
        return found | {"env": {name: n for name, n in by_environment.items() if name}}

    def _count(self, name: str, values: Iterable[str]) -> None:
        counts = self._counts[name]
        counts.update(values)
        if len(counts) > MOST_VALUES:
            self._counts[name] = Counter(dict(counts.most_common(MOST_VALUES)))
