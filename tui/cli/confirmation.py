"""Asking on the terminal before something is changed where that needs care."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused
from tui.core.models import ActionKind
from tui.engine.guard import GuardLevel
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
    if plan.level is GuardLevel.ENTER or (plan.action.is_forced and plan.environment in _PLAIN):
        return plan.expects
    place = f" ({plan.environment})" if plan.environment else ""
    what = f"{plan.action.kind} {plan.job.name} on {plan.job.connection}{place}"
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stderr)):
        option = "--confirm NAME" if plan.action.kind is ActionKind.DELETE else "--yes"
        raise ActionRefused(f"{what}: not confirmed", hint=f"pass {option} where nobody can be asked")
    wanted = "y" if plan.level is GuardLevel.YES else f"the job's name ({plan.expects})"
    text = f"{plain_text(what)}: {plain_text(plan.preview)}\nType {plain_text(wanted)} to confirm: "
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
