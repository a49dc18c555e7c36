"""Whole values with every text in them harmless: the gate between systems and whatever shows text.

Ids stay as they are, for a job or run is asked for by them: of one that can't be shown as it is, what can't
be seen is written as an escape, so that it never turns into the id of another one.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from tui.core.bounds import MAX_PARAMETERS, MAX_TAGS
from tui.core.keys import RunKey
from tui.engine.secrecy import mask_params, mask_text
from tui.logs.scrub import MAX_TEXT, is_plain, plain_id, plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.core.models import Health, Job, Parameter, Run, Task
    from tui.core.redaction import Redactor

_JOB_TEXTS = (
    "connection",
    "type",
    "name",
    "kind",
    "path",
    "substate",
    "native_state",
    "message",
    "url",
)
_RUN_TEXTS = ("substate", "native_state", "message", "triggered_by")
_TASK_TEXTS = ("name", "native_state", "message")
_PARAMETER_TEXTS = ("type", "default", "description")
_HEALTH_TEXTS = ("code", "message", "hint")
_JOB_HIDES = ("name", "kind", "path", "substate", "native_state", "url")
_RUN_HIDES = ("substate", "native_state", "triggered_by")
_TASK_HIDES = ("name", "native_state")
_BETWEEN = "\0"
"""Keeps texts apart that are searched together."""


def clean_jobs(jobs: Sequence[Job], redactor: Redactor | None) -> Sequence[Job]:
    """The jobs with harmless texts, without secrets; those that are so already are the very same objects.

    Args:
        jobs: Some jobs; many at once are searched much faster than one by one.
        redactor: Knows the secrets; None hides nothing.
    """
    jobs = [clean_job(job) for job in jobs]
    if redactor is None:
        return jobs
    known = redactor.known
    if known and known.spans(_BETWEEN.join(map(_told, jobs))):
        jobs = [_hidden_job(job, redactor) if known.spans(_told(job)) else job for job in jobs]
    messages = [job.message for job in jobs if job.message]
    if messages and redactor.is_suspicious(_BETWEEN.join(messages)):
        jobs = [_with_masked_message(job, redactor) for job in jobs]
    return jobs


def clean_job(job: Job) -> Job:
    """The job with harmless texts; the very same object when they are harmless already."""
    texts = (
        f"{job.connection}{job.type}{job.id}{job.name}{job.kind}{job.path}{job.substate}{job.native_state}"
        f"{job.run_id}{job.message}{job.url}"
    )
    if job.tags:
        texts += "".join(job.tags[: MAX_TAGS + 1])
    if len(texts) <= MAX_TEXT and len(job.tags) <= MAX_TAGS and is_plain(texts):
        return job
    tags = tuple(map(plain_text, job.tags[:MAX_TAGS]))
    return replace(
        job, id=plain_id(job.id), run_id=plain_id(job.run_id), tags=tags, **_cleaned(job, _JOB_TEXTS)
    )


def hidden_run(run: Run, redactor: Redactor) -> Run:
    """The run without secrets."""
    message, params = mask_text(run.message, redactor), mask_params(run.params, redactor)
    return replace(run, message=message, params=params, **_hidden(run, _RUN_HIDES, redactor))


def hidden_task(task: Task, redactor: Redactor) -> Task:
    """The task without secrets."""
    return replace(task, message=mask_text(task.message, redactor), **_hidden(task, _TASK_HIDES, redactor))


def clean_run(run: Run) -> Run:
    """The run with harmless texts."""
    return replace(
        run, key=_clean_key(run.key), params=_clean_params(run.params), **_cleaned(run, _RUN_TEXTS)
    )


def clean_task(task: Task) -> Task:
    """The task with harmless texts."""
    return replace(task, run=_clean_key(task.run), id=plain_id(task.id), **_cleaned(task, _TASK_TEXTS))


def clean_parameter(parameter: Parameter) -> Parameter:
    """The parameter with harmless texts; what may be sent back is told as an id is."""
    choices = tuple(map(plain_id, parameter.choices[:MAX_PARAMETERS]))
    return replace(
        parameter, name=plain_id(parameter.name), choices=choices, **_cleaned(parameter, _PARAMETER_TEXTS)
    )


def clean_health(health: Health) -> Health:
    """The health with harmless texts."""
    return replace(health, **_cleaned(health, _HEALTH_TEXTS))


def _told(job: Job) -> str:
    return _BETWEEN.join(
        (job.name, job.kind, job.path, job.substate, job.native_state, job.message, job.url, *job.tags)
    )


def _hidden_job(job: Job, redactor: Redactor) -> Job:
    tags = tuple(map(redactor.hide, job.tags))
    message = mask_text(job.message, redactor)
    return replace(job, message=message, tags=tags, **_hidden(job, _JOB_HIDES, redactor))


def _with_masked_message(job: Job, redactor: Redactor) -> Job:
    message = mask_text(job.message, redactor)
    return job if message == job.message else replace(job, message=message)


def _hidden(value: object, names: tuple[str, ...], redactor: Redactor) -> dict[str, Any]:
    return {name: redactor.hide(getattr(value, name)) for name in names}


def _cleaned(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: plain_text(getattr(value, name)) for name in names}


def _clean_key(key: RunKey) -> RunKey:
    return RunKey(plain_text(key.connection), plain_id(key.job_id), plain_id(key.run_id), key.attempt)


def _clean_params(params: Mapping[str, str]) -> dict[str, str]:
    some = islice(params.items(), MAX_PARAMETERS)
    return {plain_id(name): plain_text(value) for name, value in some}
