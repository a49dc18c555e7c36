"""What in a log line differs from run to run: numbers, times, ids, paths, quoted texts. They become marks."""

from __future__ import annotations

import re
from typing import NamedTuple

_DIGITS_TO_ZERO = str.maketrans("123456789", "000000000")

_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_CLOCK = r"\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AP]M)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|CES?T|[+-]\d\d:?\d\d)\b)?"

_KEPT = (
    # Codes of errors and messages, and the numbered names of components, tell what a line is about.
    r"\b(?:[A-Z]{2,8}[-_]\d{3,6}|SQL\d{4,5}[NWC])\b"
    r"|(?i:\bSQLSTATE\W{0,3}\w{5}\b)"
    r"|\b[A-Za-z][A-Za-z_]{0,60}_\d{1,2}\b(?![-.]\d)"
    r"|(?i:\b(?:exit(?:ed)?(?: with)?(?: code| status)?|return(?:ed)? code|http(?:/\d\.\d)?|status(?: code)?"
    r"|errno|rc)(?:[ :=]{1,3}|\[)-?\d{1,4}\b)"
)
_TIME = (
    rf"\b\d{{4}}[-/.]\d\d[-/.]\d\d(?:[T ,]{{1,2}}{_CLOCK}{_ZONE})?(?!\w)"
    rf"|\b\d\d?[-/.]\d\d?[-/.]\d{{4}}(?:[T ,]{{1,2}}{_CLOCK}{_ZONE})?(?!\w)"
    rf"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:{_MONTHS}) {{1,2}}\d\d?(?:,? \d{{4}})?,? {_CLOCK}{_ZONE}"
    rf"(?: \d{{4}})?\b"
    rf"|\b\d\d?[- ](?i:{_MONTHS})[- ]\d{{2,4}}(?: {_CLOCK}{_ZONE})?(?!\w)"
    rf"|(?<![\w.:]){_CLOCK}(?![\w:])"
    r"|(?<![\w.])(?:\d+ ?(?:d|h|m|min|s|sec|ms) ?){2,}(?!\w)"
)
_HEX = "[0-9a-fA-F]"
_UUID = rf"\b{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}\b"
_ADDRESS = (
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.])"
    rf"|\b(?:{_HEX}{{1,4}}:){{5,7}}{_HEX}{{1,4}}\b"
)
_URL = r"\b[a-zA-Z][\w+.-]{1,20}://[^\s\"'<>)\]]+"
_PATH = r"(?<![\w>./])~?(?:/[\w.@%+=~,-]+){2,}/?|\b[A-Za-z]:\\[^\s\"'<>]+"
_QUOTED = r"\"[^\"]{0,400}\"|(?<!\w)'[^']{0,400}'(?!\w)|`[^`]{0,400}`"
_HEXADECIMAL = (
    rf"\b0[xX]{_HEX}+\b|(?<![\w-])(?:(?={_HEX}*\d)(?={_HEX}*[a-fA-F]){_HEX}{{8,}}|\d{{12,}})(?![\w-])"
)
_ID = (
    r"(?<![\w-])(?=[\w-]*[A-Za-z_-])(?=(?:[\w-]*?\d){5})\w[\w-]{4,}"
    r"|(?<![\w-])(?=[A-Za-z_]*\d+[A-Za-z_]+\d)\w{6,}(?![\w-])"
)
_NUMBER = r"(?<![\w.])[-+]?\d+(?:[.,]\d+)*(?![\d_])"

_KINDS = (
    ("kept", _KEPT),
    ("time", _TIME),
    ("uuid", _UUID),
    ("ip", _ADDRESS),
    ("url", _URL),
    ("path", _PATH),
    ("text", _QUOTED),
    ("hex", _HEXADECIMAL),
    ("id", _ID),
    ("n", _NUMBER),
)
_MASK = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS))

NUMBER_MARK = "<n>"
"""Stands for a number that may count something."""


class Masked(NamedTuple):
    """A line with marks for what differs from run to run."""

    pieces: tuple[str, ...]
    """What stays and the marks; between two of them comes something that is kept as it is in the line."""
    kept: tuple[tuple[int, int], ...]
    """Where in the line those things are: codes, exit codes, names of components."""

    def text(self, line: str) -> str:
        """The masked text of a line of this shape."""
        if not self.kept:
            return self.pieces[0]
        parts = [self.pieces[0]]
        for (start, end), piece in zip(self.kept, self.pieces[1:], strict=True):
            parts += (line[start:end], piece)
        return "".join(parts)


def shape_of(line: str) -> str:
    """The line with zeros for all digits: lines of one shape differ in nothing but numbers."""
    return line.translate(_DIGITS_TO_ZERO)


def mask_shape(shape: str) -> Masked:
    """What stays in every line of a shape, and where it has to be looked up in the line itself."""
    pieces: list[str] = []
    kept: list[tuple[int, int]] = []
    parts: list[str] = []
    position = 0
    for match in _MASK.finditer(shape):
        parts.append(shape[position : match.start()])
        position = match.end()
        if match.lastgroup == "kept":
            kept.append(match.span())
            pieces.append("".join(parts))
            parts = []
        else:
            parts.append(f"<{match.lastgroup}>")
    parts.append(shape[position:])
    pieces.append("".join(parts))
    return Masked(tuple(pieces), tuple(kept))


def mask_line(line: str) -> str:
    """The line with marks such as `<n>` and `<time>` for what differs from run to run."""
    return mask_shape(shape_of(line)).text(line)


def numbers_of(line: str) -> list[str]:
    """The texts in a line that masking takes for numbers, in order."""
    return [line[match.start() : match.end()] for match in _MASK.finditer(shape_of(line)) if match["n"]]
