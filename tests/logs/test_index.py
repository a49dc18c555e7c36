"""Counting lines: by other processes for large files, on the event loop for small ones, to the same end."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tui.logs import counting
from tui.logs.count_child import COLOURED, FOREIGN
from tui.logs.document import LogDocument
from tui.logs.index import BLOCK, LineIndex, Survey
from tui.logs.source import LogFile

LINES = b"".join(b"%d %s\n" % (number, b"x" * (number % 50)) for number in range(20_000))


LARGE = LINES * 20 + b"last"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some more than 8 MB, the last line without an end."""
    path = tmp_path_factory.mktemp("logs") / "large.log"
    path.write_bytes(LARGE)
    return path


@pytest.fixture
async def document(large: Path) -> AsyncIterator[LogDocument]:
    document = LogDocument(LogFile(large))
    assert document.size > 8 << 20
    yield document
    await document.aclose()
    gc.collect()  # what was left open is warned of here
    assert psutil.Process().children() == []


async def test_a_large_file_is_counted_by_other_processes(
    document: LogDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LineIndex, "catch_up", _only_the_rest(LineIndex.catch_up))
    told: list[int] = []
    assert document.number(document.size) is None
    await document.count_lines(lambda: told.append(document.lines))
    assert document.is_indexed
    assert document.lines == LARGE.count(b"\n") + 1 == 400_001
    assert told == sorted(told)
    for number in (0, 1, 19_999, 200_000, 399_999, 400_000):
        place = document.place(number)
        assert place is not None
        assert document.number(place) == number == LARGE[:place].count(b"\n")
    assert document.place(400_000) == document.last


def _only_the_rest(catch_up: object) -> object:
    """The event loop counts what is left after whole blocks, and nothing else."""

    def checked(index: LineIndex) -> bool:
        assert index._file.size - index.covered < BLOCK
        return catch_up(index)  # type: ignore[operator,no-any-return]

    return checked


@pytest.mark.parametrize("turns", [0, 1, 5, 30])
async def test_counting_can_be_left_at_any_time(document: LogDocument, turns: int) -> None:
    work = asyncio.create_task(document.count_lines())
    for _ in range(turns):
        await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert psutil.Process().children() == []


@pytest.mark.parametrize("turns", [1, 2, 30])
async def test_counting_can_be_cancelled_more_than_once(document: LogDocument, turns: int) -> None:
    begun = asyncio.Event()
    work = asyncio.create_task(document.count_lines(begun.set))
    await begun.wait()
    while not work.done():
        work.cancel()
        for _ in range(turns):
            await asyncio.sleep(0)
    await document.index.stop()
    assert psutil.Process().children() == []


async def test_counting_goes_on_where_it_was_left(document: LogDocument) -> None:
    begun = asyncio.Event()
    work = asyncio.create_task(document.count_lines(begun.set))
    await begun.wait()
    work.cancel()
    await asyncio.wait([work])
    await document.count_lines()
    assert document.lines == 400_001


async def test_closing_ends_counting(document: LogDocument) -> None:
    work = asyncio.create_task(document.count_lines())
    while not psutil.Process().children():  # noqa: ASYNC110 - a process that begins sets no event
        await asyncio.sleep(0)
    await document.aclose()
    await work
    assert not document.is_indexed


async def test_counting_twice_at_once_counts_once(document: LogDocument) -> None:
    begun = asyncio.Event()
    first = asyncio.create_task(document.count_lines(begun.set))
    await asyncio.sleep(0)
    await document.count_lines()
    await first
    assert document.lines == 400_001


@pytest.mark.parametrize("failure", ["no program", "no process"])
async def test_where_no_process_helps_the_event_loop_counts(
    document: LogDocument, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    if failure == "no program":
        monkeypatch.setattr(counting, "_PROGRAM", Path("missing.py"))
    else:
        monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    await document.count_lines()
    assert document.lines == 400_001


@pytest.mark.parametrize("is_rotated", [True, False])
async def test_a_file_that_changes_while_it_is_counted_is_counted_anew(
    tmp_path: Path, is_rotated: bool
) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(LARGE)
    document = LogDocument(LogFile(path))
    changes = iter([True])

    def change() -> None:
        if next(changes, False):
            if is_rotated:
                path.unlink()
            path.write_bytes(b"short\n" * 7)
            document.refresh()

    await document.count_lines(change)
    assert (document.lines, document.is_indexed) == (7, True)
    await document.aclose()


async def test_a_file_that_grows_while_it_is_counted_is_counted_whole(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(LARGE)
    document = LogDocument(LogFile(path))
    parts = iter([b" line\n", b"more\n" * 100_000, LINES * 20])

    def grow() -> None:
        with path.open("ab") as end:
            end.write(next(parts, b""))
        document.refresh()

    await document.count_lines(grow)
    assert document.lines == (LARGE + b" line\n" + b"more\n" * 100_000 + LINES * 20).count(b"\n")
    assert document.place(document.lines - 1) == document.last
    await document.aclose()


def test_blocks_without_an_end_are_known(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(b"a\n" + b"x" * 40 + b"\nb")
    index = LineIndex(LogFile(path), 8)
    assert (index.progress, index.has_no_end(2)) == (0.0, False)
    while not index.catch_up():
        pass
    assert [index.has_no_end(block) for block in range(7)] == [False, True, True, True, True, False, False]
    assert (index.progress, index.ends) == (1.0, 2)
    os.close(index._file.descriptor)


def test_blocks_with_colours_are_noted_with_those_where_such_lines_begin(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_bytes(
        b"a\nbbbbbb" + b"bbbb\x1b[m\n" + b"c\nd\ne\nf\n" + b"g\n\xc3\xbc\nhh" + b"h" * 16 + b"h\n\x1b"
    )
    index = LineIndex(LogFile(path), 8)
    assert index.survey(COLOURED, 64) == Survey(0, [])
    while not index.catch_up():
        pass
    assert index.survey(COLOURED, 64) == Survey(6, [0, 1])
    assert index.survey(COLOURED | FOREIGN, 64) == Survey(6, [0, 1, 2, 3])
    # A line that may be as long as this begins in the fourth block.
    assert index.survey(COLOURED, 24) == Survey(4, [0, 1])
    path.write_bytes(b"anew\n")
    index._file.refresh()
    assert index.survey(COLOURED, 64) == Survey(0, [])
    os.close(index._file.descriptor)


async def test_child_processes_note_the_same(tmp_path: Path) -> None:
    at = LARGE.index(b"\n", 5 * BLOCK) + 1
    path = tmp_path / "job.log"
    path.write_bytes(LARGE[:at] + b"\x1b[1m\xff" + LARGE[at:])
    document = LogDocument(LogFile(path))
    await document.count_lines()
    for mark in (COLOURED, FOREIGN):
        assert document.index.survey(mark, 1 << 20) == Survey(len(LARGE) // BLOCK, [4, 5])
    await document.aclose()
