"""What DAGs are: their tasks, their parameters, and how their runs go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALWAYS = 1_000_000
"""So many attempts fail when all do."""

TRUNK = -1
"""The map index of a task that is not mapped."""


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task, and how its attempts go."""

    task_id: str
    """Its id."""
    after: Sequence[str] = ()
    """The tasks that it waits for."""
    duration_s: float = 1.0
    """Seconds that an attempt takes."""
    failures: int = 0
    """So many attempts fail, counted from the first; `ALWAYS` for all."""
    error: str = "RuntimeError: the job went wrong"
    """The exception of an attempt that fails, with its class."""
    retries: int = 0
    """How often it is tried again by itself."""
    retry_delay_s: float = 1.0
    """Seconds between the end of an attempt and the next one."""
    mapped: int = 0
    """So many instances with map indexes; 0 for a task that is not mapped."""
    log: Sequence[str] = ()
    """Lines that each attempt prints."""
    operator: str = "PythonOperator"
    """The class of its operator."""

    @property
    def indexes(self) -> Sequence[int]:
        """The map indexes of its instances."""
        return range(self.mapped) if self.mapped else (TRUNK,)


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """One parameter of a DAG."""

    name: str
    """Its name."""
    default: object = None
    """Its value when nothing is given."""
    schema: Mapping[str, object] = field(default_factory=dict)
    """The JSON schema of its values."""
    description: str | None = None
    """What somebody wrote about it."""


@dataclass(frozen=True, slots=True)
class DagSpec:
    """One DAG."""

    dag_id: str
    """Its id."""
    tasks: Sequence[TaskSpec] = (TaskSpec("work"),)
    """Its tasks, each after those that it waits for."""
    params: Sequence[ParamSpec] = ()
    """Its parameters."""
    tags: Sequence[str] = ()
    """Its tags."""
    owners: Sequence[str] = ("airflow",)
    """Who owns its tasks."""
    description: str | None = None
    """What somebody wrote about it."""
    display_name: str = ""
    """The name that people see; empty for its id."""
    summary: str | None = None
    """The schedule in a few characters, such as `@daily`; None without one."""
    every_s: float = 0.0
    """Seconds between two runs of the schedule; 0 without one."""
    phase_s: float = 0.0
    """Seconds after a multiple of `every_s` at which the schedule is due."""
    is_paused: bool = False
    """Whether it is on hold from the beginning."""
    max_active_runs: int = 16
    """So many of its runs go on at once; others wait."""
    has_import_errors: bool = False
    """Whether its file can't be read any more: then it can't be triggered."""

    @property
    def name(self) -> str:
        """The name that people see."""
        return self.display_name or self.dag_id
