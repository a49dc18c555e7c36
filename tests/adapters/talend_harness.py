"""The Talend adapter in front of its simulator."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.adapters.contract import Samples
from tests.adapters.http_harness import ODD, HttpHarness
from tests.support.clock import START
from tui.adapters.talend import TalendAdapter
from tui.core.keys import JobKey
from tui.core.settings import SecretRef
from tui.simulators.fleet import Script
from tui.simulators.talend import PASSWORD, USER, WEBAPP, Behaviour, TalendSimulator, TaskSpec, failed

YEARLY = Script(
    id="44",
    name="yearly",
    period_s=365 * 86_400,
    usual_s=60,
    phase_s=300 * 86_400,
    failure_rate=0,
    needs_database=False,
    is_parametrised=False,
)
"""A trigger that fires in no test."""

SPECS = (
    TaskSpec("41", "load_customers", duration_s=6, log=("all is well",)),
    TaskSpec("42", "load_orders", duration_s=5, outcome=failed("ORA-12541: TNS:no listener")),
    TaskSpec("43", "stream_events", duration_s=10_000_000),
    TaskSpec("44", "close_the_books", script=YEARLY, since=START),
)

CHANGES = frozenset({"runTask", "stopTask", "requestPauseTriggers", "requestResumeTriggers"})
"""The commands that change something."""


class TalendHarness(HttpHarness):
    """Four tasks of a simulated TAC.

    Args:
        behaviour: What its version does.
        **options: Those of every harness.
    """

    adapter: TalendAdapter
    connection = "tac"
    adapter_type = TalendAdapter
    parameters = ("REGION", "DB_PASSWORD")
    odd_states = MappingProxyType(
        {r'("(?:status|execDetailedStatus|execBasicStatus)":")[A-Z_]+': rf"\1{ODD}"}
    )
    samples = Samples(
        succeeding=JobKey("tac", "41"),
        failing=JobKey("tac", "42"),
        lasting=JobKey("tac", "43"),
        idle=JobKey("tac", "44"),
        printed=b"all is well\n",
    )

    def __init__(self, *, behaviour: Behaviour | None = None, **options: Any) -> None:
        self._behaviour = behaviour
        super().__init__(**options)

    def make_simulator(self) -> TalendSimulator:
        many = [TaskSpec(str(number), f"task_{number}") for number in range(self.jobs)]
        zone = ZoneInfo(self.zone)
        self.tac = TalendSimulator(self.clock, many or SPECS, behaviour=self._behaviour, zone=zone)
        return self.tac

    def table(self, base: str) -> Mapping[str, Any]:
        password = SecretRef(literal=PASSWORD)
        return {"type": "talend", "url": base + WEBAPP, "username": USER, "password": password}

    @property
    def secrets(self) -> Sequence[str]:
        return [PASSWORD]

    def is_change(self, request: httpx.Request) -> bool:
        return json.loads(base64.b64decode(request.url.query))["actionName"] in CHANGES

    def spoil_credentials(self) -> None:
        self.tac.set_password("another one")

    def skew(self, seconds: float) -> None:
        """Let the server's clock be fast."""
        self.tac.set_skew(timedelta(seconds=seconds))
