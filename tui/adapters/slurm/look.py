"""Looking at a Slurm: the queue each time, the accounting now and then, and what is found of one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.adapters.slurm import logs
from tui.adapters.slurm.door import NoAccounting, Past
from tui.adapters.slurm.kept import Kept
from tui.adapters.slurm.order import log_folder, log_root, plain_name
from tui.adapters.slurm.runs import runs_of
from tui.core.errors import BadAnswer, NotFound, ServerFailed, SystemUnavailable, TimedOut, Unreachable
from tui.core.turns import next_turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.adapters.slurm.catalog import Entry, Naming
    from tui.adapters.slurm.door import Door
    from tui.adapters.slurm.record import Record, Step
    from tui.adapters.slurm.runs import SlurmRun
    from tui.adapters.slurm.settings import SlurmSettings
    from tui.core.adapter import AdapterContext
    from tui.core.keys import JobKey, RunKey

HISTORY_EVERY_S = 300.0
"""Seconds between two looks into the accounting: the queue alone tells what has just ended."""

_SHORT_WINDOW_S = 60.0
_MOST_OUTPUTS = 5000
_PASSING = (TimedOut, Unreachable, ServerFailed, BadAnswer)
"""What may be wrong with the accounting while the controller is well."""


class Look:
    """What is known of the jobs of one connection, and how more becomes known."""

    def __init__(
        self, connection: str, door: Door, naming: Naming, settings: SlurmSettings, context: AdapterContext
    ) -> None:
        self.kept = Kept(context.memory)
        """What is remembered over restarts."""
        self._connection = connection
        self._door = door
        self._naming = naming
        self._settings = settings
        self._clock = context.clock
        self._logs = log_root(settings, context.state_dir)
        self._entries: Mapping[str, Entry] = {}
        self._past: Sequence[Record] = ()
        self._past_at: float | None = None
        self._has_accounting: bool | None = None
        self._problem = ""
        self._active: frozenset[str] = frozenset()
        self._outputs: dict[str, Path] = {}

    def doubt(self) -> None:
        """Ask the accounting anew next time."""
        self._past_at = None
        self._has_accounting = None

    def known(self, job_id: str) -> Entry | None:
        """A job as the last look found it."""
        return self._entries.get(job_id)

    async def sweep(self) -> Mapping[str, Entry]:
        """Every job, as of now."""
        queue = await self._queue()
        if self._is_history_due(queue):
            await self._read_history()
        return await self._take(queue, self._past)

    async def entry(self, job: JobKey, *, with_history: bool = False) -> Entry:
        """One job, as of now. Raises NotFound.

        Args:
            job: The job.
            with_history: Ask the accounting for all of its runs, too.
        """
        queue = await self._queue()
        past = self._past
        if with_history and self._past_at is None and self._has_accounting is not False:
            await self._read_history()
            past = self._past
        elif with_history:
            known = self._entries.get(job.id)
            past = await self._history_of(plain_name(known.name) if known is not None else "", past)
        found = (await self._take(queue, past)).get(job.id)
        if found is None:
            raise NotFound(
                f"{self._connection} has no job {job.id}", hint="list the jobs, or add it to the config"
            )
        return found

    async def run(self, run: RunKey, *, is_fresh: bool = False) -> SlurmRun:
        """One run. Raises NotFound.

        Args:
            run: Which one; of several attempts the newest counts.
            is_fresh: Look again, even if it is known.
        """
        found = None if is_fresh else self._found(run)
        if found is None:
            found = _of(await self.entry(run.job), run)
        if found is None and self._has_accounting is not False and run.run_id.isdecimal():
            try:
                records = self._shown(await self._door.history(Past(0.0, run_id=run.run_id)))
            except NoAccounting:
                self._has_accounting = False
            except _PASSING as error:
                self._problem = error.message
            else:
                runs = runs_of((), records)
                is_its = bool(runs) and self._naming.job_id(runs[0].first) == run.job_id
                found = runs[0] if is_its else None
        if found is None:
            raise NotFound(
                f"{run.job} has no run {run.run_id}", hint="Slurm may have forgotten it: list its runs"
            )
        return found

    async def steps(self, run: SlurmRun) -> Sequence[Step]:
        """The steps of a run; none where no accounting tells them."""
        if self._has_accounting is False:
            return ()
        try:
            steps = await self._door.steps(run.id)
        except NoAccounting:
            self._has_accounting = False
            return ()
        # Of a run that was requeued, the accounting may tell the steps of every attempt: the last ones count.
        return tuple({step.id: step for step in steps}.values())

    async def output_of(self, run: SlurmRun, record: Record) -> Path:
        """The file of a run's output; the controller is asked when there is none where it should be."""
        path = self.known_output(run, record)
        if record.id in self._outputs or logs.is_readable(path):
            return path
        try:
            told = await self._door.output_of(record.id)
        except SystemUnavailable:
            return path
        except NotFound:
            return path
        if told.startswith("/"):
            if len(self._outputs) >= _MOST_OUTPUTS:
                del self._outputs[next(iter(self._outputs))]
            self._outputs[record.id] = path = Path(told)
        return path

    def known_output(self, run: SlurmRun, record: Record) -> Path:
        """The file of a run's output, as far as it can be told without asking."""
        known = self._outputs.get(record.id)
        if known is not None:
            return known
        table = self._naming.table_of(record)
        if not record.output and table is not None and self._logs is not None:
            # The accounting does not tell it; where ours goes is known.
            is_array = record.kind == "array" and record.index is not None
            name = f"{run.id}_{record.index}.log" if is_array else f"{record.id}.log"
            ours = log_folder(self._logs, table.id) / name
            if logs.is_readable(ours):
                return ours
        return logs.path_of(record)

    async def notes(self) -> tuple[str, ...]:
        """What a user should know of this cluster: whether there is accounting. Raises SystemUnavailable."""
        if self._has_accounting is None:
            try:
                await self._door.history(Past(_SHORT_WINDOW_S))
            except NoAccounting:
                self._has_accounting = False
            else:
                self._has_accounting, self._problem = True, ""
        if self._has_accounting is False:
            return ("no accounting: of runs that Slurm forgot (MinJobAge) only what nightdeck saw is told",)
        return (f"the accounting can't be asked: {self._problem}",) if self._problem else ()

    async def _queue(self) -> Sequence[Record]:
        return self._shown(await self._door.queue())

    def _shown(self, records: Sequence[Record]) -> Sequence[Record]:
        return [record for record in records if self._naming.is_shown(record)]

    async def _take(self, queue: Sequence[Record], past: Sequence[Record]) -> Mapping[str, Entry]:
        await next_turn()
        runs = runs_of(queue, past)
        await next_turn()
        if self._has_accounting is False:
            now = self._clock.now()
            kept = await self.kept.records(runs, now, self._settings.window_s)
            if shown := self._shown(kept):
                runs = runs_of(queue, shown)
        self._entries = self._naming.entries(runs)
        self._active = frozenset(run.id for run in runs if not run.state.is_final)
        return self._entries

    def _is_history_due(self, queue: Sequence[Record]) -> bool:
        if self._has_accounting is False:
            return False
        if self._past_at is None or self._clock.monotonic() - self._past_at >= HISTORY_EVERY_S:
            return True
        # What was under way and has left the queue ended while nobody looked.
        return bool(self._active - {record.run_id for record in queue})

    async def _read_history(self) -> None:
        try:
            past = await self._door.history(Past(self._settings.window_s))
        except NoAccounting:
            self._has_accounting = False
        except _PASSING as error:
            self._problem = error.message
        else:
            self._past, self._past_at = self._shown(past), self._clock.monotonic()
            self._has_accounting, self._problem = True, ""

    async def _history_of(self, name: str, past: Sequence[Record]) -> Sequence[Record]:
        if self._has_accounting is False or not name:
            return past
        try:
            asked = await self._door.history(Past(self._settings.window_s, name=name))
        except NoAccounting:
            self._has_accounting = False
            return past
        except _PASSING as error:
            self._problem = error.message
            return past
        told = [record for record in self._shown(asked) if record.name == name]
        self._past = [*(record for record in past if record.name != name), *told]
        return self._past

    def _found(self, run: RunKey) -> SlurmRun | None:
        entry = self._entries.get(run.job_id)
        return _of(entry, run) if entry is not None else None


def _of(entry: Entry, run: RunKey) -> SlurmRun | None:
    return next((each for each in entry.runs if each.id == run.run_id), None)
