"""Opened logs: what is there at once, what comes later, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import errno
import gzip
import io
import random
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.scripted import FullAdapter, Script, ScriptedAdapter, make_job, scripted_spec
from tui.core.capabilities import HasLogFiles
from tui.core.errors import ActionRefused, NightdeckError, NotFound, RateLimited, Unauthorized, Unreachable
from tui.core.keys import RunKey
from tui.core.models import LogChunk
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.engine import Engine
from tui.engine.file_log import FileLog
from tui.engine.history import History
from tui.engine.log_reading import LogRead, read_log_once
from tui.engine.opened_log import OUTAGE_WAITS_S, OpenedLog
from tui.engine.run_log import RunLog
from tui.engine.store import Store
from tui.logs.spool import Spool

RUN = RunKey("alpha", "1", "r1")
LARGE = b"".join(b"line %d\n" % number for number in range(100_000))


class FileAdapter(FullAdapter, HasLogFiles):
    """Keeps logs as files."""

    folder: Path

    def log_path(self, run: RunKey) -> Path | None:
        return self.folder / run.run_id

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        path = self.folder / run.run_id
        self.script.logs = {run.run_id: path.read_bytes()} if path.exists() else {}
        start = int(cursor or 0)
        chunk = await super().read_log(run, cursor)
        data = chunk.data[: 1 << 20]
        is_whole = chunk.is_complete and len(data) == len(chunk.data)
        return LogChunk(data, str(start + len(data)), is_complete=is_whole)


class World:
    """A system with one job, and the engine that asks it."""

    def __init__(self, folder: Path, adapter: type[ScriptedAdapter] = FullAdapter) -> None:
        self.folder = folder
        self.spools = folder / "spool"
        self.clock = FakeClock()
        self.script = Script(self.clock)
        self.script.add(make_job("1", run_id="r1", state=State.RUNNING, last_result=None))
        self.engine = Engine(
            [scripted_spec("alpha", self.script, adapter)],
            store=Store(self.clock),
            history=History(folder / "state", self.clock),
            clock=self.clock,
            read_only=False,
            redactor=Redactor(),
            rng=random.Random(1),
            spool_dir=self.spools,
        )
        self.told = 0

    def tell(self) -> None:
        self.told += 1

    def end(self, state: State = State.SUCCEEDED, **changes: object) -> None:
        self.script.change("1", state=state, last_result=state, **changes)

    @asynccontextmanager
    async def following(self, log: OpenedLog) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(log.follow(self.tell))
        await self.clock.settle()
        yield task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let time and threads get on until something holds."""
        for _ in range(200):
            if holds():
                return
            await self.clock.advance(1.0)
            await asyncio.sleep(0.001)
        raise AssertionError("it never happened")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await world.engine.aclose()


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[World]:
    FileAdapter.folder = tmp_path / "logs"
    FileAdapter.folder.mkdir()
    world = World(tmp_path, FileAdapter)
    yield world
    await world.engine.aclose()


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[RunLog]:
    log = await RunLog.open(world.engine, RUN)
    try:
        yield log
    finally:
        await log.aclose()


def content(log: OpenedLog) -> bytes:
    return log.document.file.read(0, log.document.size)


async def test_a_log_that_is_whole_is_there_at_once(world: World) -> None:
    world.script.logs["r1"] = b"one\ntwo\n"
    world.end()
    async with opened(world) as log:
        assert (content(log), log.is_complete, log.problem, log.run) == (b"one\ntwo\n", True, "", RUN)
        assert not log.is_in_place
        assert not log.is_cut
        (kept,) = world.spools.iterdir()
        assert kept.stat().st_mode & 0o777 == 0o600
        assert world.spools.stat().st_mode & 0o777 == 0o700
        await log.follow(world.tell)
    assert list(world.spools.iterdir()) == []
    assert len(world.script.called("read_log")) == 1


async def test_the_rest_of_a_large_log_is_not_waited_for(world: World) -> None:
    world.script.logs["r1"] = LARGE
    world.end()
    async with opened(world) as log:
        first = log.document.size
        assert 0 < first < len(LARGE)
        assert not log.is_complete
        await log.follow(world.tell)
        assert (content(log), log.is_complete) == (LARGE, True)
        assert world.told == -(-(len(LARGE) - first) // first)


async def test_a_growing_log_is_followed_until_the_run_ends(world: World) -> None:
    world.script.logs["r1"] = b"one\n"
    async with opened(world) as log, world.following(log) as task:
        assert content(log) == b"one\n"
        world.script.logs["r1"] = b"one\ntwo\n"
        await world.clock.advance(0.5)
        assert content(log) == b"one\ntwo\n"
        assert (log.is_complete, task.done(), world.told) == (False, False, 1)
        world.script.logs["r1"] = b"one\ntwo\nlast"
        world.end()
        await world.clock.advance(5)
        assert task.done()
        assert (content(log), log.is_complete, log.document.generation) == (b"one\ntwo\nlast", True, 0)


async def test_a_quiet_log_is_asked_for_ever_more_seldom(world: World) -> None:
    world.script.logs["r1"] = b"one\n"
    async with opened(world) as log, world.following(log):
        asked = []
        for _ in range(10):
            asked.append(len(world.script.called("read_log")))
            await world.clock.advance(1.0)
        # Ten seconds have passed; the next look is at the fourteenth.
        assert asked == [2, 4, 5, 5, 6, 6, 6, 6, 6, 7]
        world.script.logs["r1"] += b"two\n"
        await world.clock.advance(4.25)
        quick = len(world.script.called("read_log"))
        await world.clock.advance(0.5)
        assert len(world.script.called("read_log")) == quick + 1


async def test_all_that_is_there_now_can_be_taken_alone(world: World) -> None:
    world.script.logs["r1"] = LARGE
    async with opened(world) as log:
        await log.load(world.tell)
        assert (content(log), log.is_complete) == (LARGE, False)


async def test_a_log_that_was_written_anew_counts_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = iter(
        [
            LogChunk(b"old one\n", "1", is_complete=False),
            LogChunk(b"new one, and longer\n", "2", is_complete=False, is_restart=True),
            LogChunk(b"", "3", is_complete=True),
        ]
    )
    cursors: list[str] = []

    async def read_log(_: object, __: RunKey, cursor: str = "") -> LogChunk:
        cursors.append(cursor)
        return next(chunks)

    monkeypatch.setattr(FullAdapter, "read_log", read_log)
    async with opened(world) as log, world.following(log) as task:
        await world.until(task.done)
        assert (content(log), log.document.generation) == (b"new one, and longer\n", 1)
        assert log.document.text(0) == "new one, and longer"
    assert cursors == ["", "1", "2"]


async def test_an_outage_is_told_and_waited_out(world: World) -> None:
    world.script.logs["r1"] = b"one\n"
    async with opened(world) as log, world.following(log) as task:
        world.script.read_error = Unreachable("connection refused")
        await world.clock.advance(0.5)
        assert (log.problem, world.told, content(log)) == ("connection refused", 1, b"one\n")
        asked = len(world.script.called("read_log"))
        await world.clock.advance(sum(OUTAGE_WAITS_S))
        assert len(world.script.called("read_log")) == asked + len(OUTAGE_WAITS_S)
        assert world.told == 1
        world.script.read_error = None
        world.script.logs["r1"] += b"two\n"
        world.end()
        await world.clock.advance(OUTAGE_WAITS_S[-1])
        assert task.done()
        assert (log.problem, content(log), log.is_complete) == ("", b"one\ntwo\n", True)


async def test_a_system_that_asks_for_a_pause_gets_it(world: World) -> None:
    world.script.logs["r1"] = b"one\n"
    async with opened(world) as log, world.following(log):
        world.script.read_error = RateLimited("slow down", retry_after_s=60.0)
        await world.clock.advance(0.5)
        asked = len(world.script.called("read_log"))
        await world.clock.advance(59)
        assert len(world.script.called("read_log")) == asked
        await world.clock.advance(1)
        assert len(world.script.called("read_log")) == asked + 1


@pytest.mark.parametrize("error", [Unauthorized("401"), NotFound("gone"), ActionRefused("no logs")])
async def test_what_waiting_does_not_mend_is_raised(world: World, error: NightdeckError) -> None:
    world.script.logs["r1"] = b"one\n"
    async with opened(world) as log, world.following(log) as task:
        world.script.read_error = error
        await world.clock.advance(0.5)
        assert task.done()
        assert task.exception() is error
        assert content(log) == b"one\n"


@pytest.mark.parametrize("error", [Unreachable("down"), Unauthorized("401"), NotFound("gone")])
async def test_a_log_that_cannot_be_had_is_not_opened(world: World, error: NightdeckError) -> None:
    world.script.read_error = error
    with pytest.raises(type(error)):
        await RunLog.open(world.engine, RUN)
    assert not world.spools.exists()


async def test_a_system_without_logs_has_none_to_open(tmp_path: Path) -> None:
    world = World(tmp_path, ScriptedAdapter)
    with pytest.raises(ActionRefused):
        await RunLog.open(world.engine, RUN)
    await world.engine.aclose()


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20])
async def test_following_can_be_left_and_taken_up_again(world: World, turns: int) -> None:
    world.script.logs["r1"] = LARGE
    world.end()
    async with opened(world) as log:
        for _ in range(3):
            task = asyncio.create_task(log.follow(world.tell))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await log.follow(world.tell)
        assert content(log) == LARGE


async def test_a_full_disk_leaves_what_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.script.logs["r1"] = b"one\n"
    async with opened(world) as log, world.following(log) as task:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Spool, "append", refuse)
        world.script.logs["r1"] += b"two\n"
        await world.clock.advance(0.5)
        assert task.done()
        assert (log.is_cut, log.is_complete, content(log)) == (True, False, b"one\n")
        assert log.problem == "the log can't be kept: No space left on device; this is its beginning"


async def test_a_log_that_is_too_large_is_cut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.engine.inflow.Spool", partial(Spool, most_bytes=10))
    world.script.logs["r1"] = b"0123456789abc"
    async with opened(world) as log:
        assert (log.is_cut, content(log)) == (True, b"0123456789")
        assert log.problem == "the log is too large: this is its beginning"
        await log.follow(world.tell)
    assert len(world.script.called("read_log")) == 1


async def test_where_nothing_can_be_kept_another_folder_is_made(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    world.spools.write_bytes(b"not a folder")
    world.script.logs["r1"] = b"one\n"
    async with opened(world) as log:
        folder = log.document.file.path.parent
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        assert content(log) == b"one\n"
    assert not folder.exists()


async def test_where_nothing_can_be_kept_at_all_that_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    world.spools.write_bytes(b"not a folder")
    world.script.logs["r1"] = b"one\n"
    with pytest.raises(NightdeckError, match="can't be kept anywhere"):
        await RunLog.open(world.engine, RUN)


async def test_text_in_another_encoding_is_kept_as_utf_8(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read_log(*_: object) -> LogChunk:
        return LogChunk("größer\n".encode("utf-16"), "", is_complete=True, encoding="utf-16")

    monkeypatch.setattr(FullAdapter, "read_log", read_log)
    async with opened(world) as log:
        assert content(log).decode() == "größer\n"


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("job.log", data)
    return buffer.getvalue()


@pytest.mark.parametrize(("pack", "heading"), [(gzip.compress, b""), (zipped, b"### job.log\n")])
@pytest.mark.parametrize("first", [1, 3, 100, 10_000])
async def test_a_packed_log_is_unpacked_while_it_comes(
    world: World, pack: Callable[[bytes], bytes], heading: bytes, first: int
) -> None:
    packed = pack(LARGE)
    world.script.logs["r1"] = packed[:first]
    async with opened(world) as log, world.following(log) as task:
        assert content(log)[:10] in (heading + LARGE)[:10]
        world.script.logs["r1"] = packed
        world.end()
        await world.until(task.done)
        assert (content(log), log.is_complete, log.problem) == (heading + LARGE, True, "")


async def test_a_packed_log_that_is_broken_says_so(world: World) -> None:
    world.script.logs["r1"] = gzip.compress(LARGE)[:-2000]
    world.end()
    async with opened(world) as log:
        await log.follow(world.tell)
        assert LARGE.startswith(content(log))
        assert log.is_complete
        assert log.problem == "the packed log ends too early: this is what could be read"


async def test_a_short_log_that_begins_like_a_packed_one_is_shown_in_the_end(world: World) -> None:
    world.script.logs["r1"] = b"PK"
    async with opened(world) as log, world.following(log) as task:
        assert content(log) == b""
        world.end()
        await world.until(task.done)
        assert content(log) == b"PK"


@pytest.mark.parametrize(
    ("state", "exit_code", "ending"),
    [
        (State.FAILED, 1, "failed, exit code 1"),
        (State.FAILED, None, "failed"),
        (State.SUCCEEDED, 0, "succeeded"),
        (State.CANCELLED, None, "cancelled"),
    ],
)
async def test_how_the_run_ended_is_told_once_it_is_known(
    world: World, state: State, exit_code: int | None, ending: str
) -> None:
    world.script.logs["r1"] = b"one\n"
    world.end(state, exit_code=exit_code)
    async with opened(world) as log:
        assert log.ending == ""
        world.engine.store.upsert([world.script.jobs["1"]])
        assert log.ending == ending
        world.engine.store.upsert([make_job("1", run_id="r2", state=State.FAILED)])
        assert log.ending == ""


async def test_a_file_is_read_in_place(local: World) -> None:
    path = FileAdapter.folder / "r1"
    path.write_bytes(b"one\n")
    async with opened(local) as log:
        assert (log.is_in_place, log.document.file.path, content(log)) == (True, path, b"one\n")
        assert local.script.called("read_log") == []
        async with local.following(log) as task:
            path.write_bytes(b"one\ntwo\n")
            await local.clock.advance(0.25)
            assert (content(log), local.told, task.done()) == (b"one\ntwo\n", 1, False)
            path.write_bytes(b"one\ntwo\nlast")
            local.end()
            await local.clock.advance(1.0)
            assert task.done()
            assert (content(log), log.is_complete) == (b"one\ntwo\nlast", True)
    assert {cursor for _, cursor in local.script.called("read_log")} <= {"4", "8", "12"}
    assert not local.spools.exists()
    assert path.exists()


async def test_a_quiet_file_is_looked_at_each_second(local: World) -> None:
    (FileAdapter.folder / "r1").write_bytes(b"one\n")
    async with opened(local) as log, local.following(log):
        await local.clock.advance(10)
        looks = len(local.script.called("read_log"))
        await local.clock.advance(10)
        assert len(local.script.called("read_log")) == looks + 10


async def read(world: World, most_bytes: int, *, takes_end: bool = False) -> tuple[LogRead, list[str]]:
    lines: list[str] = []
    told = await read_log_once(
        world.engine,
        RUN,
        lines.extend,
        most_bytes=most_bytes,
        takes_end=takes_end,
        tell=lambda _: world.tell(),
    )
    return told, lines


async def test_a_file_is_read_once_in_place(local: World) -> None:
    (FileAdapter.folder / "r1").write_bytes(LARGE)
    whole = LARGE.decode().splitlines()
    assert await read(local, len(LARGE)) == (LogRead(len(LARGE), is_cut=False, is_complete=False), whole)
    local.end()
    assert await read(local, len(LARGE)) == (LogRead(len(LARGE), is_cut=False, is_complete=True), whole)
    assert {cursor for _, cursor in local.script.called("read_log")} == {str(len(LARGE))}
    assert await read(local, 100) == (LogRead(100, is_cut=True), [*whole[:13], "line 1"])


async def test_of_a_file_that_is_too_long_its_end_can_be_read_too(local: World) -> None:
    (FileAdapter.folder / "r1").write_bytes(LARGE)
    await assert_both_ends_are_read(local)


async def test_of_a_text_that_is_too_long_its_end_can_be_read_too(world: World) -> None:
    world.script.logs["r1"] = LARGE
    await assert_both_ends_are_read(world)


async def assert_both_ends_are_read(world: World) -> None:
    world.end()
    told, lines = await read(world, 400_000, takes_end=True)
    whole = LARGE.decode().splitlines()
    assert told.is_cut
    assert 400_000 <= told.size < 400_004
    gap = next(at for at in range(len(lines)) if lines[at] != whole[at])
    assert lines == whole[:gap] + whole[len(whole) - len(lines) + gap :]
    assert 5_000 < gap < len(lines) // 3


async def test_of_a_packed_log_the_beginning_is_read(local: World) -> None:
    (FileAdapter.folder / "r1").write_bytes(gzip.compress(LARGE))
    told, lines = await read(local, 10_000, takes_end=True)
    assert told == LogRead(10_000, is_cut=True)
    assert lines[:-1] == LARGE.decode().splitlines()[: len(lines) - 1]


async def test_a_file_that_vanishes_ends_it_and_stays_readable(local: World) -> None:
    path = FileAdapter.folder / "r1"
    path.write_bytes(b"one\n")
    async with opened(local) as log, local.following(log) as task:
        path.unlink()
        await local.clock.advance(0.25)
        assert isinstance(task.exception(), NotFound)
        assert content(log) == b"one\n"


async def test_a_file_that_is_not_there_is_not_opened(local: World) -> None:
    with pytest.raises(NotFound, match="no log of run r1"):
        await RunLog.open(local.engine, RUN)


async def test_a_packed_file_is_unpacked_elsewhere(local: World) -> None:
    (FileAdapter.folder / "r1").write_bytes(gzip.compress(LARGE))
    local.end()
    async with opened(local) as log:
        assert not log.is_in_place
        await log.follow(local.tell)
        assert (content(log), log.is_complete) == (LARGE, True)


async def test_a_plain_file_is_followed_until_that_is_left(tmp_path: Path) -> None:
    path, world = tmp_path / "job.log", World(tmp_path)
    path.write_bytes(b"one\n")
    log = await FileLog.open(path, clock=world.clock)
    async with world.following(log) as task:
        path.write_bytes(b"one\ntwo\n")
        await world.clock.advance(60)
        assert (content(log), log.is_in_place, log.path, task.done()) == (b"one\ntwo\n", True, path, False)
    await log.aclose()
    await world.engine.aclose()


@pytest.mark.parametrize(("pack", "heading"), [(gzip.compress, b""), (zipped, b"### job.log\n")])
async def test_a_plain_file_that_is_packed_is_unpacked(
    tmp_path: Path, pack: Callable[[bytes], bytes], heading: bytes
) -> None:
    path = tmp_path / "job.log.gz"
    path.write_bytes(pack(LARGE))
    log = await FileLog.open(path, tmp_path / "spool", clock=FakeClock())
    assert 0 < log.document.size <= len(heading + LARGE)
    await log.follow(lambda: None)
    assert (content(log), log.is_complete, log.problem, log.ending) == (heading + LARGE, True, "", "")
    await log.aclose()
    assert list((tmp_path / "spool").iterdir()) == []


async def test_what_is_no_file_is_not_found(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(NotFound, match="can't be read"):
            await FileLog.open(path)
