"""Runs of Slurm, put together of their pieces: states, reasons, arrays, attempts, and their jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.scripted import DictMemory
from tui.adapters.slurm.catalog import Naming
from tui.adapters.slurm.kept import Kept
from tui.adapters.slurm.paths import Facts, expanded, first_node
from tui.adapters.slurm.record import Record, Step
from tui.adapters.slurm.runs import SlurmRun, count_of, runs_of
from tui.adapters.slurm.settings import SlurmSettings
from tui.adapters.slurm.states import message_of, plain_reason, state_of
from tui.adapters.slurm.telling import tasks_of, to_job, to_run
from tui.core.keys import JobKey, RunKey
from tui.core.state import State

AT = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
FACTS = Facts("12", "8", 3, "load orders", "ops", "n[01-04]", "/home/ops")


def record(run_id: str = "8", word: str = "RUNNING", **changes: Any) -> Record:
    """A piece of a run."""
    usual: dict[str, Any] = {
        "id": run_id,
        "run_id": run_id,
        "name": "load",
        "user": "ops",
        "words": tuple(word.split(",")),
        "submitted_at": AT,
        "started_at": AT,
        "partition": "debug",
    }
    return Record(**(usual | changes))


def element(index: int, word: str, **changes: Any) -> Record:
    """An element of the array 8."""
    return record("8", word, id=str(100 + index), kind="array", index=index, **changes)


def settings(**keys: Any) -> SlurmSettings:
    """The table of a connection."""
    return SlurmSettings.model_validate({"type": "slurm", **keys})


def told(runs: Sequence[SlurmRun]) -> list[tuple[str, int, State]]:
    """The runs in short."""
    return [(run.id, run.attempt, run.state) for run in runs]


@pytest.mark.parametrize(
    ("word", "state", "substate"),
    [
        ("PENDING", State.QUEUED, ""),
        ("RUNNING", State.RUNNING, ""),
        ("RUNNING,COMPLETING", State.RUNNING, "completing"),
        ("FAILED,COMPLETING", State.RUNNING, "completing"),
        ("COMPLETING", State.RUNNING, "completing"),
        ("RUNNING,CONFIGURING", State.RUNNING, "nodes are starting"),
        ("SUSPENDED", State.PAUSED, "suspended"),
        ("COMPLETED", State.SUCCEEDED, ""),
        ("CANCELLED", State.CANCELLED, ""),
        ("FAILED", State.FAILED, ""),
        ("TIMEOUT", State.FAILED, "timeout"),
        ("NODE_FAIL", State.FAILED, "node failed"),
        ("OUT_OF_MEMORY", State.FAILED, "out of memory"),
        ("PREEMPTED", State.FAILED, "preempted"),
        ("PENDING,REQUEUED", State.QUEUED, "requeued"),
        ("PENDING,REQUEUE_HOLD", State.PAUSED, "held after a requeue"),
        ("SNOOZING", State.UNKNOWN, ""),
        ("", State.UNKNOWN, ""),
    ],
)
def test_every_word_has_its_state(word: str, state: State, substate: str) -> None:
    assert state_of(record(word=word)) == (state, substate)


@pytest.mark.parametrize(
    ("reason", "state", "said"),
    [
        ("Resources", State.QUEUED, "waits for free resources (Resources)"),
        ("JobHeldUser", State.PAUSED, "held by its user (JobHeldUser)"),
        ("JobHeldAdmin", State.PAUSED, "held by an administrator (JobHeldAdmin)"),
        (
            "launch_failed_requeued_held",
            State.PAUSED,
            "launch failed requeued held (launch_failed_requeued_held)",
        ),
        ("QOSMaxJobsPerUserLimit", State.QUEUED, "a limit of its quality of service is reached"),
        ("AssocGrpCpuLimit", State.QUEUED, "a limit of its account is reached"),
        ("ReqNodeNotAvail, UnavailableNodes:n7", State.QUEUED, "a node that it asks for is not available"),
        ("SomethingNew", State.QUEUED, "something new (SomethingNew)"),
        ("", State.QUEUED, ""),
    ],
)
def test_what_a_job_waits_for_is_told_in_plain_words(reason: str, state: State, said: str) -> None:
    waiting = record(word="PENDING", reason=reason, started_at=None)
    assert state_of(waiting)[0] is state
    assert message_of(waiting).startswith(said)
    assert reason in message_of(waiting)


def test_a_priority_of_zero_is_a_hold() -> None:
    assert record(word="PENDING", is_zeroed=True).is_held
    assert not record(word="RUNNING", is_zeroed=True).is_held


@pytest.mark.parametrize(
    ("piece", "said"),
    [
        (record(word="FAILED", exit_code=3, reason="NonZeroExitCode"), "exit code 3"),
        (record(word="FAILED", signal=9, reason="JobLaunchFailure"), "ended by signal 9 (KILL)"),
        (record(word="FAILED", reason="JobLaunchFailure"), "could not be launched (JobLaunchFailure)"),
        (record(word="TIMEOUT", reason="TimeLimit"), "ran into its time limit (TimeLimit)"),
        (record(word="OUT_OF_MEMORY", signal=9), "ran out of memory"),
        (record(word="FAILED"), "failed"),
        (record(word="CANCELLED", detail="by user 1000"), "cancelled by user 1000"),
        (record(word="CANCELLED"), "cancelled"),
        (record(word="COMPLETED", reason="None"), ""),
    ],
)
def test_why_a_run_ended_badly_is_told(piece: Record, said: str) -> None:
    assert message_of(piece) == said


def test_no_reason_is_no_words() -> None:
    assert plain_reason("") == ""


@pytest.mark.parametrize(
    ("indexes", "count"),
    [("3", 1), ("1-10", 10), ("1-10%2", 10), ("0-9:3", 4), ("1,3,5-6", 4), ("1-5,...", None), ("", None)],
)
def test_elements_that_wait_are_counted(indexes: str, count: int | None) -> None:
    assert count_of(indexes) == count


def test_an_array_runs_while_an_element_does_and_fails_with_one() -> None:
    waiting = record("8", "PENDING", id="8", kind="array", indexes="3-4", started_at=None)
    (run,) = runs_of([element(1, "COMPLETED"), element(2, "FAILED", exit_code=1), waiting], ())
    assert (run.state, run.substate, run.progress) == (State.QUEUED, "2 of 4 done, 1 failed", 0.5)
    (run,) = runs_of([element(1, "RUNNING"), element(2, "FAILED", exit_code=1)], ())
    assert (run.state, run.exit_code) == (State.RUNNING, None)
    (run,) = runs_of([element(1, "COMPLETED"), element(2, "FAILED", exit_code=1)], ())
    assert (run.state, run.exit_code, run.message) == (State.FAILED, 1, "element 2: exit code 1")
    (run,) = runs_of([element(1, "COMPLETED"), element(2, "COMPLETED")], ())
    assert (run.state, run.substate, run.progress) == (State.SUCCEEDED, "2 of 2 done", None)


def test_elements_that_can_be_held_or_released_are_named() -> None:
    waiting = record("8", "PENDING", id="8", kind="array", indexes="5-9%2", started_at=None)
    held = element(4, "PENDING", reason="JobHeldUser", started_at=None)
    (run,) = runs_of([element(1, "COMPLETED"), element(3, "PENDING", started_at=None), held, waiting], ())
    assert (run.waiting_id, run.held_id) == ("8_[3,5-9]", "8_[4]")
    (run,) = runs_of([waiting], ())
    assert run.waiting_id == "8"
    (run,) = runs_of([element(1, "COMPLETED"), replace(waiting, indexes="5-9,...")], ())
    assert run.waiting_id == "8"
    (run,) = runs_of([record("8", "PENDING")], ())
    assert run.waiting_id == "8"


def test_the_queue_knows_better_than_the_accounting() -> None:
    history = [record("7", "COMPLETED"), record("8", "RUNNING")]
    assert told(runs_of([record("8", "FAILED")], history)) == [
        ("8", 1, State.FAILED),
        ("7", 1, State.SUCCEEDED),
    ]


def test_requeues_are_attempts() -> None:
    rows = [
        record("8", "CANCELLED", started_at=AT + timedelta(minutes=2)),
        record("8", "FAILED"),
    ]
    assert told(runs_of((), rows)) == [("8", 2, State.CANCELLED), ("8", 1, State.FAILED)]
    assert told(runs_of([record("8", "RUNNING", attempt=3)], rows)) == [
        ("8", 3, State.RUNNING),
        ("8", 2, State.CANCELLED),
        ("8", 1, State.FAILED),
    ]
    assert told(runs_of([record("8", "FAILED", attempt=2)], rows))[0] == ("8", 2, State.FAILED)
    assert told(runs_of([record("8", "RUNNING")], [])) == [("8", 1, State.RUNNING)]


def test_an_attempt_that_was_requeued_is_over() -> None:
    """Seen in 22.05.8: the accounting says REQUEUED of an attempt that another one followed."""
    rows = [
        record("8", "REQUEUED", exit_code=2),
        record("8", "REQUEUED", started_at=AT + timedelta(minutes=1)),
    ]
    assert told(runs_of([record("8", "RUNNING", attempt=3)], rows)) == [
        ("8", 3, State.RUNNING),
        ("8", 2, State.CANCELLED),
        ("8", 1, State.FAILED),
    ]
    assert told(runs_of((), rows))[0] == ("8", 2, State.QUEUED)


def test_runs_are_newest_first_by_number() -> None:
    assert [run.id for run in runs_of([record("9"), record("10"), record("100")], ())] == ["100", "10", "9"]


def test_elements_that_have_begun_since_are_counted_once() -> None:
    stale = record("8", "PENDING", id="8", kind="array", indexes="1-3", started_at=None)
    queue = [element(1, "RUNNING"), element(2, "RUNNING"), element(3, "RUNNING")]
    (run,) = runs_of(queue, [stale])
    assert run.counts == (0, 3, 0)


def test_a_job_is_what_one_user_calls_by_one_name() -> None:
    naming = Naming("ops", settings(users=["*"], job=[{"name": "Load orders!", "command": "true"}]))
    runs = runs_of(
        [
            record("1", name="Load orders!"),
            record("2", name="mine"),
            record("3", name="mine", user="eve"),
            record("4", name="eve/mine"),
            record("5", name="load-orders"),
            record("6", name="Load orders!", user="eve"),
            record("7", name="mine"),
        ],
        (),
    )
    entries = naming.entries(runs)
    assert {job_id: [run.id for run in entry.runs] for job_id, entry in entries.items()} == {
        "load-orders": ["1"],
        "mine": ["7", "2"],
        "eve/mine": ["3"],
        "ops/eve/mine": ["4"],
        "ops/load-orders": ["5"],
        "eve/Load orders!": ["6"],
    }
    assert next(iter(entries)) == "load-orders"


def test_users_partitions_and_patterns_narrow_what_is_shown() -> None:
    mine, other, night = record(), record(user="eve"), record(partition="night,gpu")
    shown = Naming("ops", settings()).is_shown
    assert [shown(mine), shown(other)] == [True, False]
    shown = Naming("ops", settings(users=["eve", "me"], partitions=["gpu"])).is_shown
    assert [shown(mine), shown(other), shown(night)] == [False, False, True]
    naming = Naming("ops", settings(exclude=["lo*"], job=[{"name": "x", "command": "true"}]))
    assert list(naming.entries(runs_of([mine], ()))) == ["x"]


def test_a_job_has_the_state_of_its_newest_run_and_the_last_result() -> None:
    naming = Naming("ops", settings())
    past = record("7", "FAILED", exit_code=3, ended_at=AT + timedelta(seconds=4))
    entry = naming.entries(runs_of([record("9", "PENDING", started_at=None), record("8"), past], ()))["load"]
    job = to_job("c", entry, AT)
    assert (job.state, job.last_result, job.run_id, job.exit_code) == (State.QUEUED, State.FAILED, "9", 3)
    assert job.message == "1 older run of it goes on"
    assert (job.path, job.tags, job.kind) == ("debug", ("debug",), "batch job")
    run = to_run(JobKey("c", "load"), entry.runs[-1], {"A": "1"})
    assert (run.key, run.duration_s, run.params) == (RunKey("c", "load", "7"), 4.0, {"A": "1"})


def test_a_start_that_comes_after_the_end_never_happened() -> None:
    run = runs_of([record(word="CANCELLED", started_at=AT + timedelta(hours=1), ended_at=AT)], ())[0]
    told_run = to_run(JobKey("c", "load"), run, {})
    assert (told_run.started_at, told_run.ended_at, told_run.duration_s) == (None, AT, None)


def test_errors_in_a_file_of_their_own_are_told() -> None:
    piece = record(word="FAILED", exit_code=1, output="/logs/%j.out", errors="/logs/%j.err")
    run = to_run(JobKey("c", "load"), runs_of([piece], ())[0], {})
    assert run.message == "exit code 1; its errors are in /logs/8.err"
    assert (
        "errors" not in to_run(JobKey("c", "load"), runs_of([replace(piece, errors="")], ())[0], {}).message
    )


def test_tasks_are_elements_components_steps_or_the_job_itself() -> None:
    key = RunKey("c", "load", "8")
    (array,) = runs_of([element(1, "COMPLETED"), element(2, "FAILED", exit_code=1)], ())
    assert [(t.id, t.name, t.state, t.message) for t in tasks_of(key, array, ())] == [
        ("8_1", "load[1]", State.SUCCEEDED, ""),
        ("8_2", "load[2]", State.FAILED, "exit code 1"),
    ]
    (het,) = runs_of([record("8", id="8", kind="het", index=0), record("8", id="9", kind="het", index=1)], ())
    assert [t.id for t in tasks_of(key, het, ())] == ["8+0", "8+1"]
    (plain,) = runs_of([record()], ())
    assert [t.id for t in tasks_of(key, plain, ())] == ["8.batch"]
    steps = [Step("8.batch", "batch", ("FAILED",), exit_code=3), Step("8.0", "load", ("COMPLETED",))]
    assert [(t.id, t.message) for t in tasks_of(key, plain, steps)] == [
        ("8.batch", "exit code 3"),
        ("8.0", ""),
    ]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("", "/home/ops/slurm-8_3.out"),
        ("out.log", "/home/ops/out.log"),
        ("/logs/%x-%j.log", "/logs/load orders-12.log"),
        ("/logs/%A/%a-%N-%u.log", "/logs/8/3-n01-ops.log"),
        ("/logs/%4j-%04a", "/logs/0012-0003"),
        ("/logs/%J-%s-%t-%n-%b", "/logs/12-batch-0-0-3"),
        ("/logs/100%%-%q", "/logs/100%-%q"),
        ("/logs/\\%j", "/logs/%j"),
        ("../up.log", "/home/up.log"),
    ],
)
def test_file_names_are_filled_in_as_slurm_does_it(pattern: str, path: str) -> None:
    assert expanded(pattern, FACTS) == path


def test_a_job_that_is_no_array_has_the_usual_name_of_its_output() -> None:
    assert expanded("", replace(FACTS, index=None)) == "/home/ops/slurm-12.out"
    assert [first_node(nodes) for nodes in ("n1.site.org", "n[01-04,7]", "a,b", "")] == ["n1", "n01", "a", ""]


async def test_what_slurm_forgets_is_remembered_over_restarts() -> None:
    memory = DictMemory()
    kept = Kept(memory)
    ended = record("7", "FAILED", exit_code=3, ended_at=AT)
    going_on = record("8", "RUNNING")
    first = await kept.records(runs_of([ended, going_on], ()), AT, 3600)
    assert first == []
    later = await kept.records((), AT, 3600)
    assert [(each.id, each.words) for each in later] == [("7", ("FAILED",)), ("8", ("FORGOTTEN",))]
    again = await Kept(memory).records((), AT, 3600)
    assert again[0] == ended
    (run,) = runs_of((), [again[1]])
    assert (run.state, run.message) == (
        State.UNKNOWN,
        "Slurm remembers it no more, and no accounting tells how it ended",
    )
    assert await Kept(memory).records((), AT + timedelta(hours=2), 3600) == []


async def test_a_memory_of_another_shape_is_no_harm() -> None:
    memory = DictMemory()
    await memory.save(
        "runs", [None, 7, {"id": "1"}, {"id": "1", "run_id": "1", "name": "a", "user": "b", "words": 3}]
    )
    await memory.save("submissions", ["odd"])
    kept = Kept(memory)
    assert await kept.records((), AT, 3600) == []
    await kept.note("t", {"A": "1"})
    assert await kept.params(runs_of([record(comment="nightdeck:t")], ())[0]) == {"A": "1"}
    assert await kept.params(runs_of([record(comment="mine")], ())[0]) is None
    await kept.note("t", {"A": "2"}, "8")
    assert await Kept(memory).params(runs_of([record()], ())[0]) == {"A": "2"}
