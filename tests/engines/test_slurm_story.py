"""A person's way from one machine to a cluster: the real program over local commands and a real Slurm."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.engine import Facts
from tests.engines.slurm_harness import DOORS, Door, ask_slurm, commands_environment
from tests.support.real_world import RealWorld, is_ready, row_of
from tests.support.terminal import PATIENCE_S, Terminal

JOBS = """
[[connections.{name}.job]]
name = "load {mark}"
command = '''
echo "region $REGION in $(basename "$PWD"), for $WHO"
while [ ! -e "$GATE" ]; do sleep 0.05; done
echo "10000 rows"
'''
cwd = "{folder}"
env = {{ WHO = "finance", GATE = "{folder}/gate" }}
timeout = "10m"
path = "DWH"
tags = ["nightly"]

[[connections.{name}.job.param]]
name = "REGION"
default = "EU"

[[connections.{name}.job]]
name = "export {mark}"
command = "echo connecting to dwh-db01; echo 'ERROR: ORA-12541: TNS:no listener' >&2; exit 3"
cwd = "{folder}"

[[connections.{name}.job]]
name = "copy {mark}"
command = ["sleep", "600"]
cwd = "{folder}"
"""
"""The tables of three jobs. They are the same whatever runs them: only the connection's own keys differ."""

CONFIG = """
[connections.here]
type = "local"
refresh = 0.5
{local_jobs}
[connections.cluster]
type = "slurm"
refresh = 0.5
{keys}
{cluster_jobs}
"""


class Story(RealWorld):
    """Two connections with the same jobs, whose names bear the mark of this test."""

    def __init__(self, folder: Path, facts: Facts, door: Door) -> None:
        super().__init__(folder)
        self.facts = facts
        self.mark = uuid.uuid4().hex[:8]
        names = {"mark": self.mark, "folder": folder}
        keys = ""
        if door == "commands":
            self.environment |= commands_environment(facts)
        else:
            keys = (
                f'url = "{facts["url"]}"\nusername = "{facts["username"]}"\ntoken = {{ env = "SLURM_JWT" }}'
            )
            self.environment["SLURM_JWT"] = facts["token"]
        self.configure(
            CONFIG.format(
                local_jobs=JOBS.format(name="here", **names),
                cluster_jobs=JOBS.format(name="cluster", **names),
                keys=keys,
            )
        )

    def job(self, word: str, connection: str = "cluster") -> str:
        """A job as the command line names it."""
        return f"{connection}/{word} {self.mark}"

    def json(self, *words: str) -> Any:
        """What a command that succeeds prints as JSON."""
        done = self.run(*words, "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def see(self, word: str, connection: str = "cluster") -> Any:
        """A job as `nightdeck show` tells of it."""
        return self.json("show", self.job(word, connection))

    def until(self, word: str, holds: Callable[[Any], object]) -> Any:
        """Look at a job of the cluster until something holds of it."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(seen := self.see(word)):
            assert time.monotonic() < deadline, seen
        return seen

    def ask(self, *command: str) -> str:
        """What one of Slurm's own commands prints."""
        return ask_slurm(self.facts, *command)

    def close(self) -> None:
        """End what still runs, here and there."""
        names = ",".join(f"{word} {self.mark}" for word in ("load", "export", "copy", "sweep", "wait"))
        self.ask("scancel", "--quiet", f"--name={names}")
        super().close()


@pytest.fixture(params=DOORS)
def story(request: pytest.FixtureRequest, slurm_facts: Facts, tmp_path: Path) -> Iterator[Story]:
    """Through both doors."""
    made = Story(tmp_path, slurm_facts, request.param)
    yield made
    made.close()


@pytest.fixture
def login_node(slurm_facts: Facts, tmp_path: Path) -> Iterator[Story]:
    """Through Slurm's commands alone."""
    made = Story(tmp_path, slurm_facts, "commands")
    yield made
    made.close()


def test_both_are_in_one_table(login_node: Story) -> None:
    rows = [row for row in login_node.json("jobs") if login_node.mark in row["name"]]
    assert {row["type"] for row in rows} == {"local", "slurm"}
    assert len(rows) == 6
    assert {row["state"] for row in rows} == {"never_run"}
    done = login_node.run("jobs", f"name~{login_node.mark}")
    assert done.returncode == 0
    assert sum(login_node.mark in line for line in done.stdout.splitlines()) == 6


def test_a_job_moves_up_with_its_table_as_it_is(story: Story) -> None:
    story.open_gate()
    logs = []
    for connection in ("here", "cluster"):
        job = story.job("load", connection)
        done = story.run("trigger", job, "--param", "REGION=US", "--wait")
        assert done.returncode == 0, done.stderr
        (run,) = story.json("runs", job)
        assert (run["state"], run["exit_code"]) == ("succeeded", 0)
        logs.append(story.run("logs", job).stdout)
    assert logs[0] == logs[1] == f"region US in {story.folder.name}, for finance\n10000 rows\n"
    rows = story.json("jobs", f'name~"{job.partition("/")[2]}"')
    places = {row["connection"]: (row["path"], row["last_result"]) for row in rows}
    assert places == {"here": ("DWH", "succeeded"), "cluster": ("DWH", "succeeded")}


def test_a_log_is_followed_while_the_job_runs(story: Story) -> None:
    assert story.run("trigger", story.job("load")).returncode == 0
    story.until("load", lambda seen: seen["state"] == "running")
    command = [*story.program, "logs", story.job("load"), "--follow"]
    with Terminal(command, environment=story.environment, cwd=story.folder) as terminal:
        terminal.wait_for(f"region EU in {story.folder.name}, for finance")
        assert "10000 rows" not in terminal.text
        story.open_gate()
        terminal.wait_for("10000 rows")
        assert terminal.wait_exit() == 0


def test_a_failure_is_told_with_its_cause_and_run_again(story: Story) -> None:
    job = story.job("export")
    done = story.run("trigger", job, "--wait")
    assert done.returncode == 1, done.stderr
    assert "ORA-12541: TNS:no listener" in story.run("logs", job, "--errors").stdout
    first = story.see("export")
    assert (first["state"], first["exit_code"], first["native_state"]) == ("failed", 3, "FAILED")
    assert story.run("rerun", job).returncode == 0
    again = story.until(
        "export", lambda seen: seen["run_id"] != first["run_id"] and seen["state"] == "failed"
    )
    assert [run["run_id"] for run in story.json("runs", job)] == [again["run_id"], first["run_id"]]


def test_a_run_is_stopped(story: Story) -> None:
    job = story.job("copy")
    assert story.run("trigger", job).returncode == 0
    run_id = story.until("copy", lambda seen: seen["state"] == "running")["run_id"]
    assert story.run("stop", job, "--wait").returncode == 0
    assert story.see("copy")["state"] == "cancelled"
    assert story.run("wait", job).returncode == 7
    assert "JobState=CANCELLED" in story.ask("scontrol", "show", "job", run_id)


def test_a_waiting_job_is_held_and_released(story: Story) -> None:
    name = f"wait {story.mark}"
    number = story.ask(
        "sbatch", "--parsable", f"--job-name={name}", "--partition=closed", "--wrap=true"
    ).strip()
    waiting = story.see("wait")
    assert (waiting["state"], waiting["run_id"]) == ("queued", number)
    assert "partition" in f"{waiting['message']} {waiting['substate']}".lower()
    assert story.run("hold", story.job("wait")).returncode == 0
    assert "Reason=JobHeld" in story.ask("scontrol", "show", "job", number)
    assert story.see("wait")["state"] == "paused"
    assert story.run("release", story.job("wait")).returncode == 0
    assert "Reason=JobHeld" not in story.ask("scontrol", "show", "job", number)


def test_an_array_is_one_job_with_tasks(login_node: Story) -> None:
    script = login_node.folder / "sweep.sh"
    script.write_text("#!/bin/sh\necho part $SLURM_ARRAY_TASK_ID\ntest $SLURM_ARRAY_TASK_ID != 2\n")
    options = ("--array=1-3", f"--job-name=sweep {login_node.mark}", f"--chdir={login_node.folder}")
    number = login_node.ask("sbatch", "--parsable", *options, str(script)).strip()
    ended = login_node.until("sweep", lambda seen: seen["state"] == "failed")
    assert ended["run_id"] == number
    tasks = login_node.json("tasks", login_node.job("sweep"))
    assert [(task["task_id"], task["state"]) for task in tasks] == [
        (f"{number}_1", "succeeded"),
        (f"{number}_2", "failed"),
        (f"{number}_3", "succeeded"),
    ]


def test_the_dashboard_shows_both_and_runs_one_on_the_cluster(login_node: Story) -> None:
    login_node.open_gate()
    with login_node.start(f"name~{login_node.mark}") as terminal:
        terminal.wait_for(lambda: is_ready(terminal))
        terminal.wait_for(lambda: terminal.text.count(f"export {login_node.mark}") >= 2)
        terminal.press(f"\\/conn:cluster load {login_node.mark}", "Enter")
        terminal.wait_for(lambda: "1 of " in terminal.lines[1])
        terminal.press("R")
        terminal.wait_for(lambda: "enter yes" in terminal.text)
        terminal.press("Enter")
        terminal.wait_for("succeeded   exit code 0")
        assert "●" in row_of(terminal, "load")
        terminal.press("L")
        terminal.wait_for("10000 rows")
        terminal.press("q", "\\", "q")
        assert terminal.wait_exit() == 0, terminal.raw[-3000:].decode()
    listed = login_node.ask(
        "squeue", "--noheader", "--states=all", f"--name=load {login_node.mark}", "--format=%T"
    )
    assert listed.split() == ["COMPLETED"]
