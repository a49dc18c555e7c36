"""What a task writes while it runs: a head, a line now and then, and what went wrong at its end."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from tui.simulators.enos.instance import Look, task_look
from tui.simulators.enos.stamps import java_date
from tui.simulators.enos.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tui.simulators.enos.flow import FlowSpec
    from tui.simulators.enos.instance import Instance
    from tui.simulators.enos.vocabulary import Behaviour

_ROWS_A_LINE = 1250
_RULE = "===="
_TRACE = (
    "com.envision.batch.TaskException: task {task} failed",
    "\tat com.envision.batch.exec.TaskRunner.run(TaskRunner.java:118)",
    "\tat com.envision.batch.exec.TaskRunner.main(TaskRunner.java:44)",
    "Caused by: java.sql.SQLException: {message}",
    "\tat com.envision.batch.sync.Writer.connect(Writer.java:231)",
    "\t... 2 more",
)


def log_of(
    spec: FlowSpec, instance: Instance, index: int, now: datetime, behaviour: Behaviour, skew: timedelta
) -> str | None:
    """What a task has written until now; None when there is nothing.

    Args:
        spec: The flow.
        instance: Its instance.
        index: Which task.
        now: Until when.
        behaviour: What the server's version does.
        skew: By how much the server's clock is fast.
    """
    look = task_look(spec, instance, index, now)
    if look is None or look.started_at is None or not spec.tasks[index].has_log:
        return None
    shown = now if behaviour.rewrites_log_head else look.started_at
    head = _head(spec, instance, index, shown + skew)
    return "".join(
        f"{line}\n" for part in (head, _body(spec, instance, index, look, now, skew)) for line in part
    )


def cut(log: str, length: int, behaviour: Behaviour) -> str:
    """A log that is not longer than that, but for a server that doesn't care.

    Args:
        log: The whole of it.
        length: How long it may be.
        behaviour: Which part the server keeps, and how it counts.
    """
    if behaviour.log_keeps == "all":
        return log
    if not behaviour.counts_log_bytes:
        return log[:length] if behaviour.log_keeps == "head" else log[max(0, len(log) - length) :]
    raw = log.encode()
    kept = raw[:length] if behaviour.log_keeps == "head" else raw[max(0, len(raw) - length) :]
    return kept.decode(errors="replace")


def _head(spec: FlowSpec, instance: Instance, index: int, shown: datetime) -> Iterator[str]:
    yield _RULE
    yield "run num:\t1"
    yield f"instance:\tt{spec.task_id(index)}-{instance.id.partition('-')[2]}"
    yield f"cmdline:\t{spec.tasks[index].command}"
    # The log tells UTC, whatever the zone of the server's other times.
    yield f"current time:\t{java_date(shown.astimezone(UTC), 'UTC')}"
    yield _RULE


def _body(
    spec: FlowSpec, instance: Instance, index: int, look: Look, now: datetime, skew: timedelta
) -> Iterator[str]:
    task, began = spec.tasks[index], look.started_at or now
    yield from task.log
    lived = ((look.ended_at or now) - began).total_seconds()
    for step in range(1, int(lived / task.line_every_s) + 1):
        moment = began + skew + timedelta(seconds=step * task.line_every_s)
        yield f"{_stamp(moment)} INFO  {task.name} - {step * _ROWS_A_LINE} rows"
    ended = look.ended_at
    if ended is not None:
        yield from _ending(spec, instance, index, look.status, _stamp(ended + skew))


def _ending(spec: FlowSpec, instance: Instance, index: int, status: int, stamp: str) -> Iterator[str]:
    task, message = spec.tasks[index], instance.outcome.message
    if status == Status.SUCCESS:
        if instance.outcome.is_good and message and index == len(spec.tasks) - 1:
            yield f"{stamp} INFO  {task.name} - {message}"
        yield f"{stamp} INFO  exit code: 0"
    elif status == Status.CANCEL:
        yield f"{stamp} WARN  {task.name} - killed by a user"
        yield f"{stamp} INFO  exit code: 137"
    elif status == Status.TIMEOUT:
        yield f"{stamp} ERROR {task.name} - timeout of {task.timeout_s} s exceeded: {message}"
        yield f"{stamp} INFO  exit code: 143"
    else:
        yield f"{stamp} ERROR {task.name} - {message}"
        yield from (line.format(task=task.name, message=message) for line in _TRACE)
        yield f"{stamp} INFO  exit code: 1"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d}"
