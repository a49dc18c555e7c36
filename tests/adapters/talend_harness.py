"""The Talend adapter in front of its simulator, in memory or over a socket."""

from __future__ import annotations

import base64
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import httpx

from tests.adapters.contract import Harness, Samples
from tests.support.clock import START, FakeClock
from tests.support.context import InstantClock, make_context
from tests.support.faults import FaultyServer
from tests.support.scripted import DictMemory
from tui.adapters.talend import TalendAdapter
from tui.core.keys import JobKey
from tui.core.settings import SecretRef
from tui.simulators.fleet import Script
from tui.simulators.talend import PASSWORD, USER, WEBAPP, Behaviour, TalendSimulator, TaskSpec, failed

if TYPE_CHECKING:
    from types import TracebackType

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


class Loss(Enum):
    """When an answer is lost."""

    BEFORE = "before the change was made"
    AFTER = "after the change was made"


def is_change(request: httpx.Request) -> bool:
    """Whether a request runs or stops a task."""
    return json.loads(base64.b64decode(request.url.query))["actionName"] in {"runTask", "stopTask"}


class TalendHarness(Harness):
    """Four tasks of a simulated TAC.

    Args:
        behaviour: What its version does.
        zone: The zone of its times.
        uses_socket: Serve it on the loopback interface.
        clock: The time of both sides; one that passes by sleeping when nothing else is said.
    """

    adapter: TalendAdapter
    samples = Samples(
        succeeding=JobKey("tac", "41"),
        failing=JobKey("tac", "42"),
        lasting=JobKey("tac", "43"),
        idle=JobKey("tac", "44"),
        printed=b"all is well\n",
    )

    def __init__(
        self,
        *,
        behaviour: Behaviour | None = None,
        zone: str = "UTC",
        uses_socket: bool = False,
        clock: FakeClock | None = None,
    ) -> None:
        self.clock = clock or InstantClock()
        self.tac = TalendSimulator(self.clock, SPECS, behaviour=behaviour, zone=ZoneInfo(zone))
        self.server = FaultyServer(self.tac) if uses_socket else None
        self.memory = DictMemory()
        self._zone = zone
        self._stack = AsyncExitStack()
        self.settings: dict[str, Any] = {}
        self.losing: Loss | None = None
        """How the next change goes wrong, when it is not sent over a socket."""

    async def __aenter__(self) -> Self:
        if self.server is not None:
            await self._stack.enter_async_context(self.server)
        self.adapter = await self.reopen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def reopen(self) -> TalendAdapter:
        """What a later nightdeck would have: the same memory, and nothing else."""
        transport = None if self.server is not None else httpx.MockTransport(self._answer)
        context = replace(make_context(clock=self.clock, transport=transport), memory=self.memory)
        base = self.server.url if self.server is not None else "https://tac.example.com"
        table = {
            "type": "talend",
            "url": base + WEBAPP,
            "username": USER,
            "password": SecretRef(literal=PASSWORD),
            "timezone": self._zone,
            **self.settings,
        }
        adapter = TalendAdapter("tac", TalendAdapter.Settings.model_validate(table), context)
        await adapter.open()
        self._stack.push_async_callback(adapter.aclose)
        return adapter

    async def pass_time(self) -> None:
        """A second passes on both sides."""
        if isinstance(self.clock, InstantClock):
            await self.clock.sleep(1)
        else:
            await self.clock.advance(1)

    def runs_made(self, job: JobKey) -> int:
        """What the simulator counts."""
        return self.tac.runs_started[job.id]

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        loss = self.losing
        if loss is None or not is_change(request):
            return await self.tac(request)
        self.losing = None
        if loss is Loss.AFTER:
            await self.tac(request)
        raise httpx.ReadError("connection reset by peer")

    def skew(self, seconds: float) -> None:
        """Let the server's clock be fast."""
        self.tac.set_skew(timedelta(seconds=seconds))
