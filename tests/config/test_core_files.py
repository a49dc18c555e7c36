"""No core file of a process that knows secrets, and none less of the programs that it starts."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import ctypes, resource, subprocess, sys
from tui.config.core_files import forbid_core_files

resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
ours = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
forbid_core_files()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
subprocess.run([sys.executable, "-c", ours])
"""
LIMIT = """
import ctypes, resource
from tui.config import core_files

def none(_):
    raise OSError

ctypes.CDLL = none
core_files.forbid_core_files()
print(resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


def said(*words: str) -> list[str]:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a switch for one process")
def test_no_core_file_is_written_and_programs_that_are_started_may_write_theirs() -> None:
    assert said("-c", LOOK) == ["1", "0", "1"]


def test_where_there_is_no_such_switch_core_files_have_no_room() -> None:
    assert said("-c", LIMIT) == ["0"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a switch for one process")
def test_whoever_develops_can_look_into_it() -> None:
    assert said("-X", "dev", "-c", LOOK) == ["1", "1", "1"]
