"""Starting the jobs that the user's config wants to run whenever the dashboard opens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.capabilities import StartsOnOpen
from tui.core.errors import NightdeckError
from tui.core.models import Action, ActionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Receipt
    from tui.engine.engine import Engine


async def start_on_open(engine: Engine) -> Sequence[Receipt]:
    """Trigger what is to be started and isn't running, through the same pipeline as a key press.

    The config is the confirmation; read-only still refuses. A connection that can't be opened starts nothing.
    """
    found = await asyncio.gather(*(_wanted(engine, name) for name in list(engine.store.health)))
    receipts = []
    for key in (key for keys in found for key in keys):
        try:
            plan = await engine.actions.plan(Action(ActionKind.TRIGGER, key))
        except NightdeckError:
            continue
        if not plan.refusal and not plan.job.state.is_active:
            receipt = await engine.actions.perform(
                plan.action, confirmation=plan.expects, request_id=plan.request_id
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
