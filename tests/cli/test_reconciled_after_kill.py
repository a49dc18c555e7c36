"""The real program, killed while the answer of a start hangs: the dashboard finds the run when it opens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.adapters.datameer_harness import DatameerHarness
from tests.reliability.trigger_kills import JOB, PATIENCE_S, Scene
from tests.support.clock import FakeClock
from tests.support.faults import Fault
from tui.cli.exit_codes import ExitCode
from tui.core.models import ReceiptStatus
from tui.wiring import SessionOptions, build_session


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(tmp_path / "state"))
    start = datetime.now(UTC)
    async with DatameerHarness(uses_socket=True, clock=FakeClock(), start=start) as harness:
        yield Scene(tmp_path, harness)


async def kill_while_the_answer_hangs(scene: Scene) -> None:
    arrived = asyncio.Event()

    def note(request: object) -> bool:
        is_change = scene.harness.is_change(request)  # type: ignore[arg-type]
        if is_change:
            arrived.set()
        return is_change

    scene.harness.line.inject(Fault.LOST_IN_SILENCE, when=note)
    process = await scene.start("trigger", str(JOB), "--yes")
    await asyncio.wait_for(arrived.wait(), PATIENCE_S)
    process.kill()
    await process.communicate()
    # The system's time goes on, like everybody's.
    scene.harness.clock.jump(5)
    assert scene.runs_of(str(JOB)) == 1
    assert [status for _, status in scene.steps()] == ["sent"]


async def test_the_dashboard_takes_up_what_was_killed(scene: Scene, tmp_path: Path) -> None:
    await kill_while_the_answer_hangs(scene)
    ((request_id, _),) = scene.steps()
    engine = build_session(SessionOptions(config_path=tmp_path / "config.toml")).engine
    try:
        # What the dashboard does when it opens.
        await engine.start()
        async with asyncio.timeout(PATIENCE_S):
            while engine.store.receipts[JOB].status is not ReceiptStatus.OBSERVED:  # noqa: ASYNC110 - real time
                await asyncio.sleep(0.02)
        receipt = engine.store.receipts[JOB]
    finally:
        await engine.aclose()
    assert receipt.request_id == request_id
    assert f"the answer was lost, but run {receipt.run_id} was found" in receipt.message
    code, said = await scene.run("journal", "--requests", "-o", "json")
    (told,) = json.loads(said)
    assert (code, told["request_id"], told["outcome"]) == (ExitCode.DONE, request_id, "observed")
    assert told["run_id"] == receipt.run_id != ""
    code, said = await scene.run("journal", "-o", "jsonl")
    assert [json.loads(line)["status"] for line in said.splitlines()] == ["sent", "observed"]
    # Nothing is in doubt any more: the job can be started again.
    scene.harness.clock.jump(10)
    code, said = await scene.run("trigger", str(JOB), "--yes")
    assert (code, scene.runs_of(str(JOB))) == (ExitCode.DONE, 2), said
