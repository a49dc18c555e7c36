"""Finds commands, jobs, runs, views, settings and themes in one place, so that the order is the same."""

from __future__ import annotations

import asyncio
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Provider

from tui.core.keys import JobKey
from tui.ui.palette.commands import fixed_entries
from tui.ui.palette.entry import Entry
from tui.ui.palette.jobs import JobSearch, job_line
from tui.ui.palette.matching import match
from tui.ui.palette.narrowing import Kind, sought
from tui.ui.palette.runs import may_be_id, run_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from textual.command import Hits
    from textual.content import Content
    from textual.screen import Screen
    from textual.style import Style

    from tui.core.models import Job, Run
    from tui.ui.palette.narrowing import Sought
    from tui.ui.palette.source import PaletteSource

MOST_RECENT = 8
"""Choices that are remembered."""

_COMMANDS_FIRST = 5.0
_CALM_S = 0.05
"""Seconds without a key after which history is asked for a run: most keys are followed by another one."""


def provider_of(source: PaletteSource, screen: Screen[Any]) -> type[Provider]:
    """A provider for one opening of the palette.

    Args:
        source: Where entries come from.
        screen: Where the palette was asked for: its commands are offered, and the runs of its job.
    """
    fixed = fixed_entries(source, screen)
    target = getattr(screen, "target", None)

    class BoundEntries(Entries):
        """The entries of this opening."""

        def __init__(self, screen: Screen[Any], match_style: Style | None = None) -> None:
            super().__init__(screen, match_style)
            self.source, self.fixed, self.target = source, fixed, target

    return BoundEntries


class Entries(Provider):
    """Searches everything that the palette offers."""

    source: PaletteSource
    fixed: Sequence[Entry]
    target: JobKey | None

    async def startup(self) -> None:
        """Begin to prepare the jobs' names for searching: the list of commands need not wait for it."""
        self._jobs = JobSearch()
        self._runs: Sequence[Run] = ()
        self._preparing = asyncio.create_task(self._prepare(), name="prepare the palette")

    async def shutdown(self) -> None:
        """Prepare nothing for a palette that is closed."""
        self._preparing.cancel()

    async def _prepare(self) -> None:
        if self.target is not None:
            self._runs = await self.source.newest_runs(self.target)
        await self._jobs.prepare(self.source.jobs())

    async def _wait_init(self) -> None:
        """Wait without taking it along: each key cancels who waits for what the key before was to find."""
        if self._init_task is not None:
            await asyncio.shield(self._init_task)

    async def discover(self) -> Hits:
        """What is offered before anything is typed: the last choices, then all but jobs and runs."""
        recent = list(self._recent())
        listed = {entry.id for entry in recent}
        for entry in (*recent, *(entry for entry in self.fixed if entry.id not in listed)):
            yield DiscoveryHit(entry.line, self._chosen(entry), entry.title)

    async def search(self, query: str) -> Hits:
        """What answers to what was typed so far."""
        what = sought(query)
        for hit in self._hits([entry for entry in self.fixed if what.wants(entry.kind)], what):
            yield hit
        if not (what.words or what.kind in (Kind.JOB, Kind.RUN)):
            return
        await asyncio.shield(self._preparing)
        if what.wants(Kind.RUN):
            for hit in self._hits(run_entries(self._runs, self.source), what):
                yield hit
        if what.wants(Kind.JOB):
            for found, job in await self._jobs.find(what.words):
                line = self._marked(*job_line(job, found))
                yield Hit(found.score, line, self._chosen(self._job_entry(job)), job.name)
        if may_be_id(what):
            await asyncio.sleep(_CALM_S)
            known = {run.key for run in self._runs}
            runs = [run for run in await self.source.runs_by_id(what.text) if run.key not in known]
            for hit in self._hits(run_entries(runs, self.source), what):
                yield hit

    def _hits(self, entries: Sequence[Entry], what: Sought) -> Iterator[Hit]:
        for index, entry in enumerate(entries):
            found = match(what.words, entry.title.lower())
            if found is not None:
                # Where nothing is typed but a kind, the order is that of the list.
                score = found.score + _COMMANDS_FIRST if what.words else -float(index)
                yield Hit(score, self._marked(entry.line, found.spans), self._chosen(entry), entry.title)

    def _recent(self) -> Iterator[Entry]:
        """The last choices that are still there."""
        fixed = {entry.id: entry for entry in self.fixed}
        jobs = {self._job_entry(job).id: job for job in self._recent_jobs()}
        for id_ in self.source.recent:
            if id_ in fixed:
                yield fixed[id_]
            elif id_ in jobs:
                yield self._job_entry(jobs[id_])

    def _recent_jobs(self) -> Iterator[Job]:
        for id_ in self.source.recent:
            kind, _, name = id_.partition(" ")
            connection, _, job_id = name.partition("/")
            if kind == Kind.JOB and (job := self.source.job(JobKey(connection, job_id))) is not None:
                yield job

    def _job_entry(self, job: Job) -> Entry:
        go = partial(self.source.go_to, job.key)
        return Entry(job.name, "", job.connection, go, Kind.JOB, name=f"{job.connection}/{job.id}")

    def _chosen(self, entry: Entry) -> partial[Any]:
        return partial(_choose, entry, self.source.recent)

    def _marked(self, line: Content, spans: Iterable[tuple[int, int]]) -> Content:
        for start, end in spans:
            line = line.stylize(self.match_style or "bold", start, end)
        return line


async def _choose(entry: Entry, recent: list[str]) -> None:
    """Remember a choice and do it."""
    recent[:] = [entry.id, *(id_ for id_ in recent if id_ != entry.id)][:MOST_RECENT]
    done = entry.run()
    if isawaitable(done):
        await done
