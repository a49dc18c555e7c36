"""What the API sends. Ids are numbers or text, every field but an id may be missing, more may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tui.core.bounds import MAX_TAGS
from tui.transport.fields import line, short

if TYPE_CHECKING:
    from collections.abc import Sequence


def _text(value: Any) -> str:
    """A scalar as text; nothing at all for null and for what is no scalar."""
    return short(_token(value))


def _token(value: Any) -> str:
    """The same, however long."""
    if isinstance(value, str):
        return value.strip()
    return "" if isinstance(value, bool) or not isinstance(value, int | float) else str(value)


def _line(value: Any) -> str:
    return line(_token(value))


def _records(value: Any) -> list[Any]:
    return [item for item in value[:MAX_TAGS] if isinstance(item, dict)] if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]
Token = Annotated[str, BeforeValidator(_token)]
Line = Annotated[str, BeforeValidator(_line)]
Id = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class RunConfiguration(_Wire):
    """One of the configurations with which an ETL can run."""

    name: Line = ""
    active: Any = None


class EtlRow(_Wire):
    """One ETL of the list, which tells neither states nor schedules."""

    etl_id: Id
    name: Line = ""
    run_configurations: Annotated[list[RunConfiguration], BeforeValidator(_records)] = []


class StatusAnswer(_Wire):
    """How an ETL stands. Its `task_id` is not always the id that was asked for, and is not looked at."""

    status: Text = ""
    exit_code: Text = ""
    last_exec_ts: Text = ""


class RequestAnswer(_Wire):
    """The answer to run, schedule and stop."""

    task_execution_request_id: Text = ""
    request_status: Text = ""


class LoginAnswer(_Wire):
    """The answer to a login or a refresh; a refresh need not bring another refresh token."""

    json_web_token: Token = ""
    token: Token = ""


def rows_of(values: Sequence[Any]) -> list[EtlRow]:
    """The ETLs among some values; what is none is left out."""
    rows: list[EtlRow] = []
    for value in values:
        try:
            rows.append(EtlRow.model_validate(value))
        except ValidationError:
            continue
    return rows
