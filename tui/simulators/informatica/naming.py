"""The ids of the platform: v2 ids that tell their type, federated ids, ids of entries in monitor and log."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

ORG = "00AB12"
"""The id of the org, with which every v2 id begins."""

LOG_ENTRY, MONITOR_ENTRY = "C1", "0E"
"""What tells the entries of log and monitor from other v2 ids."""

_CODES = {"MTT": "0Z", "WORKFLOW": "0N", "DSS": "0I", "DRS": "0R", "PCS": "0P", "DMASK": "0M"}
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE_62 = _BASE_36 + "abcdefghijklmnopqrstuvwxyz"
_FEDERATED = re.compile(r"[0-9A-Za-z]{22}")
_V2 = re.compile(rf"{ORG}[0-9A-Z]{{14}}")
_ENTRY = re.compile(rf"{ORG}({LOG_ENTRY}|{MONITOR_ENTRY})([0-9A-Z]{{6}})([0-9A-Z]{{6}})")


def v2_id(kind: str, number: int) -> str:
    """The v2 id of an asset.

    Args:
        kind: Its type.
        number: Which one of its kind.
    """
    return f"{ORG}{_CODES[kind]}{number:012d}"


def federated_id(asset_id: str) -> str:
    """The v3 id of an asset; nobody can tell it from the v2 id."""
    digest = hashlib.blake2b(asset_id.encode(), digest_size=16).digest()
    return _written(int.from_bytes(digest, "big"), _BASE_62, 22)


def entry_id(code: str, index: int, run_id: int) -> str:
    """The id of a run in the monitor or the log.

    Args:
        code: Which of the two.
        index: The task's place among all tasks.
        run_id: The run's number.
    """
    return f"{ORG}{code}{_written(index, _BASE_36, 6)}{_written(run_id, _BASE_36, 6)}"


def read_entry_id(text: str) -> tuple[str, int, int] | None:
    """What an entry's id is made of; None for another text."""
    found = _ENTRY.fullmatch(text)
    return (found[1], int(found[2], 36), int(found[3], 36)) if found else None


def is_v2_id(text: str) -> bool:
    """Whether it looks like a v2 id."""
    return _V2.fullmatch(text) is not None


def is_federated_id(text: str) -> bool:
    """Whether it looks like a federated id."""
    return _FEDERATED.fullmatch(text) is not None


def made_up_id(rng: random.Random) -> str:
    """A new id of 22 letters and digits.

    Args:
        rng: Where it comes from.
    """
    return "".join(rng.choices(_BASE_62, k=22))


def _written(number: int, digits: str, width: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(digits))
        text = digits[digit] + text
    return text.rjust(width, "0")
