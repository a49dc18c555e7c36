"""Every cell of the fault matrix, with short outages; the loop's lateness is told by the command alone."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path

import pytest

from tests.reliability.fault_kinds import KINDS, FaultKind
from tests.reliability.fault_matrix import cells, lines_of, see_row
from tests.support.faults import Fault

OUTAGES = 2
"""Sweeps that fail before a fault is taken away."""

TIMED = "loop late p99"
"""What no test may assert on a machine that others use."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_each_promise_is_kept_under_each_fault(kind: FaultKind, tmp_path: Path) -> None:
    adapters = [adapter for adapter, each in cells() if each is kind]
    assert len(adapters) >= 3
    rows = await asyncio.gather(
        *(see_row(adapter, kind, tmp_path / adapter, OUTAGES) for adapter in adapters)
    )
    broken = {row.adapter: [told for told in row.broken if not told.startswith(TIMED)] for row in rows}
    assert not any(broken.values()), "\n".join(lines_of(rows))


def test_every_fault_of_every_adapter_has_its_cell() -> None:
    by_adapter = defaultdict(set)
    for adapter, kind in cells():
        by_adapter[adapter].add(kind.name)
    names = {kind.name for kind in KINDS}
    assert by_adapter.keys() == {
        *("airflow", "bmc", "datameer", "enos", "informatica", "slurm", "talend", "local")
    }
    for adapter, has in by_adapter.items():
        missing = names - has
        assert missing <= (
            {"session expired"} if adapter != "local" else names - {"clock ahead", "clock back"}
        )


async def test_a_system_that_answers_in_spite_of_the_fault_breaks_the_promises(tmp_path: Path) -> None:
    async def begin(patient: object) -> None:
        patient.server.inject(Fault.RESET, times=None)  # type: ignore[attr-defined]

    async def stay(_: object) -> None:
        """It is said to be over, and goes on."""
        asyncio.get_running_loop().call_later(0.7, _.server.heal)  # type: ignore[attr-defined]

    row = await see_row("talend", FaultKind("reset", begin, stay), tmp_path, OUTAGES)
    assert any(told.startswith("back by itself") for told in row.broken), row
