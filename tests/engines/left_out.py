"""A pytest plugin: tests on real engines run where they are asked for, and a line tells what is left out.

They are asked for by `NIGHTDECK_ENGINES`, which `make test-engines` sets: then a missing engine is an error.
Whoever names this folder to pytest gets those whose engine is installed.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.engines.engine import ENGINES, load_engine, selected

HERE = Path(__file__).parent
_COUNTS = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is left out yet."""
    config.stash[_COUNTS] = Counter()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the engines that are asked for."""
    wanted = selected()
    if not wanted and _is_named(config):
        needed = {engine_of(item.path) for item in items} - {""}
        wanted |= {name for name in needed if not load_engine(name).missing()}
    left = [item for item in items if (name := engine_of(item.path)) and name not in wanted]
    if left:
        config.stash[_COUNTS].update(engine_of(item.path) for item in left)
        dropped = set(left)
        items[:] = [item for item in items if item not in dropped]
        config.hook.pytest_deselected(items=left)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells what it left out; each worker leaves out the same."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        counts = session.config.stash[_COUNTS]
        output["left_out"] = dict(counts)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker left out."""
    config: pytest.Config = node.config
    config.stash[_COUNTS] |= Counter(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in one line what did not run."""
    if line := told(config.stash[_COUNTS]):
        terminalreporter.write_line(line)


def told(counts: Counter[str]) -> str:
    """What was left out and how to run it, in one line; empty when nothing was."""
    parts = [
        f"{counts[name]} test{'s' * (counts[name] > 1)} on a real {load_engine(name).title}"
        for name in ENGINES
        if counts[name]
    ]
    if not parts:
        return ""
    is_lacking = any(load_engine(name).missing() for name in ENGINES if counts[name])
    does = "installs what they need and runs them" if is_lacking else "runs them"
    return f"left out: {', '.join(parts)} (make test-engines {does})"


def engine_of(path: Path) -> str:
    """The engine that a test module needs, told by its name; empty for any other file."""
    if path.parent != HERE:
        return ""
    return next((name for name in ENGINES if path.name.startswith(f"test_{name}_")), "")


def _is_named(config: pytest.Config) -> bool:
    """Whether the command line names this folder, or something in it."""
    named = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
    return any(path == HERE or HERE in path.parents for path in named)
