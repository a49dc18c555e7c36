"""Taking a listing apart: the jobs in an answer, as records, with turns for other work in between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from tui.adapters.slurm.values import number_of
from tui.core.errors import BadAnswer
from tui.transport.fields import some
from tui.transport.turns import slices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.adapters.slurm.record import Record
    from tui.adapters.slurm.wire import QueueReader

T = TypeVar("T")


def jobs_in(value: object, who: str) -> Sequence[object]:
    """The jobs of an answer. Raises BadAnswer when it has none to be listed.

    Args:
        value: The answer.
        who: Who gave it, for the message.
    """
    jobs = value.get("jobs") if isinstance(value, dict) else None
    if not isinstance(jobs, list):
        raise BadAnswer(f"{who} answered without a list of jobs", hint="is this a Slurm of a known version?")
    return some(jobs)


def is_of_run(value: object, run_id: str) -> bool:
    """Whether a job of a listing belongs to a run."""
    if not isinstance(value, dict):
        return False
    numbers = (number_of(value.get(key)) for key in ("job_id", "array_job_id", "het_job_id"))
    return int(run_id) in numbers


class Listing:
    """The listings of one queue, one after the other."""

    def __init__(self, reader: QueueReader) -> None:
        self._reader = reader
        self._turn = asyncio.Lock()

    async def read(self, values: Sequence[object]) -> Sequence[Record]:
        """The jobs of a new listing."""
        async with self._turn:
            self._reader.begin()
            return await records_in(values, self._reader.read)


async def records_in(values: Sequence[object], read: Callable[[object], T | None]) -> Sequence[T]:
    """What the values are read as; what is no job is left out."""
    found: list[T] = []
    async for portion in slices(values):
        found += [record for record in map(read, portion) if record is not None]
    return found
