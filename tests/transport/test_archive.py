"""Archives of logs are unpacked within limits."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from tui.core.errors import BadAnswer
from tui.transport.archive import MAX_MEMBERS, is_zip, unzip


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return buffer.getvalue()


async def test_members_in_order() -> None:
    body = archive({"MTT/s_mtt_2.log": b"two", "MTT/": b"", "../../etc/passwd": b"one", "empty": b""})
    assert is_zip(body)
    members = await unzip(body)
    assert [(member.name, member.data) for member in members] == [
        ("MTT/s_mtt_2.log", b"two"),
        ("../../etc/passwd", b"one"),
        ("empty", b""),
    ]


def test_what_is_a_zip_archive() -> None:
    assert is_zip(archive({}))
    for body in (b"", b"PK", b"<html>", b"plain log"):
        assert not is_zip(body)


@pytest.mark.parametrize("cut", [10, 60, -30, -10])
async def test_a_broken_archive(cut: int) -> None:
    body = archive({"a": bytes(range(256)) * 50})
    with pytest.raises(BadAnswer, match="can't be unpacked") as caught:
        await unzip(body[:cut])
    assert caught.value.__context__ is None


async def test_a_spoiled_byte_is_noticed() -> None:
    body = bytearray(archive({"a": bytes(range(256)) * 50}))
    body[60] ^= 0xFF
    with pytest.raises(BadAnswer):
        await unzip(bytes(body))


async def test_a_bomb_is_cut() -> None:
    body = archive({"a": bytes(600_000), "b": bytes(600_000)})
    with pytest.raises(BadAnswer, match="too many bytes"):
        await unzip(body, limit=1_000_000)
    assert len(await unzip(body, limit=1_200_000)) == 2


async def test_a_flood_of_files_is_refused() -> None:
    with pytest.raises(BadAnswer, match=f"{MAX_MEMBERS + 1:,} files"):
        await unzip(archive({f"f{number}": b"" for number in range(MAX_MEMBERS + 1)}))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
async def test_what_unpacks_without_a_bound_is_not_unpacked(method: int) -> None:
    with pytest.raises(BadAnswer, match="can't be unpacked"):
        await unzip(archive({"a": bytes(100)}, method))


async def test_a_table_of_contents_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    body = archive({"a": b"x"})
    start, end = body.index(b"PK\x01\x02"), body.index(b"PK\x05\x06")
    count = 10_000
    entries = body[start:end] * count
    trailer = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entries), start, 0)
    assert len(zipfile.ZipFile(io.BytesIO(body[:start] + entries + trailer)).infolist()) == count
    monkeypatch.delattr(zipfile, "ZipFile")
    with pytest.raises(BadAnswer, match="10,000 files"):
        await unzip(body[:start] + entries + trailer)
