"""The connections: each system is asked, side by side, whether it can be used and as whom."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from tui.cli.checks.finding import Finding, Status, finding_of_error
from tui.core.errors import NightdeckError
from tui.engine.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tui.core.line import Line
    from tui.core.models import Check
    from tui.engine.engine import Engine
    from tui.wiring import Session

SOON_DAYS = 14
"""A server's certificate that ends sooner is worth a warning: somebody has to see to it."""

CHECK_S = 45.0
"""Seconds that one system may take: somewhat more than the usual timeout of one request."""


class _Answer(NamedTuple):
    """What a system says, and how that travelled."""

    check: Check
    line: Line


async def check_systems(session: Session, broken: Collection[str]) -> list[Finding]:
    """How each connection is.

    Args:
        session: Its engine is not started, and is closed by the caller.
        broken: Connections that needn't be asked, because their config is told to be wrong.
    """
    names = [name for name in session.engine.store.health if name not in broken]
    # What an adapter raises by mistake must not hide what the others say.
    answers = await asyncio.gather(*(_ask(session.engine, name) for name in names), return_exceptions=True)
    return [
        _finding(session, name, answer)
        for name, answer in zip(names, answers, strict=True)
        if isinstance(answer, Exception) or not isinstance(answer, BaseException)
    ]


async def _ask(engine: Engine, name: str) -> _Answer:
    async def check() -> _Answer:
        adapter = await engine.adapter(name)
        return _Answer(await adapter.check(), adapter.context.line)

    return await Watchdog(engine.clock, CHECK_S).watch(check())


def _finding(session: Session, name: str, answer: _Answer | Exception) -> Finding:
    mask = session.redactor.mask
    if isinstance(answer, NightdeckError):
        finding = finding_of_error(name, answer)
        return Finding(name, finding.status, mask(finding.found), mask(finding.hint), finding.code)
    if isinstance(answer, Exception):
        told = mask(f"{type(answer).__name__}: {answer}")
        return Finding(name, Status.FAILED, told, "this is a mistake in the adapter: tell its makers")
    health = session.engine.store.health[name]
    check, line = answer
    facts, troubles = _told_of(line, session.engine.clock.now(), is_verified=not health.is_insecure)
    notes = [*check.notes, *troubles]
    told = ", ".join(filter(None, (check.identity, check.version, health.environment, *facts, *notes)))
    return Finding(name, Status.WARNING if notes else Status.OK, mask(told))


def _told_of(line: Line, now: datetime, *, is_verified: bool) -> tuple[list[str], list[str]]:
    """What is to be known of the line to the servers, and what is wrong with it."""
    troubles = [] if is_verified else ["TLS is not verified"]
    facts: list[str] = []
    oldest = min(line.handshakes.values(), key=lambda shaken: shaken.version, default=None)
    if oldest is not None:
        facts.append(oldest.version.replace("TLSv", "TLS "))
    ends = {host: shaken.ends_at for host, shaken in line.handshakes.items() if shaken.ends_at is not None}
    if ends:
        host = min(ends, key=lambda name: ends[name])
        days = (ends[host] - now).days
        told = f"the certificate of {host} ends in {days} day{'' if days == 1 else 's'}"
        (troubles if days < SOON_DAYS else facts).append(told)
    return facts, troubles
