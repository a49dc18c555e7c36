"""What a Datameer sends. Ids are numbers or text, every field but an id may be missing, more may come."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tui.transport.fields import line, short

if TYPE_CHECKING:
    from collections.abc import Sequence

M = TypeVar("M", bound=BaseModel)

_MOST_COUNTERS = 200
"""Counters of a run that are looked at; it has a dozen."""


def _text(value: Any) -> str:
    """A scalar as text; nothing at all for null and for what is no scalar."""
    if isinstance(value, str):
        return short(value.strip())
    return "" if isinstance(value, bool) or not isinstance(value, int | float) else str(value)


def _line(value: Any) -> str:
    return line(value) if isinstance(value, str) else _text(value)


def _number(value: Any) -> float | None:
    try:
        return float(_text(value).rstrip("%"))
    except ValueError:
        return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _counts(value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    told = islice(value.items(), _MOST_COUNTERS)
    return {short(str(name)): count for name, each in told if (count := _count(each)) is not None}


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


Text = Annotated[str, BeforeValidator(_text)]
Line = Annotated[str, BeforeValidator(_line)]
Number = Annotated[float | None, BeforeValidator(_number)]
Count = Annotated[int | None, BeforeValidator(_count)]
Counts = Annotated[dict[str, int], BeforeValidator(_counts)]
Id = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class FileRecord(_Wire):
    """The file that holds a job."""

    uuid: Text = ""
    path: Text = ""
    name: Line = ""
    description: Line = ""


class JobRow(_Wire):
    """One job of a list, or its whole configuration: both are told apart by nothing but their length."""

    id: Text = ""
    name: Line = ""
    description: Line = ""
    path: Text = ""
    uuid: Text = ""
    file: Annotated[FileRecord, BeforeValidator(_members)] = FileRecord()

    @property
    def file_uuid(self) -> str:
        """The UUID of its file, wherever it is told."""
        return self.file.uuid or self.uuid

    @property
    def file_path(self) -> str:
        """The path of its file, wherever it is told."""
        return self.file.path or self.path


class StatusV1(_Wire):
    """The state of a job as V1 tells it; without both fields for one that was never triggered."""

    execution_id: Text = Field(default="", alias="id")
    word: Text = Field(default="", alias="jobStatus")


class StatusV2(_Wire):
    """The state of a job as V2 tells it."""

    execution_id: Text = Field(default="", alias="job-execution-id")
    word: Text = Field(default="", alias="job-status")
    start: Text = Field(default="", alias="start-time")
    stop: Text = Field(default="", alias="stop-time")
    estimate: Line = Field(default="", alias="estimate-time")
    progress: Number = Field(default=None, alias="job-progress")


class RunRow(_Wire):
    """One run of a history."""

    id: Id
    word: Text = Field(default="", alias="jobStatus")


class ActiveRow(_Wire):
    """One run that is under way. Which job it belongs to is not documented: it counts where it is told."""

    execution_id: Text = Field(default="", alias="id")
    word: Text = Field(default="", alias="jobStatus")
    configuration_id: Text = Field(
        default="",
        validation_alias=AliasChoices(
            "configuration-id", "job-configuration-id", "configurationId", "jobConfigurationId"
        ),
    )


class Details(_Wire):
    """What is told of one run. The counts are of records."""

    word: Text = Field(default="", alias="jobStatus")
    start: Text = Field(default="", alias="startTime")
    stop: Text = Field(default="", alias="stopTime")
    succeeded: Count = Field(default=None, alias="successCount")
    failed: Count = Field(default=None, alias="failureCount")
    counters: Counts = Field(default_factory=dict)


class Started(_Wire):
    """The answer to a trigger."""

    execution_id: Text = Field(default="", alias="job-execution-id")
    user: Line = Field(default="", alias="job-execution-user")
    trigger: Line = Field(default="", alias="job-execution-trigger")


def rows_of(model: type[M], values: Sequence[Any]) -> list[M]:
    """The records of one sort among the values; what is none is left out."""
    rows: list[M] = []
    for value in values:
        try:
            rows.append(model.model_validate(value))
        except ValidationError:
            continue
    return rows
