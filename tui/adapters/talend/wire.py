"""What a TAC sends. Every value of a task is text or null, also numbers and booleans; any may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tui.transport.fields import line, short

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING = frozenset({"", "null"})


def _text(value: Any) -> str:
    """A scalar as text on one line; nothing at all for null and for what is no scalar."""
    if isinstance(value, str):
        return "" if value in _NOTHING else short(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def _number(value: Any) -> int | None:
    try:
        return int(_text(value))
    except ValueError:
        return None


def _line(value: Any) -> str:
    return line(value) if isinstance(value, str) and value not in _NOTHING else _text(value)


Text = Annotated[str, BeforeValidator(_text)]
Line = Annotated[str, BeforeValidator(_line)]
Number = Annotated[int | None, BeforeValidator(_number)]


class TaskRow(BaseModel):
    """One task of the Job Conductor."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
    label: Text = ""
    status: Text = ""
    error_status: Text = Field(default="", alias="errorStatus")
    triggers_status: Text = Field(default="", alias="triggersStatus")
    active: Text = ""
    concurrent: Text = Field(default="", alias="concurrentExecution")
    application_type: Text = Field(default="", alias="applicationType")
    project: Text = Field(default="", alias="projectName")
    context: Text = Field(default="", alias="contextName")
    job_server: Text = Field(default="", alias="jobServerLabelHost")
    virtual_server: Text = Field(default="", alias="virtualServerLabel")
    next_fire: Text = Field(default="", alias="nextFireDate")
    last_run: Text = Field(default="", alias="lastRunDate")
    last_ended: Text = Field(default="", alias="lastEndedRunDate")
    trace_error: Line = Field(default="", alias="lastTaskTraceError")

    @property
    def is_parallel(self) -> bool:
        """Whether several runs of the task may go on at once."""
        return self.concurrent.lower() == "true"


class ExecutionAnswer(BaseModel):
    """How one execution stands: the answer of getTaskExecutionStatus, and of a synchronous runTask."""

    model_config = ConfigDict(frozen=True)

    basic: Text = Field(default="", alias="execBasicStatus")
    detailed: Text = Field(default="", alias="execDetailedStatus")
    label: Line = Field(default="", alias="execDetailedStatusLabel")
    exit_code: Number = Field(default=None, alias="jobExitCode")
    request_id: Text = Field(default="", alias="execRequestId")


_MEMBERS = tuple(field.alias or name for name, field in TaskRow.model_fields.items())


def task_row(value: Any) -> TaskRow | None:
    """A task as it was sent; None when it is none, for it has no id."""
    try:
        return TaskRow.model_validate(value)
    except ValidationError:
        return None


def marks_of(value: Mapping[str, Any]) -> tuple[Any, ...]:
    """Everything of a task that is looked at, to tell cheaply whether it is as it was."""
    return tuple(map(value.get, _MEMBERS))


def execution_of(answer: Mapping[str, Any]) -> ExecutionAnswer:
    """What an answer tells of an execution; empty where it tells nothing."""
    return ExecutionAnswer.model_validate(answer)
