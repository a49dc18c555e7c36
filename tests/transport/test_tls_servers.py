"""Servers that are not what they should be, and certificates of our own: over real sockets, both ways."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.certificates import LOOPBACK, Papers
from tests.support.context import make_context, make_settings
from tests.support.faults import FaultyServer
from tests.transport.test_faults import ONCE, assert_clean
from tui.core.adapter import AdapterContext
from tui.core.errors import ConfigError, NightdeckError, OutcomeUnknown, TlsFailed, Unreachable
from tui.core.settings import SecretRef
from tui.transport.auth import BasicAuth
from tui.transport.client import ApiClient

PASSWORD = "key-hunter2-Canary"
TLS_1_2 = ssl.TLSVersion.TLSv1_2
NOW = datetime.now(UTC)


def system(_: httpx.Request) -> httpx.Response:
    """Any system."""
    return httpx.Response(200, json={"ok": True})


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """What the company's authority hands out."""
    return Papers(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """What another authority hands out."""
    return Papers(tmp_path_factory.mktemp("others"))


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opens."""
    async with AsyncExitStack() as stack:
        yield stack


async def serve(stack: AsyncExitStack, tls: ssl.SSLContext) -> FaultyServer:
    """A system behind TLS."""
    return await stack.enter_async_context(FaultyServer(system, tls=tls))


async def client_for(
    stack: AsyncExitStack, address: str, context: AdapterContext | None = None, **settings: Any
) -> ApiClient:
    """A client with credentials, which is closed with the test."""
    client = ApiClient(
        address,
        make_settings(**{"timeout": 5.0, **settings}),
        context or make_context(),
        auth=BasicAuth("ops", "hunter2"),
        options=ONCE,
    )
    return await stack.enter_async_context(client)


async def refusals(client: ApiClient) -> Sequence[NightdeckError]:
    """What a read and a change end with."""
    caught: list[NightdeckError] = []
    for send in (client.get_json("/x"), client.send_change("POST", "/x")):
        with pytest.raises(NightdeckError) as raised:
            await send
        assert_clean(raised.value)
        caught.append(raised.value)
    return caught


BAD: dict[str, tuple[Callable[[Papers, Papers], ssl.SSLContext], str]] = {
    "expired": (
        lambda papers, _: papers.server(
            not_before=NOW - timedelta(days=400), not_after=NOW - timedelta(hours=1)
        ),
        "a new certificate",
    ),
    "not yet": (
        lambda papers, _: papers.server(
            not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=2)
        ),
        "clock is wrong",
    ),
    "another name": (lambda papers, _: papers.server("elsewhere.example.com"), "use the name"),
    "another address": (lambda papers, _: papers.server("127.0.0.2"), "use the name"),
    "a name that ends alike": (lambda papers, _: papers.server("127.0.0.1.example.com"), "use the name"),
    "another authority": (lambda _, others: others.server(), "set `verify` to the file"),
}


@pytest.mark.parametrize("fault", BAD)
async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    stack: AsyncExitStack, papers: Papers, others: Papers, fault: str
) -> None:
    make, hint = BAD[fault]
    server = await serve(stack, make(papers, others))
    client = await client_for(stack, server.url, verify=papers.ca_file)
    for error in await refusals(client):
        assert isinstance(error, TlsFailed)
        assert "is not accepted" in error.message
        assert hint in error.hint
    assert not server.requests


async def test_a_self_signed_certificate_is_accepted_only_by_its_own_file(
    stack: AsyncExitStack, papers: Papers
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    alone = Papers(papers.folder / "alone")
    leaf = alone.authority.issue_cert(*LOOPBACK)
    leaf.configure_cert(context)
    own = papers.folder / "own.pem"
    leaf.cert_chain_pems[0].write_to_path(str(own))
    server = await serve(stack, context)
    for verify in (True, papers.ca_file):
        client = await client_for(stack, server.url, verify=verify)
        assert all(isinstance(error, TlsFailed) for error in await refusals(client))
    assert not server.requests
    client = await client_for(stack, server.url, verify=alone.ca_file)
    assert await client.get_json("/x") == {"ok": True}


@pytest.mark.parametrize("verify", [True, False])
async def test_the_oldest_version_can_be_raised(stack: AsyncExitStack, papers: Papers, verify: bool) -> None:
    server = await serve(stack, papers.server(newest=TLS_1_2))
    known = papers.ca_file if verify else False
    client = await client_for(stack, server.url, verify=known)
    assert await client.get_json("/x") == {"ok": True}
    strict = await client_for(stack, server.url, verify=known, min_tls="1.3")
    for error in await refusals(strict):
        assert isinstance(error, TlsFailed | Unreachable)
        assert "`min_tls`" in error.hint
    assert len(server.requests) == 1
    modern = await serve(stack, papers.server())
    strict = await client_for(stack, modern.url, verify=known, min_tls="1.3")
    assert await strict.get_json("/x") == {"ok": True}


async def test_a_certificate_that_is_renewed_while_we_run_is_taken_and_a_strange_one_is_not(
    stack: AsyncExitStack, papers: Papers, others: Papers
) -> None:
    tls = papers.server()
    server = await serve(stack, tls)
    client = await client_for(stack, server.url, verify=papers.ca_file)
    assert await client.get_json("/x") == {"ok": True}
    papers.show(tls)
    assert (await client.send_change("POST", "/x")).status == 200
    others.show(tls)
    await server.stop()
    await server.listen()
    sent = len(server.requests)
    assert all(isinstance(error, TlsFailed) for error in await refusals(client))
    assert len(server.requests) == sent
    papers.show(tls)
    assert await client.get_json("/x") == {"ok": True}


RECORDS = {
    "nothing": b"",
    "zeros": bytes(4096),
    "a page": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "an alert": b"\x15\x03\x03\x00\x02\x02\x28",
    "another version": b"\x15\x03\x03\x00\x02\x02\x46",
    "a record without end": b"\x16\x03\x03\xff\xff" + bytes(64),
    "a hello of garbage": b"\x16\x03\x03\x00\x30" + bytes(range(48)),
}


@pytest.mark.parametrize("record", RECORDS)
async def test_garbage_in_the_place_of_a_handshake_is_told_and_nothing_leaves(
    stack: AsyncExitStack, record: str
) -> None:
    heard = bytearray()
    serving: list[asyncio.Task[Any] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        heard.extend(await reader.read(65_536))
        writer.write(RECORDS[record])
        await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await stack.enter_async_context(await asyncio.start_server(answer, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    client = await client_for(stack, f"https://127.0.0.1:{port}")
    for error in await refusals(client):
        assert isinstance(error, TlsFailed | Unreachable)
        assert not isinstance(error, OutcomeUnknown)
        assert error.hint
        assert record != "another version" or "`min_tls`" in error.hint
    await asyncio.gather(*(task for task in serving if task is not None))
    assert heard[:1] == b"\x16", "a handshake is the only thing that is said"


async def test_a_server_may_not_begin_the_handshake_anew(papers: Papers) -> None:
    for verify in (True, False, papers.ca_file):
        client = ApiClient("https://127.0.0.1", make_settings(verify=verify), make_context())
        await client.open()
        network = client._network
        assert network._means is not None
        assert network._means.tls.options & ssl.OP_NO_RENEGOTIATION
        await client.aclose()


@pytest.mark.parametrize("newest", [TLS_1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shown", ["nothing", "another authority's", "the right one", "a locked one"])
async def test_a_server_that_wants_to_know_who_we_are(
    stack: AsyncExitStack, papers: Papers, others: Papers, newest: ssl.TLSVersion, shown: str
) -> None:
    server = await serve(stack, papers.server(asks_for=papers.authority, newest=newest))
    choices: dict[str, dict[str, Any]] = {
        "nothing": {},
        "another authority's": others.client("stranger"),
        "the right one": papers.client(),
        "a locked one": {
            **papers.client("locked", password=PASSWORD),
            "client_key_password": SecretRef(literal=PASSWORD),
        },
    }
    client = await client_for(stack, server.url, verify=papers.ca_file, **choices[shown])
    if shown in {"the right one", "a locked one"}:
        assert await client.get_json("/x") == {"ok": True}
        assert (await client.send_change("POST", "/x")).status == 200
        return
    for error in await refusals(client):
        # Where the server hangs up before its alert was read, nobody can say more than that.
        assert isinstance(error, TlsFailed | Unreachable | OutcomeUnknown)
        assert not isinstance(error, TlsFailed) or "`client_cert`" in error.hint
    assert not server.requests


def written(path: Path, content: str) -> str:
    """A file, by its name."""
    path.write_text(content)
    return str(path)


def unfit(papers: Papers, others: Papers, folder: Path) -> dict[str, tuple[dict[str, Any], str, str]]:
    """Settings of a certificate that can't be used, with the key and the reason that are told."""
    good, strange = papers.client(), others.client("stranger")
    locked = papers.client("locked", password=PASSWORD)
    certificate, key = good["client_cert"], good["client_key"]
    missing, text = str(folder / "none.pem"), written(folder / "text.pem", "no certificate")
    lines = Path(key).read_text().splitlines()
    damaged = written(folder / "bad.pem", "\n".join([lines[0], *lines[2:]]))
    wrong, long = SecretRef(literal="wrong"), SecretRef(literal="x" * 3000)
    return {
        "no certificate": ({"client_cert": missing, "client_key": key}, "client_cert", "No such file"),
        "no key": ({"client_cert": certificate, "client_key": missing}, "client_key", "No such file"),
        "a folder": ({"client_cert": str(folder)}, "client_cert", "no file"),
        "text as certificate": ({"client_cert": text, "client_key": key}, "client_cert", "no certificate in"),
        "text as key": ({"client_cert": certificate, "client_key": text}, "client_key", "no private key in"),
        "the key left out": ({"client_cert": certificate}, "client_cert", "no private key in"),
        "another's key": (
            {"client_cert": certificate, "client_key": strange["client_key"]},
            "client_key",
            "not the key of ops.pem",
        ),
        "a damaged key": ({"client_cert": certificate, "client_key": damaged}, "client_key", "damaged"),
        "a locked key": (locked, "client_key", "encrypted"),
        "a wrong password": ({**locked, "client_key_password": wrong}, "client_key_password", "not unlock"),
        "no password": ({**locked, "client_key_password": long}, "client_key_password", "longer than"),
    }


async def test_a_file_that_cannot_be_used_is_told_with_its_key_and_path(
    papers: Papers, others: Papers, tmp_path: Path
) -> None:
    for what, (settings, key, reason) in unfit(papers, others, tmp_path).items():
        client = ApiClient("https://127.0.0.1:9", make_settings(**settings), make_context())
        with pytest.raises(ConfigError) as caught:
            await client.open()
        path = settings[key] if key != "client_key_password" else settings["client_key"]
        assert caught.value.message.startswith(f"`{key}` "), what
        assert str(path) in caught.value.message, what
        assert reason in caught.value.message, what
        assert caught.value.hint
        assert PASSWORD not in str(caught.value)
        assert_clean(caught.value)


async def test_the_password_of_a_key_is_fetched_in_a_thread_and_masked(papers: Papers) -> None:
    context = make_context()
    locked = papers.client("locked", password=PASSWORD)
    secret = SecretRef(literal=PASSWORD)
    client = ApiClient(
        "https://127.0.0.1:9", make_settings(**locked, client_key_password=secret), context, options=ONCE
    )
    await client.open()
    await client.aclose()
    assert PASSWORD not in context.redactor.mask(f"said {PASSWORD}")


async def test_what_was_agreed_with_a_server_is_known_afterwards(
    stack: AsyncExitStack, papers: Papers
) -> None:
    end = (NOW + timedelta(days=9)).replace(microsecond=0)
    server = await serve(stack, papers.server(not_after=end, newest=TLS_1_2))
    for verify in (papers.ca_file, False):
        context = make_context()
        client = await client_for(stack, server.url, context, verify=verify)
        await client.get_json("/x")
        ((host, shaken),) = context.line.handshakes.items()
        assert host == server.url.removeprefix("https://")
        assert shaken.version == "TLSv1.2"
        assert shaken.ends_at == (end if verify else None)
    plain = await stack.enter_async_context(FaultyServer(system))
    context = make_context()
    await (await client_for(stack, plain.url, context)).get_json("/x")
    assert not context.line.handshakes
