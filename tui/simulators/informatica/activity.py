"""What runs and what has run: the activity monitor, the activity log, and the logs of sessions."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import httpx

from tui.simulators.informatica.activityrows import item_ids
from tui.simulators.informatica.call import Call, operation
from tui.simulators.informatica.definitions import JSON, listed
from tui.simulators.informatica.naming import LOG_ENTRY, is_v2_id, read_entry_id
from tui.simulators.informatica.refusal import no_such_object, wrong_id, wrong_value
from tui.simulators.informatica.sessionlog import rejected_rows, sessions_of
from tui.simulators.informatica.vocabulary import Family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.simulators.informatica.run import TaskRun
    from tui.simulators.informatica.sessionlog import Session
    from tui.simulators.informatica.task import Task

_DEFAULT_ROWS, _MOST_ROWS = 200, 1000
_LONGEST_S = 7200.0
_UNSORTED = 8


async def _monitor(call: Call) -> httpx.Response:
    has_details, now = call.flag("details"), call.org.now()
    running = await call.org.timeline.running(now, call.org.behaviour.monitor_linger_s)
    rows = call.org.rows
    return listed(rows.monitored(entry.task, entry.run, now, has_details=has_details) for entry in running)


async def _log(call: Call) -> httpx.Response:
    count = call.number("rowLimit", _DEFAULT_ROWS, 1, _MOST_ROWS)
    offset = call.number("offset", 0, 0, 10**9)
    task_id, run_id = call.query("taskId"), call.query("runId")
    if run_id is not None and task_id is None:
        raise wrong_value("runId", f"{run_id} without taskId")
    if task_id is not None:
        runs = _runs_of(call, task_id, run_id, offset, count)
    else:
        lag_s = call.org.behaviour.log_lag_s
        entries = await call.org.timeline.ended(call.org.now(), lag_s, offset, count)
        runs = [(entry.task, entry.run) for entry in entries]
    texts = (call.org.rows.logged(task, run) for task, run in runs)
    return listed(texts, '{"entries":[', "]}") if call.org.behaviour.wraps_log else listed(texts)


def _runs_of(
    call: Call, task_id: str, run_id: str | None, offset: int, count: int
) -> Sequence[tuple[Task, TaskRun]]:
    """The runs of one task, newest first."""
    if not is_v2_id(task_id):
        raise wrong_id("taskId", task_id)
    task = call.org.catalogue.tasks.get(task_id)
    if task is None:
        raise no_such_object("task", task_id)
    now = call.org.now()
    if run_id is not None:
        run = task.run(call.number("runId", 0, 0, 10**9))
        is_wanted = run is not None and _is_logged(call, run)
        return [(task, run)][offset : offset + count] if run is not None and is_wanted else []
    since = now - timedelta(seconds=call.org.behaviour.keeps_s + _LONGEST_S)
    # A run that was stopped late, or that overlapped, may end before an older one: some more are sorted.
    known = (run for run in task.runs(now, since) if _is_logged(call, run))
    some = sorted(islice(known, offset + count + _UNSORTED), key=lambda run: run.ended_at, reverse=True)
    return [(task, run) for run in some[offset : offset + count]]


def _is_logged(call: Call, run: TaskRun) -> bool:
    behaviour = call.org.behaviour
    age_s = (call.org.now() - run.ended_at).total_seconds()
    return behaviour.log_lag_s <= age_s <= behaviour.keeps_s


async def _entry(call: Call) -> httpx.Response:
    return httpx.Response(200, content=call.org.rows.logged(*_logged(call)), headers=JSON)


async def _session_log(call: Call) -> httpx.Response:
    task, run = _logged(call)
    sessions, is_single = _wanted(call, task, run)
    if is_single and not call.org.behaviour.zips_logs:
        [session] = sessions
        return httpx.Response(200, text=session.text(), headers=_attachment(session.file))
    content, name = _zipped(sessions), f"{task.spec.name}_{run.run_id}.zip"
    headers = {"content-type": "application/zip;charset=UTF-8", **_attachment(name)}
    return httpx.Response(200, content=content, headers=headers)


async def _error_log(call: Call) -> httpx.Response:
    _, run = _logged(call)
    return httpx.Response(200, text=rejected_rows(run))


def _logged(call: Call) -> tuple[Task, TaskRun]:
    """The run whose entry's id the path has, if it is in the log by now."""
    given = call.parts["id"]
    read = read_entry_id(given)
    if read is None or read[0] != LOG_ENTRY:
        raise wrong_id("activity log entry id", given)
    task = call.org.catalogue.task_at(read[1])
    run = task.run(read[2]) if task is not None else None
    if task is None or run is None or not _is_logged(call, run):
        raise no_such_object("activity log entry", given)
    return task, run


def _wanted(call: Call, task: Task, run: TaskRun) -> tuple[Sequence[Session], bool]:
    """The sessions whose log is wanted, and whether it is one session's and comes as text."""
    sessions, ids = sessions_of(task.spec, run), item_ids(task, run)
    item, below = call.query("itemId"), call.query("childItemId")
    if item is None:
        if below is not None:
            raise wrong_value("childItemId", f"{below} without itemId")
        return sessions, not task.spec.steps
    place = next((place for place, known in enumerate(ids) if known[0] == item), None)
    if place is None:
        raise wrong_value("itemId", item)
    if below is not None and (not task.spec.steps or ids[place][1] != below):
        raise wrong_value("childItemId", below)
    return [sessions[place]], not task.spec.steps or below is not None


def _attachment(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}


def _zipped(sessions: Sequence[Session]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for session in sessions:
            name = zipfile.ZipInfo(f"MTT/{session.file}", session.ended_at.timetuple()[:6])
            archive.writestr(name, session.text())
    return packed.getvalue()


_ACTIVITY = "/saas/api/v2/activity"

OPERATIONS = (
    operation("activityMonitor", Family.V2, "GET", f"{_ACTIVITY}/activityMonitor", _monitor),
    operation("activityLog", Family.V2, "GET", f"{_ACTIVITY}/activityLog", _log),
    operation("activityLog.entry", Family.V2, "GET", _ACTIVITY + "/activityLog/{id}", _entry),
    operation("sessionLog", Family.V2, "GET", _ACTIVITY + "/activityLog/{id}/sessionLog", _session_log),
    operation("errorLog", Family.V2, "GET", _ACTIVITY + "/errorLog/{id}", _error_log),
)
"""What can be asked about runs of tasks and linear taskflows."""
