"""Starting the jobs that the config wants to be started when the dashboard opens and they have never run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.capabilities import StartsOnOpen
from tui.core.errors import NightdeckError
from tui.core.models import Action, ActionKind
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Receipt
    from tui.engine.engine import Engine


async def start_on_open(engine: Engine) -> Sequence[Receipt]:
    """Trigger what is to be started and has never run, through the same pipeline as a key press.

    A job that has run keeps its outcome in sight, whoever started it.

    The config is the confirmation; read-only still refuses. A connection that can't be opened starts nothing.
    """
    found = await asyncio.gather(*(_wanted(engine, name) for name in list(engine.store.health)))
    receipts = []
    for key in (key for keys in found for key in keys):
        try:
            plan = await engine.actions.plan(Action(ActionKind.TRIGGER, key))
        except NightdeckError:
            continue
        if not plan.refusal and plan.job.state is State.NEVER_RUN:
            receipt = await engine.actions.perform(
                plan.action, confirmation=plan.expects, request_id=plan.request_id, shown=plan
            )
            receipts.append(receipt)
    return receipts


async def _wanted(engine: Engine, connection: str) -> Sequence[JobKey]:
    try:
        adapter = await engine.adapter(connection)
        if not isinstance(adapter, StartsOnOpen):
            return ()
        await engine.sweep_all([connection])
        return adapter.autostart_jobs()
    except NightdeckError:
        return ()
