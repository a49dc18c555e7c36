"""A log is read in place and goes on where it stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.local_case import assert_gone, begin, finish, open_adapter, printed, until
from tui.adapters.local import logfile
from tui.adapters.local.tail import WINDOW, Tail, read_tail
from tui.core.command_job import DEFAULT_PROGRESS
from tui.core.errors import NotFound
from tui.core.keys import RunKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui.adapters.local import LocalAdapter


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Where runs are kept; everything started from it is gone afterwards."""
    yield tmp_path / "runs"
    await assert_gone(tmp_path)


def one(folder: Path, command: object) -> LocalAdapter:
    """An adapter with a single job."""
    return open_adapter(folder, {"name": "job", "command": command})


async def test_a_growing_log_is_read_bit_by_bit(folder: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    adapter = one(folder, f"echo one; until [ -e {gate} ]; do sleep 0.02; done; echo two >&2")
    run = await begin(adapter, "job")
    await printed(adapter, run, "one\n")
    first = await adapter.read_log(run)
    assert (first.data, first.is_complete) == (b"one\n", False)
    idle = await adapter.read_log(run, first.cursor)
    assert (idle.data, idle.cursor, idle.is_complete) == (b"", first.cursor, False)
    gate.touch()
    await until(adapter, "job", lambda job: not job.state.is_active)
    last = await adapter.read_log(run, first.cursor)
    assert (last.data, last.is_complete, last.is_restart) == (b"two\n", True, False)


async def test_a_long_log_comes_in_pieces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logfile, "_CHUNK", 1000)
    adapter = one(folder, "seq 1 500")
    job = await finish(adapter, "job")
    assert job.run_key is not None
    pieces, cursor, is_complete = [], "", False
    while not is_complete:
        chunk = await adapter.read_log(job.run_key, cursor)
        pieces.append(chunk.data)
        cursor, is_complete = chunk.cursor, chunk.is_complete
    assert [len(piece) for piece in pieces] == [1000, 892]
    assert b"".join(pieces) == b"".join(b"%d\n" % number for number in range(1, 501))


@pytest.mark.parametrize("cursor", ["9999", "-1", "abc", "²"])
async def test_a_cursor_that_does_not_fit_starts_again(folder: Path, cursor: str) -> None:
    adapter = one(folder, "echo text")
    job = await finish(adapter, "job")
    assert job.run_key is not None
    chunk = await adapter.read_log(job.run_key, cursor)
    assert (chunk.data, chunk.is_restart, chunk.is_complete) == (b"text\n", True, True)


async def test_a_log_that_got_shorter_starts_again(folder: Path) -> None:
    adapter = one(folder, "echo a long line")
    job = await finish(adapter, "job")
    assert job.run_key is not None
    end = (await adapter.read_log(job.run_key)).cursor
    path = adapter.log_path(job.run_key)
    assert path is not None
    path.write_text("new\n")
    chunk = await adapter.read_log(job.run_key, end)
    assert (chunk.data, chunk.is_restart) == (b"new\n", True)


async def test_a_log_that_is_gone_is_not_found(folder: Path) -> None:
    adapter = one(folder, "true")
    job = await finish(adapter, "job")
    assert job.run_key is not None
    (folder / "job" / job.run_id / "log").unlink()
    assert adapter.log_path(job.run_key) is None
    with pytest.raises(NotFound, match="is gone"):
        await adapter.read_log(job.run_key)


@pytest.mark.parametrize("run_id", ["", "..", "../job", "latest", "20260101T000000000-000000", "a\0b"])
async def test_only_runs_have_logs(folder: Path, run_id: str) -> None:
    adapter = one(folder, "true")
    await finish(adapter, "job")
    run = RunKey("here", "job", run_id)
    assert adapter.log_path(run) is None
    with pytest.raises(NotFound):
        await adapter.read_log(run)


def test_an_unknown_job_has_no_log(folder: Path) -> None:
    assert one(folder, "true").log_path(RunKey("here", "other", "1")) is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", ""),
        (b"\n \n\t\r\n", ""),
        (b"one\ntwo\n\n", "two"),
        (b"one\rtwo", "two"),
        (b"\x1b[1;31merror\x1b[0m: bad\x1b[K\n\x1b[0m\n", "error: bad"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\n", "link"),
        (b"\x1b(Bplain\x07\x08", "plain"),
        (b"caf\xc3\xa9 \xff", "café �"),
        (b"a\tb", "a\tb"),
        (b"\x1b", ""),
        (b"x" * 1000, "x" * 300 + "…"),
    ],
)
def test_the_last_line(content: bytes, line: str) -> None:
    assert Tail(content, is_cut=False).last_line == line


def test_a_cut_never_shows_half_a_character() -> None:
    assert Tail("é!".encode()[1:], is_cut=True).last_line == "…!"
    assert Tail(b"rest\nwhole\n", is_cut=True).last_line == "whole"


def test_only_the_end_of_a_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"50%\n" + b"x" * WINDOW)
    assert read_tail(log).progress(DEFAULT_PROGRESS) is None
    assert read_tail(log).last_line == "…" + "x" * 300 + "…"
    assert read_tail(tmp_path / "absent").last_line == ""


@pytest.mark.parametrize(
    ("text", "pattern", "progress"),
    [
        ("10%\n20%\n", DEFAULT_PROGRESS, 0.2),
        ("100 % done", DEFAULT_PROGRESS, 1.0),
        ("0%", DEFAULT_PROGRESS, 0.0),
        ("150%", DEFAULT_PROGRESS, None),
        ("no numbers", DEFAULT_PROGRESS, None),
        ("50%", "", None),
        ("3/4", r"(\d+)/(\d+)", 0.75),
        ("3/0", r"(\d+)/(\d+)", None),
        ("9/4", r"(\d+)/(\d+)", None),
        ("step x", r"step (\w)", None),
        ("step ", r"step (\w)?", None),
    ],
)
def test_the_progress(text: str, pattern: str, progress: float | None) -> None:
    assert Tail(text.encode(), is_cut=False).progress(pattern) == progress
