"""What every real engine of the tests is: installed, started on loopback, introduced and stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import ClassVar, TypeAlias

from tests.engines.loopback import assert_only_loopback, listeners
from tests.engines.processes import Services

ENGINES: Mapping[str, str] = {
    "slurm": "tests.engines.slurm:Slurm",
    "slurmdbd": "tests.engines.slurmdbd:SlurmWithHistory",
    "airflow": "tests.engines.airflow:Airflow",
}
"""The engines by name; a test module `test_<name>_*.py` in this folder belongs to one."""

SELECTION = "NIGHTDECK_ENGINES"
"""The variable that names the engines whose tests run, with blanks or commas between them."""

ROOT = Path(__file__).parents[2]
"""The checkout."""

Facts: TypeAlias = dict[str, str]
"""All that another process needs to reach an engine: addresses, names, tokens, folders."""


class CannotInstall(RuntimeError):
    """What is missing can't be installed from here; the message says what to do."""


class RealEngine(ABC):
    """One real system in a folder of its own, which listens on loopback alone."""

    name: ClassVar[str]
    """As in `ENGINES`."""
    title: ClassVar[str]
    """As its makers call it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Make its folder, and start nothing yet.

        Args:
            folder: Where it runs, and stays when it is stopped; a new one that is removed when None.
        """
        self._is_own = folder is None
        self.folder = (folder or Path(tempfile.mkdtemp(prefix=f"nightdeck-{self.name}-"))).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        # Parts of an engine run as other users, who must find their files in it: what is secret is in files.
        self.folder.chmod(0o711)
        self.services = Services(self.folder)
        self.facts: Facts = {}
        """How to reach it, once it is up."""

    @classmethod
    @abstractmethod
    def missing(cls) -> Sequence[str]:
        """What is not installed, in words for a user; empty when it can be started."""

    @classmethod
    @abstractmethod
    def install(cls) -> None:
        """Install what is missing. Raises CannotInstall."""

    @abstractmethod
    def start(self) -> Facts:
        """Start it and wait until it is healthy; returns how to reach it."""

    @classmethod
    @abstractmethod
    def introduce(cls, facts: Facts) -> str:
        """What a person needs to use it by hand: addresses, token, environment, a connection's table."""

    def clear(self) -> None:  # noqa: B027 - most engines leave nothing that their processes don't take along
        """End what it runs for others, before its own processes are stopped."""

    def up(self) -> Facts:
        """Start it, and prove that it listens on loopback only."""
        try:
            self.facts = self.start()
            self.prove_loopback()
        except BaseException:
            self.down()
            raise
        return self.facts

    def down(self) -> None:
        """Stop all of it; a folder that was made for it goes as well."""
        try:
            self.clear()
        finally:
            self.services.stop()
            if self._is_own:
                shutil.rmtree(self.folder, ignore_errors=True)

    def prove_loopback(self) -> None:
        """Raise Exposed when any process of it can be reached from elsewhere."""
        assert_only_loopback(listeners(self.services.living()))


def load_engine(name: str) -> type[RealEngine]:
    """The class of an engine."""
    module, _, attribute = ENGINES[name].partition(":")
    found: type[RealEngine] = getattr(import_module(module), attribute)
    return found


def selected() -> set[str]:
    """The engines that `NIGHTDECK_ENGINES` names."""
    return set(os.environ.get(SELECTION, "").replace(",", " ").split())


def is_open(port: int) -> bool:
    """Whether something listens on a port of the loopback interface."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def free_port() -> int:
    """A port of the loopback interface that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
