"""Every action that was ever sent: append-only, in the history file."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import socket
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.core.errors import ActionRefused, NightdeckError
from tui.core.keys import JobKey
from tui.core.models import ReceiptStatus
from tui.engine.secrecy import mask_params, mask_text
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tui.core.clock import Clock
    from tui.core.redaction import Redactor
    from tui.engine.database import Database

SETTLED = "settled"
"""The status of a request whose outcome stays unknown, and whose user went on knowing that."""

UNFINISHED_FOR = timedelta(days=1)
"""How long a request without an outcome stands in the way: after that nobody can tell any more."""

RETRY_S = 10.0
"""Seconds between two tries to write an outcome that could not be written."""

_PATIENCE = timedelta(hours=1)
"""The longest that a living nightdeck waits for an answer (the highest `timeout` of the config)."""

_FOREIGN_PATIENCE = timedelta(minutes=2)
"""The same for one on another machine that shares our state folder: whether it lives can't be asked."""

_CONCLUSIONS = (*(ReceiptStatus.ACCEPTED, ReceiptStatus.REFUSED, ReceiptStatus.OBSERVED), SETTLED)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One step of one action. Entries are only ever added."""

    request_id: str
    """Ours, the same for every step of one confirmation."""
    at: datetime
    """When this step happened."""
    user: str
    """Who sat at the keyboard."""
    host: str
    """On which machine."""
    pid: int
    """In which process."""
    connection: str
    """Name of the connection."""
    job_id: str
    """The system's own id of the job."""
    job_name: str
    """The job's name then."""
    action: str
    """`trigger`, `stop`, `rerun`, `hold` or `release`."""
    params: Mapping[str, str]
    """What it was started with; secrets are masked."""
    run_id: str
    """The run that it made or touched, once known."""
    status: str
    """`sent`, `accepted`, `refused`, `unknown`, `observed` or `settled`."""
    message: str
    """What the system or nightdeck had to say."""
    before_state: str
    """The job's state when the action was sent."""
    after_state: str = ""
    """The state in which the run was seen afterwards."""
    known_runs: tuple[str, ...] = ()
    """Runs that were known when it was sent, as `known_runs` writes them down: any other may be ours."""

    @property
    def job(self) -> JobKey:
        """The job that was acted on."""
        return JobKey(self.connection, self.job_id)


_COLUMNS = tuple(field.name for field in fields(JournalEntry))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM journal"  # noqa: S608 - constants of ours
_MARKS = ", ".join("?" * len(_COLUMNS))
_INSERT = f"INSERT INTO journal ({', '.join(_COLUMNS)}) VALUES ({_MARKS})"  # noqa: S608 - constants of ours

_UNFINISHED = f"""
{_SELECT} AS sent WHERE status = 'sent' AND at >= ? AND NOT EXISTS (
    SELECT 1 FROM journal AS later
    WHERE later.request_id = sent.request_id AND later.status IN ({", ".join("?" * len(_CONCLUSIONS))})
) ORDER BY seq
"""  # noqa: S608 - constants of ours


class Journal:
    """Adds and reads entries."""

    def __init__(self, database: Database, clock: Clock, redactor: Redactor) -> None:
        self._database = database
        self._clock = clock
        self._redactor = redactor
        self._user = _user_name()
        self._host = socket.gethostname()
        self.left_out = 0
        """Rows that made no sense when the entries were read last."""
        self._unwritten: list[JournalEntry] = []
        self._problem = ""
        self._turn = asyncio.Lock()
        self._retrying: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[str], None]] = []

    async def announce(self, entry: JournalEntry) -> JournalEntry:
        """Write that a request is about to be sent, on the disk before this returns; gives what was written.

        Raises:
            ActionRefused: It could not be written, or it was sent before: it must not be sent.
        """
        entry = replace(self._signed(entry), status=ReceiptStatus.SENT.value)
        try:
            await self._append([entry], is_durable=True)
        except sqlite3.IntegrityError as error:
            raise ActionRefused(
                "this very request was sent before; nothing was sent now",
                hint="look at the journal, and confirm again if you want it once more",
            ) from error
        except NightdeckError as error:
            raise ActionRefused(
                f"can't journal, nothing was sent: {error.message}", hint=error.hint
            ) from error
        return entry

    async def note(self, entry: JournalEntry) -> str:
        """Write a later step of a request; returns why it could not be written, and then writes it later."""
        entry = self._signed(entry)
        try:
            await self._append([entry], is_durable=False)
        except NightdeckError as error:
            self._unwritten.append(entry)
            self._problem = error.message
            if self._retrying is None or self._retrying.done():
                self._retrying = asyncio.create_task(self._retry(), name="journal")
            self._tell({entry.request_id})
            return error.message
        return ""

    def problem_of(self, request_id: str) -> str:
        """Why a step of the request is not on the disk yet; empty when all of them are."""
        is_waiting = any(entry.request_id == request_id for entry in self._unwritten)
        return self._problem if is_waiting else ""

    def subscribe(self, listener: Callable[[str], None]) -> None:
        """Call the listener with the id of a request when a step of it could not be written, or now was."""
        self._listeners.append(listener)

    async def aclose(self) -> None:
        """Write what waits to be written, if it can be: the next start looks for the rest at the systems."""
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.wait([self._retrying])
        await self._write_what_waits()

    async def entries(self, since: datetime | None = None) -> list[JournalEntry]:
        """Every step since then, oldest first. Raises NightdeckError when the file can't be read."""
        oldest = _text(since) if since is not None else ""
        query = f"{_SELECT} WHERE at >= ? ORDER BY seq"
        found, self.left_out = await self._database.read(partial(_read, query=query, values=(oldest,)))
        return found

    async def unfinished(self, job: JobKey | None = None) -> list[JournalEntry]:
        """The `sent` entries, of the last day, of requests whose outcome nobody knows, oldest first.

        Also those that another nightdeck, or this one, is sending at this moment: see `is_under_way`.

        Args:
            job: Only this job's; None for all.

        Raises:
            NightdeckError: The file can't be read.
        """
        values = (_text(self._clock.now() - UNFINISHED_FOR), *_CONCLUSIONS)
        concluded = {entry.request_id for entry in self._unwritten if entry.status in _CONCLUSIONS}
        found, _ = await self._database.read(partial(_read, query=_UNFINISHED, values=values))
        return [e for e in found if e.request_id not in concluded and job in (None, e.job)]

    def is_under_way(self, entry: JournalEntry) -> bool:
        """Whether another nightdeck that still runs may be waiting for the answer to this request."""
        age = self._clock.now() - entry.at
        if entry.host != self._host:
            return age < _FOREIGN_PATIENCE
        return entry.pid != os.getpid() and age < _PATIENCE and _is_alive(entry.pid)

    async def _append(self, entries: Iterable[JournalEntry], *, is_durable: bool) -> None:
        async with self._turn:
            waiting = tuple(self._unwritten)
            rows = [_row(entry) for entry in (*waiting, *entries)]
            await self._database.write(partial(_insert, rows=rows), is_durable=is_durable)
            del self._unwritten[: len(waiting)]
        self._tell({entry.request_id for entry in waiting})

    async def _retry(self) -> None:
        while self._unwritten:
            await self._clock.sleep(RETRY_S)
            await self._write_what_waits()

    async def _write_what_waits(self) -> None:
        if self._unwritten:
            with suppress(NightdeckError):
                await self._append([], is_durable=False)

    def _tell(self, request_ids: Iterable[str]) -> None:
        for request_id in request_ids:
            for listener in tuple(self._listeners):
                listener(request_id)

    def _signed(self, entry: JournalEntry) -> JournalEntry:
        """The entry with who, where and when, and without secrets and control characters."""
        return replace(
            entry,
            at=self._clock.now(),
            user=self._user,
            host=self._host,
            pid=os.getpid(),
            job_name=plain_text(entry.job_name),
            params=mask_params(entry.params, self._redactor),
            message=mask_text(entry.message, self._redactor),
        )


def _insert(connection: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
    connection.executemany(_INSERT, rows)


def _read(
    connection: sqlite3.Connection, query: str, values: Sequence[object]
) -> tuple[list[JournalEntry], int]:
    """The entries that the query finds, and how many rows were left out that make no sense."""
    entries = []
    left_out = 0
    for row in connection.execute(query, values):
        try:
            entries.append(_entry(dict(zip(_COLUMNS, row, strict=True))))
        except (ValueError, TypeError):
            left_out += 1
    return entries, left_out


def _row(entry: JournalEntry) -> tuple[object, ...]:
    values: dict[str, Any] = {name: getattr(entry, name) for name in _COLUMNS}
    values["at"] = _text(entry.at)
    values["params"] = json.dumps(dict(entry.params), ensure_ascii=False)
    values["known_runs"] = json.dumps(entry.known_runs)
    return tuple(values.values())


def _entry(values: dict[str, Any]) -> JournalEntry:
    values["at"] = datetime.fromisoformat(values["at"])
    values["params"] = json.loads(values["params"])
    values["known_runs"] = tuple(json.loads(values["known_runs"]))
    return JournalEntry(**values)


def _text(moment: datetime) -> str:
    """Times in one format of one length, so that they sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
