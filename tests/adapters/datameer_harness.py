"""The Datameer adapter in front of its simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.adapters.contract import Samples
from tests.adapters.http_harness import ODD, HttpHarness
from tui.adapters.datameer import DatameerAdapter
from tui.core.keys import JobKey, RunKey
from tui.core.models import Job
from tui.core.settings import SecretRef
from tui.simulators.datameer import (
    PASSWORD,
    USER,
    Behaviour,
    DatameerSimulator,
    JobRun,
    JobSpec,
    Kind,
    failed,
)

SPECS = (
    JobSpec(50, "customers import", duration_s=3, records=494_400, log=("all is well",)),
    JobSpec(51, "churn workbook", Kind.WORKBOOK, duration_s=3, outcome=failed("no listener")),
    JobSpec(52, "mart export", Kind.EXPORT, duration_s=1e6),
    JobSpec(53, "idle link"),
)
"""The samples; the file-id of each is the configuration-id of the next."""


def key_of(job_id: int | str) -> JobKey:
    """A job of the tests' connection."""
    return JobKey("dm", str(job_id))


def run_of(job_id: int, run: JobRun) -> RunKey:
    """A run as the adapter names it."""
    return RunKey("dm", str(job_id), str(run.id))


class DatameerHarness(HttpHarness):
    """Four jobs of a simulated Datameer.

    Args:
        behaviour: What its version does.
        first_run: The id of the first run; made up when None.
        **options: Those of every harness.
    """

    connection = "dm"
    adapter_type = DatameerAdapter
    has_plain_logs = True
    tells_repeated_hour = False
    odd_states = MappingProxyType({r'("job-?[sS]tatus":")[A-Za-z_]+': rf"\1{ODD}"})
    samples = Samples(
        succeeding=key_of(50),
        failing=key_of(51),
        lasting=key_of(52),
        idle=key_of(53),
        printed=b"all is well\n",
    )

    adapter: DatameerAdapter

    def __init__(
        self, *, behaviour: Behaviour | None = None, first_run: int | None = None, **options: Any
    ) -> None:
        self._behaviour = behaviour
        self._first_run = first_run
        super().__init__(**options)

    def make_simulator(self) -> DatameerSimulator:
        kinds = list(Kind)
        many = [JobSpec(number, f"job {number}", kinds[number % 3]) for number in range(self.jobs)]
        self.dm = DatameerSimulator(
            self.clock, many or SPECS, behaviour=self._behaviour, zone=ZoneInfo(self.zone)
        )
        if self._first_run is not None:
            self.dm.installation.next_execution_ids += range(self._first_run, self._first_run + 1000)
        return self.dm

    def table(self, base: str) -> Mapping[str, Any]:
        password = SecretRef(literal=PASSWORD)
        return {"type": "datameer", "url": base, "username": USER, "password": password}

    @property
    def secrets(self) -> Sequence[str]:
        return [PASSWORD]

    def is_change(self, request: httpx.Request) -> bool:
        return request.method != "GET"

    def spoil_credentials(self) -> None:
        self.dm.set_password("another one")

    async def reopen(self) -> DatameerAdapter:
        adapter = await super().reopen()
        assert isinstance(adapter, DatameerAdapter)
        return adapter

    def requests_for_sweep(self, jobs: int) -> int:
        """A list for each kind, and the list of active runs."""
        return len(Kind) + 1

    def asked(self, part: str) -> int:
        """How many requests had this in their address."""
        return sum(part in request.url.raw_path.decode() for request in self.requests)

    def calls(self, operation: str) -> int:
        """How many calls of an operation the server understood."""
        return self.dm.calls[operation]

    def spec(self, job: int) -> JobSpec:
        """What a job is."""
        return next(spec for spec in SPECS if spec.id == job)

    async def listed(self) -> dict[str, Job]:
        """What a sweep tells, without the calls for each job."""
        return {job.id: job async for page in self.adapter.list_jobs() for job in page}
