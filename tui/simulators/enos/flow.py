"""What a flow is: its schedule, its tasks, and how it usually goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.simulators.enos.vocabulary import SUCCEEDED, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.simulators.fleet import Script

MANUAL, PERIODIC, TEMPORARY = 0, 1, 2
"""The `type` of a flow."""

SHELL, SYNCHRONISATION, PYTHON, EXTERNAL = 3, 7, 8, 9
"""The `type` of a task."""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task of a flow."""

    name: str
    """Its name."""
    type: int = SYNCHRONISATION
    """What it runs."""
    command: str = "echo hi"
    """Its command line."""
    weight: float = 1.0
    """Its part of the flow's duration, in proportion to the others."""
    log: Sequence[str] = ()
    """Lines that each of its logs holds, beside the usual ones."""
    line_every_s: float = 5.0
    """Seconds between two of the lines that it writes while it runs."""
    has_log: bool = True
    """Whether it writes a log at all."""
    timeout_s: int = 300
    """Its `timeout`."""
    recall_limit: int = 3
    """How often it may be repeated."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """Members of its `runMode`, beside the usual ones."""


@dataclass(slots=True)  # not frozen, which would make twenty thousand of them slow to make
class FlowSpec:
    """One flow: its tasks run one after the other."""

    id: str
    """Its id, in digits."""
    name: str
    """Its name."""
    tasks: Sequence[TaskSpec] = (TaskSpec("DataIntegration"),)
    """Its tasks, in their order."""
    first_task: int = 0
    """The id of its first task; the others count on. 0 for ten times the flow's own."""
    period_s: int = 0
    """Seconds between two scheduled instances; 0 for no schedule, or for the script's."""
    phase_s: int = 0
    """When in the period, counted from the epoch, it is due."""
    script: Script | None = None
    """Tells how scheduled instances go; None for `duration_s` and `outcome`."""
    since: datetime | None = None
    """Before that moment nothing was scheduled; None if it always was."""
    type: int = PERIODIC
    """MANUAL, PERIODIC or TEMPORARY."""
    is_active: bool = True
    """Whether its schedule is on."""
    duration_s: float = 60.0
    """Seconds that an instance runs."""
    outcome: Outcome = SUCCEEDED
    """What an instance comes to."""
    failure_status: int = Status.FAIL
    """The status of an instance whose script says that it failed by itself."""
    init_s: float = 1.0
    """Seconds of INIT before it is ready, or waits for the one before it."""
    ready_s: float = 1.0
    """Seconds of READY before it runs."""
    cancel_s: float = 3.0
    """Seconds from asking to cancel an instance to its end."""
    ignores_cancel: bool = False
    """Whether asking to cancel comes to nothing."""
    cycle: str = "H"
    """M, W, D, H or mi."""
    frequency: str = "0 0 0/1 * * ? *"
    """When it is due, for Quartz."""
    parameters: Sequence[tuple[str, str]] = ()
    """Its parameters."""
    owner: str = "alice"
    """The names of those who may change and run it, with semicolons between them."""
    visitors: str = ""
    """The names of those who may look at it."""
    run_as: str = "data_demo"
    """The account of the organisation that it uses."""
    folder: str = "demo"
    """The directory that it lies in."""
    is_locked: bool = False
    """Whether nobody may run it."""
    can_read: bool = True
    """Whether the caller may look at it; it is listed all the same."""
    created_at: datetime = datetime(2021, 1, 4, 0, 56, 35, tzinfo=UTC)
    """When it was made."""
    updated_at: datetime = datetime(2021, 1, 4, 0, 56, 58, tzinfo=UTC)
    """When it was changed."""

    def task_id(self, index: int) -> int:
        """The id of its task in that place."""
        return (self.first_task or 10 * int(self.id)) + index

    def is_owned_by(self, name: str) -> bool:
        """Whether that user is one of its owners."""
        return name in self.owner.split(";")

    def is_seen_by(self, name: str) -> bool:
        """Whether that user is one of its owners or visitors."""
        return self.is_owned_by(name) or name in self.visitors.split(";")
