"""The real program, killed while it starts a run: what the next one says of it, and what really happened."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.adapters.datameer_harness import DatameerHarness
from tests.reliability.figures import Figure
from tests.support.cli import environment, program
from tests.support.clock import FakeClock
from tests.support.faults import Fault
from tui.cli.exit_codes import ExitCode
from tui.core.keys import JobKey
from tui.engine.schema import FILE_NAME
from tui.simulators.datameer import PASSWORD, USER

JOB = JobKey("dm", "50")
"""The job of the simulated system."""

LOCAL = "here/count"
"""The job that is a command of this machine, and counts its runs in a file."""

PATIENCE_S = 120.0
"""Seconds after which a program that has not ended hangs."""

SETTLED_S = 1.0
"""Seconds after which a command that was started has left its line."""

LATEST_S = 1.6
"""Seconds after which a program is killed at the latest, when nothing tells the moment."""


@dataclass
class Tally:
    """What was counted."""

    kills: int = 0
    on_the_wire: int = 0
    """Kills while the system had the request, and the answer was on its way."""
    made: int = 0
    twice: list[str] = field(default_factory=list)
    not_in_journal: list[str] = field(default_factory=list)
    made_up: list[str] = field(default_factory=list)
    sent_in_doubt: list[str] = field(default_factory=list)
    in_doubt: int = 0
    """Times that the next program found a start in doubt."""
    found: int = 0
    """Times that it found the run at once."""


class Scene:
    """Two systems that know how often they were started, and the program before them."""

    def __init__(self, folder: Path, harness: DatameerHarness) -> None:
        self.harness = harness
        self.lines = folder / "runs"
        self.file = folder / "state" / FILE_NAME
        config = folder / "config.toml"
        config.write_text(
            f'[connections.dm]\ntype = "datameer"\nurl = "{harness.line.url}"\n'
            f'username = "{USER}"\npassword = "{PASSWORD}"\ntimeout = 5\n'
            '[connections.here]\ntype = "local"\n'
            f'[[connections.here.job]]\nname = "count"\ncommand = "echo run >> {self.lines}"\n'
        )
        config.chmod(0o600)
        self._environment = environment(
            NIGHTDECK_CONFIG=str(config), NIGHTDECK_STATE_DIR=str(folder / "state")
        )

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start a command."""
        self.harness.clock.jump((datetime.now(UTC) - self.harness.clock.now()).total_seconds())
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *program(*words), env=self._environment, stdout=pipe, stderr=pipe
        )

    async def run(self, *words: str) -> tuple[int, str]:
        """Run a command to its end: its code and all that it said."""
        process = await self.start(*words)
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        return process.returncode or 0, (out + err).decode()

    def runs_of(self, job: str) -> int:
        """How often the system was started."""
        if job == LOCAL:
            return len(self.lines.read_text().splitlines()) if self.lines.exists() else 0
        return self.harness.runs_made(JOB)

    def steps(self) -> list[tuple[str, str]]:
        """Request and status of every entry of the journal."""
        if not self.file.exists():
            return []
        with closing(sqlite3.connect(self.file, timeout=5)) as file:
            found = file.execute("SELECT name FROM sqlite_master WHERE name = 'journal'").fetchall()
            return (
                file.execute("SELECT request_id, status FROM journal ORDER BY seq").fetchall()
                if found
                else []
            )


async def kill_once(scene: Scene, tally: Tally, chance: Random) -> None:
    """Kill a program that starts a run, and look what the next one makes of it."""
    job = chance.choice((str(JOB), str(JOB), LOCAL))
    runs, known = scene.runs_of(job), len(scene.steps())
    process = await scene.start("trigger", job, "--yes")
    if job != LOCAL and chance.random() < 0.7:
        fault = chance.choice((Fault.HANG, Fault.LOST_IN_SILENCE, Fault.LOST_IN_SILENCE))
        arrived = asyncio.Event()
        scene.harness.line.inject(fault, when=lambda request: _note(scene, request, arrived))
        await asyncio.wait_for(arrived.wait(), PATIENCE_S)
        tally.on_the_wire += 1
    else:
        await asyncio.sleep(chance.uniform(0.1, LATEST_S))
    if process.returncode is None:
        process.kill()
    await process.communicate()
    scene.harness.line.heal()
    await asyncio.sleep(SETTLED_S if job == LOCAL else 0.05)
    tally.kills += 1
    made, steps = scene.runs_of(job) - runs, scene.steps()[known:]
    story = f"kill {tally.kills} of {job}: {made} runs, {steps}"
    tally.made += made
    if made > 1:
        tally.twice.append(story)
    if made and not steps:
        tally.not_in_journal.append(story)
    if made == 0 and any(status in ("accepted", "observed") for _, status in steps):
        tally.made_up.append(story)
    if steps and steps[-1][1] in ("sent", "unknown"):
        await _ask_again(scene, tally, job, bool(made), story)


async def _ask_again(scene: Scene, tally: Tally, job: str, is_made: bool, story: str) -> None:
    """The next program finds a start in doubt: it sends nothing, and tells the truth."""
    tally.in_doubt += 1
    runs = scene.runs_of(job)
    code, said = await scene.run("trigger", job, "--yes")
    await asyncio.sleep(SETTLED_S if job == LOCAL else 0)
    is_found = "did happen" in said
    tally.found += is_found
    if code != ExitCode.REFUSED or scene.runs_of(job) != runs:
        tally.sent_in_doubt.append(f"{story}\n{said}")
    if is_found and not is_made:
        tally.made_up.append(f"{story}\n{said}")
    if not is_found:
        code, said = await scene.run("trigger", job, "--yes", "--accept-unknown")
        await asyncio.sleep(SETTLED_S if job == LOCAL else 0)
        if scene.runs_of(job) - runs != (code == ExitCode.DONE):
            tally.twice.append(f"{story}\n{said}")


def _note(scene: Scene, request: object, arrived: asyncio.Event) -> bool:
    is_change = scene.harness.is_change(request)  # type: ignore[arg-type]
    if is_change:
        arrived.set()
    return is_change


async def _kill_often(kills: int, seed: int) -> Tally:
    tally, chance = Tally(), Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        clock = FakeClock()
        async with DatameerHarness(uses_socket=True, clock=clock, start=datetime.now(UTC)) as harness:
            scene = Scene(Path(folder), harness)
            for _ in range(kills):
                await kill_once(scene, tally, chance)
                # A run of the job has ended before the next one is asked for.
                harness.clock.jump(10)
                await asyncio.sleep(0.05)
    return tally


def kill_often(kills: int, seed: int = 1) -> Sequence[Figure]:
    """Kill the real program so many times; blocks."""
    if not kills:
        return []
    tally = asyncio.run(_kill_often(kills, seed))
    for story in (*tally.twice, *tally.not_in_journal, *tally.made_up, *tally.sent_in_doubt):
        sys.stderr.write(f"{story}\n")
    how = f"{tally.on_the_wire} of them while the answer was on its way, {tally.made} runs were made"
    return [
        Figure("a start is not made twice when the program is killed", tally.kills, len(tally.twice), how),
        Figure(
            "a killed program leaves no run that the journal doesn't know",
            tally.kills,
            len(tally.not_in_journal),
        ),
        Figure(
            "the next program sends nothing while the start is in doubt",
            tally.in_doubt,
            len(tally.sent_in_doubt),
            f"{tally.found} were found at once",
        ),
        Figure("the next program tells of no run that was not made", tally.kills, len(tally.made_up)),
    ]
