"""Which jobs are started when the dashboard opens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from tests.support.clock import FakeClock
from tests.support.scripted import FullAdapter, Script, make_job, scripted_spec
from tui.core.capabilities import StartsOnOpen
from tui.core.errors import Unreachable
from tui.core.keys import JobKey
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.autostart import start_on_open
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.store import Store


class EagerAdapter(FullAdapter, StartsOnOpen):
    """Wants each of its jobs to be started."""

    def autostart_jobs(self) -> Sequence[JobKey]:
        return [JobKey(self.connection, job_id) for job_id in self.script.jobs]


async def started(tmp_path: Path, script: Script, clock: FakeClock, *, read_only: bool = False) -> list[str]:
    engine = Engine(
        [scripted_spec("alpha", script, EagerAdapter, environment="prod")],
        store=Store(clock),
        history=History(tmp_path, clock),
        clock=clock,
        read_only=read_only,
        redactor=Redactor(),
        rng=random.Random(1),
    )
    try:
        await start_on_open(engine)
    finally:
        await engine.aclose()
    return [args[0].id for args in script.called("trigger")]


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(
        make_job("new", state=State.NEVER_RUN, last_result=None),
        make_job("done", state=State.SUCCEEDED),
        make_job("failed", state=State.FAILED, last_result=State.FAILED),
        make_job("busy", state=State.RUNNING, run_id="r1"),
    )
    return script


async def test_only_what_has_never_run_is_started(tmp_path: Path) -> None:
    clock = FakeClock()
    assert await started(tmp_path, make_script(clock), clock) == ["new"]


async def test_read_only_starts_nothing(tmp_path: Path) -> None:
    clock = FakeClock()
    assert await started(tmp_path, make_script(clock), clock, read_only=True) == []


async def test_a_system_that_is_down_starts_nothing_and_stops_nobody(tmp_path: Path) -> None:
    clock = FakeClock()
    script = make_script(clock)
    script.always = Unreachable("alpha does not answer")
    assert await started(tmp_path, script, clock) == []
