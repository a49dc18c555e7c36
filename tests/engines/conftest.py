"""One engine of each kind for the whole test run, shared by all workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.engines.engine import Facts, load_engine
from tests.engines.sharing import shared


@pytest.fixture(scope="session")
def engine_of_run(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Facts]]:
    """Start an engine, or join the others that use it: called with its name, tells how to reach it."""
    known: dict[str, Facts] = {}
    with ExitStack() as stack:

        def use(name: str) -> Facts:
            if name not in known:
                engine_type = load_engine(name)
                if missing := engine_type.missing():
                    pytest.fail(
                        f"{engine_type.title} lacks {', '.join(missing)}: make test-engines installs it"
                    )
                known[name] = stack.enter_context(shared(engine_type, _common(tmp_path_factory, request)))
            return known[name]

        yield use


def _common(factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder that all workers have in common: each worker's own one is in it."""
    own = factory.getbasetemp()
    return (own.parent if hasattr(request.config, "workerinput") else own) / "engines"


@pytest.fixture(scope="session")
def slurm_facts(engine_of_run: Callable[[str], Facts]) -> Facts:
    """How to reach the one Slurm of this test run."""
    return engine_of_run("slurm")


@pytest.fixture(scope="session")
def airflow_facts(engine_of_run: Callable[[str], Facts]) -> Facts:
    """How to reach the one Airflow of this test run."""
    return engine_of_run("airflow")
