"""What one installation knows: its flows, users and instances, and its idea of the time."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.simulators.enos.life import Flow
from tui.simulators.enos.refusal import Refused
from tui.simulators.enos.rows import Rows
from tui.simulators.enos.timetable import Entry, Timetable
from tui.simulators.enos.vocabulary import Behaviour, ServiceCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.simulators.enos.flow import FlowSpec
    from tui.simulators.enos.instance import Instance
    from tui.simulators.enos.stamps import Stamps


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may call."""

    name: str
    """The name, as it stands among a flow's owners."""
    is_locked: bool = False
    """Whether nothing may be changed in that name."""


class BatchService:
    """One installation.

    Args:
        clock: Its time.
        behaviour: What its version does.
        stamps: How it writes times.
        specs: Its flows.
        users: Who may call, by user id.
        org_id: The organisation of all of them.
    """

    def __init__(
        self,
        clock: Clock,
        behaviour: Behaviour,
        stamps: Stamps,
        specs: Iterable[FlowSpec],
        users: Mapping[str, User],
        org_id: str,
    ) -> None:
        self.clock = clock
        self.behaviour = behaviour
        self.stamps = stamps
        self.users = dict(users)
        self.org_id = org_id
        self.night = clock.now()
        """When the simulation began."""
        self.flows: dict[str, Flow] = {}
        self.rows = Rows(behaviour, stamps)
        self.runs_started: Counter[str] = Counter()
        """Instances that a request made, by flow."""
        self.verdicts: dict[tuple[int, int], int] = {}
        """How regular instances have ended, as far as somebody has asked, by flow and number."""
        self._orders = itertools.count()
        self._irregular: dict[str, Flow] = {}
        self._timetables: dict[int, Timetable] = {}
        self._tasks: dict[int, tuple[Flow, int]] = {}
        for spec in specs:
            self._add(spec)

    def now(self) -> datetime:
        """The true time."""
        return self.clock.now()

    def now_ms(self) -> int:
        """The true time, in epoch milliseconds."""
        return int(self.now().timestamp() * 1000)

    def add(self, spec: FlowSpec) -> None:
        """Let there be one more flow, or a changed one in the place of the one with its id."""
        self._add(spec)
        self.forget()

    def remove(self, flow: Flow) -> None:
        """Let there be one flow less."""
        del self.flows[flow.spec.id]
        self._irregular.pop(flow.spec.id, None)
        self.forget()

    def forget(self) -> None:
        """Make anew whatever was made of the flows together."""
        self._timetables.clear()
        self._tasks.clear()
        self.verdicts.clear()
        self.rows.forget()

    def user(self, user_id: str | None, org_id: str | None) -> User:
        """Who calls."""
        user = self.users.get(user_id or "")
        if user is None or org_id != self.org_id:
            raise Refused(ServiceCode.WRONG_USER, "userId does not exist or does not match orgId")
        return user

    def flow(self, flow_id: str) -> Flow:
        """A flow by its id."""
        try:
            return self.flows[flow_id]
        except KeyError:
            raise Refused.parameter("Flow not found") from None

    def instance(self, instance_id: str) -> tuple[Flow, Instance]:
        """An instance of a flow by its id."""
        flow = self.flows.get(instance_id.partition("-")[0])
        instance = flow.find(instance_id, self.now()) if flow is not None else None
        if flow is None or instance is None:
            raise Refused.parameter("Instance not found")
        return flow, instance

    def task(self, task_instance_id: str) -> tuple[Flow, Instance, int]:
        """An instance of a task by its id: its flow, the flow's instance, and which task it is."""
        task_id, _, digits = task_instance_id.partition("-")
        if task_id.isascii() and task_id.isdigit() and int(task_id) in self._known_tasks():
            flow, index = self._known_tasks()[int(task_id)]
            instance = flow.find(f"{flow.spec.id}-{digits}", self.now())
            if instance is not None and index >= instance.first_task:
                return flow, instance, index
        raise Refused.parameter()

    def task_index(self, flow: Flow, task_id: int) -> int:
        """Which task of a flow has that id."""
        known = self._known_tasks().get(task_id)
        if known is None or known[0] is not flow:
            raise Refused.parameter("Task not found")
        return known[1]

    def start(self, flow: Flow, user: User, trigger_ms: int, first_task: int = 0) -> Instance:
        """Make an instance, if the caller may."""
        self.own(flow, user)
        if not flow.spec.tasks:
            raise Refused(ServiceCode.NO_TASK, "The flow has no task and cannot be triggered.")
        moment = self.stamps.moment(trigger_ms)
        instance = flow.start(moment, moment + self.stamps.skew, self.now(), first_task=first_task)
        self._changed(flow)
        self.runs_started[flow.spec.id] += 1
        return instance

    def cancel(self, flow: Flow, user: User, instance: Instance) -> None:
        """Ask an instance to stop, if the caller may."""
        self.own(flow, user)
        was_going_on = flow.cancel(instance, self.now())
        self._changed(flow)
        if not was_going_on and self.behaviour.idle_cancel_code:
            raise Refused(self.behaviour.idle_cancel_code, "The instance has ended")

    def schedule(self, flow: Flow, user: User, *, is_on: bool) -> None:
        """Switch a flow's schedule on or off, if the caller may."""
        self.own(flow, user)
        (flow.enable if is_on else flow.disable)(self.now())
        self._changed(flow)

    def own(self, flow: Flow, user: User) -> None:
        """Refuse a change of a flow that isn't the caller's, or while one of the two is locked."""
        if not flow.spec.is_owned_by(user.name) or flow.spec.is_locked or user.is_locked:
            raise Refused.privilege()

    def timetable(self, kind: int) -> Timetable:
        """The schedules of the regular flows of one type."""
        if kind not in self._timetables:
            regular = (flow for flow in self.flows.values() if flow.is_regular and flow.spec.type == kind)
            self._timetables[kind] = Timetable(regular)
        return self._timetables[kind]

    def irregular(self, kind: int, since_ms: int, until_ms: int) -> Iterator[Entry]:
        """The instances of all other flows that count as one type and are meant for a stretch of time."""
        now, asked_type = self.now(), self.behaviour.asked_type
        for flow in self._irregular.values():
            own_type = flow.spec.type
            for one in flow.remembered(since_ms, until_ms, now):
                if kind == (own_type if one.number >= 0 or asked_type is None else asked_type):
                    trigger_ms = self.stamps.true_millis(one.trigger_at)
                    yield Entry(trigger_ms, flow.order, one.number, flow, one)
            if kind == own_type:
                for number in flow.earlier(since_ms, until_ms, now):
                    yield Entry(flow.trigger_ms(number), flow.order, number, flow)

    def _add(self, spec: FlowSpec) -> None:
        old = self.flows.get(spec.id)
        flow = Flow(spec, next(self._orders) if old is None else old.order, self.night)
        self.flows[spec.id] = flow
        self._irregular.pop(spec.id, None)
        if flow.is_irregular:
            self._irregular[spec.id] = flow

    def _changed(self, flow: Flow) -> None:
        """Take a flow out of the timetable that has been touched."""
        if flow.spec.id not in self._irregular and flow.is_irregular:
            self._irregular[flow.spec.id] = flow
            if flow.period_ms and flow.spec.is_active and flow.spec.type in self._timetables:
                self._timetables[flow.spec.type].remove(flow)

    def _known_tasks(self) -> Mapping[int, tuple[Flow, int]]:
        if not self._tasks:
            self._tasks = {
                flow.spec.task_id(index): (flow, index)
                for flow in self.flows.values()
                for index in range(len(flow.spec.tasks))
            }
        return self._tasks
