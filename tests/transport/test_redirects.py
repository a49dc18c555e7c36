"""Where redirects may lead: with credentials to the system itself alone; and no change is sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.support.context import make_context, make_settings
from tests.support.faults import FaultyServer
from tests.transport.test_faults import ONCE, assert_clean
from tui.core.errors import ActionRefused, BadAnswer, NightdeckError, OutcomeUnknown, SystemUnavailable
from tui.transport.auth import BasicAuth, TokenAuth
from tui.transport.client import ApiClient, ClientOptions

SECRET = "hunter2-Canary-pass"
KEEPS = {307, 308}
STATUSES = (301, 302, 303, 307, 308)

Send = Callable[[ApiClient], Awaitable[Any]]


class Redirecting:
    """A system that sends whoever asks for `/jump` to wherever it likes."""

    def __init__(self) -> None:
        self.location: str | None = "/landed"
        self.status = 302

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/cookie":
            return httpx.Response(200, json={}, headers={"set-cookie": f"session={SECRET}; Path=/"})
        if request.url.path == "/loop":
            return httpx.Response(302, headers={"location": "/loop"})
        if request.url.path.startswith("/chain"):
            left = int(request.url.path.removeprefix("/chain"))
            return httpx.Response(302, headers={"location": f"/chain{left - 1}" if left else "/landed"})
        if request.url.path == "/landed":
            return httpx.Response(200, json={"landed": True})
        headers = {"location": self.location} if self.location is not None else {}
        return httpx.Response(self.status, headers=headers)


class Line:
    """A system, and a server of somebody else that must hear nothing."""

    def __init__(self, here: FaultyServer, there: FaultyServer, system: Redirecting) -> None:
        self.here = here
        self.there = there
        self.system = system

    def lead_to(self, location: str | None, status: int = 302) -> None:
        """Redirect to an address, in which the ports are filled in."""
        ports = {"THERE": self.there.url.rpartition(":")[2], "HERE": self.here.url.rpartition(":")[2]}
        for name, port in ports.items():
            location = location.replace(name, port) if location is not None else None
        self.system.location, self.system.status = location, status


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with AsyncExitStack() as stack:
        system = Redirecting()
        here = await stack.enter_async_context(FaultyServer(system))
        there = await stack.enter_async_context(FaultyServer(lambda _: httpx.Response(200, json={})))
        yield Line(here, there, system)


CREDENTIALS: dict[str, tuple[httpx.Auth | None, ClientOptions, Send]] = {
    "basic": (BasicAuth("ops", SECRET), ONCE, lambda client: client.get_json("/jump")),
    "a token in a header of its own": (
        TokenAuth(SECRET, header="icSessionId", scheme=""),
        ONCE,
        lambda client: client.get_json("/jump"),
    ),
    "headers of the client": (
        None,
        ClientOptions(headers={"X-Api-Key": SECRET}, retry=ONCE.retry),
        lambda client: client.get_json("/jump"),
    ),
    "a cookie": (None, ClientOptions(keeps_cookies=True, retry=ONCE.retry), lambda c: _with_cookie(c)),
    "the query": (None, ONCE, lambda client: client.get_json(f"/jump?authPass={SECRET}")),
    "the body of a login": (None, ONCE, lambda c: c.log_in("/jump", json={"password": SECRET})),
    "the form of a login": (None, ONCE, lambda c: c.log_in("/jump", form={"password": SECRET})),
    "a search": (
        BasicAuth("ops", SECRET),
        ONCE,
        lambda client: client.get_json("/jump", method="POST", json={"password": SECRET}),
    ),
    "a stream": (BasicAuth("ops", SECRET), ONCE, lambda client: _streamed(client)),
}


async def _with_cookie(client: ApiClient) -> Any:
    await client.get_json("/cookie")
    return await client.get_json("/jump")


async def _streamed(client: ApiClient) -> list[bytes]:
    return [line async for line in client.stream_lines("/jump")]


def client_for(
    line: Line, auth: httpx.Auth | None = None, options: ClientOptions = ONCE, **settings: Any
) -> ApiClient:
    """A client of the system."""
    context = make_context()
    context.redactor.add(SECRET)
    return ApiClient(line.here.url, make_settings(timeout=5, **settings), context, auth=auth, options=options)


async def outcome_of(work: Awaitable[Any]) -> Any:
    """What work gives, be it an error."""
    try:
        return await work
    except NightdeckError as error:
        return error


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("what", CREDENTIALS)
async def test_no_credentials_reach_another_server(line: Line, what: str, status: int) -> None:
    auth, options, send = CREDENTIALS[what]
    for location in ("http://127.0.0.1:THERE/x", "http://localhost:HERE/x", "//127.0.0.1:THERE/x"):
        line.lead_to(location, status)
        async with client_for(line, auth, options) as client:
            with pytest.raises(BadAnswer, match="which may not have the credentials") as caught:
                await send(client)
        assert SECRET not in str(caught.value)
        assert_clean(caught.value)
    assert not line.there.requests


ELSEWHERE = [
    "http://127.0.0.1:HERE@127.0.0.1:THERE/x",
    "http://127.0.0.1:HERE\\@127.0.0.1:THERE/x",
    "http://127.0.0.1:THERE\\@127.0.0.1:HERE/landed",
    "http://127.0.0.1:HERE%40127.0.0.1:THERE/x",
    "http://127.0.0.1:THERE#@127.0.0.1:HERE/landed",
    "http://127.0.0.1:THERE?@127.0.0.1:HERE/landed",
    "http://127.0.0.1:HERE /x",
    "http:\\\\127.0.0.1:THERE\\x",
    "http:/\\127.0.0.1:THERE/x",
    "https://127.0.0.1:HERE/landed",
    "https://127.0.0.1:THERE/x",
    "HTTP://127.0.0.1:THERE/x",
    "http://[::1]:THERE/x",
    "http://[::ffff:127.0.0.1]:HERE/landed",
    "http://[127.0.0.1]:HERE/landed",
    "http://127.0.0.1.:HERE/landed",
    "http://127.0.0.1.:THERE/x",
    "http://127.1:HERE/landed",
    "http://2130706433:HERE/landed",
    "http://0x7f.0.0.1:HERE/landed",
    "http://127.0.0.1/landed",
    "http://127.0.0.1:0/x",
    "http://127.0.0.1:99999/x",
    "http://127.0.0.1:HERE.evil.example/x",
    "http://127.0.0.1:-1/x",
    "http://тас.example.com/x",
    "http://xn--a/x",
    "http://xn--80ak6aa92e.com/x",
    "http://ⓔⓧⓐⓜⓟⓛⓔ.com/x",
    "http://１２７.0.0.1:THERE/x",
    "http://a..b/x",
    "http://" + "a" * 300 + "/x",
    "http://" + "a." * 3000 + "com/x",
    "http:///landed",
    "http://",
    "http://[",
    "http://]/x",
    "http://%00/x",
    "http://%zz:1/",
    "ftp://127.0.0.1:THERE/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "gopher://127.0.0.1:THERE/_x",
    "ws://127.0.0.1:THERE/x",
    "",
    "\x00",
    "a" * 70_000,
]


@pytest.mark.parametrize("location", ELSEWHERE, ids=lambda location: location[:40])
async def test_no_spelling_of_an_address_leads_astray(line: Line, location: str) -> None:
    line.lead_to(location)
    async with client_for(line, BasicAuth("ops", SECRET)) as client:
        found = await outcome_of(client.get_json("/jump"))
        if isinstance(found, NightdeckError):
            assert isinstance(found, SystemUnavailable)
            assert found.hint
            assert_clean(found)
        else:
            # It was taken for a place on the system itself, where the credentials are at home.
            assert found == {"landed": True}
        with pytest.raises((OutcomeUnknown, ActionRefused)):
            await client.send_change("POST", "/jump")
    assert not line.there.requests
    asked = [request.url.path for request in line.here.requests]
    assert asked.count("/jump") >= 2
    assert len(asked) <= 6


@pytest.mark.parametrize(
    "location", ["/landed", "landed", "./landed", "//127.0.0.1:HERE/landed", "http://127.0.0.1:HERE/landed"]
)
async def test_a_redirect_on_the_system_itself_is_followed(line: Line, location: str) -> None:
    line.lead_to(location)
    async with client_for(line, BasicAuth("ops", SECRET)) as client:
        assert await client.get_json("/jump") == {"landed": True}
    assert [request.url.path for request in line.here.requests] == ["/jump", "/landed"]
    assert all("authorization" in request.headers for request in line.here.requests)


async def test_a_server_cannot_say_as_whom_we_come(line: Line) -> None:
    line.lead_to("http://somebody:else@127.0.0.1:HERE/landed", 307)
    async with client_for(line) as client:
        await client.log_in("/jump", json={"password": SECRET})
    assert "authorization" not in line.here.requests[-1].headers
    async with client_for(line, TokenAuth(SECRET)) as client:
        await client.get_json("/jump")
    assert line.here.requests[-1].headers["authorization"] == f"Bearer {SECRET}"


async def test_a_login_that_is_redirected_on_the_system_itself_keeps_its_body_only_where_it_must(
    line: Line,
) -> None:
    async with client_for(line) as client:
        for status in STATUSES:
            line.lead_to("/landed", status)
            await client.log_in("/jump", json={"password": SECRET})
            landed = line.here.requests[-1]
            assert landed.method == ("POST" if status in KEEPS else "GET")
            assert (SECRET.encode() in landed.content) is (status in KEEPS)


async def test_chains_and_loops_end(line: Line) -> None:
    async with client_for(line) as client:
        assert await client.get_json("/chain2") == {"landed": True}
        before = len(line.here.requests)
        for path in ("/chain9", "/loop"):
            with pytest.raises(BadAnswer, match="in circles"):
                await client.get_json(path)
        assert len(line.here.requests) - before == 8


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("location", ["/landed", "http://127.0.0.1:THERE/x", None])
async def test_a_change_that_is_redirected_is_not_sent_again(
    line: Line, location: str | None, status: int
) -> None:
    line.lead_to(location, status)
    async with client_for(line, BasicAuth("ops", SECRET)) as client:
        expected = ActionRefused if status in KEEPS else OutcomeUnknown
        for method in ("POST", "GET"):
            with pytest.raises(expected) as caught:
                await client.send_change(method, "/jump", json={"a": 1})
            assert_clean(caught.value)
    assert [request.url.path for request in line.here.requests] == ["/jump", "/jump"]
    assert not line.there.requests


async def test_cookies_stay_with_the_system_that_set_them(line: Line) -> None:
    jar = ClientOptions(keeps_cookies=True, trusted=(line.there.url,), retry=ONCE.retry)
    async with client_for(line, options=jar) as client:
        await client.get_json("/cookie")
        await client.get_json("/landed")
    assert line.here.requests[-1].headers["cookie"] == f"session={SECRET}"
    for domain in ("localhost", ".example.com", "com", "", "127.0.0.2"):
        line.here.requests.clear()

        def system(request: httpx.Request, domain: str = domain) -> httpx.Response:
            return httpx.Response(200, json={}, headers={"set-cookie": f"session=x; Domain={domain}"})

        async with FaultyServer(system) as server:
            options = ClientOptions(keeps_cookies=True, retry=ONCE.retry)
            async with ApiClient(
                server.url, make_settings(timeout=5), make_context(), options=options
            ) as client:
                await client.get_json("/x")
                cookies = list(client._wire._http.cookies.jar)
                assert all(cookie.domain == "127.0.0.1" for cookie in cookies)
