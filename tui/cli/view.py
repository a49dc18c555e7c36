"""`nightdeck view FILE...`: files in the log viewer, of any size, several merged by time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.arguments import examples
from tui.core.errors import ConfigError, NotFound

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the files."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a log, also packed by gzip or zip; up to eight"
    )
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")
    parser.add_argument("--slow-link", action="store_true", help="send as little as possible to the terminal")
    parser.epilog = examples("view load.log", "view app.log worker.log.gz")


def run(args: argparse.Namespace) -> int:
    """Open the viewer and stay in it until the user leaves."""
    paths = [Path(name).expanduser() for name in args.files]
    if len(paths) > 1:
        _require_few(len(paths))
    for path in paths:
        _require_readable(path)
    from tui.cli.opening import open_files

    return open_files(args, paths)


def _require_readable(path: Path) -> None:
    """Refuse a file that can't be shown while there is a command line to tell it on."""
    if path.is_dir():
        raise NotFound(f"{path} is a folder", hint="name the files in it")
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise NotFound(f"{path} can't be read: {error.strerror or error}") from error


def _require_few(files: int) -> None:
    """Refuse more files than can be merged."""
    from tui.logs.merging import MOST_LOGS

    if files > MOST_LOGS:
        raise ConfigError(f"{files} files are too many to be told apart", hint=f"name up to {MOST_LOGS}")
