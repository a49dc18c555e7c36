"""`nightdeck demo`: the dashboard over made-up systems; needs no config and no network."""

from __future__ import annotations

import argparse

from tui.cli.arguments import examples
from tui.cli.dashboard import add_opening_options
from tui.cli.opening import open_dashboard

MOST_JOBS = 1_000_000
"""The largest demo: more would only show how much memory the machine has."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add how many jobs there are."""
    add_opening_options(parser)
    parser.add_argument(
        "--jobs", metavar="N", type=_number, default=0, help="so many jobs instead of a handful"
    )
    parser.epilog = examples("demo", "demo --jobs 10000 state:failed")


def run(args: argparse.Namespace) -> int:
    """Open it."""
    return open_dashboard(args, is_demo=True, demo_jobs=args.jobs)


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number up to {MOST_JOBS:,}")
    return int(text)
