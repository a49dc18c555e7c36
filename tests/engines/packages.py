"""Packages of a Debian machine: which are missing, and how they get there without starting a service."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from tests.engines.engine import CannotInstall

Packages: TypeAlias = Mapping[str, tuple[str, str]]
"""Debian's names, each with a folder and the file in it that tells whether it is there."""

_POLICY = Path("/usr/sbin/policy-rc.d")
"""Asked by Debian's packages whether they may start their services; no service of the machine shall start."""

_SECONDS = 600


def lacking(packages: Packages) -> list[str]:
    """Those of the packages that are not installed."""
    return [name for name, (folder, file) in packages.items() if not _is_there(Path(folder), file)]


def install(names: Sequence[str], *, of: str, otherwise: str) -> None:
    """Install packages, without starting the services that they bring.

    Args:
        names: What is missing.
        of: The engine that needs them, for errors.
        otherwise: What can be done without, for who may install nothing.

    Raises:
        CannotInstall: There is no apt-get, no right to use it, or it failed.
    """
    if not names:
        return
    wanted = " ".join(names)
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"there is no apt-get here: install {of}'s {wanted} as this system does it")
    if os.geteuid() != 0:
        raise CannotInstall(
            f"only root can install what {of} needs: run this as root, or `apt-get install {wanted}` first; "
            f"{otherwise}"
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
