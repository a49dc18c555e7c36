"""A nightdeck before one server, in a process of its own so that its memory can be measured.

    python -m tests.reliability.hostile_child

reads lines of JSON: first the connection's table, then what to do, and answers each with a line of JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from tests.support.scripted import DictMemory
from tui.core.adapter import Adapter, AdapterContext
from tui.core.capabilities import CanTrigger
from tui.core.clock import SystemClock
from tui.core.errors import NightdeckError
from tui.core.keys import RunKey
from tui.core.models import Job
from tui.core.redaction import Redactor
from tui.core.settings import SecretRef
from tui.engine import inflow
from tui.engine.connection import ConnectionSpec
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.run_log import RunLog
from tui.engine.store import Store
from tui.logs.spool import Spool
from tui.registry import load_adapter

NAME = "hostile"
"""The connection's name."""

SPOOL_BYTES = 128 << 20
"""Bytes of a log that are kept, instead of 2 GiB: the disk is not what is measured here."""

LONG_S = 120.0
"""Seconds after which something counts as hanging."""

PROBE_S = 0.002
"""Seconds between two looks at how late the loop is."""

AHEAD_S = 400.0
"""Seconds that pass at once between two tries: what is kept for a while is read anew."""

_HWM = "VmHWM:"


class JumpingClock(SystemClock):
    """The machine's clock, whose steady time can be put forward."""

    ahead_s = 0.0
    """By how much."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return super().monotonic() + self.ahead_s


class Place:
    """One nightdeck with one connection, and the job and run that are looked at in it."""

    def __init__(self, table: Mapping[str, Any], folder: Path) -> None:
        self._table = table
        self._folder = folder
        self.clock = JumpingClock()
        self._redactor = Redactor()
        self.job: Job | None = None
        self.run: RunKey | None = None
        self._make()

    def _make(self) -> None:
        self.store = Store(self.clock)
        spec = ConnectionSpec(
            name=NAME,
            type=self._table["type"],
            environment="",
            is_read_only=False,
            is_insecure=False,
            refresh_s=None,
            open_adapter=self._open,
        )
        self.engine = Engine(
            [spec],
            store=self.store,
            history=History(self._folder, self.clock, redactor=self._redactor),
            clock=self.clock,
            read_only=False,
            redactor=self._redactor,
            rng=random.Random(1),
            spool_dir=self._folder / "spool",
        )

    async def _open(self) -> Adapter:
        adapter_type = load_adapter(self._table["type"])
        settings = adapter_type.Settings.model_validate(dict(self._table))
        context = AdapterContext(
            clock=self.clock,
            resolve=self._resolve,
            memory=DictMemory(),
            redactor=self._redactor,
            state_dir=self._folder,
        )
        adapter = adapter_type(NAME, settings, context)
        await adapter.open()
        return adapter

    def _resolve(self, ref: SecretRef) -> str:
        self._redactor.add(ref.literal or "")
        return ref.literal or ""

    async def warm_up(self) -> str:
        """Look at everything once, and choose a job with runs."""
        await self.sweep()
        jobs = sorted(self.store.jobs.values(), key=lambda job: (not job.run_id, job.state.is_active))
        for job in jobs[:10]:
            runs = await self.engine.runs(job.key, 20)
            ended = [run.key for run in runs if run.state.is_final]
            self.job = job
            if ended:
                self.run = ended[0]
                break
        return f"{len(self.store.jobs)} jobs"

    async def sweep(self) -> str:
        """Sweep through the store."""
        errors = await self.engine.sweep_all()
        for error in errors.values():
            raise error
        return f"{len(self.store.jobs)} jobs"

    async def log_in(self) -> str:
        """Forget the session, and sweep."""
        await self.engine.aclose()
        self._make()
        return await self.sweep()

    async def check(self) -> str:
        """Ask whether the system can be used."""
        return (await (await self.engine.adapter(NAME)).check()).identity

    async def runs(self) -> str:
        """List the runs of the job."""
        assert self.job is not None
        return f"{len(await self.engine.runs(self.job.key, 50))} runs"

    async def tasks(self) -> str:
        """List the steps of the run."""
        return f"{len(await self.engine.tasks(self._run))} tasks"

    async def raw(self) -> str:
        """Show the system's own record."""
        return f"{len(repr(await self.engine.raw(self._run.job, self._run)))} characters"

    async def parameters(self) -> str:
        """List what a trigger accepts."""
        return f"{len(await self.engine.parameters(self._run.job))} parameters"

    async def log(self) -> str:
        """Open the log and load all of it."""
        log = await RunLog.open(self.engine, self._run)
        try:
            await log.load()
            return f"{log.document.size} bytes{', cut' if log.is_cut else ''}"
        finally:
            await log.aclose()

    async def trigger(self) -> str:
        """Start a run, by the adapter alone: what is to be told of it is not measured here."""
        adapter = await self.engine.adapter(NAME)
        assert isinstance(adapter, CanTrigger)
        return (await adapter.trigger(self._run.job, {})).run_id

    @property
    def _run(self) -> RunKey:
        assert self.job is not None
        return self.run or RunKey(NAME, self.job.id, self.job.run_id or "1")


async def attempt(work: Callable[[], Awaitable[str]]) -> dict[str, Any]:
    """What came of something."""
    began = time.monotonic()
    told: dict[str, Any] = {"kind": "ok", "message": "", "hint": ""}
    try:
        async with asyncio.timeout(LONG_S):
            told["message"] = await work()
    except NightdeckError as error:
        told = {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
    except TimeoutError:
        told = {"kind": "hangs", "message": "", "hint": ""}
    except Exception as error:  # noqa: BLE001 - that there is none is what is looked for
        told = {"kind": "unforeseen", "message": f"{type(error).__name__}: {error}"[:300], "hint": ""}
    return {**told, "seconds": time.monotonic() - began}


async def probe(delays: list[float]) -> None:
    """Note how late the loop is."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(PROBE_S)
        delays.append(time.perf_counter() - began - PROBE_S)


def peak_bytes() -> int:
    """The most memory since `forget_peak`; what is in use now where the system doesn't tell it."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(_HWM):
                return int(line.split()[1]) * 1024
    return int(psutil.Process().memory_info().rss)


def forget_peak() -> None:
    """Begin to look for the most memory anew."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


async def obey(place: Place, order: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a line says."""
    place.clock.ahead_s += AHEAD_S
    gc.collect()
    forget_peak()
    delays: list[float] = [0.0]
    watching = asyncio.create_task(probe(delays))
    await asyncio.sleep(0.01)
    outcomes = [{"what": what, **await attempt(getattr(place, what))} for what in order["do"]]
    await asyncio.sleep(0.01)
    watching.cancel()
    peak = peak_bytes()
    gc.collect()
    rss = psutil.Process().memory_info().rss
    return {"outcomes": outcomes, "peak": peak, "after": rss, "longest_block_s": max(delays)}


async def main() -> None:
    """Serve whoever sends lines."""
    setattr(inflow, "Spool", partial(Spool, most_bytes=SPOOL_BYTES))  # noqa: B010 - it is no export
    table = json.loads(await asyncio.to_thread(sys.stdin.readline))
    with tempfile.TemporaryDirectory() as folder:
        place = Place(table, Path(folder))
        while line := await asyncio.to_thread(sys.stdin.readline):
            answer = await obey(place, json.loads(line))
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        await place.engine.aclose()


if __name__ == "__main__":
    asyncio.run(main())
