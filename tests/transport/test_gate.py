"""How many requests at once, and in which order."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.support.clock import FakeClock
from tests.transport.conftest import MakeClient
from tui.transport.gate import Gate


async def test_at_most_so_many_at_once(make_client: MakeClient) -> None:
    at_once, peak = 0, 0

    async def system(_: httpx.Request) -> httpx.Response:
        nonlocal at_once, peak
        at_once += 1
        peak = max(peak, at_once)
        await asyncio.sleep(0.001)
        at_once -= 1
        return httpx.Response(204)

    client = make_client(system, max_concurrency=3)
    await asyncio.gather(*(client.get_json("/x") for _ in range(20)))
    await asyncio.gather(*(client.send_change("POST", "/x") for _ in range(20)))
    assert peak == 3


async def test_a_change_goes_before_the_reads_that_wait() -> None:
    gate = Gate(1, None, FakeClock())
    order: list[str] = []

    async def work(name: str, *, is_urgent: bool) -> None:
        async with gate.slot(is_urgent=is_urgent):
            order.append(name)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group, gate.slot():
        for name in ("read 1", "read 2"):
            group.create_task(work(name, is_urgent=False))
        await asyncio.sleep(0)
        group.create_task(work("stop", is_urgent=True))
        await asyncio.sleep(0)
    assert order == ["stop", "read 1", "read 2"]


@pytest.mark.parametrize("is_given", [False, True])
async def test_a_waiter_that_gives_up_takes_no_slot_with_it(is_given: bool) -> None:
    gate = Gate(1, None, FakeClock())

    async def work() -> str:
        async with gate.slot():
            return "done"

    async with gate.slot():
        given_up = asyncio.create_task(work())
        waiting = asyncio.create_task(work())
        await asyncio.sleep(0)
        if not is_given:
            given_up.cancel()
    if is_given:
        # Its turn has just come, but it has not noticed yet.
        given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await waiting == "done"
    assert await work() == "done"


async def test_requests_are_spaced_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    now = loop.time()
    skipped = 0.0
    real_call_at, real_time = loop.call_at, loop.time

    def call_at(when: float, callback: object, *args: object, context: object = None) -> asyncio.TimerHandle:
        nonlocal skipped
        skipped += max(0.0, when - loop.time())
        return real_call_at(real_time(), callback, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "time", lambda: now + skipped)
    monkeypatch.setattr(loop, "call_at", call_at)
    gate = Gate(4, 2.0, FakeClock())
    times: list[float] = []
    for _ in range(5):
        async with gate.slot():
            times.append(round(loop.time() - now, 3))
    monkeypatch.undo()
    assert times == [0.0, 0.5, 1.0, 1.5, 2.0]


async def test_a_pause_passes() -> None:
    clock = FakeClock()
    gate = Gate(1, None, clock)
    assert gate.pause_s == 0
    gate.pause(10)
    gate.pause(5)
    assert gate.pause_s == 10
    await clock.advance(12)
    assert gate.pause_s == 0
