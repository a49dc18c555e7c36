"""The jobs of a made-up analytics department, for the demo."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.simulators.datameer.job import JobSpec
from tui.simulators.datameer.vocabulary import QUEUED, Kind, Outcome
from tui.simulators.fleet import SYSTEMS, Script, make_scripts

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = (Kind.IMPORT, Kind.WORKBOOK, Kind.EXPORT, Kind.IMPORT, Kind.WORKBOOK)
_FOLDERS = {Kind.IMPORT: "Import Jobs", Kind.WORKBOOK: "Workbooks", Kind.EXPORT: "Export Jobs"}
_TEAMS = ("Finance", "Vertrieb Süd", "Operations", "Web & Mobile")
_OWNERS = ("analyst", "m.keller", "svc_reporting")
_IDLE_SHARE, _WAITING_SHARE = 0.06, 0.7
_LONGEST_ASKED_S = 45.0
_AFTER_S = 5.0


def make_specs(count: int, seed: int) -> Iterator[JobSpec]:
    """The jobs: most on a schedule, a few never run, and most workbooks wait for the import before them.

    Args:
        count: How many.
        seed: Makes the same jobs each time.
    """
    system = SYSTEMS[4]
    rng = random.Random(f"datameer:{seed}")  # noqa: S311 - a made-up fleet, no secret
    latest: JobSpec | None = None
    for index, script in enumerate(make_scripts(system, count, seed)):
        kind = _KINDS[index % len(_KINDS)]
        waits = kind is Kind.WORKBOOK and latest is not None and rng.random() < _WAITING_SHARE
        awaited = latest if waits else None
        spec = JobSpec(
            id=int(script.id),
            name=script.name,
            kind=kind,
            folder=f"/{system.folder.title()}/{rng.choice(_TEAMS)}/{_FOLDERS[kind]}",
            script=_schedule(script, awaited) if rng.random() > _IDLE_SHARE else None,
            waits_for=awaited.id if awaited else None,
            preparation=((QUEUED, rng.uniform(1, 8)),),
            duration_s=min(script.usual_s, _LONGEST_ASKED_S),
            outcome=Outcome(message=f"{rng.randint(900, 90_000):,} rows written"),
            records=rng.randint(1_000, 500_000),
            owner=rng.choice(_OWNERS),
        )
        latest = spec if kind is Kind.IMPORT else latest
        yield spec


def _schedule(script: Script, awaited: JobSpec | None) -> Script:
    """A workbook that waits is due shortly after the import that it waits for."""
    if awaited is None or awaited.script is None:
        return script
    return replace(script, period_s=awaited.script.period_s, phase_s=awaited.script.phase_s + _AFTER_S)
