"""Where the output of a job is: the file names of `sbatch`, with `%j` and the like filled in."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

_USUAL = "slurm-%j.out"
_USUAL_OF_ARRAY = "slurm-%A_%a.out"
_PATTERN = re.compile(r"%(\d{0,2})([AaJjNnstuUxb%])")
_HOST = re.compile(r"([^\[,]+)(?:\[(\d+))?")
"""The first node of a list such as `n[01-04,7]`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file name may hold."""

    job_id: str
    """Of the job itself."""
    run_id: str
    """Of the array, or of the job."""
    index: int | None
    """Which element of the array."""
    name: str
    """The job's name."""
    user: str
    """Who submitted it."""
    node: str
    """The nodes that it runs on."""
    folder: str
    """Where it runs."""


def expanded(pattern: str, facts: Facts) -> str:
    """A whole path from a file name of `sbatch`; Slurm's usual one when there is none.

    A backslash in the name switches all replacing off, as in Slurm.
    """
    is_array = facts.index is not None
    pattern = pattern or (_USUAL_OF_ARRAY if is_array else _USUAL)
    if "\\" in pattern:
        path = pattern.replace("\\", "")
    else:
        path = _PATTERN.sub(lambda found: _replaced(found, facts), pattern)
    return posixpath.normpath(posixpath.join(facts.folder or "/", path))


def first_node(nodes: str) -> str:
    """The first node of a list of nodes, without its domain."""
    found = _HOST.match(nodes)
    return f"{found[1]}{found[2] or ''}".partition(".")[0] if found else ""


def _replaced(found: re.Match[str], facts: Facts) -> str:
    width, sign = found.groups()
    if sign == "%":
        return "%"
    index = str(facts.index) if facts.index is not None else "4294967294"
    values = {
        "A": facts.run_id,
        "a": index,
        "b": str(facts.index % 10) if facts.index is not None else index,
        "J": facts.job_id,
        "j": facts.job_id,
        "N": first_node(facts.node),
        "n": "0",
        "s": "batch",
        "t": "0",
        "u": facts.user,
        "x": facts.name,
    }
    value = values.get(sign, found[0])
    return value.zfill(int(width)) if width and value.isdecimal() else value
