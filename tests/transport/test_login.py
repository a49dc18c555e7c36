"""Logging in: once for all who wait, before the end, never in a loop."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from tests.support.context import InstantClock
from tests.support.faults import Fault, FaultyServer, Simulator
from tests.transport.conftest import SECRET, MakeClient
from tests.transport.test_faults import assert_clean
from tui.core.clock import Clock
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    ConfigError,
    NightdeckError,
    OutcomeUnknown,
    ServerFailed,
    Unauthorized,
    Unreachable,
)
from tui.core.redaction import Redactor
from tui.transport.auth import BasicAuth, SignedAuth, TokenAuth, header_value
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.limits import MAX_TOKEN_CHARS
from tui.transport.login import Credential, LoginAuth
from tui.transport.retry import RetryPolicy

Serve = Callable[[Simulator], Awaitable[FaultyServer]]


class Sessions:
    """A system with sessions that end after some calls, or when a test says so."""

    def __init__(self, *, calls_per_session: int | None = None) -> None:
        self.logins = 0
        self.refreshes = 0
        self.runs = 0
        self.refused = 0
        self.password = SECRET
        self.valid: set[str] = set()
        self.refuses_sessions = False
        self.log_in_gate: asyncio.Event | None = None
        self.log_in_begun = asyncio.Event()
        self.login_status = 401
        self._left: dict[str, int] = {}
        self._calls_per_session = calls_per_session

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            return await self._log_in(request)
        if request.url.path == "/refresh":
            self.refreshes += 1
            return self._new_session()
        token = request.headers.get("x-session", "")
        if token not in self.valid or self.refuses_sessions or self._left.get(token) == 0:
            self.refused += 1
            return httpx.Response(401, json={"message": "session expired"})
        if token in self._left:
            self._left[token] -= 1
        if request.method == "POST":
            self.runs += 1
        return httpx.Response(200, json={"ok": True})

    def expire(self) -> None:
        """End every session."""
        self.valid.clear()

    async def _log_in(self, request: httpx.Request) -> httpx.Response:
        self.logins += 1
        self.log_in_begun.set()
        if self.log_in_gate is not None:
            await self.log_in_gate.wait()
        if request.headers["x-password"] != str(len(self.password)):
            return httpx.Response(self.login_status, json={"message": "wrong password"})
        return self._new_session()

    def _new_session(self) -> httpx.Response:
        token = f"session-token-{self.logins}-{self.refreshes}"
        self.valid.add(token)
        if self._calls_per_session is not None:
            self._left[token] = self._calls_per_session
        return httpx.Response(200, json={"token": token})


class Account:
    """An adapter's side of the login."""

    def __init__(self, clock: Clock, redactor: Redactor) -> None:
        self.client: ApiClient | None = None
        self.password = SECRET
        self.life_s: float | None = None
        self.refreshes = False
        self.seen: list[Credential | None] = []
        self._clock = clock
        self._redactor = redactor

    async def log_in(self, expired: Credential | None) -> Credential:
        """Refresh, or log in."""
        assert self.client is not None
        self.seen.append(expired)
        is_refreshed = self.refreshes and expired is not None
        path = "/refresh" if is_refreshed else "/login"
        answer = await self.client.log_in(path, headers={"x-password": str(len(self.password))})
        token = (await answer.json())["token"]
        ends = self._clock.now() + timedelta(seconds=self.life_s) if self.life_s is not None else None
        return Credential({"X-Session": token}, ends, {"refresh": "r-" + token}, is_refreshed=is_refreshed)


@pytest.fixture
def account(clock: InstantClock, redactor: Redactor) -> Account:
    """The account of the test."""
    return Account(clock, redactor)


@pytest.fixture
def logged_in(
    make_client: MakeClient, account: Account, clock: InstantClock, redactor: Redactor
) -> Callable[..., ApiClient]:
    """Makes a client that logs in."""

    def make(system: Simulator | FaultyServer, **options: object) -> ApiClient:
        auth = LoginAuth(account.log_in, clock, redactor, **options)  # type: ignore[arg-type]
        account.client = make_client(system, auth=auth, timeout=20.0, max_concurrency=8)
        return account.client

    return make


MakeLoggedIn = Callable[..., ApiClient]


async def test_one_login_serves_everybody_who_waits(logged_in: MakeLoggedIn, serve: Serve) -> None:
    system = Sessions()
    client = logged_in(await serve(system))
    await asyncio.gather(*(client.get_json("/jobs") for _ in range(30)))
    assert system.logins == 1
    assert system.refused == 0
    assert client.traffic.logins == 1


async def test_an_expired_session_is_healed_by_one_login_however_many_wait(
    logged_in: MakeLoggedIn, serve: Serve
) -> None:
    system = Sessions()
    client = logged_in(await serve(system))
    await client.get_json("/jobs")
    system.expire()
    answers = await asyncio.gather(*(client.get_json("/jobs") for _ in range(30)))
    assert answers == [{"ok": True}] * 30
    assert system.logins == 2


async def test_sessions_that_end_in_the_middle_of_a_crowd(logged_in: MakeLoggedIn, serve: Serve) -> None:
    system = Sessions(calls_per_session=5)
    client = logged_in(await serve(system))
    answers = await asyncio.gather(*(client.get_json("/jobs") for _ in range(23)), return_exceptions=True)
    assert answers == [{"ok": True}] * 23
    assert system.logins == 5


async def test_wrong_credentials_cost_one_attempt_however_many_wait(
    logged_in: MakeLoggedIn, account: Account, serve: Serve
) -> None:
    system = Sessions()
    client = logged_in(await serve(system))
    account.password = "wrong"
    results = await asyncio.gather(*(client.get_json("/jobs") for _ in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {Unauthorized}
    assert len({str(result) for result in results}) == 1
    assert len({id(result) for result in results}) == 20
    for _ in range(3):
        with pytest.raises(Unauthorized) as caught:
            await client.get_json("/jobs")
        assert_clean(caught.value)
    with pytest.raises(Unauthorized):
        await client.send_change("POST", "/run")
    assert system.logins == 1


async def test_the_user_can_have_it_tried_again(
    logged_in: MakeLoggedIn, account: Account, serve: Serve
) -> None:
    system = Sessions()
    client = logged_in(await serve(system))
    account.password = "wrong"
    with pytest.raises(Unauthorized):
        await client.get_json("/jobs")
    account.password = SECRET
    client.reset()
    assert await client.get_json("/jobs") == {"ok": True}
    assert system.logins == 2


async def test_a_password_that_was_changed_while_we_ran(logged_in: MakeLoggedIn, serve: Serve) -> None:
    system = Sessions()
    client = logged_in(await serve(system))
    await client.get_json("/jobs")
    system.expire()
    system.password = "something else"
    results = await asyncio.gather(*(client.get_json("/jobs") for _ in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {Unauthorized}
    assert system.logins == 2


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_how_systems_refuse_a_login(
    status: int, logged_in: MakeLoggedIn, account: Account, serve: Serve
) -> None:
    system = Sessions()
    system.login_status = status
    account.password = "wrong"
    with pytest.raises(Unauthorized, match="wrong password"):
        await logged_in(await serve(system)).get_json("/jobs")


async def test_a_session_that_is_refused_at_once_does_not_loop(logged_in: MakeLoggedIn, serve: Serve) -> None:
    system = Sessions()
    system.refuses_sessions = True
    client = logged_in(await serve(system))
    for _ in range(3):
        with pytest.raises(Unauthorized, match="refuses the session") as caught:
            await client.get_json("/jobs")
        assert_clean(caught.value)
    assert system.logins == 1


async def test_a_place_that_always_says_401_can_not_cause_a_login_storm(
    logged_in: MakeLoggedIn, serve: Serve
) -> None:
    system = Sessions()
    server = await serve(system)
    client = logged_in(server)
    await client.get_json("/jobs")
    server.inject(Fault.EXPIRED, times=None, when=lambda request: request.url.path == "/secret")
    for _ in range(5):
        with pytest.raises(Unauthorized):
            await client.get_json("/secret")
    assert system.logins == 2


async def test_a_login_that_does_not_get_through_is_shared_and_tried_again_later(
    logged_in: MakeLoggedIn, serve: Serve, make_client: MakeClient
) -> None:
    system = Sessions()
    server = await serve(system)
    client = logged_in(server)
    server.inject(Fault.FAILED, times=None)
    with pytest.raises(ServerFailed):
        await client.get_json("/jobs")
    server.heal()
    assert await client.get_json("/jobs") == {"ok": True}


async def test_a_session_is_renewed_before_its_end(
    logged_in: MakeLoggedIn, account: Account, clock: InstantClock, serve: Serve
) -> None:
    system = Sessions()
    account.life_s = 900
    client = logged_in(await serve(system), margin_s=300)
    await client.get_json("/jobs")
    await clock.sleep(590)
    await client.get_json("/jobs")
    assert system.logins == 1
    await clock.sleep(20)
    await asyncio.gather(*(client.get_json("/jobs") for _ in range(10)))
    assert (system.logins, system.refused) == (2, 0)


async def test_a_session_that_ends_before_it_began_does_not_cause_a_login_storm(
    logged_in: MakeLoggedIn, account: Account, serve: Serve
) -> None:
    system = Sessions()
    account.life_s = -3600
    client = logged_in(await serve(system))
    for _ in range(10):
        await client.get_json("/jobs")
    assert system.logins == 1


async def test_a_login_service_that_is_away_costs_nothing_while_the_session_lasts(
    logged_in: MakeLoggedIn, account: Account, clock: InstantClock, serve: Serve
) -> None:
    system = Sessions()
    account.life_s = 900
    server = await serve(system)
    client = logged_in(server, margin_s=300)
    await client.get_json("/jobs")
    server.inject(Fault.FAILED, times=None, when=lambda request: request.url.path == "/login")
    await clock.sleep(650)
    assert await client.get_json("/jobs") == {"ok": True}
    await clock.sleep(300)
    with pytest.raises(ServerFailed):
        await client.get_json("/jobs")


async def test_an_expired_session_is_refreshed_and_only_then_is_the_password_used(
    logged_in: MakeLoggedIn, account: Account, serve: Serve
) -> None:
    system = Sessions()
    account.refreshes = True
    client = logged_in(await serve(system))
    await client.get_json("/jobs")
    system.expire()
    await client.get_json("/jobs")
    assert (system.logins, system.refreshes) == (1, 1)
    assert account.seen[0] is None
    assert account.seen[1] is not None
    assert account.seen[1].secrets == {"refresh": "r-session-token-1-0"}


async def test_a_refreshed_session_that_is_refused_leads_to_one_login(
    logged_in: MakeLoggedIn, account: Account, serve: Serve
) -> None:
    system = Sessions()
    account.refreshes = True
    client = logged_in(await serve(system))
    await client.get_json("/jobs")
    system.refuses_sessions = True
    with pytest.raises(Unauthorized):
        await client.get_json("/jobs")
    assert (system.logins, system.refreshes) == (2, 1)


async def test_a_change_is_sent_again_only_because_its_session_had_expired(
    logged_in: MakeLoggedIn, serve: Serve
) -> None:
    system = Sessions()
    server = await serve(system)
    client = logged_in(server)
    await client.get_json("/jobs")
    system.expire()
    answer = await client.send_change("POST", "/run")
    assert answer.status == 200
    assert system.runs == 1
    assert [request.url.path for request in server.requests][-3:] == ["/run", "/login", "/run"]


async def test_resending_changes_can_be_forbidden(logged_in: MakeLoggedIn, serve: Serve) -> None:
    system = Sessions()
    client = logged_in(await serve(system), resends_changes=False)
    await client.get_json("/jobs")
    system.expire()
    with pytest.raises(ActionRefused, match="was not made") as caught:
        await client.send_change("POST", "/run")
    assert_clean(caught.value)
    assert system.runs == 0
    assert (await client.send_change("POST", "/run")).status == 200
    assert system.runs == 1


async def test_a_change_that_is_lost_after_the_login_was_renewed(
    logged_in: MakeLoggedIn, serve: Serve
) -> None:
    system = Sessions()
    server = await serve(system)
    client = logged_in(server)
    await client.get_json("/jobs")
    system.expire()
    server.inject(Fault.LOST, when=lambda request: request.url.path == "/run" and system.logins == 2)
    with pytest.raises(OutcomeUnknown):
        await client.send_change("POST", "/run")
    assert system.runs == 1


async def test_a_change_during_an_outage_of_the_login_was_not_sent(
    logged_in: MakeLoggedIn, serve: Serve
) -> None:
    system = Sessions()
    server = await serve(system)
    client = logged_in(server)
    server.inject(Fault.TRUNCATED, when=lambda request: request.url.path == "/login")
    with pytest.raises(Unreachable, match="not sent"):
        await client.send_change("POST", "/run")
    assert system.runs == 0


async def test_expiry_told_in_the_body_of_a_success(
    make_client: MakeClient, clock: InstantClock, redactor: Redactor
) -> None:
    logins = 0

    def system(request: httpx.Request) -> httpx.Response:
        is_new = request.headers["apim-accesstoken"] == "token-2"
        return httpx.Response(200, json={"code": 0 if is_new else 1203})

    async def log_in(_: Credential | None) -> Credential:
        nonlocal logins
        logins += 1
        return Credential({"apim-accesstoken": f"token-{logins}"}, is_refreshed=True)

    def is_expired(response: httpx.Response) -> bool:
        return bool(response.json()["code"] == 1203)

    auth = LoginAuth(log_in, clock, redactor, is_expired=is_expired, reads_body=lambda _: True)
    assert await make_client(system, auth=auth).get_json("/flows") == {"code": 0}
    assert logins == 2


class Endless(httpx.AsyncByteStream):
    """A body that never ends, and knows how much of it was read."""

    def __init__(self) -> None:
        self.pieces = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.pieces += 1
            yield b"a line of a log\n" * 4096


async def test_a_body_that_is_streamed_is_not_read_beforehand(
    make_client: MakeClient, clock: InstantClock, redactor: Redactor
) -> None:
    logins, log = 0, Endless()

    def system(request: httpx.Request) -> httpx.Response:
        if request.headers["x-session"] == "token-1":
            return httpx.Response(403, json={"detail": "session expired"})
        return httpx.Response(200, stream=log)

    async def log_in(_: Credential | None) -> Credential:
        nonlocal logins
        logins += 1
        return Credential({"x-session": f"token-{logins}"}, is_refreshed=True)

    def is_expired(response: httpx.Response) -> bool:
        return response.status_code == 403 and "expired" in response.text

    auth = LoginAuth(
        log_in, clock, redactor, is_expired=is_expired, reads_body=lambda response: response.is_error
    )
    async with make_client(system, auth=auth).stream("/log") as answer:
        async for line in answer.lines():
            assert line == b"a line of a log"
            break
        assert (logins, log.pieces) == (2, 1)


async def test_the_first_waiter_may_give_up_without_spoiling_the_login(
    logged_in: MakeLoggedIn, serve: Serve
) -> None:
    system = Sessions()
    system.log_in_gate = asyncio.Event()
    server = await serve(system)
    client = logged_in(server)
    first = asyncio.create_task(client.get_json("/jobs"))
    others = [asyncio.create_task(client.get_json("/jobs")) for _ in range(3)]
    await system.log_in_begun.wait()
    first.cancel()
    system.log_in_gate.set()
    assert await asyncio.gather(*others) == [{"ok": True}] * 3
    assert system.logins == 1
    assert first.cancelled()


async def test_closing_gives_up_a_login_under_way(logged_in: MakeLoggedIn, serve: Serve) -> None:
    system = Sessions()
    system.log_in_gate = asyncio.Event()
    server = await serve(system)
    client = logged_in(server)
    waiting = asyncio.create_task(client.get_json("/jobs"))
    await system.log_in_begun.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await client.aclose()
    assert len(asyncio.all_tasks()) <= 1 + server.connections


async def test_the_tokens_of_a_session_are_masked(
    logged_in: MakeLoggedIn, redactor: Redactor, serve: Serve
) -> None:
    client = logged_in(await serve(Sessions()))
    await client.get_json("/jobs")
    assert redactor.mask("with session-token-1-0 or r-session-token-1-0") == "with ••• or •••"


async def test_a_fact_of_the_login_can_be_asked_beforehand(clock: InstantClock, redactor: Redactor) -> None:
    async def log_in(_: Credential | None) -> Credential:
        await asyncio.sleep(0)
        return Credential(facts={"pod": "https://na1.example.com"})

    auth = LoginAuth(log_in, clock, redactor)
    assert (await auth.credential()).facts["pod"] == "https://na1.example.com"


async def test_wrong_basic_credentials_cost_one_attempt_however_many_wait(
    make_client: MakeClient, serve: Serve
) -> None:
    attempts = 0

    def system(_: httpx.Request) -> httpx.Response:
        nonlocal attempts
        attempts += 1
        return httpx.Response(401)

    client = make_client(await serve(system), auth=BasicAuth("ops", SECRET))
    results = await asyncio.gather(*(client.get_json("/jobs") for _ in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {Unauthorized}
    assert attempts == 1


async def test_a_system_that_is_down_is_tried_by_one_request_for_all(make_client: MakeClient) -> None:
    attempts = 0

    async def system(_: httpx.Request) -> httpx.Response:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(0)
        raise httpx.ConnectError("refused")

    client = make_client(system, options=ClientOptions(retry=RetryPolicy(attempts=1)), max_concurrency=20)
    results = await asyncio.gather(*(client.get_json("/jobs") for _ in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {Unreachable}
    assert attempts == 1


@pytest.mark.parametrize(("status", "most"), [(403, 1), (404, 1), (500, 5)])
async def test_credentials_that_were_taken_let_the_others_go_on_together(
    status: int, most: int, make_client: MakeClient
) -> None:
    alone, at_once, peak = 0, 0, 0

    async def system(_: httpx.Request) -> httpx.Response:
        nonlocal alone, at_once, peak
        at_once += 1
        peak = max(peak, at_once)
        alone += at_once == 1
        await asyncio.sleep(0.001)
        at_once -= 1
        return httpx.Response(status)

    client = make_client(system, max_concurrency=4)
    results = await asyncio.gather(*(client.get_json("/jobs") for _ in range(5)), return_exceptions=True)
    assert all(isinstance(result, NightdeckError) for result in results)
    assert peak == (4 if most == 1 else 1)


async def test_basic_and_token_headers(make_client: MakeClient) -> None:
    seen: list[httpx.Headers] = []

    def system(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(204)

    await make_client(system, auth=BasicAuth("ops", "pässword")).get_json("/x")
    await make_client(system, auth=TokenAuth("abc.def\n")).get_json("/x")
    await make_client(system, auth=TokenAuth("abc", header="X-SLURM-USER-TOKEN", scheme="")).get_json("/x")
    assert seen[0]["authorization"] == "Basic b3BzOnDDpHNzd29yZA=="
    assert seen[1]["authorization"] == "Bearer abc.def"
    assert seen[2]["x-slurm-user-token"] == "abc"


@pytest.mark.parametrize("secret", ["", "\n", "a\nb", "pässword", "a\x00b"])
def test_a_token_that_fits_into_no_header(secret: str) -> None:
    with pytest.raises(ConfigError) as caught:
        header_value(secret)
    assert_clean(caught.value)
    with pytest.raises(ConfigError):
        TokenAuth(secret)


async def test_a_signature_is_made_from_exactly_what_is_sent_and_anew_for_each_attempt(
    make_client: MakeClient, clock: InstantClock
) -> None:
    seen: list[httpx.Request] = []

    def signature(request: httpx.Request, stamp: str) -> str:
        params = "".join(name + value for name, value in sorted(request.url.params.multi_items()))
        return hashlib.sha256(f"{params}{stamp}".encode() + request.content).hexdigest()

    def sign(request: httpx.Request) -> dict[str, str]:
        stamp = str(clock.monotonic())
        return {"apim-timestamp": stamp, "apim-signature": signature(request, stamp)}

    def system(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        assert request.headers["apim-signature"] == signature(request, request.headers["apim-timestamp"])
        return httpx.Response(503 if len(seen) == 1 else 200, json={})

    client = make_client(system, auth=SignedAuth(sign))
    await client.get_json("/flows", method="POST", params={"orgId": "o 1", "action": "ä"}, json={"a": 1})
    assert len({request.headers["apim-timestamp"] for request in seen}) == 2


@pytest.mark.parametrize("length", [MAX_TOKEN_CHARS, MAX_TOKEN_CHARS + 1])
async def test_a_token_of_unreasonable_length_is_not_taken(length: int, make_client: MakeClient) -> None:
    token = "t" * length
    asked: list[str] = []

    def system(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        is_in = request.headers.get("x-session") == token
        return httpx.Response(200 if is_in or request.url.path == "/login" else 401, json={})

    clock, redactor = InstantClock(), Redactor()

    async def log_in(_: Credential | None) -> Credential:
        await client.log_in("/login")
        return Credential(headers={"x-session": token})

    client = make_client(system, auth=LoginAuth(log_in, clock, redactor))
    if length <= MAX_TOKEN_CHARS:
        assert await client.get_json("/x") == {}
        assert redactor.mask(token) == "•••"
        return
    with pytest.raises(BadAnswer, match="16,385 characters") as caught:
        await client.get_json("/x")
    assert_clean(caught.value)
    assert asked == ["/login"]
