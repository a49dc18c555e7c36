"""`nightdeck doctor`: checks config, secrets, files, connections and terminal, and says how to mend."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tui.cli.exit_codes import ExitCode, code_of
from tui.cli.output import Field, add_output_option, print_records
from tui.cli.session import session_options
from tui.config.advice import secret_advice
from tui.config.finding import read_config
from tui.config.load import load_config
from tui.config.paths import config_path, state_dir
from tui.core.errors import NightdeckError
from tui.wiring import build_session, connection_models

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.engine.engine import Engine

_KEYS = ("check", "status", "told", "hint")


class Status(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    """What was looked at."""
    status: Status
    """How it is."""
    told: str
    """What was seen."""
    hint: str = ""
    """How to mend it."""
    code: ExitCode = ExitCode.USAGE
    """What a failure of it means for the exit code."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the output."""
    add_output_option(parser)


def run(args: argparse.Namespace) -> int:
    """Check everything and print what was found."""
    findings = [*_terminal(), *_state(), *_config(args)]
    findings += asyncio.run(_connections(args))
    fields = (
        Field("CHECK", lambda record: record["check"]),
        Field("STATUS", lambda record: record["status"]),
        Field("FOUND", lambda record: record["told"]),
        Field("HINT", lambda record: record["hint"] or ""),
    )
    print_records([_record(finding) for finding in findings], args.output, fields, _KEYS)
    codes = {finding.code for finding in findings if finding.status is Status.FAILED}
    if not codes:
        return ExitCode.DONE
    return ExitCode.USAGE if ExitCode.USAGE in codes else min(codes)


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "status": finding.status.value,
        "told": finding.told,
        "hint": finding.hint or None,
    }


def _terminal() -> Iterator[Finding]:
    kind = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        yield Finding("terminal", Status.OK, "the output is no terminal")
    elif kind in ("", "dumb"):
        yield Finding(
            "terminal", Status.WARNING, f"TERM is {kind!r}", "set TERM, for example to xterm-256color"
        )
    else:
        colours = (
            "24-bit colours"
            if os.environ.get("COLORTERM") in ("truecolor", "24bit")
            else "256 colours or fewer"
        )
        inside = "tmux" if os.environ.get("TMUX") else "screen" if os.environ.get("STY") else ""
        yield Finding("terminal", Status.OK, ", ".join(filter(None, (kind, colours, inside))))
    encoding = (sys.stdout.encoding or "").lower()
    if "utf" not in encoding:
        yield Finding("encoding", Status.WARNING, encoding or "none", "use a UTF-8 locale, or pass --ascii")


def _state() -> Iterator[Finding]:
    try:
        folder = state_dir()
    except NightdeckError as error:
        yield Finding("state folder", Status.FAILED, error.message, error.hint)
        return
    yield from _private(folder, "state folder")
    history = folder / "history.db"
    if history.exists():
        yield from _private(history, "history")


def _private(path: Path, name: str) -> Iterator[Finding]:
    if not path.exists():
        yield Finding(name, Status.OK, f"{path} will be made when it is first needed")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        right = "700" if path.is_dir() else "600"
        yield Finding(
            name, Status.WARNING, f"{path} can be read by others ({mode:04o})", f"chmod {right} {path}"
        )
    else:
        yield Finding(name, Status.OK, f"{path} ({mode:04o})")


def _config(args: argparse.Namespace) -> Sequence[Finding]:
    try:
        document, is_embedded = read_config(args.config)
        loaded = load_config(args.config)
    except NightdeckError as error:
        return [Finding("config", Status.FAILED, error.message, error.hint)]
    where = "no config file: the shipped sample" if is_embedded else str(document.path)
    count = len(loaded.config.connections)
    findings = [Finding("config", Status.OK, f"{where}, {count} connection{'s' if count != 1 else ''}")]
    findings += [Finding("config", Status.FAILED, str(problem)) for problem in loaded.problems]
    advice = secret_advice(loaded, connection_models(loaded))
    findings += [Finding("secrets", Status.WARNING, str(problem)) for problem in advice]
    if is_embedded:
        hint = f"`nightdeck config init` writes {config_path()}"
        findings.append(Finding("config", Status.OK, "begin your own", hint))
    return findings


async def _connections(args: argparse.Namespace) -> Sequence[Finding]:
    try:
        session = build_session(session_options(args))
    except NightdeckError as error:
        return [Finding("connections", Status.FAILED, error.message, error.hint, code_of(error))]
    try:
        names = list(session.engine.store.health)
        return await asyncio.gather(*(_connection(session.engine, name) for name in names))
    finally:
        await session.engine.aclose()


async def _connection(engine: Engine, name: str) -> Finding:
    try:
        adapter = await engine.adapter(name)
        told = await adapter.check()
    except NightdeckError as error:
        return Finding(name, Status.FAILED, error.message, error.hint, code_of(error))
    words = filter(None, (told.identity, told.version, *told.notes))
    return Finding(name, Status.WARNING if told.notes else Status.OK, ", ".join(words))
