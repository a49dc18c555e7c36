"""A fault of the program's own: one honest line, no values of variables, details in a private file."""

from __future__ import annotations

import errno
import stat
import sys
from pathlib import Path

import pytest

from tests.support.real_world import GATED, RealWorld, is_ready, is_sane, row_of
from tui.core.redaction import Redactor
from tui.ui import crash
from tui.ui.crash import crash_line

KNOWN_SECRET = "gr33n-elephant"
LOCAL_SECRET = "hunter2-of-a-variable"

CONFIG = f'{GATED}env = {{ DB_PASSWORD = {{ literal = "{KNOWN_SECRET}" }} }}\n'

_FAULTY = f"""
import sys
from tui.ui.app import NightdeckApp
from tui.ui.driver import TerminalDriver
from tui.ui.widgets.job_table import JobTable

def fail(*_, **__):
    variable = "{LOCAL_SECRET}"
    raise ValueError("\\x1b[31mcan't stand {KNOWN_SECRET}")

async def fail_soon(*_):
    fail()

where = sys.argv.pop(1)
if where == "paint":
    JobTable.render_line = fail
elif where == "key":
    NightdeckApp.action_palette = fail
elif where == "worker":
    NightdeckApp._open = fail_soon
elif where == "unmount":
    NightdeckApp.on_unmount = fail_soon
elif where == "input":
    TerminalDriver._become_calm = fail
from tui.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("where", "keys"),
    [("paint", ""), ("worker", ""), ("key", ":"), ("unmount", "q"), ("input", "j")],
)
def test_a_fault_is_told_in_one_line_on_a_terminal_that_is_given_back(
    world: RealWorld, where: str, keys: str
) -> None:
    world.configure(CONFIG)
    with world.start(where, program=(sys.executable, "-c", _FAULTY), columns=250) as terminal:
        if keys:
            terminal.wait_for(lambda: is_ready(terminal) and row_of(terminal, "quick"))
            terminal.press(keys)
        assert terminal.wait_exit() == 1
        assert is_sane(terminal)
        told = terminal.raw.rpartition(b"\x1b[")[2].partition(b"l")[2].decode()
        assert told.startswith("nightdeck failed by a fault of its own: ValueError")
        assert told.count("\n") == 1
        [details] = world.state.glob("crash-*.txt")
        assert str(details.relative_to(world.folder)) in told.replace(str(world.folder) + "/", "")
        assert stat.S_IMODE(details.stat().st_mode) == 0o600
        written = details.read_text()
        assert "in fail" in written
        assert "ValueError" in written
        assert "\x1b" not in written
        for text in (told, written, terminal.raw.decode(errors="replace")):
            assert LOCAL_SECRET not in text
        if keys and where != "unmount":
            assert KNOWN_SECRET not in written


def make_error() -> ValueError:
    def fail(_: str) -> None:
        raise ValueError(f"token={KNOWN_SECRET}")

    with pytest.raises(ValueError, match="token") as caught:
        fail("hidden" * 3)
    return caught.value


def test_the_line_tells_where_the_details_are_and_they_hold_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(tmp_path / "state"))
    redactor = Redactor()
    redactor.add(KNOWN_SECRET)
    line = crash_line(make_error(), redactor.mask)
    [path] = (tmp_path / "state").iterdir()
    assert str(path) in line
    assert KNOWN_SECRET not in path.read_text()
    assert "hidden" * 3 not in path.read_text()
    assert crash_line(make_error(), redactor.mask) != line, "a second fault overwrites the first"


def test_faults_at_every_start_do_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(tmp_path))
    (tmp_path / "crash-notes.md").touch()
    lines = [crash_line(make_error(), str) for _ in range(25)]
    kept = sorted(tmp_path.glob("crash-*.txt"))
    assert len(kept) == 20
    assert all(str(path) in "".join(lines[5:]) for path in kept)
    assert (tmp_path / "crash-notes.md").exists()


def test_an_endless_recursion_is_told_briefly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(tmp_path))

    def recurse(depth: int) -> int:
        return recurse(depth + 1) + 1

    with pytest.raises(RecursionError) as caught:
        recurse(0)
    line = crash_line(caught.value, str)
    [path] = tmp_path.iterdir()
    assert "RecursionError" in line
    assert len(path.read_text().splitlines()) < 400


@pytest.mark.parametrize("state", ["/proc/nightdeck", ""], ids=["nowhere", "no home"])
def test_details_that_cannot_be_written_are_told_as_such(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", state)
    if not state:
        monkeypatch.setenv("HOME", "")
        monkeypatch.delenv("XDG_STATE_HOME")
    line = crash_line(make_error(), str)
    assert "the details could not be written" in line
    assert KNOWN_SECRET not in line


def test_what_nothing_caught_is_told_the_same_way_and_ctrl_c_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(tmp_path))
    error = OSError(errno.EIO, "gone")
    crash.tell_uncaught(OSError, error, None, str)
    assert capsys.readouterr().err.startswith(
        "nightdeck failed by a fault of its own: OSError; the details are in"
    )
    crash.tell_uncaught(KeyboardInterrupt, KeyboardInterrupt(), None, str)
    assert "fault of its own" not in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == 1
