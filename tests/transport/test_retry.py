"""Reads come again with jitter, a few times, not for long; the server's word about waiting counts."""

from __future__ import annotations

import asyncio
import random

import httpx
import pytest

from tests.support.clock import FakeClock
from tests.support.context import InstantClock, make_context, make_settings
from tests.transport.conftest import MakeClient
from tui.core.errors import NightdeckError, RateLimited, ServerFailed, Unreachable
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.retry import Retries, RetryPolicy
from tui.transport.traffic import TrafficMeter


class Script:
    """Answers with these statuses in turn, then with success."""

    def __init__(self, *statuses: int, retry_after: str = "") -> None:
        self.requests = 0
        self._statuses = statuses
        self._headers = {"retry-after": retry_after} if retry_after else {}

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.requests <= len(self._statuses):
            return httpx.Response(self._statuses[self.requests - 1], headers=self._headers)
        return httpx.Response(200, json=[])


def options(seed: int = 1, **policy: object) -> ClientOptions:
    """Options with a seeded spread."""
    return ClientOptions(retry=RetryPolicy(**policy), rng=random.Random(seed))  # type: ignore[arg-type]


async def test_waits_grow_and_are_spread(make_client: MakeClient, clock: InstantClock) -> None:
    client = make_client(
        Script(503, 502, 504, 429), options=options(attempts=5, first_wait_s=1, longest_wait_s=6)
    )
    assert await client.get_json("/x") == []
    assert [0.5 <= nap / full <= 1 for nap, full in zip(clock.naps, (1, 2, 4, 6), strict=True)] == [True] * 4
    assert len(set(clock.naps)) == 4


async def test_two_clients_do_not_come_back_together(make_client: MakeClient, clock: InstantClock) -> None:
    for seed in (1, 2):
        await make_client(Script(503), options=options(seed)).get_json("/x")
    assert clock.naps[0] != clock.naps[1]


@pytest.mark.parametrize("status", [400, 403, 404, 500, 501])
async def test_what_will_not_pass_is_not_tried_again(status: int, make_client: MakeClient) -> None:
    system = Script(status, status)
    with pytest.raises(NightdeckError):
        await make_client(system).get_json("/x")
    assert system.requests == 1


async def test_attempts_are_counted(make_client: MakeClient) -> None:
    system = Script(*[503] * 10)
    client = make_client(system)
    with pytest.raises(ServerFailed):
        await client.get_json("/x")
    assert system.requests == 3
    assert client.traffic.retries == 2


async def test_a_wait_that_the_server_asks_for_is_obeyed(
    make_client: MakeClient, clock: InstantClock
) -> None:
    client = make_client(Script(429, retry_after="4"))
    assert await client.get_json("/x") == []
    assert clock.naps[0] == 4.0


async def test_a_server_that_asks_for_a_long_wait_is_left_to_the_poller(
    make_client: MakeClient, clock: InstantClock
) -> None:
    system = Script(429, retry_after="60")
    client = make_client(system)
    with pytest.raises(RateLimited) as caught:
        await client.get_json("/x")
    assert caught.value.retry_after_s == 60
    for _ in range(5):
        with pytest.raises(RateLimited, match="left alone") as caught:
            await client.get_json("/y")
    assert 0 < (caught.value.retry_after_s or 0) <= 60
    assert system.requests == 1
    await clock.sleep(60)
    assert await client.get_json("/y") == []


async def test_a_change_is_not_held_back_by_a_pause(make_client: MakeClient) -> None:
    client = make_client(Script(503, retry_after="60"))
    with pytest.raises(ServerFailed):
        await client.get_json("/x")
    assert (await client.send_change("POST", "/stop")).status == 200


async def test_others_wait_out_a_short_pause_too() -> None:
    clock = FakeClock()
    system = Script(429, retry_after="4")
    context = make_context(clock=clock, transport=httpx.MockTransport(system))
    async with ApiClient("https://tac.example.com", make_settings(), context) as client:
        first = asyncio.create_task(client.get_json("/x"))
        await clock.settle()
        second = asyncio.create_task(client.get_json("/y"))
        await clock.advance(3.9)
        assert system.requests == 1
        await clock.advance(0.2)
        assert (await first, await second) == ([], [])
        assert system.requests == 3


async def test_there_is_a_limit_to_the_whole(clock: InstantClock) -> None:
    attempts = 0

    async def slow_failure() -> None:
        nonlocal attempts
        attempts += 1
        await clock.sleep(8)
        raise Unreachable("no", hint="no")

    retries = Retries(RetryPolicy(attempts=9, total_s=20), clock, random.Random(1), TrafficMeter())
    with pytest.raises(Unreachable):
        await retries.run(slow_failure)
    assert attempts == 3


async def test_when_everything_fails_retries_do_not_add_to_the_load(make_client: MakeClient) -> None:
    system = Script(*[503] * 1000)
    client = make_client(system)
    results = await asyncio.gather(*(client.get_json(f"/{n}") for n in range(200)), return_exceptions=True)
    assert {type(result) for result in results} == {ServerFailed}
    assert system.requests == 210


async def test_a_failure_leaves_no_trace_of_the_attempts(make_client: MakeClient) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unreachable) as caught:
        await make_client(broken).get_json("/x")
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


async def test_cancelling_a_read_ends_it_while_it_waits() -> None:
    clock = FakeClock()
    context = make_context(clock=clock, transport=httpx.MockTransport(Script(503, 503, 503)))
    async with ApiClient("https://tac.example.com", make_settings(), context) as client:
        reading = asyncio.create_task(client.get_json("/x"))
        await clock.settle()
        assert clock.sleeping == 1
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert client.traffic.requests == 1
