"""The Airflow adapter in front of its stand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Any

import httpx

from tests.adapters.contract import Samples
from tests.adapters.http_harness import ODD, HttpHarness
from tui.adapters.airflow import AirflowAdapter
from tui.core.keys import JobKey
from tui.core.settings import SecretRef
from tui.simulators.airflow import (
    ALWAYS,
    LOGIN,
    PASSWORD,
    USER,
    AirflowSimulator,
    Behaviour,
    DagSpec,
    ParamSpec,
    TaskSpec,
)

SPECS = (
    DagSpec(
        "load_customers",
        (
            TaskSpec("extract", log=("all is well",)),
            TaskSpec("load", ("extract",)),
        ),
        tags=("sales",),
    ),
    DagSpec(
        "load_orders",
        (
            TaskSpec("extract"),
            TaskSpec("load", ("extract",), failures=ALWAYS, error="OSError: no listener", retries=1),
            TaskSpec("publish", ("load",), mapped=2),
        ),
    ),
    DagSpec("stream_events", (TaskSpec("stream", duration_s=1e7), TaskSpec("after", ("stream",)))),
    DagSpec(
        "close_the_books",
        params=(
            ParamSpec("path", "/user/demo/", {"type": "string"}),
            ParamSpec("note", "", {"type": "string"}, "for the ledger"),
        ),
    ),
)
"""The samples."""

CHANGES = ("PATCH", "DELETE")
PAGE = 100
"""DAGs that one answer holds at the most."""


def key_of(dag_id: str) -> JobKey:
    """A job of the tests' connection."""
    return JobKey("airflow", dag_id)


class AirflowHarness(HttpHarness):
    """Four DAGs of a simulated Airflow.

    Args:
        behaviour: What the installation does.
        account: Who we are.
        uses_token: Whether the config has a ready token in place of a name and a password.
        **options: Those of every harness.
    """

    adapter: AirflowAdapter
    airflow: AirflowSimulator
    connection = "airflow"
    adapter_type = AirflowAdapter
    has_session = True
    forces_stops = False
    reruns_in_place = True
    parameters = ("path", "note")
    odd_states = MappingProxyType({r'("state": ?")[a-z_]+': rf"\1{ODD}"})
    samples = Samples(
        succeeding=key_of("load_customers"),
        failing=key_of("load_orders"),
        lasting=key_of("stream_events"),
        idle=key_of("close_the_books"),
        printed=b"all is well",
    )

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        account: str = USER,
        uses_token: bool = False,
        **options: Any,
    ) -> None:
        # Whoever opens it a hundred times would search each text for a hundred long tokens.
        self._behaviour = behaviour or Behaviour(has_fresh_tokens=False)
        self._account = account
        self._uses_token = uses_token
        self._old_tokens: list[str] = []
        super().__init__(**options)

    def make_simulator(self) -> AirflowSimulator:
        many = [DagSpec(f"dag_{number:06}") for number in range(self.jobs)]
        if hasattr(self, "airflow"):
            self._old_tokens += self.airflow.tokens.given
        self.airflow = AirflowSimulator(self.clock, many or SPECS, behaviour=self._behaviour)
        self.token = self.airflow.tokens.give(self._account) if self._uses_token else ""
        self.password = self.airflow.tokens.passwords[self._account]
        return self.airflow

    def table(self, base: str) -> Mapping[str, Any]:
        if self._uses_token:
            return {"type": "airflow", "url": base, "token": SecretRef(literal=self.token)}
        password = SecretRef(literal=self.password)
        return {"type": "airflow", "url": base, "username": self._account, "password": password}

    @property
    def secrets(self) -> Sequence[str]:
        return [PASSWORD, *self._old_tokens, *self.airflow.tokens.given]

    def is_login(self, request: httpx.Request) -> bool:
        return request.url.path == LOGIN

    def is_change(self, request: httpx.Request) -> bool:
        """Lists that are asked for with a body change nothing."""
        return not self.is_login(request) and (
            request.method in CHANGES or (request.method == "POST" and not request.url.path.endswith("/list"))
        )

    def spoil_credentials(self) -> None:
        self.airflow.set_password("another one", self._account)
        self.expire_session()

    def expire_session(self) -> None:
        self.airflow.tokens.forget()

    def requests_for_sweep(self, jobs: int) -> int:
        """A page for each hundred DAGs, what goes on, and what has ended."""
        return ceil(jobs / PAGE) + 2

    async def reopen(self) -> AirflowAdapter:
        adapter = await super().reopen()
        assert isinstance(adapter, AirflowAdapter)
        return adapter
