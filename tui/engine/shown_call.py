"""A call as somebody can read and run it: a `curl` or a shell line, with variables in place of secrets."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tui.core.rehearsal import RehearsedRequest, RehearsedSignal, RehearsedStart
from tui.engine.secret_pieces import Breaker, Digest, Text, told
from tui.engine.shell_words import printf_words, quoted, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tui.core.adapter import Adapter
    from tui.core.rehearsal import RehearsedCall
    from tui.engine.secret_pieces import Piece

_FRAMING = frozenset({"host", "content-length", "connection", "accept-encoding"})
"""Headers that `curl` makes itself, or that only say how the answer is packed."""

_LENGTH, _TYPE, _AUTHORIZATION = "content-length", "content-type", "authorization"
_BASIC = "basic "
_DIRECT = "direct"
_GLOBS = frozenset("[]{}")
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:/|\?|$)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BREAK, _NEXT = " \\\n  ", "\n  "


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One call, written down without secrets."""

    command: str
    """What a POSIX shell would do it with, in lines; variables stand for secrets."""
    brief: str
    """The same in one line for people: method, address, body."""
    variables: tuple[str, ...] = ()
    """The variables that must be set to run it; `_IN_JSON` and the like: escaped as it is written there."""


class Way(NamedTuple):
    """How the system is reached, as far as `curl` has to be told."""

    verify: bool | str = True
    """Whether certificates are checked, or the file of the CA."""
    is_newest_tls: bool = False
    """Whether nothing older than TLS 1.3 is spoken."""
    files: tuple[tuple[str, str], ...] = ()
    """Options that name files, such as that of our certificate."""
    key_password: str = ""
    """What unlocks our private key."""
    proxy: str = ""
    """The proxy, `direct` for none whatever the environment says."""
    proxy_user: str = ""
    """Name and password for the proxy."""


def way_of(adapter: Adapter) -> Way:
    """How an adapter's connection reaches its system. Raises ConfigError for a secret that isn't there."""
    settings, resolve = adapter.settings, adapter.context.resolve
    files = (("--cert", settings.client_cert), ("--key", settings.client_key))
    key, secret = settings.client_key_password, settings.proxy_password
    user = f"{settings.proxy_username}:{resolve(secret) if secret is not None else ''}"
    return Way(
        settings.verify,
        settings.min_tls == "1.3",
        tuple((option, file) for option, file in files if file is not None),
        resolve(key) if key is not None else "",
        settings.proxy or "",
        user if settings.proxy_username is not None else "",
    )


def show_call(call: RehearsedCall, secrets: Mapping[str, str], way: Way = Way()) -> ShownCall:  # noqa: B008
    """Write a call down.

    Args:
        call: What would be sent.
        secrets: The values that must not be shown, with the names of the variables that stand for them.
        way: How the system is reached.
    """
    breaker = Breaker(secrets)
    if isinstance(call, RehearsedRequest):
        command, brief = _curl(call, breaker, way), _brief_request(call, breaker)
    elif isinstance(call, RehearsedStart):
        command = _start_line(call, breaker)
        brief = " ".join(command.split("\n  "))
    else:
        command = brief = _signal_line(call)
    needed = sorted(name for name in breaker.names if f'"${name}"' in command)
    return ShownCall(command, brief, tuple(needed))


def _curl(call: RehearsedRequest, breaker: Breaker, way: Way) -> str:
    parts = [word(breaker.broken(call.url))]
    has_body = any(name.lower() == _LENGTH for name, _ in call.headers)
    if call.method != ("POST" if has_body else "GET"):
        parts.insert(0, f"--request {quoted(call.method)}")
    parts += _address_options(call.url)
    parts += _headers(call, breaker, has_body=has_body)
    parts += _way_options(way, breaker)
    before = ""
    if has_body:
        before, option = _body(call.content, breaker)
        parts.append(option)
    return f"{before}curl {_BREAK.join(parts)}"


def _address_options(url: str) -> Iterator[str]:
    if _GLOBS & set(url):
        yield "--globoff"
    if _DOTS.search(url):
        yield "--path-as-is"


def _headers(call: RehearsedRequest, breaker: Breaker, *, has_body: bool) -> Iterator[str]:
    names = {name.lower() for name, _ in call.headers}
    for name, value in call.headers:
        lowered = name.lower()
        if lowered in _FRAMING:
            continue
        if lowered == _AUTHORIZATION and value.lower().startswith(_BASIC):
            user = _user_of(value)
            if user is not None:
                yield f"--user {word(breaker.broken(user))}"
                continue
        signed = call.signed.get(lowered)
        pieces: tuple[Piece, ...] = breaker.broken(f"{name}: {value}")
        if signed is not None and hashlib.sha256(signed.encode()).hexdigest() == value:
            pieces = (Text(f"{name}: "), Digest(breaker.broken(signed)))
        yield f"--header {word(pieces)}"
    if has_body and _TYPE not in names:
        # Else `curl` makes one up.
        yield "--header 'Content-Type:'"


def _user_of(value: str) -> str | None:
    """Name and password of Basic authentication; None when it is none."""
    try:
        user = b64decode(value[len(_BASIC) :], validate=True).decode("utf-8")
    except ValueError:
        return None
    return user if ":" in user else None


def _way_options(way: Way, breaker: Breaker) -> Iterator[str]:
    if way.verify is False:
        yield "--insecure"
    elif isinstance(way.verify, str):
        yield f"--cacert {quoted(way.verify)}"
    if way.is_newest_tls:
        yield "--tlsv1.3"
    for option, file in way.files:
        yield f"{option} {quoted(file)}"
    if way.key_password:
        yield f"--pass {word(breaker.broken(way.key_password))}"
    if way.proxy == _DIRECT:
        yield "--noproxy '*'"
    elif way.proxy:
        yield f"--proxy {word(breaker.broken(way.proxy))}"
    if way.proxy_user:
        yield f"--proxy-user {word(breaker.broken(way.proxy_user))}"


def _body(content: bytes, breaker: Breaker) -> tuple[str, str]:
    """What comes before `curl`, and its option for the body."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return "", f"--data-raw {word(breaker.broken(text))}"
    # No word of a shell can hold every byte.
    return f"{printf_words(breaker.broken(content.decode('latin-1')))} | ", "--data-binary @-"


def _brief_request(call: RehearsedRequest, breaker: Breaker) -> str:
    body = told(breaker.broken(call.content.decode("utf-8", "replace")))
    return f"{call.method} {told(breaker.broken(call.url))} {body}".rstrip()


def _start_line(call: RehearsedStart, breaker: Breaker) -> str:
    """In a shell of its own, so that whoever runs it keeps folder and variables."""
    lines, odd = [f"cd {quoted(call.folder)} &&"], []
    for name, value in call.variables.items():
        if _NAME.fullmatch(name):
            lines.append(f"export {name}={word(breaker.broken(value))} &&")
        else:
            # A shell knows no variable of such a name, but `env` does.
            odd.append(word((Text(f"{name}="), *breaker.broken(value))))
    words = ("/bin/sh", "-c", call.command) if isinstance(call.command, str) else call.command
    lines.append(" ".join([*(["env", *odd] if odd else []), _words(words, breaker)]))
    return f"({_NEXT.join(lines)})"


def _words(words: Sequence[str], breaker: Breaker) -> str:
    return " ".join(word(breaker.broken(each)) for each in words)


def _signal_line(call: RehearsedSignal) -> str:
    if call.pid is None:
        return f"# {call.what}"
    return f"kill -{call.signal} {call.pid}  # {call.what}"
