"""What the assets of an org are: tasks and linear taskflows, advanced taskflows, code tasks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.simulators.informatica.naming import federated_id
from tui.simulators.informatica.vocabulary import SUCCEEDED, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.simulators.fleet import Script

_UPDATED = datetime(2024, 9, 22, 6, 12, 32, tzinfo=UTC)
_LONGEST, _LONGEST_WITHOUT_DATABASE = 2.1, 5.5


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A mapping task, another classic task or a linear taskflow."""

    id: str
    """Its v2 id."""
    name: str
    """Its name."""
    type: str = "MTT"
    """MTT, DSS, DRS, DMASK, PCS or WORKFLOW."""
    folder: str = "Default"
    """Where it lies: a project, or a project and a folder."""
    script: Script | None = None
    """When its schedule starts it and how those runs go; None without a schedule."""
    since: datetime | None = None
    """Before when its schedule has never started it; None for always."""
    runs_before: int = 0
    """How often it ran before anything that is remembered."""
    duration_s: float = 60.0
    """Seconds that a run takes which somebody asked for."""
    outcome: Outcome = SUCCEEDED
    """How such a run ends."""
    queue_s: float = 2.0
    """Seconds from asking for a run to its begin."""
    stop_s: float = 3.0
    """Seconds from asking for a stop to the end."""
    clean_stop_s: float = 12.0
    """The same for a clean stop."""
    ignores_stop: bool = False
    """Whether a stop comes to nothing."""
    is_parallel: bool = False
    """Whether several runs may go on at once."""
    steps: Sequence[str] = ()
    """The names of the mapping tasks within a linear taskflow."""
    log: Sequence[str] = ()
    """Lines that each session writes, beside the usual ones."""
    description: str = ""
    """What somebody wrote about it."""
    updated_at: datetime = _UPDATED
    """When it was changed last."""

    @property
    def federated_id(self) -> str:
        """Its v3 id."""
        return federated_id(self.id)

    @property
    def longest_s(self) -> float:
        """Seconds that no scheduled run exceeds."""
        return longest_s(self.script) + self.queue_s


@dataclass(frozen=True, slots=True)
class TaskflowSpec:
    """An advanced taskflow."""

    id: str
    """Its federated id."""
    name: str
    """Its name."""
    api_name: str
    """By which name it is started."""
    folder: str = "Default"
    """Where it lies."""
    steps: Sequence[str] = ()
    """The v2 ids of the tasks that it runs, one after the other."""
    script: Script | None = None
    """When its schedule starts it and how those runs go; None without a schedule."""
    since: datetime | None = None
    """Before when its schedule has never started it; None for always."""
    runs_before: int = 0
    """How often it ran before anything that is remembered."""
    duration_s: float = 60.0
    """Seconds that a run takes which somebody asked for."""
    outcome: Outcome = SUCCEEDED
    """How such a run ends."""
    faulty_step: int = -1
    """Which of the steps it is that fails, if the run fails."""
    is_suspended_by_faults: bool = True
    """Whether a failed step suspends the run instead of ending it."""
    is_published: bool = True
    """Whether it can be started by its name."""
    allows: Sequence[str] | None = None
    """Who may start it; None for everybody."""
    description: str = ""
    """What somebody wrote about it."""
    updated_at: datetime = _UPDATED
    """When it was changed last."""

    @property
    def type(self) -> str:
        """Its type."""
        return "TASKFLOW"

    @property
    def federated_id(self) -> str:
        """Its v3 id."""
        return self.id

    @property
    def longest_s(self) -> float:
        """Seconds that no scheduled run exceeds."""
        return longest_s(self.script)


@dataclass(frozen=True, slots=True)
class CodeTaskSpec:
    """A code task; no call lists them."""

    id: str
    """Its number, as text."""
    name: str
    """Its name."""
    environment: str = "01000025000000000003"
    """The runtime environment in which it runs."""
    runs_before: int = 0
    """How often it was started before."""
    duration_s: float = 60.0
    """Seconds that a run takes."""
    outcome: Outcome = SUCCEEDED
    """How a run ends."""
    queue_s: float = 0.059
    """Seconds from the start to the begin of the run."""


def longest_s(script: Script | None) -> float:
    """Seconds that no run of a script exceeds.

    Args:
        script: Which one; None for none.
    """
    if script is None:
        return 0.0
    return math.ceil(script.usual_s * (_LONGEST_WITHOUT_DATABASE if script.needs_database else _LONGEST))
