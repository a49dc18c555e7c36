"""Everything that can go wrong between us and a system, over a real socket."""

from __future__ import annotations

import asyncio
import random
import socket
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.support.context import InstantClock
from tests.support.faults import Fault, FaultyServer, Simulator
from tests.transport.conftest import SECRET, MakeClient
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    ServerFailed,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from tui.transport.auth import BasicAuth
from tui.transport.client import ClientOptions
from tui.transport.retry import RetryPolicy

Serve = Callable[[Simulator], Awaitable[FaultyServer]]

QUICK = 0.5
"""Seconds until a hanging server is given up; the only real waits of these tests."""

ENOUGH = 20.0
"""Seconds for an answer that comes, on a machine that is busy."""

HANGING = {Fault.HANG, Fault.LOST_IN_SILENCE, Fault.SLOW_BODY, Fault.DRIP, Fault.SLOW_HEAD}
"""Faults that only a timeout ends."""

ONCE = ClientOptions(retry=RetryPolicy(attempts=1))

RARE = {Fault.EXPIRED, Fault.BOMB}
"""One stops everything until the user acts, the other takes long to send."""


def timeout_for(fault: Fault) -> float:
    """How long a test waits for an answer."""
    return QUICK if fault in HANGING else ENOUGH


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.transport.call.BODY_PATIENCE", 1.0)
    monkeypatch.setattr("tui.transport.guard.HEAD_PATIENCE", 1.0)


class Jobs:
    """A system that lists jobs, and counts the runs that were triggered."""

    def __init__(self) -> None:
        self.runs = 0
        self.reads = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.runs += 1
            return httpx.Response(200, json={"run": self.runs})
        self.reads += 1
        return httpx.Response(200, json=[{"id": "1"}, {"id": "2"}])


READS: dict[Fault, type[NightdeckError]] = {
    Fault.RESET: Unreachable,
    Fault.CLOSED: Unreachable,
    Fault.HANG: TimedOut,
    Fault.LOST: Unreachable,
    Fault.LOST_IN_SILENCE: TimedOut,
    Fault.SLOW_BODY: TimedOut,
    Fault.DRIP: TimedOut,
    Fault.SLOW_HEAD: TimedOut,
    Fault.TRUNCATED: BadAnswer,
    Fault.NOT_HTTP: BadAnswer,
    Fault.GARBAGE: BadAnswer,
    Fault.HTML: BadAnswer,
    Fault.BUSY: RateLimited,
    Fault.FAILED: ServerFailed,
    Fault.UNAVAILABLE: ServerFailed,
    Fault.FAILED_AFTER: ServerFailed,
    Fault.EXPIRED: Unauthorized,
    Fault.BOMB: BadAnswer,
}


@pytest.mark.parametrize("fault", Fault)
async def test_each_fault_of_a_read_has_its_own_error_with_a_hint(
    fault: Fault, serve: Serve, make_client: MakeClient
) -> None:
    server = await serve(Jobs())
    client = make_client(server, auth=BasicAuth("ops", SECRET), options=ONCE, timeout=timeout_for(fault))
    server.inject(fault, times=None)
    with pytest.raises(READS[fault]) as caught:
        await client.get_json(f"/jobs?password={SECRET}")
    assert_clean(caught.value)


@pytest.mark.parametrize("fault", [fault for fault, error in READS.items() if error is not Unauthorized])
async def test_a_read_recovers_by_itself_when_the_fault_is_over(
    fault: Fault, serve: Serve, make_client: MakeClient
) -> None:
    server = await serve(Jobs())
    client = make_client(server, options=ONCE, timeout=timeout_for(fault))
    server.inject(fault)
    with pytest.raises(READS[fault]):
        await client.get_json("/jobs")
    assert await client.get_json("/jobs", timeout_s=ENOUGH) == [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.RESET, Fault.CLOSED, Fault.HANG, Fault.TRUNCATED),
        *(Fault.BUSY, Fault.UNAVAILABLE, Fault.FAILED_AFTER),
    ],
)
async def test_a_fault_that_passes_costs_a_read_nothing_but_another_attempt(
    fault: Fault, serve: Serve, make_client: MakeClient, clock: InstantClock
) -> None:
    server = await serve(Jobs())
    client = make_client(server, timeout=timeout_for(fault))
    server.inject(fault, times=2)
    assert len(await client.get_json("/jobs")) == 2
    assert client.traffic.retries == 2
    assert len(server.requests) == 3
    assert sum(clock.naps) > 0


NEVER_MADE = {
    Fault.BUSY: RateLimited,
    Fault.EXPIRED: Unauthorized,
}
CHANGES: dict[Fault, type[NightdeckError]] = {
    fault: NEVER_MADE.get(fault, OutcomeUnknown)
    for fault in Fault
    if fault not in {Fault.GARBAGE, Fault.HTML}
}


@pytest.mark.parametrize("fault", CHANGES)
async def test_a_change_is_sent_once_whatever_happens(
    fault: Fault, serve: Serve, make_client: MakeClient
) -> None:
    system = Jobs()
    server = await serve(system)
    client = make_client(server, auth=BasicAuth("ops", SECRET), timeout=timeout_for(fault))
    server.inject(fault)
    with pytest.raises(CHANGES[fault]) as caught:
        await client.send_change("POST", f"/run?password={SECRET}", json={"secret": SECRET})
    assert len(server.requests) == 1
    assert system.runs <= 1
    assert_clean(caught.value)


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.HTML])
async def test_an_unreadable_answer_does_not_tell_whether_a_change_was_made(
    fault: Fault, serve: Serve, make_client: MakeClient
) -> None:
    server = await serve(Jobs())
    client = make_client(server)
    server.inject(fault)
    answer = await client.send_change("POST", "/run")
    with pytest.raises(OutcomeUnknown) as caught:
        await answer.json()
    assert_clean(caught.value)


async def test_never_two_runs_for_one_change_and_never_a_run_that_is_denied(
    make_client: MakeClient, serve: Serve
) -> None:
    runs: Counter[str] = Counter()
    told: Counter[str] = Counter()
    rng = random.Random(7)

    def system(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            runs[request.url.params["id"]] += 1
        return httpx.Response(200, json={})

    server = await serve(system)
    client = make_client(server, timeout=ENOUGH, max_concurrency=8)
    await client.get_json("/jobs")
    for fault in rng.choices([fault for fault in Fault if fault not in {*HANGING, *RARE}], k=200):
        server.inject(fault, when=lambda request: rng.random() < 0.3)

    async def change(number: int) -> None:
        try:
            answer = await client.send_change("POST", "/run", params={"id": number})
            await answer.json()
        except OutcomeUnknown:
            outcome, possible = "unknown", {0, 1}
        except (RateLimited, Unreachable):
            outcome, possible = "not made", {0}
        else:
            outcome, possible = "made", {1}
        told[outcome] += 1
        assert runs[str(number)] in possible

    await asyncio.gather(*(change(number) for number in range(500)))
    assert min(told["made"], told["unknown"], told["not made"]) > 5


async def test_a_change_that_finds_nobody_was_not_sent(make_client: MakeClient, serve: Serve) -> None:
    system = Jobs()
    server = await serve(system)
    client = make_client(server)
    await server.stop()
    with pytest.raises(Unreachable, match="refused the connection"):
        await client.send_change("POST", "/run")
    await server.listen()
    assert await (await client.send_change("POST", "/run")).json() == {"run": 1}
    assert system.runs == 1


async def test_a_change_never_travels_on_a_connection_that_was_kept(
    make_client: MakeClient, serve: Serve
) -> None:
    server = await serve(Jobs())
    client = make_client(server)
    await client.get_json("/jobs")
    await client.get_json("/jobs")
    assert server.connections == 1
    await client.send_change("POST", "/run")
    await client.send_change("POST", "/run")
    assert server.connections == 3
    await client.get_json("/jobs")
    assert server.connections == 3


async def test_a_server_that_restarts_between_two_reads_is_not_noticed(
    make_client: MakeClient, serve: Serve
) -> None:
    server = await serve(Jobs())
    client = make_client(server)
    await client.get_json("/jobs")
    await server.stop()
    await server.listen()
    assert len(await client.get_json("/jobs")) == 2


async def test_a_connection_that_can_not_be_made_in_time_means_that_nothing_was_sent(
    make_client: MakeClient,
) -> None:
    def never_connected(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("slow")

    client = make_client(never_connected, options=ONCE)
    with pytest.raises(Unreachable, match="could not be reached within 30 s"):
        await client.send_change("POST", "/run")
    with pytest.raises(Unreachable):
        await client.get_json("/jobs")


async def test_a_change_that_waits_for_a_free_connection_was_not_sent(make_client: MakeClient) -> None:
    def never_free(_: httpx.Request) -> httpx.Response:
        raise httpx.PoolTimeout("all busy")

    with pytest.raises(Unreachable, match="nothing was sent"):
        await make_client(never_free).send_change("POST", "/run")
    with pytest.raises(TimedOut):
        await make_client(never_free, options=ONCE).get_json("/jobs")


async def test_a_host_that_nobody_knows(make_client: MakeClient) -> None:
    def unresolved(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("all failed") from socket.gaierror(-2, "unknown")

    with pytest.raises(Unreachable, match="there is no host") as caught:
        await make_client(unresolved, options=ONCE).get_json("/jobs")
    assert caught.value.code == "dns"


async def test_a_port_where_nobody_listens(make_client: MakeClient, serve: Serve) -> None:
    server = await serve(Jobs())
    client = make_client(server, options=ONCE)
    await server.stop()
    with pytest.raises(Unreachable, match="refused") as caught:
        await client.get_json("/jobs")
    assert_clean(caught.value)


@pytest.mark.parametrize(
    ("status", "refusals", "expected"),
    [
        (400, (), ActionRefused),
        (401, (), Unauthorized),
        (403, (), Forbidden),
        (404, (), NotFound),
        (409, (), ActionRefused),
        (429, (), RateLimited),
        (500, (), OutcomeUnknown),
        (500, (500,), ActionRefused),
        (503, (500,), OutcomeUnknown),
        (302, (), OutcomeUnknown),
        (303, (), OutcomeUnknown),
        (307, (), ActionRefused),
        (308, (), ActionRefused),
    ],
)
async def test_what_a_status_says_of_a_change(
    status: int, refusals: tuple[int, ...], expected: type[NightdeckError], make_client: MakeClient
) -> None:
    seen: list[httpx.Request] = []

    def system(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, headers={"location": "/elsewhere"}, json={"message": f"no {SECRET}"})

    with pytest.raises(NightdeckError) as caught:
        await make_client(system).send_change("PUT", "/run", refusals=refusals)
    assert type(caught.value) is expected
    assert len(seen) == 1
    assert_clean(caught.value)


def assert_clean(error: NightdeckError) -> None:
    """The error says what to do, and neither it nor what hangs on it gives anything away."""
    assert error.hint
    assert error.__cause__ is None
    assert error.__context__ is None
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__)
    shown = str(error) + error.message + error.hint
    assert SECRET not in told
    assert "password=" not in shown
    assert "?" not in shown
    assert "hunter2" not in shown
