"""Names that lead to many places, to broken ones first, or nowhere; and answers that nobody asked for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.support.context import make_context, make_settings
from tests.support.faults import FaultyServer, Simulator
from tests.transport.test_faults import ONCE, assert_clean
from tui.core.errors import ConfigError, Unreachable
from tui.transport.client import ApiClient
from tui.transport.origins import is_readable_on_the_way, parse_address

Serve = Callable[[Simulator], Awaitable[FaultyServer]]
NAME = "tac.example.com"


def system(_: httpx.Request) -> httpx.Response:
    """Any system."""
    return httpx.Response(200, json={"ok": True})


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str | OSError) -> list[str]:
    """Let a name lead to these addresses, in this order; returns the names that are asked for."""
    asked: list[str] = []

    def look_up(host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        if name != NAME:
            return real(host, port, *args, **options)
        asked.append(name)
        found: list[Any] = []
        for address in addresses:
            if isinstance(address, OSError):
                raise address
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            place = (address, port, 0, 0) if family == socket.AF_INET6 else (address, port)
            found.append((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place))
        return found

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def client_for(server: FaultyServer, **settings: Any) -> ApiClient:
    """A client that knows the server by its name."""
    address = server.url.replace("127.0.0.1", NAME)
    return ApiClient(address, make_settings(timeout=10, **settings), make_context(), options=ONCE)


@pytest.mark.parametrize(
    "addresses",
    [
        ["::1", "127.0.0.1"],
        ["fd00::1", "::1", "127.0.0.1"],
        ["127.0.0.1", "::1"],
        [*(f"127.0.1.{number}" for number in range(1, 40)), "127.0.0.1"],
    ],
    ids=["IPv6 first", "two of IPv6 first", "IPv4 first", "forty"],
)
async def test_the_first_address_that_works_is_used(
    addresses: list[str], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve(system)
    resolve_to(monkeypatch, *addresses)
    async with client_for(server) as client:
        assert await client.get_json("/x") == {"ok": True}
        assert (await client.send_change("POST", "/x")).status == 200
    assert [request.method for request in server.requests] == ["GET", "POST"]


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        (["127.0.1.1", "127.0.1.2", "::1"], "refused the connection|can't be reached"),
        ([socket.gaierror(socket.EAI_NONAME, "Name or service not known")], f"there is no host {NAME}"),
        ([socket.gaierror(socket.EAI_AGAIN, "Temporary failure")], f"there is no host {NAME}"),
    ],
    ids=["none works", "unknown", "no answer"],
)
async def test_a_name_that_leads_nowhere_means_that_nothing_was_sent(
    addresses: list[str | OSError], told: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await serve(system)
    asked = resolve_to(monkeypatch, *addresses)
    async with client_for(server) as client:
        for send in (client.get_json("/x"), client.send_change("POST", "/x")):
            with pytest.raises(Unreachable, match=told) as caught:
                await send
            assert_clean(caught.value)
    assert asked == [NAME] * 2
    assert not server.requests


@pytest.mark.parametrize(
    "host", ["a" * 64 + ".example.com", "a..example.com", ".example.com", "a." * 130 + "com", "xn--a", "a%41"]
)
def test_a_name_that_no_resolver_takes_is_no_address(host: str) -> None:
    with pytest.raises(ConfigError, match="is no address") as caught:
        parse_address(f"https://{host}/x")
    assert_clean(caught.value)


@pytest.mark.parametrize(
    "host", ["a" * 63 + ".example.com", "example.com.", "xn--mnchen-3ya.de", "[::1]", "tac"]
)
def test_names_that_are_some(host: str) -> None:
    assert str(parse_address(f"https://{host}/x")).startswith("https://")


async def test_an_answer_that_nobody_asked_for_is_never_taken_for_that_to_a_change() -> None:
    heard: list[bytes] = []
    serving: list[asyncio.Task[Any] | None] = []

    def answer(word: bytes) -> bytes:
        body = b'{"of": "%b"}' % word
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                heard.append(head)
                writer.write(answer(head.split(b" ")[1].strip(b"/")) + answer(b"nobody"))
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with ApiClient(address, make_settings(timeout=5), make_context(), options=ONCE) as client:
        for number in range(5):
            await client.get_json("/read")
            changed = await client.send_change("POST", f"/change{number}")
            assert await changed.json() == {"of": f"change{number}"}
    server.close()
    await asyncio.gather(*(task for task in serving if task is not None))
    assert sum(head.startswith(b"POST") for head in heard) == 5


@pytest.mark.parametrize(
    ("address", "is_readable"),
    [
        ("http://etl.example.com/api", True),
        (" HTTP://etl.example.com", True),
        ("http://127.0.0.1.example.com", True),
        ("http://10.0.0.7:8080", True),
        ("https://etl.example.com", False),
        ("http://localhost:8080", False),
        ("http://127.8.9.1", False),
        ("http://[::1]:8080", False),
        ("http://airflow.localhost", False),
        ("", False),
    ],
)
def test_what_leaves_this_machine_without_tls_can_be_read_on_the_way(address: str, is_readable: bool) -> None:
    assert is_readable_on_the_way(address) == is_readable
