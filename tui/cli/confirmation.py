"""Asking on the terminal before something is changed where that needs care."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused
from tui.core.models import ActionKind
from tui.engine.guard import GuardLevel
from tui.engine.typed_name import what_is_typed
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from tui.engine.guard import Plan

_PLAIN = ("", "dev")
"""Environments where the command itself confirms: whoever writes `--force` has said so."""

_LONGEST = 4096
"""Bytes of the longest line that a terminal takes."""


async def ask(plan: Plan) -> str | None:
    """What the user types to confirm; what needs no more than a key press is confirmed by the command itself.

    Args:
        plan: What would happen.

    Raises:
        ActionRefused: There is nobody to ask.
    """
    if plan.action.is_forced and plan.environment in _PLAIN:
        return plan.expects
    place = f" ({plan.environment})" if plan.environment else ""
    what = f"{plan.action.kind} {plan.job.name} on {plan.job.connection}{place}"
    option = "--confirm NAME" if plan.action.kind is ActionKind.DELETE else "--yes"
    wanted = "y" if plan.level is GuardLevel.YES else f"{what_is_typed(plan.job)} ({plan.expects})"
    return await ask_for(what, plan.level, wanted, plan.preview, option=option)


async def ask_for(
    what: str, level: GuardLevel, wanted: str, preview: str, *, option: str = "--yes"
) -> str | None:
    """What the user types when asked about something.

    Args:
        what: What would be done.
        level: How it must be confirmed; what needs no more than a key press is not asked about.
        wanted: What is to be typed, in words.
        preview: The request that would be sent.
        option: What to write on the command line where nobody can be asked.

    Raises:
        ActionRefused: There is nobody to ask.
    """
    if level is GuardLevel.ENTER:
        return ""
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stderr)):
        raise ActionRefused(f"{what}: not confirmed", hint=f"pass {option} where nobody can be asked")
    text = f"{plain_text(what)}: {plain_text(preview)}\nType {plain_text(wanted)} to confirm: "
    print(text, end="", file=sys.stderr, flush=True)
    return await _typed_line(sys.stdin.fileno())


async def _typed_line(terminal: int) -> str | None:
    """A line from the terminal, or None at its end; read on the loop, so that Ctrl-C ends it at once."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(terminal, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(terminal)
    return os.read(terminal, _LONGEST).decode(errors="replace").strip() or None


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    return isatty is not None and bool(isatty())
