"""Several jobs one after the other, over a scripted system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.support.actions import Desk
from tests.support.clock import FakeClock
from tests.support.scripted import Script, make_job, make_run, scripted_spec
from tui.core import errors
from tui.core.keys import JobKey
from tui.core.models import Accepted, ActionKind
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.engine import Engine
from tui.engine.guard import GuardLevel
from tui.engine.history import History
from tui.engine.sequence import JobSequence, StepStatus, plan_sequence
from tui.engine.store import Store

KEYS = [JobKey("alpha", str(number)) for number in (1, 2, 3)]
TRIGGER = ActionKind.TRIGGER


class Ends:
    """Waits for runs as told: each ends when the test says so."""

    def __init__(self) -> None:
        self.awaited: list[tuple[JobKey, str]] = []
        self._ends: asyncio.Queue[State] = asyncio.Queue()

    def end(self, state: State = State.SUCCEEDED) -> None:
        self._ends.put_nowait(state)

    async def __call__(self, key: JobKey, run_id: str) -> State:
        self.awaited.append((key, run_id))
        return await self._ends.get()


@pytest.fixture
def ends() -> Ends:
    return Ends()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, FakeClock())
    for key in KEYS:
        desk.add(id=key.id)
    yield desk
    await desk.close()


async def begin(
    desk: Desk, ends: Ends, keys: Sequence[JobKey] = KEYS, typed: str = ""
) -> tuple[JobSequence, asyncio.Task[None]]:
    plan = await plan_sequence(desk.actions, keys)
    sequence = JobSequence(desk.actions, ends, plan, lambda: None)
    task = asyncio.create_task(sequence.run(typed))
    await desk.clock.settle()
    return sequence, task


def statuses(sequence: JobSequence) -> list[StepStatus]:
    return [step.status for step in sequence.steps]


async def test_each_job_waits_for_the_one_before(desk: Desk, ends: Ends) -> None:
    sequence, task = await begin(desk, ends)
    for number in (1, 2, 3):
        assert desk.sent(TRIGGER) == number
        assert not sequence.is_over
        assert sequence.told == f"{number} of 3: job {number} running"
        ends.end(State.WARNING if number == 2 else State.SUCCEEDED)
        await desk.clock.settle()
    await task
    assert [call[0].id for call in desk.script.called("trigger")] == ["1", "2", "3"]
    assert [run_id for _, run_id in ends.awaited] == ["run-1", "run-2", "run-3"]
    assert (sequence.is_over, sequence.is_good, sequence.told) == (True, True, "all 3 jobs succeeded")


@pytest.mark.parametrize("outcome", [State.FAILED, State.CANCELLED, State.UNKNOWN])
async def test_a_bad_end_stops_the_rest(desk: Desk, ends: Ends, outcome: State) -> None:
    sequence, task = await begin(desk, ends)
    ends.end()
    await desk.clock.settle()
    ends.end(outcome)
    await task
    assert desk.sent(TRIGGER) == 2
    assert statuses(sequence) == [StepStatus.ENDED, StepStatus.ENDED, StepStatus.SKIPPED]
    assert sequence.told == f"2 of 3: job 2 {outcome}; 1 not started"
    assert not sequence.is_good


async def test_a_refused_start_stops_the_rest(desk: Desk, ends: Ends) -> None:
    desk.script.answer(TRIGGER, errors.ActionRefused("the task is busy"))
    sequence, task = await begin(desk, ends)
    await task
    assert statuses(sequence) == [StepStatus.REFUSED, StepStatus.SKIPPED, StepStatus.SKIPPED]
    assert sequence.told == "1 of 3: job 1 refused, the task is busy; 2 not started"
    assert ends.awaited == []


async def test_a_lost_answer_is_looked_for_and_goes_on_with_the_run_that_came_of_it(
    desk: Desk, ends: Ends
) -> None:
    desk.script.answer(
        TRIGGER,
        errors.OutcomeUnknown("the connection broke"),
        state=State.RUNNING,
        run_id="r9",
        started_at=desk.clock.now(),
    )
    sequence, task = await begin(desk, ends)
    await desk.clock.advance(5)
    assert ends.awaited == [(KEYS[0], "r9")]
    task.cancel()
    assert desk.sent(TRIGGER) == 1
    assert statuses(sequence)[0] is StepStatus.RUNNING


async def test_an_answer_lost_for_good_stops_the_rest(desk: Desk, ends: Ends) -> None:
    desk.script.answer(TRIGGER, errors.OutcomeUnknown("the connection broke"))
    sequence, task = await begin(desk, ends)
    await desk.clock.advance(200)
    await task
    assert statuses(sequence) == [StepStatus.UNKNOWN, StepStatus.SKIPPED, StepStatus.SKIPPED]
    assert desk.sent(TRIGGER) == 1


async def test_a_system_that_names_no_run_is_waited_for_by_its_row(desk: Desk, ends: Ends) -> None:
    desk.script.answer(TRIGGER, Accepted())
    sequence, task = await begin(desk, ends, KEYS[:2])
    assert ends.awaited == []
    desk.observe("1", state=State.RUNNING, run_id="r5", started_at=desk.clock.now())
    await desk.clock.advance(2)
    assert ends.awaited == [(KEYS[0], "r5")]
    assert sequence.steps[0].run_id == "r5"
    task.cancel()


async def test_a_cancelled_sequence_starts_nothing_more(desk: Desk, ends: Ends) -> None:
    sequence, task = await begin(desk, ends)
    sequence.cancel()
    ends.end()
    await task
    assert statuses(sequence) == [StepStatus.ENDED, StepStatus.SKIPPED, StepStatus.SKIPPED]
    assert desk.sent(TRIGGER) == 1


@pytest.mark.parametrize(
    ("environment", "level", "expects"),
    [
        ("", GuardLevel.ENTER, ""),
        ("stage", GuardLevel.YES, "y"),
        ("prod", GuardLevel.NAME, "3 jobs"),
    ],
)
async def test_it_is_confirmed_as_its_most_guarded_job(
    tmp_path: Path, ends: Ends, environment: str, level: GuardLevel, expects: str
) -> None:
    desk = Desk(tmp_path, FakeClock(), environment=environment)
    for key in KEYS:
        desk.add(id=key.id)
    plan = await plan_sequence(desk.actions, KEYS)
    assert (plan.level, plan.expects) == (level, expects)
    for wrong in {"", "3", "job 1"} - {expects}:
        sequence, task = await begin(desk, ends, typed=wrong)
        await task
        assert (sequence.told.partition(";")[0], desk.sent()) == ("1 of 3: job 1 refused, not confirmed", 0)
    _, task = await begin(desk, ends, typed=expects)
    assert desk.sent(TRIGGER) == 1
    task.cancel()
    await desk.close()


async def test_what_can_not_be_done_is_told_before_anything_is_sent(desk: Desk, ends: Ends) -> None:
    twice = await plan_sequence(desk.actions, [KEYS[0], KEYS[0]])
    assert twice.refusal == "a job is in it twice"
    desk.script.reasons[TRIGGER] = "the job is disabled"
    plan = await plan_sequence(desk.actions, KEYS)
    assert plan.refusal == "job 1: the job is disabled"
    sequence, task = await begin(desk, ends)
    await task
    assert (sequence.is_good, desk.sent()) == (False, 0)


class TestOverAnEngine:
    """The row of the job tells how its run ended."""

    @pytest.fixture
    async def engine(self, tmp_path: Path) -> AsyncIterator[Engine]:
        clock = FakeClock()
        self.clock, self.script = clock, Script(clock)
        for number in (1, 2):
            self.script.add(make_job(str(number)))
        engine = Engine(
            [scripted_spec("alpha", self.script)],
            store=Store(clock),
            history=History(tmp_path, clock),
            clock=clock,
            read_only=False,
            redactor=Redactor(),
        )
        await engine.start()
        await clock.advance(2)
        await clock.wait_until(lambda: len(engine.store.jobs) == 2)
        yield engine
        await engine.aclose()

    async def start(self, engine: Engine) -> JobSequence:
        sequence = engine.start_sequence(await engine.plan_sequence(KEYS[:2]), "", lambda _: None)
        await self.clock.wait_until(lambda: sequence.steps[0].status is StepStatus.RUNNING)
        return sequence

    async def test_the_next_one_starts_when_the_row_has_ended(self, engine: Engine) -> None:
        sequence = await self.start(engine)
        assert engine.sequences == (sequence,)
        await self.clock.advance(10)
        assert sequence.told == "1 of 2: job 1 running"
        self.script.change("1", state=State.SUCCEEDED, last_result=State.SUCCEEDED, ended_at=self.clock.now())
        await self.clock.advance(10)
        await self.clock.wait_until(lambda: sequence.steps[1].status is StepStatus.RUNNING)
        self.script.change("2", state=State.FAILED, last_result=State.FAILED, ended_at=self.clock.now())
        await self.clock.advance(10)
        assert sequence.told == "2 of 2: job 2 failed"
        assert list(engine.sequences) == []

    async def test_a_run_that_was_overtaken_by_another_is_found_among_the_runs(self, engine: Engine) -> None:
        sequence = await self.start(engine)
        self.script.change("1", state=State.RUNNING, run_id="scheduled", started_at=self.clock.now())
        self.script.runs["1"] = [make_run(sequence.steps[0].run_id, state=State.FAILED)]
        await self.clock.advance(40)
        await self.clock.wait_until(lambda: sequence.is_over)
        assert sequence.told == "1 of 2: job 1 failed; 1 not started"

    async def test_closing_ends_it_without_starting_more(self, engine: Engine) -> None:
        sequence = await self.start(engine)
        await engine.aclose()
        assert len(self.script.called("trigger")) == 1
        assert sequence.steps[1].status is StepStatus.WAITING
