"""`nightdeck demo`: the dashboard over made-up systems; needs no config and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli import dashboard
from tui.cli.opening import open_dashboard

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add how many jobs there are."""
    dashboard.configure(parser)
    parser.add_argument("--jobs", metavar="N", type=int, default=0, help="so many jobs instead of a handful")


def run(args: argparse.Namespace) -> int:
    """Open it."""
    return open_dashboard(args, is_demo=True, demo_jobs=max(0, args.jobs))
