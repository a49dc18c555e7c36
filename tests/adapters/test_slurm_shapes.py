"""What old and new releases of Slurm answer is read alike: numbers, times, states, exit codes, whole jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tui.adapters.slurm.accounting import FIELDS, SEPARATOR, records_of, steps_of
from tui.adapters.slurm.record import Record
from tui.adapters.slurm.values import Ending, comment_of, ending_of, moment_of, number_of, words_of
from tui.adapters.slurm.wire import history_record, history_steps, queue_record

AT = datetime(2026, 11, 29, 10, 58, 3, tzinfo=UTC)
SECONDS = int(AT.timestamp())


def of(number: int) -> dict[str, object]:
    """A number as new releases write it."""
    return {"set": True, "infinite": False, "number": number}


UNSET = {"set": False, "infinite": False, "number": 0}
ENDLESS = {"set": True, "infinite": True, "number": 0}

OLD: dict[str, Any] = {
    "job_id": 13,
    "name": "arr",
    "user_name": "ops",
    "partition": "debug",
    "job_state": "FAILED",
    "state_reason": "NonZeroExitCode",
    "state_description": "",
    "exit_code": 768,
    "array_job_id": 6,
    "array_task_id": 2,
    "array_task_string": "",
    "het_job_id": 0,
    "het_job_offset": 0,
    "submit_time": SECONDS,
    "start_time": SECONDS + 1,
    "end_time": SECONDS + 4,
    "restart_cnt": 0,
    "standard_output": "/logs/arr-%A_%a.out",
    "standard_error": "",
    "current_working_directory": "/tmp",
    "comment": "nightdeck:1f",
    "batch_host": "n1",
    "nodes": "n1",
    "batch_flag": True,
    "priority": 4294901755,
}
"""As 22.05.8 was seen to write it."""

NEW: dict[str, Any] = OLD | {
    "job_state": ["FAILED"],
    "exit_code": {"status": ["ERROR"], "return_code": of(3), "signal": {"id": UNSET, "name": ""}},
    "array_job_id": of(6),
    "array_task_id": of(2),
    "het_job_id": UNSET,
    "het_job_offset": UNSET,
    "submit_time": of(SECONDS),
    "start_time": of(SECONDS + 1),
    "end_time": of(SECONDS + 4),
    "priority": of(4294901755),
    "restart_cnt": 0,
    "comment": {"administrator": "", "job": "nightdeck:1f", "system": ""},
}
"""The same as the sources of 24.05 write it."""


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        (0, 0),
        ("7", 7),
        (7.0, 7),
        (of(7), 7),
        (UNSET, None),
        (ENDLESS, None),
        (None, None),
        (4294967294, None),
        (4294967295, None),
        (-1, None),
        ("seven", None),
        ([], None),
        ({}, None),
        (float("nan"), None),
        (float("inf"), None),
        ("9" * 50, None),
    ],
)
def test_numbers_come_in_many_shapes(value: object, number: int | None) -> None:
    assert number_of(value) == number


def test_a_time_of_zero_is_none() -> None:
    assert moment_of(SECONDS) == AT
    assert moment_of(of(SECONDS)) == AT
    assert moment_of(0) is None
    assert moment_of(of(0)) is None
    assert moment_of("Unknown") is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("RUNNING", ("RUNNING",)),
        (["RUNNING", "COMPLETING"], ("RUNNING", "COMPLETING")),
        ("CANCELLED+", ("CANCELLED",)),
        ("CANCELLED by 1000", ("CANCELLED",)),
        ("RUNNING,COMPLETING", ("RUNNING", "COMPLETING")),
        ([], ()),
        (None, ()),
        ("", ()),
    ],
)
def test_states_are_one_word_or_several(value: object, words: tuple[str, ...]) -> None:
    assert words_of(value) == words


@pytest.mark.parametrize(
    ("value", "ending"),
    [
        (0, Ending(0)),
        (768, Ending(3)),
        (9, Ending(None, 9)),
        (4021, Ending()),
        ("3:0", Ending(3)),
        ("0:15", Ending(None, 15)),
        ("0:53", Ending()),
        ("", Ending()),
        (None, Ending()),
        ({"status": ["ERROR"], "return_code": of(3), "signal": {"id": UNSET, "name": ""}}, Ending(3)),
        ({"status": "SIGNALED", "signal": {"signal_id": 9, "name": "Killed"}}, Ending(None, 9)),
        ({"status": ["PENDING"], "return_code": UNSET, "signal": {"id": UNSET}}, Ending()),
        (of(768), Ending(3)),
    ],
)
def test_exit_codes_are_raw_or_told(value: object, ending: Ending) -> None:
    assert ending_of(value) == ending


def test_comments_may_be_several() -> None:
    assert comment_of("mine") == comment_of({"administrator": "no", "job": "mine", "system": "no"}) == "mine"


def test_old_and_new_releases_tell_the_same_job() -> None:
    assert queue_record(OLD) == queue_record(NEW)
    assert queue_record(OLD) == Record(
        id="13",
        run_id="6",
        kind="array",
        index=2,
        name="arr",
        user="ops",
        words=("FAILED",),
        partition="debug",
        reason="NonZeroExitCode",
        exit_code=3,
        submitted_at=AT,
        started_at=datetime.fromtimestamp(SECONDS + 1, UTC),
        ended_at=datetime.fromtimestamp(SECONDS + 4, UTC),
        output="/logs/arr-%A_%a.out",
        folder="/tmp",
        comment="nightdeck:1f",
        node="n1",
    )


def test_a_job_that_waits_has_not_started_and_will_not_have_ended() -> None:
    for end in (6_090_917_890, SECONDS + 9999):
        waiting = queue_record(OLD | {"job_state": "PENDING", "end_time": end, "array_job_id": 0})
        assert waiting is not None
        assert (waiting.started_at, waiting.ended_at) == (None, None)
    assert waiting is not None
    assert waiting.begins_at == datetime.fromtimestamp(SECONDS + 1, UTC)
    running = queue_record(OLD | {"job_state": "RUNNING", "end_time": SECONDS + 9999})
    assert running is not None
    assert (running.started_at is None, running.ended_at) == (False, None)


def test_elements_that_wait_are_one_record() -> None:
    waiting = queue_record(
        OLD | {"job_id": 11, "array_job_id": 11, "array_task_id": None, "array_task_string": "1-1000%2"}
    )
    assert waiting is not None
    assert (waiting.run_id, waiting.index, waiting.indexes) == ("11", None, "1-1000%2")


def test_a_heterogeneous_job_is_one_run() -> None:
    piece = queue_record(OLD | {"job_id": 21, "array_job_id": 0, "het_job_id": 20, "het_job_offset": 1})
    assert piece is not None
    assert (piece.run_id, piece.kind, piece.index) == ("20", "het", 1)


@pytest.mark.parametrize("value", [None, "job", 7, [], {}, {"job_id": None}, {"job_id": 0}, {"job_id": "x"}])
def test_what_is_no_job_is_left_out(value: object) -> None:
    assert queue_record(value) is None
    assert history_record(value) is None


def test_a_field_of_an_unknown_shape_spoils_no_listing() -> None:
    left_out = set()
    odd: list[object] = [{}, [], "x", 7, None, {"a": {"b": []}}]
    for key in OLD.keys() - {"job_id"}:
        for broken in odd:
            record = queue_record(OLD | {key: broken})
            assert record is None or record.id == "13"
            left_out |= {key} if record is None else set()
    assert left_out <= {"batch_flag"}


HISTORY: dict[str, Any] = {
    "job_id": 8,
    "name": "load",
    "user": "ops",
    "partition": "night",
    "state": {"current": "FAILED", "reason": "None"},
    "exit_code": {"status": "SUCCESS", "return_code": 0},
    "array": {"job_id": 0, "task_id": None, "task": ""},
    "het": {"job_id": 0, "job_offset": None},
    "time": {"submission": SECONDS, "start": SECONDS, "end": SECONDS + 5},
    "working_directory": "/tmp",
    "comment": {"job": "", "system": "", "administrator": ""},
    "nodes": "n1",
    "steps": [
        {
            "step": {"job_id": 8, "id": "BATCH", "name": "batch"},
            "state": "FAILED",
            "time": {"start": SECONDS, "end": SECONDS + 5},
            "exit_code": {"status": "SUCCESS", "return_code": 0},
        },
        {"step": {"job_id": 8, "id": 0, "name": "prepare"}, "state": "COMPLETED", "time": {}},
        "no step",
    ],
}


def test_history_over_rest_does_not_tell_a_failure_to_have_exited_with_zero() -> None:
    record = history_record(HISTORY)
    assert record is not None
    assert (record.words, record.exit_code, record.reason) == (("FAILED",), None, "")
    good = history_record(HISTORY | {"state": {"current": ["COMPLETED"]}})
    assert good is not None
    assert (good.words, good.exit_code) == (("COMPLETED",), 0)


def test_steps_are_named_alike_in_old_and_new_releases() -> None:
    new = HISTORY | {
        "steps": [
            {
                "step": {"id": "8.batch", "name": "batch"},
                "state": ["FAILED"],
                "exit_code": {"return_code": of(3)},
            },
            {"step": {"id": "8.0", "name": "prepare"}, "state": ["COMPLETED"]},
        ]
    }
    for value in (HISTORY, new):
        assert [(step.id, step.name, step.words[0]) for step in history_steps(value)] == [
            ("8.batch", "batch", "FAILED"),
            ("8.0", "prepare", "COMPLETED"),
        ]
    assert history_steps(new)[0].exit_code == 3
    assert history_steps(HISTORY)[0].exit_code is None
    assert history_steps({"job_id": 8}) == history_steps(None) == ()


def line(job_id: str, **fields: str) -> str:
    """A line of `sacct`."""
    usual = {
        "JobIDRaw": job_id,
        "JobName": "load",
        "User": "ops",
        "Partition": "debug",
        "State": "COMPLETED",
        "ExitCode": "0:0",
        "Reason": "None",
        "Submit": str(SECONDS),
        "Start": str(SECONDS),
        "End": str(SECONDS + 5),
        "WorkDir": "/tmp",
        "NodeList": "n1",
    }
    told = {"JobID": job_id, **usual, **fields}
    return SEPARATOR.join(told[name] for name in FIELDS)


def test_the_accounting_tells_jobs_arrays_and_components() -> None:
    text = "\n".join(
        [
            line("8", State="FAILED", ExitCode="3:0"),
            line("8_3", JobIDRaw="12", JobName="a | b"),
            line("9_[4-10%2]", JobIDRaw="9", State="PENDING", Start="Unknown", End="Unknown"),
            line("20+1", JobIDRaw="21", State="CANCELLED by 1000", ExitCode="0:15"),
            line("8.batch"),
            "a name with a\nline break" + SEPARATOR,
            "",
        ]
    )
    told = list(records_of(text))
    assert [(r.id, r.run_id, r.kind, r.index, r.indexes) for r in told] == [
        ("8", "8", "job", None, ""),
        ("12", "8", "array", 3, ""),
        ("9", "9", "array", None, "4-10%2"),
        ("21", "20", "het", 1, ""),
    ]
    assert (told[0].exit_code, told[1].name, told[2].started_at) == (3, "a | b", None)
    assert (told[3].words, told[3].detail, told[3].signal) == (("CANCELLED",), "by user 1000", 15)
    assert [(step.id, step.exit_code) for step in steps_of(text)] == [("8.batch", 0)]
