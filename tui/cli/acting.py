"""What trigger, rerun, stop, hold and release share: plan, ask, send once, tell the receipt."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.cli.arguments import JOB_HELP, add_output_option, examples
from tui.cli.calls import NOT_SENT, add_call_option, print_calls
from tui.cli.confirmation import ask
from tui.cli.exit_codes import EXPLAINED, ExitCode
from tui.cli.output import print_record, warn
from tui.cli.selection import connections_for
from tui.cli.session import CommandSession, open_session
from tui.cli.signals import run as run_work
from tui.cli.waiting import add_rule_options, in_time, read_rules, wait_for_runs
from tui.core.errors import ActionRefused, ConfigError, NightdeckError
from tui.core.models import Action, ActionKind, Receipt, ReceiptStatus

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from tui.cli.outcomes import WaitRules
    from tui.core.models import Job
    from tui.engine.guard import Plan

    MakeAction = Callable[[CommandSession, Job, argparse.Namespace], Awaitable[Action]]

RECEIPT_KEYS = (
    "request_id",
    "action",
    "connection",
    "job_id",
    "run_id",
    "status",
    "sent_at",
    "updated_at",
    "message",
    "observed_state",
    "steps",
)
"""A receipt's keys in JSON and CSV: stable, in this order."""

_CODES = {
    ReceiptStatus.REFUSED: ExitCode.REFUSED,
    ReceiptStatus.UNKNOWN: ExitCode.OUTCOME_UNKNOWN,
    ReceiptStatus.SENT: ExitCode.OUTCOME_UNKNOWN,
}
_STARTS = (ActionKind.TRIGGER, ActionKind.RERUN)


def add_action_options(parser: argparse.ArgumentParser, *, has_yes: bool = True) -> None:
    """Give an action its job, `--yes` and `-o`.

    Args:
        parser: The command's.
        has_yes: Whether a plain yes is enough to confirm it.
    """
    parser.add_argument("job", metavar="JOB", help=JOB_HELP)
    if has_yes:
        parser.add_argument("--yes", action="store_true", help="confirmed, in production, too: don't ask")
    add_call_option(parser)
    add_output_option(parser)


def add_wait_options(parser: argparse.ArgumentParser, help: str) -> None:  # noqa: A002 - as argparse calls it
    """Give an action its `--wait`, and how long that may take."""
    parser.add_argument("--wait", action="store_true", help=help)
    parser.add_argument("--timeout", metavar="SPAN", help="with --wait: give up after 90s, 30m, … (124)")


def add_start_options(parser: argparse.ArgumentParser) -> None:
    """Give an action that starts a run its `--wait`, and what goes with it."""
    add_wait_options(parser, help="wait until the run has ended; the exit code tells how")
    add_rule_options(parser)
    parser.add_argument(
        "--accept-unknown",
        action="store_true",
        help="start it although nobody knows whether an earlier start happened",
    )


def describe(parser: argparse.ArgumentParser, *lines: str) -> None:
    """Give an action the end of its help: examples, the receipt's keys, exit codes."""
    statuses = "accepted, observed, refused, unknown; rehearsed after a dry run"
    keys = f"receipt (-o json):\n  {' '.join(RECEIPT_KEYS)}\nstatus: {statuses}"
    parser.epilog = f"{examples(*lines)}\n\n{keys}\n\n{EXPLAINED}"


def act(args: argparse.Namespace, make_action: MakeAction) -> int:
    """Do what a command asks.

    Args:
        args: The parsed command line.
        make_action: Says what to do to the job that was found.
    """
    rules = _rules(args)
    return run_work(_act(args, make_action, rules))


def _rules(args: argparse.Namespace) -> WaitRules | None:
    """How to wait; None when nobody wants to. Raises ConfigError."""
    given = [name for name in ("timeout", "strict", "propagate") if getattr(args, name, None)]
    if getattr(args, "wait", False):
        return read_rules(args)
    if given:
        raise ConfigError(f"--{given[0]} is for --wait", hint="add --wait, or leave it out")
    return None


async def _act(args: argparse.Namespace, make_action: MakeAction, rules: WaitRules | None) -> int:
    async with open_session(args) as session:
        if args.show_call:
            return await print_calls(session, [args.job], lambda job: make_action(session, job, args))
        refuse_if_read_only(session, args.job)
        job = await session.find(args.job)
        refuse_if_doubtful(session, args.job, job)
        plan = await session.engine.actions.plan(await make_action(session, job, args))
        receipt = await _perform(session, plan, args)
        if receipt.status is ReceiptStatus.UNKNOWN:
            warn(f"{receipt.message}; looking whether it happened")
            receipt = await session.engine.actions.observe(receipt)
        if receipt.status is ReceiptStatus.REFUSED:
            warn(f"{receipt.action.kind} {job.connection}/{job.name}: {receipt.message}")
        if args.output != "table" or receipt.status is not ReceiptStatus.REFUSED:
            print_record(_shown(receipt_record(receipt), args.output), args.output)
        if receipt.status in _CODES:
            return _CODES[receipt.status]
        if receipt.status is ReceiptStatus.REHEARSED:
            warn(NOT_SENT)
        elif rules is not None:
            return await in_time(session, rules, _wait(session, job, receipt, rules))
        return ExitCode.DONE


async def _perform(session: CommandSession, plan: Plan, args: argparse.Namespace) -> Receipt:
    is_in_doubt = bool(plan.refusal) and await _has_unknown_start(session, plan)
    if plan.refusal and not is_in_doubt:
        now = session.engine.clock.now()
        return Receipt(plan.request_id, plan.action, ReceiptStatus.REFUSED, now, now, message=plan.refusal)
    confirmation = await _confirmation(plan, args)
    is_unknown_accepted = getattr(args, "accept_unknown", False)
    try:
        receipt = await session.engine.actions.perform(
            plan.action,
            confirmation=confirmation,
            request_id=plan.request_id,
            shown=plan,
            is_unknown_accepted=is_unknown_accepted,
        )
    except asyncio.CancelledError:
        warn("interrupted while the request was sent: `nightdeck journal` tells what is known of it")
        raise
    if is_in_doubt and receipt.status is ReceiptStatus.REFUSED and not is_unknown_accepted:
        warn("with --accept-unknown it is started all the same")
    return receipt


async def _confirmation(plan: Plan, args: argparse.Namespace) -> str | None:
    """What was said on the command line, or else what is typed when asked."""
    if getattr(args, "yes", False):
        return plan.expects
    said: str | None = getattr(args, "confirm", None)
    return said if said is not None else await ask(plan)


async def _has_unknown_start(session: CommandSession, plan: Plan) -> bool:
    """Whether an earlier start of the job has an unknown outcome; performing another looks for it first."""
    if plan.action.kind not in _STARTS:
        return False
    try:
        entries = await session.engine.journal.unfinished(plan.job.key)
    except NightdeckError:
        return False
    return any(entry.action in _STARTS for entry in entries)


async def _wait(session: CommandSession, job: Job, receipt: Receipt, rules: WaitRules) -> int:
    is_stop = receipt.action.kind is ActionKind.STOP
    is_new_run = receipt.run_id not in ("", job.run_id)
    if not is_stop and not is_new_run:
        # Without the name of a new run only its being seen tells it from the one before.
        receipt = await session.engine.actions.observe(receipt)
        if receipt.status is not ReceiptStatus.OBSERVED:
            warn(receipt.message)
            return ExitCode.OUTCOME_UNKNOWN
    return await wait_for_runs(
        session, {job.key: receipt.run_id}, replace(rules, is_end_enough=is_stop), is_seen=False
    )


def receipt_record(receipt: Receipt) -> dict[str, Any]:
    """A receipt as a JSON-like record with `RECEIPT_KEYS`; a step is a status and the time of it."""
    return {
        "request_id": receipt.request_id,
        "action": receipt.action.kind.value,
        "connection": receipt.action.job.connection,
        "job_id": receipt.action.job.id,
        "run_id": receipt.run_id or None,
        "status": receipt.status.value,
        "sent_at": receipt.sent_at.isoformat(),
        "updated_at": receipt.updated_at.isoformat(),
        "message": receipt.message or None,
        "observed_state": receipt.observed_state.value if receipt.observed_state is not None else None,
        "steps": [{"status": step.status.value, "at": step.at.isoformat()} for step in receipt.steps],
    }


def _shown(record: dict[str, Any], output: str) -> dict[str, Any]:
    """The record with its steps in words, where people read it."""
    if output == "table":
        record["steps"] = ", ".join(f"{step['status']} {step['at']}" for step in record["steps"])
    return record


def refuse_if_read_only(session: CommandSession, text: str) -> None:
    """Refuse before any system is asked, where every connection that may have the job is read-only."""
    if session.engine.is_read_only:
        raise ActionRefused("nightdeck is read-only: nothing was sent")
    health = session.engine.store.health
    names = connections_for([text], health) or set(health)
    if names and all(health[name].is_read_only for name in names):
        raise ActionRefused(f"{', '.join(sorted(names))} is read-only: nothing was sent")


def refuse_if_doubtful(session: CommandSession, text: str, job: Job) -> None:
    """Don't act on what can't be seen, nor on a name that another system may have too."""
    if job.connection in session.failures:
        raise session.unavailable(f"nothing was sent: {job.connection} can't be asked", [job.connection])
    health, jobs = session.engine.store.health, session.engine.store.jobs.values()
    unseen = [name for name in session.failures if not any(other.connection == name for other in jobs)]
    if unseen and connections_for([text], health) is None:
        raise ActionRefused(
            f"nothing was sent: {', '.join(unseen)} may have a job {text!r}, too, and can't be asked",
            hint=f"say {job.connection}/{job.id}",
        )
