"""The real program, killed at the very moment of sending: the journal knows, and nothing happens twice."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.datameer_harness import DatameerHarness
from tests.support.cli import environment, program
from tests.support.clock import FakeClock
from tests.support.faults import Fault
from tui.cli.exit_codes import ExitCode
from tui.engine.schema import FILE_NAME
from tui.simulators.datameer import PASSWORD, USER

if TYPE_CHECKING:
    import httpx

JOB = "dm/50"

DYING = """
import os, signal, sys
import tui.engine.actions as actions
from tui.cli.main import main

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

actions.send = die
sys.exit(main(sys.argv[1:]))
"""
"""The program, which dies when it has announced the request and is about to send it."""


class Desk:
    """A simulated system on a socket, and the real program before it."""

    def __init__(self, folder: Path, harness: DatameerHarness) -> None:
        self.harness = harness
        config = folder / "config.toml"
        config.write_text(
            f'[connections.dm]\ntype = "datameer"\nurl = "{harness.line.url}"\n'
            f'username = "{USER}"\npassword = "{PASSWORD}"\ntimeout = 5\n'
        )
        config.chmod(0o600)
        self.file = folder / "state" / FILE_NAME
        self.environment = environment(
            NIGHTDECK_CONFIG=str(config), NIGHTDECK_STATE_DIR=str(folder / "state")
        )

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*words, env=self.environment, stdout=pipe, stderr=pipe)

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Run a command to its end: its code, stdout and stderr."""
        process = await self.start(*program(*words))
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, out.decode(), err.decode()

    def journal(self) -> list[dict[str, object]]:
        """Every entry in the file."""
        with closing(sqlite3.connect(self.file)) as file:
            file.row_factory = sqlite3.Row
            return [dict(row) for row in file.execute("SELECT * FROM journal ORDER BY seq")]

    @property
    def runs_made(self) -> int:
        return self.harness.simulator.runs_started["50"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = FakeClock()
    async with DatameerHarness(uses_socket=True, clock=clock, start=datetime.now(UTC)) as harness:
        yield Desk(tmp_path, harness)


async def test_killed_between_the_journal_and_the_wire(desk: Desk) -> None:
    process = await desk.start(sys.executable, "-c", DYING, "trigger", JOB, "--yes")
    await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == -9
    assert desk.harness.changes_sent() == 0
    (sent,) = desk.journal()
    assert (sent["status"], sent["action"], sent["connection"]) == ("sent", "trigger", "dm")
    assert sent["pid"] == process.pid
    # Nobody can know that it never left: the next one refuses to start the job behind the user's back.
    code, out, err = await desk.run("trigger", JOB, "--yes")
    assert code == ExitCode.REFUSED, (out, err)
    assert "unknown outcome" in out + err
    assert desk.harness.changes_sent() == 0


async def test_killed_when_the_request_has_just_arrived(desk: Desk) -> None:
    """The system does what it was asked, and the next nightdeck finds that it did."""
    process: asyncio.subprocess.Process | None = None

    def kill(request: httpx.Request) -> bool:
        if not desk.harness.is_change(request):
            return False
        assert process is not None
        process.kill()
        # The system's time goes on, like everybody's.
        clock = desk.harness.clock
        clock.jump((datetime.now(UTC) - clock.now()).total_seconds())
        return False

    # No fault: it only looks at what arrives.
    desk.harness.line.inject(Fault.CLOSED, when=kill)
    process = await desk.start(*program("trigger", JOB, "--yes"))
    await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == -9
    assert (desk.harness.changes_sent(), desk.runs_made) == (1, 1)
    assert [step["status"] for step in desk.journal()] == ["sent"]
    desk.harness.clock.jump(10)
    code, out, err = await desk.run("trigger", JOB, "--yes")
    assert code == ExitCode.REFUSED, (out, err)
    assert "did happen" in out + err
    assert (desk.harness.changes_sent(), desk.runs_made) == (1, 1)
    steps = desk.journal()
    assert [step["status"] for step in steps] == ["sent", "observed"]
    assert len({step["request_id"] for step in steps}) == 1
