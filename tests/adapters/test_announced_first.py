"""Every request that changes a system is in the journal's file before it is on the wire."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from tests.adapters.airflow_harness import AirflowHarness
from tests.adapters.bmc_harness import BmcHarness
from tests.adapters.datameer_harness import DatameerHarness
from tests.adapters.enos_harness import EnosHarness
from tests.adapters.http_night import night_over
from tests.adapters.informatica_harness import InformaticaHarness
from tests.adapters.talend_harness import TalendHarness
from tests.support.clock import FakeClock
from tests.support.faults import Fault
from tui.core.models import ActionKind
from tui.engine.schema import FILE_NAME

if TYPE_CHECKING:
    import httpx

    from tests.adapters.http_harness import HttpHarness

HARNESSES: Mapping[str, type[HttpHarness]] = MappingProxyType(
    {
        "airflow": AirflowHarness,
        "bmc": BmcHarness,
        "datameer": DatameerHarness,
        "enos": EnosHarness,
        "informatica": InformaticaHarness,
        "talend": TalendHarness,
    }
)


class Gate:
    """Looks into the journal, as another program would, whenever a request for a change arrives."""

    def __init__(self, harness: HttpHarness, folder: Path) -> None:
        self._harness = harness
        self._file = folder / FILE_NAME
        self.arrived: list[tuple[str, list[tuple[str, str]]]] = []
        """Each request, with the action and status of every entry at that moment."""

    def is_spoilt(self, request: httpx.Request) -> bool:
        """Never: it only looks."""
        if self._harness.is_change(request):
            with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True)) as foreign:
                steps = foreign.execute("SELECT action, status FROM journal ORDER BY seq").fetchall()
            self.arrived.append((request.method, steps))
        return False


@pytest.fixture(params=sorted(HARNESSES))
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[HttpHarness]:
    async with HARNESSES[request.param](uses_socket=True, clock=FakeClock()) as harness:
        yield harness


async def test_the_entry_is_in_the_file_when_the_request_arrives(
    harness: HttpHarness, tmp_path: Path
) -> None:
    gate = Gate(harness, tmp_path)
    harness.line.inject(Fault.RESET, times=None, when=gate.is_spoilt)
    async with night_over(harness, tmp_path) as night:
        for kind, job in (
            (ActionKind.TRIGGER, harness.samples.succeeding),
            (ActionKind.TRIGGER, harness.samples.lasting),
            (ActionKind.STOP, harness.samples.lasting),
        ):
            before = len(gate.arrived)
            await night.perform(kind, job)
            assert len(gate.arrived) > before
            for _, steps in gate.arrived[before:]:
                # The last that was written is that it is sent: nothing is known of an outcome yet.
                assert steps[-1] == (kind.value, "sent")
        assert sum(status == "sent" for _, status in gate.arrived[-1][1]) == 3
