"""The way to a server: proxies from the config and from the environment."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.context import make_context, make_settings
from tests.support.faults import FaultyServer, Simulator
from tests.transport.test_faults import ONCE, assert_clean
from tui.core.errors import ConfigError, OutcomeUnknown, SystemUnavailable, Unreachable
from tui.core.redaction import Redactor
from tui.core.settings import SecretRef
from tui.transport.auth import BasicAuth
from tui.transport.client import ApiClient
from tui.transport.network import proxy_of_environment

Serve = Callable[[Simulator], Awaitable[FaultyServer]]

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def proxy(request: httpx.Request) -> httpx.Response:
    """A proxy that answers itself."""
    return httpx.Response(200, json={"proxied": request.headers["host"]})


def system(_: httpx.Request) -> httpx.Response:
    """A system that is reached without a proxy."""
    return httpx.Response(200, json={"proxied": None})


@pytest.fixture
async def proxy_server(serve: Serve) -> FaultyServer:
    """A proxy on the loopback interface."""
    return await serve(proxy)


async def test_a_configured_proxy_is_used(proxy_server: FaultyServer) -> None:
    settings = make_settings(proxy=proxy_server.url)
    async with ApiClient("http://tac.example.com", settings, make_context()) as client:
        assert await client.get_json("/x") == {"proxied": "tac.example.com"}
        assert (await client.send_change("POST", "/x")).status == 200


async def test_the_environments_proxy_is_used_and_its_exceptions_count(
    proxy_server: FaultyServer, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = await serve(system)
    monkeypatch.setenv("HTTP_PROXY", proxy_server.url.removeprefix("http://"))
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    async with ApiClient("http://tac.example.com", make_settings(), make_context()) as client:
        assert await client.get_json("/x") == {"proxied": "tac.example.com"}
    async with ApiClient(direct.url, make_settings(), make_context()) as client:
        assert await client.get_json("/x") == {"proxied": None}


async def test_a_proxys_credentials_are_sent_and_masked(proxy_server: FaultyServer) -> None:
    redactor = Redactor()
    address = proxy_server.url.replace("http://", "http://ops:proxy-hunter2@")
    context = make_context(redactor=redactor)
    async with ApiClient("http://tac.example.com", make_settings(proxy=address), context) as client:
        await client.get_json("/x")
    assert proxy_server.requests[0].headers["proxy-authorization"].startswith("Basic ")
    assert redactor.mask("the proxy-hunter2 of it") == "the ••• of it"


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_a_proxy_that_does_not_let_us_through(status: int, serve: Serve) -> None:
    server = await serve(lambda _: httpx.Response(status))
    settings = make_settings(proxy=server.url)
    async with ApiClient("https://tac.example.com", settings, make_context(), options=ONCE) as client:
        for send in (client.get_json("/x"), client.send_change("POST", "/x")):
            with pytest.raises(Unreachable, match="the proxy does not let us through") as caught:
                await send
            assert caught.value.code == "proxy"
            assert_clean(caught.value)


@pytest.mark.parametrize(
    "address", ["socks5://user:hunter2@proxy:1080", "proxy:3128", "ftp://proxy", "nonsense", "http://[broken"]
)
async def test_a_proxy_that_is_none(address: str) -> None:
    client = ApiClient("http://tac.example.com", make_settings(proxy=address), make_context())
    with pytest.raises(ConfigError, match="can't be used") as caught:
        await client.open()
    assert_clean(caught.value)
    await client.aclose()


@pytest.fixture
async def deaf_port() -> AsyncIterator[int]:
    """A port that takes connections and says nothing, not even a TLS handshake."""
    done = asyncio.Event()

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    done.set()
    server.close()
    await server.wait_closed()


async def test_a_handshake_that_hangs_means_that_nothing_was_sent(deaf_port: int) -> None:
    settings = make_settings(timeout=0.5)
    async with ApiClient(f"https://127.0.0.1:{deaf_port}", settings, make_context(), options=ONCE) as client:
        with pytest.raises(Unreachable) as caught:
            await client.send_change("POST", "/x")
        assert_clean(caught.value)


async def test_a_request_that_hangs_may_have_been_done(deaf_port: int) -> None:
    settings = make_settings(timeout=0.5)
    async with ApiClient(f"http://127.0.0.1:{deaf_port}", settings, make_context(), options=ONCE) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            await client.send_change("POST", "/x")
        assert_clean(caught.value)


async def test_closing_closes_every_socket(serve: Serve) -> None:
    server = await serve(system)
    client = ApiClient(server.url, make_settings(), make_context())
    await client.open()
    await client.get_json("/x")
    await client.send_change("POST", "/x")
    await client.aclose()
    await client.aclose()
    assert server.connections == 2


PROXY_PASSWORD = "p:roxy@hunter2/ä"
"""One that can stand in no address as it is."""


def basic(request: httpx.Request) -> str:
    """The login that a proxy was shown."""
    scheme, _, token = request.headers["proxy-authorization"].partition(" ")
    assert scheme == "Basic"
    return b64decode(token).decode()


async def test_a_proxys_password_may_be_a_reference(proxy_server: FaultyServer) -> None:
    context = make_context()
    settings = make_settings(
        proxy=proxy_server.url, proxy_username="ops", proxy_password=SecretRef(literal=PROXY_PASSWORD)
    )
    async with ApiClient("http://tac.example.com", settings, context, options=ONCE) as client:
        await client.get_json("/x")
        await client.send_change("POST", "/x")
    assert [basic(request) for request in proxy_server.requests] == [f"ops:{PROXY_PASSWORD}"] * 2
    with pytest.raises(Unreachable) as caught:
        async with ApiClient("https://tac.example.com", settings, context, options=ONCE) as client:
            await client.get_json("/x")
    assert_clean(caught.value)
    assert basic(proxy_server.requests[-1]) == f"ops:{PROXY_PASSWORD}"
    told = f"{PROXY_PASSWORD} {quote(PROXY_PASSWORD)} {b64encode(f'ops:{PROXY_PASSWORD}'.encode()).decode()}"
    assert context.redactor.mask(told) == "••• ••• •••"


async def test_the_environments_proxy_may_want_a_login_which_is_masked(
    proxy_server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make_context()
    address = proxy_server.url.replace("://", f"://ops:{quote(PROXY_PASSWORD, safe='')}@")
    monkeypatch.setenv("HTTP_PROXY", address)
    async with ApiClient("http://tac.example.com", make_settings(), context) as client:
        await client.get_json("/x")
    assert basic(proxy_server.requests[0]) == f"ops:{PROXY_PASSWORD}"
    told = f"{PROXY_PASSWORD} {quote(PROXY_PASSWORD, safe='')}"
    assert context.redactor.mask(told) == "••• •••"


async def test_no_system_gets_to_see_the_login_of_a_proxy(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = await serve(system)
    monkeypatch.setenv("HTTP_PROXY", "http://ops:hunter2@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings = make_settings(
        proxy="direct", proxy_username="ops", proxy_password=SecretRef(literal=PROXY_PASSWORD)
    )
    for chosen in (settings, make_settings()):
        async with ApiClient(direct.url, chosen, make_context()) as client:
            assert await client.get_json("/x") == {"proxied": None}
    assert all("proxy-authorization" not in request.headers for request in direct.requests)


async def test_a_connection_can_go_straight_whatever_the_environment_says(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = await serve(system)
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with ApiClient(direct.url, make_settings(proxy="direct"), make_context()) as client:
        assert await client.get_json("/x") == {"proxied": None}


EXEMPT = [
    ("http://tac.example.com", "example.com", True),
    ("http://tac.example.com", ".example.com", True),
    ("http://tac.example.com", "TAC.example.com", True),
    ("http://tac.example.com:8080", "example.com", True),
    ("http://tac.example.com:8080", "tac.example.com:8080", True),
    ("http://tac.example.com:8080", "tac.example.com:9090", False),
    ("http://tac.example.com", "other.org, example.com", True),
    ("http://tac.example.com", "*", True),
    ("http://notexample.com", "example.com", False),
    ("http://10.1.2.3", "10.1.2.3", True),
    ("http://10.1.2.3:8080", "10.0.0.0/8", True),
    ("http://11.1.2.3", "10.0.0.0/8", False),
    ("http://tac.example.com", "10.0.0.0/8", False),
    ("http://[fd00::5]:8080", "fd00::/8", True),
    ("http://[fd00::5]:8080", "[fd00::5]", True),
    ("http://[fd00::5]", "fd00::5", True),
    ("http://[fd00::6]", "fd00::5", False),
    ("http://tac.example.com", "", False),
    ("http://tac.example.com", "not/a/network,,", False),
]


@pytest.mark.parametrize(("address", "exceptions", "is_direct"), EXEMPT)
def test_what_no_proxy_takes_out(
    address: str, exceptions: str, is_direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)
    proxy = proxy_of_environment(httpx.URL(address))
    assert proxy == ("" if is_direct else "http://proxy:3128")


TUNNELS = {
    "407": b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
    "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!",
    "garbage": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "nothing": b"",
    "a tunnel to nowhere": b"HTTP/1.1 200 OK\r\n\r\n",
    "a tunnel to a page": b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: https://evil.example.com/\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("answer", TUNNELS)
async def test_a_tunnel_that_is_none_lets_nothing_leave(answer: str) -> None:
    heard: list[bytes] = []
    serving: list[asyncio.Task[Any] | None] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(TUNNELS[answer])
        await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = make_settings(
        proxy=address, proxy_username="ops", proxy_password=SecretRef(literal=PROXY_PASSWORD), timeout=5
    )
    auth = BasicAuth("ops", "hunter2")
    async with ApiClient(
        "https://tac.example.com", settings, make_context(), auth=auth, options=ONCE
    ) as client:
        for send in (client.get_json("/x"), client.send_change("POST", "/x")):
            with pytest.raises(SystemUnavailable) as caught:
                await send
            assert not isinstance(caught.value, OutcomeUnknown)
            assert PROXY_PASSWORD not in str(caught.value)
            assert_clean(caught.value)
    server.close()
    await asyncio.gather(*(task for task in serving if task is not None))
    assert len(heard) == 2
    assert all(request.startswith(b"CONNECT tac.example.com:443 HTTP/1.1\r\n") for request in heard)
    assert not any(b"\r\nAuthorization:" in request for request in heard)


async def test_a_proxy_that_hangs_means_that_nothing_was_sent(deaf_port: int) -> None:
    settings = make_settings(proxy=f"http://127.0.0.1:{deaf_port}", timeout=0.3)
    async with ApiClient("https://tac.example.com", settings, make_context(), options=ONCE) as client:
        for send in (client.get_json("/x"), client.send_change("POST", "/x")):
            with pytest.raises(Unreachable) as caught:
                await send
            assert caught.value.code == "proxy"
