"""Rehearsals of what Informatica does over its other APIs, and of commands on this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.adapters.http_contract import _OverHttp
from tests.adapters.informatica_harness import InformaticaHarness
from tests.adapters.local_case import LocalHarness, assert_gone, begin, finish, key_of, open_adapter, see
from tests.adapters.rehearsal_contract import HOSTILE, RehearsalContract
from tui.adapters.local import LocalAdapter
from tui.core.errors import ActionRefused
from tui.core.models import Action, ActionKind
from tui.core.rehearsal import RehearsedCall, RehearsedSignal, RehearsedStart, rehearsing
from tui.engine.rehearsing import written
from tui.engine.targets import send


class TestTaskflows(_OverHttp):
    harness_type = InformaticaHarness
    options = MappingProxyType({"family": "taskflows", "behaviour": {"log_lag_s": 1}})

    test_what_is_rehearsed_is_what_is_sent = RehearsalContract.test_what_is_rehearsed_is_what_is_sent
    test_the_call_that_is_shown_does_the_same = RehearsalContract.test_the_call_that_is_shown_does_the_same


class TestCodeTasks(TestTaskflows):
    options = MappingProxyType({"family": "code", "behaviour": {"log_lag_s": 1}})


async def rehearsed(adapter: LocalAdapter, action: Action) -> RehearsedCall:
    with rehearsing() as calls:
        await send(adapter, action)
    (call,) = calls
    return call


def shell(line: str, password: str) -> bytes:
    """What a line prints."""
    words, env = ("/bin/sh", "-c", line), {"DB_PASSWORD": password}
    return subprocess.run(words, env=env, capture_output=True, check=True).stdout


def files_below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def job(**changes: Any) -> Mapping[str, Any]:
    told = 'printf "%s|" "$PWD" "$REGION" "$DB_PASSWORD"'
    table = {
        "name": "job",
        "command": f'{told}  # it\'s `quoted` \\ "twice"',
        "cwd": "/",
        "env": {"DB_PASSWORD": {"env": "SOME_SECRET"}},
        "param": [{"name": "REGION", "default": "EU"}],
    }
    return {**table, **changes}


async def test_a_start_is_told_and_starts_nothing(tmp_path: Path) -> None:
    adapter = open_adapter(tmp_path, job())
    call = await rehearsed(adapter, Action(ActionKind.TRIGGER, key_of("job"), params={"REGION": HOSTILE}))
    assert isinstance(call, RehearsedStart)
    assert files_below(tmp_path) == []
    shown = written(call, adapter, Action(ActionKind.TRIGGER, key_of("job")), adapter.context.redactor)
    assert "value of SOME_SECRET" not in f"{shown}{call!r}"
    assert shown.variables == ("DB_PASSWORD",)
    assert all(character.isprintable() or character == "\n" for character in shown.command)
    assert shell(shown.command, "value of SOME_SECRET").decode() == f"/|{HOSTILE}|value of SOME_SECRET|"


async def test_the_shown_line_does_what_the_start_does(tmp_path: Path) -> None:
    adapter = open_adapter(tmp_path, job(command=["/usr/bin/env", "printf", HOSTILE.replace("%", "%%")]))
    action = Action(ActionKind.TRIGGER, key_of("job"), params={"REGION": "US"})
    shown = written(await rehearsed(adapter, action), adapter, action, adapter.context.redactor)
    printed = shell(shown.command, "x")
    ended = await finish(adapter, "job", REGION="US")
    path = adapter.log_path(ended.run_key) if ended.run_key is not None else None
    assert path is not None
    assert printed == path.read_bytes() != b""


async def test_a_start_that_would_be_refused_is_refused(tmp_path: Path) -> None:
    adapter = open_adapter(tmp_path, job(command="no-such-command"))
    with pytest.raises(ActionRefused, match="was not found"), rehearsing() as calls:
        await adapter.trigger(key_of("job"), {})
    assert calls == []


@pytest.mark.parametrize("is_forced", [False, True])
async def test_a_stop_is_told_and_stops_nothing(tmp_path: Path, is_forced: bool) -> None:
    try:
        adapter = open_adapter(tmp_path, {"name": "job", "command": ["sleep", "600"], "grace": 0.2})
        run = await begin(adapter, "job")
        action = Action(ActionKind.STOP, run.job, run, is_forced=is_forced)
        call = await rehearsed(adapter, action)
        assert isinstance(call, RehearsedSignal)
        assert call.signal == ("USR1" if is_forced else "TERM")
        seen = await see(adapter, "job")
        assert (seen.state, seen.substate) == ("running", "")
        assert written(call, adapter, action, adapter.context.redactor).command.startswith(
            f"kill -{call.signal} {call.pid}"
        )
        shell(f"kill -{call.signal} {call.pid}", "")
        await LocalHarness.until(_Looking(adapter), run.job, lambda now: now.state == "cancelled")
    finally:
        await assert_gone(tmp_path)


class _Looking(LocalHarness):
    """Looks at a local adapter as a harness does."""

    def __init__(self, adapter: LocalAdapter) -> None:
        self.adapter = adapter


async def test_a_dry_run_starts_and_stops_nothing(tmp_path: Path) -> None:
    usual = open_adapter(tmp_path, {"name": "job", "command": ["sleep", "600"], "grace": 0.2})
    adapter = LocalAdapter("here", usual.settings, replace(usual.context, is_dry_run=True))
    try:
        with pytest.raises(ActionRefused, match="dry run"):
            await adapter.trigger(key_of("job"), {})
        assert files_below(tmp_path) == []
        run = await begin(usual, "job")
        for is_forced in (False, True):
            with pytest.raises(ActionRefused, match="dry run"):
                await adapter.stop(run, is_forced=is_forced)
        assert (await see(usual, "job")).state == "running"
    finally:
        await assert_gone(tmp_path)
