"""Dry runs over every system, and shown calls with whatever texts jobs and parameters may hold."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from typing import Any

from tests.adapters.airflow_harness import AirflowHarness
from tests.adapters.bmc_harness import BmcHarness
from tests.adapters.datameer_harness import DatameerHarness
from tests.adapters.enos_harness import EnosHarness
from tests.adapters.http_harness import HttpHarness
from tests.adapters.informatica_harness import InformaticaHarness
from tests.adapters.rehearsal_contract import ACTS, Act, made, ready, rehearsed
from tests.adapters.slurm_harness import SlurmHarness
from tests.adapters.talend_harness import TalendHarness
from tests.reliability.figures import Figure
from tui.core.errors import ActionRefused, NightdeckError
from tui.core.models import Action
from tui.engine.rehearsing import written
from tui.engine.shell_words import quoted
from tui.engine.targets import send

SYSTEMS: Sequence[tuple[type[HttpHarness], Mapping[str, Any]]] = (
    (TalendHarness, {}),
    (BmcHarness, {}),
    (EnosHarness, {}),
    (DatameerHarness, {}),
    (InformaticaHarness, {}),
    (InformaticaHarness, {"family": "taskflows", "behaviour": {"log_lag_s": 1}}),
    (InformaticaHarness, {"family": "code"}),
    (AirflowHarness, {}),
    (SlurmHarness, {}),
)
"""Everything that speaks HTTP."""

_SHARE = 10
"""For so many texts one dry run is tried: it costs as much."""

_BATCH = 400
_ALPHABET = (
    *("'", '"', "`", "$(id)", "${HOME}", "\\", "\n", "\r", "\t", "\x1b[2J", "\x9b31m", "\u202e", "\u2028"),
    *("-", "--", "%s", "%", "@/etc/passwd", "!", "#", "~", "*", "?", "[a]", "{a,b}", ";", "&", "|", "<", ">"),
    *(" ", "a", "Z", "0", "é", "日本", "\U0001f600", "\udcff", "=", ":", "/", "\x7f", "\x01"),
)


def campaign(size: int) -> Sequence[Figure]:
    """Try so many texts, and a dry run for each tenth of them."""
    return [*asyncio.run(_dry_runs(max(1, size // _SHARE))), _words(size)]


async def _dry_runs(size: int) -> Sequence[Figure]:
    """Every action of every system in turn, in a dry run over sockets."""
    tried = refused = changes = told = 0
    works = [
        (kind, options, act)
        for kind, options in SYSTEMS
        for mixin, acts in ACTS.items()
        if issubclass(kind.adapter_type, mixin)
        for act in acts
    ]
    for kind, options, act in islice(cycle(works), size):
        async with _prepared(kind, options, act) as (harness, action):
            before, runs = harness.changes_sent(), made(harness)
            call = await rehearsed(harness.adapter, action)
            try:
                await send(harness.adapter, action)
            except ActionRefused:
                refused += 1
            except NightdeckError:
                pass
            changes += harness.changes_sent() != before or made(harness) != runs
            if call is not None:
                shown = written(call, harness.adapter, action, harness.redactor)
                told += any(secret in f"{shown}{call}" for secret in harness.secrets)
        tried += 1
    return [
        Figure(
            "a dry run changes nothing in any system",
            tried,
            changes,
            f"{refused:,} times the real thing was refused, too",
        ),
        Figure("the call that is shown tells no secret", tried, told),
    ]


@asynccontextmanager
async def _prepared(
    kind: type[HttpHarness], options: Mapping[str, Any], act: Act
) -> AsyncIterator[tuple[HttpHarness, Action]]:
    """A system where the action can be done, behind an adapter that may change nothing."""
    async with kind(uses_socket=True, **options) as harness:
        action = await ready(harness, act)
        harness.is_dry_run = True
        harness.adapter = await harness.reopen()
        await harness.see(action.job)
        yield harness, action


def _words(size: int) -> Figure:
    """Hostile texts as words of the shell that is there: each comes out as it went in."""
    rng = random.Random(size)
    broken = tried = 0
    while tried < size:
        count = min(_BATCH, size - tried)
        texts = ["".join(rng.choices(_ALPHABET, k=rng.randrange(24))) for _ in range(count)]
        script = "\n".join(f"printf '%s\\0' {quoted(text)}" for text in texts)
        ran = subprocess.run(
            ("/bin/sh",), input=script.encode(), capture_output=True, check=False, env=dict(os.environ)
        )
        printed = ran.stdout.split(b"\0")[:-1]
        wanted = [text.encode("utf-8", "surrogateescape") for text in texts]
        broken += sum(a != b for a, b in zip(printed, wanted, strict=False)) + abs(len(wanted) - len(printed))
        tried += count
    return Figure(
        "a call with any text in it runs in a shell as it is shown, and nothing else runs", tried, broken
    )
