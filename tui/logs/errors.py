"""The line of a log that tells why its run failed: found by ranked rules while the log is read."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from tui.logs.error_context import TURNING, TURNING_SHORTLY
from tui.logs.error_rules import EMPTY_MESSAGE
from tui.logs.rule_set import (
    TRACEBACK,
    TRACEBACK_END,
    RuleSet,
    bare_text,
    clean_text,
    compiled,
    default_rules,
    is_aftermath,
    is_quiet,
    is_said_again,
)
from tui.logs.scrub import plain_text, scrub_line
from tui.logs.suspicion import Suspicion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.logs.rule_set import LineReading

LONGEST_TOLD = 300
"""Characters of an error that are kept: a row shows fewer, and a detail pane a few lines."""

BLOCK = 1 << 15
"""Bytes that are looked through at once, because nearly all of them are harmless."""

_LONGEST_LINE = 8_000
_MOST_SHAPES, _LONGEST_SHAPE = 4_096, 400
_SHAPE = bytes.maketrans(b"23456789", b"11111111")
"""Nought stays what it is: that nothing failed is told with it."""
_TAIL = 1 << 14
_LONGEST_EMPTY = 120
_PACKAGE = r"^(?:[A-Za-z_$][\w$]*\.)+(?=[A-Z][\w$]*(?:Exception|Error)\b)"
"""The packages before the name of an exception: they take half a column and tell nothing."""

_WRAPPING = "The above exception was the direct cause of the following exception"
_CLUSTER = 40
"""Lines without an error after which the next one has a cause of its own."""

_CONTINUED = r"\s+\S|Caused by: |(?:[a-z_$][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)\b"
_RETRY_REACH = 60
_GIVE_UP_REACH = 400
_TEARDOWN_AFTER, _TEARDOWN_REACH = 60, 300
_LONGEST_TRACEBACK = 2_000


class FoundError(NamedTuple):
    """An error as a log tells it."""

    text: str
    """The message alone: no time, no level, one harmless line."""
    line: int
    """Number of the line, counted from 1 in what was fed."""
    rule: str
    """Id of the rule that found it."""


class _Worth(IntEnum):
    """What an error is worth beside others, the most first."""

    FATAL = 0
    SURVIVED = 1
    SUMMARY = 2
    AFTERMATH = 3


class ErrorFinder:
    """Takes a log piece by piece, in bounded memory, and knows the best error so far."""

    def __init__(self, rules: RuleSet | None = None, *, takes_warnings: bool = False) -> None:
        """Begin.

        Args:
            rules: What errors look like; the built-in rules when None.
            takes_warnings: Whether a warning counts where there is no error.
        """
        self._rules = rules or default_rules()
        self._takes_warnings = takes_warnings
        self._suspicion = Suspicion(
            self._rules.words(takes_warnings=takes_warnings),
            far=TURNING,
            near=TURNING_SHORTLY,
            reads_every_line=self._rules.reads_every_line(),
        )
        self._found: dict[tuple[_Worth, int], FoundError] = {}
        self._lines = 0
        self._unfinished = b""
        self._last_trouble = -_CLUSTER
        self._teardown_at = -_TEARDOWN_REACH
        self._traceback_at = 0
        self._is_follow_up = False
        self._harmless: set[bytes] = set()
        self._tail = b""
        self._suppressed = ""

    def feed(self, lines: Sequence[str]) -> None:
        """Take over the next lines; scrubbed ones, in which only colours act."""
        block: list[str] = []
        size = 0
        for line in lines:
            block.append(line)
            size += len(line)
            if size >= BLOCK:
                self._take("\n".join(block).encode("utf-8", "surrogatepass"))
                block, size = [], 0
        if block:
            self._take("\n".join(block).encode("utf-8", "surrogatepass"))

    def feed_bytes(self, data: bytes) -> None:
        """Take over the next bytes of a file as they are, cut anywhere; `finish` tells that no more come."""
        start = 0
        while start < len(data):
            end = data.rfind(b"\n", start, start + BLOCK)
            if end < 0:
                end = data.find(b"\n", start)
            if end < 0:
                break
            self._take(self._unfinished + data[start:end])
            self._unfinished = b""
            start = end + 1
        # Of an endless line, enough is kept to know it.
        self._unfinished = (self._unfinished + data[start : start + BLOCK])[:BLOCK]

    def finish(self) -> None:
        """Take over the last line of bytes that were fed, when it has no end."""
        if self._unfinished:
            self._take(self._unfinished)
            self._unfinished = b""

    @property
    def lines(self) -> int:
        """How many lines were taken over."""
        return self._lines

    @property
    def best(self) -> FoundError | None:
        """The error that tells most; None when no line tells any."""
        return self._found[min(self._found)] if self._found else None

    def _take(self, block: bytes) -> None:
        """Look through whole lines, without the last one's end."""
        is_near = any(self._lines - found.line <= _GIVE_UP_REACH for found in self._found.values())
        starts = self._suspicion.starts(block, has_found=bool(self._found), is_near=is_near)
        position = self._look_on(block, 0) if self._is_open else 0
        for start, is_suspect in starts.items():
            if start >= position:
                self._lines += block.count(b"\n", position, start)
                position = self._look_at(block, start, is_suspect=is_suspect)
                position = self._look_on(block, position) if self._is_open else position
        if position <= len(block):
            self._lines += block.count(b"\n", position) + 1
        self._tail = b"%b%b\n" % (self._tail, block) if len(block) < _TAIL else block[-_TAIL:] + b"\n"
        self._tail = self._tail[-_TAIL:]

    @property
    def _is_open(self) -> bool:
        """Whether the next line is to be looked at, whatever it says."""
        return bool(self._traceback_at)

    def _look_on(self, block: bytes, position: int) -> int:
        while self._is_open and position <= len(block):
            position = self._look_at(block, position)
        return position

    def _look_at(self, block: bytes, start: int, *, is_suspect: bool = True) -> int:
        """Look at the line that begins there; returns where the next one does."""
        end = block.find(b"\n", start)
        end = len(block) if end < 0 else end
        self._lines += 1
        raw = block[start : min(end, start + _LONGEST_LINE)]
        shape = raw.translate(_SHAPE)
        if shape in self._harmless and not self._is_open:
            return end + 1
        line = raw.decode("utf-8", "replace")
        if "\r" in line:
            # Of a line that was written over again and again, the last text is what stands there.
            line = line.rstrip("\r").rpartition("\r")[2]
        text = clean_text(scrub_line(line))
        if self._traceback_at:
            self._look_for_end(text)
        elif TRACEBACK in text:
            self._traceback_at = self._lines
        elif _WRAPPING in text:
            self._is_follow_up = True
        elif not self._judge(text, is_suspect=is_suspect, before=(block, start)):
            self._forget(shape)
        return end + 1

    def _forget(self, shape: bytes) -> None:
        """Pass over lines that differ from a harmless one in nothing but numbers."""
        if len(shape) <= _LONGEST_SHAPE:
            if len(self._harmless) >= _MOST_SHAPES:
                self._harmless.clear()
            self._harmless.add(shape)

    def _look_for_end(self, text: str) -> None:
        """A traceback ends with the first line that is not indented: that one names the error."""
        bare = bare_text(text)
        if TRACEBACK in bare or not bare.strip() or bare[0].isspace():
            if self._lines - self._traceback_at > _LONGEST_TRACEBACK:
                self._traceback_at = 0
            return
        self._traceback_at = 0
        if self._is_follow_up:
            # What a program raises from an error only wraps it.
            self._is_follow_up = False
            self._last_trouble = self._lines
            return
        self._judge(bare)
        self._judge(f"{TRACEBACK_END}{bare}")

    def _judge(self, text: str, *, is_suspect: bool = True, before: tuple[bytes, int] = (b"", 0)) -> bool:
        """Take over what a line tells; returns whether it may tell anything at all."""
        reading = self._rules.read(text, takes_warnings=self._takes_warnings)
        if reading.is_turning and self._found:
            self._turn(reading)
        if is_suspect and reading.rule >= 0 and not self._is_suppressed(text):
            self._keep(reading, text, before)
        return reading.is_turning or reading.rule >= 0

    def _head_of(self, block: bytes, start: int) -> str:
        """The line with which the record begins that a line of a stack trace belongs to."""
        before = (self._tail + block[max(0, start - _TAIL) : start])[-_TAIL:].decode("utf-8", "replace")
        lines = (clean_text(line) for line in reversed(before.split("\n")[:-1]))
        return next((line for line in lines if not _is_continued(line)), "")

    def _is_suppressed(self, text: str) -> bool:
        """Whether a line belongs to an exception that Java suppressed, or to its causes."""
        indent = text[: len(text) - len(text.lstrip())]
        if text.lstrip().startswith("Suppressed: "):
            self._suppressed = indent
            return True
        if self._suppressed and indent.startswith(self._suppressed):
            return True
        self._suppressed = ""
        return False

    def _turn(self, reading: LineReading) -> None:
        """Change what was found so far is worth."""
        if reading.is_end:
            self._found.clear()
        elif reading.is_begun_anew:
            self._move(_Worth.FATAL, _Worth.SURVIVED, self._lines)
            self._teardown_at = -_TEARDOWN_REACH
        elif reading.is_given_up:
            self._move(_Worth.SURVIVED, _Worth.FATAL, _GIVE_UP_REACH)
        elif reading.is_retried:
            self._move(_Worth.FATAL, _Worth.SURVIVED, _RETRY_REACH)
        elif reading.is_teardown and self._has_failed_shortly:
            self._teardown_at = self._lines

    def _move(self, source: _Worth, target: _Worth, reach: int) -> None:
        for worth, rank in list(self._found):
            found = self._found[worth, rank]
            if worth == source and self._lines - found.line <= reach:
                del self._found[worth, rank]
                other = self._found.get((target, rank))
                if other is None or other.line < found.line:
                    self._found[target, rank] = found

    @property
    def _has_failed_shortly(self) -> bool:
        return any(
            worth == _Worth.FATAL and self._lines - found.line <= _TEARDOWN_AFTER
            for (worth, _), found in self._found.items()
        )

    def _keep(self, reading: LineReading, text: str, before: tuple[bytes, int]) -> None:
        is_close = self._lines - self._last_trouble < _CLUSTER
        self._last_trouble = self._lines
        rule, rank = self._rules.rules[reading.rule], self._rules.ranks[reading.rule]
        if rule.is_first and is_close and (_Worth.FATAL, rank) in self._found:
            return
        told = self._rules.told(reading.rule, text)
        message = compiled(_PACKAGE).sub("", plain_text(told, LONGEST_TOLD)).strip()
        if not message or says_nothing(message):
            return
        head = self._head_of(*before) if _is_continued(text) else ""
        key = (self._worth(reading, text, head), rank)
        if not (rule.is_first and is_close and key in self._found):
            self._found[key] = FoundError(message, self._lines, rule.id)

    def _worth(self, reading: LineReading, text: str, head: str) -> _Worth:
        rule = self._rules.rules[reading.rule]
        if rule.is_warning:
            return _Worth.FATAL
        is_late = self._lines - self._teardown_at <= _TEARDOWN_REACH
        if is_late or is_aftermath(text) or is_aftermath(head) or is_said_again(text):
            return _Worth.AFTERMATH
        if rule.is_summary or (rule.is_first and reading.is_given_up):
            return _Worth.SUMMARY
        is_survived = reading.is_retried or is_quiet(text) or is_quiet(head)
        return _Worth.SURVIVED if is_survived else _Worth.FATAL


def find_error(
    lines: Sequence[str], *, takes_warnings: bool = False, rules: RuleSet | None = None
) -> FoundError | None:
    """The error of a whole log, or None.

    Args:
        lines: The log.
        takes_warnings: Whether a warning counts where there is no error.
        rules: What errors look like; the built-in rules when None.
    """
    finder = ErrorFinder(rules, takes_warnings=takes_warnings)
    finder.feed(lines)
    return finder.best


def _is_continued(text: str) -> bool:
    """Whether a line goes on with the stack trace of the record before it."""
    return compiled(_CONTINUED).match(text) is not None


def says_nothing(message: str) -> bool:
    """Whether a message is empty or tells only that something failed, as `exit code 1` does."""
    if len(message) > _LONGEST_EMPTY:
        return False
    return not message or compiled(EMPTY_MESSAGE).fullmatch(message) is not None
