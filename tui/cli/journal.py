"""`nightdeck journal`: the actions that were sent from here, step by step."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tui.cli.exit_codes import ExitCode
from tui.cli.output import Field, add_output_option, print_records, warn
from tui.cli.session import open_session
from tui.core.duration import parse_duration
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from tui.engine.journal import JournalEntry

JOURNAL_KEYS = (
    "request_id",
    "at",
    "user",
    "host",
    "pid",
    "connection",
    "job_id",
    "job_name",
    "action",
    "params",
    "run_id",
    "status",
    "message",
    "before_state",
    "after_state",
)
"""An entry's keys in JSON and CSV: stable, in this order."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the span and the output."""
    parser.add_argument("--since", metavar="SPAN", default="24h", help="how far back (default: 24h)")
    add_output_option(parser)


def run(args: argparse.Namespace) -> int:
    """Read the journal and print it, oldest first."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    try:
        span = timedelta(seconds=parse_duration(args.since))
    except ValueError as error:
        raise ConfigError(f"--since: {error}") from error
    async with open_session(args) as session:
        entries = await session.engine.journal.entries(session.engine.clock.now() - span)
        if session.engine.history.problem:
            warn(session.engine.history.problem)
        fields = (
            Field("AT", lambda record: record["at"][:19].replace("T", " ")),
            Field("WHO", lambda record: f"{record['user']}@{record['host']}"),
            Field("ACTION", lambda record: record["action"]),
            Field("JOB", lambda record: f"{record['connection']}/{record['job_name'] or record['job_id']}"),
            Field("STATUS", lambda record: record["status"]),
            Field("RUN", lambda record: record["run_id"] or ""),
            Field("MESSAGE", lambda record: record["message"] or ""),
        )
        print_records([_record(entry) for entry in entries], args.output, fields, JOURNAL_KEYS)
        return ExitCode.DONE


def _record(entry: JournalEntry) -> dict[str, Any]:
    record: dict[str, Any] = {key: getattr(entry, key) for key in JOURNAL_KEYS}
    record["at"] = entry.at.isoformat()
    record["params"] = dict(entry.params)
    for key in ("run_id", "message", "after_state"):
        record[key] = record[key] or None
    return record
