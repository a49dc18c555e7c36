"""A log as a file: whatever happens to it, what is read is right, and what no longer counts is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.logs.source import LogFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "job.log"
    path.write_bytes(b"one\ntwo\n")
    return path


@pytest.fixture
def file(path: Path) -> Iterator[LogFile]:
    file = LogFile(path)
    yield file
    file.close()


def whole(file: LogFile) -> bytes:
    return file.read(0, file.size)


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as end:
        end.write(data)


def test_a_file_is_read_by_offset(file: LogFile) -> None:
    assert (file.size, file.read(0, 3), file.read(4, 100), file.read(100, 3)) == (8, b"one", b"two\n", b"")
    assert not file.refresh()
    assert (file.generation, file.is_gone) == (0, False)


def test_what_was_appended_is_there_after_a_look(file: LogFile, path: Path) -> None:
    append(path, b"three")
    assert file.size == 8
    assert file.refresh()
    assert (file.generation, whole(file)) == (0, b"one\ntwo\nthree")
    assert not file.refresh()


@pytest.mark.parametrize(
    "anew",
    [b"", b"new\n", b"longer than it was before\n", b"one\ntwO\n", b"one\ntwo"],
    ids=["empty", "shorter", "longer", "equally long", "cut"],
)
def test_a_file_that_is_cut_and_written_anew_counts_anew(file: LogFile, path: Path, anew: bytes) -> None:
    path.write_bytes(anew)
    os.utime(path, ns=(1, 1))  # whatever the resolution of the disk's clock is
    assert file.refresh()
    assert (file.generation, whole(file)) == (1, anew)


def test_a_file_written_anew_behind_the_same_banner_is_seen(file: LogFile, path: Path) -> None:
    banner = b"#" * 5000
    path.write_bytes(banner + b"first run\n" * 100)
    assert file.refresh()
    generation = file.generation
    path.write_bytes(banner + b"second run\n" * 200)
    assert file.refresh()
    assert file.generation == generation + 1


def test_a_touched_file_has_nothing_new(file: LogFile, path: Path) -> None:
    os.utime(path, ns=(1, 1))
    assert not file.refresh()
    assert file.generation == 0


@pytest.mark.parametrize("successor", [b"one\ntwo\nthree\n", b"", b"one\ntwo\n"])
def test_a_rotated_file_s_successor_is_taken_over(file: LogFile, path: Path, successor: bytes) -> None:
    path.rename(path.with_suffix(".1"))
    path.write_bytes(successor)
    assert file.refresh()
    assert (file.generation, whole(file), file.is_gone) == (1, successor, False)
    append(path, b"more")
    assert file.refresh()
    assert (file.generation, whole(file)) == (1, successor + b"more")


def test_a_vanished_file_stays_readable_until_another_has_its_name(file: LogFile, path: Path) -> None:
    path.unlink()
    assert not file.refresh()
    assert (file.is_gone, file.generation, whole(file)) == (True, 0, b"one\ntwo\n")
    path.write_bytes(b"back")
    assert file.refresh()
    assert (file.is_gone, file.generation, whole(file)) == (False, 1, b"back")


def test_a_file_that_moved_away_still_grows(file: LogFile, path: Path) -> None:
    moved = path.rename(path.with_suffix(".1"))
    append(moved, b"last words\n")
    assert file.refresh()
    assert (file.is_gone, whole(file)) == (True, b"one\ntwo\nlast words\n")


def test_what_takes_the_name_must_be_a_file(file: LogFile, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)
    assert not file.refresh()
    assert (file.is_gone, whole(file)) == (True, b"one\ntwo\n")


def test_who_holds_the_descriptor_reads_the_successor(file: LogFile, path: Path) -> None:
    held = file.descriptor
    path.unlink()
    path.write_bytes(b"other")
    file.refresh()
    assert (file.descriptor, os.pread(held, 10, 0)) == (held, b"other")
    assert not os.get_inheritable(held)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "missing"):
        with pytest.raises(OSError, match=r"regular|No such file"):
            LogFile(tmp_path / name)


def test_nothing_is_read_after_the_end(file: LogFile) -> None:
    file.close()
    file.close()
    assert file.read(0, 10) == b""
    assert not file.refresh()
    assert file.is_gone
