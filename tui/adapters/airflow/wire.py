"""What Airflow sends. Fields that a release does not have are simply missing; ids are texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tui.core.bounds import MAX_TAGS
from tui.transport.fields import line, short

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

M = TypeVar("M", bound=BaseModel)

NOT_MAPPED = -1
"""The map index of a task that runs once."""


def text_of(value: Any) -> str:
    """A scalar as text; nothing at all for null and for what is no scalar."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def parse_moment(value: Any) -> datetime | None:
    """A time in UTC; None when there is none or it can't be read. Airflow tells every time with its zone."""
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def iso(moment: datetime) -> str:
    """A time as Airflow takes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(value: Any) -> str:
    return short(text_of(value))


def _line(value: Any) -> str:
    return line(text_of(value))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _map_index(value: Any) -> int:
    told = _whole(value)
    return NOT_MAPPED if told is None else told


def _count(value: Any) -> int:
    return _whole(value) or 0


def _tags(value: Any) -> tuple[str, ...]:
    told = value[:MAX_TAGS] if isinstance(value, list) else []
    names = (_line(each.get("name") if isinstance(each, dict) else each) for each in told)
    return tuple(name for name in names if name)


def _words(value: Any) -> tuple[str, ...] | None:
    return tuple(map(_text, value[:MAX_TAGS])) if isinstance(value, list) else None


def _conf(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


Text = Annotated[str, BeforeValidator(_text)]
Line = Annotated[str, BeforeValidator(_line)]
Id = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Moment = Annotated[datetime | None, BeforeValidator(parse_moment)]
Count = Annotated[int, BeforeValidator(_count)]
Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class DagRow(_Wire):
    """One DAG, of the list or by itself."""

    dag_id: Id
    dag_display_name: Line = ""
    is_paused: Flag = False
    is_stale: Flag = False
    has_import_errors: Flag = False
    tags: Annotated[tuple[str, ...], BeforeValidator(_tags)] = ()
    relative_fileloc: Text = ""
    next_dagrun_run_after: Moment = None
    allowed_run_types: Annotated[tuple[str, ...] | None, BeforeValidator(_words)] = None


class RunRow(_Wire):
    """One run of a DAG."""

    dag_id: Id
    dag_run_id: Id
    state: Text = ""
    run_type: Text = ""
    triggered_by: Text = ""
    triggering_user_name: Line = ""
    queued_at: Moment = None
    start_date: Moment = None
    end_date: Moment = None
    run_after: Moment = None
    note: Line = ""
    conf: Annotated[dict[str, Any], BeforeValidator(_conf)] = Field(default_factory=dict)


class TaskRow(_Wire):
    """One task of a run, or one of its earlier tries."""

    task_id: Id
    dag_id: Text = ""
    dag_run_id: Text = ""
    map_index: Annotated[int, BeforeValidator(_map_index)] = NOT_MAPPED
    task_display_name: Line = ""
    rendered_map_index: Line = ""
    state: Text = ""
    try_number: Count = 0
    max_tries: Count = 0
    queued_when: Moment = None
    scheduled_when: Moment = None
    start_date: Moment = None
    end_date: Moment = None
    note: Line = ""

    @property
    def id(self) -> str:
        """What tells it from the other tasks of its run."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"

    @property
    def title(self) -> str:
        """What people call it."""
        name = self.task_display_name or self.task_id
        if self.map_index < 0:
            return name
        return f"{name}[{self.rendered_map_index or self.map_index}]"


class EventRow(_Wire):
    """One entry of the audit log."""

    when: Moment = None
    event: Text = ""
    dag_id: Text = ""
    run_id: Text = ""
    owner: Line = ""
    extra: Text = ""


def row_of(model: type[M], value: Any) -> M | None:
    """A record as it was sent; None when it is none, for it has no id."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def reading(model: type[M], values: Sequence[Any]) -> Generator[None, None, list[M]]:
    """The records of a list in short steps; what is none is left out."""
    found: list[M] = []
    for value in values:
        row = row_of(model, value)
        if row is not None:
            found.append(row)
        yield
    return found
