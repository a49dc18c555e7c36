"""Making sense of the bytes of an answer: text, web pages, and what to quote of an error."""

from __future__ import annotations

import codecs
import html
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from tui.transport.limits import BLOCK_CHARS, EXCERPT_CHARS, EXCERPT_SOURCE_CHARS, MAX_ERROR_BYTES
from tui.transport.turns import at_once

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from tui.core.redaction import Redactor

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_PAGE_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(r"<(title|h1)\b[^<>]{0,200}>([^<]{1,500})<", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = re.compile(r"<(script|style)\b", re.IGNORECASE)
_HIDDEN_END = re.compile(r"</(?:script|style)\s*>", re.IGNORECASE)
_LONGEST_SECRET = 2000
"""A text that was cut may end in the first part of a secret, which nothing masks: so much of its end goes."""
_MESSAGE_KEYS = (
    "message",
    "errorMessage",
    "error_description",
    "description",
    "reason",
    "detail",
    "msg",
    "error",
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a body, whatever its header says: it never fails."""
    return at_once(decoding(body, content_type))


def decoding(body: bytes, content_type: str = "") -> Generator[None, None, str]:
    """The text of a body in short steps.

    A byte order mark is believed, then UTF-8 is tried, then the charset that the header names, then Latin-1.
    Text in another charset that happens to be valid UTF-8 is all but impossible, wrong headers are common.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return (yield from _decoded(body, encoding, "replace"))
    named = _CHARSET.search(content_type)
    for encoding in ("utf-8", named[1] if named else ""):
        try:
            return (yield from _decoded(body, encoding, "strict"))
        except (LookupError, ValueError):
            continue
    return (yield from _decoded(body, "latin-1", "replace"))


def _decoded(body: bytes, encoding: str, errors: str) -> Generator[None, None, str]:
    # Python knows codecs that make no text, one of them unpacks: only this way of asking refuses them.
    b" ".decode(encoding, "ignore")
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    pieces: list[str] = []
    for start in range(0, len(body), BLOCK_CHARS):
        block = body[start : start + BLOCK_CHARS]
        pieces.append(decoder.decode(block, final=start + BLOCK_CHARS >= len(body)))
        yield
    return "".join(pieces)


def is_web_page(body: bytes, content_type: str = "") -> bool:
    """Whether an answer is a page for people: a login form, or an error page of a proxy."""
    if _PAGE_START.match(body, 0, 2000):
        return True
    return content_type.lower().startswith("text/html") and body.lstrip()[:1] == b"<"


def excerpt(body: bytes, content_type: str, redactor: Redactor) -> str:
    """The part of an answer that tells what is wrong: short, on one line, without secrets."""
    text = decode(body[:MAX_ERROR_BYTES], content_type)
    is_page = is_web_page(body, content_type)
    text = _words_of_page(text[:EXCERPT_SOURCE_CHARS]) if is_page else _message_in(text) or text
    return shown(text, redactor)


def shown(text: str, redactor: Redactor) -> str:
    """Text of a server on one line, masked and cut."""
    # Masked before and after the cleaning: taking a control character away may bring a secret together.
    masked = redactor.mask(text[:EXCERPT_SOURCE_CHARS])
    if len(text) > EXCERPT_SOURCE_CHARS:
        masked = masked[:-_LONGEST_SECRET]
    text = redactor.mask(_on_one_line(masked))
    return text if len(text) <= EXCERPT_CHARS else f"{text[: EXCERPT_CHARS - 1]}…"


def _on_one_line(text: str) -> str:
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or character.isprintable() or unicodedata.category(character) == "Zs"
    )
    return " ".join(kept.split())


def _words_of_page(text: str) -> str:
    title = _TITLE.search(text)
    return html.unescape(title[2] if title else _TAG.sub(" ", _without_scripts(text)))


def _without_scripts(text: str) -> str:
    """The page without what is in it for programs; one without an end goes with all that follows."""
    pieces: list[str] = []
    at = 0
    while begun := _HIDDEN.search(text, at):
        pieces.append(text[at : begun.start()])
        end = _HIDDEN_END.search(text, begun.end())
        if end is None:
            return " ".join(pieces)
        at = end.end()
    return " ".join((*pieces, text[at:]))


def _message_in(text: str) -> str:
    if not text.lstrip().startswith(("{", "[")):
        return ""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return _message_of(value)


def _message_of(value: Any) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return ""
    return _first_message(value)


def _first_message(members: Mapping[str, Any]) -> str:
    by_name = {str(name).lower(): member for name, member in members.items()}
    for key in _MESSAGE_KEYS:
        member = by_name.get(key.lower())
        if isinstance(member, str) and member.strip():
            return member
        if isinstance(member, dict):
            return _first_message(member)
    return ""
