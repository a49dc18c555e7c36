"""The second API, V2: the status of a job by its file, below `/api`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulators.datameer.answer import object_answer
from tui.simulators.datameer.times import estimate, us_medium
from tui.simulators.datameer.vocabulary import CANCELED, NONE, RUNNING

if TYPE_CHECKING:
    from datetime import datetime

    import httpx

    from tui.simulators.datameer.answer import Call
    from tui.simulators.datameer.installation import Installation
    from tui.simulators.datameer.run import JobRun


def status(installation: Installation, call: Call) -> httpx.Response:
    """Tells how a job stands."""
    job = installation.file(call.values[0])
    now = installation.now()
    run = job.look(now).newest
    if run is None:
        return object_answer({"status": "success", "job-status": NONE})
    word, _ = run.status(now)
    behaviour = installation.behaviour
    answer: dict[str, object] = {
        "status": "success",
        "file-id": job.spec.file_id,
        "job-execution-id": run.id,
        "job-status": behaviour.cancel_word if word == CANCELED else word,
        "start-time": _time(installation, run.started_at(now)),
    }
    if word == RUNNING:
        answer |= _progress(installation, run, now)
    if now >= run.ended_at:
        answer["stop-time"] = _time(installation, run.ended_at)
    return object_answer(answer)


def _progress(installation: Installation, run: JobRun, now: datetime) -> dict[str, object]:
    left = run.duration_s * (1 - run.share(now))
    has_minutes = installation.behaviour.has_minutes_in_estimates
    return {
        "estimate-time": estimate(left, has_minutes=has_minutes),
        "job-progress": str(run.percent(now)),
    }


def _time(installation: Installation, moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return us_medium(installation.local(moment), has_narrow_space=installation.behaviour.has_narrow_space)
