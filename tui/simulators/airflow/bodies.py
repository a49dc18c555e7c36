"""The bodies of requests: what they may hold, and what is told of one that holds something else."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from tui.simulators.airflow.refusal import Refused
from tui.simulators.airflow.vocabulary import RunState, TaskState

Body = TypeVar("Body", bound=BaseModel)

_LONGEST_NOTE = 1000


class _Strict(BaseModel):
    """Whatever is not named is refused."""

    model_config = ConfigDict(extra="forbid")


class LoginBody(_Strict):
    """Asks for a token."""

    username: str
    password: str


class DagBody(_Strict):
    """Puts a DAG on hold, or lets it go on."""

    is_paused: bool


class TriggerBody(_Strict):
    """Asks for a run."""

    dag_run_id: str | None = None
    data_interval_start: AwareDatetime | None = None
    data_interval_end: AwareDatetime | None = None
    logical_date: AwareDatetime | None
    run_after: datetime | None = None
    conf: dict[str, object] | None = Field(default_factory=dict)
    note: str | None = None
    partition_key: str | None = None


class RunBody(_Strict):
    """Changes a run."""

    state: Literal["queued", "success", "failed"] | None = None
    note: str | None = Field(None, max_length=_LONGEST_NOTE)


class ClearBody(_Strict):
    """Lets a run, or what failed of it, run again; does nothing unless it is told to."""

    dry_run: bool = True
    only_failed: bool = False
    only_new: bool = False
    run_on_latest_version: bool | None = None
    note: str | None = Field(None, max_length=_LONGEST_NOTE)


class _Spans(_Strict):
    run_after_gte: AwareDatetime | None = None
    run_after_gt: AwareDatetime | None = None
    run_after_lte: AwareDatetime | None = None
    run_after_lt: AwareDatetime | None = None
    logical_date_gte: AwareDatetime | None = None
    logical_date_gt: AwareDatetime | None = None
    logical_date_lte: AwareDatetime | None = None
    logical_date_lt: AwareDatetime | None = None
    start_date_gte: AwareDatetime | None = None
    start_date_gt: AwareDatetime | None = None
    start_date_lte: AwareDatetime | None = None
    start_date_lt: AwareDatetime | None = None
    end_date_gte: AwareDatetime | None = None
    end_date_gt: AwareDatetime | None = None
    end_date_lte: AwareDatetime | None = None
    end_date_lt: AwareDatetime | None = None
    duration_gte: float | None = None
    duration_gt: float | None = None
    duration_lte: float | None = None
    duration_lt: float | None = None
    order_by: str | None = None
    page_offset: NonNegativeInt = 0
    page_limit: NonNegativeInt = 100


class RunsBody(_Spans):
    """Asks for runs of any DAGs."""

    dag_ids: list[str] | None = None
    states: list[RunState | None] | None = None
    conf_contains: str | None = None


class TasksBody(_Spans):
    """Asks for tasks of any runs."""

    dag_ids: list[str] | None = None
    dag_run_ids: list[str] | None = None
    task_ids: list[str] | None = None
    state: list[TaskState | None] | None = None
    pool: list[str] | None = None
    queue: list[str] | None = None
    executor: list[str] | None = None


def read_body(model: type[Body], content: bytes) -> Body:
    """A body, read.

    Args:
        model: What it may hold.
        content: Its bytes.

    Raises:
        Refused: It holds something else.
    """
    try:
        value = json.loads(content) if content else None
    except ValueError:
        fault = {"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": {}}
        raise Refused(422, [fault]) from None
    if not content:
        raise Refused(422, [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}])
    try:
        return model.model_validate(value)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False)
        raise Refused(422, [{**fault, "loc": ["body", *fault["loc"]]} for fault in told]) from None


def read_query_number(name: str, text: str) -> int:
    """A number of a query that is not negative.

    Args:
        name: Its name.
        text: What was given.

    Raises:
        Refused: It is none.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    message = "Input should be a valid integer, unable to parse string as an integer"
    raise Refused(422, [{"type": "int_parsing", "loc": ["query", name], "msg": message, "input": text}])
