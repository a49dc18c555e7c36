"""The line to each system: whom it believes, what it shows, and that redirects take no credentials away."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.adapters.airflow_harness import AirflowHarness
from tests.adapters.bmc_harness import BmcHarness
from tests.adapters.datameer_harness import DatameerHarness
from tests.adapters.enos_harness import EnosHarness
from tests.adapters.http_harness import HttpHarness
from tests.adapters.informatica_harness import InformaticaHarness
from tests.adapters.slurm_harness import SlurmHarness
from tests.adapters.talend_harness import TalendHarness
from tests.support.certificates import Papers
from tests.support.faults import FaultyServer
from tui.core.capabilities import CanTrigger
from tui.core.errors import ActionRefused, BadAnswer, NightdeckError, OutcomeUnknown, TlsFailed, Unreachable

HARNESSES: list[type[HttpHarness]] = [
    TalendHarness,
    BmcHarness,
    EnosHarness,
    InformaticaHarness,
    DatameerHarness,
    AirflowHarness,
    SlurmHarness,
]

When = Callable[[httpx.Request], bool]

each_system = pytest.mark.parametrize("harness_type", HARNESSES, ids=lambda each: each.connection)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """What the company's authority hands out."""
    return Papers(tmp_path_factory.mktemp("company"))


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def opened(
    stack: AsyncExitStack,
    harness_type: type[HttpHarness],
    tls: ssl.SSLContext | None = None,
    **settings: Any,
) -> HttpHarness:
    """A system on a socket, and an adapter in front of it."""
    harness = harness_type(uses_socket=True, **settings)
    if tls is not None:
        harness.server = FaultyServer(harness._answer, tls=tls)
    return await stack.enter_async_context(harness)


def adapter_of(harness: HttpHarness) -> CanTrigger:
    assert isinstance(harness.adapter, CanTrigger)
    return harness.adapter


@each_system
async def test_the_companys_authority_is_believed_where_it_is_configured(
    stack: AsyncExitStack, papers: Papers, harness_type: type[HttpHarness]
) -> None:
    harness = await opened(stack, harness_type, papers.server(), verify=papers.ca_file)
    assert await harness.sweep()
    await harness.adapter.check()
    await adapter_of(harness).trigger(harness.samples.idle, {})
    assert harness.runs_made(harness.samples.idle) == 1
    (shaken,) = harness.adapter.context.line.handshakes.values()
    assert shaken.version == "TLSv1.3"
    assert shaken.ends_at is not None


@each_system
async def test_an_unknown_authority_gets_nothing_at_all(
    stack: AsyncExitStack, papers: Papers, harness_type: type[HttpHarness]
) -> None:
    harness = await opened(stack, harness_type, papers.server())
    for work in (
        harness.sweep(),
        harness.adapter.check(),
        harness.adapter.list_runs(harness.samples.idle),
        adapter_of(harness).trigger(harness.samples.idle, {}),
    ):
        with pytest.raises((TlsFailed, Unreachable)) as caught:
            await work
        assert "certificate of 127.0.0.1" in caught.value.message
        assert "set `verify` to the file of the company's CA certificate" in caught.value.hint
        harness.assert_discreet(caught.value)
    assert not harness.requests


@each_system
async def test_a_certificate_of_our_own_is_shown_where_it_is_asked_for(
    stack: AsyncExitStack, papers: Papers, harness_type: type[HttpHarness]
) -> None:
    tls = papers.server(asks_for=papers.authority)
    harness = await opened(stack, harness_type, tls, verify=papers.ca_file, min_tls="1.3", **papers.client())
    assert await harness.sweep()
    await adapter_of(harness).trigger(harness.samples.idle, {})
    nobody = await opened(stack, harness_type, tls, verify=papers.ca_file)
    with pytest.raises(NightdeckError):
        await nobody.sweep()
    with pytest.raises(NightdeckError):
        await adapter_of(nobody).trigger(nobody.samples.idle, {})
    assert not nobody.requests


@each_system
async def test_verification_can_be_switched_off(
    stack: AsyncExitStack, papers: Papers, harness_type: type[HttpHarness]
) -> None:
    harness = await opened(stack, harness_type, papers.server("elsewhere.example.com"), verify=False)
    assert await harness.sweep()
    (shaken,) = harness.adapter.context.line.handshakes.values()
    assert shaken.ends_at is None


class Detour:
    """Sends some requests elsewhere, before the system sees them."""

    def __init__(self, harness: HttpHarness, when: When, location: str, status: int) -> None:
        self.harness = harness
        self.when = when
        self.location = location
        self.status = status
        self.taken = 0
        harness.line._system = self

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self.when(request):
            return await self.harness._answer(request)
        self.taken += 1
        location = self.location or str(request.url)
        return httpx.Response(self.status, headers={"location": location})


@pytest.fixture
async def stranger(stack: AsyncExitStack) -> FaultyServer:
    """A server of somebody else, who would like to hear a password."""
    return await stack.enter_async_context(FaultyServer(lambda _: httpx.Response(200, json={})))


def places(stranger: FaultyServer, harness: HttpHarness) -> Iterator[str]:
    """Where a redirect may try to lead."""
    port = stranger.url.rpartition(":")[2]
    own = harness.line.url.removeprefix("http://")
    yield f"{stranger.url}/login"
    yield f"//127.0.0.1:{port}/login"
    yield f"http://{own}@127.0.0.1:{port}/"
    yield f"http://localhost:{own.rpartition(':')[2]}/"


@each_system
async def test_no_credentials_follow_a_redirect_to_another_server(
    stack: AsyncExitStack, stranger: FaultyServer, harness_type: type[HttpHarness]
) -> None:
    harness = await opened(stack, harness_type)
    cases = [(harness.is_login, status) for status in (302, 307)] + [(harness.is_work, 307)]
    for when, status in cases:
        for place in places(stranger, harness):
            harness.expire_session() if harness.has_session else None
            detour = Detour(harness, when, place, status)
            for work in (harness.sweep(), harness.adapter.check()):
                with pytest.raises(BadAnswer, match="which may not have the credentials") as caught:
                    await work
                harness.assert_discreet(caught.value)
            assert detour.taken
    assert not stranger.requests


@each_system
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_change_that_is_redirected_is_not_sent_again_and_told_truly(
    stack: AsyncExitStack, stranger: FaultyServer, harness_type: type[HttpHarness], status: int
) -> None:
    harness = await opened(stack, harness_type)
    await harness.sweep()
    expected = ActionRefused if status in {307, 308} else OutcomeUnknown
    for place in ("", f"{stranger.url}/run", "javascript:alert(1)"):
        before = harness.changes_sent()
        Detour(harness, lambda request: _is_change(harness, request), place, status)
        with pytest.raises(expected) as caught:
            await adapter_of(harness).trigger(harness.samples.idle, {})
        harness.assert_discreet(caught.value)
        assert harness.changes_sent() - before <= 1
    assert harness.runs_made(harness.samples.idle) == 0
    assert not stranger.requests


def _is_change(harness: HttpHarness, request: httpx.Request) -> bool:
    """Whether a request changes the system, or may; of some only the answer tells whether it was let in."""
    return request.method != "GET" or (isinstance(harness, TalendHarness) and harness.is_change(request))
