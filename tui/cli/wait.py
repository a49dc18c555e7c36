"""`nightdeck wait JOB...`: wait until jobs have ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.cli.session import open_session
from tui.cli.waiting import WaitRules, wait_for_runs
from tui.core.duration import parse_duration
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the jobs and the rules."""
    parser.add_argument(
        "job", metavar="JOB", nargs="+", help="connection/id, connection/name or a unique name"
    )
    parser.add_argument(
        "--timeout", metavar="SPAN", help="give up after that, for example 30m (exit code 124)"
    )
    parser.add_argument("--any", action="store_true", help="stop when one has ended")
    parser.add_argument("--fail-fast", action="store_true", help="stop at the first that did not succeed")
    parser.add_argument("--strict", action="store_true", help="a warning counts as a failure")
    parser.add_argument("--propagate", action="store_true", help="exit with the job's own exit code")


def run(args: argparse.Namespace) -> int:
    """Wait; the exit code tells how the runs ended."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    rules = WaitRules(
        timeout_s=_span(args.timeout) if args.timeout else None,
        is_any=args.any,
        is_fail_fast=args.fail_fast,
        is_strict=args.strict,
        is_propagated=args.propagate,
    )
    async with open_session(args) as session:
        jobs = [await session.find(text) for text in args.job]
        return await wait_for_runs(session, {job.key: job.run_id for job in jobs}, rules)


def _span(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f"--timeout: {error}") from error
