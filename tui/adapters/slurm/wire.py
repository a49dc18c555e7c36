"""What `squeue --json` and slurmrestd answer: the same jobs, in the shapes of old and new releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tui.adapters.slurm.record import Record, Step
from tui.adapters.slurm.values import (
    AnyObject,
    Comment,
    Ending,
    Exit,
    Moment,
    Number,
    Objects,
    Text,
    Words,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_BATCH = "BATCH"


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _QueueJob(_Wire):
    job_id: Number
    name: Text = ""
    user_name: Text = ""
    partition: Text = ""
    job_state: Words = ()
    state_reason: Text = ""
    state_description: Text = ""
    exit_code: Exit = Ending()
    array_job_id: Number = None
    array_task_id: Number = None
    array_task_string: Text = ""
    het_job_id: Number = None
    het_job_offset: Number = None
    submit_time: Moment = None
    start_time: Moment = None
    end_time: Moment = None
    restart_cnt: Number = None
    standard_output: Text = ""
    standard_error: Text = ""
    stdout_expanded: Text = ""
    stderr_expanded: Text = ""
    current_working_directory: Text = ""
    comment: Comment = ""
    batch_host: Text = ""
    nodes: Text = ""
    batch_flag: bool | None = None
    priority: Number = None


class _Times(_Wire):
    submission: Moment = None
    start: Moment = None
    end: Moment = None


class _State(_Wire):
    current: Words = ()
    reason: Text = ""


class _Array(_Wire):
    job_id: Number = None
    task_id: Number = None
    task: Text = ""


class _Het(_Wire):
    job_id: Number = None
    job_offset: Number = None


class _StepName(_Wire):
    id: Any = ""
    job_id: Number = None
    name: Text = ""


class _HistoryStep(_Wire):
    step: Annotated[_StepName, AnyObject] = _StepName()
    state: Words = ()
    exit_code: Exit = Ending()
    time: Annotated[_Times, AnyObject] = _Times()


class _HistoryJob(_Wire):
    job_id: Number
    name: Text = ""
    user: Text = ""
    partition: Text = ""
    state: Annotated[_State, AnyObject] = _State()
    exit_code: Exit = Ending()
    array: Annotated[_Array, AnyObject] = _Array()
    het: Annotated[_Het, AnyObject] = _Het()
    time: Annotated[_Times, AnyObject] = _Times()
    working_directory: Text = ""
    comment: Comment = ""
    nodes: Text = ""
    stdout: Text = ""
    stderr: Text = ""
    stdout_expanded: Text = ""
    stderr_expanded: Text = ""
    steps: Annotated[list[_HistoryStep], Objects] = []


_QUEUE_FIELDS = tuple(_QueueJob.model_fields)


class QueueReader:
    """Reads the listings of one queue: most jobs are as they were the last time, and are not read again."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[tuple[object, ...], Record | None]] = {}
        self._seen: dict[object, tuple[tuple[object, ...], Record | None]] = {}

    def begin(self) -> None:
        """A new listing begins: what the last one did not tell any more is forgotten."""
        self._known, self._seen = self._seen, {}

    def read(self, value: object) -> Record | None:
        """A job of the listing; None for what is none."""
        if not isinstance(value, dict):
            return None
        told = tuple(map(value.get, _QUEUE_FIELDS))
        name = str(value.get("job_id"))
        old = self._known.get(name)
        record = old[1] if old is not None and old[0] == told else queue_record(value)
        self._seen[name] = (told, record)
        return record


def queue_record(value: object) -> Record | None:
    """A job of `squeue --json` or `/slurm/…/jobs`; None for what is none."""
    try:
        job = _QueueJob.model_validate(value)
    except ValidationError:
        return None
    if not job.job_id:
        return None
    has_begun = "PENDING" not in job.job_state
    return Record(
        **_identity(job.job_id, _Array(job_id=job.array_job_id, task_id=job.array_task_id), job.het_job_id),
        index=job.het_job_offset if _is_het(job) else job.array_task_id if job.array_job_id else None,
        indexes=job.array_task_string if job.array_job_id and job.array_task_id is None else "",
        name=job.name,
        user=job.user_name,
        words=job.job_state,
        partition=job.partition,
        reason=_reason(job.state_reason),
        detail=job.state_description,
        exit_code=job.exit_code.code,
        signal=job.exit_code.signal,
        submitted_at=job.submit_time,
        begins_at=job.start_time if not has_begun else None,
        started_at=job.start_time if has_begun else None,
        # Of a job that still runs, Slurm tells when its time will be over.
        ended_at=job.end_time if has_begun and not {"RUNNING", "SUSPENDED"} & set(job.job_state) else None,
        attempt=(job.restart_cnt or 0) + 1,
        output=job.stdout_expanded or job.standard_output,
        errors=job.stderr_expanded or job.standard_error,
        folder=job.current_working_directory,
        comment=job.comment,
        node=job.batch_host or job.nodes,
        is_batch=job.batch_flag is not False,
        is_zeroed=job.priority == 0,
    )


def history_record(value: object) -> Record | None:
    """A job of `/slurmdb/…/jobs`; None for what is none."""
    try:
        job = _HistoryJob.model_validate(value)
    except ValidationError:
        return None
    if not job.job_id:
        return None
    words = job.state.current
    # Seen in 22.05.8: whoever exited by itself is told to have exited with 0.
    is_doubtful = job.exit_code.code == 0 and "COMPLETED" not in words
    return Record(
        **_identity(job.job_id, job.array, job.het.job_id),
        index=job.het.job_offset if job.het.job_id else job.array.task_id if job.array.job_id else None,
        indexes=job.array.task if job.array.job_id and job.array.task_id is None else "",
        name=job.name,
        user=job.user,
        words=words,
        partition=job.partition,
        reason=_reason(job.state.reason),
        exit_code=None if is_doubtful else job.exit_code.code,
        signal=job.exit_code.signal,
        submitted_at=job.time.submission,
        started_at=job.time.start,
        ended_at=job.time.end,
        output=job.stdout_expanded or job.stdout,
        errors=job.stderr_expanded or job.stderr,
        folder=job.working_directory,
        comment=job.comment,
        node=job.nodes,
    )


def history_steps(value: object) -> tuple[Step, ...]:
    """The steps of a job of `/slurmdb/…/job/ID`."""
    try:
        job = _HistoryJob.model_validate(value)
    except ValidationError:
        return ()
    return tuple(_step(job.job_id, step) for step in job.steps)


def _step(job_id: int | None, step: _HistoryStep) -> Step:
    # Old releases tell the number of a step, new ones its whole name: `8.batch`.
    own = text_of(step.step.id).lower()
    whole = own if "." in own else f"{step.step.job_id or job_id}.{own}"
    is_doubtful = step.exit_code.code == 0 and "COMPLETED" not in step.state
    return Step(
        id=whole,
        name=step.step.name or whole.partition(".")[2],
        words=step.state,
        exit_code=None if is_doubtful else step.exit_code.code,
        signal=step.exit_code.signal,
        started_at=step.time.start,
        ended_at=step.time.end,
    )


def _identity(job_id: int, array: _Array, het_id: int | None) -> Mapping[str, Any]:
    if het_id:
        return {"id": str(job_id), "run_id": str(het_id), "kind": "het"}
    if array.job_id:
        return {"id": str(job_id), "run_id": str(array.job_id), "kind": "array"}
    return {"id": str(job_id), "run_id": str(job_id), "kind": "job"}


def _is_het(job: _QueueJob) -> bool:
    return bool(job.het_job_id)


def _reason(text: str) -> str:
    return "" if text in ("None", "(null)") else text
