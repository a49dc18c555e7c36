"""A real Slurm that keeps the history of its jobs: slurmdbd, over a MariaDB of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.engines import slurm_install
from tests.engines.packages import Packages
from tests.engines.slurm import Slurm

NEXT_JOB = 1000
"""The number of the first job after everything was forgotten."""


class SlurmWithHistory(Slurm):
    """Slurm with accounting, as most clusters have it; its database takes ten seconds more to come up."""

    name = "slurmdbd"
    title = "Slurm with history"

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder, has_history=True)

    @classmethod
    def missing(cls) -> Sequence[str]:
        """Packages, and the rights to start them."""
        return slurm_install.needs(cls._packages())

    @classmethod
    def install(cls) -> None:
        """With apt-get, as root."""
        slurm_install.install(cls._packages())

    def forget_jobs(self) -> None:
        """Let the controller lose all that it knows; what it is told from then on gets numbers of its own."""
        self.services.end("slurmctld")
        with (self.folder / "slurm.conf").open("a", encoding="utf-8") as conf:
            conf.write(f"FirstJobId={NEXT_JOB}\n")
        self.start_controller("-c")

    @classmethod
    def _packages(cls) -> Packages:
        return {**slurm_install.PACKAGES, **slurm_install.HISTORY_PACKAGES}
