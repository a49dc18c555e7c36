"""Runs, put together from what the queue and the accounting tell of their pieces."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tui.adapters.slurm.order import COMMENT
from tui.adapters.slurm.states import message_of, state_of
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tui.adapters.slurm.record import Record

FORGOTTEN = "FORGOTTEN"
"""Our own word for a run that was under way, and of which Slurm knows nothing any more."""

_SPAN = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?")
_OUTCOMES = (State.UNKNOWN, State.FAILED, State.CANCELLED, State.WARNING, State.SUCCEEDED)
"""Of several pieces that are over, the first of these that one has is the outcome of all."""


@dataclass(frozen=True)
class SlurmRun:
    """One submission in one attempt: a job, an array, or a heterogeneous job."""

    id: str
    """Its job id."""
    records: tuple[Record, ...]
    """Its pieces, in their order; one where it is a plain job."""

    @property
    def first(self) -> Record:
        """The piece that tells what all have in common."""
        return self.records[0]

    @property
    def number(self) -> int:
        """Its id as a number: newer runs have higher ones."""
        return int(self.id) if self.id.isdecimal() else 0

    @property
    def attempt(self) -> int:
        """Which repetition it is."""
        return max(record.attempt for record in self.records)

    @property
    def is_ours(self) -> bool:
        """Whether nightdeck submitted it."""
        return self.first.comment.startswith(COMMENT)

    @property
    def token(self) -> str:
        """What tells its submission from all others, when it is ours."""
        return self.first.comment.removeprefix(COMMENT) if self.is_ours else ""

    @cached_property
    def leading(self) -> Record:
        """The piece that decides the state of the whole."""
        return _leading(self.records)

    @cached_property
    def state(self) -> State:
        """What it is doing, or its outcome."""
        return state_of(self.leading)[0]

    @property
    def substate(self) -> str:
        """More about the state; of an array how many of its elements are done."""
        own = state_of(self.leading)[1]
        if self.first.kind != "array":
            return own
        done, total, failed = self.counts
        counted = f"{done} of {total} done" if total is not None else f"{done} done"
        counted = f"{counted}, {failed} failed" if failed else counted
        return f"{own}; {counted}" if own else counted

    @property
    def native(self) -> str:
        """Slurm's own words for the state."""
        return self.leading.native

    @property
    def message(self) -> str:
        """Why it waits, or why it ended badly."""
        if self.native == FORGOTTEN:
            return "Slurm remembers it no more, and no accounting tells how it ended"
        said = message_of(self.leading)
        where = f"element {self.leading.index}: " if self.leading.kind == "array" else ""
        return f"{where}{said}" if said and where and self.leading.index is not None else said

    @property
    def counts(self) -> tuple[int, int | None, int]:
        """How many pieces are over, how many there are, and how many have failed."""
        states = [state_of(record)[0] for record in self.records]
        waiting = [count_of(record.indexes) if record.indexes else 1 for record in self.records]
        total = sum(count or 0 for count in waiting) if None not in waiting else None
        done = sum(state.is_final for state in states)
        return done, total, sum(state is State.FAILED for state in states)

    @property
    def progress(self) -> float | None:
        """How much of an array is done."""
        done, total, _ = self.counts
        is_counted = self.first.kind == "array" and self.state.is_active
        return done / total if is_counted and total else None

    @property
    def submitted_at(self) -> datetime | None:
        """When it was submitted."""
        return _earliest(record.submitted_at for record in self.records)

    @property
    def started_at(self) -> datetime | None:
        """When its first piece started."""
        return _earliest(record.started_at for record in self.records)

    @property
    def ended_at(self) -> datetime | None:
        """When its last piece ended; None while one goes on."""
        if not self.state.is_final:
            return None
        ends = [record.ended_at for record in self.records if record.ended_at is not None]
        return max(ends, default=None)

    @property
    def begins_at(self) -> datetime | None:
        """When it is expected to start."""
        if self.state not in (State.QUEUED, State.PAUSED):
            return None
        return _earliest(record.begins_at for record in self.records)

    @property
    def exit_code(self) -> int | None:
        """The exit code of the piece that decides; Slurm says 0 of what never began, too."""
        if not self.state.is_final or (self.state is State.CANCELLED and not self.leading.exit_code):
            return None
        return self.leading.exit_code

    def id_of(self, pieces: Sequence[Record]) -> str:
        """What names some of its pieces to Slurm: its own id, or that with elements, `8_[2-4,7]`.

        Seen in 22.05.8: to release a whole array of which an element has ended is carried out for the others
        and answered as a failure.
        """
        spans = [piece.indexes.partition("%")[0] or str(piece.index) for piece in pieces]
        is_whole = self.first.kind != "array" or len(pieces) == len(self.records)
        if is_whole or any(count_of(span) is None for span in spans):
            return self.id
        return f"{self.id}_[{','.join(spans)}]"

    @property
    def waiting_id(self) -> str:
        """What names those of its pieces that can be held."""
        return self.id_of([record for record in self.records if record.is_pending and not record.is_held])

    @property
    def held_id(self) -> str:
        """What names those of its pieces that can be released."""
        return self.id_of([record for record in self.records if record.is_held])

    @property
    def waiting(self) -> bool:
        """Whether a piece of it waits and is not held."""
        return any(record.is_pending and not record.is_held for record in self.records)

    @property
    def held(self) -> bool:
        """Whether a piece of it is held."""
        return any(record.is_held for record in self.records)


def runs_of(queue: Iterable[Record], history: Iterable[Record]) -> Sequence[SlurmRun]:
    """Every run, the newest first, and of a run the newest attempt first.

    What the queue tells is newer than what the accounting tells of the same.
    """
    now, past = _by_run(queue), _by_run(history)
    found: list[SlurmRun] = []
    for run_id in now.keys() | past.keys():
        pieces, old = now.get(run_id, []), past.get(run_id, [])
        is_plain = (pieces or old)[0].kind == "job"
        found += _attempts(run_id, pieces, old) if is_plain else [_whole(run_id, pieces, old)]
    found.sort(key=lambda run: (run.number, run.attempt), reverse=True)
    return found


def count_of(indexes: str) -> int | None:
    """How many elements a text such as `1-10:2,15%3` stands for; None when it was cut."""
    total = 0
    for part in indexes.partition("%")[0].split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            return None
        first, last, step = int(found[1]), int(found[2] or found[1]), int(found[3] or 1)
        total += max(0, (last - first) // max(1, step) + 1)
    return total


def _by_run(records: Iterable[Record]) -> Mapping[str, list[Record]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.run_id].append(record)
    return found


def _attempts(run_id: str, pieces: Sequence[Record], old: Sequence[Record]) -> Sequence[SlurmRun]:
    """A plain job: each line of the accounting is an attempt; of the newest the queue may tell more."""
    rows = sorted(old, key=_age)
    current = list(pieces[-1:])
    if current:
        rows = rows[: current[0].attempt - 1]
    last = len(rows) + len(current)
    numbered = [
        replace(row, attempt=number, is_superseded=number < last) for number, row in enumerate(rows, 1)
    ]
    return [SlurmRun(run_id, (record,)) for record in (*numbered, *current)]


def _whole(run_id: str, pieces: Sequence[Record], old: Sequence[Record]) -> SlurmRun:
    """An array or a heterogeneous job: the newest of each piece."""
    newest: dict[object, Record] = {}
    for record in (*sorted(old, key=_age), *pieces):
        newest[record.index if record.index is not None else record.indexes or record.id] = record
    kept = [record for record in newest.values() if not (record.indexes and pieces and record not in pieces)]
    kept.sort(key=lambda record: (record.index is None, record.index or 0, record.id))
    return SlurmRun(run_id, tuple(kept or newest.values()))


def _leading(records: Sequence[Record]) -> Record:
    """Of pieces that go on, one that runs, else one that waits; of those that are over, the worst."""
    if len(records) == 1:
        return records[0]
    by_state: dict[State, Record] = {}
    for record in records:
        by_state.setdefault(state_of(record)[0], record)
    for state in (State.RUNNING, State.QUEUED, State.PAUSED, *_OUTCOMES):
        if state in by_state:
            return by_state[state]
    return records[0]


def _age(record: Record) -> tuple[float, float]:
    moments = (record.submitted_at, record.started_at)
    first, second = (moment.timestamp() if moment is not None else 0.0 for moment in moments)
    return first, second


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
