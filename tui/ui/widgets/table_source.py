"""What the job table asks of whoever knows the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui.core.keys import JobKey
    from tui.core.models import Health, Job, Receipt, Trend
    from tui.engine.columns import SortOrder
    from tui.engine.group_lines import Line
    from tui.engine.grouping import GroupKey
    from tui.engine.groups import Group


class TableSource(Protocol):
    """The rows in their order, and everything that a row needs to be drawn. Asked for visible rows only."""

    @property
    def now(self) -> datetime:
        """The time that ages are counted from."""
        ...

    @property
    def keys(self) -> Sequence[JobKey]:
        """The jobs that the filter lets through, in order, whether their group is folded or not."""
        ...

    @property
    def lines(self) -> Sequence[Line]:
        """What stands below each other: jobs, and the groups that they are in; without groups, the keys."""
        ...

    @property
    def group(self) -> str:
        """What the jobs are grouped by; empty when they are not."""
        ...

    @property
    def revision(self) -> int:
        """Grows when rows moved, came or went since they were last shown."""
        ...

    @property
    def order(self) -> SortOrder:
        """How the rows are sorted."""
        ...

    @property
    def health(self) -> Mapping[str, Health]:
        """The connections by name."""
        ...

    def job(self, key: JobKey) -> Job | None:
        """The job as last observed; None when there is no such job any more."""
        ...

    def trend(self, key: JobKey) -> Trend | None:
        """How its last runs went."""
        ...

    def receipt(self, key: JobKey) -> Receipt | None:
        """The newest action on it, while it is worth showing."""
        ...

    def first_error(self, key: JobKey) -> str:
        """What the log of its newest run tells, where the system's message says nothing; else empty."""
        ...

    def is_stale(self, key: JobKey) -> bool:
        """Whether what we know of it is older than it should be."""
        ...

    def is_watched(self, key: JobKey) -> bool:
        """Whether the user is told when its run ends."""
        ...

    def environment(self, connection: str) -> str:
        """`prod`, `stage`, `dev` or empty."""
        ...

    def index_of(self, key: JobKey) -> int | None:
        """Where a job is among the keys, or None when it is not."""
        ...

    def line_of(self, line: Line) -> int | None:
        """Where a job or a group is among the lines, or None when it has none."""
        ...

    def group_of(self, key: JobKey) -> GroupKey | None:
        """The group of a job that is among the keys; None without groups."""
        ...

    def group_told(self, key: GroupKey) -> Group | None:
        """What a group's line tells; None when there is no such group any more."""
        ...

    def jobs_in(self, key: GroupKey) -> Sequence[JobKey]:
        """The jobs of a group, in order."""
        ...
