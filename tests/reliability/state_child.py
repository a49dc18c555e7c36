"""A nightdeck without a screen whose jobs end all the time: run as a program, to be killed at any moment.

It says on stdout, a line each and at once, what somebody who sits before it has seen:

    table ROWS          the last table is painted
    started             systems are asked from now on
    run JOB RUN         a finished run is in the store, from which the screen is painted
    saved               the table was kept for the next start
    sent REQUEST        a request is on its way to the system
    receipt REQUEST STATUS
    problem TEXT        what the screen tells of history
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.support.scripted import FullAdapter, Script, make_job, scripted_spec
from tui.core.clock import SystemClock
from tui.core.keys import JobKey
from tui.core.models import Accepted, Action, ActionKind
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine import recorder
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.runs import newest_outcome
from tui.engine.store import Store, StoreChange

JOBS = 20
"""Jobs whose runs end, some at every look."""

TARGETS = 400
"""Jobs that are triggered: one whose last start is unknown is left alone."""

SAVE_S = 0.05
"""Seconds between two savings of the table, instead of half a minute."""


def say(*words: object) -> None:
    """A line on stdout that no kill can cut in two."""
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


class Busy(FullAdapter):
    """Says when a request arrives."""

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        """Take the request, and think about it for a moment."""
        say("sent", self.script.jobs[job.id].tags[0])
        await asyncio.sleep(0.002)
        return Accepted(f"{job.id}-made", "started")


class World:
    """The systems, and the engine that looks at them."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.systems = {name: Script(self.clock) for name in ("alpha", "beta")}
        self.systems["alpha"].add(*(make_job(str(number)) for number in range(JOBS)))
        self.systems["beta"].add(*(make_job(f"t{number}", "beta") for number in range(TARGETS)))
        self.history = History(folder, self.clock)
        specs = [scripted_spec(name, script, adapter=Busy) for name, script in self.systems.items()]
        self.store = Store(self.clock)
        self.engine = Engine(
            specs,
            store=self.store,
            history=self.history,
            clock=self.clock,
            read_only=False,
            redactor=Redactor(),
        )
        self.said: set[tuple[str, str]] = set()
        self.problem = ""
        self._session = time.time_ns()
        self._number = 0

    async def live(self) -> None:
        """Paint the last table, then look and act until killed or told to end."""
        painted = self.history.load_first_screen()
        say("table", len(painted))
        self.store.upsert(painted)
        self.said = {(job.id, job.run_id) for job in painted}
        self.store.subscribe(self.paint)
        await self.engine.start()
        await self.engine.sweep_all(["beta"])
        say("started")
        ending = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(work()) for work in (self.look, self.act)]
            await ending.wait()
            for task in working:
                task.cancel()
        await self.engine.aclose()
        say("ended")

    def paint(self, change: StoreChange) -> None:
        """Say what can be seen now."""
        for key in change.jobs:
            job = self.store.jobs[key]
            shown = (job.id, job.run_id)
            if newest_outcome(job) is not None and shown not in self.said:
                self.said.add(shown)
                say("run", *shown)

    async def look(self) -> None:
        """Let runs end, and see it."""
        script = self.systems["alpha"]
        with suppress(asyncio.CancelledError):
            while True:
                for _ in range(1 + self._number % 4):
                    self._number += 1
                    now = self.clock.now()
                    script.change(
                        str(self._number * 7 % JOBS),
                        run_id=f"{self._session}-{self._number}",
                        state=State.FAILED if self._number % 3 else State.SUCCEEDED,
                        started_at=now - timedelta(seconds=2),
                        ended_at=now,
                        message="out of space",
                    )
                await self.engine.sweep_all(["alpha"])
                if self.history.problem != self.problem:
                    self.problem = self.history.problem
                    say("problem", self.problem)
                await asyncio.sleep(0.004)

    async def act(self) -> None:
        """Trigger one job after the other."""
        script = self.systems["beta"]
        number = self._session // 1000
        with suppress(asyncio.CancelledError):
            while True:
                number += 1
                key = JobKey("beta", f"t{number % TARGETS}")
                request = f"{self._session}-{number}"
                script.jobs[key.id] = replace(script.jobs[key.id], tags=(request,))
                receipt = await self.engine.actions.perform(
                    Action(ActionKind.TRIGGER, key), confirmation="", request_id=request
                )
                say("receipt", request, receipt.status)
                await asyncio.sleep(0.01)


if __name__ == "__main__":
    recorder.SAVE_S = SAVE_S
    asyncio.run(World(Path(sys.argv[1])).live())
