"""Airflow in a virtual environment of its own: from the package index, by name, with every version pinned."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.engines.engine import ROOT, CannotInstall

PINS = Path(__file__).with_name("airflow-pins.txt")
"""Airflow and all that it brings along, as `pip freeze` tells it."""

WANTED = (
    "apache-airflow-core",
    "apache-airflow-providers-standard",
    "apache-airflow-task-sdk",
    "asyncpg",
    "psycopg2-binary",
)
"""What makes an Airflow that runs Bash and Python, on PostgreSQL; no more, for each package is time."""

PLACE = ROOT / ".venv" / "airflow"
"""Beside our own environment, as the two want other versions of the same packages."""

_QUIET = ("--quiet", "--disable-pip-version-check", "--no-warn-script-location")

PATIENCE_S = 600
"""Seconds after which an index is taken to be out of reach."""


def is_installed() -> bool:
    """Whether all of it is there, in the versions that are wanted."""
    return _mark().exists()


def install() -> None:
    """Make sure that it is there.

    Raises:
        CannotInstall: It could not be fetched, with the last line of what the installer said.
    """
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    with PLACE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed():
            shutil.rmtree(PLACE, ignore_errors=True)
            _fetch()
            _mark().touch()


def _fetch() -> None:
    """With uv where the index has it, which takes seconds; pip takes a minute."""
    python = PLACE / "bin" / "python"
    wanted = ["--constraint", str(PINS), *WANTED]
    tools = PLACE.with_name("airflow-tools")
    try:
        _run([sys.executable, "-m", "pip", "install", *_QUIET, "--upgrade", "--target", str(tools), "uv"])
        uv = str(tools / "bin" / "uv")
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(PLACE)])
        _run([uv, "pip", "install", "--quiet", "--python", str(python), *wanted])
    except CannotInstall:
        _run([sys.executable, "-m", "venv", "--clear", str(PLACE)])
        _run([str(python), "-m", "pip", "install", *_QUIET, *wanted])


def _run(words: Sequence[str]) -> None:
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    try:
        done = subprocess.run(
            words, env=variables, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotInstall(f"Airflow: {error}") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise CannotInstall(f"Airflow: {Path(words[0]).name} says: {lines[-1]}")


def _mark() -> Path:
    """A file that is there when all of it is; another one for other pins or another Python."""
    parts = "\n".join([*WANTED, PINS.read_text(encoding="utf-8"), sys.version])
    return PLACE / f"complete-{hashlib.sha256(parts.encode()).hexdigest()[:16]}"
