"""`nightdeck journal`: the actions that were sent from here, step by step or a line a request."""

from __future__ import annotations

from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tui.cli.arguments import add_output_option, examples
from tui.cli.exit_codes import ExitCode
from tui.cli.journal_records import (
    REQUEST_FIELDS,
    REQUEST_KEYS,
    STEP_FIELDS,
    STEP_KEYS,
    request_record,
    requests_of,
    step_record,
)
from tui.cli.output import print_records, warn
from tui.cli.signals import run as run_work
from tui.config.paths import is_out_of_reach, is_there, shown, state_dir
from tui.core.clock import SystemClock
from tui.core.duration import parse_duration
from tui.core.errors import ConfigError, NightdeckError
from tui.core.models import ActionKind, ReceiptStatus
from tui.core.redaction import Redactor
from tui.engine.history import History
from tui.engine.journal import SETTLED, UNFINISHED_FOR, Journal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tui.engine.journal import JournalEntry

_LONGEST_S = 100 * 365 * 86_400.0

_STATUSES = (
    *(ReceiptStatus.SENT, ReceiptStatus.ACCEPTED, ReceiptStatus.REFUSED, ReceiptStatus.UNKNOWN),
    *(ReceiptStatus.OBSERVED, SETTLED),
)

_ABOUT = """Who, where and when, what was asked for, and what became of it. Nothing is ever changed or
removed. A request is `sent` first; then its answer is noted as accepted, refused or unknown, and as
observed once its effect was seen. One that is only `sent` is waiting for its answer, or its nightdeck
was killed over it.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what to look for, and the output."""
    parser.add_argument("job", nargs="*", metavar="JOB", help="only of these jobs; * stands for anything")
    parser.add_argument("--since", metavar="SPAN", default="24h", help="how far back (default: 24h)")
    parser.add_argument("--requests", action="store_true", help="a line a request, with its outcome")
    for name, values in (("--status", _STATUSES), ("--action", tuple(ActionKind))):
        parser.add_argument(
            name,
            metavar="WORD",
            action="append",
            default=[],
            choices=[str(value) for value in values],
            help=f"only {', '.join(map(str, values))}; may be repeated",
        )
    parser.add_argument("--user", metavar="NAME", action="append", default=[], help="only what they did")
    parser.add_argument("--request", metavar="ID", action="append", default=[], help="only this request")
    add_output_option(parser)
    lines = (
        "journal",
        "journal --since 7d --requests --status unknown",
        "journal 'prod/*customers*' -o csv",
    )
    parser.epilog = f"{_ABOUT}\n{examples(*lines)}"


def run(args: argparse.Namespace) -> int:
    """Read the journal and print it, oldest first; needs no config."""
    try:
        span = timedelta(seconds=min(parse_duration(args.since), _LONGEST_S))
    except ValueError as error:
        raise ConfigError(f"--since: {error}", hint="for example 24h or 7d") from error
    return run_work(_run(args, span))


async def _run(args: argparse.Namespace, span: timedelta) -> int:
    since = SystemClock().now() - span
    # The sending may be older than the outcome.
    earliest = span + UNFINISHED_FOR + UNFINISHED_FOR if args.requests else span
    entries = [entry for entry in await _entries(earliest) if _is_meant(entry, args)]
    if args.requests:
        requests = [steps for steps in requests_of(entries) if steps[-1].at >= since]
        records = [request_record(steps) for steps in requests if _has(args.status, steps[-1].status)]
        print_records(records, args.output, REQUEST_FIELDS, REQUEST_KEYS)
    else:
        steps = [step_record(entry) for entry in entries if _has(args.status, entry.status)]
        print_records(steps, args.output, STEP_FIELDS, STEP_KEYS)
    return ExitCode.DONE


async def _entries(span: timedelta) -> Sequence[JournalEntry]:
    clock = SystemClock()
    history = History(state_dir(), clock)
    path = history.database.path
    if not is_there(path) and not is_out_of_reach(path):
        warn(f"there is no journal yet: nothing was sent, as far as {shown(path.parent)} tells")
        return ()
    # Secrets were masked when the entries were written.
    journal = Journal(history.database, clock, Redactor())
    try:
        await history.database.check()
        entries = await journal.entries(clock.now() - span)
    except NightdeckError as error:
        what = error.message.removeprefix("history can't be kept: ").removeprefix("history is off: ")
        raise NightdeckError(f"the journal can't be read: {what}", hint=error.hint) from error
    finally:
        await history.aclose()
    if history.problem:
        warn(history.problem)
    if journal.left_out:
        warn(f"{journal.left_out} damaged entries make no sense and are left out")
    return entries


def _is_meant(entry: JournalEntry, args: argparse.Namespace) -> bool:
    wanted = (
        (args.connection, entry.connection),
        (args.action, entry.action),
        (args.user, entry.user),
        (args.request, entry.request_id),
    )
    return all(_has(values, value) for values, value in wanted) and _is_of(entry, args.job)


def _is_of(entry: JournalEntry, jobs: Sequence[str]) -> bool:
    """Whether the entry is about one of these jobs, by id or by the name that it had then."""
    names = (entry.job_id, entry.job_name)
    known = {name.casefold() for name in (*names, *(f"{entry.connection}/{name}" for name in names))}
    patterns = [job.casefold() for job in jobs]
    return not jobs or any(n == pattern or fnmatchcase(n, pattern) for n in known for pattern in patterns)


def _has(wanted: Sequence[str], value: str) -> bool:
    return not wanted or value in wanted
