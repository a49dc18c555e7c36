"""The forms in which a secret turns up in text: as it is, in another case, escaped, as hex or in base64."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PART = re.compile(r"[ +\t\r\n]+|\\+|[^ +\t\r\n\\]")
_LETTER_ESCAPES = {"\0": "0", "\a": "a", "\b": "b", "\f": "f", "\v": "v"}
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_BLANK = r"(?:[ +\t\r\n]|%(?:20|09|0[aAdD]|2[bB])|\\{1,4}(?-i:[nrt]|u002[bB])|&#(?:32|9|10|13|43);)"
"""White space in any spelling: whoever quotes a text may fold its lines; a form turns it into `+`."""

_BETWEEN_DIGITS = ("", " ", ":")


@dataclass(frozen=True, slots=True)
class Disguises:
    """How one secret can look."""

    anchor: str
    """Its longest run of plain letters and digits in lower case, which every spelling keeps: a quick test."""
    pattern: re.Pattern[str]
    """Matches the secret in any mixture of JSON, HTML, URL and Python escapes, in any case."""
    cores: tuple[str, ...]
    """What base64 makes of it at each alignment, in the standard alphabet, whatever stands around it."""
    digits: tuple[str, ...]
    """Its bytes as digits of hex in lower case, one after the other and as they are written apart."""
    escapes: tuple[str, ...]
    """Every byte of it escaped, also those that need not be, in lower case."""


def disguises_of(secret: str) -> Disguises:
    """Every form in which a secret is searched for."""
    runs = re.findall(r"[0-9A-Za-z]+", secret)
    spelled = "".join(_spelled(part) for part in _PART.findall(secret))
    octets = [f"{byte:02x}" for byte in secret.encode("utf-8", "surrogatepass")]
    return Disguises(
        max(runs, key=len, default="").lower(),
        # As it is first: what looks like white space in another spelling may be a part of it.
        re.compile(f"{re.escape(secret)}|{spelled}", re.IGNORECASE),
        _cores(secret),
        tuple(separator.join(octets) for separator in _BETWEEN_DIGITS),
        tuple(dict.fromkeys(_escaped(secret, octets))),
    )


def _escaped(secret: str, octets: Sequence[str]) -> Iterator[str]:
    units = secret.encode("utf-16-be", "surrogatepass").hex()
    codes = [ord(character) for character in secret]
    yield "".join(f"%{octet}" for octet in octets)
    yield "".join(f"\\x{octet}" for octet in octets)
    yield "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    yield "".join(f"&#{code};" for code in codes)
    yield "".join(f"&#x{code:x};" for code in codes)


def _spelled(part: str) -> str:
    """A pattern of every spelling of one character, or of one run of blanks and pluses or of backslashes."""
    if part[0] in " +\t\r\n":
        pluses = part.count("+")
        return rf"{_BLANK}{{{pluses + (pluses < len(part))},}}"
    if part[0] == "\\":
        count = len(part)
        return rf"(?:\\{{{count},{16 * count}}}|(?:%5[cC]|&#92;){{{count}}})"
    if part.isascii() and part.isalnum():
        return part
    code = ord(part)
    units = part.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(rf"\\{{1,4}}u{_hex(units[at : at + 4])}" for at in range(0, len(units), 4))
    spellings = {
        rf"\\{{1,4}}U{_hex(f'{code:08x}')}",
        rf"\\{{0,4}}{re.escape(part)}",
        escaped,
        "".join(f"%{_hex(f'{byte:02x}')}" for byte in part.encode("utf-8", "surrogatepass")),
        rf"&#(?:0*{code}|[xX]0*{_hex(f'{code:x}')});",
    }
    if code < 0x100:
        spellings |= {f"%{_hex(f'{code:02x}')}", rf"\\{{1,4}}x{_hex(f'{code:02x}')}"}
    if part in _MARKUP:
        spellings.add(_MARKUP[part])
    if part in _LETTER_ESCAPES:
        spellings.add(rf"\\{{1,4}}{_LETTER_ESCAPES[part]}")
    return f"(?:{'|'.join(sorted(spellings, key=len, reverse=True))})"


def _hex(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


def _cores(secret: str) -> tuple[str, ...]:
    escaped = json.dumps(secret)[1:-1]
    forms = {form.encode("utf-8", "surrogatepass") for form in (secret, escaped, _lightly_escaped(secret))}
    if all(ord(character) < 0x100 for character in secret):
        forms.add(secret.encode("latin-1"))
    return tuple(sorted({_core(form, shift) for form in forms for shift in range(3)}))


def _lightly_escaped(secret: str) -> str:
    return json.dumps(secret, ensure_ascii=False)[1:-1]


def _core(form: bytes, shift: int) -> str:
    """The base64 characters that depend on nothing but the bytes, when `shift` bytes stand before them."""
    first = -(-8 * shift // 6)
    last = 8 * (shift + len(form)) // 6
    return b64encode(bytes(shift) + form).decode("ascii")[first:last]
