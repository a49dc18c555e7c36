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
    "upper case": str.upper,
    "lower case": str.lower,
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "hex, apart": lambda text: text.encode().hex(" "),
    "hex, with colons": lambda text: text.encode().hex(":").upper(),
    "percent, all of it": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "bytes of python": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "numbers of html": lambda text: "".join(f"&#{ord(character)};" for character in text),
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
@example(secret="0 \\r")
@example(secret="0 \\R")
def test_a_known_secret_does_not_survive_in_another_spelling(
    spell: Callable[[str], str], secret: str
) -> None:
    spelled = spell(secret)
    if spelled.lower() == secret.lower() or spell not in (str.upper, str.lower):
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
    assert knowing("correct horse\tbattery").mask("x correct\n  horse battery y") == "x •••\n y"


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


FOLDS = {
    "in the middle": lambda text: f"{text[:5]}\n{text[5:]}",
    "of windows": lambda text: f"{text[:5]}\r\n{text[5:]}",
    "with an indent": lambda text: f"{text[:4]}\n      {text[4:]}",
    "with a backslash": lambda text: f"{text[:4]}\\\n{text[4:]}",
    "in json": lambda text: f"{text[:4]}\\n{text[4:]}",
    "every three": lambda text: "\n".join(text[at : at + 3] for at in range(0, len(text), 3)),
    "every one": "\n".join,
}


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@pytest.mark.parametrize("encode", [str, lambda text: b64encode(text.encode()).decode(), str.upper])
def test_a_secret_that_lines_tear_apart_is_masked_in_each_of_them(
    fold: Callable[[str], str], encode: Callable[[str], str]
) -> None:
    secret = "tK9-vXw3_Qz7"
    text = f"first line\nsent: {fold(encode(secret))} end\nlast line"
    masked = knowing(secret).hide(text)
    for part in filter(None, fold(encode(secret)).replace("\\n", "\n").split("\n")):
        if len(part.strip()) > 2:
            assert part.strip() not in masked
    assert masked.startswith("first line\nsent: ")
    assert masked.endswith("last line")
    assert masked.count("\n") == text.count("\n")


def test_a_short_secret_is_not_made_up_of_the_ends_of_lines() -> None:
    assert knowing("2024").hide("took 20\n24-05-01 begins") == "took 20\n24-05-01 begins"
    assert knowing("2024").hide("in 2024\nor") == "in •••\nor"


def test_a_line_within_a_long_secret_is_masked_where_the_lines_around_are_not_there() -> None:
    token = "".join(f"{number:04x}Zq" for number in range(40))
    redactor = knowing(token)
    assert redactor.hide(f"12:01 {token[64:128]} x") == "12:01 ••• x"
    assert redactor.hide(f"12:01 {token[3:38]} x") == "12:01 ••• x"
    assert redactor.hide(f"12:01 {token[3:20]} x") == f"12:01 {token[3:20]} x"


def test_the_host_of_a_secret_address_is_no_secret() -> None:
    redactor = knowing("https://hooks.an-example-of-a-long-host-name.example.com/services/T0/B1/XyZ123")
    assert redactor.hide("to hooks.an-example-of-a-long-host-name.example.com") == (
        "to hooks.an-example-of-a-long-host-name.example.com"
    )


def test_secrets_that_lie_over_each_other_are_masked_together() -> None:
    assert knowing("abcd1", "cd1ef").hide("x abcd1ef y") == "x ••• y"


@pytest.mark.parametrize(
    "secret", ["a.*b", "[x]{2}", "((((", "\\d+\\d", "[bold]x[/]", "$1^|?", "a b  c", "пароль", "🔑🔑🔑🔑"]
)
def test_a_secret_of_signs_is_taken_literally(secret: str) -> None:
    redactor = knowing(secret)
    assert redactor.hide(f"is <{secret}> it") == "is <•••> it"
    assert redactor.hide("aXXb [x]{3} 12 [bold]y[/]") == "aXXb [x]{3} 12 [bold]y[/]"


@pytest.mark.parametrize("secret", ["", " ", "abc", " abc ", "\n\n\n\n\n"])
def test_what_is_too_short_is_not_looked_for(secret: str) -> None:
    redactor = knowing(secret)
    redactor.add_passing(secret)
    assert redactor.revision == 0
    assert redactor.hide(f"abc {secret} x") == f"abc {secret} x"


def test_a_common_word_is_masked_wherever_it_stands() -> None:
    assert knowing("admin").hide("Admin of the administration") == "••• of the •••istration"


def test_the_revision_tells_of_new_secrets_alone() -> None:
    redactor = knowing("hunter2-hunter2")
    before = redactor.revision
    redactor.add("hunter2-hunter2")
    redactor.add_passing("hunter2-hunter2")
    assert redactor.revision == before
    redactor.add_passing("session-1")
    redactor.add_passing("session-1")
    assert redactor.revision == before + 1


def test_hiding_leaves_all_else_as_it_is() -> None:
    text = "GET /x?user=ops password=abcdef https://a:b@host/?q=1 eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"
    assert knowing("hunter2-hunter2").hide(text) == text


@given(secret=SECRETS, lines=st.lists(TEXTS, max_size=4))
def test_hidden_text_has_as_many_lines_as_before(secret: str, lines: list[str]) -> None:
    if "\n" not in secret:
        text = "\n".join([*lines, f"x{secret}y", *lines])
        assert knowing(secret).hide(text).count("\n") == text.count("\n")
