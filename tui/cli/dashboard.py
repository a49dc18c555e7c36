"""`nightdeck [QUERY]`: the dashboard over the configured systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.opening import open_dashboard

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what the dashboard opens with."""
    parser.add_argument("query", nargs="*", metavar="QUERY", help="show only the jobs that match")
    parser.add_argument("--view", metavar="NAME", help="open this saved view")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")


def run(args: argparse.Namespace) -> int:
    """Open it."""
    return open_dashboard(args)
