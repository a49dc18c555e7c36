"""What `sacct` prints: one line for each job and step.

Its text is read, not its JSON: in 22.05 that leaves out whose jobs were asked for, and tells every job that
exited by itself to have exited with 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.slurm.record import Record, Step
from tui.adapters.slurm.values import ending_of, moment_of, words_of
from tui.transport.fields import short

if TYPE_CHECKING:
    from collections.abc import Iterator

SEPARATOR = "\x1f"
"""Stands between the fields: no name has it."""

FIELDS = (
    *("JobID", "JobIDRaw", "JobName", "User", "Partition", "State", "ExitCode", "Reason"),
    *("Submit", "Start", "End", "WorkDir", "NodeList"),
)
"""What is asked for, in this order."""

_ID = re.compile(r"(\d+)(?:_(?:(\d+)|\[([^\]]*)\])|\+(\d+))?(?:\.(.+))?")
"""`8`, `8_3`, `8_[4-10%2]`, `12+1`, and a step after a dot."""


class _Row(NamedTuple):
    job_id: str
    raw_id: str
    name: str
    user: str
    partition: str
    state: str
    exit_code: str
    reason: str
    submit: str
    start: str
    end: str
    folder: str
    nodes: str


def records_of(text: str) -> Iterator[Record]:
    """The jobs in what `sacct` printed; lines that are none are passed over."""
    for row in _rows(text):
        found = _ID.fullmatch(row.job_id)
        if found is not None and not found[5]:
            yield _record(row, found)


def steps_of(text: str) -> Iterator[Step]:
    """The steps in what `sacct` printed."""
    for row in _rows(text):
        found = _ID.fullmatch(row.job_id)
        if found is not None and found[5]:
            ending = ending_of(row.exit_code)
            yield Step(
                id=short(row.job_id),
                name=short(row.name) or found[5],
                words=words_of(row.state),
                exit_code=ending.code,
                signal=ending.signal,
                started_at=moment_of(row.start),
                ended_at=moment_of(row.end),
            )


def _rows(text: str) -> Iterator[_Row]:
    for line in text.split("\n"):
        fields = line.split(SEPARATOR)
        if len(fields) == len(FIELDS):
            yield _Row(*fields)


def _record(row: _Row, found: re.Match[str]) -> Record:
    job_id, element, waiting, component, _ = found.groups()
    ending = ending_of(row.exit_code)
    kind = "het" if component is not None else "array" if element or waiting is not None else "job"
    number = component if component is not None else element
    return Record(
        id=row.raw_id if row.raw_id.isdecimal() else job_id,
        run_id=job_id,
        kind=kind,
        index=int(number) if number is not None else None,
        indexes=waiting or "",
        name=short(row.name),
        user=row.user,
        words=words_of(row.state),
        partition=row.partition,
        reason="" if row.reason == "None" else row.reason,
        detail=_who(row.state),
        exit_code=ending.code,
        signal=ending.signal,
        submitted_at=moment_of(row.submit),
        started_at=moment_of(row.start),
        ended_at=moment_of(row.end),
        folder=short(row.folder),
        node=row.nodes,
    )


def _who(state: str) -> str:
    """Who cancelled it: the accounting adds `by 1000` to the word."""
    _, by, who = state.partition(" by ")
    return f"by user {who}" if by else ""
