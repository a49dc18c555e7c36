"""A made-up night of jobs over several systems, as a pure function of the time: no task runs behind it."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

HANDFUL = 64
"""How many jobs there are when nobody says how many."""

DATABASE_DOWN = "ORA-12541: TNS:no listener (dwh-db01:1521)"
"""The one cause behind failures in several systems."""

_DOWN_S = 4 * 3600
"""For how long the database had been down when the demo begins: nothing that needs it has worked since."""

_WORDS = (
    "load_customers",
    "m_orders_to_dwh",
    "hourly_sync",
    "vcenter_extractor",
    "nightly_export",
    "reduce_entity",
    "load_invoices",
    "stage_payments",
    "m_products_delta",
    "build_marts",
    "sap_material_master",
    "refresh_forecast",
    "clean_sessions",
    "ship_manifest",
    "dq_checks",
    "gl_postings",
    "currency_rates",
    "m_returns_to_dwh",
    "churn_score",
    "warehouse_stock",
    "vm_capacity_import",
    "host_metrics",
    "price_list_export",
    "crm_contacts",
    "web_clickstream",
    "m_loyalty_points",
    "open_items",
    "ledger_close",
    "telemetry_rollup",
    "turbine_status",
    "energy_balance",
    "weather_feed",
)
_DWH_WORDS = ("load_", "m_", "stage_", "build_", "gl_")


@dataclass(frozen=True, slots=True)
class System:
    """One made-up system."""

    name: str
    """The connection's name."""
    environment: str
    """`prod`, `stage`, `dev` or empty."""
    kind: str
    """What it calls its jobs."""
    folder: str
    """Where its jobs lie."""
    share: float
    """Its part of all jobs."""
    is_shaky: bool = False
    """Whether it can't be reached now and then."""


SYSTEMS: Sequence[System] = (
    System("talend-prod", "prod", "task", "DWH", 0.3),
    System("iics-eu", "prod", "mapping", "Sales/EU", 0.25),
    System("enos-cn", "stage", "flow", "energy", 0.2),
    System("bmc", "", "etl", "capacity", 0.15),
    System("datameer", "dev", "workbook", "analytics", 0.1, is_shaky=True),
)
"""The systems of the demo, each a connection."""


@dataclass(frozen=True, slots=True)
class Script:
    """How one made-up job lives: it runs every `period_s` for about `usual_s`, and mostly succeeds."""

    id: str
    """Its id within the system."""
    name: str
    """Its name."""
    period_s: float
    """Seconds between two starts."""
    usual_s: float
    """Seconds that a run usually takes."""
    phase_s: float
    """When in the period it starts."""
    failure_rate: float
    """Share of runs that fail by themselves."""
    needs_database: bool
    """Whether it fails while the database is down."""
    is_parametrised: bool
    """Whether it takes parameters."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a script: everything that will ever be known of it."""

    run_id: str
    """Its id."""
    started_at: datetime
    """When it begins."""
    duration_s: float
    """Seconds that it takes."""
    outcome: State
    """How it ends."""
    message: str
    """What it says at its end."""
    triggered_by: str = "schedule"
    """Who started it."""

    @property
    def ended_at(self) -> datetime:
        """When it ends."""
        return self.started_at + timedelta(seconds=self.duration_s)

    def cut(self, now: datetime) -> Execution:
        """The same run, stopped now."""
        seconds = max(0.0, (now - self.started_at).total_seconds())
        return replace(self, duration_s=seconds, outcome=State.CANCELLED, message="stopped by an operator")


def make_scripts(system: System, count: int, seed: int = 7) -> Sequence[Script]:
    """The jobs of a system.

    Args:
        system: Which one.
        count: How many jobs.
        seed: Makes the same jobs each time.
    """
    rng = random.Random(f"{seed}:{system.name}")  # noqa: S311 - a made-up fleet, no secret
    words = list(_WORDS)
    rng.shuffle(words)
    scripts = []
    for index in range(count):
        word = words[index % len(words)]
        name = word if index < len(words) else f"{word}_{index // len(words):03d}"
        is_hourly = rng.random() < 0.3
        period = rng.choice((900, 1800, 3600)) if is_hourly else rng.choice((7200, 14_400, 28_800))
        scripts.append(
            Script(
                id=str(1000 + index),
                name=name,
                period_s=period,
                usual_s=rng.uniform(40, min(900, period / 4)),
                phase_s=rng.uniform(0, period),
                failure_rate=rng.choice((0.0, 0.0, 0.02, 0.1)),
                needs_database=word.startswith(_DWH_WORDS) and rng.random() < 0.6,
                is_parametrised=rng.random() < 0.3,
            )
        )
    return scripts


def execution(script: Script, number: int, night: datetime) -> Execution:
    """The run that begins the script's period of that number.

    Args:
        script: Which job.
        number: Which period, counted from the epoch.
        night: When the demo began: the database has been down since shortly before.
    """
    rng = random.Random(f"{script.id}:{script.name}:{number}")  # noqa: S311 - a made-up fleet, no secret
    started = datetime.fromtimestamp(number * script.period_s + script.phase_s, UTC)
    seconds = script.usual_s * rng.lognormvariate(0, 0.12)
    outcome, message = State.SUCCEEDED, f"{rng.randint(900, 90_000):,} rows written"
    if script.needs_database and -_DOWN_S < (started - night).total_seconds() < 0:
        outcome, message, seconds = State.FAILED, DATABASE_DOWN, seconds * rng.uniform(1.8, 2.6)
    elif rng.random() < script.failure_rate:
        outcome, message = rng.choice(
            (
                (State.FAILED, "java.lang.OutOfMemoryError: GC overhead limit exceeded"),
                (State.FAILED, "file not found: /in/orders_20261121.csv"),
                (State.WARNING, f"{rng.randint(2, 40)} records dropped: value too long for column CITY"),
            )
        )
    run_id = f"{int(started.timestamp())}_{rng.randrange(16**4):04x}"
    return Execution(run_id, started, seconds, outcome, message)


def period_number(script: Script, now: datetime) -> int:
    """The number of the period whose run began last."""
    return int((now.timestamp() - script.phase_s) // script.period_s)
