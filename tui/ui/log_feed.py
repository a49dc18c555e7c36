"""Reading a run's log until it ends, for whichever widget shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.keys import RunKey
    from tui.core.models import LogChunk
    from tui.engine.engine import Engine

QUIET_WAIT_S = 1.0
"""Seconds between two looks at a log that had nothing new."""


async def feed_log(engine: Engine, run: RunKey, take: Callable[[LogChunk], object]) -> None:
    """Hand over a log piece by piece until the run has ended.

    Args:
        engine: Where the log comes from.
        run: Whose log is wanted.
        take: Gets each piece.

    Raises:
        NightdeckError: The log can't be read; pieces handed over before stay good.
    """
    cursor = ""
    while True:
        chunk = await engine.read_log(run, cursor)
        take(chunk)
        cursor = chunk.cursor
        if chunk.is_complete:
            return
        await engine.clock.sleep(0 if chunk.data else QUIET_WAIT_S)
