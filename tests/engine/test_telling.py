"""Targets elsewhere: told in a thread, over a real socket, with no token of theirs in any complaint."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tui.core.errors import ConfigError
from tui.core.redaction import Redactor
from tui.engine.telling import News, Targets, examine_target, send_by_apprise, without_address

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""The library's own, when it loads its plugins."""

NEWS = News("nightdeck: ended", "load on alpha: failed", is_bad=True)
TOKEN = "tk-5f2b8c1d9e"


class Chat(ThreadingHTTPServer):
    """Takes what is told, or refuses it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.told: list[dict[str, str]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/{TOKEN}"


class _Answer(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.told.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    thread = threading.Thread(target=chat.serve_forever, daemon=True)
    thread.start()
    yield chat
    chat.shutdown()
    chat.server_close()
    thread.join()


def known(*urls: str) -> list[Callable[[], str]]:
    return [lambda url=url: url for url in urls]  # type: ignore[misc]


async def test_a_target_is_told_over_a_real_socket(chat: Chat) -> None:
    assert await Targets(known(chat.url), Redactor()).tell(NEWS) == []
    (told,) = chat.told
    assert (told["title"], told["message"], told["type"]) == (NEWS.title, NEWS.text, "failure")


async def test_no_target_takes_the_name_of_a_job_for_markup(chat: Chat) -> None:
    news = News("nightdeck: ended", "<img src=http://x.example> on <b>alpha</b>: failed")
    assert await Targets(known(f"{chat.url}?format=html"), Redactor()).tell(news) == []
    (told,) = chat.told
    assert "<img" not in told["message"]
    assert "&lt;img" in told["message"]


async def test_one_that_refuses_is_told_of_once_and_never_with_its_token(
    chat: Chat, capfd: pytest.CaptureFixture[str]
) -> None:
    chat.status = 503
    targets = Targets(known(chat.url, chat.url), Redactor())
    complaints = await targets.tell(NEWS)
    assert len(complaints) == 2
    assert complaints[0].startswith("target 1 was not told: JSON refused it")
    assert TOKEN not in "".join(complaints)
    assert await targets.tell(NEWS) == []
    chat.status = 200
    assert await targets.tell(NEWS) == []
    chat.status = 503
    assert len(await targets.tell(NEWS)) == 2
    assert capfd.readouterr() == ("", "")


async def test_a_secret_that_is_not_there_is_told_and_fetched_anew() -> None:
    sent: list[str] = []
    answers = iter(["", "ntfy://a", "ntfy://b"])

    def fetch() -> str:
        answer = next(answers)
        if not answer:
            raise ConfigError("the environment variable CHAT is not set")
        return answer

    def send(url: str, news: News) -> str:
        sent.append(url)
        return ""

    targets = Targets([fetch], Redactor(), send)
    assert "CHAT is not set" in (await targets.tell(NEWS))[0]
    assert [await targets.tell(NEWS) for _ in range(2)] == [[], []]
    assert sent == ["ntfy://a", "ntfy://a"], "an address that works is fetched once"


def test_an_address_that_apprise_does_not_know_is_refused_without_showing_it() -> None:
    for url, told in ((f"nosuch://{TOKEN}", "nosuch://"), (TOKEN, "without a scheme")):
        with pytest.raises(ConfigError, match=told) as caught:
            examine_target(url)
        assert TOKEN not in str(caught.value)
    assert examine_target("ntfy://topic") == "ntfy"


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError) as caught:
        send_by_apprise("ntfy://topic", NEWS)
    assert "nightdeck[notify]" in caught.value.hint


def test_no_part_of_an_address_stays_in_a_text() -> None:
    text = without_address(
        "no answer of hooks.example.com/T0KEN/abcd", "slack://T0KEN/abcd/hooks.example.com"
    )
    assert text == "no answer of •••/•••/•••"
