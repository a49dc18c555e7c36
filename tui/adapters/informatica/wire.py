"""What Informatica sends. Every field but an id may be missing; numbers may be text and text numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from tui.core.bounds import MAX_TASKS
from tui.transport.fields import line, short

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

M = TypeVar("M", bound=BaseModel)


def _text(value: Any) -> str:
    """A scalar as text; nothing at all for null and for what is no scalar."""
    if isinstance(value, str):
        return short(value.strip())
    return "" if isinstance(value, bool) or not isinstance(value, int | float) else str(value)


def _line(value: Any) -> str:
    return line(value) if isinstance(value, str) else _text(value)


def _count(value: Any) -> int:
    text = _text(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else _text(value).lower() == "true"


def _list(value: Any) -> list[Any]:
    return value[: MAX_TASKS + 1] if isinstance(value, list) else []


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _publication(value: Any) -> str:
    return _text(_members(value).get("publicationStatus")).lower()


Text = Annotated[str, BeforeValidator(_text)]
Line = Annotated[str, BeforeValidator(_line)]
Count = Annotated[int, BeforeValidator(_count)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Values = Annotated[list[Any], BeforeValidator(_list)]
Members = Annotated[dict[str, Any], BeforeValidator(_members)]
Id = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ListedTask(NamedTuple):
    """What is kept of a task, of which there may be thousands."""

    id: str
    name: str


class TaskRow(_Wire):
    """One task or linear taskflow of a list of version 2."""

    id: Id
    name: Line = ""


class ObjectRow(_Wire):
    """One asset of version 3."""

    id: Id
    path: Text = ""
    publication: Annotated[str, BeforeValidator(_publication)] = Field(default="", alias="customAttributes")
    """Its `publicationStatus` in small letters; empty where it isn't told."""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path without the name."""
        return self.path.rpartition("/")[0]


class ActivityRow(_Wire):
    """One run of a classic task: the monitor and the log spell some fields differently."""

    id: Text = ""
    type: Text = ""
    task_id: Text = Field(default="", validation_alias=AliasChoices("taskId", "objectId"))
    task_name: Line = Field(default="", validation_alias=AliasChoices("taskName", "objectName"))
    run_id: Text = Field(default="", alias="runId")
    start: Text = Field(default="", alias="startTime")
    start_utc: Text = Field(default="", alias="startTimeUtc")
    end: Text = Field(default="", alias="endTime")
    end_utc: Text = Field(default="", alias="endTimeUtc")
    execution_state: Text = Field(default="", alias="executionState")
    state: Text = ""
    error: Line = Field(default="", alias="errorMsg")
    is_stopped: Flag = Field(default=False, alias="isStopped")
    started_by: Line = Field(default="", alias="startedBy")
    context: Text = Field(default="", alias="runContextType")
    schedule: Line = Field(default="", alias="scheduleName")
    parent: Text = Field(default="", alias="parentTaskFederatedId")
    failed_source: Count = Field(default=0, alias="failedSourceRows")
    failed_target: Count = Field(default=0, alias="failedTargetRows")

    @property
    def failed_rows(self) -> int:
        """Rows that were rejected."""
        return self.failed_source + self.failed_target


class EntryRow(ActivityRow):
    """One step of a run, or a session of a step."""

    entries: Values = Field(default_factory=list)
    more_entries: Values = Field(default_factory=list, alias="subTaskEntries")
    attributes: Members = Field(default_factory=dict, alias="logEntryItemAttrs")

    @property
    def children(self) -> list[EntryRow]:
        """What it consists of."""
        return rows_of(EntryRow, [*self.entries, *self.more_entries])

    @property
    def log_file(self) -> str:
        """The file name of its session log; empty where it isn't told."""
        return _text(self.attributes.get("Session Log File Name"))


class FlowRow(_Wire):
    """One run of a taskflow."""

    asset: Line = Field(default="", alias="assetName")
    run_id: Text = Field(default="", validation_alias=AliasChoices("runId", "RunId", "runid"))
    status: Text = ""
    start: Text = Field(default="", alias="startTime")
    end: Text = Field(default="", alias="endTime")
    update: Text = Field(default="", alias="updateTime")
    location: Text = ""
    started_by: Line = Field(default="", alias="startedBy")
    error: Line = Field(default="", alias="errorMessage")
    errored_rows: Count = Field(default=0, alias="erroredRows")
    details: Members = Field(default_factory=dict, alias="subtaskDetails")

    @property
    def steps(self) -> list[StepRow]:
        """Its sub-tasks, in the order in which they are told."""
        inner = self.details.get("details", self.details)
        tasks = inner.get("tasks") if isinstance(inner, dict) else None
        return rows_of(StepRow, _list(tasks))


class StepRow(FlowRow):
    """One sub-task of a run of a taskflow."""

    type: Text = Field(default="", alias="assetType")


class FlowStarted(_Wire):
    """The answer to the start of a taskflow."""

    run_id: Text = Field(default="", validation_alias=AliasChoices("RunId", "runId", "runid", "runID"))


class JobStarted(_Wire):
    """The answer to the start of a classic task."""

    run_id: Text = Field(default="", alias="runId")


class CodeStarted(_Wire):
    """The answer to the start of a code task."""

    job_id: Text = Field(default="", alias="jobId")
    instance: Line = Field(default="", alias="codeTaskInstanceName")
    summary: Line = ""
    spark: Members = Field(default_factory=dict, alias="sparkCodeTaskResponseBody")

    @property
    def begun(self) -> str:
        """When the run began."""
        return _text(self.spark.get("startRunTime"))


class CodeRow(_Wire):
    """How a job of a code task stands. The vendor's table and samples disagree about half of the names."""

    status: Text = Field(default="", validation_alias=AliasChoices("status", "executionState"))
    start: Text = Field(default="", alias="startTime")
    update: Text = Field(default="", alias="updateTime")
    end: Text = Field(default="", alias="endTime")
    name: Line = Field(default="", validation_alias=AliasChoices("assetName", "codeTaskName"))
    error: Line = Field(default="", validation_alias=AliasChoices("errorMessage", "firstErrorMessage"))
    started_by: Line = Field(default="", alias="startedBy")
    log_url: Text = Field(default="", alias="sessionLogUrl")

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, value: Any) -> Any:
        """A field that is empty under one of its names may be told under the other."""
        if not isinstance(value, dict):
            return value
        return {name: told for name, told in value.items() if told not in (None, "")}


def row_of(model: type[M], value: Any) -> M | None:
    """A record of one sort; None when the value is none."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def rows_of(model: type[M], values: Sequence[Any]) -> list[M]:
    """The records of one sort among the values; what is none is left out."""
    found = (row_of(model, value) for value in values)
    return [row for row in found if row is not None]


def reading(model: type[M], values: Sequence[Any]) -> Generator[None, None, list[M]]:
    """The same in short steps, for long lists."""
    rows: list[M] = []
    for value in values:
        row = row_of(model, value)
        if row is not None:
            rows.append(row)
        yield
    return rows
