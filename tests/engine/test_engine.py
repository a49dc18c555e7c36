"""The engine as front ends use it: start, details, history, and what is refused."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.scripted import FullAdapter, Script, ScriptedAdapter, make_job, make_run, scripted_spec
from tui.core.capabilities import CanStop, HasLogs
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    ConfigError,
    NotFound,
    Unauthorized,
    Unreachable,
)
from tui.core.keys import JobKey, RunKey
from tui.core.models import Action, ActionKind, HealthStatus, Parameter, ReceiptStatus, Task
from tui.core.redaction import MASK, Redactor
from tui.core.state import State
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.recorder import SAVE_S
from tui.engine.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tui.core.models import Health, Job

ONE = JobKey("alpha", "1")
RUN = RunKey("alpha", "1", "r1")
MINUTE = timedelta(minutes=1)


class World:
    """Two scripted systems behind an engine whose history is in a folder of the test."""

    def __init__(self, folder: Path, *, read_only: bool = False, **spec: Any) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.redactor = Redactor()
        self.alpha = Script(self.clock)
        self.alpha.add(make_job("1"), make_job("2"))
        self.beta = Script(self.clock)
        self.beta.add(make_job("9", "beta"))
        self.spec = spec
        self.read_only = read_only
        self.engine = self.make_engine()

    def make_engine(self) -> Engine:
        return Engine(
            [scripted_spec("alpha", self.alpha, **self.spec), scripted_spec("beta", self.beta)],
            store=Store(self.clock),
            history=History(self.folder, self.clock),
            clock=self.clock,
            read_only=self.read_only,
            redactor=self.redactor,
            rng=random.Random(1),
        )

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Engine]:
        """A fresh engine that runs until the block ends."""
        self.engine = self.make_engine()
        await self.engine.start()
        try:
            await self.clock.advance(1)
            yield self.engine
        finally:
            await self.engine.aclose()

    def health(self, name: str) -> Health:
        return self.engine.store.health[name]

    def job(self) -> Job:
        return self.engine.store.jobs[ONE]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def finished(world: World, run_id: str, state: State = State.SUCCEEDED, **changes: Any) -> None:
    """Let a run of the first job end on the system's side."""
    now = world.clock.now()
    world.alpha.change(
        "1", run_id=run_id, state=state, started_at=now - MINUTE, ended_at=now, duration_s=60.0, **changes
    )


class TestLife:
    async def test_started_it_polls_every_connection(self, world: World) -> None:
        async with world.started() as engine:
            assert set(engine.store.jobs) == {ONE, JobKey("alpha", "2"), JobKey("beta", "9")}
            assert world.health("beta").status is HealthStatus.OK
            await world.clock.advance(60)
            assert world.alpha.sweeps >= 4

    async def test_it_knows_its_connections_before_it_starts(self, world: World) -> None:
        assert set(world.engine.store.health) == {"alpha", "beta"}
        assert world.health("alpha").status is HealthStatus.CONNECTING
        await world.engine.aclose()

    async def test_closed_it_polls_no_more_and_has_closed_the_adapters(self, world: World) -> None:
        async with world.started():
            pass
        sweeps = world.alpha.sweeps
        await world.clock.advance(600)
        assert world.alpha.sweeps == sweeps
        assert (world.alpha.closed, world.beta.closed) == (1, 1)
        assert world.clock.sleeping == 0

    async def test_closing_twice_is_harmless(self, world: World) -> None:
        async with world.started() as engine:
            await engine.aclose()
        assert (world.alpha.closed, world.beta.closed) == (1, 1)

    async def test_closing_cuts_a_sweep_in_flight(self, world: World) -> None:
        world.alpha.hangs.add(1)
        async with world.started():
            assert world.alpha.in_flight == 1
        assert world.alpha.in_flight == 0

    async def test_an_adapter_that_fails_to_close_keeps_nobody(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Jammed(ScriptedAdapter):
            async def aclose(self) -> None:
                raise OSError("jammed, token=abcdef123456")

        world = World(tmp_path, adapter=Jammed)
        async with world.started():
            pass
        assert world.beta.closed == 1
        assert "jammed" in caplog.text
        assert "abcdef" not in caplog.text

    async def test_a_failing_connection_leaves_the_others_alone(self, world: World) -> None:
        world.alpha.always = Unauthorized("wrong password")
        async with world.started():
            await world.clock.advance(60)
            assert world.health("alpha").status is HealthStatus.UNAUTHORIZED
            assert world.health("beta").status is HealthStatus.OK
            assert world.beta.sweeps >= 4

    async def test_a_broken_connection_leaves_the_others_alone(self, tmp_path: Path) -> None:
        world = World(tmp_path, problem=ConfigError("unknown key 'usr'", hint="did you mean user?"))
        async with world.started() as engine:
            assert world.health("alpha").status is HealthStatus.BROKEN
            assert set(engine.store.jobs) == {JobKey("beta", "9")}
            with pytest.raises(ConfigError):
                await engine.adapter("alpha")

    async def test_pausing_and_focus_reach_every_connection(self, world: World) -> None:
        async with world.started() as engine:
            engine.set_paused(True)
            assert engine.is_paused
            await world.clock.advance(600)
            assert (world.alpha.sweeps, world.beta.sweeps) == (1, 1)
            engine.set_paused(False)
            engine.set_focused(False)
            await world.clock.advance(50)
            assert (world.alpha.sweeps, world.beta.sweeps) == (2, 2)
            engine.set_focused(True)
            await world.clock.advance(0)
            assert (world.alpha.sweeps, world.beta.sweeps) == (3, 3)

    async def test_refresh_of_one_connection_or_all(self, world: World) -> None:
        async with world.started() as engine:
            engine.refresh("beta")
            await world.clock.settle()
            assert (world.alpha.sweeps, world.beta.sweeps) == (1, 2)
            engine.refresh()
            await world.clock.settle()
            assert (world.alpha.sweeps, world.beta.sweeps) == (2, 3)
            with pytest.raises(NotFound, match="gamma"):
                engine.refresh("gamma")

    async def test_refresh_lets_a_refused_connection_try_again(self, world: World) -> None:
        world.alpha.errors[1] = Unauthorized("wrong password")
        async with world.started() as engine:
            engine.refresh()
            await world.clock.settle()
            assert world.health("alpha").status is HealthStatus.OK

    async def test_a_touched_job_is_looked_at_soon(self, world: World) -> None:
        async with world.started() as engine:
            engine.touch(ONE)
            await world.clock.advance(3)
            assert (world.alpha.sweeps, world.beta.sweeps) == (2, 1)


class TestSweepAll:
    async def test_sweeps_once_without_polling(self, world: World) -> None:
        assert await world.engine.sweep_all() == {}
        assert len(world.engine.store.jobs) == 3
        await world.clock.advance(600)
        assert (world.alpha.sweeps, world.beta.sweeps) == (1, 1)
        await world.engine.aclose()

    async def test_tells_the_failures_by_connection(self, world: World) -> None:
        error = world.alpha.always = Unreachable("refused", hint="is it up?")
        assert await world.engine.sweep_all() == {"alpha": error}
        assert set(world.engine.store.jobs) == {JobKey("beta", "9")}
        await world.engine.aclose()

    async def test_a_surprise_is_a_failure_too(self, world: World) -> None:
        world.alpha.always = ValueError("boom")
        failures = await world.engine.sweep_all()
        assert "ValueError: boom" in str(failures["alpha"])
        await world.engine.aclose()

    async def test_only_the_named_connections(self, world: World) -> None:
        await world.engine.sweep_all(["beta", "beta"])
        assert (world.alpha.sweeps, world.alpha.opened, world.beta.sweeps) == (0, 0, 1)
        await world.engine.aclose()

    async def test_an_unknown_name_is_told_with_the_known_ones(self, world: World) -> None:
        with pytest.raises(NotFound, match=r"gamma.*alpha, beta"):
            await world.engine.sweep_all(["gamma"])
        await world.engine.aclose()

    async def test_they_go_side_by_side(self, world: World) -> None:
        world.alpha.sweep_s = world.beta.sweep_s = 10.0
        both = asyncio.create_task(world.engine.sweep_all())
        await world.clock.advance(10)
        assert both.done()
        await world.engine.aclose()


class TestRuns:
    async def test_the_systems_word_counts_and_history_fills_up(self, world: World) -> None:
        told = make_run("r2", started_at=START + MINUTE, message="told")
        older = make_run("r1", started_at=START, state=State.FAILED)
        await world.engine.history.record_runs([older, replace(told, message="remembered")])
        world.alpha.runs["1"] = [told]
        runs = await world.engine.runs(ONE)
        assert [(run.key.run_id, run.message) for run in runs] == [("r2", "told"), ("r1", "")]
        await world.engine.aclose()

    async def test_attempts_are_runs_of_their_own_newest_first(self, world: World) -> None:
        world.alpha.runs["1"] = [
            make_run("r1", started_at=START),
            make_run("r1", attempt=2, started_at=START + MINUTE),
            make_run("r3", state=State.QUEUED),
        ]
        runs = await world.engine.runs(ONE)
        assert [(run.key.run_id, run.key.attempt) for run in runs] == [("r3", 1), ("r1", 2), ("r1", 1)]
        await world.engine.aclose()

    async def test_a_remembered_first_attempt_is_not_told_beside_the_true_one(self, world: World) -> None:
        await world.engine.history.record_runs([make_run("r1", started_at=START)])
        world.alpha.runs["1"] = [make_run("r1", attempt=3, started_at=START)]
        assert [run.key.attempt for run in await world.engine.runs(ONE)] == [3]
        await world.engine.aclose()

    async def test_no_more_than_asked_for(self, world: World) -> None:
        world.alpha.runs["1"] = [make_run(f"r{n}", started_at=START + n * MINUTE) for n in range(9, 0, -1)]
        assert [run.key.run_id for run in await world.engine.runs(ONE, limit=2)] == ["r9", "r8"]
        await world.engine.aclose()

    async def test_history_alone_when_the_system_is_down(self, world: World) -> None:
        await world.engine.history.record_runs([make_run("r1", started_at=START)])
        world.alpha.read_error = Unreachable("refused")
        assert [run.key.run_id for run in await world.engine.runs(ONE)] == ["r1"]
        with pytest.raises(Unreachable):
            await world.engine.runs(JobKey("alpha", "2"))
        await world.engine.aclose()

    async def test_finished_ones_are_remembered(self, world: World) -> None:
        world.alpha.runs["1"] = [
            make_run("r2", state=State.RUNNING, started_at=START + MINUTE),
            make_run("r1", started_at=START, message="done"),
        ]
        await world.engine.runs(ONE)
        await world.engine.aclose()
        world.engine = world.make_engine()
        world.alpha.read_error = Unreachable("refused")
        assert [(run.key.run_id, run.message) for run in await world.engine.runs(ONE)] == [("r1", "done")]
        await world.engine.aclose()

    async def test_texts_are_scrubbed(self, world: World) -> None:
        world.alpha.runs["1"] = [
            make_run("r\x1b1", message="no\x07", triggered_by="a\nb", params={"k\x00": "v\u202e"})
        ]
        (run,) = await world.engine.runs(ONE)
        assert (run.key.run_id, run.message, run.triggered_by, run.params) == (
            "r\\u001b1",
            "no",
            "a b",
            {"k\\u0000": "v"},
        )
        await world.engine.aclose()

    async def test_of_no_connection(self, world: World) -> None:
        with pytest.raises(NotFound, match="gamma"):
            await world.engine.runs(JobKey("gamma", "1"))
        await world.engine.aclose()


class TestDetails:
    async def test_a_log_is_read_from_a_cursor(self, world: World) -> None:
        world.alpha.logs["r1"] = b"one\ntwo\n"
        first = await world.engine.read_log(RUN)
        assert (first.data, first.is_complete) == (b"one\ntwo\n", True)
        world.alpha.logs["r1"] += b"three\n"
        assert (await world.engine.read_log(RUN, first.cursor)).data == b"three\n"
        with pytest.raises(NotFound):
            await world.engine.read_log(RunKey("alpha", "1", "r9"))
        assert await world.engine.log_path(RUN) is None
        await world.engine.aclose()

    async def test_a_system_without_the_capability_says_so(self, tmp_path: Path) -> None:
        world = World(tmp_path, adapter=ScriptedAdapter)
        for question in (world.engine.read_log(RUN), world.engine.tasks(RUN), world.engine.raw(ONE)):
            with pytest.raises(ActionRefused, match="Scripted") as refusal:
                await question
            assert refusal.value.hint
        assert await world.engine.parameters(ONE) == ()
        assert await world.engine.web_url(ONE) is None
        await world.engine.aclose()

    async def test_tasks_and_parameters_are_scrubbed(self, world: World) -> None:
        world.alpha.tasks["r1"] = [Task(RUN, "t1", "load\x1b[2J", State.FAILED, message="bad\x07")]
        world.alpha.parameters["1"] = [Parameter("region\x07", choices=("EU\n", "US"))]
        (task,) = await world.engine.tasks(RUN)
        assert (task.name, task.message) == ("load", "bad")
        (parameter,) = await world.engine.parameters(ONE)
        assert (parameter.name, parameter.choices) == ("region\\u0007", ("EU\\u000a", "US"))
        await world.engine.aclose()

    async def test_the_raw_record_has_no_secrets_in_it(self, world: World) -> None:
        world.redactor.add("hunter2hunter2")
        world.alpha.raw["1"] = {
            "name": "load",
            "note": "uses hunter2hunter2",
            "dbPassword": "s3cret",
            "auth": {"access_token": {"value": "abc"}, "user": "ops"},
            "list": ["hunter2hunter2", 1, None, True, 2.5],
            "password": None,
            "text": "one\ntwo\x1b[31m",
            "when": START,
        }
        assert await world.engine.raw(ONE) == {
            "name": "load",
            "note": f"uses {MASK}",
            "dbPassword": MASK,
            "auth": {"access_token": MASK, "user": "ops"},
            "list": [MASK, 1, None, True, 2.5],
            "password": None,
            "text": "one\ntwo",
            "when": str(START),
        }
        await world.engine.aclose()

    async def test_a_bottomless_raw_record_is_cut(self, world: World) -> None:
        bottomless: dict[str, object] = {}
        bottomless["again"] = bottomless
        world.alpha.raw["1"] = bottomless
        assert "…" in str(await world.engine.raw(ONE))
        await world.engine.aclose()

    async def test_web_pages(self, world: World) -> None:
        assert await world.engine.web_url(ONE) == "https://jobs.example.com/1"
        assert await world.engine.web_url(ONE, RUN) == "https://jobs.example.com/1/runs/r1"
        await world.engine.aclose()

    async def test_equal_questions_in_flight_share_an_answer(self, world: World) -> None:
        world.alpha.call_s = 1.0
        world.alpha.logs["r1"] = b"text"
        asked = asyncio.gather(
            *(world.engine.read_log(RUN) for _ in range(3)),
            *(world.engine.tasks(RUN) for _ in range(3)),
            world.engine.read_log(RUN, "2"),
        )
        await world.clock.advance(1)
        await asked
        assert len(world.alpha.called("read_log")) == 2
        assert len(world.alpha.called("list_tasks")) == 1
        again = asyncio.gather(world.engine.read_log(RUN))
        await world.clock.advance(1)
        await again
        assert len(world.alpha.called("read_log")) == 3, "an answer is shared only while it is awaited"
        await world.engine.aclose()

    async def test_runs_in_flight_share_an_answer(self, world: World) -> None:
        world.alpha.call_s = 1.0
        asked = asyncio.gather(world.engine.runs(ONE), world.engine.runs(ONE))
        await world.clock.wait_until(lambda: len(world.alpha.called("list_runs")) > 0)
        await world.clock.advance(1)
        await asked
        assert len(world.alpha.called("list_runs")) == 1
        await world.engine.aclose()

    async def test_a_shared_failure_reaches_everybody(self, world: World) -> None:
        world.alpha.read_error = BadAnswer("html")
        outcomes = await asyncio.gather(
            world.engine.tasks(RUN), world.engine.tasks(RUN), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [BadAnswer, BadAnswer]
        await world.engine.aclose()

    async def test_wrong_credentials_met_by_a_question_stop_all_talk(self, world: World) -> None:
        async with world.started() as engine:
            world.alpha.read_error = Unauthorized("session revoked")
            for _ in range(3):
                with pytest.raises(Unauthorized):
                    await engine.read_log(RUN)
            await world.clock.advance(600)
            assert len(world.alpha.called("read_log")) == 1
            assert world.alpha.sweeps == 1
            assert world.health("alpha").status is HealthStatus.UNAUTHORIZED


class TestCan:
    async def test_what_the_system_can_do(self, world: World) -> None:
        async with world.started() as engine:
            assert engine.can(ONE, ActionKind.TRIGGER) == ""
            assert engine.offers("alpha", HasLogs)
            world.alpha.reasons[ActionKind.STOP] = "nothing\x07 runs"
            assert engine.can(ONE, ActionKind.STOP) == "nothing runs"

    async def test_what_the_system_cannot_do(self, tmp_path: Path) -> None:
        world = World(tmp_path, adapter=ScriptedAdapter)
        async with world.started() as engine:
            assert "Scripted does not offer stop" in engine.can(ONE, ActionKind.STOP)
            assert not engine.offers("alpha", CanStop)

    async def test_nothing_while_everything_is_read_only(self, tmp_path: Path) -> None:
        world = World(tmp_path, read_only=True)
        async with world.started() as engine:
            assert engine.is_read_only
            assert "read-only" in engine.can(ONE, ActionKind.STOP)

    async def test_nothing_while_the_connection_is_read_only(self, tmp_path: Path) -> None:
        world = World(tmp_path, is_read_only=True)
        async with world.started() as engine:
            assert not engine.is_read_only
            assert "alpha is read-only" in engine.can(ONE, ActionKind.STOP)
            assert engine.can(JobKey("beta", "9"), ActionKind.STOP) == ""

    async def test_nothing_while_it_connects(self, world: World) -> None:
        world.engine.store.upsert([make_job("1")])
        assert world.engine.can(ONE, ActionKind.STOP) == "still connecting to alpha"
        assert not world.engine.offers("alpha", HasLogs)
        await world.engine.aclose()

    async def test_nothing_while_the_credentials_are_refused(self, world: World) -> None:
        world.alpha.errors[2] = Unauthorized("wrong password", hint="set TAC_PASSWORD")
        async with world.started() as engine:
            await world.clock.advance(20)
            assert engine.can(ONE, ActionKind.STOP) == "wrong password (set TAC_PASSWORD)"

    async def test_nothing_with_a_job_that_is_not_there(self, world: World) -> None:
        assert "there is no job alpha/1" in world.engine.can(ONE, ActionKind.STOP)
        assert "there is no job" in world.engine.can(JobKey("gamma", "1"), ActionKind.STOP)
        await world.engine.aclose()


class TestActing:
    async def test_an_action_is_journaled_sent_once_and_seen_by_the_poller(self, world: World) -> None:
        async with world.started() as engine:
            plan = await engine.actions.plan(Action(ActionKind.TRIGGER, ONE))
            assert plan.refusal == ""
            receipt = await engine.actions.perform(plan.action, confirmation="", request_id=plan.request_id)
            assert (receipt.status, receipt.run_id) == (ReceiptStatus.ACCEPTED, "run-1")
            await world.clock.advance(5)
            assert engine.store.receipts[ONE].status is ReceiptStatus.OBSERVED
            assert world.job().state is State.RUNNING
            assert len(world.alpha.called("trigger")) == 1
            statuses = [entry.status for entry in await engine.journal.entries()]
            assert statuses[:2] == ["sent", "accepted"]

    async def test_nothing_is_sent_when_everything_is_read_only(self, tmp_path: Path) -> None:
        world = World(tmp_path, read_only=True)
        async with world.started() as engine:
            receipt = await engine.actions.perform(Action(ActionKind.TRIGGER, ONE), confirmation="")
            assert receipt.status is ReceiptStatus.REFUSED
            assert world.alpha.called("trigger") == []


class TestWeight:
    def test_it_loads_neither_screen_nor_network_nor_validation(self) -> None:
        code = (
            "import sys, tui.engine.engine, tui.engine.records, tui.logs.scrub;"
            "heavy = {'pydantic', 'httpx', 'textual', 'rich', 'psutil'};"
            "print(*heavy.intersection(sys.modules))"
        )
        outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (outcome.stdout.strip(), outcome.stderr) == ("", "")


async def remembered(world: World) -> list[tuple[str, State]]:
    """The first job's runs in the history of an earlier engine."""
    history = History(world.folder, world.clock)
    runs = await history.runs(ONE)
    await history.aclose()
    return [(run.key.run_id, run.state) for run in runs]


class TestHistory:
    async def test_a_run_that_ends_is_recorded(self, world: World) -> None:
        async with world.started():
            world.alpha.change("1", state=State.RUNNING, run_id="r7", started_at=world.clock.now())
            await world.clock.advance(20)
            finished(world, "r7", State.FAILED, message="ORA-12541", exit_code=3)
            await world.clock.advance(20)
        history = History(world.folder, world.clock)
        (run,) = await history.runs(ONE)
        await history.aclose()
        assert run.key == RunKey("alpha", "1", "r7")
        assert (run.state, run.message, run.exit_code) == (State.FAILED, "ORA-12541", 3)
        assert (run.duration_s, run.ended_at) == (60.0, world.job().ended_at)

    async def test_each_run_once_and_a_rerun_under_the_same_id_again(self, world: World) -> None:
        async with world.started():
            for run_id, state in (("r1", State.FAILED), ("r1", State.SUCCEEDED), ("r2", State.CANCELLED)):
                finished(world, run_id, state)
                await world.clock.advance(40)
        assert {run_id for run_id, _ in await remembered(world)} == {"r1", "r2"}

    async def test_a_job_that_waits_again_still_tells_of_its_last_run(self, world: World) -> None:
        finished(world, "r5", State.SCHEDULED, last_result=State.WARNING, native_state="READY")
        async with world.started():
            pass
        assert await remembered(world) == [("r5", State.WARNING)]

    @pytest.mark.parametrize(
        "changes",
        [
            {"state": State.RUNNING, "run_id": "r1", "last_result": State.FAILED},
            {"state": State.SUCCEEDED, "run_id": ""},
            {"state": State.SCHEDULED, "run_id": "r1", "last_result": None, "ended_at": START},
            {"state": State.PAUSED, "run_id": "r1", "last_result": State.FAILED},
        ],
    )
    async def test_what_has_not_ended_is_not_recorded(self, world: World, changes: dict[str, Any]) -> None:
        world.alpha.change("1", **changes)
        async with world.started():
            pass
        assert await remembered(world) == []

    async def test_a_single_sweep_records_nothing_but_what_ends_before_its_eyes(self, world: World) -> None:
        finished(world, "r1")
        await world.engine.sweep_all()
        finished(world, "r2")
        await world.engine.sweep_all()
        await world.engine.aclose()
        assert await remembered(world) == [("r2", State.SUCCEEDED)]

    async def test_trends_come_from_history_and_grow(self, world: World) -> None:
        await world.engine.history.record_runs(
            make_run(f"old{n}", started_at=START - n * MINUTE, ended_at=START, duration_s=4.0)
            for n in range(1, 4)
        )
        await world.engine.aclose()
        async with world.started() as engine:
            await world.clock.wait_until(lambda: ONE in engine.store.trends)
            assert engine.store.trends[ONE].outcomes == (State.SUCCEEDED,) * 3
            assert engine.store.trends[ONE].usual_s == 4.0
            finished(world, "new", State.FAILED)
            await world.clock.advance(20)
            await world.clock.wait_until(lambda: len(engine.store.trends[ONE].outcomes) == 4)
            assert engine.store.trends[ONE].outcomes[-1] is State.FAILED

    async def test_trends_can_be_asked_for_without_polling(self, world: World) -> None:
        await world.engine.history.record_runs([make_run("r1", started_at=START, duration_s=1.0)])
        await world.engine.sweep_all()
        assert ONE not in world.engine.store.trends
        await world.engine.load_trends()
        assert world.engine.store.trends[ONE].outcomes == (State.SUCCEEDED,)
        await world.engine.aclose()

    async def test_the_last_table_is_there_at_the_next_start(self, world: World) -> None:
        async with world.started() as engine:
            engine.set_interest([JobKey("alpha", "2"), ONE])
        seen_at = world.job().observed_at
        world.alpha.always = Unreachable("refused")
        await world.clock.advance(3600)
        async with world.started() as engine:
            job = engine.store.jobs[ONE]
            assert job.observed_at == seen_at
            assert engine.store.is_stale(job, world.clock.now())
            assert [job.id for job in engine.history.load_first_screen()] == ["2", "1"]

    async def test_without_a_screen_the_next_start_paints_some_jobs_all_the_same(self, world: World) -> None:
        async with world.started():
            pass
        painted = History(world.folder, world.clock).load_first_screen()
        assert {job.id for job in painted} == {"1", "2", "9"}

    async def test_what_was_known_is_not_recorded_again(self, world: World) -> None:
        finished(world, "r1")
        async with world.started():
            pass
        recorded: list[object] = []
        async with world.started() as engine:
            engine.history.record_runs = recorded.append  # type: ignore[assignment, method-assign]
            await world.clock.advance(60)
            assert recorded == []

    async def test_the_table_is_saved_now_and_then_when_it_changed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        saved: list[set[JobKey]] = []

        async def save(_: object, jobs: object, screen: object, changed: set[JobKey]) -> bool:
            saved.append(changed)
            return True

        monkeypatch.setattr(History, "save_table", save)
        async with world.started():
            await world.clock.advance(SAVE_S)
            assert saved == [{ONE, JobKey("alpha", "2"), JobKey("beta", "9")}]
            await world.clock.advance(SAVE_S * 3)
            assert len(saved) == 1
            world.alpha.change("1", message="news")
            await world.clock.advance(SAVE_S * 2)
            assert saved[1:] == [{ONE}]
            world.alpha.remove("2")
            await world.clock.advance(20)
        assert saved[2:] == [{JobKey("alpha", "2")}]

    async def test_a_command_that_only_looks_saves_no_table(self, world: World) -> None:
        await world.engine.sweep_all(["beta"])
        await world.engine.aclose()
        history = History(world.folder, world.clock)
        assert await history.load_table() == []
        await history.aclose()

    async def test_jobs_of_connections_that_are_gone_are_not_shown(self, world: World) -> None:
        async with world.started():
            pass
        engine = Engine(
            [scripted_spec("beta", world.beta, FullAdapter)],
            store=Store(world.clock),
            history=History(world.folder, world.clock),
            clock=world.clock,
            read_only=False,
            redactor=world.redactor,
        )
        world.beta.always = Unreachable("refused")
        await engine.start()
        assert set(engine.store.jobs) == {JobKey("beta", "9")}
        await engine.aclose()

    async def test_without_history_the_session_goes_on(self, tmp_path: Path) -> None:
        nowhere = tmp_path / "file"
        nowhere.write_text("no folder")
        world = World(nowhere)
        async with world.started() as engine:
            finished(world, "r1")
            await world.clock.advance(60)
            assert engine.history.problem
            assert world.job().run_id == "r1"
            assert await engine.runs(ONE) == ()
