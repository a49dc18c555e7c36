"""The connections: each system is asked, side by side, whether it can be used and as whom."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.cli.checks.finding import Finding, Status, finding_of_error
from tui.core.errors import NightdeckError
from tui.engine.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui.core.models import Check
    from tui.engine.engine import Engine
    from tui.wiring import Session

CHECK_S = 45.0
"""Seconds that one system may take: somewhat more than the usual timeout of one request."""


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


async def _ask(engine: Engine, name: str) -> Check:
    async def check() -> Check:
        adapter = await engine.adapter(name)
        return await adapter.check()

    return await Watchdog(engine.clock, CHECK_S).watch(check())


def _finding(session: Session, name: str, answer: Check | Exception) -> Finding:
    mask = session.redactor.mask
    if isinstance(answer, NightdeckError):
        finding = finding_of_error(name, answer)
        return Finding(name, finding.status, mask(finding.found), mask(finding.hint), finding.code)
    if isinstance(answer, Exception):
        told = mask(f"{type(answer).__name__}: {answer}")
        return Finding(name, Status.FAILED, told, "this is a mistake in the adapter: tell its makers")
    health = session.engine.store.health[name]
    notes = [*answer.notes, *(["TLS is not verified"] if health.is_insecure else [])]
    told = ", ".join(filter(None, (answer.identity, answer.version, health.environment, *notes)))
    return Finding(name, Status.WARNING if notes else Status.OK, mask(told))
