"""A real Airflow behind the contract of all adapters: each test has DAGs to itself, which have never run."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.adapters.contract import Harness, Samples
from tests.engines.airflow import token_of
from tests.engines.engine import Facts
from tests.support.context import make_context
from tests.support.scripted import DictMemory
from tui.adapters.airflow import AirflowAdapter
from tui.core.adapter import Adapter
from tui.core.clock import SystemClock
from tui.core.keys import JobKey
from tui.core.redaction import Redactor

CONNECTION = "airflow"
"""The connection's name."""

PAUSE_S = 0.5
"""Seconds between two looks at a run."""


class AirflowHarness(Harness):
    """The DAGs of one case of a running Airflow.

    A case is used once. To delete its runs instead would be no good: when the scheduler handles a run that is
    deleted under its hands, the scheduler ends (seen in 3.3.2).
    """

    forces_stops = False
    reruns_in_place = True

    def __init__(self, facts: Facts, *, needs_log: bool = False) -> None:
        """Take a case.

        Args:
            facts: How to reach the Airflow.
            needs_log: Whether the good run has to print something: one that does nothing is over sooner.
        """
        self.facts = facts
        self.case = f"case{_take_number(Path(facts['folder'])):02}"
        self.samples = Samples(
            succeeding=self._job("good" if needs_log else "instant"),
            failing=self._job("bad"),
            lasting=self._job("long"),
            idle=self._job("idle"),
            printed=b"all is well" if needs_log else b"",
        )
        self._memory = DictMemory()
        self._redactor = Redactor()
        self._stack = AsyncExitStack()
        headers = {"authorization": f"Bearer {token_of(facts)}"}
        self._admin = httpx.Client(base_url=f"{facts['url']}/api/v2/", headers=headers, timeout=30)

    async def __aenter__(self) -> Self:
        self.adapter = await self.reopen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        # What goes on for ever takes the place of a task that others wait for.
        for run in self._runs(self.samples.lasting):
            path = f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}"
            self._admin.patch(path, json={"state": "failed"}).raise_for_status()
        self._admin.close()

    async def reopen(self) -> Adapter:
        """What a later nightdeck would have: the same memory, and nothing else."""
        login = {"username": "admin", "password": self.facts["admin"]}
        table = {"type": "airflow", "url": self.facts["url"], **login, "dags": [f"{self.case}_*"]}
        transport = await self._stack.enter_async_context(httpx.AsyncHTTPTransport())
        context = make_context(clock=SystemClock(), redactor=self._redactor, transport=transport)
        lent = replace(context, memory=self._memory)
        adapter = AirflowAdapter(CONNECTION, AirflowAdapter.Settings.model_validate(table), lent)
        await adapter.open()
        self._stack.push_async_callback(adapter.aclose)
        return adapter

    async def pass_time(self) -> None:
        """A real system needs real time."""
        await asyncio.sleep(PAUSE_S)

    def runs_made(self, job: JobKey) -> int:
        """What Airflow tells an administrator."""
        return len(self._runs(job))

    def _runs(self, job: JobKey) -> list[Mapping[str, Any]]:
        answer = self._admin.get(f"dags/{job.id}/dagRuns", params={"limit": 100})
        runs: list[Mapping[str, Any]] = answer.raise_for_status().json()["dag_runs"]
        return runs

    def _job(self, dag: str) -> JobKey:
        return JobKey(CONNECTION, f"{self.case}_{dag}")


def _take_number(folder: Path) -> int:
    """The next number that no other worker has, counted in a file beside the engine."""
    with (folder / "cases").open("ab") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        taken.write(b".")
        taken.flush()
        return taken.tell() - 1
