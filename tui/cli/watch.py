"""`nightdeck watch [QUERY]`: one JSON line for each change, until it is interrupted."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, NoReturn

from tui.cli.session import CommandSession, open_session
from tui.engine.query import Query, QueryContext, parse_query
from tui.engine.records import job_record

if TYPE_CHECKING:
    import argparse

    from tui.engine.store import StoreChange


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the query."""
    parser.add_argument("query", nargs="*", help="only changes of jobs that match")


def run(args: argparse.Namespace) -> NoReturn:
    """Print changes as they are seen; a closed pipe ends it quietly."""
    asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> NoReturn:
    query = parse_query(" ".join(args.query))
    changes: asyncio.Queue[StoreChange] = asyncio.Queue()
    async with open_session(args) as session:
        session.engine.store.subscribe(changes.put_nowait)
        await session.engine.start()
        while True:
            _print(session, query, await changes.get())


def _print(session: CommandSession, query: Query, change: StoreChange) -> None:
    store, now = session.engine.store, session.engine.clock.now()
    environments = {name: health.environment for name, health in store.health.items()}
    context = QueryContext(now, store.trends, environments)
    for key in sorted(change.jobs):
        job = store.jobs.get(key)
        if job is not None and query.matches(job, context):
            record = job_record(job, is_stale=store.is_stale(job, now))
            print(json.dumps(record, ensure_ascii=False), flush=True)
