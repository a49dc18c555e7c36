"""Many starts as one action, with faults among them, aborted or killed in the middle."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.reliability.figures import Figure
from tests.reliability.trigger_life import Life, Means, lives
from tests.reliability.trigger_world import SYSTEMS, TIMEOUT_S
from tests.support.clock import FakeClock
from tests.support.faults import Fault
from tui.core.models import ActionKind
from tui.engine.bulk import ItemStatus
from tui.engine.bulk_plan import BulkLimits, BulkOrder
from tui.engine.sequence import StepStatus

if TYPE_CHECKING:
    import httpx

    from tests.adapters.http_harness import HttpHarness
    from tui.core.keys import JobKey
    from tui.engine.bulk import BulkRun
    from tui.engine.sequence import JobSequence

JOBS = 12
"""Jobs of one bulk."""

STEPS = 5
"""Jobs of one sequence."""

FAULTS = (
    *(None, None, None, None, Fault.LOST, Fault.LOST, Fault.FAILED_AFTER, Fault.TRUNCATED),
    *(Fault.RESET, Fault.HTML, Fault.BUSY, Fault.LOST_IN_SILENCE),
)
"""What happens to each request for a change."""

USED = ("run ids from us", "datameer", "talend")
"""Systems that cost few requests."""

AT_ONCE = 6
"""Of these on one event loop."""

LOOKED_S = 100.0
"""Seconds after which nightdeck has looked for a lost run as often as it does by itself."""

LONGEST_S = 1200.0
"""Seconds after which a sequence is no longer waited for."""

ENDS = ("left alone", "aborted", "killed")
"""What happens in the middle."""


@dataclass
class Tally:
    """What was counted."""

    bulks: int = 0
    jobs: int = 0
    made: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    twice: list[str] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)
    unknown_to_journal: list[str] = field(default_factory=list)
    too_far: list[str] = field(default_factory=list)
    sequences: int = 0


class Stage:
    """A system with many jobs, whose changes are spoilt now and then."""

    def __init__(self, system: str, folder: Path, chance: Random) -> None:
        self.chance = chance
        self.clock = FakeClock()
        self.harness: HttpHarness = SYSTEMS[system](uses_socket=True, clock=self.clock, jobs=3 * JOBS)
        self.harness.settings["timeout"] = TIMEOUT_S
        self.means = Means(self.harness, self.clock, folder)
        self.life = Life(self.means)
        self._seen: list[httpx.Request] = []

    async def jobs(self, count: int) -> tuple[JobKey, ...]:
        """So many of its jobs, looked at just now; the last ones, which end soon."""
        await self.life.drive(self.life.engine.sweep_all())
        return tuple(list(self.life.store.jobs)[-count:])

    def spoil(self) -> None:
        """Let something happen to each request for a change from now on."""
        due: dict[int, Fault | None] = {}

        def is_due(request: httpx.Request, fault: Fault) -> bool:
            if not self.harness.is_change(request):
                return False
            if id(request) not in due:
                due[id(request)] = self.chance.choice(FAULTS)
                self._seen.append(request)
            return due[id(request)] is fault

        for fault in sorted({fault for fault in FAULTS if fault is not None}):
            self.harness.line.inject(fault, times=None, when=partial(is_due, fault=fault))

    async def restart(self) -> None:
        """Kill nightdeck, and start another one."""
        await self.life.kill()
        self.life = Life(self.means)
        await self.life.drive(self.life.engine.sweep_all())
        await self.life.drive(self.life.engine.actions.recover())

    async def last_words(self) -> Mapping[str, str]:
        """The journal's last word on each job."""
        entries = await self.life.engine.journal.entries()
        return {entry.job_id: entry.status for entry in entries}


async def bulk(stage: Stage, tally: Tally, end: str) -> None:
    """Start many jobs, and hold what is told of each against what happened."""
    harness, engine = stage.harness, stage.life.engine
    jobs = await stage.jobs(JOBS)
    plan = await stage.life.drive(engine.plan_bulk(BulkOrder(ActionKind.TRIGGER, jobs), lambda _: None))
    stage.spoil()
    limits = BulkLimits(at_once=stage.chance.randint(1, 4), stagger_s=0.5, most_failures=0)
    middle = stage.chance.randrange(1, JOBS)
    before = harness.changes_sent()

    async def start() -> BulkRun:
        return engine.start_bulk(plan, limits, plan.expects(limits), lambda _: None)

    run = await stage.life.drive(start())
    if end != "left alone":
        await stage.life.until(lambda: run.is_over or harness.changes_sent() - before >= middle)
        if end == "aborted":
            run.abort()
    if end != "killed":
        await stage.life.until(lambda: run.is_over)
        await stage.life.pass_time(LOOKED_S)
    told = {item.line.job.id: (item.status, item.message) for item in run.items}
    harness.line.heal()
    if end == "killed":
        await stage.restart()
        await stage.life.pass_time(LOOKED_S)
    words = await stage.last_words()
    tally.bulks += 1
    tally.jobs += len(jobs)
    tally.ends[end] += 1
    for job in jobs:
        _judge(tally, end, job, harness.runs_made(job), *told[job.id], words.get(job.id, ""))


def _judge(
    tally: Tally, end: str, job: JobKey, made: int, status: ItemStatus, message: str, word: str
) -> None:
    """Hold what was told of one job against what happened."""
    story = f"{job} in a bulk that was {end}: {made} runs, {status} ({message}), {word}"
    tally.made += made
    if made > 1:
        tally.twice.append(story)
    if made and not word:
        tally.unknown_to_journal.append(story)
    is_lie = (word == "refused") if made else word in ("accepted", "observed")
    if is_lie or (end != "killed" and _is_lie(status, made, word)):
        tally.lies.append(story)


def _is_lie(status: ItemStatus, made: int, word: str) -> bool:
    """Whether the summary tells otherwise than the system or the journal."""
    if status in (ItemStatus.ACCEPTED, ItemStatus.OBSERVED):
        return not made or word != status.value
    if status is ItemStatus.UNKNOWN:
        return word != status.value
    return bool(made) or (status is not ItemStatus.REFUSED and bool(word))


async def sequence(stage: Stage, tally: Tally, end: str) -> None:
    """Start jobs one after the other: each at most once, and none behind one that is not known to be good."""
    harness, engine = stage.harness, stage.life.engine
    jobs = await stage.jobs(STEPS)
    plan = await stage.life.drive(engine.plan_sequence(jobs))
    stage.spoil()

    async def start() -> JobSequence:
        await engine.start()
        return engine.start_sequence(plan, plan.expects, lambda _: None)

    run = await stage.life.drive(start())
    middle = stage.chance.randrange(1, STEPS)
    deadline = stage.clock.monotonic() + LONGEST_S
    await stage.life.until(
        lambda: (
            run.is_over
            or stage.clock.monotonic() > deadline
            or (end != "left alone" and sum(harness.runs_made(job) for job in jobs) >= middle)
        )
    )
    if end == "aborted":
        run.cancel()
    if end == "killed":
        harness.line.heal()
        await stage.restart()
    await stage.life.pass_time(LOOKED_S)
    harness.line.heal()
    words = await stage.last_words()
    tally.sequences += 1
    counts = [harness.runs_made(job) for job in jobs]
    steps = [step.status for step in run.steps]
    story = f"a sequence on {harness.connection} that was {end}: {counts} runs, {steps}, {dict(words)}"
    if max(counts) > 1:
        tally.twice.append(story)
    first_bad = next((i for i, step in enumerate(run.steps) if not step.is_good), len(jobs))
    if any(counts[first_bad + 1 :]):
        tally.too_far.append(story)
    if any(count and not words.get(job.id) for job, count in zip(jobs, counts, strict=True)):
        tally.unknown_to_journal.append(story)
    refused = [i for i, status in enumerate(steps) if status in (StepStatus.REFUSED, StepStatus.SKIPPED)]
    if end != "killed" and any(counts[i] for i in refused):
        tally.lies.append(story)


async def _run(number: int, folder: Path, tally: Tally, seed: int) -> None:
    chance = Random(f"{seed}/{number}")
    act = sequence if number % 4 == 3 else bulk
    stage = Stage(chance.choice(USED), folder, chance)
    async with stage.harness:
        try:
            await act(stage, tally, chance.choice(ENDS))
        except BaseException as error:
            error.add_note(f"in bulk {number} of seed {seed}")
            raise
        finally:
            stage.harness.line.heal()
            await stage.life.close()


async def _run_all(count: int, seed: int) -> Tally:
    tally = Tally()
    with lives(), tempfile.TemporaryDirectory() as name:
        for first in range(0, count, AT_ONCE):
            numbers = range(first, min(count, first + AT_ONCE))
            folders = [Path(name) / str(number) for number in numbers]
            for folder in folders:
                folder.mkdir()
            pairs = zip(numbers, folders, strict=True)
            await asyncio.gather(*(_run(number, folder, tally, seed) for number, folder in pairs))
    return tally


def bulks(count: int, seed: int = 1) -> Sequence[Figure]:
    """Run so many bulks and sequences; blocks."""
    if not count:
        return []
    tally = asyncio.run(_run_all(count, seed))
    for story in (*tally.twice, *tally.lies, *tally.unknown_to_journal, *tally.too_far):
        sys.stderr.write(f"{story}\n")
    ends = ", ".join(f"{number} {end}" for end, number in sorted(tally.ends.items()))
    return [
        Figure(
            "a bulk or a sequence starts each of its jobs at most once",
            tally.jobs + STEPS * tally.sequences,
            len(tally.twice),
            f"{tally.bulks} bulks ({ends}) and {tally.sequences} sequences",
        ),
        Figure(
            "summary and journal of a bulk tell what happened",
            tally.jobs,
            len(tally.lies) + len(tally.unknown_to_journal),
        ),
        Figure(
            "a sequence starts nothing behind a job of which it doesn't know that it ended well",
            tally.sequences,
            len(tally.too_far),
        ),
    ]
