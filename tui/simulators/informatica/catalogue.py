"""The assets of an org, and the ways to find one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulators.informatica.codetask import CodeTask
from tui.simulators.informatica.specs import CodeTaskSpec, TaskflowSpec, TaskSpec
from tui.simulators.informatica.task import Task
from tui.simulators.informatica.taskflow import Taskflow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tui.simulators.fleet import Script

Spec = TaskSpec | TaskflowSpec | CodeTaskSpec
"""What an asset is."""


class Catalogue:
    """Everything that can be run.

    Args:
        specs: What there is.
        night: When the simulation began.
    """

    def __init__(self, specs: Iterable[Spec], night: datetime) -> None:
        self.tasks: dict[str, Task] = {}
        """Tasks and linear taskflows, by v2 id."""
        self.taskflows: dict[str, Taskflow] = {}
        """Advanced taskflows, by federated id."""
        self.code_tasks: dict[str, CodeTask] = {}
        """Code tasks, by number."""
        self._night = night
        self.add(specs)

    def add(self, specs: Iterable[Spec]) -> None:
        """Let there be more; one with a known id takes the place of the other."""
        later: list[TaskflowSpec] = []
        for spec in specs:
            if isinstance(spec, TaskSpec):
                known = self.tasks.get(spec.id)
                index = known.index if known is not None else len(self.tasks)
                self.tasks[spec.id] = Task(spec, index, self._night)
            elif isinstance(spec, CodeTaskSpec):
                self.code_tasks[spec.id] = CodeTask(spec)
            else:
                later.append(spec)
        for spec in later:
            old = self.taskflows.get(spec.id)
            index = old.index if old is not None else len(self.taskflows)
            steps = [self.tasks[step] for step in spec.steps]
            self.taskflows[spec.id] = Taskflow(spec, index, steps, self._night)
        self._by_place = list(self.tasks.values())
        self._taskflows_by_place = list(self.taskflows.values())
        self._by_name: dict[tuple[str, str], Task] = {}
        self._by_federated_id: dict[str, Task | Taskflow] = {}
        self._by_path: dict[tuple[str, str], Task | Taskflow] = {}

    def listed(self) -> Iterator[Task | Taskflow]:
        """Everything that lists have: all but code tasks."""
        yield from self.tasks.values()
        yield from self.taskflows.values()

    def scheduled(self) -> Iterator[tuple[Script, float, Task | Taskflow]]:
        """What has a schedule of its own, and the seconds that no run of it exceeds."""
        for asset in self.listed():
            if asset.spec.script is not None:
                yield asset.spec.script, asset.spec.longest_s, asset

    def folders(self) -> set[str]:
        """Every location."""
        return {asset.spec.folder for asset in self.listed()}

    def task_at(self, index: int) -> Task | None:
        """The task at a place among all tasks."""
        return self._by_place[index] if 0 <= index < len(self._by_place) else None

    def taskflow_at(self, index: int) -> Taskflow | None:
        """The taskflow at a place among all taskflows."""
        return self._taskflows_by_place[index] if 0 <= index < len(self._taskflows_by_place) else None

    def task_by_name(self, kind: str, name: str) -> Task | None:
        """The task of a type with exactly that name."""
        if not self._by_name:
            self._by_name = {(task.spec.type, task.spec.name): task for task in self.tasks.values()}
        return self._by_name.get((kind, name))

    def task_by_federated_id(self, federated_id: str) -> Task | None:
        """The task with that v3 id."""
        asset = self.by_federated_id(federated_id)
        return asset if isinstance(asset, Task) else None

    def by_federated_id(self, federated_id: str) -> Task | Taskflow | None:
        """The asset with that v3 id."""
        if not self._by_federated_id:
            self._by_federated_id = {asset.spec.federated_id: asset for asset in self.listed()}
        return self._by_federated_id.get(federated_id)

    def by_path(self, kind: str, path: str) -> Task | Taskflow | None:
        """The asset of a type at that path."""
        if not self._by_path:
            self._by_path = {
                (asset.spec.type, f"{asset.spec.folder}/{asset.spec.name}"): asset for asset in self.listed()
            }
        return self._by_path.get((kind, path))

    def taskflow_by_api_name(self, name: str) -> Taskflow | None:
        """The taskflow that is started by that name."""
        return next((one for one in self.taskflows.values() if one.spec.api_name == name), None)
