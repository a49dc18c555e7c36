"""Submitting jobs, each once: from their tables, or the script of an earlier run once more."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.adapters.slurm import logs
from tui.adapters.slurm.order import COMMENT, log_folder, log_root, order_again, order_of
from tui.core.errors import ActionRefused
from tui.core.job_values import ensure_kept, kept, values_of
from tui.core.models import Accepted
from tui.core.private_files import make_folder
from tui.core.rehearsal import is_rehearsing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.adapters.slurm.door import Door
    from tui.adapters.slurm.kept import Kept
    from tui.adapters.slurm.order import Order
    from tui.adapters.slurm.runs import SlurmRun
    from tui.adapters.slurm.settings import SlurmJob, SlurmSettings
    from tui.core.adapter import AdapterContext
    from tui.core.settings import SecretRef

    _Resolve = Callable[[SecretRef], str]

_TOKEN_BYTES = 8


class Submitter:
    """Makes submissions and remembers with which parameters."""

    def __init__(self, door: Door, settings: SlurmSettings, context: AdapterContext, memory: Kept) -> None:
        self._door = door
        self._context = context
        self._kept = memory
        self._logs = log_root(settings, context.state_dir)
        self._token = secrets.token_hex(_TOKEN_BYTES)

    async def repeat_table(self, table: SlurmJob, run: SlurmRun) -> Accepted:
        """Submit what a table of the config says, with the parameters of an earlier run."""
        params = await self._kept.params(run)
        if params is None and table.param:
            raise ActionRefused(
                f"the parameters of run {run.id} are not known: nightdeck did not submit it",
                hint="trigger it, and give them again",
            )
        params = params or {}
        ensure_kept(params)
        names = {parameter.name for parameter in table.param}
        return await self.submit_table(
            table, {name: value for name, value in params.items() if name in names}
        )

    async def submit_table(self, table: SlurmJob, params: Mapping[str, str]) -> Accepted:
        """Submit what a table of the config says."""
        order = await asyncio.to_thread(self._order, table, params, self._context.resolve)
        values = kept(values_of(table, params), self._context.redactor)
        if order.output and not is_rehearsing() and not self._context.is_dry_run:
            await self._make_folder(table)
        run_id = await self._send(order, values)
        if self._logs is not None:
            with suppress(OSError):
                await asyncio.to_thread(logs.prune, self._logs, table.id, table.keep_runs)
        return Accepted(run_id, f"{table.name} was submitted as job {run_id}")

    async def submit_again(self, run: SlurmRun) -> Accepted:
        """Submit the script of a run once more."""
        script = await self._door.script_of(run.id)
        run_id = await self._send(order_again(run.first, script, self._comment()), {})
        return Accepted(run_id, f"the script of run {run.id} was submitted as job {run_id}")

    def shown(self, table: SlurmJob, params: Mapping[str, str]) -> str:
        """What would be sent, for people: no secret is fetched for it."""
        return self._door.shown_submission(self._order(table, params, lambda _: ""))

    def _order(self, table: SlurmJob, params: Mapping[str, str], resolve: _Resolve) -> Order:
        return order_of(table, params, resolve, self._logs, self._comment())

    async def _send(self, order: Order, params: Mapping[str, str]) -> str:
        if is_rehearsing() or self._context.is_dry_run:
            return await self._door.submit(order)
        token, self._token = self._token, secrets.token_hex(_TOKEN_BYTES)
        if params:
            await self._kept.note(token, params)
        run_id = await self._door.submit(order)
        if params:
            await self._kept.note(token, params, run_id)
        return run_id

    def _comment(self) -> str:
        # The same until something is sent: what is shown beforehand is what will be sent.
        return f"{COMMENT}{self._token}"

    async def _make_folder(self, table: SlurmJob) -> None:
        if self._logs is None:
            return
        folder = log_folder(self._logs, table.id)
        try:
            await asyncio.to_thread(make_folder, folder)
        except OSError as error:
            raise ActionRefused(
                f"{table.name} was not submitted: its output can't be kept in {folder}: {error.strerror}",
                hint="make that folder usable, or set `logs` to another",
            ) from error
