"""`nightdeck sequence JOB JOB...`: start jobs one after the other, each when the one before has succeeded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.cli.acting import refuse_if_doubtful, refuse_if_read_only
from tui.cli.arguments import JOB_HELP, add_output_option, examples
from tui.cli.calls import NOT_SENT, add_call_option, print_calls
from tui.cli.confirmation import ask_for
from tui.cli.exit_codes import EXPLAINED, ExitCode
from tui.cli.outcomes import WaitRules
from tui.cli.output import print_records, warn
from tui.cli.session import CommandSession, open_session
from tui.cli.signals import run as run_work
from tui.cli.table import Field
from tui.cli.waiting import wait_for_runs
from tui.core.models import Action, ActionKind
from tui.core.state import State
from tui.engine.evidence import outcome_of_job
from tui.engine.sequence import JobSequence, Step, StepStatus

if TYPE_CHECKING:
    import argparse

    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.sequence import SequencePlan, WaitForRun

STEP_KEYS = ("position", "connection", "job_id", "name", "status", "run_id", "outcome", "message")
"""A step's keys in JSON and CSV: stable, in this order."""

_FIELDS = (
    Field("#", lambda record: str(record["position"]), is_right=True),
    Field("JOB", lambda record: str(record["name"])),
    Field("SYSTEM", lambda record: str(record["connection"])),
    Field("STATUS", lambda record: str(record["status"])),
    Field("OUTCOME", lambda record: str(record["outcome"] or "")),
    Field("RUN", lambda record: str(record["run_id"] or "")),
    Field("MESSAGE", lambda record: str(record["message"] or "")),
)
_ENDED_BADLY = {State.FAILED: ExitCode.JOB_FAILED, State.CANCELLED: ExitCode.CANCELLED}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the jobs, `--yes` and the output."""
    parser.add_argument("job", metavar="JOB", nargs="+", help=JOB_HELP)
    parser.add_argument("--yes", action="store_true", help="confirmed, in production, too: don't ask")
    add_call_option(parser)
    add_output_option(parser)
    told = (
        "The first job that doesn't succeed ends it (a warning counts as success); the rest is not started."
    )
    lines = examples(
        "sequence datameer/50 datameer/57", 'sequence "load customers" "build marts" --yes -o json'
    )
    parser.epilog = f"{told}\n\n{lines}\n\nstep (-o json): {' '.join(STEP_KEYS)}\n\n{EXPLAINED}"


def run(args: argparse.Namespace) -> int:
    """Start and await each job in its turn."""
    return run_work(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with open_session(args) as session:
        if args.show_call:
            return await print_calls(session, args.job, _trigger)
        for text in args.job:
            refuse_if_read_only(session, text)
        jobs = await session.find_all(args.job)
        for text, job in zip(args.job, jobs, strict=True):
            refuse_if_doubtful(session, text, job)
        plan = await session.engine.plan_sequence([job.key for job in jobs])
        typed = plan.expects if args.yes or plan.refusal else await _ask(plan)
        sequence = JobSequence(session.engine.actions, _wait_in(session), plan, lambda: None)
        await sequence.run(typed or "")
        warn(sequence.told)
        if session.engine.is_dry_run:
            warn(NOT_SENT)
        records = [_record(position, step) for position, step in enumerate(sequence.steps, start=1)]
        print_records(records, args.output, _FIELDS, STEP_KEYS)
        return _exit_code(sequence)


async def _trigger(job: Job) -> Action:
    return Action(ActionKind.TRIGGER, job.key)


async def _ask(plan: SequencePlan) -> str | None:
    names = ", ".join(f"{one.job.connection}/{one.job.name}" for one in plan.plans)
    environment = next(one.environment for one in plan.plans if one.level is plan.level)
    return await ask_for(
        f"run in order {names} ({environment})", plan.level, plan.expects, plan.plans[0].preview
    )


def _wait_in(session: CommandSession) -> WaitForRun:
    async def wait(key: JobKey, run_id: str) -> State:
        await wait_for_runs(session, {key: run_id}, WaitRules(), is_seen=False)
        job = session.engine.store.jobs.get(key)
        if job is not None and run_id in ("", job.run_id):
            return outcome_of_job(job)
        runs = await session.engine.runs(key)
        return next((run.state for run in runs if run.key.run_id == run_id), State.UNKNOWN)

    return wait


def _record(position: int, step: Step) -> dict[str, Any]:
    return {
        "position": position,
        "connection": step.job.connection,
        "job_id": step.job.id,
        "name": step.name,
        "status": step.status.value,
        "run_id": step.run_id or None,
        "outcome": step.outcome.value if step.outcome is not None else None,
        "message": step.message or None,
    }


def _exit_code(sequence: JobSequence) -> ExitCode:
    """What the step that ended it means."""
    bad = next((step for step in sequence.steps if not step.is_good), None)
    if bad is None:
        return ExitCode.DONE
    if bad.status is StepStatus.REFUSED:
        return ExitCode.REFUSED
    if bad.outcome in _ENDED_BADLY:
        return _ENDED_BADLY[bad.outcome]
    return ExitCode.OUTCOME_UNKNOWN
