"""What v3 knows of assets: lists with filters and pages, look-ups, and what refers to what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from tui.simulators.informatica.call import Call, operation
from tui.simulators.informatica.definitions import listed
from tui.simulators.informatica.refusal import Refused
from tui.simulators.informatica.taskflow import Taskflow
from tui.simulators.informatica.times import read_plain
from tui.simulators.informatica.vocabulary import Family

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tui.simulators.informatica.task import Task

_MOST, _MOST_REFERENCES = 200, 50
_EQUAL = re.compile(r"(type|location)=='([^']+)'")
_UPDATED = re.compile(r"updateTime(>=|<=|>|<|==)(\S+)")
_BAD_PARAMETER = "V3API_BadParameter"
_BAD_QUERY, _BAD_LOCATION = "V3API_ObjectsListError_01", "V3API_ObjectsListError_03"
_COMPARISONS: dict[str, Callable[[datetime, datetime], bool]] = {
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    "==": lambda one, other: one == other,
}


async def _objects(call: Call) -> httpx.Response:
    found = _matching(call, call.query("q"))
    limit, skip = _number(call, "limit", _MOST, _MOST), _number(call, "skip", 0, 10**9)
    page = found[skip : skip + limit]
    count = len(page) if call.org.behaviour.counts_page else len(found)
    return listed(map(call.org.rows.asset, page), f'{{"count":{count},"objects":[', "]}")


async def _look_up(call: Call) -> httpx.Response:
    wanted = call.body().get("objects")
    if not isinstance(wanted, list) or not wanted:
        raise Refused(400, "V3API_LookupError_01", "The objects are missing.")
    assets = [_wanted(call, one) for one in wanted]
    return httpx.Response(200, json={"objects": [call.org.rows.found(one) for one in assets if one]})


async def _references(call: Call) -> httpx.Response:
    asset = call.org.catalogue.by_federated_id(call.parts["id"])
    if asset is None:
        raise Refused(404, "V3API_ObjectNotFound", f"There is no object {call.parts['id']}.")
    if call.query("refType") not in {"Uses", "usedBy"}:
        raise Refused(400, _BAD_PARAMETER, "The refType must be Uses or usedBy.")
    limit = _number(call, "limit", _MOST_REFERENCES, _MOST_REFERENCES)
    skip = _number(call, "skip", 0, 10**9)
    used = asset.tasks if isinstance(asset, Taskflow) and call.query("refType") == "Uses" else ()
    rows = [
        {
            "id": task.spec.federated_id,
            "path": f"{task.spec.folder}/{task.spec.name}",
            "documentType": task.spec.type,
            "appContextId": task.spec.id,
        }
        for task in used
    ]
    return httpx.Response(200, json={"count": len(rows), "references": rows[skip : skip + limit]})


def _number(call: Call, name: str, default: int, highest: int) -> int:
    try:
        return call.number(name, default, 0, highest)
    except Refused as refused:
        raise Refused(400, _BAD_PARAMETER, refused.text) from None


def _wanted(call: Call, one: object) -> Task | Taskflow | None:
    if isinstance(one, dict):
        federated, path, kind = one.get("id"), one.get("path"), one.get("type")
        if isinstance(federated, str):
            return call.org.catalogue.by_federated_id(federated)
        if isinstance(path, str) and isinstance(kind, str):
            return call.org.catalogue.by_path(kind, path)
    raise Refused(400, "V3API_LookupError_02", "An object needs an id, or a path and a type.")


def _matching(call: Call, query: str | None) -> Sequence[Task | Taskflow]:
    found = list(call.org.catalogue.listed())
    for condition in query.split(" and ") if query is not None else ():
        found = _filtered(call, found, condition.strip())
    return found


def _filtered(call: Call, assets: list[Task | Taskflow], condition: str) -> list[Task | Taskflow]:
    if equal := _EQUAL.fullmatch(condition):
        name, value = equal.groups()
        if name == "type":
            return [asset for asset in assets if asset.spec.type == value]
        if value not in call.org.catalogue.folders():
            raise Refused(400, _BAD_LOCATION, f"The location {value} does not exist.")
        return [asset for asset in assets if asset.spec.folder == value]
    if updated := _UPDATED.fullmatch(condition):
        is_wanted, moment = _COMPARISONS[updated[1]], read_plain(updated[2])
        return [asset for asset in assets if is_wanted(asset.spec.updated_at, moment)]
    raise Refused(400, _BAD_QUERY, f"The query is not valid: {condition}")


_OBJECTS = "/saas/public/core/v3/objects"

OPERATIONS = (
    operation("objects", Family.V3, "GET", _OBJECTS, _objects),
    operation("references", Family.V3, "GET", _OBJECTS + "/{id}/references", _references),
    operation("lookup", Family.V3, "POST", "/saas/public/core/v3/lookup", _look_up),
)
"""What can be asked about assets in v3."""
