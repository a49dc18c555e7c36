"""The only way to change a remote system: guard, journal, send once, receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.core.clock import Clock
    from tui.core.models import Action, Receipt
    from tui.core.redaction import Redactor
    from tui.engine.guard import Guard, Plan, Systems
    from tui.engine.journal import Journal
    from tui.engine.store import Store


class ActionPipeline:
    """Guard, journal, send once, receipt."""

    guard: Guard
    """Says no while something is read-only; its `is_read_only` may be changed."""

    def __init__(
        self,
        systems: Systems,
        *,
        store: Store,
        journal: Journal,
        clock: Clock,
        redactor: Redactor,
        is_read_only: bool,
    ) -> None: ...

    async def plan(self, action: Action) -> Plan:
        """What would happen; raises NotFound when there is no such job."""

    async def perform(
        self,
        action: Action,
        *,
        confirmation: str | None,
        request_id: str = "",
        is_unknown_accepted: bool = False,
    ) -> Receipt:
        """Do it, once. Never raises NightdeckError: a refusal is a receipt."""

    async def observe(self, receipt: Receipt) -> Receipt:
        """Wait until the receipt is settled, looking at the system now and then; returns the newest."""

    async def recover(self) -> None:
        """At start: take up what an earlier nightdeck sent without learning the outcome."""

    async def aclose(self) -> None:
        """Wait shortly for answers under way; what is still open is taken up at the next start."""
