"""`nightdeck [QUERY]`: the dashboard over the configured systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import __version__
from tui.cli.opening import open_dashboard

if TYPE_CHECKING:
    import argparse

_USAGE = (
    "nightdeck [--config FILE] [--connection NAME]... [--read-only] [--dry-run] [--view NAME] [QUERY]\n"
    "       nightdeck COMMAND ..."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what the dashboard opens with."""
    parser.usage = _USAGE
    parser.description = "One terminal for every job you run. Without a command it opens the dashboard."
    add_opening_options(parser)
    parser.add_argument("--version", action="version", version=f"nightdeck {__version__}")


def add_opening_options(parser: argparse.ArgumentParser) -> None:
    """Give a command that opens the dashboard what it opens with."""
    parser.add_argument(
        "query", nargs="*", metavar="QUERY", help="show only the jobs that match: state:failed name~orders"
    )
    parser.add_argument("--view", metavar="NAME", help="open this saved view")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")
    parser.add_argument("--slow-link", action="store_true", help="send as little as possible to the terminal")


def run(args: argparse.Namespace) -> int:
    """Open it."""
    return open_dashboard(args)
