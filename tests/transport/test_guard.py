"""Answers are bounded, also after unpacking; streams too."""

from __future__ import annotations

import asyncio
import gzip
import random
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.faults import Fault, FaultyServer, Simulator
from tests.transport.conftest import SECRET, MakeClient
from tests.transport.test_faults import ONCE, assert_clean, timeout_for
from tui.core.errors import BadAnswer, Forbidden, NightdeckError, OutcomeUnknown, TimedOut, Unauthorized
from tui.transport.auth import TokenAuth
from tui.transport.inflation import Inflater, unpacker_for
from tui.transport.limits import MAX_BODY_BYTES, MAX_ERROR_BYTES, MAX_LINE_BYTES, PIECE_BYTES
from tui.transport.stream import AnswerStream

Serve = Callable[[Simulator], Awaitable[FaultyServer]]


def raw_deflate(data: bytes) -> bytes:
    """Deflate without its header, as some servers send it."""
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(data) + engine.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :]),
    "deflate": zlib.compress,
    "Deflate ": raw_deflate,
    "identity": bytes,
    "": bytes,
}


@pytest.mark.parametrize("encoding", PACKERS)
@given(data=st.binary(max_size=3000), chunk=st.integers(1, 700), repeat=st.sampled_from([1, 1, 200]))
def test_whatever_was_packed_comes_out_in_bounded_pieces(
    encoding: str, data: bytes, chunk: int, repeat: int
) -> None:
    unpacker = unpacker_for(encoding)
    assert unpacker is not None
    packed = PACKERS[encoding](data * repeat)
    pieces = [
        piece for at in range(0, len(packed), chunk) for piece in unpacker.feed(packed[at : at + chunk])
    ]
    assert b"".join(pieces) == data * repeat
    assert unpacker.is_complete
    assert all(len(piece) <= PIECE_BYTES for piece in pieces)


@given(size=st.integers(1, 100))
def test_a_packed_body_that_ends_too_soon_is_noticed(size: int) -> None:
    packed = gzip.compress(bytes(range(256)) * 4)
    unpacker = Inflater(is_gzip=True)
    assert list(unpacker.feed(packed[:size])) is not None
    assert not unpacker.is_complete


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip,br"])
def test_what_was_not_asked_for_is_not_unpacked(encoding: str) -> None:
    assert unpacker_for(encoding) is None


def packed(encoding: str, body: bytes, status: int = 200) -> Simulator:
    """A system that always answers the same."""

    def system(_: httpx.Request) -> httpx.Response:
        headers = {"content-encoding": encoding, "content-length": str(len(body))}
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return system


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_packed_answers_are_read(encoding: str, make_client: MakeClient, serve: Serve) -> None:
    body = b"[" + b"1," * 100_000 + b"1]"
    client = make_client(await serve(packed(encoding, PACKERS[encoding](body))))
    assert len(await client.get_json("/x")) == 100_001
    assert client.traffic.bytes_received < 2000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"abc"),
        ("gzip", b"no gzip at all"),
        ("gzip", gzip.compress(b"x" * 500, mtime=0)[:-20]),
        ("gzip, gzip", b""),
    ],
)
async def test_a_spoiled_answer(encoding: str, body: bytes, make_client: MakeClient, serve: Serve) -> None:
    client = make_client(await serve(packed(encoding, body)), options=ONCE)
    with pytest.raises(BadAnswer) as caught:
        await client.get_json("/x")
    assert_clean(caught.value)
    with pytest.raises(OutcomeUnknown):
        await client.send_change("POST", "/x")


async def test_a_bomb_is_cut_while_it_unpacks(make_client: MakeClient, serve: Serve) -> None:
    server = await serve(packed("", b""))
    client = make_client(server)
    server.inject(Fault.BOMB, times=None)
    with pytest.raises(BadAnswer, match=f"more than {MAX_BODY_BYTES} bytes"):
        await client.get_bytes("/x")
    assert client.traffic.bytes_received < 1_000_000
    with pytest.raises(BadAnswer, match="more than 1000 bytes"):
        await client.get_bytes("/x", limit=1000)
    with pytest.raises(BadAnswer, match="more than 1048576 bytes"):
        await client.log_in("/x")
    assert client.traffic.retries == 0


async def test_a_limit_is_met_exactly_or_passed(make_client: MakeClient, serve: Serve) -> None:
    client = make_client(await serve(packed("", b"x" * 5000)))
    assert len(await client.get_bytes("/x", limit=5000)) == 5000
    with pytest.raises(BadAnswer, match="more than 4999 bytes"):
        await client.get_bytes("/x", limit=4999)


@pytest.mark.parametrize("status", [403, 401])
async def test_the_page_of_an_error_is_cut_and_not_waited_for(
    status: int, make_client: MakeClient, serve: Serve
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            yield b"no entry " * 1000
            sent += 9000

    def system(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=endless())

    for auth in (None, TokenAuth("abc")):
        client = make_client(system, auth=auth)
        with pytest.raises(Forbidden if status == 403 else Unauthorized):
            await client.get_json("/x")
        async with asyncio.timeout(5):
            with pytest.raises(Forbidden if status == 403 else Unauthorized):
                async with client.stream("/x"):
                    pass
    assert sent < 5 * MAX_ERROR_BYTES


async def test_a_stream_comes_piece_by_piece(make_client: MakeClient, serve: Serve) -> None:
    body = b"".join(b"line %d\r\n" % number for number in range(50_000))
    client = make_client(await serve(packed("gzip", gzip.compress(body, mtime=0))), max_concurrency=1)
    async with client.stream("/log") as stream:
        assert stream.head.status == 200
        pieces = [piece async for piece in stream.pieces()]
    assert b"".join(pieces) == body
    assert max(map(len, pieces)) <= PIECE_BYTES
    assert [line async for line in client.stream_lines("/log")] == body.split(b"\n")[:-1]


async def test_lines_of_a_stream(make_client: MakeClient) -> None:
    def system(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"a\n\nb\n" + b"x" * (3 * MAX_LINE_BYTES) + b"\nend")

    lines = [line async for line in make_client(system).stream_lines("/log")]
    assert lines[:3] == [b"a", b"", b"b"]
    assert lines[-1] == b"end"
    assert b"".join(lines[3:-1]) == b"x" * (3 * MAX_LINE_BYTES)
    assert max(map(len, lines)) <= 2 * MAX_LINE_BYTES


async def test_a_line_without_an_end_does_not_fill_the_memory(make_client: MakeClient, serve: Serve) -> None:
    client = make_client(await serve(packed("", b"x" * 1_000_000)))
    lines = [line async for line in client.stream_lines("/log")]
    assert b"".join(lines) == b"x" * 1_000_000
    assert max(map(len, lines)) <= MAX_LINE_BYTES + PIECE_BYTES


async def test_a_stream_that_is_left_early_gives_its_slot_back(make_client: MakeClient, serve: Serve) -> None:
    client = make_client(await serve(packed("", b"x" * 5_000_000)), max_concurrency=1)
    for _ in range(3):
        async with client.stream("/log") as stream:
            async for _piece in stream.pieces():
                break
    assert await client.get_bytes("/log", limit=6_000_000)


async def test_a_stream_has_a_limit_too(make_client: MakeClient, serve: Serve) -> None:
    client = make_client(await serve(packed("gzip", gzip.compress(bytes(3_000_000)))))
    async with client.stream("/log", limit=2_000_000) as stream:
        pieces, error = await read_until_it_breaks(stream)
    assert isinstance(error, BadAnswer)
    assert "more than 2000000 bytes" in str(error)
    assert 1_900_000 < sum(map(len, pieces)) <= 2_000_000


@pytest.mark.parametrize(("fault", "error"), [(Fault.TRUNCATED, BadAnswer), (Fault.SLOW_BODY, TimedOut)])
async def test_a_stream_that_breaks_off_says_so(
    fault: Fault, error: type[NightdeckError], make_client: MakeClient, serve: Serve
) -> None:
    server = await serve(packed("", b"x" * 1000))
    client = make_client(server, timeout=timeout_for(fault), max_concurrency=1)
    server.inject(fault)
    async with client.stream(f"/log?p={SECRET}") as stream:
        pieces, broken = await read_until_it_breaks(stream)
    assert isinstance(broken, error)
    assert_clean(broken)
    assert b"".join(pieces) == b"x" * 500
    assert await client.get_bytes("/log", timeout_s=20.0) == b"x" * 1000


async def read_until_it_breaks(stream: AnswerStream) -> tuple[list[bytes], NightdeckError | None]:
    """What came of a stream, and what ended it."""
    pieces: list[bytes] = []
    coming = stream.pieces()
    while True:
        try:
            pieces.append(await anext(coming))
        except StopAsyncIteration:
            return pieces, None
        except NightdeckError as error:
            return pieces, error


async def test_a_stream_is_tried_again_until_it_begins(make_client: MakeClient, serve: Serve) -> None:
    server = await serve(packed("", b"done"))
    client = make_client(server)
    server.inject(Fault.UNAVAILABLE)
    server.inject(Fault.RESET)
    assert [line async for line in client.stream_lines("/log")] == [b"done"]
    assert client.traffic.retries == 2


async def test_an_accepted_status_can_be_streamed(make_client: MakeClient) -> None:
    def system(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, content=b"no log yet")

    async with make_client(system).stream("/log", accept={404}) as stream:
        assert stream.head.status == 404
        assert [line async for line in stream.lines()] == [b"no log yet"]


NAME_WITHOUT_END = b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 400_000
EMPTY_MEMBERS = gzip.compress(b"") * 20_000


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("body", "told"),
    [(NAME_WITHOUT_END, "more than 1000 bytes"), (EMPTY_MEMBERS, "broken compression")],
    ids=["a name without an end", "members of nothing"],
)
async def test_what_unpacks_to_nothing_comes_to_an_end_all_the_same(
    body: bytes, told: str, status: int, serve: Serve, make_client: MakeClient
) -> None:
    server = await serve(lambda _: httpx.Response(status, headers={"content-encoding": "gzip"}, content=body))
    client = make_client(server, options=ONCE)
    with pytest.raises(BadAnswer, match=told) as caught:
        await client.get_json("/x", limit=1000)
    assert_clean(caught.value)
    assert client.traffic.bytes_received < 200_000
    with pytest.raises(BadAnswer, match=told):
        async for _ in client.stream_lines("/x", limit=1000):
            pass


async def test_what_cannot_be_made_smaller_is_let_through(serve: Serve, make_client: MakeClient) -> None:
    data = random.Random(1).randbytes(300_000)
    packed = gzip.compress(data, compresslevel=0)
    assert len(packed) > len(data)
    server = await serve(lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, content=packed))
    client = make_client(server, options=ONCE)
    assert await client.get_bytes("/x", limit=len(data)) == data
