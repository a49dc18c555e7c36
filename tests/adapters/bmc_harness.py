"""The BMC adapter in front of its simulator."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx

from tests.adapters.contract import Samples
from tests.adapters.http_harness import ODD, HttpHarness
from tui.adapters.bmc import BmcAdapter
from tui.core.keys import JobKey
from tui.core.settings import SecretRef
from tui.simulators.bmc import ACCESS_KEY, ACCESS_SECRET_KEY, Behaviour, BmcSimulator, EtlSpec
from tui.simulators.bmc.vocabulary import ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.core.adapter import Adapter
    from tui.core.models import Job

SPECS = (
    EtlSpec("321", "Generic CSV Importer - storage", task_id="467", duration_s=3),
    EtlSpec("322", "Orders", duration_s=3, exit_code=ERROR),
    EtlSpec("323", "Stream of metrics", duration_s=1e7),
    EtlSpec("324", "Idle importer"),
    EtlSpec("53", "vCenter Extractor Service", is_service=True, stop_s=0),
)
"""The samples."""

_REFRESH = "/auth/tokens"
_TURN_S = 4
"""Seconds after which a service has turned on or off, whatever its product takes for it."""


def key_of(etl_id: int | str) -> JobKey:
    """An ETL of the tests' connection."""
    return JobKey("bmc", str(etl_id))


class BmcHarness(HttpHarness):
    """Four ETLs and a service of a simulated product.

    Args:
        behaviour: What no page tells, by the names of `Behaviour`.
        **options: Those of every harness.
    """

    connection = "bmc"
    adapter_type = BmcAdapter
    parameters = ("region",)
    has_session = True
    forces_stops = False
    odd_states = MappingProxyType({r'("status":")[A-Z_]+': rf"\1{ODD}"})
    samples = Samples(
        succeeding=key_of(321),
        failing=key_of(322),
        lasting=key_of(323),
        idle=key_of(324),
        holdable=key_of(53),
    )

    adapter: BmcAdapter

    def __init__(self, *, behaviour: Mapping[str, Any] | None = None, **options: Any) -> None:
        self._behaviour = Behaviour(**(behaviour or {}))
        self._tokens: set[str] = set()
        self._refused: set[int] = set()
        super().__init__(**options)

    def make_simulator(self) -> BmcSimulator:
        many = [EtlSpec(str(number), f"ETL {number}") for number in range(1, self.jobs + 1)]
        self.bmc = BmcSimulator(self.clock, many or SPECS, behaviour=self._behaviour)
        return self.bmc

    def table(self, base: str) -> Mapping[str, Any]:
        secret = SecretRef(literal=ACCESS_SECRET_KEY)
        return {"type": "bmc", "url": base, "access_key": ACCESS_KEY, "access_secret_key": secret}

    @property
    def secrets(self) -> Sequence[str]:
        return [ACCESS_SECRET_KEY, *self._tokens]

    @property
    def requests(self) -> Sequence[httpx.Request]:
        """Every request but refused refreshes: they show no access key, and cost the account no attempt."""
        return [request for request in super().requests if id(request) not in self._refused]

    def is_change(self, request: httpx.Request) -> bool:
        return request.method == "POST" and not self.is_login(request)

    def is_login(self, request: httpx.Request) -> bool:
        return request.url.path.startswith("/ims/")

    def spoil_credentials(self) -> None:
        self.bmc.set_secret("another one")
        self.bmc.revoke_refresh()

    def expire_session(self) -> None:
        self.bmc.expire_tokens()

    async def see(self, job: JobKey, adapter: Adapter | None = None) -> Job:
        if job == self.samples.holdable:
            for _ in range(_TURN_S):
                await self.pass_time()
        return await super().see(job, adapter)

    async def listed(self) -> dict[str, Job]:
        """What a sweep tells, without the calls for each job."""
        return {job.id: job async for page in self.adapter.list_jobs() for job in page}

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await super()._answer(request)
        if self.is_login(request) and response.status_code == httpx.codes.OK:
            self._tokens.update(json.loads(await response.aread()).values())
        elif request.url.path.endswith(_REFRESH):
            self._refused.add(id(request))
        elif self.is_change(request) and response.status_code == httpx.codes.UNAUTHORIZED:
            self.changes_made -= 1
        return response
