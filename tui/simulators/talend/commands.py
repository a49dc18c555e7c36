"""The commands of the MetaServlet, each with the version that brought it and what it asks of the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.simulators.talend.envelope import Parameters, Refused
from tui.simulators.talend.joblog import log_of
from tui.simulators.talend.vocabulary import (
    READY,
    READY_TO_DEPLOY,
    ReturnCode,
    killed,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from tui.simulators.talend.conductor import Conductor, Plan
    from tui.simulators.talend.task import Task, TaskRun

_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of all tasks, which are written while they are sent."""

    pieces: AsyncIterator[str]


Answer = dict[str, object]
"""The keys of an answer, beside its envelope."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    perform: Callable[[Conductor, Parameters], Awaitable[Answer]]
    since: tuple[int, int]
    summary: str
    needs_login: bool = True


async def _help(conductor: Conductor, parameters: Parameters) -> Answer:
    wanted = parameters.text("commandName") if "commandName" in parameters.values else "all"
    known = available(conductor)
    if wanted != "all" and wanted not in known:
        raise Refused(ReturnCode.INVALID_PARAMETER, f"Unknown command: {wanted}")
    texts = [_usage(name, command) for name, command in known.items() if wanted in {"all", name}]
    return {"result": "\n".join(texts)}


def _usage(name: str, command: Command) -> str:
    login = "yes" if command.needs_login else "no"
    since = ".".join(map(str, command.since))
    return f"Command: {name}\n  {command.summary}\n  Requires authentication: {login}\n  Since: {since}\n"


async def _list_tasks(conductor: Conductor, _: Parameters) -> Answer:
    return {conductor.behaviour.list_key: _listing(conductor)}


async def _tasks_related_to_jobs(conductor: Conductor, _: Parameters) -> Answer:
    return {"root": _listing(conductor)}


def _listing(conductor: Conductor) -> Listing:
    tasks = list(conductor.tasks.values())
    return Listing(conductor.rows.pieces(tasks, conductor.now()))


async def _task_id_by_name(conductor: Conductor, parameters: Parameters) -> Answer:
    is_old = conductor.behaviour.version < (5, 6)
    task_id = conductor.task_id(parameters.text("label" if is_old else "taskName"))
    return {"task ID" if is_old else "taskId": int(task_id)}


async def _name_by_task_id(conductor: Conductor, parameters: Parameters) -> Answer:
    return {"taskName": conductor.task(parameters.task_id()).spec.label}


async def _task_status(conductor: Conductor, parameters: Parameters) -> Answer:
    return _status(conductor, conductor.task(parameters.task_id()))


def _status(conductor: Conductor, task: Task) -> Answer:
    look = task.look(conductor.now())
    keeps = conductor.behaviour.keeps_error_while_running
    return {"status": look.status, "errorStatus": look.error_status(keeps_while_running=keeps)}


async def _run_task(conductor: Conductor, parameters: Parameters) -> Answer:
    task = conductor.task(parameters.task_id())
    mode = parameters.values.get("mode")
    if mode not in ("synchronous", "asynchronous"):
        raise Refused(ReturnCode.NO_SUCH_MODE, f"Mode must be synchronous or asynchronous, not {mode}")
    run = conductor.start(task, parameters.context())
    if run is None:
        return {}
    if mode == "asynchronous":
        return {"execRequestId": run.request_id}
    run = await _wait(conductor, run)
    return {"execRequestId": run.request_id, **_status(conductor, task), **_execution(conductor, run)}


async def _wait(conductor: Conductor, run: TaskRun) -> TaskRun:
    restarts = conductor.restarts
    while (left := (run.ended_at - conductor.now()).total_seconds()) > 0:
        await conductor.clock.sleep(min(left, _LOOK_S))
        if conductor.restarts != restarts:
            raise Refused(ReturnCode.INTERRUPTED, "Thread interrupted while running the task")
        run = conductor.execution(run.request_id)
    return run


async def _execution_status(conductor: Conductor, parameters: Parameters) -> Answer:
    return _execution(conductor, conductor.execution(parameters.text("execRequestId")))


def _execution(conductor: Conductor, run: TaskRun) -> Answer:
    if run.is_active(conductor.now()):
        word, _ = run.status(conductor.now())
        label = word.replace("_", " ").capitalize() + "..."
        return {"execBasicStatus": "RUNNING", "execDetailedStatus": word, "execDetailedStatusLabel": label}
    outcome = run.outcome
    answer: Answer = {
        "execBasicStatus": outcome.basic,
        "execDetailedStatus": outcome.detailed,
        "execDetailedStatusLabel": outcome.label,
    }
    if conductor.behaviour.tells_exit_codes:
        answer["jobExitCode"] = outcome.exit_code
    return answer


async def _stop_task(conductor: Conductor, parameters: Parameters) -> Answer:
    task, behaviour = conductor.task(parameters.task_id()), conductor.behaviour
    if not task.stop(conductor.now(), killed(behaviour.killed_word)) and behaviour.idle_stop_code:
        raise Refused(behaviour.idle_stop_code, f"Task {task.spec.label} is not running")
    return {}


async def _task_log(conductor: Conductor, parameters: Parameters) -> Answer:
    task = conductor.task(parameters.task_id())
    version, now = conductor.behaviour.version, conductor.now()
    if task.spec.id in conductor.unreadable_logs:
        raise Refused(ReturnCode.LOG_UNREADABLE, f"Cannot read the logs of task {task.spec.label}")
    runs = [run for run in task.runs(now) if run.has_begun and run.started_at <= now]
    if version >= (5, 6) and parameters.flag("lastExecution"):
        runs = runs[:1]
    elif version >= (8, 0):
        runs = _within(conductor, parameters, runs)
    text = "".join(
        log_of(task.spec, run, now, conductor.behaviour, conductor.local) for run in reversed(runs)
    )
    return {"result" if version > (5, 1) else "Task Log's contents: ": text}


def _within(conductor: Conductor, parameters: Parameters, runs: list[TaskRun]) -> list[TaskRun]:
    given = {name for name in ("startTime", "endTime") if name in parameters.values}
    start = conductor.moment(parameters.text("startTime")) if "startTime" in given else None
    end = conductor.moment(parameters.text("endTime")) if "endTime" in given else None
    if start and end and start > end:
        raise Refused(ReturnCode.ILLEGAL_RANGE, "startTime is after endTime")
    return [
        run
        for run in runs
        if (start is None or run.started_at >= start) and (end is None or run.started_at <= end)
    ]


async def _pause(conductor: Conductor, parameters: Parameters) -> Answer:
    conductor.task(parameters.task_id()).pause(conductor.now())
    return {}


async def _resume(conductor: Conductor, parameters: Parameters) -> Answer:
    conductor.task(parameters.task_id()).resume(conductor.now())
    return {}


async def _generate(conductor: Conductor, parameters: Parameters) -> Answer:
    task = conductor.task(parameters.task_id())
    if task.look(conductor.now()).active is not None:
        raise Refused(ReturnCode.UNKNOWN_ERROR, f"Task {task.spec.label} is still processing")
    task.prepare(conductor.now(), "GENERATING", READY_TO_DEPLOY)
    return {}


async def _deploy(conductor: Conductor, parameters: Parameters) -> Answer:
    task = conductor.task(parameters.task_id())
    status = task.look(conductor.now()).status
    if status not in {READY, READY_TO_DEPLOY}:
        raise Refused(ReturnCode.DEPLOY_FAILED, f"Cannot deploy task {task.spec.label}: {status}")
    task.prepare(conductor.now(), "DEPLOYING", READY)
    return {}


async def _delete(conductor: Conductor, parameters: Parameters) -> Answer:
    task_id = parameters.task_id()
    if task_id not in conductor.tasks:
        raise Refused(ReturnCode.INVALID_PARAMETER, "No task with this taskId")
    if conductor.tasks[task_id].look(conductor.now()).active is not None:
        raise Refused(ReturnCode.TASK_IS_PROCESSING, "The task is processing")
    del conductor.tasks[task_id]
    return {}


async def _plans(conductor: Conductor, _: Parameters) -> Answer:
    return {"result": {"executionPlans": [_plan(plan) for plan in conductor.plans]}}


def _plan(plan: Plan) -> Answer:
    part: Answer | None = None
    for task_id in reversed(plan.task_ids):
        part = {"planPartTaskId": task_id, "childParts": [part] if part else []}
    return {
        "planId": plan.id,
        "label": plan.label,
        "status": READY,
        "execPlanTimeout": None,
        "quartzJob": None,
        "planParts": part,
    }


async def _servers(conductor: Conductor, _: Parameters) -> Answer:
    labels = sorted({task.spec.server for task in conductor.tasks.values()})
    return {"result": [{"id": str(number), "label": label} for number, label in enumerate(labels, 1)]}


async def _esb_tasks(conductor: Conductor, _: Parameters) -> Answer:
    if not conductor.behaviour.has_esb_licence:
        raise Refused(ReturnCode.LICENCE, "The licence does not include ESB")
    return {"result": []}


COMMANDS: Mapping[str, Command] = {
    "help": Command(_help, (5, 2), "shows this text", needs_login=False),
    "listTasks": Command(_list_tasks, (5, 2), "lists the tasks"),
    "getTasksRelatedToJobs": Command(_tasks_related_to_jobs, (5, 0), "lists the tasks that run jobs"),
    "getTaskIdByName": Command(_task_id_by_name, (5, 1), "finds a task by its name"),
    "getNameByTaskId": Command(_name_by_task_id, (5, 1), "tells a task's name"),
    "getTaskStatus": Command(_task_status, (4, 2), "tells a task's status"),
    "runTask": Command(_run_task, (4, 2), "runs a task"),
    "getTaskExecutionStatus": Command(_execution_status, (5, 6), "tells how an execution is going"),
    "stopTask": Command(_stop_task, (5, 1), "stops a task"),
    "taskLog": Command(_task_log, (5, 1), "shows what a task has printed"),
    "pauseTask": Command(_pause, (5, 1), "pauses the triggers of a task"),
    "requestPauseTriggers": Command(_pause, (5, 0), "pauses the triggers of a task"),
    "requestResumeTriggers": Command(_resume, (5, 0), "resumes the triggers of a task"),
    "requestGenerate": Command(_generate, (5, 0), "generates the script of a task"),
    "requestDeploy": Command(_deploy, (5, 0), "deploys the script of a task"),
    "deleteTask": Command(_delete, (5, 1), "deletes a task"),
    "listExecutionPlans": Command(_plans, (5, 4), "lists the execution plans"),
    "listServer": Command(_servers, (6, 0), "lists the job servers"),
    "listESBTasks": Command(_esb_tasks, (5, 4), "lists the ESB tasks"),
    "listEsbTasks": Command(_esb_tasks, (5, 4), "lists the ESB tasks"),
}
"""Every command that some version has."""


def available(conductor: Conductor) -> Mapping[str, Command]:
    """The commands that this installation has."""
    behaviour = conductor.behaviour
    return {
        name: command
        for name, command in COMMANDS.items()
        if command.since <= behaviour.version and name not in behaviour.lacking
    }
