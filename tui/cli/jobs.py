"""`nightdeck jobs [QUERY]`: every job that a query matches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.cli.job_table import JOB_FIELDS, JOB_KEYS
from tui.cli.output import add_output_option, print_records
from tui.cli.session import open_session
from tui.engine.columns import DEFAULT_ORDER, parse_sort
from tui.engine.query import QueryContext, parse_query
from tui.engine.records import job_record
from tui.engine.view import TableView

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the query, the order and the output."""
    parser.add_argument("query", nargs="*", help="for example: state:failed system:local name~orders")
    parser.add_argument(
        "--sort", metavar="COLUMNS", help="column ids, a minus sign for descending: -ended,name"
    )
    add_output_option(parser)


def run(args: argparse.Namespace) -> int:
    """Ask every system once and print what matches."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    query = parse_query(" ".join(args.query))
    order = parse_sort(args.sort) if args.sort else DEFAULT_ORDER
    async with open_session(args) as session:
        await session.sweep()
        store, now = session.engine.store, session.engine.clock.now()
        environments = {name: health.environment for name, health in store.health.items()}
        view = TableView(query, order)
        view.rebuild(store.jobs, QueryContext(now, store.trends, environments))
        records = [
            job_record(store.jobs[key], is_stale=store.is_stale(store.jobs[key], now)) for key in view.keys
        ]
        print_records(records, args.output, JOB_FIELDS, JOB_KEYS)
        return session.exit_code
