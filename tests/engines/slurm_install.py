"""What Slurm needs on a Debian machine, and how it gets there."""

from __future__ import annotations

import os
import shutil

from tests.engines import packages
from tests.engines.packages import Packages

PACKAGES: Packages = {
    "munge": ("/usr/sbin", "munged"),
    "slurmctld": ("/usr/sbin", "slurmctld"),
    "slurmd": ("/usr/sbin", "slurmd"),
    "slurmrestd": ("/usr/sbin", "slurmrestd"),
    "slurm-client": ("/usr/bin", "sbatch"),
    "slurm-wlm-jwt-plugin": ("/usr/lib", "**/slurm-wlm/auth_jwt.so"),
}
"""Slurm itself."""

HISTORY_PACKAGES: Packages = {
    "slurmdbd": ("/usr/sbin", "slurmdbd"),
    "slurm-wlm-mysql-plugin": ("/usr/lib", "**/slurm-wlm/accounting_storage_mysql.so"),
    "mariadb-server": ("/usr/sbin", "mariadbd"),
}
"""What keeps the history of jobs, which few tests need."""

_OTHERWISE = "`make test-engines ENGINES=airflow` does without Slurm"


def needs(wanted: Packages) -> list[str]:
    """What stands against starting Slurm with these packages here, in words; empty when nothing does."""
    rights = [] if os.geteuid() == 0 else ["root: its daemons work as several users"]
    tools = [] if shutil.which("runuser") else ["runuser, of util-linux"]
    return [*rights, *tools, *(f"the package {name}" for name in packages.lacking(wanted))]


def install(wanted: Packages) -> None:
    """Install those that are missing. Raises CannotInstall."""
    packages.install(packages.lacking(wanted), of="Slurm", otherwise=_OTHERWISE)
