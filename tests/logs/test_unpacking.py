"""Packed logs on their way through: cut anywhere, broken anywhere, of any size."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.unpacking import PIECE, is_packed, may_be_packed, unpacking_for

TEXT = b"".join(b"line %d\n" % number for number in range(5_000))
CUTS = [1, 2, 3, 7, 100, 1 << 20]


class Pipe(io.RawIOBase):
    """Where nothing can be written to again: an archive tells sizes after each member."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.data += bytes(data)
        return len(data)


def archive(
    *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, is_streamed: bool = False
) -> bytes:
    pipe = Pipe()
    buffer = io.BytesIO()
    with zipfile.ZipFile(pipe if is_streamed else buffer, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return pipe.data if is_streamed else buffer.getvalue()


def unpack(data: bytes, step: int = 1 << 20) -> tuple[bytes, str]:
    unpacking = unpacking_for(data[:4])
    assert unpacking is not None
    pieces: list[bytes] = []
    for start in range(0, len(data), step):
        pieces += unpacking.feed(data[start : start + step])
    unpacking.finish()
    assert all(len(piece) <= PIECE for piece in pieces)
    return b"".join(pieces), unpacking.problem


@pytest.mark.parametrize("step", CUTS)
def test_gzip_is_unpacked_member_by_member(step: int) -> None:
    data = gzip.compress(TEXT) + gzip.compress(b"") + gzip.compress(b"more\n") + b"\0" * 512
    assert unpack(data, step) == (TEXT + b"more\n", "")


@pytest.mark.parametrize("step", CUTS)
@pytest.mark.parametrize("is_streamed", [False, True])
def test_zip_members_stand_under_their_names(step: int, is_streamed: bool) -> None:
    data = archive(("a.log", TEXT), ("b/größe.log", b"no end"), ("empty", b""), is_streamed=is_streamed)
    told = b"### a.log\n" + TEXT + "### b/größe.log\n".encode() + b"no end\n### empty\n"
    assert unpack(data, step) == (told, "")


@pytest.mark.parametrize("step", CUTS)
def test_a_zip_that_is_only_put_together_is_read_too(step: int) -> None:
    data = archive(("folder/", b""), ("a", TEXT), ("b", b"two\n"), method=zipfile.ZIP_STORED)
    assert unpack(data, step) == (b"### a\n" + TEXT + b"### b\ntwo\n", "")


@pytest.mark.parametrize("step", CUTS)
def test_sizes_that_follow_may_have_no_signature(step: int) -> None:
    with_signature = archive(("a", TEXT), ("b", b"two\n"), is_streamed=True)
    data = with_signature.replace(b"PK\x07\x08", b"")
    assert data != with_signature
    assert unpack(data, step) == (b"### a\n" + TEXT + b"### b\ntwo\n", "")


def test_an_empty_archive_has_nothing() -> None:
    assert unpack(archive()) == (b"", "")


def test_a_member_s_name_is_harmless() -> None:
    unpacked, _ = unpack(archive(("a\x1b[2J\nb", b"x\n")))
    assert unpacked == b"### a b\nx\n"


def test_what_cannot_be_unpacked_is_told_and_skipped() -> None:
    data = archive(("a", TEXT), method=zipfile.ZIP_BZIP2)
    end = data.index(b"PK\x01\x02")
    more = archive(("b", b"two\n"))
    unpacked, problem = unpack(data[:end] + more, 10)
    assert unpacked == b"### a\n(it is packed in a way that is not known here, 12)\n### b\ntwo\n"
    assert problem == ""


@pytest.mark.parametrize(
    ("flags", "method", "why"),
    [
        (0x1, zipfile.ZIP_DEFLATED, "it is locked by a password"),
        (0x8, zipfile.ZIP_STORED, "nothing tells how long it is"),
        (0x8, 99, "it is packed in a way that is not known here, 99"),
    ],
)
def test_a_member_without_a_size_that_cannot_be_read_ends_it(flags: int, method: int, why: str) -> None:
    head = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 0, 0, 0, 0, 1, 0) + b"a"
    assert unpack(head + b"?" * 50, 10) == (f"### a\n({why})\n".encode(), f"a can't be unpacked: {why}")


def test_a_truncated_archive_gives_what_could_be_read() -> None:
    whole = gzip.compress(TEXT)
    for data, before in ((whole, b""), (archive(("a", TEXT)), b"### a\n")):
        cut = data[: len(whole) // 2]
        unpacked, problem = unpack(cut, 100)
        assert (before + TEXT).startswith(unpacked)
        assert len(unpacked) > 5_000
        assert problem == "the packed log ends too early: this is what could be read"


def test_a_broken_archive_gives_what_could_be_read() -> None:
    whole = gzip.compress(TEXT)
    unpacked, problem = unpack(whole[:4000] + b"\xff" * 3000 + whole[7000:], 100)
    assert TEXT[:1000] == unpacked[:1000]
    assert problem == "the packed log is broken: this is what could be read"
    member = zlib.compressobj(wbits=-15)
    packed = member.compress(TEXT) + member.flush()
    name = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, 0, 0, 1, 0) + b"a"
    assert unpack(name + packed + b"?" * 50) == (
        b"### a\n" + TEXT,
        "the packed log is broken: this is what could be read",
    )


def test_what_follows_gzip_is_told() -> None:
    assert unpack(gzip.compress(b"x\n") + b"plain text", 5) == (
        b"x\n",
        "what follows the packed log is not packed, and left out",
    )


def test_a_bomb_never_fills_the_memory() -> None:
    bomb = gzip.compress(b"\0" * (50 << 20))
    unpacking = unpacking_for(bomb)
    assert unpacking is not None
    tracemalloc.start()
    size = sum(map(len, unpacking.feed(bomb)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 50 << 20
    assert peak < 8 * PIECE


@given(st.binary(max_size=200), st.sampled_from([b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x05\x06"]))
def test_any_bytes_end_in_a_problem_at_worst(data: bytes, magic: bytes) -> None:
    assert is_packed(magic + data)
    unpack(magic + data, 7)


@pytest.mark.parametrize("head", [b"", b"\x1f", b"PK", b"PK\x03\x04"])
def test_a_beginning_may_turn_out_to_be_packed(head: bytes) -> None:
    assert may_be_packed(head)


@pytest.mark.parametrize("head", [b"PKx", b"2026", b"\x1f\x8b\x00"])
def test_text_is_not_packed(head: bytes) -> None:
    assert not may_be_packed(head)
    assert not is_packed(head)
    assert unpacking_for(head) is None
