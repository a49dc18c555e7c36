"""`nightdeck journal`: what was asked for, by whom, what became of it, and plain words when it can't tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Ended, World
from tests.support.scripted import make_job
from tui.cli.exit_codes import ExitCode
from tui.core.errors import ActionRefused, OutcomeUnknown
from tui.core.models import ActionKind
from tui.core.state import State
from tui.engine.schema import FILE_NAME

REQUEST_KEYS = [
    *("request_id", "sent_at", "user", "host", "pid", "connection", "job_id", "job_name", "action", "params"),
    *("run_id", "before_state", "outcome", "outcome_at", "after_state", "message"),
]


@pytest.fixture
def written(world: World) -> World:
    """A world in which a job was started, another refused, and of a third nobody knows."""
    jobs = [
        make_job("1", name="load customers", state=State.FAILED, last_result=State.FAILED),
        make_job("2", name="load [orders]"),
        make_job("3", name="export"),
    ]
    scene = world.add_scene("alpha", *jobs)
    assert world.run("trigger", "alpha/1").code == ExitCode.DONE
    scene.script.answer(ActionKind.TRIGGER, ActionRefused("disabled, says the system"))
    assert world.run("trigger", "alpha/2").code == ExitCode.REFUSED
    scene.script.answer(ActionKind.TRIGGER, OutcomeUnknown("the answer was lost"))
    assert world.run("trigger", "alpha/3").code == ExitCode.OUTCOME_UNKNOWN
    return world


def journal(world: World, *words: str) -> Ended:
    # The world's time is not the machine's.
    return world.run("journal", "--since", "9000w", *words)


def asked(ended: Ended) -> list[tuple[str, str]]:
    return [(row["job_id"], row.get("outcome") or row["status"]) for row in ended.json]


def test_a_line_a_request_tells_who_what_before_and_after(written: World) -> None:
    ended = journal(written, "--requests", "-o", "json")
    assert (ended.code, ended.err) == (0, "")
    assert [list(row) for row in ended.json] == [REQUEST_KEYS] * 3
    started, refused, unknown = ended.json
    assert started["job_name"] == "load customers"
    assert (started["before_state"], started["after_state"]) == ("failed", None)
    assert (started["outcome"], started["run_id"]) == ("accepted", "run-1")
    assert started["user"]
    assert started["host"]
    assert started["pid"] > 0
    assert started["sent_at"] <= started["outcome_at"]
    assert (refused["outcome"], refused["run_id"]) == ("refused", None)
    assert "disabled, says the system" in refused["message"]
    assert unknown["outcome"] == "unknown"


def test_a_request_whose_effect_was_seen_tells_the_state_after_it(world: World) -> None:
    world.add_local(a="exit 3")
    assert world.run("trigger", "a", "--wait").code == ExitCode.JOB_FAILED
    (row,) = world.run("journal", "--requests", "-o", "json").json
    assert (row["before_state"], row["outcome"]) == ("never_run", "observed")
    assert row["after_state"] in ("queued", "running", "failed")
    assert row["run_id"]


def test_requests_in_every_format(written: World) -> None:
    rows = journal(written, "--requests", "-o", "csv").csv
    assert list(rows[0]) == REQUEST_KEYS
    assert [row["outcome"] for row in rows] == ["accepted", "refused", "unknown"]
    assert len(journal(written, "--requests", "-o", "jsonl").jsonl) == 3
    heading, first, *_ = journal(written, "--requests").out.splitlines()
    titles = ["SENT", "WHO", "ACTION", "JOB", "OUTCOME", "RUN", "MESSAGE", "BEFORE", "AFTER", "REQUEST"]
    assert heading.split() == titles
    for told in ("@", "trigger", "alpha/load customers", "accepted", "run-1", "failed"):
        assert told in first


@pytest.mark.parametrize(
    ("words", "jobs"),
    [
        (("alpha/1",), ["1"]),
        (("alpha/load customers",), ["1"]),
        (("LOAD*",), ["1", "2"]),
        (("load [orders]",), ["2"]),
        (("1", "export"), ["1", "3"]),
        (("nope",), []),
        (("--status", "refused"), ["2"]),
        (("--status", "refused", "--status", "unknown"), ["2", "3"]),
        (("--action", "stop"), []),
        (("--action", "trigger", "load*"), ["1", "2"]),
        (("--user", "nobody-of-that-name"), []),
        (("--connection", "alpha"), ["1", "2", "3"]),
        (("--connection", "beta"), []),
        (("--request", "none-of-that-id"), []),
    ],
)
def test_requests_are_found(written: World, words: tuple[str, ...], jobs: list[str]) -> None:
    assert [job for job, _ in asked(journal(written, "--requests", "-o", "json", *words))] == jobs


def test_steps_are_found_by_their_own_status_and_by_their_request(written: World) -> None:
    sent = journal(written, "--status", "sent", "-o", "json").json
    assert [step["status"] for step in sent] == ["sent"] * 3
    steps = journal(written, "--request", sent[1]["request_id"], "-o", "json")
    assert asked(steps) == [("2", "sent"), ("2", "refused")]


def test_a_request_whose_outcome_came_later_is_told_whole(written: World) -> None:
    """Its sending is older than the span, and what became of it is not."""
    with closing(sqlite3.connect(written.state / FILE_NAME)) as file, file:
        file.execute("DROP TRIGGER journal_no_update")
        file.execute("UPDATE journal SET at = strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now', '-1 minute')")
        file.execute(
            "UPDATE journal SET at = strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now', '-2 hours')"
            " WHERE status = 'sent'"
        )
    ended = written.run("journal", "--since", "1h", "--requests", "-o", "json")
    assert asked(ended) == [("1", "accepted"), ("2", "refused"), ("3", "unknown")]
    assert all(row["sent_at"] < row["outcome_at"] for row in ended.json)
    assert written.run("journal", "--since", "1h", "--status", "sent", "-o", "json").json == []


@pytest.mark.parametrize("words", [("--status", "lost"), ("--action", "explode"), ("--since", "soon")])
def test_a_word_that_is_none_is_code_2(written: World, words: tuple[str, ...]) -> None:
    ended = written.run("journal", *words)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert words[1] in ended.err


def make_newer(file: Path) -> Any:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")


def lock(file: Path) -> Any:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def put_folder_there(file: Path) -> Any:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (make_newer, "was written by a newer nightdeck"),
        (lock, "is locked by another program"),
        (put_folder_there, "can't be"),
    ],
)
def test_a_journal_that_cannot_be_read_is_told_in_one_line_with_what_to_do(
    written: World, spoil: Callable[[Path], Any], told: str
) -> None:
    held = spoil(written.state / FILE_NAME)
    ended = journal(written)
    assert (ended.code, ended.out, len(ended.talk)) == (ExitCode.USAGE, "", 1)
    assert ended.talk[0].startswith("the journal can't be read: ")
    assert told in ended.talk[0]
    assert ended.talk[0].endswith(")")
    if held is not None:
        held.close()


def test_a_damaged_journal_is_mended_and_told_and_all_that_can_be_read_is_printed(written: World) -> None:
    file = written.state / FILE_NAME
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'first_errors'"
        (root,) = connection.execute(query).fetchone()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * page)
        raw.write(b"\xa5" * page)
    ended = journal(written, "--requests", "-o", "json")
    assert len(ended.json) == 3
    assert len(ended.talk) == 1
    assert "the history was damaged and begins anew" in ended.talk[0]
    assert str(next(written.state.glob("*.corrupt-*"))) in ended.talk[0]
    assert journal(written).talk == []


def test_entries_that_make_no_sense_are_counted(written: World) -> None:
    with closing(sqlite3.connect(written.state / FILE_NAME)) as file, file:
        file.execute("DROP TRIGGER journal_no_update")
        file.execute("UPDATE journal SET params = '{' WHERE job_id = '2'")
    ended = journal(written, "--requests", "-o", "json")
    assert [job for job, _ in asked(ended)] == ["1", "3"]
    assert ended.talk == ["2 damaged entries make no sense and are left out"]
