"""Whole values with every text in them scrubbed: the gate between systems and whatever shows text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.core.keys import RunKey
from tui.logs.scrub import MAX_TEXT, is_plain, plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.models import Health, Job, Parameter, Run, Task

_JOB_TEXTS = (
    "connection",
    "type",
    "id",
    "name",
    "kind",
    "path",
    "substate",
    "native_state",
    "run_id",
    "message",
    "url",
)
_RUN_TEXTS = ("substate", "native_state", "message", "triggered_by")
_TASK_TEXTS = ("id", "name", "native_state", "message")
_PARAMETER_TEXTS = ("name", "type", "default", "description")
_HEALTH_TEXTS = ("code", "message", "hint")


def clean_job(job: Job) -> Job:
    """The job with harmless texts; the very same object when they are harmless already."""
    texts = (
        f"{job.connection}{job.type}{job.id}{job.name}{job.kind}{job.path}{job.substate}{job.native_state}"
        f"{job.run_id}{job.message}{job.url}"
    )
    if job.tags:
        texts += "".join(job.tags)
    if len(texts) <= MAX_TEXT and (texts.isprintable() or is_plain(texts)):
        return job
    tags = tuple(map(plain_text, job.tags))
    return replace(job, tags=tags, **_cleaned(job, _JOB_TEXTS))


def clean_run(run: Run) -> Run:
    """The run with harmless texts."""
    return replace(
        run, key=_clean_key(run.key), params=_clean_params(run.params), **_cleaned(run, _RUN_TEXTS)
    )


def clean_task(task: Task) -> Task:
    """The task with harmless texts."""
    return replace(task, run=_clean_key(task.run), **_cleaned(task, _TASK_TEXTS))


def clean_parameter(parameter: Parameter) -> Parameter:
    """The parameter with harmless texts."""
    choices = tuple(map(plain_text, parameter.choices))
    return replace(parameter, choices=choices, **_cleaned(parameter, _PARAMETER_TEXTS))


def clean_health(health: Health) -> Health:
    """The health with harmless texts."""
    return replace(health, **_cleaned(health, _HEALTH_TEXTS))


def _cleaned(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: plain_text(getattr(value, name)) for name in names}


def _clean_key(key: RunKey) -> RunKey:
    return RunKey(plain_text(key.connection), plain_text(key.job_id), plain_text(key.run_id), key.attempt)


def _clean_params(params: Mapping[str, str]) -> dict[str, str]:
    return {plain_text(name): plain_text(value) for name, value in params.items()}
