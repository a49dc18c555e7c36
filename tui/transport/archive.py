"""Unpacking the zip archives in which some systems send logs, within limits."""

from __future__ import annotations

import asyncio
import io
import zipfile
import zlib
from dataclasses import dataclass, field

from tui.core.errors import BadAnswer
from tui.transport.limits import MAX_BODY_BYTES, PIECE_BYTES

MAX_MEMBERS = 1000
"""Files in one archive of logs; the known systems send one for each step of a run."""

_MOST_ENTRIES = 4 * MAX_MEMBERS
"""With folders, and with what looks like an entry inside of files."""

_ENTRY = b"PK\x01\x02"
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""The others are unpacked without a bound on what one step yields: 900 bytes of bzip2 become gigabytes."""

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    name: str
    """Its name as the archive tells it: untrusted, never a path to write to."""
    data: bytes = field(repr=False)
    """Its content."""


def is_zip(body: bytes) -> bool:
    """Whether the bytes are a zip archive: its first bytes are believed, no header is."""
    return body.startswith(_MAGIC)


async def unzip(body: bytes, *, limit: int = MAX_BODY_BYTES) -> list[Member]:
    """The files of an archive, in its order.

    Args:
        body: The archive.
        limit: Unpacked bytes of all files together.

    Raises:
        BadAnswer: It is broken, locked by a password or too large unpacked.
    """
    # Unpacking lets go of the interpreter's lock, so a thread keeps the loop free.
    return await asyncio.to_thread(_unzip, body, limit)


def _unzip(body: bytes, limit: int) -> list[Member]:
    members: list[Member] = []
    # Counted before anything is made of them: a table of contents may have a million lines.
    count = body.count(_ENTRY)
    if count > _MOST_ENTRIES:
        raise _too_much(f"{count:,} files")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_MEMBERS:
                raise _too_much(f"{len(entries):,} files")
            for entry in entries:
                data = _read(archive, entry, limit)
                limit -= len(data)
                members.append(Member(entry.filename, data))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError):
        pass
    else:
        return members
    raise BadAnswer(
        "the archive of logs can't be unpacked", hint="fetch it again, or look at the system's own page"
    )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """The content of one file. What the archive says of its size is not believed."""
    if entry.compress_type not in _METHODS:
        raise NotImplementedError
    pieces: list[bytes] = []
    with archive.open(entry) as file:
        while piece := file.read(PIECE_BYTES):
            limit -= len(piece)
            if limit < 0:
                raise _too_much("too many bytes")
            pieces.append(piece)
    return b"".join(pieces)


def _too_much(what: str) -> BadAnswer:
    return BadAnswer(f"the archive of logs holds {what}", hint="fetch it from the system's own page")
