"""Whatever text leaves the program: no known secret, no URL query, no URL credential."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.core.redaction import MASK, Redactor

SECRETS = st.text(st.characters(codec="utf-8"), min_size=4, max_size=40).filter(
    lambda text: len(text.strip()) >= 4
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
QUERY = st.text(
    "abcXYZ0189-._~!$&'()*+,;=:@/?%[]|\\^`{}", min_size=12, max_size=60
)  # what servers print raw, legal or not
USERINFO = st.text("abcXYZ0189-._~!$&'()*+,;=:%", min_size=6, max_size=40)

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent, lower case": lambda text: quote(text, safe="").lower() if text.islower() else quote(text),
    "form": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json without ascii": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json in json": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "json with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "html": html.escape,
    "python": lambda text: repr(text)[1:-1],
}


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    return redactor


@given(secret=SECRETS, other=SECRETS, before=TEXTS, between=TEXTS)
def test_a_known_secret_never_survives(secret: str, other: str, before: str, between: str) -> None:
    masked = knowing(secret, other).mask(f"{before}{secret}{between}{other}{secret}")
    assert secret not in masked
    assert other not in masked


@given(secret=SECRETS, before=TEXTS, after=TEXTS)
def test_a_masked_text_stays_as_it_is(secret: str, before: str, after: str) -> None:
    redactor = knowing(secret)
    masked = redactor.mask(f"{before}{secret}{after}")
    assert secret not in redactor.mask(masked)


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@given(secret=SECRETS)
@example(secret='p@ss "w/ö\\rd')
@example(secret="naïve+pass word%20")
@example(secret="\\\\n\\\\")
def test_a_known_secret_does_not_survive_in_another_spelling(
    spell: Callable[[str], str], secret: str
) -> None:
    spelled = spell(secret)
    assert spelled not in knowing(secret).mask(f"<{spelled}>")


@given(secret=SECRETS, user=TEXTS, after=st.binary(max_size=5))
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_a_word_of_base64_with_a_known_secret_is_masked_whole(
    encode: Callable[[bytes], bytes], secret: str, user: str, after: bytes
) -> None:
    word = encode(f"{user}:{secret}".encode() + after).decode()
    assert knowing(secret).mask(f"sent ({word}) away") == f"sent ({MASK}) away"


@given(secret=SECRETS)
def test_a_secret_inside_an_encoded_json_document_is_masked(secret: str) -> None:
    payload = json.dumps({"actionName": "listTasks", "authPass": secret, "authUser": "ops"})
    word = b64encode(payload.encode()).decode()
    assert knowing(secret).mask(word) == MASK
    assert Redactor().mask(word) == MASK


@given(query=QUERY)
def test_a_url_query_never_survives(query: str) -> None:
    url = f"https://tac.example.com/metaServlet?{query}"
    for text in (url, f"GET {url} failed", f"[{url}]", f"'{url}'"):
        assert query not in Redactor().mask(text)


@given(query=QUERY)
def test_the_query_of_a_bare_path_never_survives(query: str) -> None:
    masked = Redactor().mask(f"No page /tac/metaServlet?{query} here")
    assert query not in masked
    assert masked.startswith("No page /tac/metaServlet?•••")


@given(user=USERINFO)
def test_credentials_in_a_url_never_survive(user: str) -> None:
    assert (
        Redactor().mask(f"proxy http://{user}@proxy:3128/ refused")
        == f"proxy http://{MASK}@proxy:3128/ refused"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Basic b3BzOnNlY3JldA==\nHost: x", "Authorization: •••\nHost: x"),
        ("Proxy-Authorization: Digest username=ops, response=1", "Proxy-Authorization: •••"),
        ("Set-Cookie: JSESSIONID=77AA; Path=/", "Set-Cookie: •••"),
        ('{"password":"a\\"b c","state":1}', '{"password":•••,"state":1}'),
        ('{\\"authPass\\":\\"abc\\",\\"x\\":1}', '{\\"authPass\\":•••",\\"x\\":1}'),
        ("api_key = abc&x=1", "api_key = •••&x=1"),
        ("token: bearer abc.def", "token: •••"),
        ("icSessionId=8xAb rest", "icSessionId=••• rest"),
        ("/path;jsessionid=77AA/x", "/path;jsessionid=•••"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "•••"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----.", "•••."),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert Redactor().mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "0 0 0/1 * * ? *",
        "see https://tac.example.com/path for more",
        "is it done? yes",
        "3 tokens left, 4 secrets kept",
        "ratio 1/2 or more?",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert knowing("hunter2-hunter2").mask(text) == text


def test_each_long_line_of_a_key_file_is_a_secret() -> None:
    redactor = knowing("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSj\n-----END KEY-----\n")
    assert redactor.mask("line MIIEvQIBADANBgkqhkiG9w0B seen") == "line ••• seen"


def test_white_space_in_a_secret_matches_a_folded_line() -> None:
    assert knowing("correct horse\tbattery").mask("x correct\n  horse battery y") == "x ••• y"


def test_very_short_secrets_would_mask_everything_and_are_not_searched_for() -> None:
    assert knowing("abc").mask("abcdef") == "abcdef"


def test_only_the_newest_session_tokens_are_remembered() -> None:
    redactor = Redactor()
    for number in range(100):
        redactor.add_passing(f"session-{number:03}-x")
    assert redactor.mask("session-000-x") == "session-000-x"
    assert redactor.mask("session-099-x") == MASK
    assert redactor.mask("session-068-x") == MASK


def test_a_session_token_in_use_is_not_forgotten_by_being_told_again() -> None:
    redactor = Redactor()
    for number in range(100):
        redactor.add_passing(f"session-{number:03}-x")
        redactor.add_passing("session-for-long")
    assert redactor.mask("session-for-long") == MASK
