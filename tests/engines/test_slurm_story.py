"""A person's way from one machine to a cluster: the real program over local commands and a real Slurm."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.engine import Facts
from tests.engines.slurm_harness import DOORS, PAUSE_S, Door, ask_slurm, commands_environment
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

    def until(self, word: str, *states: str) -> None:
        """Wait until every submission of a job is in one of these states, by Slurm's own word."""
        words = (
            "squeue",
            "--noheader",
            "--states=all",
            "--array",
            "--format=%T",
            f"--name={word} {self.mark}",
        )
        deadline = time.monotonic() + PATIENCE_S
        while not (seen := set(self.ask(*words, f"--name={word} {self.mark}").split())) or seen - set(states):
            assert time.monotonic() < deadline, seen
            time.sleep(PAUSE_S)

    def ask(self, *command: str) -> str:
        """What one of Slurm's own commands prints."""
        return ask_slurm(self.facts, *command)

    def close(self) -> None:
        """End what still runs, here and there."""
        names = ",".join(f"{word} {self.mark}" for word in ("load", "export", "copy", "sweep", "wait"))
        self.ask("scancel", "--quiet", f"--name={names}")
        super().close()


@pytest.fixture
def login_node(slurm_facts: Facts, tmp_path: Path) -> Iterator[Story]:
    """Through Slurm's commands."""
    made = Story(tmp_path, slurm_facts, "commands")
    yield made
    made.close()


@pytest.fixture(params=DOORS)
def story(request: pytest.FixtureRequest, slurm_facts: Facts, tmp_path: Path) -> Iterator[Story]:
    """Through both doors: each is a way to begin."""
    made = Story(tmp_path, slurm_facts, request.param)
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


def test_a_log_is_followed_while_the_job_runs(login_node: Story) -> None:
    assert login_node.run("trigger", login_node.job("load")).returncode == 0
    login_node.until("load", "RUNNING")
    command = [*login_node.program, "logs", login_node.job("load"), "--follow"]
    with Terminal(command, environment=login_node.environment, cwd=login_node.folder) as terminal:
        terminal.wait_for(f"region EU in {login_node.folder.name}, for finance")
        assert "10000 rows" not in terminal.text
        login_node.open_gate()
        terminal.wait_for("10000 rows")
        assert terminal.wait_exit() == 0


def test_a_failure_is_told_with_its_cause_and_run_again(login_node: Story) -> None:
    job = login_node.job("export")
    done = login_node.run("trigger", job, "--wait")
    assert done.returncode == 1, done.stderr
    assert "ORA-12541: TNS:no listener" in login_node.run("logs", job, "--errors").stdout
    first = login_node.see("export")
    assert (first["state"], first["exit_code"], first["native_state"]) == ("failed", 3, "FAILED")
    assert login_node.run("rerun", job).returncode == 0
    login_node.until("export", "FAILED")
    runs = login_node.json("runs", job)
    assert [run["state"] for run in runs] == ["failed", "failed"]
    assert runs[1]["run_id"] == first["run_id"] != runs[0]["run_id"]


def test_a_run_is_stopped(login_node: Story) -> None:
    job = login_node.job("copy")
    assert login_node.run("trigger", job).returncode == 0
    login_node.until("copy", "RUNNING")
    assert login_node.run("stop", job, "--wait").returncode == 0
    login_node.until("copy", "CANCELLED")
    assert login_node.run("wait", job).returncode == 7


def test_a_waiting_job_is_held_and_released(login_node: Story) -> None:
    options = ("--parsable", f"--job-name=wait {login_node.mark}", "--partition=closed", "--output=/dev/null")
    number = login_node.ask("sbatch", *options, "--wrap=true").strip()
    waiting = login_node.see("wait")
    assert (waiting["state"], waiting["run_id"]) == ("queued", number)
    assert "partition" in f"{waiting['message']} {waiting['substate']}".lower()
    assert login_node.run("hold", login_node.job("wait")).returncode == 0
    assert "Reason=JobHeld" in login_node.ask("scontrol", "show", "job", number)
    assert login_node.see("wait")["state"] == "paused"
    assert login_node.run("release", login_node.job("wait")).returncode == 0
    assert "Reason=JobHeld" not in login_node.ask("scontrol", "show", "job", number)


def test_an_array_is_one_job_with_tasks(login_node: Story) -> None:
    script = login_node.folder / "sweep.sh"
    script.write_text("#!/bin/sh\necho part $SLURM_ARRAY_TASK_ID\ntest $SLURM_ARRAY_TASK_ID != 2\n")
    options = ("--array=1-3", f"--job-name=sweep {login_node.mark}", f"--chdir={login_node.folder}")
    number = login_node.ask("sbatch", "--parsable", *options, str(script)).strip()
    login_node.until("sweep", "COMPLETED", "FAILED")
    ended = login_node.see("sweep")
    assert (ended["state"], ended["run_id"]) == ("failed", number)
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
