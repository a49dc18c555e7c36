"""The client over a plain function: addresses, bodies, statuses, redirects, cookies."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from tests.support.context import InstantClock, make_context, make_settings
from tests.transport.conftest import SECRET, MakeClient
from tests.transport.test_faults import assert_clean
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    ConfigError,
    Forbidden,
    NightdeckError,
    NotFound,
    RateLimited,
    ServerFailed,
    Unauthorized,
    Unreachable,
)
from tui.core.redaction import Redactor
from tui.transport.answer import Answer
from tui.transport.auth import SignedAuth
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.limits import LONGEST_PAUSE_S
from tui.transport.origins import segment
from tui.transport.retry import RetryPolicy

ONCE = ClientOptions(retry=RetryPolicy(attempts=1))


class Recorder:
    """Answers every request alike, and remembers them."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers) or [httpx.Response(200, json={})]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def urls(self) -> list[str]:
        return [str(request.url) for request in self.requests]


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        ("", "/jobs", "https://tac.example.com/jobs"),
        ("", "jobs", "https://tac.example.com/jobs"),
        ("/opt/", "/etls/", "https://tac.example.com/opt/etls/"),
        ("/opt", "", "https://tac.example.com/opt"),
        ("/tac", "metaServlet?ab+/cd==", "https://tac.example.com/tac/metaServlet?ab+/cd=="),
        ("", "/etls/a%2Fb/status", "https://tac.example.com/etls/a%2Fb/status"),
    ],
)
async def test_paths_are_below_the_address(base: str, path: str, url: str, make_client: MakeClient) -> None:
    system = Recorder()
    await make_client(system, path=base).get_json(path)
    assert system.urls == [url]


async def test_the_query_of_a_path_reaches_the_server_byte_by_byte(make_client: MakeClient) -> None:
    system = Recorder()
    payload = base64.b64encode(json.dumps({"actionName": "x", "authPass": SECRET}).encode()).decode()
    await make_client(system).get_json(f"metaServlet?{payload}")
    assert system.requests[0].url.query == payload.encode()


async def test_what_is_sent_with_a_read(make_client: MakeClient) -> None:
    system = Recorder()
    client = make_client(system, options=ClientOptions(headers={"X-Client": "nd"}))
    await client.get_json(
        "/f", method="POST", params={"orgId": "o1", "page": 2}, json={"a": "ä"}, headers={"X-One": "1"}
    )
    request = system.requests[0]
    assert request.method == "POST"
    assert str(request.url) == "https://tac.example.com/f?orgId=o1&page=2"
    assert request.content == b'{"a":"\\u00e4"}'
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert request.headers["x-client"] == "nd"
    assert request.headers["x-one"] == "1"
    assert request.headers["user-agent"].startswith("nightdeck/")


async def test_exact_bytes_and_forms_as_bodies(make_client: MakeClient) -> None:
    system = Recorder()
    client = make_client(system)
    await client.send_change("POST", "/a", content=b'{"flowId": 1}', headers={"Content-Type": "text/x"})
    await client.send_change("POST", "/b", form={"user": "ä b"})
    await client.send_change("DELETE", "/c")
    first, second, third = system.requests
    assert (first.content, first.headers["content-type"]) == (b'{"flowId": 1}', "text/x")
    assert (second.content, second.headers["content-type"]) == (
        b"user=%C3%A4+b",
        "application/x-www-form-urlencoded",
    )
    assert (third.content, third.method) == (b"", "DELETE")
    assert client.traffic.bytes_sent == len(first.content) + len(second.content)


@pytest.mark.parametrize(
    ("body", "headers", "value"),
    [
        (b'{"n": "\xe4"}', {}, {"n": "ä"}),
        ('{"n": "ä"}'.encode(), {"content-type": "application/json; charset=ISO-8859-1"}, {"n": "ä"}),
        (b'{"n": "\xa4"}', {"content-type": "application/json;charset=ISO-8859-15"}, {"n": "€"}),
        (b'{"n": "\xe4"}', {"content-type": "application/json; charset=nonsense"}, {"n": "ä"}),
        (b"\xef\xbb\xbf[1]", {}, [1]),
        ('{"n": 1}'.encode("utf-16"), {}, {"n": 1}),
        (b'{"log": "a\nb"}', {"content-type": "text/plain"}, {"log": "a\nb"}),
        (b"", {}, None),
        (b" \r\n", {}, None),
        (b'["\\ud83d", "\\ud83d\\ude00", "\\\\ud83d"]', {}, ["\ufffd", "😀", "\\ud83d"]),
    ],
)
async def test_json_in_the_shapes_that_systems_send(
    body: bytes, headers: dict[str, str], value: object, make_client: MakeClient
) -> None:
    client = make_client(Recorder(httpx.Response(200, content=body, headers=headers)))
    assert await client.get_json("/x") == value


async def test_no_content_is_an_answer(make_client: MakeClient) -> None:
    client = make_client(Recorder(httpx.Response(204)))
    assert await client.get_json("/x") is None
    answer = await client.send_change("POST", "/x")
    assert (answer.status, answer.body, await answer.json()) == (204, b"", None)


@pytest.mark.parametrize(
    "body",
    [
        b"ERROR: no such task",
        b'{"a": ',
        b"[1, 2",
        b"{'a': 1}",
        b"[" * 100_000,
        b"[" + b"9" * 5000 + b"]",
        b"1 2",
    ],
)
async def test_garbage_is_a_bad_answer_that_quotes_a_little(body: bytes, make_client: MakeClient) -> None:
    client = make_client(Recorder(httpx.Response(200, content=body)))
    with pytest.raises(BadAnswer) as caught:
        await client.get_json("/x")
    assert_clean(caught.value)
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html></html>",
        b"\xef\xbb\xbf\n  <html lang='en'>",
        b"<?xml version='1.0'?>\n<!-- c -->\n<!doctype HTML>",
        b"<!-- Tomcat -->\n<HTML><BODY>",
    ],
)
async def test_a_web_page_is_never_taken_for_an_answer(page: bytes, make_client: MakeClient) -> None:
    client = make_client(Recorder(httpx.Response(200, content=page)))
    for read in (client.get_json, client.get_text, client.get_bytes):
        with pytest.raises(BadAnswer, match="web page"):
            await read("/x")
    assert (await client.read("/x")).is_page


async def test_text_and_bytes(make_client: MakeClient) -> None:
    client = make_client(Recorder(httpx.Response(200, content=b"Gr\xfc\xdfe <html> PK")))
    assert await client.get_text("/x") == "Grüße <html> PK"
    assert await client.get_bytes("/x") == b"Gr\xfc\xdfe <html> PK"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, BadAnswer),
        (304, BadAnswer),
        (400, BadAnswer),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, BadAnswer),
        (407, Unreachable),
        (429, RateLimited),
        (500, ServerFailed),
        (502, ServerFailed),
        (599, ServerFailed),
    ],
)
async def test_what_a_status_says_of_a_read(
    status: int, expected: type[NightdeckError], make_client: MakeClient
) -> None:
    body = json.dumps({"error": {"code": 7, "message": f"cannot \x1b[31m do\n\tit for {SECRET}"}}).encode()
    client = make_client(Recorder(httpx.Response(status, content=body)), options=ONCE)
    with pytest.raises(NightdeckError) as caught:
        await client.get_json(f"/x?p={SECRET}")
    assert type(caught.value) is expected
    assert_clean(caught.value)
    assert caught.value.message.isprintable()
    if expected in (Forbidden, NotFound, ServerFailed):
        assert "cannot [31m do it for •••" in caught.value.message
    if isinstance(caught.value, ServerFailed):
        assert caught.value.code == str(status)


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (b'{"@type":"error","code":"APP_13404","description":"no such task"}', "no such task"),
        (b'{"status":"failure","reason":"File does not exist"}', "File does not exist"),
        (b'[{"errorMessage":"bad filter"}]', "bad filter"),
        (b"<html><head><title>Apache Tomcat &amp; co - Error</title>", "Apache Tomcat & co - Error"),
        (b"<html><body><p>Resource not found.</p></body>", "Resource not found."),
        (b"plain words", "plain words"),
        (b'{"code": 4}', '{"code": 4}'),
        (b"x" * 100_000, "x" * 199 + "…"),
        (b"[" * 50_000, "[" * 199 + "…"),
        (b"", ""),
    ],
)
async def test_errors_quote_what_the_system_says(body: bytes, quoted: str, make_client: MakeClient) -> None:
    client = make_client(Recorder(httpx.Response(403, content=body)))
    with pytest.raises(Forbidden) as caught:
        await client.get_json("/x")
    tail = f": {quoted}" if quoted else ""
    assert caught.value.message == f"tac.example.com forbids this to the account (403){tail}"


async def test_a_404_where_no_id_is_asked_for_means_that_the_address_is_wrong(
    make_client: MakeClient,
) -> None:
    client = make_client(Recorder(httpx.Response(404, html="<html>")))
    with pytest.raises(BadAnswer, match="no such API"):
        await client.get_json("/etls/", is_fixed=True)


async def test_an_adapter_reads_the_statuses_that_it_accepts_itself(make_client: MakeClient) -> None:
    client = make_client(Recorder(httpx.Response(400, json={"message": "ETL not found"})))
    answer = await client.read("/etls/9/status", accept={400, 204})
    assert (answer.status, await answer.json()) == (400, {"message": "ETL not found"})
    changed = await client.send_change("POST", "/etls/9/run", accept={400})
    assert changed.status == 400


async def test_an_adapter_may_read_errors_in_the_systems_own_words(make_client: MakeClient) -> None:
    def judge(answer: Answer) -> NightdeckError | None:
        return NotFound("no such object") if b"APP_13404" in answer.body else None

    client = make_client(
        Recorder(httpx.Response(403, json={"code": "APP_13404"}), httpx.Response(403)),
        options=ClientOptions(judge=judge),
    )
    with pytest.raises(NotFound, match="no such object"):
        await client.get_json("/task/1")
    with pytest.raises(Forbidden):
        await client.get_json("/task/1")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("7", 7.0), ("0", 0.0), ("soon", None), ("", None), ("-3", None)),
        *(("9" * 5000, LONGEST_PAUSE_S), ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_PAUSE_S)),
        *(("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_PAUSE_S), ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0)),
        ("Fri, 99 Zzz 9999 99:99:99 GMT", None),
    ],
)
async def test_retry_after(header: str, seconds: float | None, make_client: MakeClient) -> None:
    client = make_client(Recorder(httpx.Response(429, headers={"Retry-After": header})), options=ONCE)
    with pytest.raises(RateLimited) as caught:
        await client.get_json("/x")
    assert caught.value.retry_after_s == seconds


async def test_retry_after_as_a_date(make_client: MakeClient, clock: InstantClock) -> None:
    date = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    client = make_client(Recorder(httpx.Response(503, headers={"Retry-After": date})), options=ONCE)
    with pytest.raises(ServerFailed) as caught:
        await client.get_json("/x")
    assert caught.value.retry_after_s == 90.0


class Redirecting:
    """Redirects once or for ever."""

    def __init__(self, status: int, location: str, *, is_endless: bool = False) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = httpx.Response(status, headers={"location": location})
        self._is_endless = is_endless

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if len(self.requests) == 1 or self._is_endless:
            return self._answer
        return httpx.Response(200, json={"ok": True})


@pytest.mark.parametrize(
    "location", ["/etls/", "https://tac.example.com/etls/", "//tac.example.com:443/etls/"]
)
async def test_a_read_follows_a_redirect_on_the_same_server(location: str, make_client: MakeClient) -> None:
    system = Redirecting(302, location)
    assert await make_client(system).get_json("/etls", headers={"X-One": "1"}) == {"ok": True}
    assert system.requests[1].url.path == "/etls/"
    assert system.requests[1].headers["x-one"] == "1"


@pytest.mark.parametrize(("status", "method", "body"), [(303, "GET", b""), (308, "POST", b'{"q":1}')])
async def test_how_a_read_that_posts_is_redirected(
    status: int, method: str, body: bytes, make_client: MakeClient
) -> None:
    system = Redirecting(status, "/other")
    await make_client(system).get_json("/search", method="POST", json={"q": 1})
    assert (system.requests[1].method, system.requests[1].content) == (method, body)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example.com/login?x=1",
        "http://tac.example.com/etls/",
        "https://tac.example.com:8443/",
        "https://tac.example.com.evil.example.com/",
        "ftp://tac.example.com/",
    ],
)
async def test_nothing_is_sent_to_another_server(location: str, make_client: MakeClient) -> None:
    system = Redirecting(302, location)
    with pytest.raises(BadAnswer, match="sends us to") as caught:
        await make_client(system).get_json(f"/etls?p={SECRET}")
    assert len(system.requests) == 1
    assert_clean(caught.value)


async def test_a_broken_redirect_and_one_in_circles(make_client: MakeClient) -> None:
    with pytest.raises(BadAnswer):
        await make_client(Redirecting(302, "https://[broken")).get_json("/x")
    endless = Redirecting(302, "/x", is_endless=True)
    with pytest.raises(BadAnswer, match="circles"):
        await make_client(endless).get_json("/x")
    assert len(endless.requests) == 4


async def test_a_plain_address_may_be_redirected_to_its_tls_twin() -> None:
    system = Redirecting(301, "https://tac.example.com/jobs")
    context = make_context(transport=httpx.MockTransport(system))
    async with ApiClient("http://tac.example.com", make_settings(), context) as client:
        assert await client.get_json("/jobs") == {"ok": True}


async def test_whole_addresses_only_for_servers_that_are_trusted(make_client: MakeClient) -> None:
    system = Recorder()
    client = make_client(system, options=ClientOptions(trusted=("https://portal.example.com",)))
    await client.get_json("https://portal.example.com/ims/api")
    with pytest.raises(BadAnswer, match="may not have its credentials"):
        await client.get_json("https://pod.example.com/saas/api")
    assert client.trust("https://pod.example.com/saas/") == "https://pod.example.com/saas"
    await client.get_json("https://pod.example.com/saas/api")
    assert [request.url.host for request in system.requests] == ["portal.example.com", "pod.example.com"]


@pytest.mark.parametrize(
    "address", ["http://pod.example.com", "pod.example.com", "https://u:p@pod.example.com", ""]
)
async def test_a_server_named_by_a_login_must_have_tls(address: str, make_client: MakeClient) -> None:
    with pytest.raises(BadAnswer, match="trusted") as caught:
        make_client(Recorder()).trust(address)
    assert_clean(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        *("", "tac.example.com", "ftp://tac.example.com", "https://", "https://[broken", "https://h:port"),
        *(f"https://ops:{SECRET}@tac.example.com", "https://h/x?password=hunter2", "https://h/#x"),
    ],
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ApiClient(address, make_settings(), make_context())
    assert_clean(caught.value)


def test_an_id_can_not_reach_another_path() -> None:
    assert segment("a/b?c#d%2F ä") == "a%2Fb%3Fc%23d%252F%20%C3%A4"
    for value in ("", ".", ".."):
        with pytest.raises(NotFound):
            segment(value)


async def test_cookies_are_kept_only_where_the_adapter_wants_them(make_client: MakeClient) -> None:
    def answers() -> Recorder:
        return Recorder(httpx.Response(200, headers={"set-cookie": "JSESSIONID=77AA; Path=/"}, json={}))

    without, kept = answers(), answers()
    client = make_client(kept, options=ClientOptions(keeps_cookies=True))
    for _ in range(2):
        await make_client(without).get_json("/x")
        await client.get_json("/x")
    assert "cookie" not in without.requests[1].headers
    assert kept.requests[1].headers["cookie"] == "JSESSIONID=77AA"
    client.reset()
    await client.get_json("/x")
    assert "cookie" not in kept.requests[2].headers


async def test_a_session_in_a_cookie_is_a_secret_and_ever_new_ones_are_none(
    make_client: MakeClient, redactor: Redactor
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        number = request.url.params["n"]
        headers = [
            ("set-cookie", f"JSESSIONID=session-no-{number}x; Path=/"),
            ("set-cookie", "lang=en; Path=/"),
        ]
        return httpx.Response(200, headers=headers, json={})

    redactor.add_passing("token-of-another")
    client = make_client(answer, options=ClientOptions(keeps_cookies=True))
    await client.get_json("/x", params={"n": 1})
    assert redactor.hide("with session-no-1x in en") == "with ••• in en"
    for number in range(2, 60):
        await client.get_json("/x", params={"n": number})
    assert redactor.knows("token-of-another")


async def test_a_flood_of_cookies_is_forgotten(make_client: MakeClient) -> None:
    def flood(request: httpx.Request) -> httpx.Response:
        assert len(request.headers.get("cookie", "")) < 2000
        start = int(request.url.params["n"]) * 10
        headers = [("set-cookie", f"c{start + i}=1; Path=/") for i in range(10)]
        return httpx.Response(200, headers=headers, json={})

    client = make_client(flood, options=ClientOptions(keeps_cookies=True))
    for number in range(30):
        await client.get_json("/x", params={"n": number})
    assert client.traffic.requests == 30


async def test_a_character_that_no_header_can_carry(make_client: MakeClient) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError(f"Illegal header value b'{SECRET}'")

    client = make_client(refuse)
    for headers in ({"X-Token": "päss"}, {"X-Token": "fine"}):
        with pytest.raises(ConfigError) as caught:
            await client.send_change("POST", "/x", headers=headers)
        assert_clean(caught.value)


async def test_refused_credentials_are_not_sent_again_until_the_user_acts(make_client: MakeClient) -> None:
    system = Recorder(httpx.Response(401), httpx.Response(200, json=[]))
    client = make_client(system)
    for _ in range(3):
        with pytest.raises(Unauthorized):
            await client.get_json("/x")
    with pytest.raises(Unauthorized):
        await client.send_change("POST", "/x")
    assert len(system.requests) == 1
    client.reset()
    assert await client.get_json("/x") == []


async def test_an_adapter_can_say_that_the_credentials_are_refused(make_client: MakeClient) -> None:
    system = Recorder()
    client = make_client(system)
    client.refuse(Unauthorized("returnCode 3", hint="check the password"))
    with pytest.raises(Unauthorized, match="returnCode 3"):
        await client.get_json("/x")
    assert not system.requests


async def test_what_is_counted(make_client: MakeClient) -> None:
    client = make_client(Recorder(httpx.Response(503), httpx.Response(200, json=[1, 2])))
    await client.get_json("/x")
    await client.log_in("/login", json={})
    traffic = client.traffic
    assert (traffic.requests, traffic.retries, traffic.logins) == (3, 1, 1)
    assert traffic.bytes_received == 2 * len(b"[1,2]")
    assert traffic.bytes_sent == 2
    assert traffic.round_trip_s == 0.0


@pytest.mark.parametrize("send", ["read", "change", "login"])
async def test_the_debug_log_has_addresses_without_queries_and_secrets(
    send: str, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    client = make_client(Recorder(), path=f"/{segment(SECRET)}")
    path = f"/jobs?password={SECRET}"
    calls: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "read": lambda: client.get_json(path),
        "change": lambda: client.send_change("POST", path),
        "login": lambda: client.log_in(path, headers={"Authorization": "hunter2"}),
    }
    await calls[send]()
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "https://tac.example.com/•••/jobs: 200 after 0 ms" in told
    assert "password" not in told
    assert "hunter2" not in told


async def test_a_login_goes_around_credentials_and_refusals(make_client: MakeClient) -> None:
    system = Recorder(httpx.Response(400, json={"message": f"bad password {SECRET}"}))
    client = make_client(system)
    with pytest.raises(Unauthorized, match="refused the login") as caught:
        await client.log_in("/login", json={"password": SECRET})
    assert_clean(caught.value)
    with pytest.raises(BadAnswer):
        await client.log_in("/login", bad=(401,))
    assert (await client.log_in("/login", accept={400})).status == 400
    assert len(system.requests) == 3


@pytest.mark.parametrize(("status", "error"), [(404, BadAnswer), (503, ServerFailed), (429, RateLimited)])
async def test_a_login_that_can_not_be_tried_is_no_refusal(
    status: int, error: type[NightdeckError], make_client: MakeClient
) -> None:
    system = Recorder(httpx.Response(status))
    with pytest.raises(error):
        await make_client(system).log_in("/login")
    assert len(system.requests) == 1


async def test_a_change_whose_login_fails_was_not_sent(make_client: MakeClient) -> None:
    system = Recorder(httpx.Response(200, content=b"garbage"))

    def sign(_: httpx.Request) -> dict[str, str]:
        raise BadAnswer("the login makes no sense", hint="look")

    with pytest.raises(Unreachable, match="the change was not sent"):
        await make_client(system, auth=SignedAuth(sign)).send_change("POST", "/run")
    assert not system.requests


async def test_a_refused_change_says_what_the_system_says(make_client: MakeClient) -> None:
    system = Recorder(httpx.Response(409, json={"detail": "already running"}))
    with pytest.raises(ActionRefused, match="already running"):
        await make_client(system).send_change("POST", "/run")


def test_only_an_httpx_transport_can_stand_for_the_network() -> None:
    context = make_context(transport="no transport")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        ApiClient("https://tac.example.com", make_settings(), context)


async def test_a_client_that_was_closed_meanwhile_says_so(make_client: MakeClient) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    client = make_client(answer)
    await client.aclose()
    for work in (client.get_json("api"), client.send_change("POST", "api")):
        with pytest.raises(Unreachable, match="closed meanwhile; nothing was sent"):
            await work
    assert sent == []
