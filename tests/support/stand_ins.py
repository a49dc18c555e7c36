"""Every system that has a stand-in, be it in the demo or not."""

from __future__ import annotations

from collections.abc import Sequence

from tui.simulators.demo import DemoSystem, make_demo

JOBS = 12
"""Jobs of a system that is not in the demo."""


def every_system() -> Sequence[DemoSystem]:
    """The systems of the demo, and those that have no place in it."""
    airflow = DemoSystem("airflow", "airflow", "stage", JOBS, is_shaky=False, refresh_s=None)
    slurm = DemoSystem("slurm", "slurm", "dev", JOBS, is_shaky=False, refresh_s=None)
    return [*make_demo(), airflow, slurm]
