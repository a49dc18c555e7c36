"""What the config says of an Informatica connection."""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from tui.core.settings import ConnectionSettings, SecretRef

JOB_ID = "{job_id}"
"""Stands for the id of the job in `code_task_cancel_path`."""

_CANCEL = re.compile(r"(?:(POST|PUT|DELETE|PATCH)\s+)?(/?[^\s{}:?#]*\{job_id\}[^\s{}:?#]*)", re.ASCII)
_USUAL_METHOD = "POST"


class CancelCall(NamedTuple):
    """How a code task's job is cancelled."""

    method: str
    """The HTTP method."""
    path: str
    """Below the root of the pod; `{job_id}` stands for the job."""


class InformaticaSettings(ConnectionSettings):
    """The table of a connection to an Informatica organisation."""

    login_url: str
    """Address at which the region logs in, such as `https://dm-us.informaticacloud.com`."""
    username: str
    """Name of an Informatica user who may see and run the assets."""
    password: SecretRef
    """The user's password. It goes into the login alone."""
    login: Literal["v3", "v2"] = "v3"
    """Which login to use: that of version 3 of the platform's API, or that of version 2."""
    security_domain: str = ""
    """Security domain of the user, where the organisation has several. Only the login `v2` takes one."""
    pod_url: str | None = None
    """Address of the pod without `/saas`, for taskflows and code tasks; by default as the login tells it."""
    taskflows: tuple[str, ...] = ()
    """API names of taskflows: of those that can't be listed, or whose API name differs from their name."""
    code_tasks: tuple[int | str, ...] = ()
    """Ids of code tasks to watch: no list of them is documented."""
    code_task_cancel_path: str | None = None
    """Path below the pod that cancels a job of a code task, with `{job_id}` in it; a method may stand before
    it, by default POST. The vendor's pages tell no path, so without this code tasks can't be stopped."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 90.0
    """Seconds to wait for one answer. The activity log and session logs may take ten and more."""

    @property
    def code_task_ids(self) -> tuple[str, ...]:
        """The ids of code tasks as text, each once."""
        return tuple(dict.fromkeys(str(each).strip() for each in self.code_tasks))

    @property
    def cancel_call(self) -> CancelCall | None:
        """How code tasks are cancelled; None when nothing is configured."""
        found = _CANCEL.fullmatch(self.code_task_cancel_path.strip()) if self.code_task_cancel_path else None
        return CancelCall(found[1] or _USUAL_METHOD, found[2].lstrip("/")) if found else None

    @field_validator("code_task_cancel_path")
    @classmethod
    def _names_the_job(cls, value: str | None) -> str | None:
        if value is not None and not _CANCEL.fullmatch(value.strip()):
            raise ValueError(f"write it like POST path/below/the/pod/{JOB_ID}")
        return value

    @field_validator("code_tasks", "taskflows")
    @classmethod
    def _not_empty(cls, value: tuple[int | str, ...]) -> tuple[int | str, ...]:
        if any(not str(each).strip() for each in value):
            raise ValueError("one of them is empty")
        return value

    @model_validator(mode="after")
    def _domain_needs_v2(self) -> InformaticaSettings:
        if self.security_domain and self.login != "v2":
            raise ValueError('only the login of version 2 takes a security_domain: add login = "v2"')
        return self
