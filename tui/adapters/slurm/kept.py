"""What is remembered over restarts: parameters of our submissions, and how runs ended that Slurm forgets."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tui.adapters.slurm.record import Record
from tui.adapters.slurm.runs import FORGOTTEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tui.adapters.slurm.runs import SlurmRun
    from tui.core.adapter import Memory

MOST_RECORDS = 500
"""Ended runs that are remembered where there is no accounting; the oldest make room."""
MOST_SUBMISSIONS = 500
"""Submissions whose parameters are remembered."""

_ID_DIGITS = 12
_RECORDS, _SUBMISSIONS = "runs", "submissions"
_MOMENTS = frozenset({"submitted_at", "begins_at", "started_at", "ended_at"})
_FIELDS = frozenset(field.name for field in fields(Record))


class Kept:
    """The memory of one connection."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._records: dict[str, Record] | None = None
        self._active: dict[str, SlurmRun] = {}
        self._submissions: dict[str, Any] | None = None

    async def records(self, known: Iterable[SlurmRun], now: datetime, window_s: float) -> Sequence[Record]:
        """What is remembered of runs that Slurm knows no more; what it knows now is remembered for then.

        Args:
            known: Every run that Slurm tells of now.
            now: The time.
            window_s: How long it is remembered.
        """
        if self._records is None:
            loaded = await self._memory.load(_RECORDS)
            self._records = {record.id: record for record in map(_read, loaded or ()) if record is not None}
        listed: dict[str, SlurmRun] = {}
        for run in known:
            listed.setdefault(run.id, run)
        kept = dict(self._records)
        for run_id, run in self._active.items():
            if run_id not in listed:
                words = (FORGOTTEN,)
                kept |= {record.id: replace(record, words=words) for record in run.records}
        for run in listed.values():
            if run.state.is_final:
                kept |= {record.id: record for record in run.records}
        self._active = {run.id: run for run in listed.values() if not run.state.is_final}
        since = now - timedelta(seconds=window_s)
        fresh = [record for record in kept.values() if _moment(record) > since]
        fresh.sort(key=lambda record: (_moment(record), record.id.zfill(_ID_DIGITS)))
        kept = {record.id: record for record in fresh[-MOST_RECORDS:]}
        if kept != self._records:
            self._records = kept
            await self._memory.save(_RECORDS, [_written(record) for record in kept.values()])
        return [record for record in kept.values() if record.run_id not in listed]

    async def note(self, token: str, params: Mapping[str, str], run_id: str = "") -> None:
        """Remember a submission: its parameters before it is sent, its id as soon as that is known.

        Args:
            token: What tells it from all others.
            params: Its parameters.
            run_id: Its id; not every accounting keeps the token.
        """
        known = await self._loaded()
        known[token] = {"params": dict(params), "run": run_id}
        while len(known) > MOST_SUBMISSIONS:
            del known[next(iter(known))]
        await self._memory.save(_SUBMISSIONS, known)

    async def params(self, run: SlurmRun) -> Mapping[str, str] | None:
        """The parameters of a run; None when they are not known, because somebody else submitted it."""
        known = await self._loaded()
        found = known.get(run.token) if run.token else None
        if found is None:
            found = next((told for told in known.values() if told.get("run") == run.id), None)
        return found["params"] if found is not None else None

    async def _loaded(self) -> dict[str, Any]:
        if self._submissions is None:
            loaded = await self._memory.load(_SUBMISSIONS)
            told = loaded.items() if isinstance(loaded, dict) else ()
            self._submissions = {
                token: value
                for token, value in told
                if isinstance(value, dict) and isinstance(value.get("params"), dict)
            }
        return self._submissions


def _moment(record: Record) -> datetime:
    moments = (record.ended_at, record.started_at, record.submitted_at)
    return next((moment for moment in moments if moment is not None), datetime.fromtimestamp(0, UTC))


def _written(record: Record) -> Mapping[str, Any]:
    told = {name: value for name, value in asdict(record).items() if value not in (None, "")}
    return {
        name: value.isoformat() if isinstance(value, datetime) else list(value) if name == "words" else value
        for name, value in told.items()
    }


def _read(value: object) -> Record | None:
    """A record that an earlier session wrote down; None for what is none."""
    if not isinstance(value, dict) or not {"id", "run_id", "name", "user", "words"} <= value.keys():
        return None
    told: dict[str, Any] = {name: part for name, part in value.items() if name in _FIELDS}
    try:
        moments = {name: datetime.fromisoformat(told[name]) for name in _MOMENTS & told.keys()}
        return Record(**(told | moments | {"words": tuple(map(str, told["words"]))}))
    except (TypeError, ValueError):
        return None
