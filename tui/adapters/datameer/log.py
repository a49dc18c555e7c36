"""The log of a run, from a route of the web interface: always whole, so what was read before is skipped."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.errors import BadAnswer
from tui.core.models import LogChunk
from tui.transport.body import is_web_page
from tui.transport.failures import CutShort
from tui.transport.limits import MIB

if TYPE_CHECKING:
    from tui.adapters.datameer.api import DatameerApi
    from tui.adapters.datameer.identity import ExecutionId
    from tui.transport.stream import AnswerStream

CHUNK_BYTES = 32 * MIB
"""Bytes of a log that are held at once; what is left comes with the next read."""

_PAGE_BYTES = 2000
"""So much of an answer tells whether it is a web page."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a log was read: so many bytes, which had this checksum."""

    offset: int = 0
    checksum: int = 0

    @classmethod
    def parse(cls, cursor: str) -> Place:
        """The place that a cursor names; the beginning for anything that is none."""
        offset, _, checksum = cursor.partition("-")
        if offset.isascii() and offset.isdigit() and checksum.isascii() and checksum.isdigit():
            return cls(int(offset), int(checksum))
        return cls()

    def after(self, data: bytes) -> Place:
        """The place after more bytes."""
        return Place(self.offset + len(data), zlib.crc32(data, self.checksum))

    def __str__(self) -> str:
        return f"{self.offset}-{self.checksum}"


class _WebPageSent(BadAnswer):
    """A page for people came where the log should."""


class LogReader:
    """Reads logs."""

    def __init__(self, api: DatameerApi) -> None:
        self._api = api

    async def read(self, run: ExecutionId, cursor: str, *, has_ended: bool) -> LogChunk:
        """What follows the cursor.

        Args:
            run: Whose log.
            cursor: What the last chunk said.
            has_ended: Whether the run had ended before this call, so that nothing is written any more.

        Raises:
            NotFound: There is no such log.
            BadAnswer: The web interface sends its own pages instead of the log.
        """
        place = Place.parse(cursor)
        try:
            return await self._read_with_session(run, place, has_ended=has_ended)
        except CutShort:
            # It broke off in the middle, where nobody but us can ask again.
            return await self._read_with_session(run, place, has_ended=has_ended)

    async def _read_with_session(self, run: ExecutionId, place: Place, *, has_ended: bool) -> LogChunk:
        try:
            return await self._read(run, place, has_ended=has_ended)
        except _WebPageSent:
            # The routes of the web interface may want its session beside the password.
            await self._api.begin_session()
            return await self._read(run, place, has_ended=has_ended)

    async def _read(self, run: ExecutionId, place: Place, *, has_ended: bool) -> LogChunk:
        async with self._api.open_log(run) as opened:
            rest = _Rest(place)
            is_whole = await self._take(opened, rest)
        if not rest.is_same and place.offset:
            # What was read before is no part of it any more: it begins anew.
            chunk = await self._read(run, Place(), has_ended=has_ended)
            return LogChunk(chunk.data, chunk.cursor, chunk.is_complete, is_restart=True)
        return LogChunk(bytes(rest.data), str(rest.end), is_complete=is_whole and has_ended)

    async def _take(self, opened: AnswerStream, rest: _Rest) -> bool:
        """Read into the rest; whether it was read to its end."""
        begun = bytearray()
        is_checked = False
        async for piece in opened.pieces():
            begun += piece
            if not is_checked and len(begun) < _PAGE_BYTES:
                continue
            if not is_checked:
                self._check(bytes(begun), opened)
                is_checked = True
            rest.add(bytes(begun))
            begun.clear()
            if len(rest.data) >= CHUNK_BYTES:
                return False
        if not is_checked:
            self._check(bytes(begun), opened)
        rest.add(bytes(begun))
        return True

    def _check(self, begun: bytes, opened: AnswerStream) -> None:
        if begun.startswith(b"\0"):
            raise BadAnswer(
                f"{self._api.host} sends something that is no text instead of the log",
                hint="read the log in its web interface",
            )
        if is_web_page(begun, opened.head.content_type):
            raise _WebPageSent(
                f"{self._api.host} sends a web page instead of the log",
                hint="its web interface wants a login of its own; read the log there",
            )


class _Rest:
    """Takes a log from its beginning, and keeps what follows a place."""

    def __init__(self, place: Place) -> None:
        self.data = bytearray()
        self._wanted = place
        self._seen = Place()

    def add(self, piece: bytes) -> None:
        """Take the next bytes of the log."""
        old = piece[: max(0, self._wanted.offset - self._seen.offset)]
        self._seen = self._seen.after(old)
        self.data += piece[len(old) :]

    @property
    def is_same(self) -> bool:
        """Whether the log still begins with what was read before."""
        return self._seen == self._wanted

    @property
    def end(self) -> Place:
        """The place after everything that was taken."""
        return self._seen.after(bytes(self.data))
