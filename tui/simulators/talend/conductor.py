"""The Job Conductor: the tasks, users and executions of one installation, and its idea of the time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from tui.simulators.talend.envelope import Refused
from tui.simulators.talend.rows import TaskRows
from tui.simulators.talend.task import Task, TaskRun, TaskSpec, suffix
from tui.simulators.talend.vocabulary import READY, Behaviour, ReturnCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tui.core.clock import Clock


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in."""

    password: str
    """The password."""
    can_operate: bool = True
    """Whether the Job Conductor may be used at all."""
    can_run: bool = True
    """Whether tasks may be run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An execution plan: a task, and those that follow it."""

    id: str
    label: str
    task_ids: Sequence[str]


class Conductor:
    """What the installation knows.

    Args:
        clock: Its time.
        behaviour: What its version does.
        specs: Its tasks.
        users: Who may log in, by name.
        zone: The zone of its zoneless dates.
        seed: Makes the same ids each time.
    """

    def __init__(
        self,
        clock: Clock,
        behaviour: Behaviour,
        specs: Iterable[TaskSpec],
        users: Mapping[str, User],
        zone: tzinfo,
        seed: int,
    ) -> None:
        self.clock = clock
        self.behaviour = behaviour
        self.users = dict(users)
        self.zone = zone
        self.night = clock.now()
        """When the simulation began."""
        self.tasks = {spec.id: Task(spec, self.night) for spec in specs}
        self.plans: list[Plan] = []
        self.runs_started: Counter[str] = Counter()
        """Runs that a request made, by task."""
        self.suffixes: list[str] = []
        """The ends of the next ids; made up when there is none."""
        self.unreadable_logs: set[str] = set()
        """Tasks whose log can't be read."""
        self.restarts = 0
        """How often the server was restarted."""
        self.rows = TaskRows(behaviour, self.stamp)
        self._executions: dict[str, str] = {}
        self._skew = timedelta()
        self._random = random.Random(seed)  # noqa: S311 - made-up ids, no secrets

    @property
    def skew(self) -> timedelta:
        """By how much the server's clock is fast; shown in its dates and ids alone."""
        return self._skew

    @skew.setter
    def skew(self, skew: timedelta) -> None:
        self._skew = skew
        self.rows.forget()

    def now(self) -> datetime:
        """The true time."""
        return self.clock.now()

    def local(self, moment: datetime) -> datetime:
        """A moment in the server's own time."""
        return (moment + self._skew).astimezone(self.zone)

    def stamp(self, moment: datetime) -> str:
        """A moment as `listTasks` writes it."""
        return self.local(moment).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]

    def moment(self, text: str) -> datetime:
        """The moment that a parameter of `taskLog` means."""
        try:
            local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - its zone comes next
        except ValueError:
            raise Refused(ReturnCode.ILLEGAL_DATE, f"Cannot parse date {text}") from None
        return local.replace(tzinfo=self.zone).astimezone(UTC) - self._skew

    def task(self, task_id: str) -> Task:
        """A task by its id."""
        try:
            return self.tasks[task_id]
        except KeyError:
            raise Refused(ReturnCode.INVALID_PARAMETER, f"Cannot find task with id={task_id}") from None

    def task_id(self, label: str) -> str:
        """The id of the task with exactly that label."""
        for task in self.tasks.values():
            if task.spec.label == label:
                return task.spec.id
        raise Refused(ReturnCode.NO_SUCH_NAME, f'No task with this label "{label}"')

    def start(self, task: Task, context: Mapping[str, str]) -> TaskRun | None:
        """Begin a run; None when it is busy and this installation doesn't say so."""
        spec, now = task.spec, self.now()
        look = task.look(now)
        if not spec.is_concurrent and look.active is not None:
            if self.behaviour.omits_id_when_busy:
                return None
            raise Refused(ReturnCode.LAUNCH_FAILED, f"Task {spec.label} is still processing")
        if not spec.is_active:
            raise Refused(ReturnCode.LAUNCH_FAILED, f"Task {spec.label} is not active")
        if look.status != READY and look.active is None:
            raise Refused(ReturnCode.LAUNCH_FAILED, f"Task {spec.label} is not ready to run: {look.status}")
        run = TaskRun(
            request_id=self._request_id(now),
            requested_at=now,
            preparation=spec.preparation,
            duration_s=spec.duration_s,
            outcome=spec.outcome,
            suffix=self._suffix(),
            context=context,
        )
        task.run(run)
        self._executions[run.request_id] = spec.id
        self.runs_started[spec.id] += 1
        return run

    def execution(self, request_id: str) -> TaskRun:
        """A run that a request made."""
        task = self.tasks.get(self._executions.get(request_id, ""))
        for run in reversed(task.asked if task else []):
            if run.request_id == request_id:
                return run
        raise Refused(ReturnCode.INVALID_PARAMETER, f"Cannot find execution with execRequestId={request_id}")

    def forget_executions(self) -> None:
        """Know none of the ids any more that runs were given."""
        self._executions.clear()

    def restart(self, first_id: int | None = None) -> None:
        """Come up again, which ends every waiting call.

        Args:
            first_id: Number the tasks anew from here on; None keeps their ids.
        """
        self.restarts += 1
        self.rows.forget()
        if first_id is not None:
            self._executions.clear()
            renumbered = list(self.tasks.values())
            self.tasks = {}
            for new_id, task in enumerate(renumbered, first_id):
                task.renumber(str(new_id))
                self.tasks[str(new_id)] = task

    def _request_id(self, now: datetime) -> str:
        return f"{round((now + self._skew).timestamp() * 1000)}_{self._suffix()}"

    def _suffix(self) -> str:
        return self.suffixes.pop(0) if self.suffixes else suffix(self._random)
