"""An org: its assets, its people, what was done in it, and its idea of the time."""

from __future__ import annotations

import random
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from tui.simulators.informatica.catalogue import Catalogue, Spec
from tui.simulators.informatica.flowtimeline import FlowTimeline
from tui.simulators.informatica.naming import ORG, made_up_id
from tui.simulators.informatica.rows import Rows
from tui.simulators.informatica.run import TaskRun
from tui.simulators.informatica.sessions import Sessions
from tui.simulators.informatica.taskflow import Taskflow, TaskflowRun
from tui.simulators.informatica.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.simulators.informatica.codetask import CodeJob, CodeTask
    from tui.simulators.informatica.task import Task
    from tui.simulators.informatica.vocabulary import Behaviour


class Org:
    """What the platform knows of one org.

    Args:
        clock: Its time.
        behaviour: What it does differently.
        specs: Its assets.
        users: The passwords by user.
        seed: Makes the same ids each time.
    """

    def __init__(
        self, clock: Clock, behaviour: Behaviour, specs: Iterable[Spec], users: Mapping[str, str], seed: int
    ) -> None:
        self.clock = clock
        self.behaviour = behaviour
        self.id = ORG
        """Its id in v2."""
        self.uuid = "0cuQ7hVw2KfLxT9sYbDnEa"
        """Its id elsewhere."""
        self.catalogue = Catalogue(specs, clock.now())
        """Its assets."""
        self.runs_started: Counter[str] = Counter()
        """Runs that a request made, by the asset's id."""
        self.job_ids: list[str] = []
        """The ids of the next jobs of code tasks; made up when there is none."""
        self.rows = Rows(self)
        self._random = random.Random(seed)  # noqa: S311 - made-up ids, no secrets
        self.sessions = Sessions(clock, behaviour, users, self._random)

    @cached_property
    def timeline(self) -> Timeline:
        """The runs of tasks: first made, then told of what is done."""
        timeline = Timeline(self.catalogue.scheduled(), self.behaviour.keeps_s)
        for task in self.catalogue.tasks.values():
            for run in task.asked():
                timeline.add(task, run)
        return timeline

    @cached_property
    def flow_timeline(self) -> FlowTimeline:
        """The runs of taskflows."""
        return FlowTimeline(list(self.catalogue.taskflows.values()))

    def now(self) -> datetime:
        """The time."""
        return self.clock.now()

    def add(self, spec: Spec) -> None:
        """Let there be one more asset, or another in the place of the one with its id."""
        self.catalogue.add([spec])
        for name in ("timeline", "flow_timeline"):
            self.__dict__.pop(name, None)
        self.rows.forget()

    def start(self, task: Task, user: str, parameters: Mapping[str, object]) -> TaskRun:
        """Begin a run of a task; it comes to nothing when another one is going on."""
        now, spec = self.now(), task.spec
        is_busy = not spec.is_parallel and task.active(now) is not None
        run = TaskRun(
            run_id=task.next_id(now),
            requested_at=now,
            duration_s=spec.duration_s,
            outcome=spec.outcome,
            queue_s=spec.queue_s,
            started_by=user,
            context="REST_API_V2",
            parameters=parameters,
        )
        run = run.overlapping() if is_busy else run
        timeline = self.timeline
        task.ask(run)
        timeline.add(task, run)
        self.runs_started[spec.id] += 1
        return run

    def stop(self, task: Task, user: str, *, is_clean: bool) -> None:
        """Tell the run of a task that goes on to stop; nothing happens when there is none."""
        now, spec = self.now(), task.spec
        run = task.active(now)
        if run is None or run.stop_asked_at is not None or spec.ignores_stop:
            return
        seconds = spec.clean_stop_s if is_clean else spec.stop_s
        self._change(task, run, run.stopped(now, seconds, user))

    def start_taskflow(self, taskflow: Taskflow, user: str, inputs: Mapping[str, object]) -> TaskflowRun:
        """Begin a run of a taskflow."""
        timeline = self.timeline
        run = taskflow.start(self.now(), user, inputs)
        for leg in run.legs:
            timeline.add(leg.task, leg.run)
        self.runs_started[taskflow.spec.id] += 1
        return run

    def resume(self, taskflow: Taskflow, run: TaskflowRun, *, is_skipping: bool) -> None:
        """Let a suspended run of a taskflow go on."""
        timeline, known = self.timeline, len(run.legs)
        for leg in taskflow.resume(run, self.now(), is_skipping=is_skipping).legs[known:]:
            timeline.add(leg.task, leg.run)

    def terminate(self, taskflow: Taskflow, run: TaskflowRun, user: str) -> None:
        """End a run of a taskflow, and the task that it runs."""
        now = self.now()
        for leg in run.legs:
            if leg.run.is_active(now) and leg.run.stop_asked_at is None:
                self._change(leg.task, leg.run, leg.run.stopped(now, leg.task.spec.stop_s, user))
        taskflow.terminate(taskflow.run(run.run_id) or run, now)

    def start_code_task(self, task: CodeTask, user: str) -> CodeJob:
        """Begin a job of a code task."""
        job_id = self.job_ids.pop(0) if self.job_ids else made_up_id(self._random)
        self.runs_started[task.spec.id] += 1
        return task.start(job_id, self.now(), user)

    def taskflow_run(self, public_id: str) -> tuple[Taskflow, TaskflowRun] | None:
        """The run of a taskflow with that id."""
        if not (public_id.isascii() and public_id.isdigit()):
            return None
        index, run_id = divmod(int(public_id) - self.behaviour.first_taskflow_run, Taskflow.SPAN)
        taskflow = self.catalogue.taskflow_at(index)
        run = taskflow.run(run_id) if taskflow is not None else None
        if taskflow is None or run is None or run.started_at > self.now():
            return None
        return taskflow, run

    def _change(self, task: Task, old: TaskRun, new: TaskRun) -> None:
        timeline = self.timeline
        task.change(new)
        timeline.replace(task, old, new)
        taskflow = self.catalogue.taskflows.get(old.taskflow_id)
        for leg in taskflow.leg_stopped(old, new) if taskflow is not None else ():
            timeline.replace(leg.task, leg.run, None)
            leg.task.change(leg.run.voided())
