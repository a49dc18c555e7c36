"""The dependencies as `pyproject.toml` names, as `constraints.txt` pins, and as pip has installed them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]

RUNTIME = "# What nightdeck runs with."
"""Begins the part of `constraints.txt` that users install."""

DEVELOPMENT = "# What tests, checks and benchmarks need besides."
"""Begins the part that only developers install."""

_PIN = re.compile(r"([a-z0-9][a-z0-9-]*)==([^\s;]+)")


def project() -> Mapping[str, Any]:
    """What `pyproject.toml` says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def runtime() -> list[Requirement]:
    """What nightdeck needs to run."""
    return [Requirement(text) for text in project()["project"]["dependencies"]]


def extras() -> list[Requirement]:
    """What users may add."""
    groups = project()["project"]["optional-dependencies"].values()
    return [Requirement(text) for group in groups for text in group]


def development() -> list[Requirement]:
    """What developers need besides."""
    return [Requirement(text) for text in project()["dependency-groups"]["dev"]]


def pins(text: str) -> dict[str, str]:
    """The versions that a part of `constraints.txt` names.

    Args:
        text: The part, or all of it.

    Raises:
        ValueError: A line is neither a comment nor an exact version.
    """
    found: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        pin = _PIN.fullmatch(line)
        if pin is not None:
            found[pin[1]] = pin[2]
        elif not line.startswith("#"):
            raise ValueError(f"this pins nothing: {line}")
    return found


def pinned() -> tuple[dict[str, str], dict[str, str]]:
    """What is pinned to run, and what besides to develop."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    before, mark, after = text.partition(DEVELOPMENT)
    if not mark or RUNTIME not in before:
        raise ValueError("constraints.txt has lost its two parts")
    return pins(before), pins(after)


def needed(requirements: Iterable[Requirement]) -> dict[str, str]:
    """Everything that is installed for the sake of these, with its version.

    Args:
        requirements: Where to begin.
    """
    waiting, seen, found = list(requirements), set[tuple[str, str]](), dict[str, str]()
    while waiting:
        wanted = waiting.pop()
        name, with_extras = canonicalize_name(wanted.name), ",".join(sorted(wanted.extras))
        if (name, with_extras) in seen:
            continue
        seen.add((name, with_extras))
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
            continue
        waiting += _needed_by(name, wanted.extras)
    return found


def lowest(requirements: Iterable[Requirement]) -> dict[str, str]:
    """The oldest version that each of these allows; none where it names none."""
    return {
        canonicalize_name(wanted.name): specifier.version
        for wanted in requirements
        for specifier in wanted.specifier
        if specifier.operator == ">="
    }


def _needed_by(name: str, with_extras: Iterable[str]) -> Iterator[Requirement]:
    environments = [{"extra": extra} for extra in ("", *with_extras)]
    for text in requires(name) or ():
        wanted = Requirement(text)
        if wanted.marker is None or any(map(wanted.marker.evaluate, environments)):
            yield wanted
