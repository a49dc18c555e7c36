"""What the service tells of flows, instances and tasks; each operation spells the same thing differently."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tui.simulators.enos.instance import Look, task_look
from tui.simulators.enos.vocabulary import NONE, Status, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui.simulators.enos.instance import Instance
    from tui.simulators.enos.life import Flow
    from tui.simulators.enos.service import User
    from tui.simulators.enos.stamps import Stamps
    from tui.simulators.enos.timetable import Entry
    from tui.simulators.enos.vocabulary import Behaviour

Row = dict[str, object]
"""One object of an answer."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MOST_KEPT = 40_000
_BOTH = 3


class Rows:
    """Writes them; a text that is asked for often is made once, and again only when it has changed.

    Args:
        behaviour: What the server's version does.
        stamps: How it writes times.
    """

    def __init__(self, behaviour: Behaviour, stamps: Stamps) -> None:
        self._behaviour = behaviour
        self._stamps = stamps
        self._listed: dict[tuple[int, int, bool], tuple[int, datetime, str]] = {}
        self._own: dict[tuple[int, bool], str] = {}

    def forget(self) -> None:
        """Make every text anew."""
        self._listed.clear()
        self._own.clear()

    def own_flow(self, flow: Flow, user: User) -> str:
        """A flow in `getMyFlow`, as JSON."""
        spec = flow.spec
        key = (flow.order, spec.is_owned_by(user.name))
        text = self._own.get(key)
        if text is None:
            row = {
                "flowId": self._id(spec.id, documented=str),
                "editable": key[1],
                "flowName": spec.name,
                "cycle": spec.cycle,
            }
            text = self._own[key] = written(row)
        return text

    def found_flow(self, flow: Flow) -> str:
        """A flow in a search, as JSON."""
        return written({"flowId": self._id(flow.spec.id, documented=str), "flowName": flow.spec.name})

    def flow(self, flow: Flow, user: User) -> Row:
        """A flow in `get`."""
        spec, stamps = flow.spec, self._stamps
        is_owner = spec.is_owned_by(user.name)
        return {
            "flowId": self._id(spec.id, documented=int),
            "flowName": spec.name,
            "active": int(flow.is_active),
            "type": spec.type,
            "cycle": spec.cycle,
            "freq": spec.frequency,
            "owner": spec.owner,
            "visitors": spec.visitors,
            "creator": spec.owner.strip(";").partition(";")[0],
            "createTime": stamps.fraction(spec.created_at),
            "updateTime": stamps.fraction(spec.updated_at),
            "parameters": _parameters(flow.parameters),
            "graph": self._flow_graph(flow),
            "alertMode": _BOTH,
            "entry": 0,
            "syncType": 1,
            "startTime": stamps.date(spec.created_at),
            "virtual": False,
            "locked": spec.is_locked,
            "isUserLocked": user.is_locked,
            "hasEditPri": is_owner,
            "hasReadPri": spec.can_read,
            "desc": "",
        }

    def listed_instance(self, entry: Entry, user: User, now: datetime) -> str:
        """An instance in a search, as JSON."""
        flow, version = entry.flow, entry.flow.version
        key = (entry.order, entry.number, flow.spec.is_owned_by(user.name))
        kept = self._listed.get(key)
        if kept is None or kept[0] != version or now >= kept[1]:
            instance = entry.instance or flow.regular(entry.number)
            look = instance.look(now)
            if kept is None and len(self._listed) >= _MOST_KEPT:
                del self._listed[next(iter(self._listed))]
            row = self._instance(flow, instance, look, user)
            row["graph"] = self._list_graph(flow, instance, look, now)
            # A graph that tells of its tasks changes more often than the instance does.
            until = now if self._behaviour.tells_graph_in_lists and not look.ended_at else look.until
            kept = self._listed[key] = (version, until, written(row))
        return kept[2]

    def instance(self, flow: Flow, instance: Instance, user: User, now: datetime) -> Row:
        """An instance in `get`."""
        look = instance.look(now)
        return {
            **self._instance(flow, instance, look, user),
            "alertMode": _BOTH,
            "calDt": self._stamps.date(instance.trigger_at),
            "graph": self._graph(flow, instance, look, now),
        }

    def task(self, flow: Flow, instance: Instance, index: int, now: datetime) -> Row:
        """An instance of a task."""
        spec, stamps = flow.spec, self._stamps
        task = spec.tasks[index]
        look = task_look(spec, instance, index, now) or Look(Status.INIT, now)
        return {
            "instanceId": _task_instance_id(flow, instance, index),
            "taskId": self._id(str(spec.task_id(index)), documented=int),
            "taskName": task.name,
            "cycle": spec.cycle,
            "status": look.status,
            "runNum": 1,
            "type": task.type,
            "syncType": None,
            "freq": None,
            "ifPre": 0,
            "stsDesc": self._text(instance, look.status),
            "recallNum": 0,
            "triggerTime": stamps.trigger(instance.trigger_at),
            "timeout": task.timeout_s,
            "recallLimit": task.recall_limit,
            "recallInterval": 0,
            "startTime": stamps.life(look.started_at),
            "endTime": stamps.life(look.ended_at),
            "timeStamp": stamps.java(instance.created_at),
            "isTimeout": look.status == Status.TIMEOUT,
            "flowInstId": instance.id,
            "doAs": spec.run_as,
            "alert": False,
            "runMode": self._run_mode(task.settings),
            "cmd": task.command,
            "hasResourceBefore": False,
            "resourceName": "",
            "fileName": "",
            "resourceVersion": "",
        }

    def _instance(self, flow: Flow, instance: Instance, look: Look, user: User) -> Row:
        spec, stamps = flow.spec, self._stamps
        return {
            "instanceId": instance.id,
            "flowId": self._id(spec.id, documented=int),
            "flowName": spec.name,
            "freq": spec.frequency,
            "cycle": spec.cycle,
            "parameters": _parameters(instance.parameters),
            "doAs": spec.run_as,
            "status": look.status,
            "statusDesc": self._text(instance, look.status),
            "triggerTime": stamps.trigger(instance.trigger_at),
            "startTime": stamps.life(look.started_at),
            "endTime": stamps.life(look.ended_at),
            "timestamp": stamps.fraction(instance.created_at),
            "virtual": False,
            "owner": spec.owner,
            "hasEditPri": spec.is_owned_by(user.name),
            "hasReadPri": spec.can_read,
            "isCancelled": instance.cancel_asked_at is not None,
        }

    def _text(self, instance: Instance, status: int) -> str:
        is_its_own = status == instance.outcome.status and instance.outcome.text
        return instance.outcome.text if is_its_own else text_of(status)

    def _flow_graph(self, flow: Flow) -> str:
        tasks = [
            {
                "taskName": task.name,
                "taskId": self._id(str(flow.spec.task_id(index)), documented=str),
                "nodeId": f"t_{flow.spec.task_id(index)}",
            }
            for index, task in enumerate(flow.spec.tasks)
        ]
        return written({"tasks": tasks, "relations": [], "flows": []})

    def _graph(self, flow: Flow, instance: Instance, look: Look, now: datetime) -> str:
        tasks = [
            {
                "taskName": flow.spec.tasks[index].name,
                "taskInstId": _task_instance_id(flow, instance, index),
                "taskId": self._id(str(flow.spec.task_id(index)), documented=int),
                "status": self._node_status(flow, instance, look, index, now),
            }
            for index in range(instance.first_task, len(flow.spec.tasks))
        ]
        return written({"instId": instance.id, "tasks": tasks})

    def _list_graph(self, flow: Flow, instance: Instance, look: Look, now: datetime) -> str:
        if self._behaviour.tells_graph_in_lists:
            return self._graph(flow, instance, look, now)
        tasks = [
            {
                "task_name": flow.spec.tasks[index].name,
                "taskInstId": _task_instance_id(flow, instance, index),
                "taskId": self._id(str(flow.spec.task_id(index)), documented=int),
                "do_as": flow.spec.run_as,
            }
            for index in range(instance.first_task, len(flow.spec.tasks))
        ]
        return written({"instId": instance.id, "tasks": tasks})

    def _node_status(self, flow: Flow, instance: Instance, look: Look, index: int, now: datetime) -> str:
        if look.started_at is None:
            return NONE
        task = task_look(flow.spec, instance, index, now)
        return NONE if task is None else self._text(instance, task.status)

    def _run_mode(self, settings: Mapping[str, object]) -> str:
        mode: Row = {
            "taskMode": 1,
            "cpu": 0.6,
            "memory": 1.1,
            "maxParallel": 0,
            "keyType": 0,
            "datasourceId": 0,
            "path": "",
            "content": "",
            **settings,
        }
        if self._behaviour.breaks_run_mode:
            return "{" + ", ".join(f"{name}={value}" for name, value in mode.items()) + "}"
        return written(mode)

    def _id(self, digits: str, *, documented: type) -> int | str:
        wanted = {"text": str, "number": int}.get(self._behaviour.ids, documented)
        return int(digits) if wanted is int else digits


def written(value: object) -> str:
    """A value as JSON, without blanks."""
    return _ENCODER.encode(value)


def _parameters(parameters: Sequence[tuple[str, str]]) -> str:
    return written([{"key": key, "value": value} for key, value in parameters])


def _task_instance_id(flow: Flow, instance: Instance, index: int) -> str:
    return f"{flow.spec.task_id(index)}-{instance.id.partition('-')[2]}"
