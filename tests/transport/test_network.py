"""The way to a server: proxies from the config and from the environment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from tests.support.context import make_context, make_settings
from tests.support.faults import FaultyServer, Simulator
from tests.transport.test_faults import ONCE, assert_clean
from tui.core.errors import ConfigError, OutcomeUnknown, Unreachable
from tui.core.redaction import Redactor
from tui.transport.client import ApiClient

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
