"""A system whose jobs have everything that the detail pane can tell about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.clock import START, FakeClock
from tests.support.scripted import Script, make_job, make_run
from tui.core.keys import RunKey
from tui.core.models import Task
from tui.core.state import State

AGO = START - timedelta(minutes=4)
OUTCOMES = {0: State.FAILED, 9: State.WARNING, 14: State.CANCELLED}
RUNS = [
    make_run(
        f"r{30 - number}",
        "1",
        state=OUTCOMES.get(number, State.SUCCEEDED),
        started_at=AGO - timedelta(hours=number),
        duration_s=150.0 if number == 0 else 60.0 + number * 37 % 25,
        triggered_by="ops",
        params={"day": "7"} if number == 0 else {},
        message="ORA-12541: TNS:no listener" if number == 0 else "",
    )
    for number in range(24)
]
RECORD = {
    "label": "load_customers",
    "password": "hunter2hunter2",
    "active": True,
    "tags": ["dwh", "eu"],
    "server": {"host": "etl03", "port": 8040, "note": None},
}
NEWEST, BEFORE = RunKey("alpha", "1", "r30"), RunKey("alpha", "1", "r29")


def make_task(name: str, state: State, begin: int | None = None, end: int | None = None, **more: Any) -> Task:
    """A task of the newest run that began and ended so many seconds after it."""
    return Task(
        NEWEST,
        name,
        name,
        state,
        started_at=AGO + timedelta(seconds=begin) if begin is not None else None,
        ended_at=AGO + timedelta(seconds=end) if end is not None else None,
        **more,
    )


def make_script(clock: FakeClock) -> Script:
    """A failed job, one that runs and one that waits."""
    script = Script(clock)
    script.add(
        make_job(
            "1",
            name="load_customers",
            state=State.FAILED,
            last_result=State.FAILED,
            run_id="r30",
            started_at=AGO,
            ended_at=AGO + timedelta(seconds=150),
            duration_s=150.0,
            message="ORA-12541: TNS:no listener",
        ),
        make_job("2", name="hourly_sync", state=State.RUNNING, last_result=None, run_id="s1", started_at=AGO),
        make_job("3", name="build_marts", state=State.SCHEDULED),
    )
    script.runs = {"1": RUNS}
    script.logs = {
        "r30": b"INFO start\nERROR no connection\n  at Loader.open(Loader.java:7)\n",
        "r29": b"INFO all is well\n",
    }
    script.tasks = {
        "r30": [
            make_task("extract", State.SUCCEEDED, 10, 50, queued_at=AGO),
            make_task("check_quality", State.FAILED, 50, 60),
            make_task("check_quality", State.SUCCEEDED, 75, 90, attempt=2),
            make_task("load", State.FAILED, 90, 150, message="no space left on device"),
            make_task("notify", State.NEVER_RUN),
        ],
        "r29": [Task(BEFORE, "a", "older extract", State.SUCCEEDED, started_at=AGO)],
    }
    script.raw = {"1": RECORD, "2": {"label": "hourly_sync"}}
    return script
