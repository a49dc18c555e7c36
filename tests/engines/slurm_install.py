"""What Slurm needs on a Debian machine, and how it gets there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.engines.engine import CannotInstall

PACKAGES: Mapping[str, tuple[str, str]] = {
    "munge": ("/usr/sbin", "munged"),
    "slurmctld": ("/usr/sbin", "slurmctld"),
    "slurmd": ("/usr/sbin", "slurmd"),
    "slurmrestd": ("/usr/sbin", "slurmrestd"),
    "slurm-client": ("/usr/bin", "sbatch"),
    "slurm-wlm-jwt-plugin": ("/usr/lib", "**/slurm-wlm/auth_jwt.so"),
}
"""Debian's packages, with a folder and the file in it that tells whether it is there."""

HISTORY_PACKAGES: Mapping[str, tuple[str, str]] = {
    "slurmdbd": ("/usr/sbin", "slurmdbd"),
    "slurm-wlm-mysql-plugin": ("/usr/lib", "**/slurm-wlm/accounting_storage_mysql.so"),
    "mariadb-server": ("/usr/sbin", "mariadbd"),
}
"""The same for what keeps the history of jobs, which few tests need."""

_POLICY = Path("/usr/sbin/policy-rc.d")
"""Asked by Debian's packages whether they may start their services; no service of the machine shall start."""

_SECONDS = 600


def lacking(packages: Mapping[str, tuple[str, str]]) -> list[str]:
    """Those of the packages that are not installed."""
    return [name for name, (folder, file) in packages.items() if not _is_there(Path(folder), file)]


def needs() -> list[str]:
    """What stands against starting Slurm here, in words; empty when nothing does."""
    rights = [] if os.geteuid() == 0 else ["root: its daemons work as several users"]
    tools = [] if shutil.which("runuser") else ["runuser, of util-linux"]
    return [*rights, *tools, *(f"the package {name}" for name in lacking(PACKAGES))]


def install(names: list[str]) -> None:
    """Install packages, without starting the services that they bring. Raises CannotInstall."""
    wanted = " ".join(names)
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"there is no apt-get here: install Slurm's {wanted} as this system does it")
    if os.geteuid() != 0:
        raise CannotInstall(
            f"only root can install and start Slurm: run this as root, or `apt-get install {wanted}` first; "
            "`make test-engines ENGINES=airflow` does without Slurm"
        )
    with _services_stay_down():
        _apt("update", "-qq")
        _apt("install", "-qq", "--yes", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", *names)


def _apt(*words: str) -> None:
    quick = ("-o", "Dpkg::Options::=--force-unsafe-io")
    done = subprocess.run(
        ["apt-get", *quick, *words],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise CannotInstall(f"apt-get {words[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextmanager
def _services_stay_down() -> Iterator[None]:
    """Debian's own way of saying so: a program that answers 101; what the machine has stays as it is."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()


def _is_there(folder: Path, file: str) -> bool:
    return next(folder.glob(file), None) is not None
