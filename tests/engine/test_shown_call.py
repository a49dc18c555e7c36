"""A call that is shown runs as it is shown, whatever it holds, and tells no secret."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import unicodedata
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.core.rehearsal import RehearsedRequest, RehearsedSignal, RehearsedStart
from tui.engine.call_secrets import variable_of
from tui.engine.secret_pieces import Breaker, forms_of
from tui.engine.shell_words import printf_words, quoted, word
from tui.engine.shown_call import ShownCall, Way, show_call

HARM = st.sampled_from(
    ["'", '"', "$(id)", "`id`", "\\", "\n", "\r", "\x1b[2J", "\x9b", "\u202e", "-", "%s", "@"]
)
TEXTS = st.lists(HARM | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=6)).map(
    "".join
)
SECRETS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=12)


def printed(words: Sequence[str], variables: Mapping[str, str] | None = None) -> list[bytes]:
    """What a shell makes of some words, in one process."""
    script = "\n".join(f"printf '%s\\0' {each}" for each in words)
    ran = subprocess.run(
        ("/bin/sh",), input=script.encode(), env={"PATH": os.environ["PATH"], **(variables or {})},
        capture_output=True, check=True,
    )  # fmt: skip
    assert ran.stderr == b""
    return ran.stdout.split(b"\0")[:-1]


def is_harmless(text: str) -> bool:
    return all(c == "\n" or not unicodedata.category(c).startswith("C") for c in text)


@settings(max_examples=40)
@given(texts=st.lists(TEXTS, min_size=1, max_size=30))
def test_any_text_is_one_harmless_word(texts: list[str]) -> None:
    words = [quoted(text) for text in texts]
    assert all(map(is_harmless, words))
    assert printed(words) == [text.encode() for text in texts]


@settings(max_examples=25)
@given(secret=SECRETS, before=TEXTS, after=TEXTS)
def test_a_secret_anywhere_is_a_variable(secret: str, before: str, after: str) -> None:
    breaker = Breaker({secret: "S"})
    members = json.dumps({"before": before, "authPass": secret, "after": after})
    packed = base64.b64encode(members.encode()).decode()
    texts = [f"{before}{secret}{after}", members, packed, base64.urlsafe_b64encode(members.encode()).decode()]
    words = [word(breaker.broken(text)) for text in texts]
    variables = {name: value for value, name in forms_of({secret: "S"}).items()}
    assert printed(words, variables) == [text.encode() for text in texts]
    assert packed not in words[2]
    if len(secret) > 8:
        assert all(secret not in each for each in words)


@settings(max_examples=25)
@given(content=st.binary(max_size=60), secret=SECRETS.filter(str.isascii))
def test_every_byte_of_a_body_can_be_printed(content: bytes, secret: str) -> None:
    text = (content + secret.encode() + content).decode("latin-1")
    command = printf_words(Breaker({secret: "S"}).broken(text))
    env = {"PATH": os.environ["PATH"], "S": secret}
    ran = subprocess.run(("/bin/sh", "-c", command), env=env, capture_output=True, check=True)
    assert ran.stdout == text.encode("latin-1")


def request(**changes: object) -> RehearsedRequest:
    whole: dict[str, object] = {
        "method": "POST",
        "url": "https://system.example.com/run",
        "headers": (("Host", "system.example.com"), ("Content-Length", "2"), ("Accept", "text/plain")),
        "content": b"{}",
    }
    return RehearsedRequest(**{**whole, **changes})  # type: ignore[arg-type]


def arguments(shown: ShownCall) -> list[str]:
    return shlex.split(shown.command.replace("\\\n", ""))


def test_a_request_is_a_curl_line() -> None:
    shown = show_call(request(), {})
    assert arguments(shown) == [
        "curl", "https://system.example.com/run", "--header", "Accept: text/plain",
        "--header", "Content-Type:", "--data-raw", "{}",
    ]  # fmt: skip
    assert shown.brief == "POST https://system.example.com/run {}"
    assert shown.variables == ()


def test_a_get_has_no_body_and_other_methods_are_said() -> None:
    got = show_call(request(method="GET", headers=(), content=b""), {})
    assert arguments(got) == ["curl", "https://system.example.com/run"]
    gone = show_call(request(method="DELETE", headers=(), content=b""), {})
    assert arguments(gone)[:3] == ["curl", "--request", "DELETE"]


def test_an_empty_body_is_sent_as_an_empty_body() -> None:
    shown = show_call(request(content=b"", headers=(("content-length", "0"),)), {})
    assert arguments(shown)[-2:] == ["--data-raw", ""]


def test_basic_authentication_names_the_user_and_not_the_password() -> None:
    proof = base64.b64encode(b"o'neill:pa:ss\"word").decode()
    shown = show_call(request(headers=(("Authorization", f"Basic {proof}"),)), {'pa:ss"word': "PASSWORD"})
    assert '''--user 'o'"'"'neill:'"$PASSWORD"''' in shown.command
    assert shown.variables == ("PASSWORD",)


def test_what_curl_would_change_is_forbidden_to_it() -> None:
    shown = show_call(request(url="https://h/a/../b[1]{2}", content=b"@/etc/passwd"), {})
    said = arguments(shown)
    assert {"--globoff", "--path-as-is"} <= set(said)
    assert said[-2:] == ["--data-raw", "@/etc/passwd"]


@pytest.mark.parametrize("content", [b"a\0b", b"\xff\xfe"])
def test_a_body_that_no_word_can_hold_comes_through_a_pipe(content: bytes) -> None:
    shown = show_call(request(content=content), {})
    printf, _, curl = shown.command.partition(" | ")
    assert curl.endswith("--data-binary @-")
    assert subprocess.run(("/bin/sh", "-c", printf), capture_output=True).stdout == content


def test_the_way_to_the_system_is_told_without_the_proxys_password() -> None:
    way = Way(verify="/etc/my ca.pem", proxy="http://me:proxypass@proxy:3128")
    shown = show_call(request(), {"proxypass": "PROXY_PASSWORD"}, way)
    assert "--cacert '/etc/my ca.pem'" in shown.command
    assert '--proxy http://me:"$PROXY_PASSWORD"@proxy:3128' in shown.command
    way = Way(
        files=(("--cert", "/c.pem"),), key_password="keypass1", proxy="http://p:1", proxy_user="me:proxypass"
    )
    shown = show_call(request(), {"proxypass": "PROXY_PASSWORD", "keypass1": "KEY_PASSWORD"}, way)
    assert '--cert /c.pem \\\n  --pass "$KEY_PASSWORD"' in shown.command
    assert '--proxy http://p:1 \\\n  --proxy-user me:"$PROXY_PASSWORD"' in shown.command
    assert shown.variables == ("KEY_PASSWORD", "PROXY_PASSWORD")
    assert "--noproxy '*'" in show_call(request(), {}, Way(proxy="direct", is_newest_tls=True)).command
    assert "--insecure" in show_call(request(), {}, Way(verify=False)).command


def test_a_digest_that_is_not_of_its_text_stays_as_it_is() -> None:
    shown = show_call(request(headers=(("Sign", "abc"),), signed={"sign": "a secret text"}), {"secret": "S"})
    assert "--header 'Sign: abc'" in shown.command


def test_a_start_with_an_odd_variable_is_run_by_env() -> None:
    shown = show_call(RehearsedStart("true", "/tmp", {"a.b": "x y", "C": "1"}), {})
    assert "export C=1 &&" in shown.command
    assert "env a.b='x y' /bin/sh -c true" in shown.command


def test_a_signal_is_a_kill() -> None:
    assert show_call(RehearsedSignal("TERM", 42, "why"), {}).command == "kill -TERM 42  # why"
    assert show_call(RehearsedSignal("", None, "forgotten"), {}).command == "# forgotten"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("talend-prod", "password"), "TALEND_PROD_PASSWORD"),
        (("enos", "accessToken"), "ENOS_ACCESS_TOKEN"),
        (("7-up", "x"), "ND_7_UP_X"),
        (("日本", "$(id)"), "ID"),
        (("日本", ""), "ND"),
    ],
)
def test_variables_are_named_after_what_they_hold(words: tuple[str, str], name: str) -> None:
    assert variable_of(*words) == name
