from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tui.core.own_folder import OwnFolder
from tui.core.redaction import Redactor
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.leftovers import leftovers
from tui.engine.recorder import SWEEP_S
from tui.engine.store import Store
from tui.logs.spool import Spool

KILLED = """
import os, signal, sys, tempfile
from pathlib import Path
from tui.core.own_folder import OwnFolder
from tui.core.private_files import make_folder, whole_file, write_all
from tui.logs.spool import Spool

state = Path(sys.argv[1])
make_folder(state / "exports")
spool = Spool(state / "spool")
draft, copy = OwnFolder(state), OwnFolder(Path(sys.argv[2]))
with whole_file(state / "ui.toml"), whole_file(state / "exports" / "jobs.csv") as export:
    write_all(export, b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""A nightdeck that is killed while it does everything at once."""


@pytest.fixture
def killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The state folder and the temporary files of a nightdeck that was killed."""
    state, temporary = tmp_path / "state", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    subprocess.run([sys.executable, "-c", KILLED, str(state), str(temporary)], check=False)
    return state, temporary


async def test_what_a_kill_left_is_gone_soon_after_the_next_start(
    tmp_path: Path, killed: tuple[Path, Path]
) -> None:
    state, temporary = killed
    left = {path.parent.name for path in [*state.rglob("*.part"), *state.rglob("*.spool")]}
    assert left == {"state", "exports", "spool"}
    assert len(list(leftovers(state))) == 5
    with OwnFolder() as in_use:
        spool = Spool(tmp_path / "other")
        clock = FakeClock()
        history = History(state, clock)
        engine = Engine(
            (), store=Store(clock), history=history, clock=clock, read_only=False, redactor=Redactor()
        )
        await engine.start()
        await clock.advance(SWEEP_S)
        await clock.wait_until(lambda: len(list(temporary.iterdir())) == 1)
        assert in_use.path.is_dir()
        await engine.aclose()
        spool.close()
    assert list(leftovers(state)) == []
    kept = {path.name for path in state.rglob("*")}
    assert kept <= {"exports", "spool", "history.db", "history.lock", "history.db-wal", "history.db-shm"}
