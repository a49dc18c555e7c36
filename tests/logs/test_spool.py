"""Where remote text is kept: for its owner alone, of bounded size, gone afterwards."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.logs.spool import Spool


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[Spool]:
    spool = Spool(folder)
    yield spool
    spool.close()


def content(spool: Spool) -> bytes:
    spool.file.refresh()
    return spool.file.read(0, spool.file.size)


def test_only_its_owner_can_read_it(spool: Spool, folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert spool.path.stat().st_mode & 0o777 == 0o600
    assert spool.path.parent == folder


def test_it_grows_and_is_deleted_in_the_end(spool: Spool) -> None:
    spool.append(b"one\n")
    assert spool.file.refresh()
    spool.append(b"two")
    assert content(spool) == b"one\ntwo"
    assert (spool.file.generation, spool.is_full) == (0, False)
    spool.close()
    assert not spool.path.exists()


def test_two_in_one_folder_leave_each_other_alone(spool: Spool, folder: Path) -> None:
    spool.append(b"mine")
    other = Spool(folder)
    other.close()
    assert content(spool) == b"mine"
    assert spool.path.exists()


def test_what_is_too_much_is_left_out_and_told(folder: Path) -> None:
    spool = Spool(folder, most_bytes=10)
    spool.append(b"12345678")
    assert not spool.is_full
    spool.append(b"90abc")
    spool.append(b"more")
    assert (content(spool), spool.is_full) == (b"1234567890", True)
    spool.restart()
    spool.append(b"again")
    assert (content(spool), spool.is_full) == (b"again", False)
    spool.close()


def test_a_log_that_was_written_anew_counts_anew(spool: Spool) -> None:
    spool.append(b"old")
    spool.file.refresh()
    spool.restart()
    spool.append(b"new and longer")
    assert content(spool) == b"new and longer"
    assert spool.file.generation == 1


@pytest.mark.parametrize("step", [1, 2, 3, 100])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "GB18030", "UTF-8", "ascii", "no such encoding"])
def test_text_is_kept_as_utf_8(folder: Path, encoding: str, step: int) -> None:
    text = "größer als 5 尺\n" if encoding.startswith(("utf", "GB", "UTF")) else "größer\n"
    raw = text.encode("utf-8" if encoding in {"ascii", "no such encoding"} else encoding)
    spool = Spool(folder)
    for start in range(0, len(raw), step):
        spool.append(raw[start : start + step], encoding, is_last=start + step >= len(raw))
    assert content(spool).decode() == text
    spool.close()


def test_half_a_character_at_the_end_is_told(folder: Path) -> None:
    spool = Spool(folder)
    spool.append("尺".encode("gb18030")[:1], "gb18030")
    spool.append(b"", "gb18030", is_last=True)
    assert content(spool).decode() == "\N{REPLACEMENT CHARACTER}"
    spool.close()


def test_what_killed_programs_left_behind_is_swept(folder: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from tui.logs.spool import Spool\n"
        "spool = Spool(Path(sys.argv[1])); spool.append(b'left'); print(spool.path, flush=True); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True)
    left = Path(done.stdout.strip())
    assert left.read_bytes() == b"left"
    Spool(folder).close()
    assert not left.exists()


def test_only_spools_are_swept_and_no_symlink_is_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep")
    (folder / "notes.txt").write_bytes(b"keep")
    (folder / "1-x.spool").symlink_to(precious)
    Spool(folder).close()
    assert precious.read_bytes() == b"keep"
    assert (folder / "notes.txt").exists()
    assert (folder / "1-x.spool").is_symlink()


def test_a_name_that_is_taken_is_not_written_through(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep")
    monkeypatch.setattr("tui.core.private_files.os.urandom", lambda _: b"x")
    (folder / f"{os.getpid()}-78.spool").symlink_to(precious)
    with pytest.raises(FileExistsError):
        Spool(folder)
    assert precious.read_bytes() == b"keep"


def test_one_that_somebody_else_holds_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise BlockingIOError("held")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(BlockingIOError):
        Spool(folder)


def test_nothing_is_written_after_its_end(spool: Spool) -> None:
    spool.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        spool.append(b"x")
