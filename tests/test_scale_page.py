"""What `docs/scale.md` tells is computed from the figures that were kept, and the arithmetic is right."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from tests.benchmarks import far
from tests.reliability.page import parts_of

KEPT = far.kept_figures()
COUNTS = far.kept_counts()
PARTS = far.parts(KEPT, COUNTS)


@pytest.mark.parametrize("name", list(PARTS))
def test_the_page_says_what_was_computed(name: str) -> None:
    told = parts_of(far.PAGE.read_text("utf-8"))[name]
    assert told.splitlines() == list(PARTS[name])


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("seconds", {"traffic", "in_terminal", "ends"}),
        ("cpu_share", {"costs", "in_terminal", "ends"}),
        ("memory_mb", {"costs", "in_terminal", "ends"}),
    ],
)
def test_another_figure_makes_another_page(key: str, parts: set[str]) -> None:
    other: dict[str, Any] = copy.deepcopy(dict(KEPT))
    other[f"{far.SMALL}, {far.BUSY}"][key] *= 3
    other[f"{far.SMALL}, {far.REST}"][key] *= 2
    assert parts <= changed(other, COUNTS)


@pytest.mark.parametrize("key", ["requests", "bytes"])
def test_another_count_makes_another_page(key: str) -> None:
    other: dict[str, Any] = copy.deepcopy(dict(COUNTS))
    other[f"{far.SMALL}, {far.REST}"]["airflow"][key] *= 2
    assert {"counted", "on_servers", "in_terminal"} <= changed(KEPT, other)


def changed(kept: Mapping[str, Any], counts: Mapping[str, Any]) -> set[str]:
    """The parts that are another page's."""
    return {name for name, lines in far.parts(kept, counts).items() if list(lines) != list(PARTS[name])}


def made_up(jobs: int, connections: int, memory_mb: float) -> dict[str, Any]:
    """A nightdeck with figures that are easily reckoned with."""
    return {
        "each": jobs,
        "jobs": {"airflow": jobs, "slurm": jobs},
        "connections": {"airflow": connections // 2, "slurm": connections // 2},
        "memory_mb": memory_mb,
        "cpu_share": 0.1,
        "seconds": 120.0,
        "requests": {"airflow": {"GET a": 6, "GET b": 2}, "slurm": {"GET c": 8}},
        "received_bytes": {"airflow": 120_000, "slurm": 60_000},
        "commands": {"squeue": 2},
        "database_bytes": 400 * jobs,
        "servers_cpu_share": {"airflow-api": 0.15, "slurmctld": 0.02},
        "idle_cpu_share": {"airflow-api": 0.05, "slurmctld": 0.0},
        "commands_cpu_share": 0.001,
    }


def test_what_one_nightdeck_takes() -> None:
    viewer = far.Viewer(
        small=made_up(1_000, 2, 100.0),
        large=made_up(5_000, 2, 116.0),
        many=made_up(2_000, 102, 114.0),
        remembered={},
    )
    fleet = far.Fleet(connections=1_000, jobs=1_002_000, viewers=200)
    assert viewer.job_bytes == 2_000
    assert viewer.connection_bytes == 100_000
    assert viewer.memory_bytes(fleet) == 100e6 + 1_000_000 * 2_000 + 1_000 * 100_000
    # It asked eight times a minute, and would have asked twice as often.
    counted = {"airflow": {"requests": 10}, "slurm": {"requests": 6}}
    assert viewer.cores(viewer.small, counted, fleet) == pytest.approx(2 * 50)
    assert viewer.row_bytes == 200


def test_what_a_server_gets_to_do() -> None:
    case = made_up(1_000, 2, 100.0)
    assert far.requests_per_minute(case, "airflow") == 4
    assert far.cpu_per_request(case, "airflow-api") == pytest.approx(0.1 * 120 / 8)
    assert far.cpu_per_request(case, "slurmctld") == pytest.approx(0.02 * 120 / (8 + 2))
    assert far.command_s(case) == pytest.approx(0.06)
