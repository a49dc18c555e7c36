"""Acting on many jobs of unlike systems at once: the adapters of the demo over their simulated servers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.dashboard import demo_specs
from tui.core.keys import JobKey
from tui.core.models import ActionKind
from tui.core.redaction import Redactor
from tui.engine.bulk import ItemStatus
from tui.engine.bulk_plan import BulkLimits, BulkOrder
from tui.engine.engine import Engine
from tui.engine.guard import GuardLevel
from tui.engine.history import History
from tui.engine.store import Store

SENT = (ItemStatus.ACCEPTED, ItemStatus.OBSERVED)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    clock = FakeClock()
    specs = demo_specs(clock, tmp_path)
    engine = Engine(
        specs,
        store=Store(clock),
        history=History(tmp_path / "state", clock),
        clock=clock,
        read_only=False,
        redactor=Redactor(),
        rng=random.Random(1),
    )
    assert await engine.sweep_all() == {}
    yield engine
    await engine.aclose()


async def test_every_system_is_planned_and_sent_to_once(engine: Engine) -> None:
    clock = engine.clock
    assert isinstance(clock, FakeClock)
    jobs = engine.store.jobs
    told: list[int] = []
    everything = await engine.plan_bulk(BulkOrder(ActionKind.RERUN, tuple(jobs)), told.append)
    assert told == list(range(1, len(jobs) + 1))
    assert sum(share.sent + share.skipped for share in everything.shares()) == len(jobs)
    assert all(line.reason or (line.plan is not None and line.plan.preview) for line in everything.lines)
    assert everything.level(BulkLimits()) is GuardLevel.NAME

    chosen = [line.job for line in everything.lines if not line.reason]
    few = [key for name in {key.connection for key in chosen} for key in _of(chosen, name)[:2]]
    shown = await engine.plan_bulk(BulkOrder(ActionKind.RERUN, tuple(few)), lambda _: None)
    run = engine.start_bulk(shown, BulkLimits(4, 0, most_failures=0), str(shown.count), lambda _: None)
    await clock.wait_until(lambda: run.is_over)
    assert all(item.status in SENT for item in run.items), [item.message for item in run.items]
    entries = await engine.journal.entries()
    sent = Counter((entry.connection, entry.job_id) for entry in entries if entry.status == "sent")
    assert sent == Counter(map(tuple, few))
    again = await engine.plan_bulk(BulkOrder(ActionKind.RERUN, tuple(few)), lambda _: None)
    assert again.count == 0


def _of(keys: list[JobKey], connection: str) -> list[JobKey]:
    return [key for key in keys if key.connection == connection]
