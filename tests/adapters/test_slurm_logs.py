"""The output of Slurm's jobs is read where it is, by bytes, and only where it is a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tui.adapters.slurm import logs
from tui.adapters.slurm.record import Record
from tui.adapters.slurm.runs import runs_of
from tui.core.errors import NotFound
from tui.core.keys import RunKey

RUN = RunKey("hpc", "load", "8")


def record(path: Path, **changes: Any) -> Record:
    usual: dict[str, Any] = {"id": "8", "run_id": "8", "name": "load", "user": "ops", "words": ("RUNNING",)}
    return Record(**(usual | {"output": str(path), "node": "n1", "folder": "/"} | changes))


def test_a_log_is_followed_by_bytes_and_begins_anew_when_it_got_shorter(tmp_path: Path) -> None:
    path = tmp_path / "8.log"
    piece = record(path)
    chunk = logs.read(RUN, piece, path, "", is_over=False)
    assert (chunk.data, chunk.cursor, chunk.is_complete) == (b"", "0", False)
    path.write_bytes(b"one\n")
    chunk = logs.read(RUN, piece, path, chunk.cursor, is_over=False)
    assert (chunk.data, chunk.cursor, chunk.is_complete, chunk.is_restart) == (b"one\n", "4", False, False)
    path.write_bytes(b"one\ntwo\n")
    chunk = logs.read(RUN, piece, path, chunk.cursor, is_over=True)
    assert (chunk.data, chunk.is_complete) == (b"two\n", True)
    path.write_bytes(b"x\n")
    chunk = logs.read(RUN, piece, path, chunk.cursor, is_over=True)
    assert (chunk.data, chunk.is_restart, chunk.is_complete) == (b"x\n", True, True)


def test_a_log_of_another_host_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "8.log"
    for is_over in (True, False):
        with pytest.raises(
            NotFound, match=r"is .*elsewhere/8\.log on n1 and can't be read on this host"
        ) as caught:
            logs.read(RUN, record(path), path, "", is_over=is_over)
        assert "logs" in caught.value.hint


def test_only_files_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/null"), Path("/dev/zero")):
        with pytest.raises(NotFound):
            logs.read(RUN, record(path), path, "", is_over=True)
        assert not logs.is_readable(path)
        assert logs.progress_of(path, r"(\d+)%") is None


def test_output_of_ours_is_closed_to_others_and_that_of_others_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "8.log"
    path.write_bytes(b"one\n")
    for comment, mode in (("mine", 0o644), ("nightdeck:1f", 0o600)):
        path.chmod(0o644)
        logs.read(RUN, record(path, comment=comment), path, "", is_over=True)
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_the_log_of_an_array_is_that_of_the_first_element_that_failed() -> None:
    def element(index: int, word: str) -> Record:
        return record(Path("/l/%A_%a.log"), id=f"{index}", kind="array", index=index, words=(word,))

    (run,) = runs_of([element(1, "COMPLETED"), element(2, "FAILED"), element(3, "FAILED")], ())
    assert logs.path_of(logs.telling(run)) == Path("/l/8_2.log")
    (run,) = runs_of([element(1, "COMPLETED"), element(2, "RUNNING")], ())
    assert logs.path_of(logs.telling(run)) == Path("/l/8_1.log")


@pytest.mark.parametrize(
    ("text", "pattern", "progress"),
    [
        (b"10% done\n42.5 % done\n", r"(\d{1,3}(?:\.\d+)?) ?%", 0.425),
        (b"step 3/4\n", r"(\d+)/(\d+)", 0.75),
        (b"step 3/0\n", r"(\d+)/(\d+)", None),
        (b"900%\n", r"(\d+)%", 1.0),
        (b"nothing\n", r"(\d+)%", None),
    ],
)
def test_progress_is_the_last_word_of_the_output(
    tmp_path: Path, text: bytes, pattern: str, progress: float | None
) -> None:
    path = tmp_path / "8.log"
    path.write_bytes(text)
    assert logs.progress_of(path, pattern) == progress
    assert logs.progress_of(tmp_path / "none", pattern) is None


def test_only_the_oldest_output_of_ours_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "load"
    folder.mkdir()
    for name in ("8.log", "9_1.log", "9_2.log", "10.log", "notes.log", "8.txt"):
        (folder / name).write_text("")
    logs.prune(tmp_path, "load", 2)
    assert sorted(path.name for path in folder.iterdir()) == [
        "10.log",
        "8.txt",
        "9_1.log",
        "9_2.log",
        "notes.log",
    ]
