"""A pytest plugin for several workers: they share what each would do alone, and begin with the longest."""

from __future__ import annotations

import gc
import importlib
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

LONGEST = (
    "tests/reliability/test_soak.py",
    "tests/test_new_system.py",
    "tests/reliability/test_secrets.py",
    "tests/reliability/test_never_twice.py",
    "tests/reliability",
    "tests/test_wheel.py",
    "tests/ui/test_pty.py",
    "tests/ui/test_hardship.py",
)
"""Files and folders that wait for long; begun first, they do so while others compute."""

_THRESHOLDS = (5_000, 20, 100)
"""As the dashboard sets them: most of what a test makes is in no cycle."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Import all test modules, each worker beginning at another one.

    To rewrite the assertions of a module takes far longer than to read what another worker has kept of it.
    """
    spec: dict[str, Any] | None = getattr(session.config, "workerinput", None)
    if spec is None or sys.dont_write_bytecode or not _is_everything(session.config):
        return
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    first = int(spec["workerid"].removeprefix("gw")) * len(paths) // spec["workercount"]
    for path in (*paths[first:], *paths[:first]):
        # What can't be imported is told when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what lasts long."""
    ranks: dict[Path, int] = {}
    for item in items:
        if item.path not in ranks:
            ranks[item.path] = _rank(item.path)
    items.sort(key=lambda item: ranks[item.path])


def pytest_collection_finish() -> None:
    """Keep the garbage collector from walking over thousands of tests again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


def _is_everything(config: pytest.Config) -> bool:
    return [(config.invocation_params.dir / arg).resolve() for arg in config.args] == [ROOT / "tests"]


def _rank(path: Path) -> int:
    long = (place for place, name in enumerate(LONGEST) if path.is_relative_to(ROOT / name))
    return next(long, len(LONGEST))
