"""The line of a log that tells why its run failed: found by ranked rules while the log is read."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tui.logs.error_rules import EMPTY_MESSAGE, RULES, SUSPECT
from tui.logs.levels import TIMESTAMP
from tui.logs.masks import without_colours
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.logs.error_rules import ErrorRule

LONGEST_TOLD = 300
"""Characters of an error that are kept: a row shows fewer, and a detail pane a few lines."""

LONGEST_READ = 2_000
"""Characters of a line that the rules look at."""

_BLOCK = 64
_LONGEST_EMPTY = 120
_PACKAGE = r"^(?:[a-z_$][\w$]*\.)+(?=[A-Z][\w$]*(?:Exception|Error)\b)"
"""The packages before the name of an exception: they take half a column and tell nothing."""

_TRACEBACK = "Traceback (most recent call last)"
_TRACEBACK_END = "\x00"


class FoundError(NamedTuple):
    """An error as a log tells it."""

    text: str
    """The message alone: no time, no level, one harmless line."""
    line: int
    """Number of the line, counted from 1."""
    rule: str
    """Id of the rule that found it."""


class ErrorFinder:
    """Takes a log line by line, in bounded memory, and knows the best error so far."""

    def __init__(self, *, takes_warnings: bool = False) -> None:
        """Begin.

        Args:
            takes_warnings: Whether a warning counts where there is no error.
        """
        self._found: dict[str, FoundError] = {}
        self._takes_warnings = takes_warnings
        self._lines = 0
        self._is_in_traceback = False

    def feed(self, lines: Sequence[str]) -> None:
        """Take over the next lines; scrubbed ones, in which only colours act."""
        for start in range(0, len(lines), _BLOCK):
            block = lines[start : start + _BLOCK]
            # Many lines at once, because nearly all of them are harmless.
            if self._is_in_traceback or _is_suspect("\n".join(block)):
                self._look_through(block)
            else:
                self._lines += len(block)

    @property
    def best(self) -> FoundError | None:
        """The error that tells most; None when no line tells any."""
        return next((self._found[rule.id] for rule in RULES if rule.id in self._found), None)

    def _look_through(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._lines += 1
            if self._is_in_traceback:
                self._look_for_end(line)
            elif _is_suspect(line):
                self._look_at(line)

    def _look_for_end(self, line: str) -> None:
        """A traceback ends with the first line that is not indented: that one names the error."""
        if line and not line[0].isspace() and _TRACEBACK not in line:
            self._is_in_traceback = False
            self._look_at(line)
            self._look_at(f"{_TRACEBACK_END}{line}")

    def _look_at(self, line: str) -> None:
        if _TRACEBACK in line:
            self._is_in_traceback = True
            return
        text = without_colours(line)[:LONGEST_READ]
        bare = TIMESTAMP.sub("", text, count=1) if text[:1] in "[0123456789 " else text
        for rule in RULES:
            if rule.is_warning and not self._takes_warnings:
                continue
            if rule.is_first and rule.id in self._found:
                continue
            match = _compiled(rule.pattern).search(bare)
            if match is not None:
                self._keep(rule, match["told"])
                return

    def _keep(self, rule: ErrorRule, told: str) -> None:
        text = _compiled(_PACKAGE).sub("", plain_text(told, LONGEST_TOLD)).strip()
        if text and not says_nothing(text):
            self._found[rule.id] = FoundError(text, self._lines, rule.id)


def find_error(lines: Sequence[str], *, takes_warnings: bool = False) -> FoundError | None:
    """The error of a whole log, or None.

    Args:
        lines: The log.
        takes_warnings: Whether a warning counts where there is no error.
    """
    finder = ErrorFinder(takes_warnings=takes_warnings)
    finder.feed(lines)
    return finder.best


def says_nothing(message: str) -> bool:
    """Whether a message is empty or tells only that something failed, as `exit code 1` does."""
    if len(message) > _LONGEST_EMPTY:
        return False
    return not message or _compiled(EMPTY_MESSAGE).fullmatch(message) is not None


def _is_suspect(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in SUSPECT)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
