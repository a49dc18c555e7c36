"""Filling in the parameters of a job: what the system tells of them, and which values were used before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError
from tui.core.redaction import MASK
from tui.engine.parameters import ParameterValues, without_masked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.core.models import Action, Job, Parameter
    from tui.engine.engine import Engine
    from tui.ui.app import NightdeckApp

_RUNS_LOOKED_AT = 20
"""Newest runs among which one with parameters is looked for."""


@dataclass(frozen=True, slots=True)
class Used:
    """Values that a trigger was given before."""

    where: str
    """Where they are from: `typed here before`, `run 17`."""
    values: Mapping[str, str]
    """The values that can be used again."""
    lost: Sequence[str] = ()
    """Names of which only a mask is left."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a job's parameters."""

    parameters: Sequence[Parameter] = ()
    """What the system tells of them; empty when any may be given."""
    used: Sequence[Used] = ()
    """Values that were used before, the most recent first."""
    problem: str = ""
    """Why the system could not tell; empty when it did."""


def is_secret(mask: Callable[[str], str], name: str) -> bool:
    """Whether a value of this name looks like a secret and is not to be shown."""
    return MASK in mask(f"{name}=x")


def shown_value(mask: Callable[[str], str], name: str, value: str) -> str:
    """A value as the screen may show it."""
    return MASK if value and is_secret(mask, name) else mask(value)


class Filling:
    """One trigger's way through the form: it may be opened again with what was typed.

    Args:
        app: Shows the form.
        engine: Knows the parameters and the runs.
        job: What would be triggered.
        environment: Of its connection.
    """

    def __init__(self, app: NightdeckApp, engine: Engine, job: Job, environment: str) -> None:
        self._app = app
        self._engine = engine
        self._job = job
        self._environment = environment
        self._known: Known | None = None
        self._typed_before = app.dashboard.typed.get(job.key)
        self._typed: Mapping[str, str] | None = None

    async def fill(self, given: Mapping[str, str] | None = None, run_id: str = "") -> dict[str, str] | None:
        """Let the user fill in the form; what a trigger should carry, or None when she went back.

        Args:
            given: What stands in the form at first.
            run_id: A run whose parameters stand there when nothing is given.
        """
        from tui.ui.screens.trigger_form import TriggerForm

        form = TriggerForm(self._job, self._environment, lambda: self._load(run_id), given)
        typed = await self._app.push_screen_wait(form)
        if typed is None:
            return None
        self._typed = self._app.dashboard.typed[self._job.key] = typed
        parameters = self._known.parameters if self._known is not None else ()
        return ParameterValues(parameters, typed).to_send()

    async def edited(self, action: Action) -> Action | None:
        """The action with other parameters, as a trigger: a rerun repeats the old ones. None to leave it."""
        from tui.core.models import Action, ActionKind

        is_trigger = action.kind is ActionKind.TRIGGER
        run_id = action.run.run_id if action.run is not None else ""
        given = self._typed if is_trigger and self._typed is not None else dict(action.params) or None
        params = await self.fill(given, "" if is_trigger else run_id)
        return Action(ActionKind.TRIGGER, action.job, params=params) if params is not None else None

    async def lacking(self, action: Action) -> Sequence[str]:
        """The names of parameters that a trigger must have and this one has not, as far as it is known."""
        try:
            parameters = await self._engine.parameters(self._job.key)
        except NightdeckError:
            return ()
        return ParameterValues(parameters, action.params).lacking()

    async def _load(self, run_id: str) -> tuple[Known, Mapping[str, str]]:
        """What is known, and the values of that run."""
        if self._known is None:
            self._known = await self._ask()
        named = f"run {run_id}"
        wanted = next((used.values for used in self._known.used if used.where == named), {})
        return self._known, wanted

    async def _ask(self) -> Known:
        parameters: Sequence[Parameter] = ()
        problem = ""
        try:
            parameters = await self._engine.parameters(self._job.key)
        except NightdeckError as error:
            problem = str(error)
        before = self._typed_before
        used = [Used("what was typed here before", before)] if before else []
        return Known(parameters, (*used, *await self._runs()), problem)

    async def _runs(self) -> Sequence[Used]:
        try:
            runs = await self._engine.runs(self._job.key, _RUNS_LOOKED_AT)
        except NightdeckError:
            return ()
        return [Used(f"run {run.key.run_id}", *without_masked(run.params)) for run in runs if run.params]
