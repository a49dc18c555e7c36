"""The fault matrix: each adapter under each fault, and what becomes of each promise, in figures."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tests.adapters.airflow_harness import AirflowHarness
from tests.adapters.bmc_harness import BmcHarness
from tests.adapters.datameer_harness import DatameerHarness
from tests.adapters.enos_harness import EnosHarness
from tests.adapters.informatica_harness import InformaticaHarness
from tests.adapters.slurm_harness import SlurmHarness
from tests.adapters.talend_harness import TalendHarness
from tests.reliability.fault_cell import see_cell
from tests.reliability.fault_kinds import KINDS, FaultKind
from tests.reliability.figures import Figure
from tests.reliability.local_place import LocalPlace

if TYPE_CHECKING:
    from tests.reliability.fault_cell import Sighting

SYSTEMS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "airflow": AirflowHarness,
        "slurm": SlurmHarness,
        "bmc": BmcHarness,
        "datameer": DatameerHarness,
        "enos": EnosHarness,
        "informatica": InformaticaHarness,
        "talend": TalendHarness,
        "local": LocalPlace,
    }
)
"""Each adapter, with what puts it before a system."""

TRIES = 3
"""How often a read is sent at the most in one sweep."""

LOGINS = 2
"""How often credentials are shown at the most in one sweep: to renew a session, and to open another."""

LATE_MS = 16.0
"""Milliseconds that a key press may wait for the loop: one frame."""

PROMISES = ("rows stay", "others go on", "back by itself", "requests", "logins", "loop late p99", "surprises")
"""What is promised under each fault."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise in one cell."""

    told: str
    """The figures."""
    holds: bool
    """Whether it was kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """One adapter under one fault."""

    adapter: str
    fault: str
    verdicts: Mapping[str, Verdict]
    """By promise."""

    @property
    def broken(self) -> Sequence[str]:
        """The promises that were not kept, with their figures."""
        return [f"{name}: {verdict.told}" for name, verdict in self.verdicts.items() if not verdict.holds]


def cells() -> list[tuple[str, FaultKind]]:
    """Every cell that makes sense: without a session none can expire, without a server none can fail."""
    return [(name, kind) for kind in KINDS for name, make in SYSTEMS.items() if _applies(kind, make)]


async def see_row(adapter: str, kind: FaultKind, folder: Path, outages: int) -> Row:
    """One cell.

    Args:
        adapter: Whose system suffers.
        kind: From what.
        folder: Where nightdeck keeps its state.
        outages: So many sweeps fail before the fault is taken away.
    """
    names = [name for name in SYSTEMS if name != "local"]
    neighbour = names[(names.index(adapter) + 1) % len(names)] if adapter in names else names[0]
    seen = await see_cell(SYSTEMS[adapter], SYSTEMS[neighbour], kind, folder, outages)
    return Row(adapter, kind.name, verdicts_of(seen))


def verdicts_of(seen: Sighting) -> Mapping[str, Verdict]:
    """What the sighting means for each promise."""
    return dict(
        zip(
            PROMISES,
            (
                _rows(seen),
                _others(seen),
                _back(seen),
                _requests(seen),
                _logins(seen),
                _late(seen),
                _odd(seen),
            ),
            strict=True,
        )
    )


def matrix(outages: int, processes: int = 2) -> list[Row]:
    """Every cell, some side by side in processes of their own.

    Args:
        outages: So many sweeps fail in each outage.
        processes: How many at once.
    """
    wanted = cells()
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(partial(_seen, outages), range(len(wanted))))


def lines_of(rows: Iterable[Row]) -> list[str]:
    """The matrix as a Markdown table; what was not kept is marked."""
    lines = [f"| adapter | fault | {' | '.join(PROMISES)} |", f"|---|---|{'---|' * len(PROMISES)}"]
    for row in rows:
        told = [
            verdict.told if verdict.holds else f"**BROKEN** {verdict.told}"
            for verdict in row.verdicts.values()
        ]
        lines.append(f"| {row.adapter} | {row.fault} | {' | '.join(told)} |")
    return lines


def figures_of(rows: Sequence[Row]) -> list[Figure]:
    """The matrix in one line a promise."""
    words = {
        "rows stay": "rows stay, dimmed and with their age",
        "others go on": "other connections are untouched",
        "back by itself": "a connection comes back by itself at the first try after the fault",
        "requests": f"a system in trouble is swept no more often than usual, a read sent {TRIES} times",
        "logins": f"no login storm: credentials are shown {LOGINS} times a sweep at the most",
        "loop late p99": f"the event loop is less than {LATE_MS:.0f} ms late in 99 of 100 looks",
        "surprises": "no error that nobody foresaw",
    }
    return [
        Figure(words[name], len(rows), sum(not row.verdicts[name].holds for row in rows), "adapter x fault")
        for name in PROMISES
    ]


def _seen(outages: int, place: int) -> Row:
    adapter, kind = cells()[place]
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(see_row(adapter, kind, Path(folder), outages))


def _applies(kind: FaultKind, make: Callable[..., Any]) -> bool:
    if make is LocalPlace:
        return kind.name.startswith("clock")
    return not kind.needs_session or bool(getattr(make, "has_session", False))


def _rows(seen: Sighting) -> Verdict:
    told = f"{seen.fewest_rows} of {seen.rows}"
    if seen.rows_without_age:
        told += f", {seen.rows_without_age} without age"
    return Verdict(told, bool(seen.rows) and seen.fewest_rows == seen.rows and not seen.rows_without_age)


def _others(seen: Sighting) -> Verdict:
    told = f"{seen.neighbour_sweeps} of {seen.neighbour_usual:.0f} sweeps"
    # Half of them is far more than chance would leave of a connection that is held up.
    return Verdict(told, not seen.neighbour_faults and seen.neighbour_sweeps >= seen.neighbour_usual / 2 - 1)


def _back(seen: Sighting) -> Verdict:
    if seen.is_asking:
        return Verdict("when the user asks", seen.tries_to_recover == 1)
    if not seen.was_down:
        return Verdict("never away", True)
    return Verdict(f"{seen.recovered_in_s:.1f} s of {seen.pause_s:.1f} s", seen.tries_to_recover == 1)


def _requests(seen: Sighting) -> Verdict:
    # One may be under way when the fault begins, and the next one is due at any moment.
    most = TRIES * (seen.sweeps + 1) * seen.cost
    is_rare = seen.sweeps <= seen.usual_sweeps + 2
    told = f"{seen.requests} in {seen.sweeps} of {seen.usual_sweeps:.0f} sweeps"
    return Verdict(told, is_rare and seen.requests <= most)


def _logins(seen: Sighting) -> Verdict:
    if seen.logins is None:
        return Verdict("–", True)
    return Verdict(str(seen.logins), seen.logins <= LOGINS * max(1, seen.sweeps))


def _late(seen: Sighting) -> Verdict:
    late_ms = 1000 * seen.delays_s[int(len(seen.delays_s) * 0.99)]
    return Verdict(f"{late_ms:.1f} ms", late_ms < LATE_MS)


def _odd(seen: Sighting) -> Verdict:
    return Verdict("; ".join(seen.surprises)[:200] or "none", not seen.surprises)
