"""What changes an Airflow: each request is sent once, and what must not be done is refused before."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.api import dag_path, run_path
from tui.adapters.airflow.ledger import DagRun
from tui.adapters.airflow.params import conf_of, params_in
from tui.adapters.airflow.states import ACTIVE_WORDS, FAILED
from tui.adapters.airflow.wire import RunRow, row_of
from tui.core.errors import ActionRefused, BadAnswer, Forbidden, ServerFailed, TimedOut, Unreachable
from tui.core.models import Accepted, ActionKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui.adapters.airflow.api import AirflowApi
    from tui.adapters.airflow.catalog import DagCatalog
    from tui.adapters.airflow.causes import FailureCauses
    from tui.adapters.airflow.rights import Rights
    from tui.adapters.airflow.runs import RunReader
    from tui.core.keys import JobKey, RunKey

NOT_FORCED = "Airflow knows one way to stop a run alone: its tasks are told to end, and killed if they don't"
"""Why a stop can't be forced."""

STOP_BODY: Mapping[str, Any] = {"state": FAILED}
"""What ends a run. Without a note, which would replace the one that people wrote."""


def clear_body(*, is_failed_only: bool) -> dict[str, Any]:
    """What makes a run run again. Airflow only tells what it would do unless `dry_run` is false."""
    return {"dry_run": False, "only_failed": is_failed_only}


def hold_body(*, is_held: bool) -> dict[str, Any]:
    """What pauses or releases a DAG."""
    return {"is_paused": is_held}


class Actions:
    """Does what users ask for.

    Args:
        api: Asks Airflow.
        runs: Looks at a run before it is changed.
        catalog: Knows the DAGs.
        causes: Remembers what we stopped.
        rights: Remembers what we may not do.
    """

    def __init__(
        self,
        api: AirflowApi,
        runs: RunReader,
        catalog: DagCatalog,
        causes: FailureCauses,
        rights: Rights,
    ) -> None:
        self._api = api
        self._runs = runs
        self._catalog = catalog
        self._causes = causes
        self._rights = rights

    async def trigger(self, job: JobKey, params: Mapping[str, str], run_id: str) -> Accepted:
        """Start a run of this id."""
        conf: dict[str, Any] = {}
        if params:
            with nothing_sent():
                conf = conf_of(params, params_in(await self._api.details(job.id)))
        with self._asking(ActionKind.TRIGGER, job):
            await self._api.trigger(job, run_id, conf)
        dag = self._catalog.get(job.id)
        if dag is not None and dag.is_paused:
            return Accepted(run_id, "queued; the DAG is paused, so the run waits until it is released")
        return Accepted(run_id, "queued")

    async def stop(self, run: RunKey, *, is_forced: bool) -> Accepted:
        """End a run that goes on. One that has ended well would be turned into a failure: it is looked up."""
        if is_forced:
            raise ActionRefused(NOT_FORCED, hint="stop it without force")
        with nothing_sent():
            found = await self._runs.read(run)
        if found.native.state.is_final:
            raise ActionRefused(f"run {run.run_id} has ended already: {found.word}", hint="refresh the job")
        with self._asking(ActionKind.STOP, run.job):
            told = await self._api.change("PATCH", run_path(run), STOP_BODY)
        row = row_of(RunRow, told)
        if row is not None:
            self._causes.note_stop(DagRun.of(row))
        return Accepted(run.run_id, "the run is over; its tasks are told to end, which takes some seconds")

    async def rerun(self, run: RunKey, *, is_failed_only: bool) -> Accepted:
        """Clear the tasks of a run, or those that failed: it goes on under the same id."""
        with nothing_sent():
            found = await self._runs.read(run)
        if not is_failed_only and not found.native.state.is_final:
            raise ActionRefused(
                f"run {run.run_id} goes on: {found.word}",
                hint="stop it first, or rerun its failed tasks alone",
            )
        with self._asking(ActionKind.RERUN, run.job):
            body = clear_body(is_failed_only=is_failed_only)
            told = await self._api.change("POST", f"{run_path(run)}/clear", body)
        row = row_of(RunRow, told)
        if row is not None and row.state not in ACTIVE_WORDS:
            raise ActionRefused(
                f"no task of run {run.run_id} has failed, so nothing has changed", hint="rerun the whole run"
            )
        if not found.native.state.is_final:
            return Accepted(run.run_id, "the tasks that have failed so far are cleared, if there are any")
        return Accepted(run.run_id, "cleared: the run is queued again")

    async def hold(self, job: JobKey, *, is_held: bool) -> Accepted:
        """Pause a DAG, or release it."""
        # Also when the answer is lost, the next sweep has to tell what has become of it.
        self._catalog.mark_due(job.id)
        with self._asking(ActionKind.HOLD if is_held else ActionKind.RELEASE, job):
            told = await self._api.change("PATCH", dag_path(job), hold_body(is_held=is_held))
        self._catalog.note(told)
        if is_held:
            return Accepted(message="the DAG is paused; runs that go on are not stopped")
        return Accepted(message="the DAG is released")

    @contextmanager
    def _asking(self, kind: ActionKind, job: JobKey) -> Iterator[None]:
        """Remember what the account may do by what becomes of a request. Raises Forbidden."""
        problem: Forbidden | None = None
        try:
            yield
        except Forbidden as error:
            self._rights.note_refused(kind, job.id)
            problem = Forbidden(
                f"{self._rights.reason(kind)} ({error.message})", hint="ask an administrator for the right"
            )
        else:
            self._rights.note_granted(kind, job.id)
        if problem is not None:
            raise problem


@contextmanager
def nothing_sent() -> Iterator[None]:
    """What is asked before a change: when it fails, the change was not sent. Raises Unreachable."""
    problem: Unreachable | None = None
    try:
        yield
    except (TimedOut, ServerFailed, BadAnswer) as error:
        problem = Unreachable(f"{error.message}; nothing was sent", hint=error.hint)
    if problem is not None:
        raise problem
