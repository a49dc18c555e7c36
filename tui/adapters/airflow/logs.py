"""The log of a run: the logs of its tasks in order, each try under a line that names it.

What each answer tells is one of five things: more of a log that goes on, with a token for what follows; the
rest of one whose task does not run, without a token; nothing yet (404); what the token was for is gone (400);
or that the log is too large to come at once, so that it is streamed. A task that was stopped goes on to write
for some seconds (7.5 s were seen in 3.3.2), so its log is read again for a while before it counts as over.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.adapters.airflow.api import BadToken, LogPage
from tui.adapters.airflow.entries import (
    entry_in,
    is_end_of_group,
    is_start_of_sources,
    lines_of,
    split_sources,
)
from tui.adapters.airflow.place import Mark, PartKey, Place
from tui.adapters.airflow.states import FAILED, task_state
from tui.core.errors import NotFound
from tui.core.models import LogChunk
from tui.transport.failures import TooLarge
from tui.transport.limits import MIB
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tui.adapters.airflow.api import AirflowApi
    from tui.adapters.airflow.runs import RunReader
    from tui.adapters.airflow.tasks import TaskReader
    from tui.adapters.airflow.wire import TaskRow
    from tui.core.clock import Clock
    from tui.core.keys import RunKey

AT_ONCE = 4
"""Logs that are asked for at once: each may be large, and is held parsed, at some six times its bytes."""

PIECE = 4 * MIB
"""Bytes after which no further logs are fetched for one chunk."""

LARGE_PIECE = 16 * MIB
"""Bytes, as Airflow sends them, of a large log that are told at once: what follows is read from the start."""

MOST_LOGS = 2000
"""Tries of one run whose logs are read: each costs a call."""

LATE_S = 15.0
"""Seconds after its end in which a task that failed or was stopped may still write."""
MOST_QUIET = 20
"""Looks in vain after which its log is over all the same: clocks may differ."""

_LIVE = frozenset({"running", "deferred", "restarting"})
_NOT_BEGUN = frozenset({"", "scheduled", "queued"})


class _Part(NamedTuple):
    """One try of a task as it is now."""

    key: PartKey
    title: str
    may_follow: bool
    """Whether more is to be expected."""
    late_until: datetime | None
    """Until when it may still write although it has ended."""


class _Told(NamedTuple):
    """What a look at the log of one try brought."""

    data: bytes
    mark: Mark


class LogReader:
    """Reads logs.

    Args:
        api: Asks Airflow.
        runs: Tells whether a run has ended.
        tasks: Tells its tasks.
        clock: For the moments after an end.
    """

    def __init__(self, api: AirflowApi, runs: RunReader, tasks: TaskReader, clock: Clock) -> None:
        self._api = api
        self._runs = runs
        self._tasks = tasks
        self._clock = clock

    async def read(self, run: RunKey, cursor: str) -> LogChunk:
        """What follows the cursor. Raises NotFound when there is no such run."""
        # Whether it has ended is asked before its logs are read: what is written meanwhile comes next time.
        has_ended = (await self._runs.read(run)).native.state.is_final
        place = Place.parse(cursor)
        marks, last = dict(place.marks), place.last
        told = bytearray()
        is_whole = True
        open_parts = [
            part
            for part in _parts(await self._tasks.rows(run), has_ended=has_ended)
            if not marks.get(part.key, Mark()).is_over
        ]
        for start in range(0, len(open_parts), AT_ONCE):
            if len(told) >= PIECE:
                is_whole = False
                break
            some = open_parts[start : start + AT_ONCE]
            found = await asyncio.gather(
                *(self._look(run, part, marks.get(part.key, Mark())) for part in some)
            )
            for part, look in zip(some, found, strict=True):
                if look.data:
                    is_begun = marks.get(part.key, Mark()).total > 0
                    told += _heading(part, last, is_begun=is_begun) + look.data
                    last = part.key
                if look.mark != Mark():
                    marks[part.key] = look.mark
                is_whole = is_whole and look.mark.is_over
        return LogChunk(bytes(told), str(Place(marks, last)), is_complete=has_ended and is_whole)

    async def _look(self, run: RunKey, part: _Part, mark: Mark) -> _Told:
        found = await self._page(run, part.key, mark)
        if found is None:
            return _Told(b"", mark if part.may_follow else replace(mark, is_over=True))
        page, mark = found
        sources, content = ([], page.content) if mark.token or mark.is_large else split_sources(page.content)
        # What was left out of a stream was told already.
        fresh = content if mark.is_large else content[mark.skip :]
        data = await in_turns(lines_of(fresh))
        total = mark.total + len(fresh)
        if page.token:
            mark = Mark(page.token, 0, total)
        else:
            mark = replace(mark, skip=mark.skip + len(fresh), total=total)
        if page.token or part.may_follow:
            return _Told(data, mark)
        if not fresh and mark.quiet + 1 > MOST_QUIET:
            return _Told(data, replace(mark, is_over=True))
        is_late = part.late_until is not None and self._clock.now() < part.late_until
        if is_late or page.is_cut:
            return _Told(data, replace(mark, quiet=0 if fresh else mark.quiet + 1))
        if not total:
            # A log without a line may say at least why.
            data = await in_turns(lines_of(sources))
        return _Told(data, replace(mark, is_over=True))

    async def _page(self, run: RunKey, key: PartKey, mark: Mark) -> tuple[LogPage, Mark] | None:
        """What follows the mark, and the mark that it follows in truth; None when there is nothing."""
        try:
            page = None if mark.is_large else await self._api.log(run, *key, mark.token)
        except TooLarge:
            mark = Mark("", mark.total, mark.total, mark.quiet, is_large=True)
        except BadToken:
            if not mark.token:
                raise
            mark = replace(mark, token="", skip=mark.total)
            return await self._page(run, key, mark)
        if mark.is_large:
            page = await self._streamed(run, key, mark.total)
        return (page, mark) if page is not None else None

    async def _streamed(self, run: RunKey, key: PartKey, told: int) -> LogPage | None:
        """The entries of a large log after those that were told, as many as one chunk takes."""
        content: list[Any] = []
        size = count = 0
        is_head = False
        try:
            async with aclosing(self._api.log_lines(run, *key)) as lines:
                async for line in lines:
                    entry = entry_in(line)
                    is_head = is_head or (not count and is_start_of_sources(entry))
                    if is_head:
                        is_head = not is_end_of_group(entry)
                        continue
                    count += 1
                    if count > told:
                        content.append(entry)
                        size += len(line)
                    if size >= LARGE_PIECE:
                        return LogPage(content, "", is_cut=True)
        except NotFound:
            return None
        return LogPage(content, "")


def _parts(rows: Sequence[TaskRow], *, has_ended: bool) -> Iterator[_Part]:
    """Every try that may have a log, in the order in which the tasks began."""
    count = 0
    for row in rows:
        for attempt in range(1, row.try_number + 1):
            is_newest = attempt == row.try_number
            state = row.state
            if is_newest and state in _NOT_BEGUN and not has_ended:
                # It has not begun, or was cleared: then its old log comes with the next try.
                continue
            count += 1
            if count > MOST_LOGS:
                return
            is_settled = not is_newest or has_ended or task_state(state).state.is_final
            title = f"{row.title}, try {attempt}" if attempt > 1 else row.title
            yield _Part(
                PartKey(row.task_id, row.map_index, attempt),
                title,
                may_follow=not is_settled or (is_newest and state in _LIVE),
                late_until=_late_until(row) if is_newest and state == FAILED else None,
            )


def _late_until(row: TaskRow) -> datetime | None:
    return row.end_date + timedelta(seconds=LATE_S) if row.end_date is not None else None


def _heading(part: _Part, last: PartKey | None, *, is_begun: bool) -> bytes:
    if part.key == last:
        return b""
    goes_on = ", continued" if is_begun else ""
    return f"=== {part.title}{goes_on} ===\n".encode("utf-8", "replace")
