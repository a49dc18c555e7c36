"""The logs of made-up runs: a line every few seconds, and a believable stack trace where one failed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tui.core.state import State

if TYPE_CHECKING:
    from datetime import datetime

    from tui.simulators.fleet import Execution, Script

_EVERY_S = 3.0
_TRACE = (
    "ERROR tOracleInput_1 - cannot open connection to dwh-db01:1521",
    "java.sql.SQLRecoverableException: {message}",
    "\tat oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:743)",
    "\tat oracle.jdbc.driver.PhysicalConnection.connect(PhysicalConnection.java:657)",
    "\tat dwh.{name}_0_1.{name}.tOracleInput_1Process({name}.java:2190)",
    "Caused by: oracle.net.ns.NetException: The Network Adapter could not establish the connection",
    "\t... 14 more",
    "INFO  closing connections",
)


def log_of(script: Script, run: Execution, now: datetime) -> str:
    """What the run has written until now.

    Args:
        script: The job.
        run: The run.
        now: Until when.
    """
    lines = [_line(run.started_at, f"INFO  {script.name} started by {run.triggered_by}")]
    lived = min(run.duration_s, (now - run.started_at).total_seconds())
    for step in range(1, int(lived / _EVERY_S)):
        moment = run.started_at + timedelta(seconds=step * _EVERY_S)
        share = 100 * step * _EVERY_S / run.duration_s
        lines.append(_line(moment, f"INFO  tMap_1 - {step * 1250:,} rows read, {share:.0f}%"))
    if now >= run.ended_at:
        lines += _ending(script, run)
    return "\n".join(lines) + "\n"


def _ending(script: Script, run: Execution) -> list[str]:
    if run.outcome is State.FAILED:
        first, *rest = (line.format(message=run.message, name=script.name) for line in _TRACE)
        return [_line(run.ended_at, first), *rest]
    word = "WARN " if run.outcome is not State.SUCCEEDED else "INFO "
    return [_line(run.ended_at, f"{word} {script.name} {run.outcome}: {run.message}")]


def _line(moment: datetime, text: str) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} {text}"
