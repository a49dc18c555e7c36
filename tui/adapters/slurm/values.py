"""Values as the versions of Slurm write them: numbers, times, states and exit codes in all their shapes."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator

from tui.transport.fields import short

_NO_VALUE = 0xFFFFFFFE
"""NO_VAL; all above it means "no end". Both stand for "not set" in releases that send bare numbers."""
_LATEST_S = 253_402_300_799
_CUT = "+"
_LAST_SIGNAL = 31
"""What is above stands for a job that could not be launched, not for a signal: `0:53`, seen in 22.05.8."""


class Ending(NamedTuple):
    """How a process ended."""

    code: int | None = None
    """Its exit code."""
    signal: int | None = None
    """The signal that ended it."""


def number_of(value: Any) -> int | None:
    """A number: bare, as text, or an object that says whether it is set; None for none, and for no end."""
    if isinstance(value, dict):
        if value.get("infinite") is True or value.get("set") is False:
            return None
        value = value.get("number")
    if isinstance(value, bool) or value is None:
        return int(value) if value is not None else None
    if isinstance(value, str):
        value = int(value) if value.strip().lstrip("-").isdecimal() and len(value) < 20 else None
    if isinstance(value, float):
        value = int(value) if abs(value) < _LATEST_S else None
    return value if isinstance(value, int) and 0 <= value < _NO_VALUE else None


def moment_of(value: Any) -> datetime | None:
    """A time in seconds since 1970; zero means that it is not known."""
    seconds = number_of(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def words_of(value: Any) -> tuple[str, ...]:
    """A state: one word, several in a list or joined by commas, one that was cut, one with who did it."""
    listed = value if isinstance(value, list) else str(value or "").split(",")
    words = [str(word).strip().partition(" ")[0].rstrip(_CUT) for word in listed[:10]]
    return tuple(short(word.upper()) for word in words if word)


def text_of(value: Any) -> str:
    """A text; nothing where there is none."""
    return "" if value is None or isinstance(value, dict | list) else short(str(value))


def comment_of(value: Any) -> str:
    """A comment: bare, or the one of the job among those of administrators and of the system."""
    return text_of(value.get("job") if isinstance(value, dict) else value)


def ending_of(value: Any) -> Ending:
    """An exit code: a raw wait status, `3:0`, or an object with a return code and a signal."""
    if isinstance(value, dict) and "return_code" not in value and "signal" not in value:
        value = number_of(value)
    if isinstance(value, dict):
        signal = value.get("signal")
        told = signal if isinstance(signal, dict) else {"id": signal}
        return _ending(value.get("return_code"), told.get("id", told.get("signal_id")))
    if isinstance(value, str) and ":" in value:
        code, _, number = value.partition(":")
        return _ending(code, number)
    status = number_of(value)
    if status is None:
        return Ending()
    if os.WIFSIGNALED(status):
        return _ending(None, os.WTERMSIG(status))
    return Ending(os.WEXITSTATUS(status) if os.WIFEXITED(status) else None)


def _ending(code: Any, number: Any) -> Ending:
    """Whoever was ended by a signal has no exit code."""
    signal = number_of(number)
    if signal:
        return Ending(None, signal if signal <= _LAST_SIGNAL else None)
    return Ending(number_of(code))


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Any:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


Number = Annotated[int | None, BeforeValidator(number_of)]
"""A number in any shape."""
Moment = Annotated[datetime | None, BeforeValidator(moment_of)]
"""A time in any shape."""
Words = Annotated[tuple[str, ...], BeforeValidator(words_of)]
"""A state in any shape."""
Text = Annotated[str, BeforeValidator(text_of)]
"""A text, never null."""
Comment = Annotated[str, BeforeValidator(comment_of)]
"""The job's own comment."""
Exit = Annotated[Ending, BeforeValidator(ending_of)]
"""An exit code in any shape."""
AnyObject = BeforeValidator(_object)
"""An object; what is none counts as an empty one."""
Objects = BeforeValidator(_list)
"""A list of objects; what is none is left out."""
