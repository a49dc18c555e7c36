"""`nightdeck wait JOB...`: wait until jobs have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.arguments import JOB_HELP, examples
from tui.cli.exit_codes import EXPLAINED
from tui.cli.session import CommandSession, open_session
from tui.cli.signals import run as run_work
from tui.cli.waiting import add_rule_options, in_time, read_rules, wait_for_runs

if TYPE_CHECKING:
    import argparse

    from tui.cli.outcomes import WaitRules


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the jobs and the rules."""
    parser.add_argument("job", metavar="JOB", nargs="+", help=JOB_HELP)
    parser.add_argument("--timeout", metavar="SPAN", help="give up after 90s, 30m, … (exit code 124)")
    parser.add_argument(
        "--any", action="store_true", help="stop when one has ended; the exit code tells of that one"
    )
    parser.add_argument("--fail-fast", action="store_true", help="stop at the first that did not succeed")
    add_rule_options(parser)
    lines = examples(
        'wait "load customers"',
        "wait talend-prod/2502 bmc/17 --timeout 30m --fail-fast",
        "wait etl --propagate",
    )
    parser.epilog = f"A job that doesn't run now is judged by its newest run.\n\n{lines}\n\n{EXPLAINED}"


def run(args: argparse.Namespace) -> int:
    """Wait; the exit code tells how the runs ended."""
    return run_work(_run(args, read_rules(args)))


async def _run(args: argparse.Namespace, rules: WaitRules) -> int:
    async with open_session(args) as session:
        return await in_time(session, rules, _wait(session, args, rules))


async def _wait(session: CommandSession, args: argparse.Namespace, rules: WaitRules) -> int:
    jobs = await session.find_all(args.job)
    # Of a job that can't be seen now, the newest run is the one that is found when it can be.
    wanted = {job.key: "" if job.connection in session.failures else job.run_id for job in jobs}
    return await wait_for_runs(session, wanted, rules, is_seen=True)
