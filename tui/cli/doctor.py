"""`nightdeck doctor`: checks config, secrets, files, connections and terminal, and says how to mend."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from tui import __version__
from tui.cli.arguments import add_output_option
from tui.cli.checks.files import check_files
from tui.cli.checks.finding import Finding, Status, finding_of_error
from tui.cli.checks.memory import check_memory
from tui.cli.checks.settings import broken_connections, check_config
from tui.cli.checks.systems import check_systems
from tui.cli.checks.telling import check_targets
from tui.cli.checks.terminal import check_terminal
from tui.cli.exit_codes import ExitCode
from tui.cli.output import print_records
from tui.cli.session import session_options
from tui.cli.signals import run as run_work
from tui.core.errors import NightdeckError
from tui.logs.scrub import plain_text
from tui.wiring import build_session

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tui.config.load import Loaded

FINDING_KEYS = ("check", "status", "found", "hint")
"""A finding's keys in JSON and CSV: stable, in this order."""

_EXIT_CODES = """exit codes:
  0 all is well, or there are only warnings   2 the config or a file is wrong   3 a system can't be used"""
_WIDEST = max(map(len, Status))


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the output and the mending."""
    add_output_option(parser)
    parser.add_argument(
        "--fix",
        action="store_true",
        help="first close nightdeck's own files to others: nothing else is changed",
    )
    parser.epilog = _EXIT_CODES


def run(args: argparse.Namespace) -> int:
    """Check everything and print what was found."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    settings, loaded = check_config(args.config)
    findings = [
        _program(),
        *settings,
        *await check_files(is_mending=args.fix),
        check_memory(),
        *check_terminal(),
        *(check_targets(loaded) if loaded is not None else ()),
        *(await _connections(args, loaded) if loaded is not None else ()),
    ]
    if args.output == "table":
        _print(findings)
    else:
        print_records([_record(finding) for finding in findings], args.output, (), FINDING_KEYS)
    codes = {finding.code for finding in findings if finding.status is Status.FAILED}
    if not codes:
        return ExitCode.DONE
    return ExitCode.UNREACHABLE if ExitCode.UNREACHABLE in codes else max(codes)


def _program() -> Finding:
    try:
        screen = version("textual")
    except PackageNotFoundError:
        hint = "install nightdeck again"
        return Finding("nightdeck", Status.FAILED, "Textual is not installed", hint)
    told = f"{__version__}, Python {platform.python_version()}, Textual {screen}, {platform.system()}"
    return Finding("nightdeck", Status.OK, told)


async def _connections(args: argparse.Namespace, loaded: Loaded) -> Sequence[Finding]:
    try:
        session = build_session(session_options(args))
    except NightdeckError as error:
        return [finding_of_error("connections", error)]
    try:
        return await check_systems(session, broken_connections(loaded))
    finally:
        await session.engine.aclose()


def _print(findings: Sequence[Finding]) -> None:
    """Print the findings, each with its hint below, because a cut hint is of no use."""
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        word = finding.status.value if finding.status is Status.OK else finding.status.value.upper()
        print(f"{word:<{_WIDEST}}  {plain_text(finding.check):<{width}}  {plain_text(finding.found)}")
        if finding.hint:
            print(f"{'':<{_WIDEST}}  {'':<{width}}  -> {plain_text(finding.hint)}")


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "status": finding.status.value,
        "found": plain_text(finding.found),
        "hint": plain_text(finding.hint) or None,
    }
