"""Jobs by slot number: lists that a filter runs through from end to end, and that an array can order."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from tui.core.models import Job
from tui.core.state import State
from tui.engine.query.context import search_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tui.core.keys import JobKey

VACANT = Job("", "", "", "", State.UNKNOWN, datetime(2000, 1, 1, tzinfo=UTC))
"""What lies in a slot whose job is gone, until another gets it."""

_VACANT_ALLOWED = 1000
"""So many slots may lie vacant beside as many as are taken."""


class JobSlots:
    """A slot for every job, and the search text of those for which it was wanted."""

    def __init__(
        self,
        jobs: Mapping[JobKey, Job],
        before: JobSlots | None = None,
        first_errors: Mapping[JobKey, str] = MappingProxyType({}),
    ) -> None:
        """Give every job a slot, in the order of the keys: what is sorted is then read as it lies in memory.

        Args:
            jobs: All jobs.
            before: The slots of mostly the same jobs, whose order is of help.
            first_errors: What logs tell of a few of the jobs: searched like their messages.
        """
        known = before.keys if before is not None else ()
        # What is in order already is one long run for the sort.
        self.keys: list[JobKey] = sorted(dict.fromkeys([*(key for key in known if key in jobs), *jobs]))
        """Every slot's key; for a vacant one, that of its last job."""
        self.jobs: list[Job] = [jobs[key] for key in self.keys]
        """Every slot's job."""
        self._numbers = dict(zip(self.keys, range(len(self.keys)), strict=True))
        self._vacant: list[int] = []
        self._by_key = list(range(len(self.keys)))
        self._is_by_key = True
        self._texts: list[str] = []
        self._first_errors = first_errors
        self._stale: set[int] = set()

    def __len__(self) -> int:
        """How many jobs there are."""
        return len(self._numbers)

    @property
    def numbers(self) -> Collection[int]:
        """The slots that have a job."""
        return self._numbers.values()

    def in_key_order(self) -> Sequence[int]:
        """The slots that have a job, in the order of their keys: equals stay so when they are sorted."""
        if not self._is_by_key:
            # What was in order before is a long run for the sort; new slots are merged into it.
            kept = [slot for slot in self._by_key if self._numbers.get(self.keys[slot]) == slot]
            known = set(kept)
            kept += (slot for slot in self._numbers.values() if slot not in known)
            kept.sort(key=self.keys.__getitem__)
            self._by_key, self._is_by_key = kept, True
        return self._by_key

    @property
    def is_sparse(self) -> bool:
        """Whether so many slots lie vacant that all should be numbered anew."""
        return len(self._vacant) > len(self._numbers) + _VACANT_ALLOWED

    def number(self, key: JobKey) -> int | None:
        """The job's slot."""
        return self._numbers.get(key)

    def add(self, key: JobKey, job: Job) -> int:
        """Give a new job a slot."""
        if self._vacant:
            slot = self._vacant.pop()
            self.keys[slot] = key
            self.change(slot, job)
        else:
            slot = len(self.jobs)
            self.keys.append(key)
            self.jobs.append(job)
        self._numbers[key] = slot
        self._is_by_key = False
        return slot

    def change(self, slot: int, job: Job) -> None:
        """Put a newer job in the place of an older."""
        self.jobs[slot] = job
        if slot < len(self._texts):
            self._stale.add(slot)

    def refresh(self, jobs: Mapping[JobKey, Job]) -> None:
        """Take over jobs that differ only in when they were observed; those that are no more stay for now."""
        for key, slot in self._numbers.items():
            self.jobs[slot] = jobs.get(key, self.jobs[slot])

    def take_leave(self, key: JobKey) -> int:
        """No longer know the job; returns its slot, which must be vacated."""
        self._is_by_key = False
        return self._numbers.pop(key)

    def vacate(self, slot: int) -> None:
        """Make the slot of a job that took leave ready for the next new one."""
        self.change(slot, VACANT)
        self._vacant.append(slot)

    def text(self, slot: int) -> str:
        """The search text of a slot's job."""
        if slot >= len(self._texts):
            return self._make_text(slot)
        if slot in self._stale:
            self._stale.discard(slot)
            self._texts[slot] = self._make_text(slot)
        return self._texts[slot]

    def texts(self) -> Sequence[str]:
        """The search texts of all slots."""
        self.prepare_texts(len(self.jobs))
        return self._texts

    def prepare_texts(self, limit: int) -> bool:
        """Make so many search texts ahead of the time when they are wanted; returns whether all are there."""
        for slot in self._stale:
            self._texts[slot] = self._make_text(slot)
        self._stale.clear()
        begin = len(self._texts)
        self._texts += map(search_text, self.jobs[begin : begin + limit])
        # Only a few have one: better than to ask for each job.
        for key in self._first_errors:
            slot = self._numbers.get(key, -1)
            if begin <= slot < len(self._texts):
                self._texts[slot] = self._make_text(slot)
        return len(self._texts) == len(self.jobs)

    def _make_text(self, slot: int) -> str:
        text, told = search_text(self.jobs[slot]), self._first_errors.get(self.keys[slot], "")
        return f"{text}\x1f{told.casefold()}" if told else text
