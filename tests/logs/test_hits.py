"""Which lines fit a search: the same whatever program looks, and however the file changes meanwhile."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from array import array
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.logs.searches import BLOCK, LOGS, SEARCHES, lines_of, opened, right
from tui.logs.hits import LineHits
from tui.logs.index import LineIndex
from tui.logs.levels import ERROR_LINE
from tui.logs.lines import LONGEST_LINE
from tui.logs.matching import BlockSearch, LineTest, text_of
from tui.logs.patterns import Search, parse_search
from tui.logs.scan_child import Scan
from tui.logs.scanning import Job, job_for
from tui.logs.tool_run import ToolRun
from tui.logs.walking import StillSearching

IN_FOLDER = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
TOOLS = {"rg", "grep"}


def parsed(text: str) -> Search:
    search = parse_search(text)
    assert search is not None
    return search


def folder_of_tools(path: Path, names: set[str]) -> str:
    """A folder for `PATH` that has some of the tools, as far as this machine has them."""
    path.mkdir()
    for name in names:
        found = shutil.which(name)
        if found is not None:
            (path / name).symlink_to(found)
    return str(path)


def counts_of(job: Job, number: int) -> list[int]:
    """What a child would tell of each block, without one."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    Scan(job, worth_a_tool=0, output=writing).run()
    os.close(writing)
    counts = [-1] * number
    with os.fdopen(reading, "rb") as told:
        while head := told.read(16):
            first, length = array("Q", head)
            counts[first : first + length] = array("I", told.read(4 * length))
    return counts


async def all_found(hits: LineHits, size: int) -> tuple[list[int], list[int]]:
    """All lines that fit, going forwards and going backwards."""
    forwards: list[int] = []
    found = await hits.find(0, 1, is_inclusive=True)
    while found is not None:
        forwards.append(found)
        found = await hits.find(found, 1)
    backwards: list[int] = []
    found = await hits.find(size, -1, is_inclusive=True)
    while found is not None:
        backwards.append(found)
        found = await hits.find(found, -1)
    return forwards, backwards[::-1]


@IN_FOLDER
@given(log=LOGS, search=st.sampled_from(SEARCHES), block=st.integers(1, 64))
def test_the_lines_that_fit_are_those_of_a_plain_search(
    tmp_path: Path, log: bytes, search: Search, block: int
) -> None:
    async def check() -> None:
        with opened(tmp_path / "log", log) as document:
            expected = right(document, [(search, False)])
            found = LineHits(document, search, block=block)
            assert await all_found(found, len(log)) == (expected, expected)
            counted = LineHits(document, search, block=block)
            await counted.run(len(log) // 2)
            assert (counted.is_complete, counted.count, counted.progress) == (True, len(expected), 1.0)
            assert [counted.number(start) for start in expected] == list(range(len(expected)))

    asyncio.run(check())


@given(log=LOGS)
def test_the_text_that_is_searched_is_the_one_that_is_shown(
    tmp_path_factory: pytest.TempPathFactory, log: bytes
) -> None:
    with opened(tmp_path_factory.getbasetemp() / "shown", log) as document:
        start = 0
        for line in lines_of(log):
            assert text_of(line) == document.plain(start)
            start += len(line)


@pytest.mark.parametrize("names", [set(), {"rg"}, {"grep"}, TOOLS], ids=lambda names: "+".join(sorted(names)))
def test_every_program_finds_the_same(
    names: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", folder_of_tools(tmp_path / "bin", names))

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(log=LOGS, search=st.sampled_from(SEARCHES), first=st.integers(0, 3))
    def check(log: bytes, search: Search, first: int) -> None:
        with opened(tmp_path / "log", log) as document:
            number = -(-len(log) // BLOCK)
            test = LineTest(((search.pattern, False),))
            expected = [0] * number
            for start in right(document, [(search, False)]):
                expected[start // BLOCK] += 1
            first = min(first, number)
            ranges = [(first, number, 1), (0, first, -1)]
            file = document.file
            job = job_for(test, file.descriptor, file.path, len(log), BLOCK, ranges)
            for tool in [[], *([each] for each in job["tools"])]:
                assert counts_of(Job({**job, "tools": tool}), number) == expected, (search.text, tool)

    check()


def test_what_was_noted_while_counting_is_as_good_as_looking_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tool_scan", "scanning"):
        monkeypatch.setattr(f"tui.logs.{module}.LONGEST", 3 * BLOCK)
    pieces = [b"\n", b"sk\n", b"\n\n", b"s\x1b[1mk", "\u202e".encode(), b"x" * 20]
    for seed in range(12):
        chosen = Random(seed)
        log = b"".join(chosen.choices(pieces, k=200))
        with opened(tmp_path / "log", log) as document:
            file, number = document.file, -(-len(log) // BLOCK)
            index = LineIndex(file, BLOCK)
            while not index.catch_up() and seed % 3:
                pass
            for search in map(parsed, ("sk", "<u+202e>", "s+k")):
                expected = [0] * number
                for start in right(document, [(search, False)]):
                    expected[start // BLOCK] += 1
                ranges = [(seed, number, 1), (0, seed, -1)]
                test = LineTest(((search.pattern, False),))
                job = job_for(test, file.descriptor, file.path, len(log), BLOCK, ranges, index=index)
                for tool in job["tools"]:
                    assert counts_of(Job({**job, "tools": [tool]}), number) == expected, (seed, search.text)


@pytest.mark.parametrize("text", ["foo", "f[o]o", "20"])
def test_what_a_program_can_not_know_is_looked_at_all_the_same(text: str, tmp_path: Path) -> None:
    # The end of a line of the block before, colours within words, a picture, and what was written over.
    log = b"x" * 40 + b" foo 20\nb\n" + b"f\x1b[1moo 2\x1b[0m0\n" + b"y" * 70
    log += b"\n\xe2\x80\xae\nfoo 20\rbar\nfoo2020\n"
    search = parsed(text)
    with opened(tmp_path / "log", log) as document:
        number = -(-len(log) // BLOCK)
        expected = [-1] + [0] * (number - 1)
        for start in right(document, [(search, False)]):
            expected[start // BLOCK] += start >= BLOCK
        file, test = document.file, LineTest(((search.pattern, False),))
        job = job_for(test, file.descriptor, file.path, len(log), BLOCK, [(1, number, 1)])
        assert job["tools"]
        for tool in job["tools"]:
            assert counts_of(Job({**job, "tools": [tool]}), number) == expected


def large_log() -> bytes:
    """Some megabytes: few matches, then many, colours, what is not ASCII, a giant line, and few again."""
    few = b"".join(
        b"line %d of nothing in particular%s\n" % (n, b" target" * (n % 9999 == 0)) for n in range(30_000)
    )
    many = b"a target in every line\n" * 40_000
    coloured = b"a tar\x1b[31mget in colour\nand none\n" * 200
    foreign = "Größe: target\u200b\nnichts\n".encode() * 200
    giant = b"target " + b"x" * (3 << 20) + b"\n"
    return few + coloured + few + foreign + few + many + few + giant + few


@pytest.mark.parametrize("text", ["target", "Target|colour", r"nothing .*target$", r"[tT]arget", "20"])
async def test_many_and_few_matches_giant_lines_and_colours_are_counted_alike(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.logs.tool_scan.LONGEST", 1 << 18)
    monkeypatch.setattr("tui.logs.tool_scan._AHEAD", 1 << 20)
    monkeypatch.setattr("tui.logs.tool_scan._MOST_IN_WINDOW", 2_000)
    block = 1 << 16
    search = parsed(text)
    test = LineTest(((search.pattern, False),))
    with opened(tmp_path / "log", large_log()) as document:
        file, size = document.file, document.size
        number = -(-size // block)
        plain = BlockSearch(test, block)
        expected = [len(plain.starts(file.read, each)) for each in range(number)]
        job = job_for(test, file.descriptor, file.path, size, block, [(0, number, 1)])
        for tool in job["tools"]:
            assert counts_of(Job({**job, "tools": [tool]}), number) == expected
        hits = LineHits(document, search, block=block)
        await hits.run(size // 2)
        assert hits.is_complete
        assert hits.count == sum(expected) > 0
        assert await hits.find(size, -1) is not None
        await hits.stop()
        index = LineIndex(file, block)
        await index.run()
        job = job_for(test, file.descriptor, file.path, size, block, [(0, number, 1)], index=index)
        assert job["surveyed"]
        assert counts_of(job, number) == expected


@pytest.mark.parametrize("name", sorted(TOOLS))
@pytest.mark.parametrize("text", ["hunter2secret", "hunter2[a-z]+t", "[a-z]+2[a-z]+"])
def test_what_is_searched_for_is_in_no_argument(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody can read the arguments of a process, and a search may be for a secret."""
    monkeypatch.setenv("PATH", folder_of_tools(tmp_path / "bin", {name}))
    log = b"nothing\n" * 50 + b"with hunter2secret\n" + b"nothing\n" * 50
    started: list[list[bytes]] = []
    spawn = os.posix_spawn

    def watched(path: bytes, words: list[bytes], *args: Any, **options: Any) -> int:
        started.append(words)
        return spawn(path, words, *args, **options)

    monkeypatch.setattr(os, "posix_spawn", watched)
    with opened(tmp_path / "log", log) as document:
        test = LineTest(((parsed(text).pattern, False),))
        file, number = document.file, -(-len(log) // BLOCK)
        job = job_for(test, file.descriptor, file.path, len(log), BLOCK, [(0, number, 1)])
        for tool in job["tools"]:
            started.clear()
            run = ToolRun(tool[0], file.descriptor, os.fsencode(file.path), 0)
            found: list[int] = []
            while not (run.is_ended or run.has_failed):
                found += run.drain()[0]
            run.stop()
            assert (run.is_ended, found) == (True, [400]), "the pattern came by another way"
            assert b"hunter" not in b" ".join(started[0])


async def test_a_search_in_another_process_is_in_no_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_PASSWORD", "hunter2secret")
    log = b"with hunter2secret\n" * 5_000
    seen: list[bytes] = []

    def look() -> None:
        for child in psutil.Process().children(recursive=True):
            with suppress(OSError):
                seen.append(Path(f"/proc/{child.pid}/cmdline").read_bytes())
                seen.append(Path(f"/proc/{child.pid}/environ").read_bytes())

    def look_on() -> None:
        while not is_over.is_set():
            look()

    # Besides, for the process may have ended before anything is told of its progress.
    is_over = threading.Event()
    looking = threading.Thread(target=look_on, daemon=True)
    with opened(tmp_path / "log", log) as document:
        hits = LineHits(document, parsed("hunter2secret"), on_progress=look, block=256, large=0)
        looking.start()
        await hits.run(0)
        assert hits.count == 5_000
        await hits.stop()
        is_over.set()
        looking.join()
    assert any(b"scan_child" in words for words in seen)
    assert not any(b"hunter2secret" in words or b"hunter2secret".hex().encode() in words for words in seen)


async def test_a_pattern_that_was_not_typed_finds_the_nearest_without_counting(tmp_path: Path) -> None:
    quiet = b"all is well\n" * 200
    log = quiet + b"ERROR one\n" + quiet * 3 + b"java.lang.FooException: two\n" + quiet
    with opened(tmp_path / "log", log) as document:
        hits = LineHits(document, ERROR_LINE, block=64, large=0)
        first, second = log.index(b"ERROR"), log.index(b"java")
        assert await hits.find(0) == first
        assert not hits.is_complete
        assert await hits.find(first) == second
        assert await hits.find(second) is None
        assert await hits.find(len(log), -1) == second
        assert await hits.find(first, -1) is None
        assert await hits.find(first, -1, is_inclusive=True) == first
        await hits.stop()


async def test_another_process_counts_what_is_large(tmp_path: Path) -> None:
    log = b"".join(b"line %d\n" % number for number in range(5_000))
    told: list[int] = []
    with opened(tmp_path / "log", log) as document:
        hits = LineHits(
            document, parsed("7$"), on_progress=lambda: told.append(hits.count), block=256, large=0
        )
        await hits.run(log.index(b"line 2500"))
        assert told[-1] == hits.count == 500
        await hits.stop()


async def test_where_no_process_can_be_started_it_is_searched_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "missing"))
    with opened(tmp_path / "log", b"foo\nbar\n" * 500) as document:
        hits = LineHits(document, parsed("foo"), block=64, large=0)
        assert await hits.find(0) == 8
        await hits.run()
        assert hits.count == 500


async def test_a_line_that_grows_is_searched_again_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with opened(path, b"foo\nbar\nfo") as document:
        hits = LineHits(document, parsed("foo"), block=4)
        await hits.run()
        assert (hits.count, hits.is_complete) == (1, True)
        with path.open("ab") as more:
            more.write(b"o\nbar\nfoo\n")
        document.refresh()
        assert (hits.count, hits.is_complete) == (1, False)
        await hits.run()
        assert (hits.count, hits.is_complete) == (3, True)
        assert await hits.find(document.size, -1) == 16
        assert await all_found(hits, document.size) == ([0, 8, 16], [0, 8, 16])


async def test_what_grows_during_the_search_is_found_by_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    line = b"foo in a line of which there are many\n"
    with opened(path, line * 3_000 + b"fo") as document:
        grown: list[bool] = []

        def grow() -> None:
            if not grown:
                grown.append(True)
                with path.open("ab") as more:
                    more.write(b"o\nfoo\nfoo")
                document.refresh()

        hits = LineHits(document, parsed("foo"), on_progress=grow, block=4096, large=0)
        await hits.run()
        assert grown
        assert (hits.count, hits.is_complete) == (3_003, True)
        await hits.stop()


@pytest.mark.parametrize("large", [0, 1 << 30])
async def test_a_log_that_is_written_anew_is_searched_anew(large: int, tmp_path: Path) -> None:
    path = tmp_path / "log"
    with opened(path, b"foo\n" * 4_000) as document:

        def begin_anew() -> None:
            if document.generation == 0:
                path.write_bytes(b"bar\nfoo\n" * 10)
                document.refresh()

        hits = LineHits(document, parsed("foo"), on_progress=begin_anew, block=512, large=large)
        await hits.run()
        assert (document.generation, hits.count, hits.is_complete) == (1, 10, True)
        assert await hits.find(0, 1, is_inclusive=True) == 4
        await hits.stop()


async def test_a_search_can_be_ended_at_any_time(tmp_path: Path) -> None:
    log = b"foo and many more of them\n" * 200_000
    with opened(tmp_path / "log", log) as document:
        for turns in range(0, 60, 6):
            hits = LineHits(document, parsed("foo.*more"), block=1 << 12, large=0)
            counting = asyncio.create_task(hits.run())
            finding = asyncio.create_task(hits.find(len(log) // 2, 1))
            for _ in range(turns):
                await asyncio.sleep(0)
            await hits.stop()
            await asyncio.gather(counting, finding)
            assert hits.count <= 200_000


async def test_a_task_that_searches_can_be_cancelled(tmp_path: Path) -> None:
    began = asyncio.Event()
    with opened(tmp_path / "log", b"foo and many more of them\n" * 200_000) as document:
        hits = LineHits(document, parsed("foo.*more"), on_progress=began.set, block=1 << 12, large=0)
        counting = asyncio.create_task(hits.run())
        await began.wait()
        counting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await counting
        await hits.stop()


@pytest.mark.parametrize("turns", [1, 2, 4])
async def test_a_task_that_searches_can_be_cancelled_more_than_once(turns: int, tmp_path: Path) -> None:
    began = asyncio.Event()
    with opened(tmp_path / "log", b"foo and many more of them\n" * 200_000) as document:
        hits = LineHits(document, parsed("foo.*more"), on_progress=began.set, block=1 << 12, large=0)
        counting = asyncio.create_task(hits.run())
        await began.wait()
        while not counting.done():
            counting.cancel()
            for _ in range(turns):
                await asyncio.sleep(0)
        # Forever is what it would take.
        await asyncio.wait_for(hits.stop(), timeout=60)
        assert not psutil.Process().children()


async def test_at_once_it_tells_what_is_known_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.logs.hits._PATIENCE", -1.0)
    log = b"bar\n" * 100 + b"foo\n"
    with opened(tmp_path / "log", log) as document:
        hits = LineHits(document, parsed("foo"), block=64)
        for _ in range(6):
            with pytest.raises(StillSearching):
                hits.nearest(0)
        assert hits.nearest(0) == 400
        assert hits.nearest(400, -1) is None


def test_of_a_line_that_is_longer_than_what_is_shown_the_rest_is_not_searched(tmp_path: Path) -> None:
    log = b"a" * LONGEST_LINE + b"foo\n" + b"b" * 300_000 + b"foo\n" + b"c" * 300_000 + b"\rfoo\nbar"
    with opened(tmp_path / "log", log) as document:
        found = BlockSearch(LineTest(((parsed("foo").pattern, False),)), 1 << 16)
        starts = [start for number in range(10) for start in found.starts(document.file.read, number)]
        assert starts == [log.index(b"c")] == right(document, [(parsed("foo"), False)])


async def test_nothing_is_found_in_an_empty_log(tmp_path: Path) -> None:
    with opened(tmp_path / "log", b"") as document:
        hits = LineHits(document, parsed("^$"))
        await hits.run()
        assert (hits.count, hits.is_complete, hits.progress) == (0, True, 1.0)
        assert await hits.find(0, 1, is_inclusive=True) is None
        assert await hits.find(0, -1) is None
