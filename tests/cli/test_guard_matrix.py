"""What has to be typed before anything is sent: every environment, every action, every way to ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.actions import Desk
from tests.support.cli import World
from tests.support.clock import FakeClock
from tests.support.scripted import make_job
from tui.core.keys import JobKey
from tui.core.models import Action, ActionKind
from tui.core.state import State
from tui.engine.bulk import BulkRun
from tui.engine.bulk_plan import BulkLimits, BulkOrder, BulkPlanner
from tui.engine.sequence import JobSequence, plan_sequence

TRIGGER, STOP, RERUN, HOLD, RELEASE, DELETE = ActionKind
NAME = "load orders"
ANSWERS: Sequence[str | None] = (None, "", " ", "y", "yes", "n", "2", "3", "2 jobs", NAME, "load", "1")
"""Everything that somebody might type, the right thing for each level among it; None for nobody."""

ENVIRONMENTS = ("", "dev", "stage", "prod", "production-eu")
LEVELS = {"": "key", "dev": "key", "stage": "yes", "prod": "name", "production-eu": "name"}
"""What an environment takes; one that nobody knows is production."""

TYPED: Mapping[str, Mapping[str, AbstractSet[str | None]]] = {
    "single": {"key": set(ANSWERS) - {None}, "yes": {"y", "yes"}, "name": {NAME}},
    "many": {"key": {"", " "}, "yes": {"y", "yes"}, "name": {"2"}},
    "in order": {"key": {"", " "}, "yes": {"y"}, "name": {"2 jobs"}},
}
"""What confirms, by the way in which it is asked."""


class Act(NamedTuple):
    """One thing to do."""

    kind: ActionKind
    is_forced: bool = False

    def __str__(self) -> str:
        return f"{self.kind}{' by force' if self.is_forced else ''}"

    def level(self, environment: str) -> str:
        """How it is confirmed there, as people would tell it."""
        if self.kind is DELETE:
            return "name"
        level = LEVELS[environment]
        return "yes" if self.is_forced and level == "key" else level


ACTS = (Act(TRIGGER), Act(RERUN), Act(STOP), Act(STOP, is_forced=True), Act(HOLD), Act(RELEASE), Act(DELETE))
WAYS = ("single", "many", "in order", "command line")
CASES = [
    (environment, act, way)
    for environment, act, way in product(ENVIRONMENTS, ACTS, WAYS)
    if way != "in order" or act.kind is TRIGGER
]


@pytest.mark.parametrize(("environment", "act", "way"), CASES, ids=str)
def test_nothing_is_sent_that_was_not_confirmed_as_its_environment_wants(
    tmp_path: Path, world: World, environment: str, act: Act, way: str
) -> None:
    if way == "command line":
        check_command_line(world, environment, act)
        return
    sent = asyncio.run(answers_that_send(tmp_path, environment, act, way))
    assert sent == TYPED[way][act.level(environment)]


async def answers_that_send(folder: Path, environment: str, act: Act, way: str) -> set[str | None]:
    """The answers after which the system got a request."""
    desk = Desk(folder, FakeClock(), environment=environment)
    confirming = set()
    for number, answer in enumerate(ANSWERS):
        jobs = [str(2 * number), str(2 * number + 1)]
        for job in jobs:
            is_running = act.kind is STOP
            desk.add(
                id=job,
                name=NAME,
                run_id=f"r{job}",
                state=State.RUNNING if is_running else State.FAILED,
                is_held=act.kind is RELEASE,
            )
        before = desk.sent()
        await ask(desk, act, [JobKey("alpha", job) for job in jobs], answer, way)
        count = desk.sent() - before
        assert count in (0, 1 if way == "single" else 2)
        confirming |= {answer} if count else set()
    await desk.close()
    return confirming


async def ask(desk: Desk, act: Act, jobs: Sequence[JobKey], answer: str | None, way: str) -> None:
    if way == "single":
        plan = await desk.actions.plan(Action(act.kind, jobs[0], is_forced=act.is_forced))
        assert plan.refusal == ""
        await desk.actions.perform(plan.action, confirmation=answer, request_id=plan.request_id, shown=plan)
    elif answer is None:
        return  # Going back from the dialog begins nothing: there is no answer to begin with.
    elif way == "many":
        order = BulkOrder(act.kind, tuple(jobs), is_forced=act.is_forced)
        many = await BulkPlanner(desk.actions, desk.store, desk.clock).plan(order)
        assert many.count == len(jobs)
        run = BulkRun(
            desk.actions,
            desk.store,
            clock=desk.clock,
            plan=many,
            limits=BulkLimits(stagger_s=0),
            tell=lambda: None,
        )
        run.start(answer)
        await desk.clock.settle()
        await run.aclose()
    else:
        await in_order(desk, jobs, answer)


async def in_order(desk: Desk, jobs: Sequence[JobKey], answer: str) -> None:
    async def succeed(job: JobKey, run_id: str) -> State:
        return State.SUCCEEDED

    plan = await plan_sequence(desk.actions, jobs)
    await JobSequence(desk.actions, succeed, plan, lambda: None).run(answer)


def check_command_line(world: World, environment: str, act: Act) -> None:
    """Where nobody can be asked: what the command has to say."""
    keys = f'environment = "{environment}"' if environment else ""
    is_running = act.kind is STOP
    state = State.RUNNING if is_running else State.FAILED
    scene = world.add_scene(
        "alpha",
        make_job("1", name=NAME, run_id="r1", state=state, is_held=act.kind is RELEASE),
        keys=keys,
    )
    words = [act.kind.value, "alpha/1", *(["--force"] if act.is_forced else [])]
    level = act.level(environment)
    # Whoever writes the command, and `--force` in it, has done more than press a key.
    says_enough = level == "key" or (act.is_forced and LEVELS[environment] == "key")
    plain = world.run(*words)
    if environment not in ("", "dev", "stage", "prod"):
        # The config refuses a word that means nothing, and with it the whole connection.
        assert plain.code != 0
        assert world.run(*words, *confirmed(act)).code != 0
        assert sent(scene.script.calls) == []
        return
    assert (plain.code, sent(scene.script.calls)) == ((0, [act.kind]) if says_enough else (5, []))
    if not says_enough:
        assert world.run(*words, *confirmed(act)).code == 0
        assert sent(scene.script.calls) == [act.kind]


def confirmed(act: Act) -> Sequence[str]:
    """What stands for the typed answer."""
    return ("--confirm", NAME) if act.kind is DELETE else ("--yes",)


def sent(calls: Sequence[object]) -> list[str]:
    names = [getattr(call, "name", "") for call in calls]
    return [name for name in names if name in set(ActionKind)]
