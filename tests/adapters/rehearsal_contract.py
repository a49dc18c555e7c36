"""What a rehearsal of any action must be: everything but the request, and that told to the byte.

`HttpContract` has this in it, so that every adapter that speaks HTTP is held to it with nothing more said.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.http_night import night_over
from tests.support.clock import FakeClock
from tui.core.capabilities import CanDelete, CanHold, CanRerun, CanStop, CanTrigger, TakesRunIds
from tui.core.errors import ActionRefused, NightdeckError
from tui.core.models import Action, ActionKind, ReceiptStatus
from tui.core.rehearsal import RehearsedRequest, rehearsing
from tui.core.state import State
from tui.engine.call_secrets import secrets_of
from tui.engine.rehearsing import written
from tui.engine.secret_pieces import forms_of
from tui.engine.targets import send

if TYPE_CHECKING:
    import httpx

    from tests.adapters.http_harness import HttpHarness
    from tui.core.adapter import Adapter
    from tui.engine.shown_call import ShownCall

Opening = Callable[..., Awaitable["HttpHarness"]]

CURL_S = 20.0
"""Seconds after which a `curl` on this machine hangs."""

MANY = 5
"""Rehearsals at once, of an adapter that has no session yet."""

LOGIN_REQUESTS = 2
"""What one login costs at the most: some systems give a token that is about to end, to be refreshed."""

HOSTILE = "a'b\"c`id`$(id)$HOME\\n \n\t\r\x1b[31m\x85\u202e;&|<>*?[]{}#!~é%00 @-"
"""A value that does harm where it is not quoted."""

REQUEST = "20261121T140000-1f2e3d4c"
"""The id of a request."""

_MADE_BY_CURL = frozenset({"host", "content-length", "connection", "accept-encoding"})


@dataclass(frozen=True)
class Act:
    """One thing that can be done."""

    kind: ActionKind
    is_forced: bool = False
    is_failed_only: bool = False
    params: tuple[tuple[str, str], ...] = ()


ACTS: Mapping[type, Sequence[Act]] = {
    CanTrigger: [Act(ActionKind.TRIGGER)],
    CanStop: [Act(ActionKind.STOP), Act(ActionKind.STOP, is_forced=True)],
    CanRerun: [Act(ActionKind.RERUN), Act(ActionKind.RERUN, is_failed_only=True)],
    CanHold: [Act(ActionKind.HOLD), Act(ActionKind.RELEASE)],
    CanDelete: [Act(ActionKind.DELETE)],
}


class RehearsalContract:
    """Actions can be rehearsed."""

    async def test_what_is_rehearsed_is_what_is_sent(self, opening: Opening) -> None:
        for act in await acts_of(opening):
            harness = await opening(uses_socket=True)
            action = await ready(harness, act)
            changes, logins, runs = harness.changes_sent(), harness.logins_made(), made(harness)
            call = await rehearsed(harness.adapter, action)
            assert call is not None or not is_common(act)
            if call is None:
                # What the adapter refuses in a rehearsal it refuses for good, and sends nothing.
                with pytest.raises(NightdeckError):
                    await send(harness.adapter, action)
                assert harness.changes_sent() == changes
                continue
            assert (harness.changes_sent(), made(harness)) == (changes, runs)
            assert not harness.has_session or harness.logins_made() == logins
            await send(harness.adapter, action, name_for(harness.adapter))
            assert_same(call, last_change(harness), harness.varying_headers)

    async def test_a_rehearsal_opens_no_second_session(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        action = await ready(harness, (await acts_of(opening))[0])
        fresh = await harness.reopen()
        changes, logins = harness.changes_sent(), harness.logins_made()
        await asyncio.gather(*(rehearsed(fresh, action) for _ in range(MANY)))
        assert harness.changes_sent() == changes
        assert not harness.has_session or harness.logins_made() - logins <= LOGIN_REQUESTS

    async def test_a_dry_run_changes_nothing(self, opening: Opening, tmp_path: Path) -> None:
        for number, act in enumerate(await acts_of(opening)):
            harness = await opening(uses_socket=True, clock=FakeClock())
            action = await ready(harness, act)
            harness.is_dry_run = True
            changes, runs = harness.changes_sent(), made(harness)
            folder = tmp_path / str(number)
            folder.mkdir()
            async with night_over(harness, folder) as night:
                await night.drive(night.engine.sweep_all())
                harness.adapter = await night.engine.adapter(harness.connection)
                plan = await night.drive(night.engine.actions.plan(action))
                receipt = await night.drive(
                    night.engine.actions.perform(
                        plan.action, confirmation=plan.expects, request_id=plan.request_id
                    )
                )
                is_refused = bool(plan.refusal) or receipt.status is ReceiptStatus.REFUSED
                assert is_refused or receipt.status is ReceiptStatus.REHEARSED
                assert not is_refused or not is_common(act), receipt
                assert list(await night.engine.journal.entries()) == []
                # The door behind the rehearsal is shut as well.
                with pytest.raises(NightdeckError) as caught:
                    await night.drive(send(harness.adapter, plan.action))
                assert not is_common(act) or isinstance(caught.value, ActionRefused)
                harness.assert_no_secret(receipt, caught.value)
            assert (harness.changes_sent(), made(harness)) == (changes, runs)

    @pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
    async def test_the_call_that_is_shown_does_the_same(self, opening: Opening) -> None:
        for act in await acts_of(opening):
            harness = await opening(uses_socket=True)
            action = await ready(harness, act)
            call = await rehearsed(harness.adapter, action)
            assert call is not None or not is_common(act)
            if call is None:
                continue
            adapter, mask = harness.adapter, harness.redactor.mask
            shown = written(call, adapter, action, harness.redactor)
            harness.assert_no_secret(shown, call)
            digests = [value for name, value in call.headers if name.lower() in call.signed]
            assert not any(digest in shown.command for digest in digests)
            changes = harness.changes_made
            secrets = secrets_of(call, adapter, action.params, mask)
            said = await run_shell(shown, {name: value for value, name in forms_of(secrets).items()})
            assert harness.changes_made == changes + 1, said
            request = last_change(harness)
            assert (request.method, str(request.url)) == (call.method, call.url)
            assert request.content == call.content
            expected, arrived = headers_of(call.headers), headers_of(request.headers.multi_items())
            assert {name for name, _ in set(expected) - set(arrived)} <= _MADE_BY_CURL


async def acts_of(opening: Opening) -> Sequence[Act]:
    """What the adapter can do at all."""
    harness = await opening()
    adapter = harness.adapter
    assert adapter.rehearses, "say `rehearses = True` when every change leaves by `send_change`"
    acts = [act for mixin, acts in ACTS.items() if isinstance(adapter, mixin) for act in acts]
    params = tuple((name, HOSTILE) for name in harness.parameters)
    return [*acts, Act(ActionKind.TRIGGER, params=params)] if params else acts


def is_common(act: Act) -> bool:
    """Whether every system that can do it at all can do it so, too."""
    return not (act.is_forced or act.is_failed_only)


async def ready(harness: HttpHarness, act: Act) -> Action:
    """Bring the system to where the action can be done, and tell the action."""
    samples, kind = harness.samples, act.kind
    job = samples.idle
    run = None
    if kind is ActionKind.STOP:
        job = samples.lasting
        await harness.start(job)
        run = (await harness.until(job, lambda seen: seen.state is State.RUNNING)).run_key
    elif kind is ActionKind.RERUN:
        job = samples.failing
        run = (await harness.finish(job)).run_key
    elif kind in (ActionKind.HOLD, ActionKind.RELEASE):
        job = samples.holdable or samples.idle
        await harness.see(job)
        if kind is ActionKind.RELEASE:
            assert isinstance(harness.adapter, CanHold)
            await harness.adapter.hold(job)
    await harness.see(job)
    action = Action(kind, job, run, dict(act.params))
    return replace(action, is_forced=act.is_forced, is_failed_only=act.is_failed_only)


async def rehearsed(adapter: Adapter, action: Action) -> RehearsedRequest | None:
    """What would be sent; None when the adapter refuses."""
    try:
        with rehearsing() as calls:
            await send(adapter, action, name_for(adapter))
    except NightdeckError:
        return None
    (call,) = calls
    assert isinstance(call, RehearsedRequest)
    return call


def name_for(adapter: Adapter) -> str:
    """The id that a run is to have, where a system takes one: the same in the rehearsal and afterwards."""
    return adapter.run_id_for(REQUEST) if isinstance(adapter, TakesRunIds) else ""


def assert_same(call: RehearsedRequest, request: httpx.Request, varying: frozenset[str]) -> None:
    """What was rehearsed is what arrived: method, address, every header in its order, every byte."""
    assert (call.method, call.url, call.content) == (request.method, str(request.url), request.content)
    expected, arrived = headers_of(call.headers), headers_of(request.headers.multi_items())
    assert [name for name, _ in expected] == [name for name, _ in arrived]
    assert [pair for pair in expected if pair[0] not in varying] == [
        pair for pair in arrived if pair[0] not in varying
    ]


def headers_of(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers as they can be compared."""
    return [(name.lower(), value) for name, value in pairs]


def last_change(harness: HttpHarness) -> httpx.Request:
    """The newest request for a change that arrived."""
    return [request for request in harness.requests if harness.is_change(request)][-1]


def made(harness: HttpHarness) -> Mapping[str, int]:
    """The runs that the system knows of."""
    return dict(harness.simulator.runs_started)


async def run_shell(shown: ShownCall, variables: Mapping[str, str]) -> str:
    """Run a command as somebody who was shown it, with the secrets in the variables that it names."""
    assert set(shown.variables) <= set(variables)
    environment: dict[str, Any] = {**os.environ, **variables, "no_proxy": "*"}
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        shown.command,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), CURL_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode()
    return said.decode("utf-8", "replace")
