"""What v2 lists: tasks by type, mapping tasks in full, linear taskflows, schedules."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from tui.simulators.informatica.activityrows import schedule_name
from tui.simulators.informatica.call import Call, operation
from tui.simulators.informatica.naming import is_federated_id, is_v2_id
from tui.simulators.informatica.refusal import no_such_object, wrong_id, wrong_value
from tui.simulators.informatica.rows import pieces
from tui.simulators.informatica.vocabulary import TASK_TYPES, WORKFLOW, Family

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.simulators.informatica.task import Task

JSON = {"content-type": "application/json"}
"""The header of every list."""

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_BEGAN = datetime(2024, 1, 1, 12, 0, tzinfo=UTC)
_MINUTE, _HOUR = 60, 3600


async def _tasks(call: Call) -> httpx.Response:
    kind = call.query("type")
    if kind not in TASK_TYPES:
        raise wrong_value("type", kind)
    rows = call.org.rows
    return listed(rows.task(task) for task in call.org.catalogue.tasks.values() if task.spec.type == kind)


async def _mapping_tasks(call: Call) -> httpx.Response:
    rows = call.org.rows
    return listed(
        rows.mapping_task(task) for task in call.org.catalogue.tasks.values() if task.spec.type == "MTT"
    )


async def _mapping_task(call: Call) -> httpx.Response:
    given = call.parts["id"]
    if not is_v2_id(given):
        raise wrong_id("mapping task id", given)
    return _one(call, call.org.catalogue.tasks.get(given), given)


async def _mapping_task_by_federated_id(call: Call) -> httpx.Response:
    given = call.parts["id"]
    if not is_federated_id(given):
        raise wrong_id("mapping task id", given)
    return _one(call, call.org.catalogue.task_by_federated_id(given), given)


async def _mapping_task_by_name(call: Call) -> httpx.Response:
    given = call.parts["name"]
    return _one(call, call.org.catalogue.task_by_name("MTT", given), given)


async def _workflows(call: Call) -> httpx.Response:
    rows = call.org.rows
    return listed(
        rows.workflow(task) for task in call.org.catalogue.tasks.values() if task.spec.type == WORKFLOW
    )


async def _schedules(call: Call) -> httpx.Response:
    periods = {
        asset.spec.script.period_s for asset in call.org.catalogue.listed() if asset.spec.script is not None
    }
    return listed(json.dumps(_schedule(call, place, period)) for place, period in enumerate(sorted(periods)))


def _schedule(call: Call, place: int, period_s: float) -> dict[str, object]:
    is_hourly = period_s % _HOUR == 0
    return {
        "@type": "schedule",
        "id": f"{call.org.id}1A{place:0>12}",
        "orgId": call.org.id,
        "name": schedule_name(period_s),
        **call.org.rows.timed({"startTime": _BEGAN}, "UTC"),
        "interval": "Hourly" if is_hourly else "Minutely",
        "frequency": int(period_s // (_HOUR if is_hourly else _MINUTE)),
        **dict.fromkeys(_DAYS, True),
        "timeZoneId": "America/Los_Angeles",
    }


def _one(call: Call, task: Task | None, given: str) -> httpx.Response:
    if task is None or task.spec.type != "MTT":
        raise no_such_object("mapping task", given)
    return httpx.Response(200, content=call.org.rows.mapping_task(task), headers=JSON)


def listed(texts: Iterable[str], before: str = "[", after: str = "]") -> httpx.Response:
    """A list that is written while it is sent.

    Args:
        texts: Its rows.
        before: What stands before them.
        after: What stands behind them.
    """
    return httpx.Response(200, content=pieces(texts, before, after), headers=JSON)


OPERATIONS = (
    operation("task", Family.V2, "GET", "/saas/api/v2/task", _tasks),
    operation("mttask", Family.V2, "GET", "/saas/api/v2/mttask", _mapping_tasks),
    operation("mttask", Family.V2, "GET", "/saas/api/v2/mttask/{id}", _mapping_task),
    operation("mttask", Family.V2, "GET", "/saas/api/v2/mttask/frs/{id}", _mapping_task_by_federated_id),
    operation("mttask", Family.V2, "GET", "/saas/api/v2/mttask/name/{name}", _mapping_task_by_name),
    operation("workflow", Family.V2, "GET", "/saas/api/v2/workflow", _workflows),
    operation("schedule", Family.V2, "GET", "/saas/api/v2/schedule", _schedules),
)
"""What can be asked about definitions in v2."""
