"""The rules for errors made ready for use: which lines are worth a look, and what one line tells."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from tui.logs import error_context
from tui.logs.error_rules import RULES, RULES_VERSION, SUSPECT, SUSPECT_WARNINGS, ErrorRule
from tui.logs.lines import without_colours

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_READ = 2_000
"""Characters of a line that the rules look at."""

TRACEBACK = "Traceback (most recent call last)"
"""What a traceback of Python begins with."""

TRACEBACK_END = "\x00"
"""Stands before the line that ends a traceback, for the rule that it fits."""

_MOST_WRAPPERS = 4
_MOST_SHAPES = 4_096
_LONGEST_SHAPE = 400
_SHAPE = str.maketrans("23456789", "11111111")
_SHORTEST_WORD = 3


class LineReading(NamedTuple):
    """What a line tells, whatever stood before it; lines that differ only in their digits read the same."""

    rule: int = -1
    """Index of the rule that the line fits; below 0 when it fits none."""
    is_retried: bool = False
    """Whether it says that something is tried again, or left as it is."""
    is_given_up: bool = False
    """Whether it says that trying again came to nothing."""
    is_teardown: bool = False
    """Whether things are put away from here on."""
    is_begun_anew: bool = False
    """Whether a run that had failed begins again."""
    is_end: bool = False
    """Whether a run ends well here."""

    @property
    def is_turning(self) -> bool:
        """Whether it changes what other lines are worth."""
        return self.is_retried or self.is_given_up or self.is_teardown or self.is_begun_anew or self.is_end


_NOTHING = LineReading()


class RuleSet:
    """Ranked rules and the patterns of lines that never count; keeps in mind what it has read."""

    def __init__(self, rules: Iterable[ErrorRule], noise: Iterable[str] = ()) -> None:
        """Take over rules; nothing is compiled before it is needed.

        Args:
            rules: The most telling first.
            noise: Regular expressions of lines that never count, besides those that never do.
        """
        self.rules = tuple(rules)
        """The rules, the most telling first."""
        self.noise = tuple(noise)
        """Regular expressions of more lines that never count."""
        self.ranks = _ranks(self.rules)
        """For each rule its rank, 0 for the most telling; rules beside each other share one."""
        self._readings: dict[tuple[str, bool], LineReading] = {}

    def with_extra(
        self, before: Sequence[ErrorRule] = (), after: Sequence[ErrorRule] = (), noise: Sequence[str] = ()
    ) -> RuleSet:
        """These rules and more.

        Args:
            before: What is more telling than everything that is there.
            after: What is less telling.
            noise: Regular expressions of more lines that never count.
        """
        return RuleSet((*before, *self.rules, *after), (*noise, *self.noise))

    @property
    def version(self) -> int:
        """Another number for other rules: what was found with those is looked for again."""
        if self.rules == RULES and not self.noise:
            return RULES_VERSION
        return crc32(repr((RULES_VERSION, self.rules, self.noise)).encode())

    def words(self, *, takes_warnings: bool) -> tuple[str, ...]:
        """Lower-case words of which a line must have one to be worth a look.

        Args:
            takes_warnings: Whether rules for warnings count as well.
        """
        own = {word for rule in self._own_rules for word in rule.words}
        return (*SUSPECT, *(SUSPECT_WARNINGS if takes_warnings else ()), *sorted(own))

    def reads_every_line(self) -> bool:
        """Whether there is a rule of the user without words: then every line is looked at, slowly."""
        return not all(rule.words for rule in self._own_rules)

    @property
    def _own_rules(self) -> Sequence[ErrorRule]:
        """The rules that are not built in."""
        return [rule for rule in self.rules if rule not in RULES]

    def read(self, text: str, *, takes_warnings: bool) -> LineReading:
        """What a line tells.

        Args:
            text: The line, as `bare_text` leaves it or with what stands before its message.
            takes_warnings: Whether rules for warnings count as well.
        """
        if len(text) > _LONGEST_SHAPE:
            return self._reading(text, takes_warnings=takes_warnings)
        key = (text.translate(_SHAPE), takes_warnings)
        reading = self._readings.get(key)
        if reading is None:
            if len(self._readings) >= _MOST_SHAPES:
                self._readings.clear()
            reading = self._readings[key] = self._reading(text, takes_warnings=takes_warnings)
        return reading

    def told(self, index: int, text: str) -> str:
        """What a line that fits a rule says, without what stands before it; empty when it doesn't fit.

        Args:
            index: Which rule.
            text: The line.
        """
        match = compiled(self.rules[index].pattern).search(bare_text(text))
        return "" if match is None else _without_time(_told(match))

    def _reading(self, text: str, *, takes_warnings: bool) -> LineReading:
        bare = bare_text(text)
        lowered = bare.lower()
        rule = self._rule_of(bare, lowered, takes_warnings=takes_warnings)
        turns = _TURNS if _has_any(_TURNING, lowered) else {}
        fits = {name: _fits(patterns, bare) for name, patterns in turns.items()}
        return LineReading(rule, **fits) if rule >= 0 or any(fits.values()) else _NOTHING

    def _rule_of(self, bare: str, lowered: str, *, takes_warnings: bool) -> int:
        for index, rule in enumerate(self.rules):
            if rule.is_warning and not takes_warnings:
                continue
            if rule.words and not _has_any(rule.words, lowered):
                continue
            if compiled(rule.pattern).search(bare):
                is_noise = any(compiled(pattern).search(bare) for pattern in self.noise)
                return -1 if is_noise or _fits(error_context.NOISE, bare) else index
        return -1


_TURNS = {
    "is_retried": error_context.RETRIED,
    "is_given_up": error_context.GIVEN_UP,
    "is_teardown": error_context.TEARDOWN,
    "is_begun_anew": error_context.BEGUN_ANEW,
    "is_end": error_context.ENDED_WELL,
}
_TURNING = (*error_context.TURNING, *error_context.TURNING_SHORTLY, "exit")
_LEVEL_WITHIN = 120


def is_quiet(text: str) -> bool:
    """Whether a line says itself that it is a warning."""
    level = compiled(error_context.LEVEL).search(text, 0, _LEVEL_WITHIN)
    return level is not None and level.lastgroup is not None


def is_aftermath(text: str) -> bool:
    """Whether what a line tells, and the lines that belong to it, only follows from a failure."""
    return _fits(error_context.AFTERMATH, bare_text(text))


def is_said_again(text: str) -> bool:
    """Whether a line only says once more that something has failed."""
    return _fits(error_context.SAID_AGAIN, bare_text(text))


def own_rule(name: str, pattern: str, *, is_first: bool = False, is_warning: bool = False) -> ErrorRule:
    """A rule that is not built in: where its pattern has a word for sure, only lines with it are looked at.

    Args:
        name: Its id.
        pattern: A regular expression.
        is_first: Whether of several close to each other the first counts.
        is_warning: Whether it tells only why a run ended with a warning.
    """
    word = word_of(pattern)
    return ErrorRule(name, (word,) if word else (), pattern, is_first=is_first, is_warning=is_warning)


def default_rules() -> RuleSet:
    """The built-in rules, one set for all who use them."""
    return _default()


def clean_text(line: str) -> str:
    """As much of a line as the rules look at, without colours."""
    return without_colours(line)[:LONGEST_READ]


def _without_time(text: str) -> str:
    match = _joined(error_context.TIMES).match(text)
    return text if match is None else text[match.end() :]


def bare_text(text: str) -> str:
    """A line without the times and marks that other programs have put before its message."""
    for _ in range(_MOST_WRAPPERS):
        match = _wrappers().match(text)
        if match is None or match.end() == len(text):
            break
        text = text[match.end() :]
    return text


def word_of(pattern: str) -> str:
    """A lower-case text that every line has which a regular expression fits; empty when none is obvious.

    Only what stands in the pattern as it is counts: nothing in brackets of any kind, and no alternatives.
    """
    if compiled(pattern).flags & re.VERBOSE or _CODED.search(pattern):
        return ""
    words, depth, word = [], 0, ""
    for match in _ELEMENT.finditer(pattern):
        element = match["element"]
        depth += (element == "(") - (element == ")")
        if element == "|" and not depth:
            return ""
        literal = element[-1] if _LITERAL.fullmatch(element) else ""
        if literal and not depth and match["times"] in ("", "+"):
            word += literal
        if not literal or depth or match["times"]:
            words.append(word)
            word = ""
    longest = max((*words, word), key=len).strip().lower()
    return longest if len(longest) >= _SHORTEST_WORD else ""


_ELEMENT = re.compile(r"(?P<element>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.)(?P<times>[*+?]|\{[^}]*\}|)", re.DOTALL)
_LITERAL = re.compile(r"[A-Za-z0-9 _\-/:;,=<>!@#%&'\"~`]|\\[^A-Za-z0-9]", re.ASCII)
_CODED = re.compile(r"\\[xuUN0]")


def _told(match: re.Match[str]) -> str:
    if "told" in match.re.groupindex:
        return match["told"] or ""
    return match.string[match.start() :]


def _ranks(rules: Sequence[ErrorRule]) -> tuple[int, ...]:
    ranks: list[int] = []
    for rule in rules:
        last = ranks[-1] if ranks else -1
        ranks.append(max(last, 0) if rule.is_beside else last + 1)
    return tuple(ranks)


def _has_any(words: Iterable[str], lowered: str) -> bool:
    return any(word in lowered for word in words)


def _fits(patterns: tuple[str, ...], text: str) -> bool:
    return _joined(patterns).search(text) is not None


@cache
def _joined(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


@cache
def _wrappers() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in error_context.WRAPPERS))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A regular expression, compiled when it is first needed."""
    return re.compile(pattern)


@cache
def _default() -> RuleSet:
    return RuleSet(RULES)
