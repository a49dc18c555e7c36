"""What a submission asks for: options of `sbatch`, `#SBATCH` lines, and the keys of a job over REST."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from tui.simulators.slurm.vocabulary import Fault, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SPAN = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?$")
_MEMORY = re.compile(r"(\d+)([KMGT]?)B?$", re.IGNORECASE)
_FROM_NOW = re.compile(r"now(?:\+(\d+)(seconds?|minutes?|hours?|days?)?)?$")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MEMORY_MB = {"K": 1 / 1024, "": 1, "M": 1, "G": 1024, "T": 1024 * 1024}

SHORT = {
    "A": "account",
    "a": "array",
    "b": "begin",
    "c": "cpus-per-task",
    "D": "chdir",
    "d": "dependency",
    "e": "error",
    "H": "hold",
    "h": "help",
    "i": "input",
    "J": "job-name",
    "M": "clusters",
    "N": "nodes",
    "n": "ntasks",
    "o": "output",
    "p": "partition",
    "Q": "quiet",
    "q": "qos",
    "t": "time",
    "V": "version",
    "v": "verbose",
}
"""The short options of `sbatch`."""

FLAGS = frozenset({"hold", "parsable", "requeue", "no-requeue", "quiet", "verbose", "version", "help"})
"""Options without a value."""

LONG = frozenset({*SHORT.values(), *FLAGS, "comment", "export", "mem", "open-mode", "wrap", "workdir"}) | {
    "mail-type",
    "mail-user",
    "mem-per-cpu",
    "nice",
    "ntasks-per-node",
    "gres",
    "licenses",
    "signal",
    "exclusive",
    "priority",
    "time-min",
}
"""Every option that `sbatch` is known to have here."""


class Misused(Exception):
    """A command is called in a way that it doesn't understand; the text is what it says."""


def minutes(text: str) -> int | None:
    """The minutes of a time limit: `90`, `1:30:00`, `2-0`, `UNLIMITED`; None without a limit."""
    if text.upper() in {"UNLIMITED", "INFINITE", "-1"}:
        return None
    days, dash, rest = text.partition("-")
    parts = [int(part) for part in (rest if dash else text).split(":")]
    if dash:
        hours, mins, seconds = (*parts, 0, 0)[:3]
        return int(days) * 1440 + hours * 60 + mins + (seconds > 0)
    if len(parts) == 1:
        return parts[0]
    hours, mins, seconds = parts if len(parts) == 3 else (0, *parts)
    return hours * 60 + mins + (seconds > 0)


def megabytes(text: str) -> int:
    """The megabytes of a memory: `500`, `4G`."""
    match = _MEMORY.match(text)
    if match is None:
        raise ValueError(text)
    return int(int(match[1]) * _MEMORY_MB[match[2].upper()])


def moment(text: str, now: datetime, zone: tzinfo = UTC) -> datetime:
    """The moment of a `--begin`: `now+60`, `now+1hour`, `2026-11-29T03:00:00`."""
    match = _FROM_NOW.match(text)
    if match is not None:
        return now + timedelta(seconds=int(match[1] or 0) * _UNITS_S[(match[2] or "s")[0]])
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def elements(text: str) -> tuple[tuple[int, ...], int]:
    """The numbers of an array, `0-3,7%2`, and how many of it may run at once; 0 for any number."""
    numbers, _, most = text.partition("%")
    found: set[int] = set()
    for part in numbers.split(","):
        match = _SPAN.match(part)
        if match is None or (most and not most.isdigit()):
            raise Refused(Fault.ARRAY)
        low, high, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        found |= set(range(low, high + 1, step))
    return tuple(sorted(found)), int(most or 0)


def split(arguments: Sequence[str], command: str = "sbatch") -> tuple[dict[str, str], list[str]]:
    """The options of a command line, by their long names, and what follows them."""
    options: dict[str, str] = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            name, has_value, value = word[2:].partition("=")
            if name not in LONG:
                raise Misused(f"{command}: unrecognized option '{word.partition('=')[0]}'")
            takes = name not in FLAGS
        else:
            name, value = SHORT.get(word[1], ""), word[2:].removeprefix("=")
            has_value, takes = value, name not in FLAGS
            if not name:
                raise Misused(f"{command}: invalid option -- '{word[1]}'")
        if takes and not has_value and name not in {"exclusive", "nice"}:
            if not rest:
                raise Misused(f"{command}: option '--{name}' requires an argument")
            value = rest.pop(0)
        options[name] = value
    return options, rest


def directives(script: str) -> dict[str, str]:
    """The options in the `#SBATCH` lines of a script, which end at the first command."""
    found: dict[str, str] = {}
    for line in script.splitlines():
        if line.startswith("#SBATCH"):
            found |= split(shlex.split(line.removeprefix("#SBATCH"), comments=True))[0]
        elif line.strip() and not line.startswith("#"):
            break
    return found


def asked(options: Mapping[str, str], now: datetime, zone: tzinfo) -> dict[str, Any]:
    """What options of `sbatch` ask for, by the names of `Request`."""
    told: dict[str, Any] = {}
    for name, value in options.items():
        if name in _READ:
            key, read = _READ[name]
            try:
                told[key] = read(value)
            except ValueError:
                raise Misused(f"sbatch: error: Invalid --{name} specification") from None
    if "array" in options:
        told["elements"], told["at_once"] = elements(options["array"])
    if "begin" in options:
        told["begin"] = moment(options["begin"], now, zone)
    return told


_READ: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "account": ("account", str),
    "array": ("array", str),
    "chdir": ("folder", str),
    "comment": ("comment", str),
    "cpus-per-task": ("cpus", int),
    "dependency": ("dependency", str),
    "error": ("error", str),
    "hold": ("is_held", lambda _: True),
    "job-name": ("name", str),
    "mem": ("memory_mb", megabytes),
    "no-requeue": ("can_requeue", lambda _: False),
    "ntasks": ("tasks", int),
    "open-mode": ("appends", lambda value: value.startswith("a")),
    "output": ("output", str),
    "partition": ("partition", str),
    "requeue": ("can_requeue", lambda _: True),
    "time": ("time_limit_min", minutes),
}
