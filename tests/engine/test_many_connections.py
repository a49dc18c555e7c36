"""Many connections begin one after the other, and a sweep that is cut off leaves no complaint behind."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from tests.support.clock import FakeClock
from tests.support.scripted import Script, make_job, scripted_spec
from tui.core.errors import Unreachable
from tui.core.redaction import Redactor
from tui.engine.connections import Connections
from tui.engine.store import Store
from tui.engine.watchdog import Watchdog


def many(count: int) -> tuple[FakeClock, Script, Connections]:
    """So many connections to one system."""
    clock = FakeClock()
    script = Script(clock)
    script.add(make_job("1"))
    specs = [scripted_spec(f"number-{number}", script) for number in range(count)]
    connections = Connections(
        specs, store=Store(clock), clock=clock, redactor=Redactor(), rng=random.Random(1)
    )
    return clock, script, connections


@pytest.mark.parametrize(
    ("count", "after_a_second", "after_ten"),
    [
        pytest.param(10, 10, 10, id="a few within a second"),
        pytest.param(200, 20, 200, id="two hundred within ten seconds"),
    ],
)
async def test_first_sweeps_are_spread_over_time(count: int, after_a_second: int, after_ten: int) -> None:
    clock, script, connections = many(count)
    polling = [asyncio.create_task(poller.run()) for poller in connections]
    await clock.advance(1)
    assert script.opened == pytest.approx(after_a_second, abs=count / 20)
    await clock.advance(9)
    assert script.opened == after_ten
    for task in polling:
        task.cancel()
    await asyncio.gather(*polling, return_exceptions=True)


async def test_work_that_fails_while_its_watching_is_cut_off_is_no_forgotten_error() -> None:
    loop, told = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: told.append(context))
    ready = asyncio.Event()

    async def work() -> None:
        await ready.wait()
        raise Unreachable("no answer")

    watching = asyncio.create_task(Watchdog(FakeClock(), 60).watch(work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    ready.set()
    await asyncio.sleep(0)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    del watching
    await asyncio.sleep(0)
    assert told == []
