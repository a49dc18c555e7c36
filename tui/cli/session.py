"""The engine as a command uses it: opened, swept once where it is needed, and closed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.cli.exit_codes import ExitCode, code_of, code_of_failures
from tui.cli.output import keep_secret, warn
from tui.cli.selection import RUNS_SEARCHED, connections_for, find_job, find_run
from tui.core.errors import ConfigError, NotFound, SystemUnavailable
from tui.core.models import HealthStatus
from tui.engine.query import QueryContext
from tui.wiring import SessionOptions, build_session

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Collection, Iterable, Sequence
    from datetime import tzinfo

    from tui.core.errors import NightdeckError
    from tui.core.keys import RunKey
    from tui.core.models import Job
    from tui.engine.store import Store
    from tui.wiring import Session


MOST_CALLS = 500
"""Where each job costs a call, so many are asked about by a command that wants all of them."""


class CommandSession:
    """One command's way to the systems."""

    def __init__(self, session: Session) -> None:
        """Use a session.

        Args:
            session: Built, its engine not started.
        """
        self.engine = session.engine
        """What knows and asks the systems."""
        self.failures: dict[str, NightdeckError] = {}
        """What went wrong, by connection."""
        self._zone = session.config.ui.timezone
        self._redactor = session.redactor

    async def sweep(self, connections: Collection[str] | None = None, *, calls: int = MOST_CALLS) -> None:
        """Ask the systems once; where one fails, its last known jobs stand in, marked stale.

        Args:
            connections: Which systems; all when None.
            calls: Where each job costs a call, about how many of them to ask.
        """
        failures = await self.engine.sweep_all(connections, calls=calls)
        for name, error in failures.items():
            self.tell_failure(name, error)
        for name, health in self.engine.store.health.items():
            if health.message and health.status is HealthStatus.OK:
                warn(f"{name}: {health.message}")
        if failures:
            known = self.engine.store.jobs
            remembered = await self.engine.history.load_table()
            self.engine.store.upsert(
                [job for job in remembered if job.connection in failures and job.key not in known]
            )
        self.failures |= failures

    async def find(self, text: str) -> Job:
        """The job that is meant, after asking no more systems than needed. Raises like `find_all`."""
        (job,) = await self.find_all([text])
        return job

    async def find_all(self, texts: Sequence[str]) -> list[Job]:
        """The jobs that are meant, after asking no more systems than needed, all at once.

        Raises:
            NotFound: There is no such job.
            SystemUnavailable: It may be among those of a system that can't be asked.
            ConfigError: It may be among those of a connection that isn't configured well.
            NightdeckError: A name means several jobs.
        """
        await self.sweep(connections_for(texts, self.engine.store.health), calls=0)
        keys = [self._known(text).key for text in texts]
        for key in keys:
            if key.connection not in self.failures:
                await self.engine.look_at(key)
        return [self.engine.store.jobs[key] for key in keys]

    async def run_of(self, job: Job, run_id: str | None) -> RunKey | None:
        """The run of that id, or the job's newest one, if there is any, without an id. Raises NotFound."""
        if not run_id:
            return job.run_key
        return find_run(run_id, await self.engine.runs(job.key, limit=RUNS_SEARCHED), job).key

    @property
    def zone(self) -> tzinfo:
        """The zone in which times are told."""
        return datetime.now().astimezone().tzinfo or UTC if self._zone == "local" else ZoneInfo(self._zone)

    def context(self) -> QueryContext:
        """What queries need to know beside the jobs."""
        store = self.engine.store
        environments = {name: health.environment for name, health in store.health.items()}
        zone = None if self._zone == "local" else ZoneInfo(self._zone)
        return QueryContext(self.engine.clock.now(), store.trends, environments, zone)

    def tell_failure(self, connection: str, error: NightdeckError, more: str = "") -> None:
        """Say what failed, and what to do about it."""
        warn(self._redactor.mask(f"{connection}: {error}{more}"))

    def unavailable(self, message: str, connections: Iterable[str]) -> NightdeckError:
        """The error of a command that can't do without these connections, which failed."""
        code = code_of_failures(self.failures[name] for name in connections)
        kind = ConfigError if code is ExitCode.USAGE else SystemUnavailable
        return kind(message, hint="`nightdeck doctor` tells more")

    @property
    def exit_code(self) -> ExitCode:
        """3 when a system could not be used, 2 when only its config is wrong, else 0."""
        return code_of_failures(self.failures.values())

    def exit_code_for(self, connection: str) -> ExitCode:
        """What the end of a command about one connection's job means, beside its own outcome."""
        return code_of(self.failures[connection]) if connection in self.failures else ExitCode.DONE

    def _known(self, text: str) -> Job:
        try:
            return find_job(text, self.engine.store.jobs)
        except NotFound:
            if not self.failures:
                raise
        names = ", ".join(self.failures)
        raise self.unavailable(f"there may be a job {text!r}, but {names} could not be asked", self.failures)


@asynccontextmanager
async def open_session(args: argparse.Namespace) -> AsyncIterator[CommandSession]:
    """Read the config, build the engine, and close it in the end.

    Args:
        args: The parsed command line with its shared options.
    """
    session = build_session(session_options(args))
    for problem in session.problems:
        # A broken connection is told by the commands that need it.
        if not problem.connection:
            warn(str(problem))
    try:
        await session.engine.history.open()
        yield CommandSession(session)
    finally:
        await session.engine.aclose()


def session_options(
    args: argparse.Namespace, *, store: Store | None = None, is_demo: bool = False, demo_jobs: int = 0
) -> SessionOptions:
    """The shared options in the wiring's words.

    Args:
        args: The parsed command line.
        store: A store that is filled already; a new one when None.
        is_demo: Whether made-up systems take the place of the configured ones.
        demo_jobs: How many jobs they have; 0 is a handful.
    """
    options = SessionOptions(
        config_path=args.config,
        connections=tuple(args.connection),
        is_read_only=args.read_only,
        is_dry_run=args.dry_run,
        store=store,
        is_demo=is_demo,
        demo_jobs=demo_jobs,
    )
    keep_secret(options.redactor)
    return options
