"""The runs of a task and their logs, read from the log of the task."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tui.adapters.talend.codes import Declined, NoLogs
from tui.adapters.talend.ledger import KnownRun
from tui.adapters.talend.logtimes import dated
from tui.adapters.talend.states import task_state
from tui.adapters.talend.tasklog import Execution, executions, unescaped
from tui.adapters.talend.times import moments, seconds_between
from tui.core.errors import BadAnswer, NotFound
from tui.core.keys import RunKey
from tui.core.models import LogChunk, Run
from tui.core.state import State
from tui.transport.limits import MIB
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from tui.adapters.talend.follower import Follower
    from tui.adapters.talend.ledger import Ledger
    from tui.adapters.talend.observation import Observer
    from tui.adapters.talend.servlet import MetaServlet
    from tui.core.clock import Clock
    from tui.core.keys import JobKey

GENTLE_S = 5.0
"""Seconds between two readings of a log that grows: each reading fetches the whole log."""

_ENDED_S = 60.0
"""Seconds for which the log of an ended run is held, while its pieces are handed out."""

_PIECE = MIB
_SPELLED_START = 14


@dataclass(frozen=True, slots=True)
class _Held:
    """The log of one run, as it was when it was read."""

    run: RunKey
    data: bytes
    is_complete: bool
    read_s: float


@dataclass(frozen=True, slots=True)
class _TaskLog:
    """The log of a task, and the runs in it, oldest first."""

    text: str
    runs: Sequence[Execution]
    known: Mapping[str, KnownRun]
    """Which known run each of them is, by `jobExecutionId`."""


class TaskHistory:
    """Reads the logs of tasks, which are the only history that a TAC gives out.

    Args:
        servlet: Asks the TAC.
        observer: Knows the rows of the last sweep.
        follower: Asks how the runs stand that we started.
        username: Who starts runs over this connection.
        clock: For not asking too often.
    """

    def __init__(
        self, servlet: MetaServlet, observer: Observer, follower: Follower, username: str, clock: Clock
    ) -> None:
        self._servlet = servlet
        self._observer = observer
        self._follower = follower
        self._username = username
        self._clock = clock
        self._too_large: set[str] = set()
        self._held: _Held | None = None

    @property
    def _ledger(self) -> Ledger:
        return self._observer.ledger

    @property
    def _zone(self) -> tzinfo:
        return self._observer.zone

    async def runs(self, job: JobKey, limit: int) -> Sequence[Run]:
        """The newest runs of a task, newest first. Raises NotFound when there is no such task."""
        await self._follower.follow(job.id)
        try:
            log = await self._named(job.id, await self._whole(job.id))
        except NoLogs:
            log = _TaskLog("", (), {})
        found = [self._to_run(job, log.known.get(item.id), item) for item in log.runs]
        logged = {run.id for run in log.known.values()}
        found += [self._to_run(job, run, None) for run in self._ledger.runs(job.id) if run.id not in logged]
        found.sort(key=_moment, reverse=True)
        await self._ledger.save()
        return found[:limit]

    async def read_log(self, run: RunKey, cursor: str) -> LogChunk:
        """What follows the cursor in a run's log. Raises NotFound when there is none."""
        held = self._held
        age_s = self._clock.monotonic() - held.read_s if held is not None else 0.0
        if held is None or held.run != run or age_s >= (_ENDED_S if held.is_complete else GENTLE_S):
            held = self._held = await self._read(run)
        return _chunk(held, cursor)

    async def _read(self, run: RunKey) -> _Held:
        """Fetch the log of a run as it is now."""
        known = self._ledger.find(run.job_id, run.run_id)
        runs = self._ledger.runs(run.job_id)
        log, item = None, None
        if known is not None and known is runs[-1]:
            await self._follower.follow(run.job_id)
            log = await self._last(run.job_id)
            item = _find(log, run.run_id)
            if item is None and not log.runs and log.text:
                return await self._hold(run, log.text, known, None)
            if item is None and await self._goes_on(run, known):
                return await self._hold(run, "", known, None)
        if log is None or item is None:
            log = await self._whole(run.job_id, _spelled(run.run_id, self._zone) if known is None else ())
            item = _find(log, run.run_id)
        if item is None:
            raise NotFound(
                f"the TAC has no log of run {run.run_id}",
                hint="job servers keep logs only for a while; look at the runs of the task",
            )
        return await self._hold(run, log.text[item.start : item.end], known, item)

    async def _hold(self, run: RunKey, text: str, known: KnownRun | None, item: Execution | None) -> _Held:
        is_complete = (item is not None and bool(item.native)) or not await self._goes_on(run, known)
        return _Held(run, text.encode("utf-8", "replace"), is_complete, self._clock.monotonic())

    async def _goes_on(self, run: RunKey, known: KnownRun | None) -> bool:
        if known is not None and known.state is not None and known.state.is_final:
            return False
        if known is not None and known.is_open:
            return True
        status = await self._servlet.status(run.job_id)
        return task_state(status).state.is_active

    async def _last(self, task_id: str) -> _TaskLog:
        try:
            text = await self._servlet.log(task_id, is_last_only=True)
        except NoLogs:
            text = ""
        return await self._cut(task_id, text)

    async def _whole(self, task_id: str, spelled: Sequence[KnownRun] = ()) -> _TaskLog:
        """The logs of all runs of a task; of the last one when all are too much to be held."""
        if task_id not in self._too_large:
            try:
                return await self._cut(task_id, await self._servlet.log(task_id, is_last_only=False), spelled)
            except Declined:
                raise
            except BadAnswer:
                text = await self._servlet.log(task_id, is_last_only=True)
                self._too_large.add(task_id)
                return await self._cut(task_id, text, spelled)
        return await self._cut(task_id, await self._servlet.log(task_id, is_last_only=True), spelled)

    async def _named(self, task_id: str, log: _TaskLog) -> _TaskLog:
        """The log, its newest run under the name that the task's row will give it, even if it is news."""
        if not log.runs or log.runs[-1].id in log.known:
            return log
        rows = await self._servlet.tasks()
        for row in rows:
            if isinstance(row, dict) and str(row.get("id")) == task_id:
                self._observer.observe(row, self._clock.now())
        return await self._matched(task_id, log.text)

    async def _cut(self, task_id: str, text: str, spelled: Sequence[KnownRun] = ()) -> _TaskLog:
        return await self._matched(task_id, unescaped(text), spelled)

    async def _matched(self, task_id: str, text: str, spelled: Sequence[KnownRun] = ()) -> _TaskLog:
        told = await in_turns(executions(text, self._zone))
        known = [*self._ledger.runs(task_id), *spelled]
        row = self._observer.row(task_id)
        is_parallel = row is not None and row.is_parallel
        found, matched = dated(told, known, self._clock.now(), is_parallel=is_parallel)
        for item in found:
            run = matched.get(item.id)
            if run is None or run in spelled or run.execution or not item.native:
                continue
            if run.state is not None and run.state.is_final:
                run.execution = item.id
                self._ledger.update(run)
        return _TaskLog(text, found, matched)

    def _to_run(self, job: JobKey, known: KnownRun | None, item: Execution | None) -> Run:
        started_at = (known.started if known else None) or (item.started_at if item else None)
        ended_at = (known.ended if known else None) or (item.ended_at if item else None)
        state = self._state(job, known, item)
        if known is not None and not known.is_own:
            started_at = started_at or known.begun
        if state.is_active or (started_at and ended_at and ended_at < started_at):
            ended_at = None
        native = (known.native if known else "") or (item.native if item else "")
        message = (known.message if known else "") or (item.native.capitalize() if item else "")
        return Run(
            key=RunKey(job.connection, job.id, known.id if known else item.id if item else ""),
            state=state,
            substate=known.substate if known and state.is_active else "",
            native_state=native,
            queued_at=known.begun if known and known.is_own else None,
            started_at=started_at,
            ended_at=ended_at,
            duration_s=seconds_between(started_at, ended_at),
            exit_code=known.exit_code if known else None,
            message="" if state is State.SUCCEEDED else message,
            triggered_by=self._username if known and known.is_own else "",
            params=dict(known.params) if known else {},
        )

    def _state(self, job: JobKey, known: KnownRun | None, item: Execution | None) -> State:
        if known is not None and known.state is not None:
            return known.state
        told = item.state if item is not None else None
        if told is not None:
            return State.CANCELLED if known and known.is_stopped and told is State.FAILED else told
        if known is not None and self._is_newest(job, known):
            if self._observer.is_active(job.id):
                return State.RUNNING
            if known.is_open:
                return State.QUEUED
        return State.UNKNOWN

    def _is_newest(self, job: JobKey, known: KnownRun) -> bool:
        runs = self._ledger.runs(job.id)
        return bool(runs) and runs[-1] is known


def _chunk(held: _Held, cursor: str) -> LogChunk:
    """The next piece, or all from the beginning when the log is no longer what was read before."""
    offset_text, _, seen = cursor.partition(":")
    offset = int(offset_text) if offset_text.isdecimal() else 0
    is_restart = offset > 0 and (offset > len(held.data) or _mark(held.data[:offset]) != seen)
    if is_restart:
        offset = 0
    end = min(len(held.data), offset + _PIECE)
    return LogChunk(
        data=held.data[offset:end],
        cursor=f"{end}:{_mark(held.data[:end])}",
        is_complete=held.is_complete and end == len(held.data),
        is_restart=is_restart,
    )


def _mark(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"


def _find(log: _TaskLog, run_id: str) -> Execution | None:
    for item in log.runs:
        known = log.known.get(item.id)
        if (known.id if known is not None else item.id) == run_id:
            return item
    return None


def _spelled(run_id: str, zone: tzinfo) -> Sequence[KnownRun]:
    """What the run may be of an id that an earlier session made of a time."""
    if len(run_id) != _SPELLED_START or not run_id.isdecimal():
        return ()
    try:
        told = datetime.strptime(run_id, "%Y%m%d%H%M%S").isoformat()  # noqa: DTZ007 - the zone comes next
    except ValueError:
        return ()
    return [KnownRun(id=run_id, begun=begun) for begun in moments(told, zone)]


def _moment(run: Run) -> float:
    """When the run was; one that tells no time has yet to begin."""
    moment = run.started_at or run.queued_at or run.ended_at
    return moment.timestamp() if moment is not None else float("inf")
