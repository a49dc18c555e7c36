"""Logs: the session logs of what a run consists of, one after the other. Only ended runs have any."""

from __future__ import annotations

import zlib
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.informatica.activity import GAP
from tui.adapters.informatica.assets import WORKFLOW, Family
from tui.adapters.informatica.endpoints import ERROR_LOG, SESSION_LOG
from tui.adapters.informatica.runs import SeenRun
from tui.adapters.informatica.states import Source, native_state
from tui.adapters.informatica.times import span_of_v2, span_utc
from tui.adapters.informatica.together import few_at_a_time, together
from tui.core.errors import Forbidden, NotFound
from tui.core.models import LogChunk
from tui.core.state import State
from tui.transport.archive import is_zip, unzip
from tui.transport.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.adapters.informatica.api import InformaticaApi
    from tui.adapters.informatica.assets import Asset
    from tui.adapters.informatica.catalog import Catalog
    from tui.adapters.informatica.classic import ClassicRuns
    from tui.adapters.informatica.codetasks import CodeRuns
    from tui.adapters.informatica.taskflows import FlowRuns
    from tui.adapters.informatica.wire import EntryRow, StepRow
    from tui.core.clock import Clock

MOST_SESSIONS = 100
"""Session logs of one run that are fetched; each may take Informatica ten seconds."""

MOST_BYTES = 64 * MIB
"""Bytes of the session logs of one run that are put together, in memory; then the others are left out."""

_NOTHING_YET = LogChunk(b"", "", is_complete=False)


class _Part(NamedTuple):
    """The log of one sub-task under its heading."""

    text: bytes
    is_missing: bool = False
    """Whether the activity log doesn't have its run, although there is such a task."""


class SessionLogs:
    """Reads logs.

    Args:
        api: Asks Informatica.
        catalog: Knows the tasks that a taskflow starts.
        classic: Knows the runs of tasks.
        flows: Knows the runs of taskflows.
        codes: Knows the jobs of code tasks.
        clock: Tells how long ago a taskflow ended.
    """

    def __init__(
        self,
        api: InformaticaApi,
        catalog: Catalog,
        classic: ClassicRuns,
        flows: FlowRuns,
        codes: CodeRuns,
        clock: Clock,
    ) -> None:
        self._api = api
        self._catalog = catalog
        self._clock = clock
        self._classic = classic
        self._flows = flows
        self._codes = codes

    async def read(self, asset: Asset, run_id: str, cursor: str) -> LogChunk:
        """What follows the cursor. Raises NotFound and SystemUnavailable."""
        if asset.family is Family.FLOW:
            return await self._of_flow(asset, run_id, cursor)
        text = await (self._of_code if asset.family is Family.CODE else self._of_task)(asset, run_id)
        return _NOTHING_YET if text is None else after(text, cursor, is_complete=True)

    async def _of_task(self, asset: Asset, run_id: str) -> bytes | None:
        row = await self._classic.log.entry(asset.id, run_id)
        if row is None:
            await self._classic.find(asset, run_id)
            return None
        return await self._of_row(row)

    async def _of_flow(self, asset: Asset, run_id: str, cursor: str) -> LogChunk:
        """The logs of the sub-tasks: the engine gives out none of its own."""
        row = await self._flows.row(asset, run_id)
        state = native_state(Source.FLOW, row.status).state
        if not state.is_final and state is not State.PAUSED:
            return _NOTHING_YET
        ended_at = span_utc(row.start, row.end).ended_at
        is_late = ended_at is None or self._clock.now() - ended_at > GAP
        steps = row.steps[:MOST_SESSIONS]
        asked = [partial(self._of_step, step) for step in steps]
        found = await few_at_a_time(asked, lambda part: len(part.text), MOST_BYTES)
        parts: list[bytes] = []
        for part in found:
            if part.is_missing and not is_late:
                # It comes into the activity log a little later, as every run does.
                return after(b"".join(parts), cursor, is_complete=False)
            parts.append(part.text)
        if len(found) < len(steps):
            parts.append(_left_out(len(steps) - len(found)))
        if row.error or not parts:
            parts.append(_titled(f"{row.asset}: {row.status}", row.error.encode()))
        # A suspended run may go on, so more may follow.
        return after(b"".join(parts), cursor, is_complete=state.is_final)

    async def _of_code(self, asset: Asset, run_id: str) -> bytes | None:
        run = await self._codes.find(asset, run_id)
        if not run.state.is_final:
            return None
        endpoint = await self._codes.log_endpoint(asset, run_id)
        if endpoint is None:
            raise NotFound(f"job {run_id} has no session log", hint=run.message or "look at the Monitor")
        return await plain(await self._api.download(endpoint))

    async def _of_step(self, step: StepRow) -> _Part:
        title = f"{step.asset} ({step.type}, run {step.run_id}): {step.status}"
        ids = self._catalog.tasks_named(step.type, step.asset) if step.run_id else []
        row = await self._row_of(step, ids)
        if row is None:
            text = step.error or "its session log was not found"
            return _Part(_titled(title, text.encode()), is_missing=bool(ids))
        try:
            return _Part(_titled(title, await self._of_row(row)))
        except (NotFound, Forbidden) as error:
            return _Part(_titled(title, f"{step.error}\n{error.message}".strip().encode()))

    async def _row_of(self, step: StepRow, ids: Sequence[str]) -> EntryRow | None:
        """The row of a sub-task in the activity log: found by its name, for its id isn't told."""
        rows = await together(*(self._classic.log.entry(task_id, step.run_id) for task_id in ids))
        found = [row for row in rows if row is not None]
        begun = SeenRun("", State.UNKNOWN, span=span_utc(step.start, "")).moment

        def distance(row: EntryRow) -> float:
            span = span_of_v2(row.start, row.start_utc)
            return abs(SeenRun("", State.UNKNOWN, span=span).moment - begun)

        return min(found, key=distance, default=None)

    async def _of_row(self, row: EntryRow) -> bytes:
        """The session logs of a row, and the rows that were rejected. Raises NotFound."""
        text = await (self._of_sessions(row) if row.type == WORKFLOW else self._session(row, {}))
        rejected = await self._rejected(row)
        return text + (_titled("rejected rows", rejected) if rejected else b"")

    async def _of_sessions(self, row: EntryRow) -> bytes:
        """The logs of a linear taskflow: each session has its own; a task without sessions has one."""
        wanted: list[tuple[str, dict[str, str]]] = []
        for task in row.children:
            if not task.id:
                continue
            sessions = [{"itemId": task.id, "childItemId": each.id} for each in task.children if each.id]
            name = task.task_name or task.log_file or f"{task.type} {task.id}"
            wanted += [(name, params) for params in sessions or [{"itemId": task.id}]]
        if not wanted:
            return await self._session(row, {})

        async def one(name: str, params: dict[str, str]) -> bytes:
            try:
                return _titled(name, await self._session(row, params))
            except (NotFound, Forbidden) as error:
                return _titled(name, error.message.encode())

        wanted = wanted[:MOST_SESSIONS]
        found = await few_at_a_time([partial(one, *each) for each in wanted], len, MOST_BYTES)
        left = len(wanted) - len(found)
        return b"".join((*found, _left_out(left) if left else b""))

    async def _session(self, row: EntryRow, params: dict[str, str]) -> bytes:
        body = await self._api.download(SESSION_LOG.of(entry=row.id), params=params)
        return await plain(body)

    async def _rejected(self, row: EntryRow) -> bytes:
        if not row.failed_rows:
            return b""
        try:
            return await plain(await self._api.download(ERROR_LOG.of(entry=row.id)))
        except (NotFound, Forbidden):
            return b""


async def plain(body: bytes) -> bytes:
    """A log as text: some come as an archive, whatever their content type says."""
    if not is_zip(body):
        return body
    members = await unzip(body)
    if len(members) == 1:
        return members[0].data
    return b"".join(_titled(member.name, member.data) for member in members)


def after(text: bytes, cursor: str, *, is_complete: bool) -> LogChunk:
    """What follows a cursor in a log, which is always fetched whole.

    Args:
        text: The log.
        cursor: How much was read and its checksum, as a chunk said.
        is_complete: Whether nothing will follow.
    """
    end = f"{len(text)}-{zlib.crc32(text)}"
    length, _, checksum = cursor.partition("-")
    start = int(length) if length.isascii() and length.isdigit() else 0
    if start and str(zlib.crc32(text[:start])) != checksum:
        return LogChunk(text, end, is_complete, is_restart=True)
    return LogChunk(text[start:], end, is_complete)


def _left_out(count: int) -> bytes:
    return _titled(f"{count} more", b"the log is too large to be shown whole: fetch them from Informatica")


def _titled(title: str, text: bytes) -> bytes:
    """A part under its heading, beginning and ending on a line of its own."""
    return f"### {title}\n".encode() + (text if not text or text.endswith(b"\n") else text + b"\n")
