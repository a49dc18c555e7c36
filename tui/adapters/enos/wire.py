"""What EnOS sends. Ids are numbers or text, every field but an id may be missing, JSON is inside strings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tui.core.bounds import MAX_TASKS
from tui.transport.fields import line, short, some
from tui.transport.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

M = TypeVar("M", bound=BaseModel)

_LONGEST_NESTED = 2 * MIB
"""Characters of JSON in a string that are read, all at once; a graph of a thousand tasks has a tenth."""

_TRUE = frozenset({"true", "1", "yes"})


def text_of(value: Any) -> str:
    """A scalar as text; nothing at all for null and for what is no scalar."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def _text(value: Any) -> str:
    return short(text_of(value))


def _line(value: Any) -> str:
    return line(text_of(value))


def whole(value: Any) -> int | None:
    """A whole number that may come as text; None for anything else."""
    text = text_of(value)
    return int(text) if text.lstrip("-").isdecimal() and len(text) <= 18 and text.count("-") <= 1 else None


def _flag(value: Any) -> bool | None:
    return None if value is None else text_of(value).lower() in _TRUE


def decoded(value: Any) -> Any:
    """What JSON inside a string says; the string itself when it is no JSON, as older versions send it."""
    if not isinstance(value, str) or len(value) > _LONGEST_NESTED:
        return value
    try:
        return json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return value


def record_in(data: Any) -> Any:
    """The one record of an answer, whether it comes by itself or as a list of one."""
    return data[0] if isinstance(data, list) and len(data) == 1 else data


Text = Annotated[str, BeforeValidator(_text)]
Line = Annotated[str, BeforeValidator(_line)]
Number = Annotated[int | None, BeforeValidator(whole)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Id = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Nested = Annotated[Any, BeforeValidator(decoded)]


def _either(*names: str) -> Any:
    """A field that has several spellings."""
    return Field(default="", validation_alias=AliasChoices(*names))


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class FlowRow(_Wire):
    """One flow of a list."""

    id: Id = Field(alias="flowId")
    name: Line = Field(default="", alias="flowName")
    cycle: Text = ""


class FlowDetail(_Wire):
    """One flow as Get Flow tells of it."""

    id: Text = Field(default="", alias="flowId")
    name: Line = Field(default="", alias="flowName")
    active: Number = None
    type: Number = None
    cycle: Text = ""
    parameters: Nested = None
    is_locked: Flag = Field(default=None, alias="locked")
    is_user_locked: Flag = Field(default=None, alias="isUserLocked")
    can_read: Flag = Field(default=None, alias="hasReadPri")


class InstanceRow(_Wire):
    """One flow instance, of a list or by itself."""

    id: Id = Field(validation_alias=AliasChoices("instanceId", "flowInstId", "instId"))
    flow_id: Id = Field(alias="flowId")
    status: Text = ""
    text: Text = _either("statusDesc", "stsDesc")
    trigger: Text = Field(default="", alias="triggerTime")
    start: Text = Field(default="", alias="startTime")
    end: Text = Field(default="", alias="endTime")
    parameters: Nested = None
    graph: Any = None
    is_cancelled: Flag = Field(default=None, alias="isCancelled")
    is_timeout: Flag = Field(default=None, alias="isTimeout")
    can_read: Flag = Field(default=None, alias="hasReadPri")


class GraphTask(_Wire):
    """One node in the graph of a flow instance. A list and Get Flow Instance spell its names differently."""

    name: Line = _either("taskName", "task_name", "name")
    task_id: Text = _either("taskId", "task_id")
    instance_id: Text = _either("taskInstId", "task_inst_id", "instanceId", "instance_id")
    status: Text = ""
    text: Text = _either("statusDesc", "stsDesc", "status_desc")

    @property
    def id(self) -> str:
        """What tells it from the other nodes."""
        return self.instance_id or self.task_id or self.name


class TaskRow(_Wire):
    """One task instance."""

    id: Id = Field(alias="instanceId")
    name: Line = Field(default="", alias="taskName")
    status: Text = ""
    text: Text = _either("stsDesc", "statusDesc")
    run_number: Number = Field(default=None, alias="runNum")
    trigger: Text = Field(default="", alias="triggerTime")
    start: Text = Field(default="", alias="startTime")
    end: Text = Field(default="", alias="endTime")
    is_timeout: Flag = Field(default=None, alias="isTimeout")


def row_of(model: type[M], value: Any) -> M | None:
    """A record as it was sent; None when it is none, for it has no id."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def rows_in(data: Any, *keys: str) -> Sequence[Any]:
    """The rows of a list that comes by itself or inside an object; none where there is no list."""
    if isinstance(data, dict):
        data = next((found for key in keys if (found := decoded(data.get(key))) is not None), None)
    return some(data) if isinstance(data, list) else ()


def graph_tasks(graph: Any) -> list[GraphTask] | None:
    """The nodes of a graph in its own order; None when it can't be read."""
    graph = decoded(graph)
    if not isinstance(graph, dict):
        return None
    tasks = decoded(graph.get("tasks"))
    if not isinstance(tasks, list):
        return None
    found: dict[str, GraphTask] = {}
    for value in tasks[: MAX_TASKS + 1]:
        task = row_of(GraphTask, decoded(value))
        if task is not None and task.id:
            found.setdefault(task.id, task)
    return list(found.values())


def parameters_in(value: Any) -> dict[str, str] | None:
    """Parameters by name, from a list of `{key, value}` or an object; None when they can't be read."""
    value = decoded(value)
    if value is None or value == "":
        return {}
    if isinstance(value, dict):
        return {str(key): _parameter_text(told) for key, told in value.items() if str(key)}
    if not isinstance(value, list) or not all(isinstance(pair, dict) for pair in value):
        return None
    pairs = [(text_of(pair.get("key")), pair.get("value")) for pair in value]
    return {key: _parameter_text(told) for key, told in pairs if key}


def parameter_list(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    """Parameters as the service takes them."""
    return [{"key": key, "value": value} for key, value in parameters.items()]


def _parameter_text(value: Any) -> str:
    """A value as it is: blanks around it may matter."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else text_of(value)
