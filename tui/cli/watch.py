"""`nightdeck watch [QUERY]`: one JSON line for each change, until it is interrupted."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.cli.arguments import examples
from tui.cli.exit_codes import ExitCode
from tui.cli.job_table import JOB_KEYS
from tui.cli.output import print_records, warn
from tui.cli.readership import while_read
from tui.cli.selection import read_query
from tui.cli.session import CommandSession, open_session
from tui.cli.signals import run as run_work
from tui.core.errors import ConfigError
from tui.core.models import HealthStatus
from tui.engine.records import job_record

if TYPE_CHECKING:
    import argparse

    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.query import Query
    from tui.engine.store import StoreChange

_STUCK = (HealthStatus.UNAUTHORIZED, HealthStatus.BROKEN)
"""Connections in these states wait for a user, whom a watch doesn't have."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the query, and whether to begin with how things are."""
    parser.add_argument("query", nargs="*", metavar="QUERY", help="only changes of jobs that match then")
    parser.add_argument("--initial", action="store_true", help="begin with a line for each job as it is now")
    lines = examples("watch", 'watch state:failed | while read -r job; do echo "$job"; done')
    parser.epilog = f"Each line is a job as `nightdeck jobs -o jsonl` prints it.\n\n{lines}"


def run(args: argparse.Namespace) -> int:
    """Print changes as they are seen; a closed pipe ends it quietly."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    query = read_query(args.query)
    async with open_session(args) as session:
        if not session.engine.store.health:
            raise ConfigError(
                "there is no connection to watch", hint="`nightdeck config init` begins a config"
            )
        observer = _Observer(session, is_initial=args.initial)
        session.engine.store.subscribe(observer.note)
        async with while_read():
            await session.engine.start()
            return await observer.print_changes(query)


class _Observer:
    """Tells real changes of jobs from their first sight, and keeps them in the order in which they came."""

    def __init__(self, session: CommandSession, *, is_initial: bool) -> None:
        self._session = session
        self._store = session.engine.store
        self._is_initial = is_initial
        self._last: dict[JobKey, Job] = {}
        self._seen: set[str] = set()
        self._told: dict[str, HealthStatus] = {}
        self._changed: asyncio.Queue[Job | None] = asyncio.Queue()
        for name in self._store.health:
            self._note_health(name)

    def note(self, change: StoreChange) -> None:
        """Take over a change of the store at the moment when it happens."""
        for key in sorted(change.jobs):
            job, old = self._store.jobs[key], self._last.get(key)
            self._last[key] = job
            is_new = old is None or replace(old, observed_at=job.observed_at) != job
            if is_new and key.connection in self._seen:
                self._changed.put_nowait(job)
        for key in change.removed:
            self._last.pop(key, None)
        for name in change.connections:
            self._note_health(name)

    async def print_changes(self, query: Query) -> int:
        """Print each change of a job that matches; returns when no connection can tell of any more."""
        while True:
            jobs = [await self._changed.get()]
            while not self._changed.empty():
                jobs.append(self._changed.get_nowait())
            context = self._session.context()
            for job in jobs:
                if job is not None and query.matches(job, context):
                    record = job_record(job, is_stale=self._store.is_stale(job, context.now))
                    print_records([record], "jsonl", (), JOB_KEYS)
            sys.stdout.flush()
            if None in jobs:
                is_refused = HealthStatus.UNAUTHORIZED in self._told.values()
                return ExitCode.UNREACHABLE if is_refused else ExitCode.USAGE

    def _note_health(self, name: str) -> None:
        health = self._store.health[name]
        before, self._told[name] = self._told.get(name), health.status
        if health.status is before:
            return
        if health.status is HealthStatus.OK:
            self._note_success(name)
        elif health.status is not HealthStatus.CONNECTING:
            warn(f"{name}: {health.message}{f' ({health.hint})' if health.hint else ''}")
        if all(status in _STUCK for status in self._told.values()):
            self._changed.put_nowait(None)

    def _note_success(self, name: str) -> None:
        if name in self._seen:
            warn(f"{name} is back")
            return
        self._seen.add(name)
        keys = sorted(self._store.keys_of(name))
        warn(f"watching {len(keys)} job{'s' if len(keys) != 1 else ''} of {name}")
        if self._is_initial:
            for key in keys:
                self._changed.put_nowait(self._store.jobs[key])
