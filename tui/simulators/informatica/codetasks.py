"""Code tasks: start, status in both shapes that the vendor's page has, session log, perhaps a cancel."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import httpx

from tui.simulators.informatica.call import Call, Operation, operation
from tui.simulators.informatica.codetask import FAILED, QUEUED, RUNNING, SUCCEEDED, CodeJob, CodeTask
from tui.simulators.informatica.refusal import Refused
from tui.simulators.informatica.sessionlog import Session
from tui.simulators.informatica.times import with_offset, zoneless
from tui.simulators.informatica.vocabulary import ENDED_WELL, Family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.simulators.informatica.org import Org

_WORDS = {QUEUED: "STARTING", RUNNING: "RUNNING", SUCCEEDED: "SUCCESS", FAILED: "FAILED"}
_NAME = "spark-driver.log"


async def _start(call: Call) -> httpx.Response:
    given = call.body().get("codeTaskId")
    is_number = isinstance(given, int | str) and not isinstance(given, bool) and str(given).isdigit()
    if not is_number:
        raise Refused(400, "CT_400", f"The codeTaskId {given} is no number.")
    task = call.org.catalogue.code_tasks.get(str(given))
    if task is None:
        raise Refused(404, "CT_404", f"There is no code task {given}.")
    job = call.org.start_code_task(task, call.user)
    details = {
        "agentGroupId": task.spec.environment,
        "clusterConfigId": "Default",
        "logLevel": "normal",
        "startRunTime": with_offset(job.begins_at),
        "submitTime": with_offset(job.submitted_at),
    }
    answer = {
        "summary": "Code Task started successfully",
        "jobId": job.id,
        "codeTaskInstanceName": job.instance,
        "sparkCodeTaskResponseBody": details,
    }
    return httpx.Response(200, json=answer)


async def _status(call: Call) -> httpx.Response:
    _, job = _job(call)
    row = _table_row(call.org, job) if call.org.behaviour.has_table_shape else _sample_row(call.org, job)
    return httpx.Response(200, json=row)


async def _log(call: Call) -> httpx.Response:
    _, job = _job(call)
    now = call.org.now()
    session = Session(
        job.spec.name, _NAME, job.begins_at, max(job.begins_at, min(job.ended_at, now)), job.outcome, ()
    )
    text = session.text() if now >= job.ended_at else ""
    if not call.org.behaviour.zips_code_logs:
        return httpx.Response(200, text=text)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(_NAME, session.ended_at.timetuple()[:6]), text)
    return httpx.Response(200, content=packed.getvalue(), headers={"content-type": "application/zip"})


async def _cancel(call: Call) -> httpx.Response:
    task, job = _job(call)
    if call.org.now() >= job.ended_at:
        raise Refused(400, "CT_400", f"The job {job.id} has ended.")
    task.cancel(job, call.org.now(), call.user)
    return httpx.Response(200, json={"summary": "Code Task cancelled successfully", "jobId": job.id})


def _sample_row(org: Org, job: CodeJob) -> dict[str, object]:
    """The fields of the page's two samples."""
    now = org.now()
    is_over, state = now >= job.ended_at, job.state(now)
    return {
        "status": _WORDS.get(state, state),
        "startTime": zoneless(job.begins_at),
        "updateTime": zoneless(min(now, job.ended_at)),
        "endTime": zoneless(job.ended_at) if is_over else None,
        "instanceName": job.instance,
        "assetName": job.spec.name,
        "runId": job.run_id,
        "orgId": org.uuid,
        "startedBy": job.started_by,
        "runtimeEnvId": job.spec.environment,
        "codeTaskId": int(job.spec.id),
        "errorMessage": _error(job, is_over=is_over),
        "sessionLogUrl": _log_url(org, job),
        "agentJobLogUrl": None,
        "advancedLogLocation": None,
        "advancedLogDownloadUrl": None,
    }


def _table_row(org: Org, job: CodeJob) -> dict[str, object]:
    """The fields of the page's table."""
    now = org.now()
    return {
        "codeTaskName": job.spec.name,
        "codeTaskId": int(job.spec.id),
        "agentGroupId": job.spec.environment,
        "executionState": job.state(now),
        "sessionLogUrl": _log_url(org, job),
        "assignedServerlessComputeUnits": 2.0,
        "consumedServerlessComputeUnits": 0.5,
        "firstErrorMessage": _error(job, is_over=now >= job.ended_at),
    }


def _error(job: CodeJob, *, is_over: bool) -> str:
    return job.outcome.message if is_over and job.outcome.state != ENDED_WELL else ""


def _log_url(org: Org, job: CodeJob) -> str:
    slash = "//" if org.behaviour.doubles_slash else "/"
    return f"logservice/api/v1{slash}jobs/{job.id}/logs"


def _job(call: Call) -> tuple[CodeTask, CodeJob]:
    job_id = next(iter(call.parts.values()))
    for task in call.org.catalogue.code_tasks.values():
        if job_id in task.jobs:
            return task, task.jobs[job_id]
    raise Refused(404, "CT_404", f"There is no job {job_id}.")


_CODE_TASK = "/disnext/api/v1/CodeTask"

OPERATIONS = (
    operation("codeTask", Family.CODE_TASKS, "POST", f"{_CODE_TASK}/Start", _start),
    operation("codeTask.status", Family.CODE_TASKS, "GET", _CODE_TASK + "/JobStatus/{id}", _status),
    operation("codeTask.log", Family.CODE_TASKS, "GET", "/logservice/api/v1/jobs/{id}/logs", _log),
)
"""What can be asked about code tasks."""


def cancelling(org: Org) -> Sequence[Operation]:
    """The call that cancels a job, if this org is said to have one: no page tells its path.

    Args:
        org: Which org.
    """
    path, method = org.behaviour.code_task_cancel_path, org.behaviour.code_task_cancel_method
    if not path:
        return ()
    return [operation("codeTask.cancel", Family.CODE_TASKS, method, f"/{path.lstrip('/')}", _cancel)]
