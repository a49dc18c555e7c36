"""What a session writes to its log, in the agent's own time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tui.simulators.informatica.vocabulary import ENDED_BADLY, ENDED_WELL, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tui.simulators.informatica.run import TaskRun
    from tui.simulators.informatica.specs import TaskSpec

_EVERY_S = 20.0
_ROWS_A_LINE = 5000
_STAMP = "%m/%d/%Y %H:%M:%S"


class Session(NamedTuple):
    """One session within a run."""

    name: str
    """The task that it runs."""
    file: str
    """The name of its log."""
    began_at: datetime
    """When it begins."""
    ended_at: datetime
    """When it ends."""
    outcome: Outcome
    """How it ends."""
    lines: Sequence[str]
    """What else it writes."""

    def text(self) -> str:
        """Its log."""
        return "".join(f"{line}\n" for line in _lines(self))


def sessions_of(spec: TaskSpec, run: TaskRun) -> Sequence[Session]:
    """The sessions of a run, in the order in which they begin: one, or one for each step.

    Args:
        spec: The task.
        run: Its run.
    """
    if not spec.steps:
        file = f"s_{spec.type.lower()}_{spec.id}_{run.run_id}.log"
        return [Session(spec.name, file, run.began_at, run.ended_at, run.outcome, spec.log)]
    each = timedelta(seconds=run.duration_s / len(spec.steps))
    found: list[Session] = []
    for place, step in enumerate(spec.steps):
        begin = run.began_at + place * each
        if place and begin >= run.ended_at:
            break
        end = run.ended_at if place == len(spec.steps) - 1 else min(begin + each, run.ended_at)
        file = f"s_mtt_{step}_{run.run_id}.log"
        found.append(Session(step, file, begin, end, Outcome(rows=run.outcome.rows), spec.log))
    found[-1] = found[-1]._replace(outcome=run.outcome)
    return found


def rejected_rows(run: TaskRun) -> str:
    """The rows of a run that the target did not take, as text with commas.

    Args:
        run: Which run.
    """
    if not run.outcome.failed_rows:
        return ""
    lines = ["ROW,ERROR", *(f"{row},{run.outcome.message}" for row in range(1, run.outcome.failed_rows + 1))]
    return "\n".join(lines) + "\n"


def _lines(session: Session) -> Iterator[str]:
    began, outcome = session.began_at, session.outcome
    yield f"INFO : [{began:{_STAMP}}] : TM_6014 : Initializing session [{session.file.removesuffix('.log')}]."
    yield f"INFO : [{began:{_STAMP}}] : TM_6101 : Mapping name: {session.name}."
    yield from session.lines
    lived = (session.ended_at - began).total_seconds()
    for step in range(1, int(lived / _EVERY_S) + 1):
        moment = began + timedelta(seconds=step * _EVERY_S)
        yield f"INFO : [{moment:{_STAMP}}] : WRT_8161 : Target load: {step * _ROWS_A_LINE} rows requested."
    end = f"{session.ended_at:{_STAMP}}"
    if outcome.state != ENDED_WELL:
        yield f"ERROR : [{end}] : CMN_1022 : Database driver error: {outcome.message}"
    if outcome.state == ENDED_BADLY:
        yield f"ERROR : [{end}] : TM_6085 : A fatal error occurred. Terminating the session."
        yield f"INFO : [{end}] : TM_6020 : Session failed."
        return
    yield f"INFO : [{end}] : WRT_8035 : Load complete: {outcome.rows} rows, {outcome.failed_rows} rejected."
    yield f"INFO : [{end}] : TM_6022 : Session completed."
