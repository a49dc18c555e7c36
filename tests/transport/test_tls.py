"""Whom we believe, and what a user is told when we don't."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from tests.support.context import make_context, make_settings
from tests.support.faults import FaultyServer
from tests.transport.test_faults import ONCE, assert_clean
from tui.core.errors import ConfigError, TlsFailed, Unreachable
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.tls import tls_context


def system(_: httpx.Request) -> httpx.Response:
    """Any system."""
    return httpx.Response(200, json={"ok": True})


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A company's own authority."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    """Its certificate in a file."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opens."""
    async with AsyncExitStack() as stack:
        yield stack


async def serve(stack: AsyncExitStack, authority: trustme.CA, name: str = "127.0.0.1") -> FaultyServer:
    """A server with a certificate for a name."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return await stack.enter_async_context(FaultyServer(system, tls=context))


async def client_for(
    stack: AsyncExitStack, address: str, options: ClientOptions = ONCE, **settings: Any
) -> ApiClient:
    """A client that is closed with the test."""
    client = ApiClient(address, make_settings(**settings), make_context(), options=options)
    return await stack.enter_async_context(client)


async def test_the_companys_authority_is_believed_when_it_is_configured(
    stack: AsyncExitStack, authority: trustme.CA, ca_file: str
) -> None:
    server = await serve(stack, authority)
    client = await client_for(stack, server.url, verify=ca_file)
    assert await client.get_json("/x") == {"ok": True}
    assert (await client.send_change("POST", "/x")).status == 200


async def test_an_unknown_authority_is_not_believed(stack: AsyncExitStack, authority: trustme.CA) -> None:
    server = await serve(stack, authority)
    client = await client_for(stack, server.url)
    with pytest.raises(TlsFailed, match=r"certificate .* is not accepted") as caught:
        await client.get_json("/x")
    assert "`verify`" in caught.value.hint
    assert_clean(caught.value)
    with pytest.raises(TlsFailed):
        await client.send_change("POST", "/x")
    assert not server.requests


async def test_verification_can_be_switched_off(stack: AsyncExitStack, authority: trustme.CA) -> None:
    server = await serve(stack, authority, "elsewhere.example.com")
    client = await client_for(stack, server.url, verify=False)
    assert await client.get_json("/x") == {"ok": True}


async def test_verification_is_not_lost_when_a_client_was_not_opened(
    stack: AsyncExitStack, authority: trustme.CA
) -> None:
    server = await serve(stack, authority)
    client = ApiClient(server.url, make_settings(), make_context(), options=ONCE)
    stack.push_async_callback(client.aclose)
    with pytest.raises(TlsFailed):
        await client.get_json("/x")


async def test_a_certificate_for_another_name(
    stack: AsyncExitStack, authority: trustme.CA, ca_file: str
) -> None:
    server = await serve(stack, authority, "elsewhere.example.com")
    client = await client_for(stack, server.url, verify=ca_file)
    with pytest.raises(TlsFailed) as caught:
        await client.get_json("/x")
    assert "use the name" in caught.value.hint


async def test_plain_http_where_tls_is_expected(stack: AsyncExitStack) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await stack.enter_async_context(await asyncio.start_server(refuse, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    client = await client_for(stack, f"https://127.0.0.1:{port}")
    with pytest.raises(TlsFailed, match="does not speak TLS") as caught:
        await client.get_json("/x")
    assert_clean(caught.value)


async def test_a_handshake_that_breaks_off(stack: AsyncExitStack) -> None:
    plain = await stack.enter_async_context(FaultyServer(system))
    client = await client_for(stack, plain.url.replace("http://", "https://"))
    with pytest.raises(Unreachable, match="TLS handshake") as caught:
        await client.send_change("POST", "/x")
    assert_clean(caught.value)


async def test_tls_where_plain_http_is_expected(stack: AsyncExitStack, authority: trustme.CA) -> None:
    server = await serve(stack, authority)
    client = await client_for(stack, server.url.replace("https://", "http://"))
    with pytest.raises(Unreachable, match=r"without an answer|broke the connection"):
        await client.get_json("/x")


async def test_tls_older_than_1_2_is_refused(
    stack: AsyncExitStack, authority: trustme.CA, ca_file: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    # Security level 0 lets OpenSSL offer what nobody should.
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = await stack.enter_async_context(FaultyServer(system, tls=context))
    for verify in (ca_file, False):
        client = await client_for(stack, server.url, verify=verify)
        with pytest.raises((TlsFailed, Unreachable)):
            await client.get_json("/x")
    assert not server.requests
    for verify in (True, False, ca_file):
        assert tls_context(verify).minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_ca_file_that_is_none(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match="can't be used") as caught:
        tls_context(str(path))
    assert_clean(caught.value)


def test_the_usual_certificates_are_read_once() -> None:
    assert tls_context(verify=True) is tls_context(verify=True)
    assert tls_context(verify=False) is not tls_context(verify=False)
    assert len(tls_context(verify=True).get_ca_certs()) > 50


async def test_opening_tells_of_a_bad_ca_file_and_of_nothing_else(tmp_path: Path) -> None:
    client = ApiClient("https://127.0.0.1:9", make_settings(verify=str(tmp_path / "ca.pem")), make_context())
    with pytest.raises(ConfigError):
        await client.open()
    async with ApiClient("https://127.0.0.1:9", make_settings(), make_context()) as fine:
        assert fine.traffic.requests == 0
