"""The Informatica adapter in front of its simulator, with tasks, taskflows or code tasks as the samples."""

from __future__ import annotations

import json
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import httpx

from tests.adapters.contract import Samples
from tests.adapters.http_harness import ODD, HttpHarness
from tui.adapters.informatica import InformaticaAdapter
from tui.core.keys import JobKey
from tui.core.settings import SecretRef
from tui.simulators.informatica import (
    PASSWORD,
    USER,
    Behaviour,
    CodeTaskSpec,
    InformaticaSimulator,
    TaskflowSpec,
    TaskSpec,
    failed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.core.models import Job
    from tui.simulators.informatica.catalogue import Spec

Family = Literal["tasks", "linear", "taskflows", "code"]

PRINTED = "all 22 rows were loaded"
"""A line in the log of each good run."""

CANCEL_PATH = "disnext/api/v1/CodeTask/Cancel/{job_id}"
"""Where the simulated cloud cancels code tasks; no page tells a path."""

BAD = failed("ORA-12541: TNS:no listener")
LONG_S = 7000.0
QUICK: dict[str, Any] = {"stop_s": 2, "clean_stop_s": 4, "queue_s": 2}
"""So that a run has ended, and is in the log, before a test stops looking."""

TASKS: tuple[Spec, ...] = (
    TaskSpec("00AB120Z00000000001A", "mt_customers", duration_s=5, log=(PRINTED,), **QUICK),
    TaskSpec("00AB120Z00000000001B", "mt_orders", "MTT", "DWH/Daily", duration_s=4, outcome=BAD, **QUICK),
    TaskSpec("00AB120I00000000001C", "dss_stream", "DSS", duration_s=LONG_S, **QUICK),
    TaskSpec("00AB120P00000000001D", "pcs_idle", "PCS", "DWH", **QUICK),
)
LINEAR: tuple[Spec, ...] = (
    TaskSpec(
        "00AB120N00000000001A",
        "LT_customers",
        "WORKFLOW",
        duration_s=5,
        steps=("mt_a", "mt_b"),
        log=(PRINTED,),
        **QUICK,
    ),
    TaskSpec(
        "00AB120N00000000001B", "LT_orders", "WORKFLOW", duration_s=4, steps=("mt_c",), outcome=BAD, **QUICK
    ),
    TaskSpec("00AB120N00000000001C", "LT_stream", "WORKFLOW", duration_s=LONG_S, steps=("mt_d",), **QUICK),
    TaskSpec("00AB120N00000000001D", "LT_idle", "WORKFLOW", steps=("mt_e",), **QUICK),
)
STEP = TaskSpec("00AB120Z00000000009S", "mt_step", folder="DWH/Daily", duration_s=3, log=(PRINTED,), **QUICK)
TASKFLOWS: tuple[Spec, ...] = (
    STEP,
    TaskflowSpec(
        "4kQmZpT1xYb8RwUe0VsL1A", "tf_customers", "tf_customers", "DWH/Daily", (STEP.id,), duration_s=5
    ),
    TaskflowSpec(
        "4kQmZpT1xYb8RwUe0VsL1B",
        "tf_orders",
        "tf_orders-1",
        "DWH/Daily",
        (STEP.id,),
        duration_s=4,
        outcome=BAD,
        faulty_step=0,
        is_suspended_by_faults=False,
    ),
    TaskflowSpec("4kQmZpT1xYb8RwUe0VsL1C", "tf_stream", "tf_stream", steps=(STEP.id,), duration_s=LONG_S),
    TaskflowSpec("4kQmZpT1xYb8RwUe0VsL1D", "tf_idle", "tf_idle", "Default", (STEP.id,)),
)
CODE: tuple[Spec, ...] = (
    CodeTaskSpec("477", "spark_customers", duration_s=5, queue_s=2),
    CodeTaskSpec("478", "spark_orders", duration_s=4, queue_s=2, outcome=BAD),
    CodeTaskSpec("479", "spark_stream", duration_s=LONG_S, queue_s=2),
    CodeTaskSpec("480", "spark_idle", queue_s=2),
)
SPECS: Mapping[str, tuple[Spec, ...]] = {
    "tasks": TASKS,
    "linear": LINEAR,
    "taskflows": TASKFLOWS,
    "code": CODE,
}


class InformaticaHarness(HttpHarness):
    """Four assets of a simulated cloud.

    Args:
        family: What they are.
        behaviour: What no page tells, by the names of `Behaviour`.
        **options: Those of every harness.
    """

    connection = "idmc"
    adapter_type = InformaticaAdapter
    has_session = True
    has_plain_logs = True
    odd_states = MappingProxyType(
        {
            r'("executionState": ?")\w+': rf"\1{ODD}",
            r'("status": ?")\w+': rf"\1{ODD}",
            r'("state": ?)\d+': rf'\1"{ODD}"',
        }
    )

    adapter: InformaticaAdapter

    def __init__(
        self, *, family: Family = "tasks", behaviour: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        self.family = family
        self._behaviour = Behaviour(**(behaviour or {}))
        self._sessions: set[str] = set()
        self._refused: set[int] = set()
        if family == "code":
            self._behaviour.code_task_cancel_path = CANCEL_PATH
        specs = [spec for spec in SPECS[family] if spec is not STEP]
        ids = [f"code:{spec.id}" if family == "code" else spec.id for spec in specs]
        succeeding, failing, lasting, idle = (JobKey(self.connection, job_id) for job_id in ids)
        printed = b"" if family == "code" else PRINTED.encode()
        self.samples = Samples(succeeding, failing, lasting, idle, printed=printed)
        super().__init__(**options)

    def make_simulator(self) -> InformaticaSimulator:
        many = [TaskSpec(f"00AB120Z{number:012d}", f"mt_{number}") for number in range(self.jobs)]
        self.cloud = InformaticaSimulator(self.clock, many or SPECS[self.family], behaviour=self._behaviour)
        return self.cloud

    def table(self, base: str) -> Mapping[str, Any]:
        table = {
            "type": "informatica",
            "login_url": base,
            "username": USER,
            "password": SecretRef(literal=PASSWORD),
        }
        if self.family == "taskflows":
            table |= {"taskflows": self.cloud.taskflows}
        if self.family == "code":
            table |= {"code_tasks": self.cloud.code_tasks, "code_task_cancel_path": CANCEL_PATH}
        return table

    def runs_made(self, job: JobKey) -> int:
        return self.cloud.runs_started[job.id.removeprefix("code:")]

    async def finish(self, job: JobKey) -> Job:
        """Run a job to its end; the sub-tasks of a taskflow come into the log a little later."""
        seen = await super().finish(job)
        if self.family == "taskflows":
            for _ in range(ceil(self._behaviour.log_lag_s)):
                await self.pass_time()
        return seen

    @property
    def secrets(self) -> Sequence[str]:
        return [PASSWORD, *self._sessions]

    def is_change(self, request: httpx.Request) -> bool:
        return request.method in {"POST", "PUT"} and not self.is_login(request)

    def is_login(self, request: httpx.Request) -> bool:
        return request.url.path.lower().endswith("/login")

    def spoil_credentials(self) -> None:
        self.cloud.set_password("another one")
        self.cloud.expire_sessions()

    def expire_session(self) -> None:
        self.cloud.expire_sessions()

    def requests_for_sweep(self, jobs: int) -> int:
        """Seven lists, the monitor, a page of the log, and the first pages of places."""
        return 7 + 1 + 1 + 5

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await super()._answer(request)
        if self.is_login(request) and response.status_code == httpx.codes.OK:
            told = json.loads(await response.aread())
            self._sessions.add(told.get("icSessionId") or told["userInfo"]["sessionId"])
        elif self.is_change(request) and response.status_code == httpx.codes.UNAUTHORIZED:
            self.changes_made -= 1
        return response
