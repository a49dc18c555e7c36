"""A run as the activity monitor and the activity log tell of it: with other names for the same things."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.simulators.informatica.naming import LOG_ENTRY, MONITOR_ENTRY, entry_id
from tui.simulators.informatica.sessionlog import sessions_of
from tui.simulators.informatica.times import eastern, utc
from tui.simulators.informatica.vocabulary import COMPLETED, ENDED_BADLY, FAILED, RUNNING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tui.simulators.informatica.run import TaskRun
    from tui.simulators.informatica.sessionlog import Session
    from tui.simulators.informatica.specs import TaskSpec
    from tui.simulators.informatica.task import Task
    from tui.simulators.informatica.vocabulary import Behaviour, Outcome

AGENT = "00AB12080000000000A1"
"""The id of the Secure Agent."""

ENVIRONMENT = "00AB12250000000000A2"
"""The id of the runtime environment."""

_FIRST_ITEM, _ITEMS, _ITEMS_A_RUN, _GRANDCHILD = 3_100_000_000, 8_000_000, 100, 50
_CODE = re.compile(r"[A-Z]+_(\d+) ")
_PERIODS = {"day": 86_400, "hour": 3600, "minute": 60}


def state(run: TaskRun, now: datetime) -> str:
    """A run's `executionState`.

    Args:
        run: Which one.
        now: At which moment.
    """
    if now < run.ended_at:
        return run.state(now)
    return FAILED if run.outcome.state == ENDED_BADLY else COMPLETED


def schedule_name(period_s: float) -> str:
    """The name of the schedule with that period.

    Args:
        period_s: Seconds between two starts.
    """
    unit = next(unit for unit, seconds in _PERIODS.items() if period_s % seconds == 0 or unit == "minute")
    count = int(period_s // _PERIODS[unit])
    return f"every_{count}_{unit}s" if count > 1 else f"every_{unit}"


def item_ids(task: Task, run: TaskRun) -> list[tuple[str, str]]:
    """The ids of a run's items: for each session its own and that of the row within it.

    Args:
        task: The task.
        run: Its run.
    """
    first = _FIRST_ITEM + (task.index * 977 + run.run_id) % _ITEMS * _ITEMS_A_RUN
    count = len(sessions_of(task.spec, run))
    return [(str(first + place), str(first + _GRANDCHILD + place)) for place in range(1, count + 1)]


def begun_steps(spec: TaskSpec, run: TaskRun, now: datetime) -> int:
    """How many steps of a linear taskflow have begun.

    Args:
        spec: The taskflow.
        run: Its run.
        now: Until when.
    """
    if not spec.steps or now < run.began_at:
        return 0
    return sum(session.began_at <= now for session in sessions_of(spec, run))


def timed(times: Mapping[str, datetime], behaviour: Behaviour, twin: str = "Utc") -> dict[str, object]:
    """Times as v2 writes them, with their twins if there are any.

    Args:
        times: The moments by name.
        behaviour: What the org does.
        twin: What is added to the name of a twin.
    """
    row: dict[str, object] = {name: eastern(moment) for name, moment in times.items()}
    if behaviour.has_utc_times:
        row |= {f"{name}{twin}": utc(moment) for name, moment in times.items()}
    return row


def monitored(task: Task, run: TaskRun, now: datetime, begun: int, behaviour: Behaviour) -> dict[str, object]:
    """A run in the monitor.

    Args:
        task: The task.
        run: Its run.
        now: At which moment.
        begun: How many steps of it are told of.
        behaviour: What the org does.
    """
    row = {
        "@type": "activityMonitoryEntry",
        "id": entry_id(MONITOR_ENTRY, task.index, run.run_id),
        "type": task.spec.type,
        "taskId": task.spec.id,
        "taskName": task.spec.name,
        "objectName": "",
        "runId": run.run_id,
        **timed({"startTime": run.requested_at}, behaviour),
        "executionState": state(run, now),
        "failedSourceRows": 0,
        "successSourceRows": 0,
        "failedTargetRows": 0,
        "successTargetRows": 0,
        "errorMsg": None,
        "agentId": AGENT,
        "runtimeEnvironmentId": ENVIRONMENT,
        "startedBy": run.started_by,
        "runContextType": run.context,
        "entries": [],
    }
    steps = sessions_of(task.spec, run)[:begun]
    items = item_ids(task, run)
    children = [
        {
            **row,
            "id": items[place][0],
            "type": "MTT",
            "taskName": step.name,
            **timed({"startTime": step.began_at}, behaviour),
            "executionState": RUNNING if now < step.ended_at else COMPLETED,
        }
        for place, step in enumerate(steps)
    ]
    return {**row, "entries": children}


def logged(task: Task, run: TaskRun, behaviour: Behaviour) -> dict[str, object]:
    """A run in the log.

    Args:
        task: The task.
        run: Its run.
        behaviour: What the org does.
    """
    outcome, spec = run.outcome, task.spec
    row: dict[str, object] = {
        "@type": "activityLogEntry",
        "id": entry_id(LOG_ENTRY, task.index, run.run_id),
        "type": spec.type,
        "objectId": spec.id,
        "objectName": spec.name,
        "runId": run.run_id,
        **timed({"startTime": run.requested_at, "endTime": run.ended_at}, behaviour),
        "state": outcome.state,
        **_counts(outcome),
        "errorMsg": outcome.message,
        "startedBy": run.started_by,
        "runContextType": run.context,
    }
    if run.context == "SCHEDULER" and spec.script is not None:
        row["scheduleName"] = schedule_name(spec.script.period_s)
    if behaviour.marks_stopped:
        row["isStopped"] = run.is_stopped
    row |= {
        "totalSuccessRows": outcome.rows - outcome.failed_rows,
        "totalFailedRows": outcome.failed_rows,
        "stopOnError": False,
        "hasStopOnErrorRecord": False,
    }
    if run.taskflow_id:
        row["parentTaskFederatedId"] = run.taskflow_id
    return {**row, "entries": _children(task, run, behaviour)}


def _children(task: Task, run: TaskRun, behaviour: Behaviour) -> list[dict[str, object]]:
    """A single task has its session below it; a linear taskflow has tasks, and sessions below these."""
    rows = []
    kind = "MTT" if task.spec.steps else task.spec.type
    for session, (item, below) in zip(sessions_of(task.spec, run), item_ids(task, run), strict=True):
        if not task.spec.steps:
            rows.append(_session(session, item, kind, run))
            continue
        moments = {"startTime": session.began_at, "endTime": session.ended_at}
        rows.append(
            {
                **_session(session, item, kind, run),
                "objectName": session.name,
                **timed(moments, behaviour),
                **_counts(session.outcome),
                "errorMsg": session.outcome.message,
                "entries": [_session(session, below, kind, run)],
            }
        )
    return rows


def _session(session: Session, item: str, kind: str, run: TaskRun) -> dict[str, object]:
    outcome = session.outcome
    code = _CODE.match(outcome.message)
    return {
        "@type": "activityLogEntry",
        "id": item,
        "type": kind,
        "objectName": "",
        "runId": run.run_id,
        "agentId": AGENT,
        "runtimeEnvironmentId": ENVIRONMENT,
        "state": outcome.state,
        "entries": [],
        "subTaskEntries": [],
        "logEntryItemAttrs": {
            "ERROR_CODE": code[1] if code else "0",
            "IS_SERVER_LESS": "false",
            "CONSUMED_COMPUTE_UNITS": "0.0",
            "REQUESTED_COMPUTE_UNITS": "0.0",
            "Session Log File Name": session.file,
        },
        "sessionVariables": {},
        "contextExternalId": item,
        "transformationEntries": [
            {
                "@type": "transformationLogEntry",
                "id": f"88{item[2:]}",
                "txName": "SRC",
                "txType": "SOURCE",
                "successRows": outcome.rows,
                "failedRows": 0,
                "affectedRows": outcome.rows,
            }
        ],
    }


def _counts(outcome: Outcome) -> dict[str, object]:
    return {
        "failedSourceRows": 0,
        "successSourceRows": outcome.rows,
        "failedTargetRows": outcome.failed_rows,
        "successTargetRows": outcome.rows - outcome.failed_rows,
    }
