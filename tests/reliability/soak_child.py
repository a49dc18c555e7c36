"""One nightdeck among failing systems, as JSON: `python -m tests.reliability.soak_child CONFIG SECONDS`."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import random
import sys
import time
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Any

import psutil

from tui.core.models import Action, ActionKind, HealthStatus, ReceiptStatus
from tui.wiring import SessionOptions, build_session

if TYPE_CHECKING:
    from tui.engine.engine import Engine
    from tui.engine.store import StoreChange

LOOK_S = 0.5
"""Seconds between two looks at what the process holds."""

PROBE_S = 0.005
"""Seconds between two looks at how late the loop is."""

WARM_SHARE = 0.25
"""Part of the time after which nothing may grow any more."""

ACT_S = 1.0
"""Seconds between two actions."""


class Soak:
    """Watches one nightdeck."""

    def __init__(self, engine: Engine) -> None:
        self.sweeps: Counter[str] = Counter()
        """Complete sweeps by connection."""
        self.troubles: Counter[str] = Counter()
        """How often a connection began to fail."""
        self.receipts: Counter[str] = Counter()
        """What became of the actions."""
        self.errors: list[str] = []
        """What nobody foresaw."""
        self.held: list[dict[str, float]] = []
        """What the process held, time and again."""
        self.delays_s: list[float] = []
        """How late the loop was."""
        self._engine = engine
        self._was: dict[str, HealthStatus] = {}
        engine.store.subscribe(self._look)

    def _look(self, change: StoreChange) -> None:
        for name in change.connections:
            health = self._engine.store.health[name]
            if health.status is HealthStatus.OK and health.next_try_at is None:
                self.sweeps[name] += 1
            if health.status is not self._was.get(name) and health.status is not HealthStatus.OK:
                self.troubles[name] += self._was.get(name) is HealthStatus.OK
            self._was[name] = health.status
            if health.status is HealthStatus.UNAUTHORIZED:
                # What a user does who sees it.
                asyncio.get_running_loop().call_later(LOOK_S, self._engine.refresh, name)

    async def measure(self) -> None:
        """Look what the process holds."""
        process = psutil.Process()
        while True:
            await asyncio.sleep(LOOK_S)
            held = await asyncio.to_thread(_held, process)
            self.held.append({**held, "tasks": len(asyncio.all_tasks())})

    async def probe(self) -> None:
        """Look how late the loop is."""
        while True:
            due = time.perf_counter() + PROBE_S
            await asyncio.sleep(PROBE_S)
            self.delays_s.append(max(0.0, time.perf_counter() - due))
            if len(self.delays_s) > 400_000:
                del self.delays_s[:200_000]

    async def act(self) -> None:
        """Start something now and then."""
        chance, engine = random.Random(1), self._engine
        while True:
            await asyncio.sleep(ACT_S)
            ready = [key for key in engine.store.jobs if not engine.can(key, ActionKind.TRIGGER)]
            if ready:
                plan = await engine.actions.plan(Action(ActionKind.TRIGGER, chance.choice(ready)))
                receipt = await engine.actions.perform(
                    plan.action, confirmation=plan.expects, request_id=plan.request_id
                )
                self.receipts[receipt.status.value] += 1

    def report(self) -> dict[str, Any]:
        """Everything in figures."""
        warm = self.held[int(len(self.held) * WARM_SHARE) :]
        third = max(1, len(warm) // 3)
        growth = {
            name: median(held[name] for held in warm[-third:]) - median(held[name] for held in warm[:third])
            for name in warm[0]
        }
        # While it starts, it imports what it needs, and nobody presses a key yet.
        late = sorted(self.delays_s[int(len(self.delays_s) * WARM_SHARE) :])
        return {
            "sweeps": dict(self.sweeps),
            "troubles": dict(self.troubles),
            "receipts": dict(self.receipts),
            "errors": self.errors,
            "growth": growth,
            "most": {name: max(held[name] for held in self.held) for name in warm[0]},
            "memory_mb": [round(held["memory_mb"]) for held in self.held[:: max(1, len(self.held) // 20)]],
            "late_p99_ms": 1000 * late[int(len(late) * 0.99)],
        }


def _held(process: psutil.Process) -> dict[str, float]:
    """What the process holds; asking the system takes a while."""
    return {
        "memory_mb": process.memory_info().rss / 1e6,
        "sockets": len(process.net_connections()),
        "descriptors": process.num_fds(),
        "threads": process.num_threads(),
    }


class _Noting(logging.Handler):
    def __init__(self, errors: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        self._errors.append(record.getMessage())


async def _run(config: str, seconds: float) -> dict[str, Any]:
    session = build_session(SessionOptions(config_path=config))
    soak = Soak(session.engine)
    logging.getLogger().addHandler(_Noting(soak.errors))
    asyncio.get_running_loop().set_exception_handler(lambda _, told: soak.errors.append(str(told)))
    await session.engine.start()
    watching = [asyncio.create_task(work()) for work in (soak.measure, soak.probe, soak.act)]
    done, _ = await asyncio.wait(watching, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    soak.errors += [repr(task.exception()) for task in done]
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    report = soak.report()
    unknown = ReceiptStatus.UNKNOWN
    report["open"] = sum(receipt.status is unknown for receipt in session.engine.store.receipts.values())
    await session.engine.aclose()
    gc.collect()
    await asyncio.sleep(0.1)
    report["left_tasks"] = len(asyncio.all_tasks()) - 1
    return report


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_run(sys.argv[1], float(sys.argv[2])))))
