"""A made-up fleet of jobs over several systems: the same seed gives the same jobs, at any size."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tui.core.models import Job, Trend
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tui.core.keys import JobKey

NOW = datetime(2026, 11, 21, 14, 2, 31, tzinfo=UTC)
"""The moment at which every made-up job was observed."""


class _System(NamedTuple):
    connection: str
    type: str
    environment: str
    kind: str
    weight: int
    folders: tuple[str, ...]
    id_pattern: str
    words: Mapping[State, str]


_TALEND = {
    State.RUNNING: "RUNNING",
    State.FAILED: "ERROR_WHILE_EXECUTING_JOB",
    State.WARNING: "READY_TO_RUN",
    State.SUCCEEDED: "READY_TO_RUN",
    State.SCHEDULED: "READY_TO_RUN",
}
_INFORMATICA = {
    State.RUNNING: "RUNNING",
    State.FAILED: "FAILED",
    State.SUCCEEDED: "SUCCESS",
    State.WARNING: "WARNING",
}
_ENOS = {State.RUNNING: "2", State.FAILED: "5", State.SUCCEEDED: "4", State.CANCELLED: "6"}
_DATAMEER = {
    State.RUNNING: "RUNNING",
    State.FAILED: "ERROR",
    State.SUCCEEDED: "COMPLETED",
    State.WARNING: "COMPLETED_WITH_WARNINGS",
    State.CANCELLED: "CANCELED",
}
_AIRFLOW = {
    State.RUNNING: "running",
    State.FAILED: "failed",
    State.SUCCEEDED: "success",
    State.QUEUED: "queued",
}

_SYSTEMS = (
    _System("talend-prod", "talend", "prod", "task", 24, ("DWH", "CRM", "Finance"), "{}", _TALEND),
    _System("talend-stage", "talend", "stage", "task", 8, ("DWH", "CRM"), "{}", _TALEND),
    _System("bmc-prod", "bmc", "prod", "etl", 10, ("Extractors", "Loaders"), "etl-{}", {}),
    _System("iics-eu", "informatica", "prod", "mapping", 18, ("Sales/EU", "HR"), "0ab{:09d}", _INFORMATICA),
    _System("iics-dev", "informatica", "dev", "taskflow", 6, ("Sandbox",), "0cd{:09d}", _INFORMATICA),
    _System("enos-cn", "enos", "prod", "flow", 10, ("wind", "solar/北方"), "flow-{}", _ENOS),
    _System("datameer", "datameer", "", "workbook", 8, ("/Analytics/Daily",), "{}", _DATAMEER),
    _System("airflow-prod", "airflow", "prod", "dag", 12, ("",), "dag_{}", _AIRFLOW),
    _System("local", "local", "", "command", 4, ("",), "cmd{}", {}),
)

ENVIRONMENTS: Mapping[str, str] = {system.connection: system.environment for system in _SYSTEMS}
"""Environment of every made-up connection."""

_VERBS = ("load", "export", "m", "sync", "reduce", "extract", "merge", "nightly", "refresh", "check", "purge")
_NOUNS = (
    *("customers", "orders", "invoices", "payments", "stock", "tickets", "vcenter", "sensors", "turbines"),
    *("ledger", "accounts", "Prices", "clicks", "sessions", "returns", "contracts", "Kunden", "größen"),
)
_TARGETS = ("dwh", "staging", "mart", "archive", "s3", "crm", "report", "eu", "us", "cn")

_FAILURES = (
    "ORA-12541: TNS:no listener",
    "java.lang.OutOfMemoryError: Java heap space",
    "connection refused: db{n:02d}.example.com:5432",
    "File not found: /data/in/orders_{n:05d}.csv",
    'duplicate key value violates unique constraint "pk_{n}"',
    "HTTP 503 from https://api.example.com/v{n}",
    "deadlock detected while waiting for transaction {n}",
)
_WARNINGS = ("{n} records dropped", "{n} rows rejected by lookup", "finished late by {n} minutes")
_STEPS = ("step {n} of 12 DataIntegration", "reading block {n}", "{n} rows written", "waiting for lock {n}")

_STATES = (
    (State.SUCCEEDED, 480),
    (State.SCHEDULED, 340),
    (State.RUNNING, 40),
    (State.FAILED, 30),
    (State.NEVER_RUN, 30),
    (State.WARNING, 20),
    (State.CANCELLED, 20),
    (State.PAUSED, 15),
    (State.QUEUED, 15),
    (State.UNKNOWN, 10),
)
_RESULTS = ((State.SUCCEEDED, 900), (State.FAILED, 50), (State.WARNING, 35), (State.CANCELLED, 15))

_TAGS = ((), (), (), ("nightly",), ("finance", "sla"), ("sla",), ("gdpr",), ("hourly",))


def make_jobs(count: int, seed: int = 1) -> list[Job]:
    """So many jobs over nine connections of seven systems, as they look in a large company.

    Names, messages, states, times and their relations are plausible: a running job has no end, a failed
    one has a message, a scheduled one tells its next run and the outcome of its last.

    Args:
        count: How many.
        seed: The same seed gives the same jobs.
    """
    rng = random.Random(seed)
    systems = rng.choices(_SYSTEMS, [system.weight for system in _SYSTEMS], k=count)
    states = rng.choices([state for state, _ in _STATES], [weight for _, weight in _STATES], k=count)
    return [_make_job(rng, number, systems[number], states[number]) for number in range(count)]


def make_trends(jobs: Iterable[Job], seed: int = 1) -> dict[JobKey, Trend]:
    """A history of up to ten runs for nine jobs of ten."""
    rng = random.Random(seed)
    trends: dict[JobKey, Trend] = {}
    outcomes = [state for state, _ in _RESULTS]
    weights = [weight for _, weight in _RESULTS]
    for job in jobs:
        if job.state is State.NEVER_RUN or rng.random() < 0.1:
            continue
        usual = round(rng.lognormvariate(5, 1.3), 1)
        length = rng.choice((1, 4, 10, 10, 10, 10))
        trends[job.key] = Trend(
            outcomes=tuple(rng.choices(outcomes, weights, k=length)),
            durations_s=tuple(round(usual * rng.uniform(0.7, 1.5), 1) for _ in range(length)),
            usual_s=usual if length >= 3 else None,
        )
    return trends


def change_jobs(jobs: Sequence[Job], count: int, seed: int = 1, *, at: datetime = NOW) -> list[Job]:
    """So many of the jobs as a later sweep would tell of them: another state, run, message or progress."""
    rng = random.Random(seed)
    by_connection = {system.connection: system for system in _SYSTEMS}
    states = [state for state, _ in _STATES]
    changed = []
    for job in rng.sample(jobs, count):
        fresh = _make_job(rng, 0, by_connection[job.connection], rng.choice(states))
        changed.append(
            replace(
                fresh, id=job.id, name=job.name, path=job.path, tags=job.tags, url=job.url, observed_at=at
            )
        )
    return changed


def _make_job(rng: random.Random, number: int, system: _System, state: State) -> Job:
    job_id = system.id_pattern.format(number + 1000)
    noun = rng.choice(_NOUNS)
    ran = state not in (State.NEVER_RUN, State.QUEUED)
    is_open = state is State.RUNNING
    result = _last_result(rng, state)
    started = NOW - timedelta(seconds=round(rng.expovariate(1 / 40_000), 3)) if ran else None
    duration = round(rng.lognormvariate(5, 1.3), 1)
    ended = None if is_open or started is None else min(NOW, started + timedelta(seconds=duration))
    has_schedule = state is State.SCHEDULED or rng.random() < 0.3
    return Job(
        connection=system.connection,
        type=system.type,
        id=job_id,
        name=f"{rng.choice(_VERBS)}_{noun}_{rng.choice(_TARGETS)}_{number:05d}",
        state=state,
        observed_at=NOW - timedelta(seconds=rng.randrange(20)),
        kind=system.kind,
        path=rng.choice(system.folders),
        substate="step" if is_open and rng.random() < 0.1 else "",
        native_state=system.words.get(
            state, "SUSPENDED_BY_OPERATOR" if state is State.UNKNOWN else state.value
        ),
        last_result=result,
        run_id=f"{rng.getrandbits(40):010x}" if ran else "",
        started_at=started,
        ended_at=ended,
        duration_s=(ended - started).total_seconds() if ended and started else None,
        next_run_at=NOW + timedelta(minutes=rng.randrange(1, 1440)) if has_schedule else None,
        progress=round(rng.random(), 2) if is_open and rng.random() < 0.6 else None,
        exit_code=_exit_code(rng, result) if system.type == "local" and not is_open else None,
        message=_message(rng, state, result),
        url=f"https://{system.connection}.example.com/jobs/{job_id}",
        tags=rng.choice(_TAGS),
        is_held=state is State.PAUSED,
    )


def _last_result(rng: random.Random, state: State) -> State | None:
    if state.is_final:
        return state
    if state is State.NEVER_RUN or rng.random() < 0.05:
        return None
    return rng.choices([result for result, _ in _RESULTS], [weight for _, weight in _RESULTS])[0]


def _exit_code(rng: random.Random, result: State | None) -> int | None:
    if result is None or result is State.CANCELLED:
        return None
    return rng.choice((1, 2, 127, 137)) if result is State.FAILED else 0


def _message(rng: random.Random, state: State, result: State | None) -> str:
    if state is State.RUNNING:
        return rng.choice(_STEPS).format(n=rng.randrange(1, 12))
    if state is State.FAILED or result is State.FAILED:
        return rng.choice(_FAILURES).format(n=rng.randrange(1, 99))
    if state is State.WARNING or result is State.WARNING:
        return rng.choice(_WARNINGS).format(n=rng.randrange(1, 400))
    return ""
