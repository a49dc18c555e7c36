"""What the words of a TAC mean: every known one, and any other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.talend_case import Tac, job_of, jobs_of, ok, open_adapter, row
from tui.adapters.talend.states import execution_state, outcome, task_state
from tui.core.state import State

WORDS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ_", max_size=30)


@pytest.mark.parametrize(
    ("status", "state", "substate"),
    [
        ("REQUESTING_RUN", State.QUEUED, ""),
        ("RUNNING", State.RUNNING, ""),
        ("running", State.RUNNING, ""),
        ("REQUESTING_STOP", State.RUNNING, "stopping"),
        ("KILLING", State.RUNNING, "stopping"),
        ("REQUESTING_KILL", State.RUNNING, "stopping"),
        ("GENERATING", State.QUEUED, "preparing"),
        ("REQUESTING_DEPLOY", State.QUEUED, "preparing"),
        ("SENDING_SCRIPT", State.QUEUED, "preparing"),
        ("READY_TO_RUN", State.NEVER_RUN, ""),
        ("READY_TO_SEND", State.NEVER_RUN, "not deployed"),
        ("READY_TO_GENERATE", State.NEVER_RUN, "not deployed"),
        ("READY_TO_DEPLOY", State.NEVER_RUN, "not deployed"),
        ("ENDING_SCRIPT", State.UNKNOWN, ""),
        ("", State.UNKNOWN, ""),
    ],
)
def test_the_status_of_a_task(status: str, state: State, substate: str) -> None:
    assert task_state(status) == (state, substate)


@pytest.mark.parametrize(
    ("basic", "detailed", "code", "state"),
    [
        ("RUNNING", "RUNNING", None, State.RUNNING),
        ("RUNNING", "", None, State.RUNNING),
        ("RUNNING", "REQUESTING_RUN", None, State.QUEUED),
        ("RUNNING", "DEPLOYING", None, State.QUEUED),
        ("RUNNING", "REQUESTING_STOP", None, State.RUNNING),
        ("RUNNING", "ENDED_OK", None, State.RUNNING),
        ("OK", "ENDED_OK", 0, State.SUCCEEDED),
        ("OK", "ENDED_OK", None, State.SUCCEEDED),
        ("OK", "ENDED_OK", 4, State.FAILED),
        ("ERROR", "JOB_ERROR", 1, State.FAILED),
        ("ERROR", "KILLED", 143, State.CANCELLED),
        ("ERROR", "JOB_STOPPED", None, State.CANCELLED),
        ("MISFIRED", "MISFIRED", None, State.UNKNOWN),
        ("", "", None, State.UNKNOWN),
    ],
)
def test_the_status_of_an_execution(basic: str, detailed: str, code: int | None, state: State) -> None:
    assert execution_state(basic, detailed, code).state is state


@given(WORDS, WORDS, st.none() | st.integers())
def test_no_word_is_too_strange(basic: str, detailed: str, code: int | None) -> None:
    known = ("READY_", "RUNNING", "REQUESTING_RUN", "REQUESTING_STOP")
    found = task_state(basic).state
    if not (basic.startswith(known) or any(part in basic for part in ("KILL", "GENERAT", "DEPLOY", "SEND"))):
        assert found is State.UNKNOWN
    assert execution_state(basic, detailed, code).state in set(State)
    assert outcome(basic).is_final


ENDED = {"lastRunDate": "2026-11-21 13:00:00.000", "lastEndedRunDate": "2026-11-21 13:01:30.500"}


@pytest.mark.parametrize(
    ("changes", "state", "result"),
    [
        ({}, State.NEVER_RUN, None),
        ({"nextFireDate": "2026-11-22 02:00:00.000"}, State.SCHEDULED, None),
        ({"nextFireDate": "2026-11-01 02:00:00.000"}, State.NEVER_RUN, None),
        ({"nextFireDate": "soon"}, State.NEVER_RUN, None),
        (ENDED, State.SUCCEEDED, State.SUCCEEDED),
        (ENDED | {"errorStatus": "JOB_ERROR"}, State.FAILED, State.FAILED),
        (ENDED | {"errorStatus": None}, State.SUCCEEDED, State.SUCCEEDED),
        (ENDED | {"errorStatus": "JOB_KILLED"}, State.CANCELLED, State.CANCELLED),
        (ENDED | {"errorStatus": "MISFIRED"}, State.FAILED, State.FAILED),
        (
            ENDED | {"errorStatus": "JOB_ERROR", "nextFireDate": "2026-11-22 02:00:00"},
            State.SCHEDULED,
            State.FAILED,
        ),
        ({"errorStatus": "DEPLOY_ERROR", "status": "READY_TO_SEND"}, State.FAILED, None),
        (ENDED | {"active": "false"}, State.PAUSED, State.SUCCEEDED),
        (ENDED | {"active": False}, State.PAUSED, State.SUCCEEDED),
        ({"status": "REQUESTING_RUN"}, State.QUEUED, None),
        ({"status": "RUNNING", "active": "false"}, State.RUNNING, None),
        (ENDED | {"status": "WAITING_FOR_GODOT"}, State.UNKNOWN, None),
    ],
)
async def test_a_task_is_told_from_status_error_and_dates(
    changes: dict[str, str], state: State, result: State | None
) -> None:
    tac = Tac()
    tac.tasks(row(**changes))
    job = await job_of(await open_adapter(tac))
    assert (job.state, job.last_result) == (state, result)


async def test_the_raw_words_are_shown() -> None:
    tac = Tac()
    tac.tasks(
        row(status="WAITING_FOR_GODOT"),
        row(id="42", status="READY_TO_RUN", errorStatus="JOB_ERROR", **ENDED),
    )
    first, second = await jobs_of(await open_adapter(tac))
    assert first.native_state == "WAITING_FOR_GODOT"
    assert second.native_state == "READY_TO_RUN, JOB_ERROR"
    assert second.message == "Job ended with error(s)"


async def test_a_row_becomes_a_job() -> None:
    tac = Tac()
    tac.tasks(
        row(**ENDED, errorStatus="JOB_ERROR", lastTaskTraceError="ORA-12541:\n  no listener", id=41),
        row(id="42", label=None, applicationType="ROUTE", triggersStatus="TRIGGERS_PAUSED", projectName=None),
    )
    first, second = await jobs_of(await open_adapter(tac, timezone="Europe/Berlin"))
    assert (first.id, first.name, first.kind, first.path) == ("41", "load_customers", "task", "DWH")
    assert first.tags == ("Default", "etl01")
    assert (first.started_at.isoformat(), first.ended_at.isoformat()) == (  # type: ignore[union-attr]
        "2026-11-21T12:00:00+00:00",
        "2026-11-21T12:01:30.500000+00:00",
    )
    assert first.duration_s == 90.5
    assert first.message == "ORA-12541: no listener"
    assert (second.name, second.kind, second.path) == ("42", "route", "")
    assert (second.is_held, second.substate) == (True, "triggers paused")


async def test_strange_rows_do_no_harm() -> None:
    tac = Tac()
    tac.tasks(row(), row(), {"label": "no id"}, {"id": {}}, {"id": 7}, {"id": "8", "status": ["x"]})
    tac.replies["listTasks"]["result"] += ["text", None, 5]  # type: ignore[index]
    jobs = await jobs_of(await open_adapter(tac))
    assert [job.id for job in jobs] == ["41", "7", "8"]
    assert [job.state for job in jobs[1:]] == [State.UNKNOWN, State.UNKNOWN]


async def test_the_autumn_hour_never_makes_a_run_end_before_it_began() -> None:
    tac = Tac()
    tac.tasks(row(lastRunDate="2026-10-25 02:50:00.000", lastEndedRunDate="2026-10-25 02:10:00.000"))
    job = await job_of(await open_adapter(tac, timezone="Europe/Berlin"))
    assert job.duration_s == 20 * 60


async def test_the_end_of_an_earlier_run_is_not_the_end_of_the_last_one() -> None:
    tac = Tac()
    tac.tasks(row(lastRunDate="2026-11-21 13:00:00.000", lastEndedRunDate="2026-11-20 13:00:00.000"))
    job = await job_of(await open_adapter(tac))
    assert (job.ended_at, job.duration_s) == (None, None)


@pytest.mark.parametrize("key", ["result", "root"])
async def test_both_forms_of_the_list_are_understood(key: str) -> None:
    tac = Tac(listTasks=ok(**{key: [row()]}))
    assert (await job_of(await open_adapter(tac))).name == "load_customers"


async def test_jobs_can_be_picked_and_left_out() -> None:
    tac = Tac()
    tac.tasks(row(), row(id="42", label="load_orders"), row(id="43", label="load_test"))
    adapter = await open_adapter(tac, jobs=["load_*"], exclude=["*test*", "42"])
    assert [job.id for job in await jobs_of(adapter)] == ["41"]
