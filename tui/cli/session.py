"""The engine as a command uses it: opened, swept once where it is needed, and closed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tui.cli.exit_codes import ExitCode, code_of
from tui.cli.output import warn
from tui.cli.selection import connections_for, find_job
from tui.core.errors import NotFound
from tui.wiring import SessionOptions, build_session

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Collection

    from tui.core.errors import NightdeckError
    from tui.core.models import Job
    from tui.engine.engine import Engine
    from tui.engine.store import Store


class CommandSession:
    """One command's way to the systems."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine.

        Args:
            engine: Built, not started.
        """
        self.engine = engine
        self.failures: dict[str, NightdeckError] = {}
        """What went wrong, by connection."""

    async def sweep(self, connections: Collection[str] | None = None) -> None:
        """Ask the systems once; where one fails, its last known jobs stand in, marked stale."""
        failures = await self.engine.sweep_all(connections)
        for name, error in failures.items():
            warn(f"{name}: {error}")
        if failures:
            remembered = await self.engine.history.load_table()
            self.engine.store.upsert(job for job in remembered if job.connection in failures)
        self.failures |= failures

    async def find(self, text: str) -> Job:
        """The job that is meant, after asking no more systems than needed. Raises NotFound."""
        store = self.engine.store
        await self.sweep(connections_for(text, store.health))
        try:
            return find_job(text, store.jobs)
        except NotFound:
            if self.failures:
                raise next(iter(self.failures.values())) from None
            raise

    @property
    def exit_code(self) -> ExitCode:
        """3 when a system could not be used, 2 when only its config is wrong, else 0."""
        codes = {code_of(error) for error in self.failures.values()}
        if not codes:
            return ExitCode.DONE
        return ExitCode.UNREACHABLE if ExitCode.UNREACHABLE in codes else max(codes)

    def exit_code_for(self, connection: str) -> ExitCode:
        """What the end of a command about one connection's job means, beside its own outcome."""
        return code_of(self.failures[connection]) if connection in self.failures else ExitCode.DONE


@asynccontextmanager
async def open_session(args: argparse.Namespace) -> AsyncIterator[CommandSession]:
    """Read the config, build the engine, and close it in the end.

    Args:
        args: The parsed command line with its shared options.
    """
    session = build_session(session_options(args))
    for problem in session.problem_lines:
        warn(problem)
    try:
        await session.engine.history.open()
        yield CommandSession(session.engine)
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
    return SessionOptions(
        config_path=args.config,
        connections=tuple(args.connection),
        is_read_only=args.read_only,
        store=store,
        is_demo=is_demo,
        demo_jobs=demo_jobs,
    )
