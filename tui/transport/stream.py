"""An answer that is read piece by piece, because it may be larger than memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.transport.failures import FAILURES, translated
from tui.transport.limits import MAX_LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AsyncExitStack

    import httpx

    from tui.transport.answer import Answer
    from tui.transport.call import Call


class AnswerStream:
    """An open answer; `head` tells its status and headers, and its pieces can be read once."""

    def __init__(self, call: Call, head: Answer, response: httpx.Response, held: AsyncExitStack) -> None:
        self.head = head
        self._call = call
        self._response = response
        self._held = held

    async def pieces(self) -> AsyncIterator[bytes]:
        """The unpacked body as it comes. Raises SystemUnavailable when it breaks off."""
        pieces = self._response.aiter_bytes()
        while True:
            try:
                piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except FAILURES as error:
                problem = translated(error, self.head.host, self._call.timeout_s, is_change=False)
            else:
                yield piece
                continue
            raise problem

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines of the body without their line breaks; a line of unreasonable length comes in pieces."""
        rest = b""
        async for piece in self.pieces():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                for part in _parts(line):
                    yield part
            if len(rest) > MAX_LINE_BYTES:
                yield rest
                rest = b""
        if rest:
            yield rest

    async def aclose(self) -> None:
        """Stop reading and give the connection back."""
        await self._response.aclose()
        await self._held.aclose()


def _parts(line: bytes) -> list[bytes]:
    return [line[at : at + MAX_LINE_BYTES] for at in range(0, len(line), MAX_LINE_BYTES)] or [line]
