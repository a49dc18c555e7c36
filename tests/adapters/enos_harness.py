"""The EnOS adapter in front of its simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx

from tests.adapters.contract import Samples
from tests.adapters.http_harness import IN_MEMORY, ODD, HttpHarness
from tests.support.context import make_context
from tui.adapters.enos import EnosAdapter
from tui.core.keys import JobKey
from tui.core.settings import SecretRef
from tui.simulators.enos import (
    APP_KEY,
    APP_SECRET,
    MANUAL,
    ORG_ID,
    TEMPORARY,
    TOKEN_PATH,
    USER_ID,
    Behaviour,
    EnosSimulator,
    FlowSpec,
    TaskSpec,
    failed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGES = frozenset({"trigger", "triggerFromTask", "updateAndTrigger", "enable", "disable", "cancel"})
"""The actions that change something."""

_COLLECT = TaskSpec("collect", log=("all is well",))
_LOAD = TaskSpec("load")

SPECS = (
    FlowSpec("3301", "load_customers", (_COLLECT, _LOAD), type=MANUAL, duration_s=6),
    FlowSpec(
        "3302", "load_orders", (_COLLECT, _LOAD), type=TEMPORARY, duration_s=5, outcome=failed("ORA-12541")
    ),
    FlowSpec("3303", "stream_events", duration_s=10_000_000, parameters=(("path", "/user/demo/"),)),
    FlowSpec("3304", "close_the_books"),
)

DETAILS = 8
"""Flows that are asked for by themselves in a sweep."""


class EnosHarness(HttpHarness):
    """Four flows of a simulated EnOS.

    Args:
        behaviour: What its version does.
        asks_zone: Whether the config leaves the zone of the server to the server.
        **options: Those of every harness.
    """

    adapter: EnosAdapter
    connection = "enos"
    adapter_type = EnosAdapter
    has_session = True
    tells_repeated_hour = False
    parameters = ("path", "password")
    varying_headers = frozenset({"apim-timestamp", "apim-signature"})
    odd_states = MappingProxyType(
        {
            r'("status":)-?\d+(?=,"(?:statusDesc|runNum))': rf'\1"{ODD}"',
            r'("(?:statusDesc|stsDesc)":")[A-Z_]+': rf"\1{ODD}",
        }
    )
    samples = Samples(
        succeeding=JobKey("enos", "3301"),
        failing=JobKey("enos", "3302"),
        lasting=JobKey("enos", "3303"),
        idle=JobKey("enos", "3304"),
        printed=b"all is well\n",
    )

    def __init__(
        self, *, behaviour: Behaviour | None = None, asks_zone: bool = False, **options: Any
    ) -> None:
        self._behaviour = behaviour
        self._asks_zone = asks_zone
        self._tokens: list[str] = []
        self._has_token = False
        super().__init__(**options)

    def make_simulator(self) -> EnosSimulator:
        self.enos = EnosSimulator(
            self.clock,
            _made_up(self.jobs) if self.jobs else SPECS,
            behaviour=self._behaviour,
            zone=ZoneInfo(self.zone),
        )
        return self.enos

    def table(self, base: str) -> Mapping[str, Any]:
        return {
            "type": "enos",
            "url": base,
            "app_key": APP_KEY,
            "app_secret": SecretRef(literal=APP_SECRET),
            "org_id": ORG_ID,
            "user_id": USER_ID,
        }

    async def reopen(self) -> EnosAdapter:
        if not self._asks_zone:
            adapter = await super().reopen()
            assert isinstance(adapter, EnosAdapter)
            return adapter
        context = make_context(
            clock=self.clock, redactor=self.redactor, transport=httpx.MockTransport(self._receive)
        )
        settings = EnosAdapter.Settings.model_validate({**self.table(IN_MEMORY), **self.settings})
        asking = EnosAdapter(self.connection, settings, replace(context, memory=self.memory))
        await asking.open()
        self._stack.push_async_callback(asking.aclose)
        return asking

    @property
    def secrets(self) -> Sequence[str]:
        return [APP_SECRET, *self._tokens]

    def is_login(self, request: httpx.Request) -> bool:
        return request.url.path.startswith(TOKEN_PATH)

    def is_change(self, request: httpx.Request) -> bool:
        """With a token that has ended, nothing is changed."""
        is_let_in = self._has_token and request.headers.get("apim-accesstoken") in self._tokens[-1:]
        return is_let_in and request.url.params.get("action") in CHANGES

    def spoil_credentials(self) -> None:
        self.enos.set_secret("another one")
        self.expire_session()

    def expire_session(self) -> None:
        self.enos.expire_tokens()
        self._has_token = False

    def requests_for_sweep(self, jobs: int) -> int:
        # One list, a page of each kind of instances, and a few flows by themselves.
        return 1 + 3 + min(jobs, DETAILS)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await super()._answer(request)
        if self.is_login(request):
            token = ((await _json(response)).get("data") or {}).get("accessToken")
            if token:
                self._has_token = True
                self._tokens.append(token)
        return response


def _made_up(count: int) -> Iterator[FlowSpec]:
    for number in range(count):
        yield FlowSpec(str(100_000 + number), f"flow_{number}", type=MANUAL)


async def _json(response: httpx.Response) -> dict[str, Any]:
    await response.aread()
    found = response.json()
    assert isinstance(found, dict)
    return found
