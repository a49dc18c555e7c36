"""What starts engines, proves where they listen, stops them, and tells what was left out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.engines.engine import Facts, RealEngine, free_port, is_open
from tests.engines.left_out import HERE, engine_of, told
from tests.engines.loopback import Exposed, Listener, assert_only_loopback, listeners
from tests.engines.processes import NotHealthy, Services
from tests.engines.sharing import shared

LISTENING = "import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
PARENT = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True);"
    "time.sleep(600)"
)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Processes that end with the test."""
    made = Services(tmp_path)
    yield made
    made.stop()


def listening(services: Services) -> int:
    """Let a grandchild in a session of its own listen on loopback; returns the port."""
    port = free_port()
    services.start("parent", sys.executable, "-c", PARENT.format(child=LISTENING.format(port=port)))
    services.wait_until(lambda: is_open(port), "it listens")
    return port


def is_alive(process: psutil.Process) -> bool:
    """Whether it still works; one that nobody has asked for its exit code yet does not."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_descendants_are_found_where_they_listen(services: Services) -> None:
    port = listening(services)
    found = listeners(services.living())
    assert [(each.address, each.port) for each in found] == [("127.0.0.1", port)]
    assert_only_loopback(found)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_nobody_elses(address: str) -> None:
    assert_only_loopback([Listener(address, 6817, "slurmctld")])


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7", "fe80::1", "::ffff:192.0.2.7"])
def test_any_other_address_is_exposed(address: str) -> None:
    good = Listener("127.0.0.1", 6818, "slurmd")
    with pytest.raises(Exposed, match=f"slurmctld on {address} port 6817$"):
        assert_only_loopback([good, Listener(address, 6817, "slurmctld")])


def test_no_listener_at_all_proves_nothing() -> None:
    with pytest.raises(Exposed):
        assert_only_loopback([])


def test_nothing_is_left_over(services: Services) -> None:
    listening(services)
    ours = services.living()
    assert len(ours) == 2
    services.stop()
    assert [process for process in ours if is_alive(process)] == []


def test_a_process_without_a_mark_is_known_by_its_place(services: Services, tmp_path: Path) -> None:
    place = tmp_path / "spool"
    place.mkdir()
    services.start("parent", "sh", "-c", "env -i setsid sleep 600 & exec sleep 600", place=place)
    services.wait_until(lambda: len(services.living()) == 2, "both are there")
    services.end("parent")
    (left,) = services.living()
    services.stop()
    assert not is_alive(left)


def test_a_process_that_ends_early_tells_its_last_words(services: Services) -> None:
    services.start("broken", sys.executable, "-c", "raise SystemExit('no such partition')")
    with pytest.raises(NotHealthy, match=r"(?s)it listens.*broken has ended.*no such partition"):
        services.wait_until(lambda: False, "it listens")


def test_a_command_that_fails_tells_its_words(services: Services) -> None:
    with pytest.raises(NotHealthy, match=r"(?s)ended with 3:.*too bad"):
        services.run(sys.executable, "-c", "print('too bad'); raise SystemExit(3)")


class MadeUp(RealEngine):
    """An engine that is one sleeping listener."""

    name = "slurm"
    title = "Made-up"
    made: list[MadeUp]

    def start(self) -> Facts:
        self.made.append(self)
        return {"port": str(listening(self.services))}

    @classmethod
    def missing(cls) -> list[str]:
        return []

    @classmethod
    def install(cls) -> None:
        """Nothing to do."""

    @classmethod
    def introduce(cls, facts: Facts) -> str:
        return facts["port"]


def test_workers_share_one_engine_and_the_last_one_stops_it(tmp_path: Path) -> None:
    MadeUp.made = []
    with shared(MadeUp, tmp_path) as first:
        with shared(MadeUp, tmp_path) as second:
            assert second == first
        (engine,) = MadeUp.made
        assert engine.services.living()
    assert not engine.services.living()
    assert not engine.folder.exists()
    with shared(MadeUp, tmp_path):
        assert len(MadeUp.made) == 2


def test_what_was_left_out_is_one_line() -> None:
    line = told(Counter({"slurm": 61}))
    assert line.startswith("left out: 61 tests on a real Slurm (make test-engines ")
    assert "\n" not in line
    assert told(Counter()) == ""


def test_a_module_tells_its_engine_by_its_name() -> None:
    assert engine_of(HERE / "test_slurm_story.py") == "slurm"
    assert engine_of(HERE / "test_airflow_contract.py") == "airflow"
    assert engine_of(HERE / "test_shared_parts.py") == ""
    assert engine_of(HERE.parent / "adapters" / "test_slurm_life.py") == ""
