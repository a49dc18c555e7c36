"""`nightdeck compare JOB`: what differs between a run and the last good one, down to the lines of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.cli.arguments import JOB_HELP, add_output_option, examples
from tui.cli.output import print_json, print_records, warn
from tui.cli.session import open_session
from tui.cli.signals import run as run_work
from tui.cli.table import Field, table_lines
from tui.core.errors import NotFound
from tui.engine.comparing import RunComparing
from tui.engine.comparison_report import (
    DIFFERENCE_KEYS,
    counter_told,
    differences,
    document,
    facts_of,
    headline,
    log_notes,
    task_told,
)
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from tui.engine.comparison import Comparison, LogLine

    Record = Mapping[str, Any]

_LONGEST_LINE = 400
_NOTHING = "–"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the job, the two runs and the output."""
    parser.add_argument("job", metavar="JOB", help=JOB_HELP)
    parser.add_argument("--run", metavar="ID", help="this run; by default the newest")
    parser.add_argument(
        "--with", metavar="ID", dest="with_run", help="compare with this run; by default the last good one"
    )
    add_output_option(parser)
    parser.epilog = "\n".join(
        [
            "json is one document: both runs, parameters, tasks, counters, new_lines, missing_lines;",
            f"jsonl and csv have a line for each difference: {', '.join(DIFFERENCE_KEYS)}.",
            "exit codes: 0 compared, 3 the system can't be used, 4 no such run or none to compare with",
            "",
            examples('compare "load customers"', "compare talend-prod/2502 --run r7 --with r3 -o json"),
        ]
    )


def run(args: argparse.Namespace) -> int:
    """Read both logs, compare, and print."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        key = await session.run_of(job, args.run)
        if key is None:
            raise NotFound(f"{job.connection}/{job.name} has not run yet")
        comparing = RunComparing(session.engine, key, args.with_run or "")
        await comparing.begin()
        comparison = await comparing.finish()
        zone = session.zone
        if args.output == "table":
            print("\n".join(_lines(comparison, zone)))
        elif args.output == "json":
            print_json(document(comparison), indent=2)
        else:
            print_records(list(differences(comparison, zone)), args.output, (), DIFFERENCE_KEYS)
        for note in log_notes(comparison):
            warn(note)
        return session.exit_code_for(job.connection)


def _lines(comparison: Comparison, zone: tzinfo) -> Iterator[str]:
    yield headline(comparison)
    facts = [(each.name, each.before, each.now, each.note) for each in facts_of(comparison, zone)]
    yield from _table(("", "BEFORE", "NOW", ""), facts)
    yield from _section(
        "parameters that differ",
        _table(("NAME", "BEFORE", "NOW"), [(one.name, one.before, one.now) for one in comparison.parameters]),
    )
    tasks = [(one.name, task_told(one.before), task_told(one.now)) for one in comparison.tasks]
    yield from _section("steps", _table(("NAME", "BEFORE", "NOW"), tasks))
    yield from _section("new in the log, errors first", _log_lines(comparison.new_lines))
    counters = [(counter_told(one), one.text) for one in comparison.counters]
    yield from _section("numbers that changed much", _table(("CHANGE", "LINE"), counters))
    yield from _section("missing from the log", _log_lines(comparison.missing_lines))


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from lines


def _table(titles: Sequence[str], rows: Sequence[Sequence[str | None]]) -> list[str]:
    if not rows:
        return []
    fields = [Field(title, _cell(index)) for index, title in enumerate(titles)]
    records = [{str(index): value for index, value in enumerate(row)} for row in rows]
    return list(table_lines(records, fields, None))


def _cell(index: int) -> Callable[[Record], str]:
    return lambda record: _NOTHING if record[str(index)] is None else record[str(index)]


def _log_lines(lines: Sequence[LogLine]) -> list[str]:
    return [f"{line.number:>8} {_times(line):>6}  {plain_text(line.text, _LONGEST_LINE)}" for line in lines]


def _times(line: LogLine) -> str:
    return f"{line.times}×" if line.times > 1 else ""
