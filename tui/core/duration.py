"""Spans of time as people write them: `90s`, `2h`, `1h30m`, `4d`."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+")


def parse_duration(text: str) -> float:
    """Seconds in a text such as `90s`, `1h30m` or `2d`.

    Raises:
        ValueError: The text is no such span.
    """
    cleaned = text.strip().lower()
    if not _WHOLE.fullmatch(cleaned):
        raise ValueError(f"{text!r} is no span of time such as 90s, 10m, 2h or 1d")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(cleaned))


def span_s(value: object) -> float:
    """Seconds of a span as a config file has it: a text such as `10m`, or a bare number of seconds.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    if isinstance(value, str):
        return 0.0 if value.strip() == "0" else parse_duration(value)
    raise ValueError(f"{value!r} is no span of time such as 90s, 10m, 2h or 1d")


def format_span(seconds: float) -> str:
    """A span as a config file writes it: `5s`, `10m`, `1h30m`."""
    parts, left = [], round(seconds)
    for size, unit in ((3600, "h"), (60, "m"), (1, "s")):
        count, left = divmod(left, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def format_duration(seconds: float) -> str:
    """A span for the table, at most six characters wide: `0.4s`, `12s`, `12m04s`, `3h07m`, `4d02h`."""
    if seconds < 0:
        return "0s"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d{whole % 86_400 // 3600:02d}h"


def format_age(seconds: float) -> str:
    """How long ago something was, in one unit: `now`, `12s`, `4m`, `19h`, `4d`."""
    if seconds < 1:
        return "now"
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"
