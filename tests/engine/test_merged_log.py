"""Several opened logs as one: in the order of their times, followed to their ends, with what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tui.core.errors import SystemUnavailable, Unauthorized
from tui.core.models import LogChunk
from tui.engine.inflow import Inflow
from tui.engine.merged_log import MergedLog
from tui.engine.opened_log import OpenedLog


class ToldLog(OpenedLog):
    """A log whose text the test tells piece by piece."""

    def __init__(self, clock: FakeClock, folder: Path, pieces: list[bytes | Exception]) -> None:
        super().__init__(clock, inflow=Inflow(folder))
        self.pieces = pieces

    @property
    def ending(self) -> str:
        return "failed" if self.is_complete else ""

    async def _next(self) -> LogChunk:
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        return LogChunk(piece, cursor="", is_complete=not self.pieces)

    async def _has_ended(self) -> bool:
        return True


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


Merge = Callable[..., MergedLog]


@pytest.fixture
async def merge(clock: FakeClock, tmp_path: Path) -> AsyncIterator[Merge]:
    made: list[MergedLog] = []

    def merged(*logs: list[bytes | Exception]) -> MergedLog:
        sources = [(f"log {number}", ToldLog(clock, tmp_path, pieces)) for number, pieces in enumerate(logs)]
        made.append(MergedLog.of(clock, sources, UTC, tmp_path))
        return made[-1]

    yield merged
    for log in made:
        await log.aclose()
    assert not list(Path(tmp_path).glob("*"))  # noqa: ASYNC240 - a folder of the test's own


def texts(log: MergedLog) -> list[str]:
    document = log.document
    while not document.index.catch_up():
        pass
    places = [document.place(number) for number in range(document.lines)]
    return [document.plain(place) for place in places if place is not None]


async def follow(clock: FakeClock, log: MergedLog, tell: Callable[[], object]) -> None:
    """Let time and threads get on until all logs have ended."""
    task = asyncio.create_task(log.follow(tell))
    async with asyncio.timeout(20):
        while not task.done():
            await clock.advance(0.5)
            await asyncio.sleep(0.001)
    await task


async def test_lines_come_in_the_order_of_their_times_behind_their_names(
    clock: FakeClock, merge: Merge
) -> None:
    log = merge(
        [b"2026-11-21 14:00:01 a\n2026-11-21 14:00:04 d\n"],
        [b"2026-11-21 14:00:02 b\n\tat b.B\n2026-11-21 14:00:03 c"],
    )
    await follow(clock, log, lambda: None)
    assert [(text.split()[1], text.split()[-1]) for text in texts(log)] == [
        *(("0", "a"), ("1", "b"), ("1", "b.B"), ("1", "c"), ("0", "d"))
    ]
    assert log.is_complete
    assert log.ending == "log 0 failed, log 1 failed"


async def test_a_log_that_cannot_be_read_on_is_told_and_holds_nobody_back(
    clock: FakeClock, merge: Merge
) -> None:
    log = merge([b"2026-11-21 14:00:01 a\n", Unauthorized("401")], [b"2026-11-21 14:00:02 b\n"])
    await follow(clock, log, lambda: None)
    assert [text.split()[-1] for text in texts(log)] == ["a", "b"]
    assert log.problem == "log 0: 401"


async def test_a_quiet_log_holds_the_others_back_only_for_a_while(clock: FakeClock, merge: Merge) -> None:
    outage = [SystemUnavailable("503")] * 3
    log = merge(
        [b"2026-11-21 14:00:05 later\n", *outage, b"2026-11-21 14:00:06 end\n"], [b"2026-11-21 14:00:02 b\n"]
    )
    seen: list[list[str]] = []
    await follow(clock, log, lambda: seen.append([text.split()[-1] for text in texts(log)]))
    assert ["b", "later"] in seen
    assert seen[-1] == ["b", "later", "end"]


async def test_a_line_without_an_end_longer_than_a_piece_comes_whole(clock: FakeClock, merge: Merge) -> None:
    log = merge([b"x" * 300_000 + b"\nshort\n"], [b"y\n"])
    await follow(clock, log, lambda: None)
    total = sum(text.count("x") for text in texts(log))
    assert total >= 20_000
    assert texts(log)[-1].endswith(("short", "y"))
