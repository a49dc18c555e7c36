"""The only mutable state: jobs, health, trends, receipts and first errors, with synchronous listeners."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, replace
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tui.core.keys import JobKey
from tui.core.models import HealthStatus, Job
from tui.core.state import State
from tui.engine.scrubbing import clean_health, clean_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.keys import RunKey
    from tui.core.models import Health, Receipt, Trend
    from tui.core.redaction import Redactor

STALE_SWEEPS = 3
"""A connection lags when so many sweeps are overdue."""

STALE_S = 60.0
"""Seconds after which jobs count as old where no next sweep is planned, as when polling is paused."""

_CHUNK = 500
"""Jobs that are looked through between two turns of the event loop."""

_TROUBLED = frozenset({State.FAILED, State.WARNING})

_substance = attrgetter(*(field.name for field in fields(Job) if field.name != "observed_at"))
"""Everything that makes two observations of a job differ."""

_new_key = tuple.__new__
"""Makes a named tuple without the detour through its Python-level constructor."""


class StoreChange(NamedTuple):
    """What a listener is told, synchronously, after the store has changed."""

    jobs: frozenset[JobKey] = frozenset()
    """Jobs that are new or differ in more than the time of observation, or have a new trend or receipt."""
    removed: frozenset[JobKey] = frozenset()
    """Jobs that the system no longer tells of."""
    connections: frozenset[str] = frozenset()
    """Connections whose health changed or who were observed again."""


class Store:
    """Everything that is known of the systems. Changed only on the event loop's thread."""

    def __init__(self, clock: Clock) -> None:
        self.redactor: Redactor | None = None
        """Knows the secrets that no job may tell; None hides nothing."""
        self._clock = clock
        self._hidden_revision = 0
        self._revision = 0
        self._jobs: dict[JobKey, Job] = {}
        self._keys: defaultdict[str, dict[str, JobKey]] = defaultdict(dict)
        self._health: dict[str, Health] = {}
        self._trends: dict[JobKey, Trend] = {}
        self._receipts: dict[JobKey, Receipt] = {}
        self._first_errors: dict[JobKey, tuple[str, str]] = {}
        self._told = _FirstErrors(self._first_errors, self.first_error)
        self._listeners: list[Callable[[StoreChange], None]] = []

    @property
    def revision(self) -> int:
        """Grows with every real change; a newer observation of the same is none."""
        return self._revision

    @property
    def jobs(self) -> Mapping[JobKey, Job]:
        """Every job, read-only."""
        return MappingProxyType(self._jobs)

    @property
    def health(self) -> Mapping[str, Health]:
        """How each connection works, by name."""
        return MappingProxyType(self._health)

    @property
    def trends(self) -> Mapping[JobKey, Trend]:
        """How the last finished runs went, where known."""
        return MappingProxyType(self._trends)

    @property
    def receipts(self) -> Mapping[JobKey, Receipt]:
        """The newest receipt of each job that was acted on."""
        return MappingProxyType(self._receipts)

    @property
    def first_errors(self) -> Mapping[JobKey, str]:
        """What `first_error` says of the jobs of which a log was looked into."""
        return self._told

    def first_error(self, key: JobKey) -> str:
        """What the log of a job's newest run tells, where the system's message says nothing; else empty."""
        found = self._first_errors.get(key)
        job = self._jobs.get(key) if found is not None else None
        if found is None or job is None or job.run_id != found[0]:
            return ""
        # Only now, when nobody waits for the first paint any more.
        from tui.engine.runs import newest_outcome
        from tui.logs.errors import says_nothing

        is_told = newest_outcome(job) in _TROUBLED and says_nothing(job.message)
        return found[1] if is_told else ""

    def keys_of(self, connection: str) -> Collection[JobKey]:
        """The jobs of one connection."""
        return self._keys[connection].values() if connection in self._keys else ()

    def upsert(self, jobs: Iterable[Job]) -> frozenset[JobKey]:
        """Take over what was observed, harmless and without secrets; returns the keys that really changed."""
        fresh: list[Job] = []
        stored, get = self._jobs, self._jobs.get
        for observed in jobs:
            # Spelled out rather than called: this is most of a first fill's time, and of every sweep's.
            key = _new_key(JobKey, (observed.connection, observed.id))
            old = get(key)
            if old is observed:
                continue
            if old is not None and _substance(old) == _substance(observed):
                stored[key] = observed
                continue
            fresh.append(observed)
        changed: list[JobKey] = []
        for job in clean_jobs(fresh, self.redactor):
            key = _new_key(JobKey, (job.connection, job.id))
            old = get(key)
            if old is None or _substance(old) != _substance(job):
                changed.append(key)
            stored[key] = job
        for key in changed:
            self._keys[key.connection][key.id] = key
        result = frozenset(changed)
        if result:
            self._changed(StoreChange(jobs=result))
        return result

    async def hide_again(self) -> None:
        """Look through all jobs for secrets that became known after these had been told."""
        redactor = self.redactor
        if redactor is None or redactor.revision == self._hidden_revision:
            return
        self._hidden_revision = redactor.revision
        jobs = list(self._jobs.values())
        for start in range(0, len(jobs), _CHUNK):
            chunk = jobs[start : start + _CHUNK]
            hidden = clean_jobs(chunk, redactor)
            # Unless it was observed anew meanwhile.
            self.upsert(
                after
                for before, after in zip(chunk, hidden, strict=True)
                if after is not before and self._jobs.get(before.key) is before
            )
            await asyncio.sleep(0)

    def keep_only(self, connection: str, seen: Collection[str]) -> frozenset[JobKey]:
        """Drop the connection's jobs whose ids were not seen by a complete sweep; returns the dropped keys.

        Args:
            connection: The connection that was swept.
            seen: The ids as the store has them, which means scrubbed.
        """
        keys = self._keys.get(connection, {})
        seen_ids = seen if isinstance(seen, AbstractSet) else frozenset(seen)
        gone = frozenset(keys.pop(gone_id) for gone_id in keys.keys() - seen_ids)
        for key in gone:
            del self._jobs[key]
            self._trends.pop(key, None)
            self._first_errors.pop(key, None)
        if gone:
            self._changed(StoreChange(removed=gone))
        return gone

    def set_health(self, health: Health) -> None:
        """Replace a connection's health."""
        health = clean_health(health)
        old = self._health.get(health.connection)
        if old == health:
            return
        self._health[health.connection] = health
        change = StoreChange(connections=frozenset({health.connection}))
        if old is not None and _steady(old) == _steady(health):
            self._emit(change)
        else:
            self._changed(change)

    def set_trends(self, trends: Mapping[JobKey, Trend]) -> None:
        """Replace the trends of these jobs."""
        news = {key: trend for key, trend in trends.items() if self._trends.get(key) != trend}
        if news:
            self._trends.update(news)
            self._changed(StoreChange(jobs=frozenset(news).intersection(self._jobs)))

    def set_receipt(self, receipt: Receipt) -> None:
        """Replace the receipt of the job that was acted on."""
        key = receipt.action.job
        if self._receipts.get(key) != receipt:
            self._receipts[key] = receipt
            self._changed(StoreChange(jobs=frozenset({key}).intersection(self._jobs)))

    def set_first_errors(self, errors: Mapping[RunKey, str]) -> None:
        """Take over, harmless, what the logs of these runs tell; of each job the run that is told last."""
        news = {run.job: (run.run_id, text) for run, text in errors.items() if text}
        news = {key: told for key, told in news.items() if self._first_errors.get(key) != told}
        if news:
            self._first_errors.update(news)
            known = frozenset(news).intersection(self._jobs)
            if known:
                self._changed(StoreChange(jobs=known))

    def is_stale(self, job: Job, now: datetime) -> bool:
        """Whether the job may differ by now from what is shown: its connection fails or lags."""
        health = self._health.get(job.connection)
        if health is None or health.last_ok_at is None:
            return True
        if health.status not in (HealthStatus.OK, HealthStatus.PAUSED):
            return True
        age_s = (now - health.last_ok_at).total_seconds()
        return age_s > _patience_s(health)

    def subscribe(self, listener: Callable[[StoreChange], None]) -> Callable[[], None]:
        """Call the listener after each change; call what is returned to stop that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def _changed(self, change: StoreChange) -> None:
        self._revision += 1
        self._emit(change)

    def _emit(self, change: StoreChange) -> None:
        for listener in tuple(self._listeners):
            listener(change)


class _FirstErrors(Mapping[JobKey, str]):
    """What logs tell, as it counts at the moment of asking."""

    def __init__(self, found: Mapping[JobKey, object], tell: Callable[[JobKey], str]) -> None:
        self._found = found
        self._tell = tell

    def __getitem__(self, key: JobKey) -> str:
        if key not in self._found:
            raise KeyError(key)
        return self._tell(key)

    def __iter__(self) -> Iterator[JobKey]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _steady(health: Health) -> Health:
    """The health without what every sweep renews."""
    return replace(health, last_ok_at=None, next_try_at=None, sweep_s=None)


def _patience_s(health: Health) -> float:
    """Seconds after the last complete sweep during which the jobs count as fresh."""
    if health.next_try_at is None or health.last_ok_at is None:
        return STALE_S
    pause_s = (health.next_try_at - health.last_ok_at).total_seconds()
    return STALE_SWEEPS * (pause_s + (health.sweep_s or 0.0))
