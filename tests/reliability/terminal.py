"""Whatever systems tell, a terminal shows it and does nothing else, and every row keeps its columns."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pyte
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from textual.strip import Strip

from tests.reliability.figures import Figure
from tests.reliability.terminal_tour import TOUR, Step, go, hostile_deck
from tests.support.hostile import MOVE, SGR, StrictScreen, is_harmless, strangers
from tests.support.hostile_fleet import drawn_from, hostile_job
from tests.support.hostile_texts import HUGE, hostile_texts
from tests.support.scripted import make_job
from tests.support.table_app import FleetSource, TableApp
from tests.support.watched import OPINIONS, Watcher
from tui.core.models import Job
from tui.engine.columns import COLUMNS, DEFAULT_COLUMNS
from tui.engine.scrubbing import clean_job
from tui.ui.shown import ShownScreen
from tui.ui.terminal import clipboard_sequence, notification_sequences, title_sequence
from tui.ui.widgets.cells.row import Look, Row
from tui.ui.widgets.columns import TABLE_COLUMNS

SIZES = ((80, 24), (120, 36), (200, 60))
"""Columns and lines of the terminals."""

TEXTS_OF_A_TOUR = 1_000
"""So many texts one way through all screens takes, more or less."""

_TEXTS_OF_A_JOB = 9
_VIEWS: Sequence[Sequence[str]] = (
    DEFAULT_COLUMNS,
    ("name", "message:30", "connection", "tags", "path:9", "native_state", "run_id", "id:12"),
    tuple(COLUMNS),
)
_LATE_S = 5.0
"""A picture that takes longer than this has hung, on any machine."""


def campaign(size: int) -> Sequence[Figure]:
    """Show so many texts in each of these ways."""
    return [
        cells(size),
        table(size),
        screens(max(1, size // TEXTS_OF_A_TOUR)),
        asked(size),
        huge(),
    ]


def cells(size: int) -> Figure:
    """Texts that came past every gate, side by side with others, on terminals that differ on widths."""
    broken, sent_bytes = 0, 0
    width, rows = 120, 8
    terminals = [opinion(width, rows) for opinion in OPINIONS]
    streams, shown = [pyte.Stream(one) for one in terminals], ShownScreen(width, rows)
    for number, text in enumerate(hostile_texts(size, seed=61)):
        y, cut = number % rows, text[:60]
        room = cell_len(cut)
        if room > width - 20:
            cut, room = "", 0
        strip = Strip(
            [Segment("left │"), Segment(cut), Segment("│ right"), Segment(" " * (width - 13 - room))]
        )
        sent = shown.paint(y, 0, strip, ColorSystem.TRUECOLOR)
        sent_bytes += len(sent)
        is_broken = bool(strangers(sent, SGR, MOVE))
        for terminal, stream in zip(terminals, streams, strict=True):
            stream.feed(sent)
            # What begins with a mark puts it on the character before, as it is written.
            row = [cell[:1] for cell in terminal.row(y)]
            is_broken |= "".join(row[:6]) != "left │" or "".join(row[6 + room : 13 + room]) != "│ right"
        broken += is_broken
    return Figure(
        "a cell of the screen shows characters and does nothing, and its neighbours stay whole",
        size,
        broken,
        f"{len(OPINIONS)} kinds of terminals, {sent_bytes:,} bytes",
    )


def table(size: int, sizes: Sequence[tuple[int, int]] = SIZES) -> Figure:
    """Hostile jobs between harmless ones, in every view and size: the harmless ones look as ever."""
    return asyncio.run(_table(size, sizes))


def screens(
    tours: int,
    sizes: Sequence[tuple[int, int]] = SIZES,
    opinions: Sequence[type[StrictScreen]] = OPINIONS,
    steps: Sequence[Step] = TOUR,
) -> Figure:
    """Ways through all screens over systems that tell nothing harmless."""
    return asyncio.run(_screens(tours, sizes, opinions, steps))


def asked(size: int) -> Figure:
    """What the program asks of a terminal by itself, with texts of systems in it."""
    broken = tried = 0
    for text in hostile_texts(size, seed=62):
        told = [
            title_sequence(text),
            notification_sequences(text, text[::-1]),
            clipboard_sequence(text) or "",
        ]
        watcher = Watcher(80, 2, OPINIONS[:1])
        for sequence in told:
            watcher.take(sequence)
        tried += len(told)
        broken += len(watcher.faults) + (len(watcher.asked) != 3)
    return Figure(
        "titles, notifications and copies are single requests with nothing but text in them", tried, broken
    )


def huge(steps: Sequence[Step] = TOUR) -> Figure:
    """Names and messages of a megabyte, on every screen."""
    return asyncio.run(_huge(steps))


async def _table(size: int, sizes: Sequence[tuple[int, int]]) -> Figure:
    draw = drawn_from(hostile_texts(size, seed=63))
    compared, faults, longest = 0, list[str](), 0.0
    for columns, lines in sizes:
        hostile, watcher = (lines - 2) // 2, Watcher(columns, lines)
        batches = max(1, size // (len(sizes) * _TEXTS_OF_A_JOB * hostile))
        usual = [make_job(f"h{number}", name=f"harmless {number}") for number in range(lines - 2)]
        app = TableApp(FleetSource.of(usual))
        app.driver_class = watcher.driver()
        async with app.run_test(size=watcher.size, headless=False) as pilot:
            for batch in range(batches):
                app.table.set_columns(_VIEWS[batch % len(_VIEWS)])
                _show(app, usual)
                await pilot.pause()
                watcher.look(app)
                before = [screen_rows(screen, lines) for screen in watcher.screens]
                jobs = [_raw_or_clean(hostile_job(draw, number), batch) for number in range(hostile)]
                faults += _misfits(jobs)
                began = time.perf_counter()
                _show(app, list(_alternating(usual, jobs)))
                await pilot.pause()
                longest = max(longest, time.perf_counter() - began)
                watcher.look(app)
                after = [screen_rows(screen, lines) for screen in watcher.screens]
                for y in _harmless_lines(lines):
                    compared += 1
                    if any(old[y] != new[y] for old, new in zip(before, after, strict=True)):
                        faults.append(f"line {y} of {columns}x{lines} has changed: {after[0][y]}")
        faults += watcher.faults
    told = ", ".join(f"{columns}x{lines}" for columns, lines in sizes)
    return Figure(
        "rows of harmless jobs look the same, whatever stands in the rows beside them",
        compared,
        len(faults),
        " · ".join(faults[:3]) or f"{told}; longest frame {longest * 1000:.0f} ms",
    )


async def _screens(
    tours: int,
    sizes: Sequence[tuple[int, int]],
    opinions: Sequence[type[StrictScreen]],
    steps: Sequence[Step],
) -> Figure:
    pictures, sent, faults, longest = 0, 0, list[str](), 0.0
    for number in range(tours):
        watcher = Watcher(*sizes[number % len(sizes)], opinions)
        texts = hostile_texts(TEXTS_OF_A_TOUR, seed=70 + number)
        with tempfile.TemporaryDirectory() as folder:
            async with hostile_deck(Path(folder), texts, watcher, number) as deck:
                longest = max(longest, await go(deck, watcher, steps))
            faults += watcher.faults + list(bad_files(Path(folder) / "ui" / "exports"))
        pictures += watcher.looks
        sent += watcher.bytes
    return Figure(
        "on every screen the terminal is asked for nothing, and shows what the program takes it to show",
        pictures,
        len(faults),
        " · ".join(faults[:3])
        or f"{tours} ways through all screens, {sent:,} bytes; longest key {longest * 1000:.0f} ms",
    )


async def _huge(steps: Sequence[Step]) -> Figure:
    watcher = Watcher(*SIZES[1])
    with tempfile.TemporaryDirectory() as folder:
        async with hostile_deck(Path(folder), itertools.chain(HUGE, HUGE, HUGE), watcher, 0) as deck:
            longest = await go(deck, watcher, steps)
    faults = watcher.faults + ([f"{longest:.1f} s"] if longest > _LATE_S else [])
    return Figure(
        "texts of a megabyte are shown as short as there is room, and nothing waits for them",
        watcher.looks,
        len(faults),
        " · ".join(faults[:3]) or f"{len(HUGE)} kinds; longest key {longest * 1000:.0f} ms",
    )


def bad_files(folder: Path) -> Iterator[str]:
    """What is wrong with the files that were saved: each must be there, and text alone."""
    found = {path.suffix: path.read_text(encoding="utf-8") for path in folder.glob("*")}
    for suffix, text in found.items():
        strange = {one for one in text if not is_harmless(one)} - {"\n"}
        if strange:
            yield f"{strange} in a saved {suffix}"
    if ".svg" in found:
        tags = {element.tag.split("}")[1] for element in ET.fromstring(found[".svg"]).iter()}
        if tags - {"svg", "style", "defs", "clipPath", "rect", "g", "text", "circle"}:
            yield f"the picture holds {tags}"
    if ".csv" in found and any(line[:1] in "=+-@" for line in found[".csv"].splitlines() if line):
        yield "a formula in a saved .csv"


def screen_rows(screen: pyte.Screen, lines: int) -> list[str]:
    """What each line shows."""
    return ["".join(screen.buffer[y][x].data for x in range(screen.columns)) for y in range(lines)]


def _show(app: TableApp, jobs: Sequence[Job]) -> None:
    app.source.jobs = {job.key: job for job in jobs}
    app.source.show(list(app.source.jobs))
    app.table.reordered()


def _alternating(usual: Sequence[Job], hostile: Sequence[Job]) -> Iterator[Job]:
    for number, job in enumerate(usual):
        place, is_hostile = divmod(number, 2)
        yield hostile[place] if is_hostile and place < len(hostile) else job


def _harmless_lines(lines: int) -> Iterator[int]:
    """The lines of the screen with harmless jobs: the first one is the heading."""
    yield from range(1, lines - 1, 2)


def _raw_or_clean(job: Job, batch: int) -> Job:
    """Every other batch as no gate has seen it."""
    return clean_job(job) if batch % 2 else job


def _misfits(jobs: Sequence[Job]) -> Iterator[str]:
    """Cells that do not take exactly the width of their column."""
    for job in jobs:
        row = Row(job, job.observed_at, Look())
        for column in TABLE_COLUMNS.values():
            for width in (column.least, column.ideal, column.ideal + 7):
                drawn = "".join(text for text, _ in column.draw(row, width))
                if cell_len(drawn) != width:
                    yield f"{column.id} takes {cell_len(drawn)} cells and not {width}: {drawn!r}"
