"""What the job table tells the screen that holds it; handlers are named `on_job_table_…`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tui.core.keys import JobKey
    from tui.engine.grouping import GroupKey


class CursorMoved(Message, namespace="job_table"):
    """Another job is under the cursor."""

    def __init__(self, key: JobKey | None, row: int) -> None:
        super().__init__()
        self.key = key
        """The job, or None when there are no rows."""
        self.row = row
        """Its row, counted from 0; -1 without rows."""

    def can_replace(self, message: Message) -> bool:
        """Only the newest place matters while a key is held down."""
        return isinstance(message, CursorMoved)


class JobOpened(Message, namespace="job_table"):
    """The user wants to see more of a job."""

    def __init__(self, key: JobKey) -> None:
        super().__init__()
        self.key = key
        """The job."""


class MarksChanged(Message, namespace="job_table"):
    """Jobs were marked or unmarked."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        """How many are marked now, listed or not."""

    def can_replace(self, message: Message) -> bool:
        """Only the newest count matters."""
        return isinstance(message, MarksChanged)


class FoldRequested(Message, namespace="job_table"):
    """The user wants a group folded, or unfolded."""

    def __init__(self, group: GroupKey | None) -> None:
        super().__init__()
        self.group = group
        """The group; None for all of them."""


class JobSought(Message, namespace="job_table"):
    """The user goes to a job that may be in a folded group."""

    def __init__(self, key: JobKey) -> None:
        super().__init__()
        self.key = key
        """The job."""


class SortRequested(Message, namespace="job_table"):
    """The user wants the rows in another order."""

    def __init__(self, sort: str) -> None:
        super().__init__()
        self.sort = sort
        """The order as config and command line write it: `-ended,name`."""
