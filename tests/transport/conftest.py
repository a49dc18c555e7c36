"""Clients of the transport, each over a system that a test writes as a plain function."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, Protocol

import httpx
import pytest

from tests.support.context import InstantClock, make_context, make_settings
from tests.support.faults import FaultyServer, Simulator
from tui.core.redaction import Redactor
from tui.transport.client import ApiClient, ClientOptions

SECRET = "hunter2-Canary/ä+p"
"""The secret that must be nowhere."""


class MakeClient(Protocol):
    """Makes a client that is closed when the test ends."""

    def __call__(
        self,
        system: Simulator | FaultyServer,
        *,
        path: str = "",
        auth: httpx.Auth | None = None,
        options: ClientOptions | None = None,
        **settings: Any,
    ) -> ApiClient: ...


@pytest.fixture
def clock() -> InstantClock:
    """The clock of every client of the test."""
    return InstantClock()


@pytest.fixture
def redactor() -> Redactor:
    """Knows the secret of the test."""
    redactor = Redactor()
    redactor.add(SECRET)
    return redactor


@pytest.fixture
async def make_client(clock: InstantClock, redactor: Redactor) -> AsyncIterator[MakeClient]:
    """Makes clients over a plain function, or over a server on a socket."""
    async with AsyncExitStack() as stack:

        def make(
            system: Simulator | FaultyServer,
            *,
            path: str = "",
            auth: httpx.Auth | None = None,
            options: ClientOptions | None = None,
            **settings: Any,
        ) -> ApiClient:
            transport: httpx.AsyncBaseTransport | None = None
            address = "https://tac.example.com"
            if isinstance(system, FaultyServer):
                address = system.url
            else:
                transport = httpx.MockTransport(system)
            context = make_context(clock=clock, redactor=redactor, transport=transport)
            client = ApiClient(address + path, make_settings(**settings), context, auth=auth, options=options)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Simulator], Any]]:
    """Starts servers that stop when the test ends."""
    async with AsyncExitStack() as stack:

        async def start(system: Simulator) -> FaultyServer:
            return await stack.enter_async_context(FaultyServer(system))

        yield start
