"""Nightdecks that are killed and started again over one system on a socket, all in one process."""

from __future__ import annotations

import asyncio
import copy
import random
import weakref
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from unittest.mock import patch

from tests.support.actions import InlineDatabase
from tests.support.clock import FakeClock
from tui.engine.connection import ConnectionSpec
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.schema import FILE_NAME
from tui.engine.store import Store
from tui.transport.wire import Wire

if TYPE_CHECKING:
    from tests.adapters.http_harness import HttpHarness
    from tui.core.adapter import Adapter

T = TypeVar("T")

NAP_S = 0.001
"""Seconds of the machine between two looks whether an answer has come."""

LONG_S = 60.0
"""Seconds of the machine after which what must happen counts as not happening."""

BUSY_S = 0.01
"""Seconds that a nightdeck waits for a journal that somebody else has locked."""

_LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


class ServerClock(FakeClock):
    """The time of a server: that of nightdeck's clock, and so much more."""

    def __init__(self, ours: FakeClock, ahead_s: float) -> None:
        super().__init__()
        self.ahead_s = ahead_s
        """By how many seconds it is ahead; negative for behind."""
        self._ours = ours

    def now(self) -> datetime:
        return self._ours.now() + timedelta(seconds=self.ahead_s)

    def monotonic(self) -> float:
        return self._ours.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._ours.sleep(seconds)

    def jump(self, seconds: float) -> None:
        """Nobody sets it."""


@dataclass(frozen=True)
class Means:
    """What lies under every nightdeck of one world."""

    harness: HttpHarness
    clock: FakeClock
    folder: Path


class Life:
    """One nightdeck, from its start to its end, whatever kind of end that is."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._clock = means.clock
        self.in_flight = 0
        """How many requests wait for their answers."""
        self._tasks: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        self._opened: list[Adapter] = []
        harness = means.harness
        self.database = InlineDatabase(means.folder / FILE_NAME, means.clock, busy_s=BUSY_S)
        self.store = Store(means.clock)
        spec = ConnectionSpec(
            name=harness.connection,
            type=harness.adapter_type.type_name,
            environment="",
            is_read_only=False,
            is_insecure=False,
            refresh_s=None,
            open_adapter=self._open,
        )
        self.engine = Engine(
            [spec],
            store=self.store,
            history=History(means.folder, means.clock, redactor=harness.redactor, database=self.database),
            clock=means.clock,
            read_only=False,
            redactor=harness.redactor,
            rng=random.Random(1),
        )

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Let this nightdeck do something."""
        token = _LIFE.set(self)
        try:
            return asyncio.ensure_future(work)
        finally:
            _LIFE.reset(token)

    async def drive(self, work: Coroutine[Any, Any, T]) -> T:
        """The outcome of something that it does; time passes while it waits for nothing else."""
        task = self.begin(work)
        await self.until(task.done)
        return task.result()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let time pass until the condition holds."""
        async with asyncio.timeout(LONG_S):
            while not condition():
                await self._step(float("inf"))

    async def pass_time(self, seconds: float) -> None:
        """Let so much time pass; an answer on its way costs none."""
        target = self._clock.monotonic() + seconds
        async with asyncio.timeout(LONG_S):
            while self.in_flight or self._clock.monotonic() < target:
                await self._step(target)

    async def kill(self) -> None:
        """What happens to a process that is killed: it does, writes and sends nothing more."""
        values = copy.deepcopy(self._means.harness.memory.values)
        self.database._disconnect()
        self.database._is_closed = True
        async with asyncio.timeout(LONG_S):
            while left := [task for task in self._tasks if not task.done()]:
                for task in left:
                    task.cancel()
                await asyncio.wait(left, timeout=NAP_S)
        for task in self._tasks:
            if not task.cancelled():
                # Nobody is left who could ask.
                task.exception()
        for adapter in self._opened:
            await adapter.aclose()
        self._means.harness.memory.values = values

    async def close(self) -> None:
        """End in order."""
        await self.drive(self.engine.aclose())

    def _is_waiting(self) -> bool:
        return self.in_flight > 0

    async def _open(self) -> Adapter:
        adapter = await self._means.harness.reopen()
        self._opened.append(adapter)
        return adapter

    async def _step(self, target: float) -> None:
        if not self._is_waiting():
            await self._clock.settle()
        if self._is_waiting():
            await asyncio.sleep(NAP_S)
            return
        due = min(target, _next_due(self._clock))
        if due == float("inf"):
            await asyncio.sleep(NAP_S)
        else:
            await self._clock.advance(max(0.0, due - self._clock.monotonic()))


@contextmanager
def lives() -> Iterator[None]:
    """Know in this block which tasks and requests are whose; threads are done without."""
    loop = asyncio.get_running_loop()
    opened, read = Wire.open, Wire.read

    async def open_counted(self: Wire, *args: Any) -> Any:
        with _exchange():
            return await opened(self, *args)

    async def read_counted(self: Wire, *args: Any) -> Any:
        with _exchange():
            return await read(self, *args)

    async def at_once(work: Callable[..., T], *args: Any, **options: Any) -> T:
        return work(*args, **options)

    loop.set_task_factory(_owned)
    try:
        with (
            patch.object(Wire, "open", open_counted),
            patch.object(Wire, "read", read_counted),
            patch("asyncio.to_thread", at_once),
        ):
            yield
    finally:
        loop.set_task_factory(None)


def _owned(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T] | Generator[Any, None, T], **options: Any
) -> asyncio.Task[T]:
    task = asyncio.Task(work, loop=loop, **options)
    life = _LIFE.get()
    if life is not None:
        life._tasks.add(task)
    return task


@contextmanager
def _exchange() -> Iterator[None]:
    life = _LIFE.get()
    if life is None:
        yield
        return
    life.in_flight += 1
    try:
        yield
    finally:
        life.in_flight -= 1


def _next_due(clock: FakeClock) -> float:
    return min((due for due, _, future in clock._sleepers if not future.done()), default=float("inf"))
