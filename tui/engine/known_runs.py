"""What was known of a job's runs when a request was sent, as the journal keeps it over a crash.

Each run is `id#attempt`. For a rerun, the run that is to be repeated, and the one that the job's row shows,
have their states and times behind that, for only they tell later whether a run has begun anew. `*` says that
the system could not be asked: it may have had more runs.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tui.core.keys import RunKey
from tui.core.models import ActionKind, Run
from tui.core.state import State
from tui.engine.evidence import Before

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui.core.keys import JobKey
    from tui.core.models import Action

_OTHERS = "*"
_LENGTH = "@"
_ROW, _LISTED = "row", "listed"


@dataclass(frozen=True, slots=True)
class _Told:
    """A run as it was then, by the system's list of runs or by the job's row."""

    source: str
    run: Run


def written_down(before: Before, action: Action) -> tuple[str, ...]:
    """What the journal keeps.

    Args:
        before: What is known.
        action: What is to be done.
    """
    texts = list(_at_length(before, action))
    told = {text.rpartition(_LENGTH)[0] for text in texts}
    texts += sorted(before.marks - told)
    return (*texts, *(() if before.is_complete else (_OTHERS,)))


def read_back(texts: Iterable[str], job: JobKey, state: State) -> Before:
    """What was known, from what the journal kept.

    Args:
        texts: What it kept.
        job: The job.
        state: The job's state then.
    """
    before, marks, runs = Before(state), set[str](), dict[str, Run]()
    for text in texts:
        told = _read(text, job)
        marks.add(text if told is None else text.rpartition(_LENGTH)[0])
        if told is not None and told.source == _ROW:
            run = told.run
            before = replace(before, run_id=run.key.run_id, started_at=run.started_at, ended_at=run.ended_at)
        elif told is not None:
            runs[text.rpartition(_LENGTH)[0]] = told.run
    is_complete = (bool(marks) or state is State.NEVER_RUN) and _OTHERS not in marks
    return replace(before, marks=frozenset(marks - {_OTHERS}), runs=runs, is_complete=is_complete)


def _at_length(before: Before, action: Action) -> Iterable[str]:
    if action.kind is not ActionKind.RERUN:
        return
    if before.run_id:
        moments = (before.started_at, before.ended_at)
        yield _text(f"{before.run_id}#1", _ROW, before.state, *moments)
    target = action.run.run_id if action.run is not None else ""
    yield from (
        _text(mark, _LISTED, run.state, run.started_at, run.ended_at)
        for mark, run in sorted(_of(before.runs, target).items())
    )


def _of(runs: Mapping[str, Run], run_id: str) -> dict[str, Run]:
    return {mark: run for mark, run in runs.items() if run.key.run_id == run_id}


def _text(mark: str, source: str, state: State, started: datetime | None, ended: datetime | None) -> str:
    times = (moment.isoformat() if moment is not None else "" for moment in (started, ended))
    return f"{mark}{_LENGTH}{','.join((source, state.value, *times))}"


def _read(text: str, job: JobKey) -> _Told | None:
    """The run of a long text; None for a short one, whatever characters its id has."""
    mark, _, told = text.rpartition(_LENGTH)
    run_id, _, attempt = mark.rpartition("#")
    with suppress(ValueError):
        source, state, *times = told.split(",")
        started, ended = (datetime.fromisoformat(time) if time else None for time in times)
        key = RunKey(*job, run_id, int(attempt))
        if source in (_ROW, _LISTED):
            return _Told(source, Run(key, State(state), started_at=started, ended_at=ended))
    return None
