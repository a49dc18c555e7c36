"""Making jobs and runs of what is known of an ETL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.adapters.bmc.book import QUEUED_FOR, Phase
from tui.adapters.bmc.states import ENDED, NEVER, RUNNING, SERVICE_ON
from tui.adapters.bmc.times import seconds_between
from tui.core.keys import JobKey, RunKey
from tui.core.models import Job, Run
from tui.core.state import State

if TYPE_CHECKING:
    from datetime import datetime

    from tui.adapters.bmc.book import Book, KnownRun
    from tui.adapters.bmc.listing import Etl
    from tui.adapters.bmc.states import Told

ETL_KIND = "etl"
"""What an ordinary ETL is called."""
SERVICE_KIND = "service"
"""What an ETL is called that runs until it is paused, and so has neither duration nor result."""

REQUESTED = "run requested"
"""Substate of an ETL whose run was accepted and not seen yet."""
START_REQUESTED = "start requested"
"""Substate of a service that was asked to start and not seen to run yet."""
STOPPING = "stopping"
"""Substate of a run that was asked to end."""

_ENDS = {
    State.FAILED: "the run failed",
    State.WARNING: "the run ended with a warning",
    State.CANCELLED: "the run was aborted",
}


@dataclass(frozen=True, slots=True)
class Draughtsman:
    """Draws the jobs of one connection."""

    connection: str
    """Its name."""
    type_name: str
    """The type of its adapter."""

    def listed(self, etl: Etl, told_at: datetime, service_word: str) -> Job:
        """An ETL of which nothing is known yet but the list, and perhaps that it is a service.

        Args:
            etl: The ETL.
            told_at: When the list was read.
            service_word: Its last status in an earlier session, if it is a service.
        """
        return Job(
            connection=self.connection,
            type=self.type_name,
            id=etl.id,
            name=etl.name,
            state=State.UNKNOWN,
            observed_at=told_at,
            kind=SERVICE_KIND if service_word else ETL_KIND,
            tags=etl.tags,
            is_held=bool(service_word) and service_word != SERVICE_ON,
        )

    def job(self, etl: Etl, book: Book, now: datetime) -> Job:
        """An ETL as it is known now, by its book."""
        told = book.told
        if told is None:
            # The server answered, and told nothing: so far, the ETL has never shown a run.
            job = replace(self.listed(etl, now, ""), state=State.NEVER_RUN)
            return self._requested(job, book, now)
        observed_at = book.seen or now
        if told.is_service:
            return self._service(self.listed(etl, observed_at, told.word), book, told, now)
        job = replace(self.listed(etl, observed_at, ""), native_state=told.native)
        running = book.running
        if running is not None:
            return _running(job, book, running, told)
        return self._requested(_at_rest(job, book, told), book, now)

    def _service(self, job: Job, book: Book, told: Told, now: datetime) -> Job:
        is_awaited = book.start_asked is not None and now - book.start_asked < QUEUED_FOR
        return replace(
            job,
            state=told.state,
            native_state=told.native,
            substate=START_REQUESTED if is_awaited else "",
            ended_at=None if told.word == SERVICE_ON else book.turned,
        )

    def _requested(self, job: Job, book: Book, now: datetime) -> Job:
        """The ETL with the run that was asked for, until that is seen: its status is still the old one."""
        run = book.asked(now)
        if run is None or run.asked is None:
            return job
        is_queued = now - run.asked < QUEUED_FOR
        return replace(
            job,
            state=State.QUEUED if is_queued else State.UNKNOWN,
            substate=REQUESTED,
            run_id=run.id,
            started_at=None,
            ended_at=None,
            duration_s=None,
            message="" if is_queued else _unseen_message(run.asked),
        )


def run_of(job: JobKey, run: KnownRun, now: datetime) -> Run:
    """A run as it is known."""
    state, substate, message = run.state, "", message_of(run.state, run.exit_code)
    if run.phase is Phase.RUNNING:
        state, substate, message = State.RUNNING, STOPPING if run.is_stopped else "", ""
    elif run.phase is Phase.ASKED and run.asked is not None:
        is_queued = now - run.asked < QUEUED_FOR
        state, substate = State.QUEUED if is_queued else State.UNKNOWN, REQUESTED
        message = "" if is_queued else _unseen_message(run.asked)
    return Run(
        key=RunKey(job.connection, job.id, run.id),
        state=state,
        substate=substate,
        native_state=RUNNING if run.phase is Phase.RUNNING else run.native,
        queued_at=run.asked,
        started_at=run.started,
        ended_at=run.ended,
        duration_s=seconds_between(run.started, run.ended),
        message=message,
        triggered_by="nightdeck" if run.asked is not None else "",
        params=dict(run.params),
    )


def message_of(result: State | None, exit_code: str) -> str:
    """One line about the end of a run; the API tells no reasons."""
    if result not in _ENDS:
        return ""
    code = " ".join(exit_code.split())
    return _ENDS[result] + (f": exit code {code}" if code else "")


def _running(job: Job, book: Book, running: KnownRun, told: Told) -> Job:
    last = book.last_ended
    # The exit code may still be that of the run before; whether it is, only our own memory can tell.
    result = last.state if last is not None else None if running.is_first else told.result
    is_running = told.word == RUNNING
    return replace(
        job,
        state=State.RUNNING if is_running else told.state,
        substate=STOPPING if running.is_stopped and is_running else "",
        last_result=result if result is not None and result.is_final else None,
        run_id=running.id,
        started_at=running.started,
    )


def _at_rest(job: Job, book: Book, told: Told) -> Job:
    if told.word == NEVER and not told.has_run:
        return replace(job, state=State.NEVER_RUN)
    last = book.last_ended
    result = last.state if last is not None else told.result
    if result is not None and not result.is_final:
        result = None
    state = told.state
    if told.word == ENDED and result is not None:
        state = result
    code = last.exit_code if last is not None else told.exit_code
    return replace(
        job,
        state=state,
        last_result=result,
        run_id=last.id if last is not None else "",
        started_at=last.started if last is not None else None,
        ended_at=last.ended if last is not None else None,
        duration_s=seconds_between(last.started, last.ended) if last is not None else None,
        message=message_of(result, code),
    )


def _unseen_message(asked: datetime) -> str:
    return f"the run of {asked:%H:%M:%S} UTC was accepted, but nobody has seen it begin"
