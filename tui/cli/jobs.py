"""`nightdeck jobs [QUERY]`: every job that a query matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.arguments import add_output_option, examples
from tui.cli.job_table import JOB_FIELDS, JOB_KEYS
from tui.cli.output import print_records
from tui.cli.selection import read_query
from tui.cli.session import open_session
from tui.cli.signals import run as run_work
from tui.engine.columns import COLUMNS, DEFAULT_ORDER, parse_sort
from tui.engine.records import job_record
from tui.engine.view import TableView

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the query, the order and the output."""
    parser.add_argument("query", nargs="*", metavar="QUERY", help="only the jobs that match; all by default")
    parser.add_argument(
        "--sort", metavar="COLUMNS", help=f"a minus sign for descending: -ended,name ({', '.join(COLUMNS)})"
    )
    add_output_option(parser)
    parser.epilog = examples(
        "jobs",
        "jobs state:failed,warning",
        "jobs 'last:failed conn:prod-* dur>10m' --sort -ended",
        "jobs state:running -o json",
    )


def run(args: argparse.Namespace) -> int:
    """Ask every system once and print what matches."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    query = read_query(args.query)
    order = parse_sort(args.sort) if args.sort else DEFAULT_ORDER
    async with open_session(args) as session:
        await session.sweep()
        if not (query.is_everything and order == DEFAULT_ORDER):
            await session.engine.load_trends()
        store, context = session.engine.store, session.context()
        view = TableView(query, order)
        view.rebuild(store.jobs, context)
        jobs = [store.jobs[key] for key in view.keys]
        records = [job_record(job, is_stale=store.is_stale(job, context.now)) for job in jobs]
        print_records(records, args.output, JOB_FIELDS, JOB_KEYS)
        return session.exit_code
