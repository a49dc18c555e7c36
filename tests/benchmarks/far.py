"""How far it goes: what a great fleet would cost, computed from what was measured, for `docs/scale.md`.

    python -m tests.benchmarks.far

writes the parts of the page between its marks. The figures are those that `bench_engines --keep` has kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.benchmarks import bench_engines
from tests.reliability.page import ROOT, with_part

Case: TypeAlias = Mapping[str, Any]
"""What one nightdeck told."""

Counted: TypeAlias = Mapping[str, Mapping[str, float]]
"""Requests and bytes of a minute by system, on a clock that is moved by hand."""

PAGE = ROOT / "docs" / "scale.md"
COMMAND = "python -m tests.benchmarks.far"

SMALL, LARGE = "1,000 jobs each", "5,000 jobs each"
REST, BUSY, REAL = "at rest", "busy", "real"
SYSTEMS = ("airflow", "slurm")
"""The kinds of connections that the fleet has, half of it each."""

SERVERS = {"airflow-api": "airflow", "slurmctld": "slurm", "slurmrestd": "slurm"}
"""The processes that answer, with whom they serve."""

_MB, _GB = 1e6, 1e9
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is asked about."""

    connections: int = 1_000
    """Servers, each a connection of each viewer."""
    jobs: int = 1_000_000
    """Jobs of all of them."""
    viewers: int = 200
    """People with a nightdeck of their own."""

    @property
    def each(self) -> float:
        """Jobs of a connection."""
        return self.jobs / self.connections


FLEET = Fleet()
"""The one on the page."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one nightdeck takes, from what it took with few connections."""

    small: Case
    large: Case
    many: Case
    remembered: Case

    @property
    def jobs(self) -> int:
        """Jobs of the measured nightdeck."""
        return int(sum(self.small["jobs"].values()))

    @property
    def engines(self) -> int:
        """Connections of it to something that is asked all the time; local jobs cost next to nothing."""
        return sum(name != "local" for name in self.small["connections"])

    @property
    def job_bytes(self) -> float:
        """Memory of one more job: the difference between two tables."""
        more = sum(self.large["jobs"].values()) - self.jobs
        return float((self.large["memory_mb"] - self.small["memory_mb"]) * _MB / more)

    @property
    def connection_bytes(self) -> float:
        """Memory of one more connection: what many have beyond their jobs."""
        more = sum(self.many["connections"].values()) - sum(self.small["connections"].values())
        jobs = sum(self.many["jobs"].values()) - self.jobs
        own = (self.many["memory_mb"] - self.small["memory_mb"]) * _MB - jobs * self.job_bytes
        return max(0.0, float(own / more))

    def memory_bytes(self, fleet: Fleet) -> float:
        """Memory with the whole fleet."""
        base = self.small["memory_mb"] * _MB
        jobs = (fleet.jobs - self.jobs) * self.job_bytes
        return float(base + jobs + fleet.connections * self.connection_bytes)

    def cores(self, case: Case, counted: Counted, fleet: Fleet) -> float:
        """Cores that the polling of the whole fleet would take; one process has one."""
        return float(case["cpu_share"] / self.engines * fleet.connections) * slowed(case, counted)

    @property
    def row_bytes(self) -> float:
        """Bytes of a job in the history file."""
        return float(self.many["database_bytes"] / sum(self.many["jobs"].values()))


def requests_per_minute(case: Case, system: str) -> float:
    """What a connection asked."""
    return float(sum(case["requests"][system].values()) * _MINUTE_S / case["seconds"])


def slowed(case: Case, counted: Counted) -> float:
    """How many times as often it would have asked, had nobody else used the machine."""
    should = sum(counted[system]["requests"] for system in SYSTEMS)
    return should / sum(requests_per_minute(case, system) for system in SYSTEMS)


def cpu_per_request(real: Case, server: str) -> float:
    """Seconds of a server's processor that a question of nightdeck costs, beyond what it uses by itself."""
    share = real["servers_cpu_share"][server] - real["idle_cpu_share"][server]
    questions = {
        "airflow-api": sum(real["requests"]["airflow"].values()),
        "slurmctld": sum(real["requests"]["slurm"].values()) + sum(real["commands"].values()),
        "slurmrestd": sum(real["requests"]["slurm"].values()),
    }
    return float(max(0.0, share) * real["seconds"] / questions[server])


def command_s(real: Case) -> float:
    """Seconds of processor of one command of Slurm."""
    return float(real["commands_cpu_share"] * real["seconds"] / sum(real["commands"].values()))


def on_servers(counts: Mapping[str, Counted], fleet: Fleet) -> Iterator[str]:
    """The lines about what the servers get to do."""
    yield (
        "| one server | one viewer asks a minute | receives kB a minute "
        f"| {fleet.viewers} viewers ask a second | kB a second |"
    )
    yield "|---|---|---|---|---|"
    asked: dict[tuple[str, str], tuple[float, float]] = {}
    for state in (REST, BUSY):
        for system in SYSTEMS:
            told = counts[f"{SMALL}, {state}"][system]
            count, size = told["requests"], told["bytes"]
            asked[state, system] = (count * fleet.viewers / 60, size * fleet.viewers / 60)
            yield (
                f"| {system}, {fleet.each:,.0f} jobs, {state} | {count:.1f} | {size / 1000:,.0f} "
                f"| {count * fleet.viewers / 60:,.1f} | {size * fleet.viewers / 60_000:,.0f} |"
            )
    half = fleet.connections / len(SYSTEMS)
    for state in (REST, BUSY):
        count = sum(asked[state, system][0] for system in SYSTEMS) * half
        size = sum(asked[state, system][1] for system in SYSTEMS) * half
        yield f"| **all {fleet.connections:,} servers**, {state} | | | {count:,.0f} | {size / _GB:,.1f} GB |"


def in_terminal(kept: Mapping[str, Case], counts: Mapping[str, Counted], fleet: Fleet) -> Iterator[str]:
    """The lines about what one nightdeck would take."""
    viewer = viewer_of(kept)
    many, remembered = viewer.many, viewer.remembered
    rest, busy = kept[f"{SMALL}, {REST}"], kept[f"{SMALL}, {BUSY}"]
    yield "| one nightdeck | how it is computed | it takes |"
    yield "|---|---|---|"
    yield (
        f"| memory | {viewer.small['memory_mb']:.0f} MB + {fleet.jobs:,} x {viewer.job_bytes:,.0f} B "
        f"+ {fleet.connections:,} x {viewer.connection_bytes / 1000:,.0f} kB "
        f"| {viewer.memory_bytes(fleet) / _GB:.1f} GB |"
    )
    table = remembered["memory_mb"] * _MB / remembered["remembered"]
    yield (
        f"| of it the table alone | {remembered['memory_mb']:.0f} MB / {remembered['remembered']:,} "
        f"remembered jobs x {fleet.jobs:,} | {table * fleet.jobs / _GB:.1f} GB |"
    )
    for state, case in ((REST, rest), (BUSY, busy)):
        counted = counts[f"{SMALL}, {state}"]
        yield (
            f"| processor, {state} | {case['cpu_share']:.1%} / {viewer.engines} connections of "
            f"{fleet.each:,.0f} jobs x {fleet.connections:,} x {slowed(case, counted):.2f} "
            f"| {viewer.cores(case, counted, fleet):.1f} cores |"
        )
    count = sum(many["connections"].values())
    late = " / ".join(f"{each * 1000:,.1f}" for each in many["lag_s"])
    yield (
        f"| event loop late, p50 / p99 / worst | not computed: measured with {count:,} connections, "
        f"{sum(many['jobs'].values()):,} jobs | {late} ms |"
    )
    full = many["full_cpu_s"] / sum(many["jobs"].values())
    yield (
        f"| first start | {many['full_cpu_s']:.0f} s of processor / {sum(many['jobs'].values()):,} jobs "
        f"x {fleet.jobs:,} | {full * fleet.jobs / _MINUTE_S:.0f} min |"
    )
    yield (
        f"| start with a remembered table | {remembered['full_cpu_s']:.1f} s of processor / "
        f"{remembered['remembered']:,} jobs x {fleet.jobs:,}; the first screen is there at once "
        f"| {remembered['full_cpu_s'] / remembered['remembered'] * fleet.jobs:.0f} s |"
    )
    yield (
        f"| history file | {viewer.row_bytes:,.0f} B x {fleet.jobs:,} "
        f"| {viewer.row_bytes * fleet.jobs / _GB:.1f} GB |"
    )
    written = busy["written_bytes"] * _MINUTE_S / busy["seconds"]
    engines_jobs = viewer.engines * busy["each"]
    yield (
        f"| written to it a minute, busy | {written / 1000:,.0f} kB / {engines_jobs:,} jobs x {fleet.jobs:,} "
        f"| {written / engines_jobs * fleet.jobs / _MB:,.0f} MB |"
    )
    for state in (REST, BUSY):
        told = counts[f"{SMALL}, {state}"]
        size = sum(told[system]["bytes"] for system in SYSTEMS) / _MINUTE_S
        total = size / len(SYSTEMS) * fleet.connections
        yield (
            f"| received a second, {state} | {size / 1000:,.1f} kB / {len(SYSTEMS)} connections "
            f"x {fleet.connections:,} | {total / _MB:,.1f} MB |"
        )


@dataclass(frozen=True, slots=True)
class Limit:
    """Where something is used up."""

    share: float
    """How many times over the fleet uses it."""
    what: str
    """What it is."""
    reach: str
    """How far it goes."""


def limits(kept: Mapping[str, Case], counts: Mapping[str, Counted], fleet: Fleet) -> list[Limit]:
    """What is used up, the worst first."""
    viewer = viewer_of(kept)
    real = kept[f"{LARGE}, {REAL}"]
    found = []
    for state in (REST, BUSY):
        counted = counts[f"{SMALL}, {state}"]
        cores = viewer.cores(kept[f"{SMALL}, {state}"], counted, fleet)
        reach = f"{fleet.connections / cores:,.0f} connections of {fleet.each:,.0f} jobs"
        found.append(Limit(cores, f"one core of a nightdeck, {state}", reach))
        for server, system in SERVERS.items():
            cost_s = cpu_per_request(real, server)
            if system == "slurm":
                # Each question is answered with the whole list, and the measured one was longer.
                cost_s *= fleet.each / real["each"]
            share = counted[system]["requests"] / _MINUTE_S * cost_s * fleet.viewers
            reach = f"{fleet.viewers / share:,.0f} viewers of a server ({cost_s * 1000:.1f} ms a question)"
            found.append(Limit(share, f"one core of {server}, {state}", reach))
    gigabytes = viewer.memory_bytes(fleet) / _GB
    per_gb = fleet.jobs / gigabytes
    found.append(Limit(gigabytes / 4, "4 GB of memory of a nightdeck", f"{4 * per_gb:,.0f} jobs"))
    return sorted(found, key=lambda limit: -limit.share)


def ends(kept: Mapping[str, Case], counts: Mapping[str, Counted], fleet: Fleet) -> Iterator[str]:
    """The lines about what is used up first."""
    yield "| what | the fleet needs it so many times over | it is enough for |"
    yield "|---|---|---|"
    for limit in limits(kept, counts, fleet):
        yield f"| {limit.what} | {limit.share:,.2f} | {limit.reach} |"


def viewer_of(kept: Mapping[str, Case]) -> Viewer:
    """What one nightdeck takes."""
    many = max(
        (name for name in kept if "connections" in name and "remembered" not in name),
        key=lambda name: int(sum(kept[name]["connections"].values())),
    )
    return Viewer(kept[f"{SMALL}, {REST}"], kept[f"{LARGE}, {REST}"], kept[many], kept[f"{many}, remembered"])


def parts(
    kept: Mapping[str, Case], counts: Mapping[str, Counted], fleet: Fleet = FLEET
) -> Mapping[str, Sequence[str]]:
    """The parts of the page by name."""
    cases = [case for case in kept.values() if not case["remembered"]]
    real = kept[f"{LARGE}, {REAL}"]
    return {
        "costs": list(bench_engines.costs(cases)),
        "traffic": list(bench_engines.traffic(cases)),
        "servers": [
            *bench_engines.servers(cases),
            f"| {real['title']} | one command | {command_s(real):.3f} |",
        ],
        "counted": list(bench_engines.minutes(counts)),
        "on_servers": list(on_servers(counts, fleet)),
        "in_terminal": list(in_terminal(kept, counts, fleet)),
        "ends": list(ends(kept, counts, fleet)),
    }


def page_with(text: str) -> str:
    """The page with what the kept figures make of it."""
    for name, lines in parts(kept_figures(), kept_counts()).items():
        text = with_part(text, name, lines, COMMAND)
    return text


def kept_figures(file: Path = bench_engines.KEPT) -> Mapping[str, Case]:
    """What was measured, in the order of its titles."""
    figures: Mapping[str, Case] = json.loads(file.read_text("utf-8"))
    return {title: figures[title] for title in sorted(figures, key=_rank)}


def kept_counts(file: Path = bench_engines.COUNTED) -> Mapping[str, Counted]:
    """What was counted."""
    counts: Mapping[str, Counted] = json.loads(file.read_text("utf-8"))
    return counts


def _rank(title: str) -> tuple[bool, str]:
    return "connections" in title, title


def main() -> None:
    """Write the page."""
    PAGE.write_text(page_with(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
