"""What the job table asks of whoever knows the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui.core.keys import JobKey
    from tui.core.models import Health, Job, Receipt, Trend
    from tui.engine.columns import SortOrder


class TableSource(Protocol):
    """The rows in their order, and everything that a row needs to be drawn. Asked for visible rows only."""

    @property
    def now(self) -> datetime:
        """The time that ages are counted from."""
        ...

    @property
    def keys(self) -> Sequence[JobKey]:
        """The rows, in order."""
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

    def is_stale(self, key: JobKey) -> bool:
        """Whether what we know of it is older than it should be."""
        ...

    def environment(self, connection: str) -> str:
        """`prod`, `stage`, `dev` or empty."""
        ...

    def index_of(self, key: JobKey) -> int | None:
        """The row of a job, or None when it is not among the rows."""
        ...
