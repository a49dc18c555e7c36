"""Lines of a log for other programs: written to private files, however many, or as many as a pager likes."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

from tui.core.private_files import create, write_all
from tui.logs.extraction import Extraction, Stretch, in_thread
from tui.logs.hiding import hidden
from tui.logs.walking import StillSearching
from tui.ui.files import saved_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.logs.document import LogDocument
    from tui.logs.walking import Walk

MOST_HANDED_OVER = 64 << 20
"""Bytes of a log that a pager gets a copy of; of a larger one it gets that much around the cursor."""

_LINES_AT_ONCE = 500
_SEARCHED_EVERY_S = 0.05


class Copied(NamedTuple):
    """What stands in the copy for a pager."""

    line: int
    """Where the line of the cursor is, counted from 1."""
    is_part: bool
    """Whether it is not all of the log."""


async def write_lines(extraction: Extraction, path: Path) -> None:
    """Write lines to a new file for its owner alone; one that did not become whole is taken away.

    Args:
        extraction: The lines.
        path: A file that isn't there yet; a link is not followed.

    Raises:
        LogChanged: The log was cut or written anew meanwhile.
        OSError: The disk is full, or the file can't be written for another reason.
    """
    with saved_file(path) as descriptor:
        await _append(extraction, descriptor)
        # Here, where nobody waits for the disk: what is left to do at the end takes no time.
        await in_thread(os.fsync, descriptor)


async def write_copy(
    document: LogDocument, walk: Walk | None, cursor: int, path: Path, *, keeps_colours: bool = False
) -> Copied:
    """Write what a pager shall show: the same as the screen, which is without known secrets.

    Args:
        document: The log.
        walk: Tells which lines are shown; None means all.
        cursor: The line that shall be shown first.
        path: A file that isn't there yet, in a folder that is soon gone.
        keeps_colours: Whether colour sequences stay.

    Raises:
        LogChanged: The log was cut or written anew meanwhile.
        OSError: The file can't be written.
    """
    start, end = 0, document.size
    is_part = end > MOST_HANDED_OVER
    if is_part:
        start, end = await window(document, walk, cursor, MOST_HANDED_OVER)
    before, after = (
        Extraction(
            document,
            Stretch(first, last, walk),
            mask=lambda text: hidden(text, document.redactor),
            keeps_colours=keeps_colours,
        )
        for first, last in ((start, cursor), (cursor, end))
    )
    descriptor = create(path)
    try:
        await _append(before, descriptor)
        await _append(after, descriptor)
    finally:
        os.close(descriptor)
    return Copied(before.lines + 1, is_part)


async def window(document: LogDocument, walk: Walk | None, cursor: int, most: int) -> tuple[int, int]:
    """Where so many bytes of lines around a line begin and end.

    Args:
        document: The log.
        walk: Tells which lines count; None means all.
        cursor: The line in the middle.
        most: Bytes, more or less.
    """
    half = most // 2
    if walk is None:
        last = min(document.size - 1, cursor + half)
        return document.start_of(max(0, cursor - half)), document.end(document.start_of(last))
    start = await _far(document, walk.before, cursor, half)
    last = await _far(document, walk.after, cursor, half)
    return start, document.end(last)


async def _far(document: LogDocument, step: Callable[[int], int | None], line: int, most: int) -> int:
    """The line that lies so many bytes of lines away, or the furthest one."""
    left, steps = most, 0
    while left > 0:
        try:
            further = step(line)
        except StillSearching:
            if document.file.descriptor < 0:
                return line
            await asyncio.sleep(_SEARCHED_EVERY_S)
            continue
        if further is None:
            break
        line, steps = further, steps + 1
        left -= document.end(line) - line
        if steps % _LINES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return line


async def _append(extraction: Extraction, descriptor: int) -> None:
    async with aclosing(extraction.blocks()) as blocks:
        async for block in blocks:
            await in_thread(write_all, descriptor, block)
