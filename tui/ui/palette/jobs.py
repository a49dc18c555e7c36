"""The jobs that the palette finds among very many, a portion at a time."""

from __future__ import annotations

import asyncio
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from rich.cells import cell_len
from textual.content import Content

from tui.ui.palette.matching import START, Match, match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tui.core.models import Job

_T = TypeVar("_T")

MOST_JOBS = 60
"""Jobs that are listed at once: more is no help to the eye, and typing on finds the rest."""

_BLOCK = 4_000
"""Jobs that are looked at before other work gets its turn: a few milliseconds."""
_NAME_WIDTH = 48
_GAP = 2


class JobSearch:
    """Looks for words in the names of jobs and of their connections."""

    def __init__(self) -> None:
        self._jobs: list[tuple[str, Job]] = []

    async def prepare(self, jobs: Iterable[Job]) -> None:
        """Make the names ready for searching, a block at a time."""
        for block in _blocks(jobs):
            self._jobs += [(f"{job.name} {job.connection}".lower(), job) for job in block]
            await asyncio.sleep(0)

    async def find(self, words: Sequence[str]) -> Sequence[tuple[Match, Job]]:
        """The best ones; scattered letters are looked for only when whole words find too few."""
        if not words:
            return [(Match(-index, ()), job) for index, (_, job) in enumerate(self._jobs[:MOST_JOBS])]
        best = await self._best(words, whole=words)
        return best if len(best) >= MOST_JOBS else await self._best(words, whole=())

    async def _best(self, words: Sequence[str], *, whole: Sequence[str]) -> Sequence[tuple[Match, Job]]:
        name = f"{' '.join(words)} "
        best: list[tuple[Match, Job]] = []
        for block in _blocks(self._jobs):
            # Once the list is full of names that begin with the word, only that very name is better.
            is_full = len(best) == MOST_JOBS and best[-1][0].score > START - 1
            found = [
                (hit, job)
                for folded, job in block
                if (folded.startswith(name) if is_full else all(word in folded for word in whole))
                and (hit := match(words, folded)) is not None
            ]
            best = nlargest(MOST_JOBS, [*best, *found], key=lambda pair: pair[0].score)
            await asyncio.sleep(0)
        return best


def job_line(job: Job, found: Match) -> tuple[Content, Sequence[tuple[int, int]]]:
    """The name and the connection in columns, and what was found, moved to where it stands there."""
    gap = " " * max(1, _NAME_WIDTH + _GAP - cell_len(job.name))
    line = Content.assemble((job.name, "$foreground"), gap, (job.connection, "$text-muted"))
    moved = len(gap) - 1
    spans = [
        (start + moved, end + moved) if start > len(job.name) else (start, end) for start, end in found.spans
    ]
    return line, spans


def _blocks(items: Iterable[_T]) -> Iterator[list[_T]]:
    remaining = iter(items)
    while block := list(islice(remaining, _BLOCK)):
        yield block
