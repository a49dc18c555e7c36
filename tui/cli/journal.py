"""`nightdeck journal`: the actions that were sent from here, step by step."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tui.cli.arguments import add_output_option, examples
from tui.cli.exit_codes import ExitCode
from tui.cli.output import print_records, warn
from tui.cli.signals import run as run_work
from tui.cli.table import Field
from tui.config.paths import state_dir
from tui.core.clock import SystemClock
from tui.core.duration import parse_duration
from tui.core.errors import ConfigError
from tui.core.redaction import Redactor
from tui.engine.history import History
from tui.engine.journal import Journal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

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

_LONGEST_S = 100 * 365 * 86_400.0

_FIELDS = (
    Field("AT", lambda record: f"{datetime.fromisoformat(record['at']).astimezone():%Y-%m-%d %H:%M:%S}"),
    Field("WHO", lambda record: f"{record['user']}@{record['host']}"),
    Field("ACTION", lambda record: str(record["action"])),
    Field("JOB", lambda record: f"{record['connection']}/{record['job_name'] or record['job_id']}", least=20),
    Field("STATUS", lambda record: str(record["status"])),
    Field("RUN", lambda record: record["run_id"] or "", least=8),
    Field("MESSAGE", lambda record: record["message"] or "", least=10),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the span and the output."""
    parser.add_argument("--since", metavar="SPAN", default="24h", help="how far back (default: 24h)")
    add_output_option(parser)
    parser.epilog = examples("journal", "journal --since 7d -o csv")


def run(args: argparse.Namespace) -> int:
    """Read the journal and print it, oldest first; needs no config."""
    try:
        span = timedelta(seconds=min(parse_duration(args.since), _LONGEST_S))
    except ValueError as error:
        raise ConfigError(f"--since: {error}", hint="for example 24h or 7d") from error
    return run_work(_run(args, span))


async def _run(args: argparse.Namespace, span: timedelta) -> int:
    entries = await _entries(span)
    records = [_record(e) for e in entries if not args.connection or e.connection in args.connection]
    print_records(records, args.output, _FIELDS, JOURNAL_KEYS)
    return ExitCode.DONE


async def _entries(span: timedelta) -> Sequence[JournalEntry]:
    clock = SystemClock()
    history = History(state_dir(), clock)
    if not history.database.path.exists():
        return ()
    try:
        # Secrets were masked when the entries were written.
        entries = await Journal(history.database, clock, Redactor()).entries(clock.now() - span)
        if history.problem:
            warn(history.problem)
        return entries
    finally:
        await history.aclose()


def _record(entry: JournalEntry) -> dict[str, Any]:
    record: dict[str, Any] = {key: getattr(entry, key) for key in JOURNAL_KEYS}
    record["at"] = entry.at.isoformat()
    record["params"] = dict(entry.params)
    for key in ("run_id", "message", "after_state"):
        record[key] = record[key] or None
    return record
