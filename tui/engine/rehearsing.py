"""What an action would send, learnt by letting the adapter do everything but send it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused
from tui.core.rehearsal import rehearsing
from tui.engine.call_secrets import secrets_of
from tui.engine.secrecy import mask_text
from tui.engine.shown_call import ShownCall, show_call, way_of
from tui.engine.targets import resolve, send
from tui.engine.watchdog import Watchdog
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from tui.core.adapter import Adapter
    from tui.core.clock import Clock
    from tui.core.models import Action, Job
    from tui.core.redaction import Redactor
    from tui.core.rehearsal import RehearsedCall

LIMIT_S = 3660.0
"""Seconds after which an adapter that forgot its own timeout is cut off, as when it sends."""

_LONGEST = 400
"""Characters of a call in a receipt; `ShownCall.command` has all of them."""


async def rehearse(adapter: Adapter, action: Action, clock: Clock) -> RehearsedCall:
    """What a resolved action would send. Nothing is changed; the adapter may look up what it needs.

    Raises:
        ActionRefused: It would not be sent, or the adapter can't be stopped short of sending it.
        NightdeckError: What it needs to know could not be had.
    """
    if not adapter.rehearses:
        raise ActionRefused(
            f"the adapter for {adapter.title} can't tell what it would send, so it was not asked",
            hint="its makers must say that it `rehearses`",
        )
    with rehearsing() as calls:
        await Watchdog(clock, LIMIT_S).watch(send(adapter, action))
    if not calls:
        raise ActionRefused(f"{adapter.title} would send nothing", hint="its adapter is at fault")
    return calls[0]


async def call_of(adapter: Adapter, job: Job, action: Action, redactor: Redactor, clock: Clock) -> ShownCall:
    """What an action would send, written down without secrets. Raises NightdeckError, as sending it would."""
    reason = adapter.reason_against(action.kind, job)
    if reason:
        raise ActionRefused(reason)
    action = await resolve(action, job, adapter)
    return written(await rehearse(adapter, action, clock), adapter, action, redactor)


def written(call: RehearsedCall, adapter: Adapter, action: Action, redactor: Redactor) -> ShownCall:
    """A call without secrets.

    Raises:
        ActionRefused: A secret stands in it where it can't be taken out.
    """
    secrets = secrets_of(call, adapter, action.params, redactor.mask)
    shown = show_call(call, secrets, way_of(adapter))
    if redactor.knows(shown.command):
        raise ActionRefused(
            "the call can't be shown: a secret is in it in a form that can't be taken out",
            hint="what it sends in short is in the question",
        )
    brief = plain_text(shown.brief)
    brief = brief if len(brief) <= _LONGEST else f"{brief[:_LONGEST]}…"
    return replace(shown, brief=mask_text(brief, redactor) if redactor.knows(brief) else brief)
