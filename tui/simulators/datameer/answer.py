"""What is asked of the server, and the forms of its answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

_JSON = {"content-type": "application/json"}


@dataclass(eq=False)
class Failed(Exception):
    """The call fails, and the server says so in JSON."""

    reason: str
    """What it says."""


@dataclass(eq=False)
class Rejected(Exception):
    """The call never gets to the product: the web server answers with a page of its own."""

    code: int
    """The status code."""
    text: str
    """The title of the page."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that found its operation."""

    values: Sequence[str]
    """What stands in the path where the operation has a star, unquoted."""
    parameters: Mapping[str, str]
    """The query."""

    def number(self) -> int:
        """The id in the path, which must be a number."""
        value = self.values[0]
        if not (value.isascii() and value.isdigit()):
            raise Rejected(404, "Not Found")
        return int(value)

    def parameter(self, name: str, default: int | None = None) -> int:
        """A number in the query.

        Args:
            name: Its name.
            default: What stands for one that is left out; None when it must be there.
        """
        value = self.parameters.get(name)
        if value is None and default is not None:
            return default
        if value is None or not (value.isascii() and value.isdigit()):
            raise Rejected(400, "Bad Request")
        return int(value)


def object_answer(value: object, code: int = 200) -> httpx.Response:
    """An answer in JSON.

    Args:
        value: What it says.
        code: Its status code.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return httpx.Response(code, content=text.encode(), headers=_JSON)


def array_answer(pieces: AsyncIterator[str]) -> httpx.Response:
    """A long array, which is written while it is sent.

    Args:
        pieces: Its rows as JSON, some at a time, with commas between them.
    """
    return httpx.Response(200, content=_array(pieces), headers=_JSON)


def empty_answer(code: int) -> httpx.Response:
    """An answer without a body.

    Args:
        code: Its status code.
    """
    return httpx.Response(code, content=b"")


def page_answer(code: int, title: str, body: str = "") -> httpx.Response:
    """A web page.

    Args:
        code: Its status code.
        title: Its title.
        body: What stands in it; the title when there is nothing else to say.
    """
    shown = body or f"<h1>{title}</h1>"
    html = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{shown}</body></html>"
    return httpx.Response(code, html=html)


async def _array(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    before = "["
    async for piece in pieces:
        if piece:
            yield f"{before}{piece}".encode()
            before = ","
    yield b"[]" if before == "[" else b"]"
