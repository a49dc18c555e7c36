"""What can be run: tasks, linear taskflows, taskflows, code tasks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CLASSIC_TYPES = ("MTT", "DSS", "DRS", "DMASK", "PCS")
"""Types of tasks that version 2 lists: mapping, synchronization, replication, masking, PowerCenter."""

WORKFLOW = "WORKFLOW"
"""The type of linear taskflows."""

TASKFLOW = "TASKFLOW"
"""The type of taskflows in version 3."""

_KINDS = {
    "MTT": "mapping task",
    "DSS": "synchronization task",
    "DRS": "replication task",
    "DMASK": "masking task",
    "PCS": "PowerCenter task",
    WORKFLOW: "linear taskflow",
    TASKFLOW: "taskflow",
}

_FLOW_PREFIX = "tf:"
_CODE_PREFIX = "code:"
_CODE_TYPE = "CODE"
_UNPUBLISHED = ("un", "not")
"""Only `published` is documented; a word that begins so denies it, and any other is left to Informatica."""


class Family(StrEnum):
    """Which part of the API runs it."""

    CLASSIC = "classic"
    """Tasks and linear taskflows, over version 2."""
    FLOW = "taskflow"
    """Taskflows, over the engine of the pod."""
    CODE = "code"
    """Code tasks."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing that can be run."""

    id: str
    """Its id in nightdeck."""
    family: Family
    """Which part of the API runs it."""
    type: str
    """Informatica's own word for what it is."""
    name: str
    """The name that people know it by."""
    folder: str = ""
    """Project and folder, where they are told."""
    federated_id: str = ""
    """Its id in version 3, where it is told."""
    call_name: str = ""
    """What starts it: the API name of a taskflow, the id of a code task."""
    publication: str = ""
    """The `publicationStatus` of a taskflow, where it is told."""

    @property
    def kind(self) -> str:
        """What it is, for people."""
        return "code task" if self.family is Family.CODE else _KINDS.get(self.type, self.type)

    @property
    def path(self) -> str:
        """Folder and name."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def is_unpublished(self) -> bool:
        """Whether it is a taskflow that can't be started, because it is not published."""
        return self.publication.startswith(_UNPUBLISHED)


def configured_flow(api_name: str) -> Asset:
    """A taskflow that is known by its API name alone."""
    return Asset(f"{_FLOW_PREFIX}{api_name}", Family.FLOW, TASKFLOW, api_name, call_name=api_name)


def code_task(task_id: str, name: str) -> Asset:
    """A code task; its name is told by its runs alone."""
    name = name or f"code task {task_id}"
    return Asset(f"{_CODE_PREFIX}{task_id}", Family.CODE, _CODE_TYPE, name, call_name=task_id)
