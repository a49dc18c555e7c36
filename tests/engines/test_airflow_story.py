"""A night with a real Airflow and with commands of this machine: the program as a person uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engines.airflow import ask
from tests.engines.engine import Facts
from tests.support.real_world import RealWorld, is_ready, row_of
from tui.cli.exit_codes import ExitCode

CONFIG = """
[connections.night]
type = "airflow"
url = "{url}"
username = "admin"
password = {{ env = "AIRFLOW_PASSWORD" }}
refresh = 1
exclude = ["case*"]

[connections.looking]
type = "airflow"
url = "{url}"
username = "viewer"
password = {{ env = "AIRFLOW_VIEWER" }}
dags = ["skips"]

[connections.here]
type = "local"
refresh = 0.5

[[connections.here.job]]
name = "count"
command = "echo one; echo two"
"""
"""Airflow for somebody who may do everything, and for somebody who may look; and a command beside it."""


class Night:
    """The program with its config, and what Airflow itself says."""

    def __init__(self, world: RealWorld, facts: Facts) -> None:
        self.world = world
        self.facts = facts
        world.environment |= {"AIRFLOW_PASSWORD": facts["admin"], "AIRFLOW_VIEWER": facts["viewer"]}
        world.configure(CONFIG.format(url=facts["url"]))

    def run(self, *words: str, code: int = ExitCode.DONE) -> subprocess.CompletedProcess[str]:
        """Run a command line, which ends in this way."""
        done = self.world.run(*words)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    def json(self, *words: str, code: int = ExitCode.DONE) -> Any:
        """What a command line prints as JSON."""
        return json.loads(self.run(*words, "-o", "json", code=code).stdout)

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """What Airflow tells of a DAG's runs, the newest first."""
        path = f"/api/v2/dags/{dag}/dagRuns?order_by=-id"
        runs: list[dict[str, Any]] = ask(self.facts, "GET", path).raise_for_status().json()["dag_runs"]
        return runs

    def tries(self, dag: str, run: str) -> dict[str, int]:
        """How often each task of a run was tried."""
        answer = ask(self.facts, "GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")
        return {task["task_id"]: task["try_number"] for task in answer.json()["task_instances"]}

    @contextmanager
    def started(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A command line that goes on meanwhile."""
        with subprocess.Popen(
            [*self.world.program, *words],
            env={
                **{k: v for k, v in self.world.environment.items() if v is not None},
                "PATH": "/usr/bin:/bin",
            },
            cwd=self.world.folder,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture
def night(tmp_path: Path, airflow_facts: Facts) -> Iterator[Night]:
    """A config of its own."""
    world = RealWorld(tmp_path, (sys.executable, "-m", "tui"))
    yield Night(world, airflow_facts)
    world.close()


def test_both_systems_are_listed_in_one_table(night: Night) -> None:
    jobs = {(job["connection"], job["name"]): job for job in night.json("jobs")}
    assert {("night", "sequence"), ("looking", "skips"), ("here", "count")} <= set(jobs)
    assert jobs["night", "nightly"]["next_run_at"]
    assert not [name for connection, name in jobs if connection == "night" and name.startswith("case")]


def test_a_run_with_parameters_succeeds_and_tells_them_in_its_log(night: Night) -> None:
    given = ("--param", "ticket=T-1000", "--param", "region=south", "--param", "rows=7")
    receipt = night.json("trigger", "night/params", *given, "--yes", "--wait")
    (run, *_) = night.runs("params")
    assert receipt["run_id"] == run["dag_run_id"]
    assert (run["state"], run["conf"]["ticket"]) == ("success", "T-1000")
    assert (run["conf"]["region"], run["conf"]["rows"]) == ("south", 7)
    assert '"ticket": "T-1000"' in night.run("logs", "night/params").stdout


def test_one_id_makes_one_run(night: Night) -> None:
    receipt = night.json("trigger", "night/at_once", "--yes", "--wait")
    before = night.runs("at_once")
    again = {"dag_run_id": receipt["run_id"], "logical_date": None, "conf": {}}
    answer = ask(night.facts, "POST", "/api/v2/dags/at_once/dagRuns", json=again)
    assert answer.status_code == 409
    assert [run["dag_run_id"] for run in night.runs("at_once")] == [run["dag_run_id"] for run in before]


def test_a_failure_is_told_with_its_reason_and_its_failed_tasks_run_again(night: Night) -> None:
    night.run("trigger", "night/broken_sequence", "--yes")
    night.run("wait", "night/broken_sequence", code=ExitCode.JOB_FAILED)
    (run,) = night.runs("broken_sequence")[:1]
    assert "no space left on device" in night.run("logs", "night/broken_sequence", "--errors").stdout
    assert night.tries("broken_sequence", run["dag_run_id"]) == {"extract": 1, "load": 1, "report": 0}
    night.run("rerun", "night/broken_sequence", "--failed-only", "--yes")
    night.run("wait", "night/broken_sequence", code=ExitCode.JOB_FAILED)
    assert [run["dag_run_id"] for run in night.runs("broken_sequence")][:1] == [run["dag_run_id"]]
    assert night.tries("broken_sequence", run["dag_run_id"]) == {"extract": 1, "load": 2, "report": 0}


def test_the_error_that_led_to_a_failure_is_shown(night: Night) -> None:
    night.run("trigger", "night/fails", "--yes", "--wait", code=ExitCode.JOB_FAILED)
    assert (
        "No such file or directory: '/nowhere/orders.csv'"
        in night.run("logs", "night/fails", "--errors").stdout
    )


def test_a_log_is_followed_until_its_run_is_stopped(night: Night) -> None:
    night.run("trigger", "night/sleeps", "--yes")
    with night.started("logs", "night/sleeps", "--follow") as following:
        assert following.stdout is not None
        seen = ""
        while "tick 3" not in seen:
            line = following.stdout.readline()
            assert line, f"the log ended: {seen}"
            seen += line
        assert "tick 1" in seen
        night.run("stop", "night/sleeps", "--yes", "--wait")
        following.stdout.read()
        following.wait()
    assert night.runs("sleeps")[0]["state"] == "failed"
    night.run("wait", "night/sleeps", code=ExitCode.CANCELLED)


def test_a_dag_is_held_and_released(night: Night) -> None:
    def is_paused() -> bool:
        return bool(ask(night.facts, "GET", "/api/v2/dags/monthly").json()["is_paused"])

    night.run("hold", "night/monthly", "--yes")
    assert is_paused()
    night.run("release", "night/monthly", "--yes")
    assert not is_paused()


def test_who_may_only_look_changes_nothing(night: Night) -> None:
    before = len(night.runs("skips"))
    done = night.run("trigger", "looking/skips", "--yes", code=ExitCode.REFUSED)
    assert "viewer" in done.stderr
    assert len(night.runs("skips")) == before


def test_the_dashboard_shows_both_in_one_table_and_starts_a_run(night: Night) -> None:
    with night.world.start() as terminal:
        terminal.wait_for(lambda: is_ready(terminal) and "count" in row_of(terminal, "count"))
        terminal.wait_for(lambda: row_of(terminal, "sequence"))
        terminal.press("\\/name:quick")
        terminal.wait_for(lambda: "1 of " in terminal.lines[1])
        terminal.press("Enter", "R")
        terminal.wait_for(lambda: "Run quick" in terminal.text and "enter yes" in terminal.text)
        terminal.press("Enter")
        terminal.wait_for("accepted")
        terminal.wait_for("● succeeded")
        terminal.press("\\", "q")
        assert terminal.wait_exit() == 0
