"""What trigger, rerun, stop, hold and release share: plan, ask, send once, tell the receipt."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from tui.cli.exit_codes import ExitCode
from tui.cli.output import add_output_option, print_record, warn
from tui.cli.session import CommandSession, open_session
from tui.cli.waiting import WaitRules, wait_for_runs
from tui.core.errors import ActionRefused
from tui.core.models import Action, Receipt, ReceiptStatus
from tui.engine.guard import GuardLevel

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable

    from tui.core.models import Job
    from tui.engine.guard import Plan

    MakeAction = Callable[[CommandSession, Job, argparse.Namespace], Awaitable[Action]]

_CODES = {
    ReceiptStatus.REFUSED: ExitCode.REFUSED,
    ReceiptStatus.UNKNOWN: ExitCode.OUTCOME_UNKNOWN,
    ReceiptStatus.SENT: ExitCode.OUTCOME_UNKNOWN,
}


def add_action_options(parser: argparse.ArgumentParser) -> None:
    """Give an action its job, `--yes` and `-o`."""
    parser.add_argument("job", metavar="JOB", help="connection/id, connection/name or a unique name")
    parser.add_argument("--yes", action="store_true", help="don't ask")
    add_output_option(parser)


def add_wait_options(parser: argparse.ArgumentParser) -> None:
    """Give an action that starts a run its `--wait` and what goes with it."""
    parser.add_argument("--wait", action="store_true", help="wait until the run has ended")
    parser.add_argument("--strict", action="store_true", help="with --wait: a warning counts as a failure")


def act(args: argparse.Namespace, make_action: MakeAction) -> int:
    """Do what a command asks.

    Args:
        args: The parsed command line.
        make_action: Says what to do to the job that was found.
    """
    return asyncio.run(_act(args, make_action))


async def _act(args: argparse.Namespace, make_action: MakeAction) -> int:
    async with open_session(args) as session:
        job = await session.find(args.job)
        plan = await session.engine.actions.plan(await make_action(session, job, args))
        if plan.refusal:
            raise ActionRefused(f"{plan.action.kind} {job.connection}/{job.name}: {plan.refusal}")
        confirmation = plan.expects if args.yes else await asyncio.to_thread(_ask, plan)
        receipt = await session.engine.actions.perform(
            plan.action, confirmation=confirmation, request_id=plan.request_id
        )
        if receipt.status is ReceiptStatus.UNKNOWN:
            warn(f"{receipt.message}; looking whether it happened")
            receipt = await session.engine.actions.observe(receipt)
        print_record(receipt_record(receipt), args.output)
        if receipt.status in _CODES:
            return _CODES[receipt.status]
        if getattr(args, "wait", False) and receipt.run_id:
            rules = WaitRules(is_strict=args.strict)
            return await wait_for_runs(session, {job.key: receipt.run_id}, rules)
        return ExitCode.DONE


def receipt_record(receipt: Receipt) -> dict[str, Any]:
    """A receipt as a JSON-like record; its keys are stable."""
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
    }


def _ask(plan: Plan) -> str | None:
    """What the user types; an action that a plain Enter confirms is confirmed by the command itself."""
    if plan.level is GuardLevel.ENTER:
        return ""
    where = f"{plan.job.connection} ({plan.environment})"
    what = f"{plan.action.kind} {plan.job.name} on {where}: {plan.preview}"
    if not sys.stdin.isatty():
        raise ActionRefused(f"{what}: not confirmed", hint="pass --yes where nobody can be asked")
    wanted = "y" if plan.level is GuardLevel.YES else f"the job's name ({plan.expects})"
    print(f"{what}\nType {wanted} to confirm: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() or None
