"""The DAGs of a made-up data platform: schedules, a few that are on hold, mapped tasks and retries."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tui.simulators.airflow.specs import ALWAYS, DagSpec, ParamSpec, TaskSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

HISTORY_S = 7200.0
"""Seconds for which the schedules of made-up DAGs have been at work when somebody looks first."""

_TEAMS = ("finance", "sales", "platform", "science")
_SUBJECTS = ("orders", "invoices", "customers", "stock", "prices", "returns", "ledger", "events", "rates")
_SCHEDULES = ((1800.0, "*/30 * * * *"), (3600.0, "@hourly"), (3600.0, "0 * * * *"))
_IDLE_SHARE, _PAUSED_SHARE, _FAILING_SHARE, _MAPPED_SHARE = 0.4, 0.05, 0.08, 0.2


def make_specs(count: int, seed: int) -> Iterator[DagSpec]:
    """The DAGs: some on a schedule, many begun by hand alone, a few failing.

    Args:
        count: How many.
        seed: Makes the same DAGs each time.
    """
    rng = random.Random(f"airflow:{seed}")  # noqa: S311 - made-up DAGs, no secrets
    for number in range(count):
        subject, team = rng.choice(_SUBJECTS), rng.choice(_TEAMS)
        every_s, summary = rng.choice(_SCHEDULES)
        is_idle = rng.random() < _IDLE_SHARE
        yield DagSpec(
            f"{team}_{subject}_{number:04d}",
            tuple(_tasks(rng)),
            params=(ParamSpec("region", "EU", {"type": "string"}, "which market"),)
            if number % 3 == 0
            else (),
            tags=(team, "daily" if is_idle else "hourly"),
            owners=(team,),
            description=f"{subject} of {team}",
            summary=None if is_idle else summary,
            every_s=0.0 if is_idle else every_s,
            phase_s=rng.uniform(0, every_s),
            is_paused=rng.random() < _PAUSED_SHARE,
        )


def _tasks(rng: random.Random) -> Iterator[TaskSpec]:
    is_bad = rng.random() < _FAILING_SHARE
    mapped = rng.randint(2, 5) if rng.random() < _MAPPED_SHARE else 0
    rows = rng.randint(900, 90_000)
    yield TaskSpec("extract", duration_s=rng.uniform(5, 60), log=(f"{rows:,} rows read",))
    yield TaskSpec(
        "load",
        ("extract",),
        duration_s=rng.uniform(10, 120),
        failures=ALWAYS if is_bad else 0,
        error="ConnectionError: no listener at dwh-db01:1521",
        retries=1,
        retry_delay_s=30.0,
        mapped=mapped,
        log=(f"{rows:,} rows written",),
    )
    yield TaskSpec("publish", ("load",), duration_s=rng.uniform(1, 10), operator="BashOperator")
