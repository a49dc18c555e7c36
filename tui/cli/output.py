"""Printing records: a table for people, JSON, JSON lines and CSV for programs. stderr is for talk."""

from __future__ import annotations

import csv
import json
import math
import shutil
import sys
from typing import TYPE_CHECKING, Any

from tui.cli.table import table_lines, text_width
from tui.logs.scrub import escaped_unsafe, plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.cli.table import Field
    from tui.core.redaction import Redactor

    Record = Mapping[str, Any]

_SECRETS: list[Redactor] = []
"""What knows the secrets of this process, if there are any: at most one."""


def keep_secret(redactor: Redactor) -> None:
    """Let nothing be printed from now on that this one knows, whatever it is a part of."""
    _SECRETS[:] = [redactor]


def mask(text: str) -> str:
    """The text of an unforeseen error without known secrets and without what looks like one."""
    from tui.core.redaction import Redactor

    return (_SECRETS[0] if _SECRETS else Redactor()).mask(text)


def print_records(
    records: Sequence[Record], output: str, fields: Sequence[Field], keys: Sequence[str]
) -> None:
    """Print a list of records.

    Args:
        records: What to print, one row each.
        output: One of `FORMATS`.
        fields: The columns of the table.
        keys: The columns of the CSV; every record has them all.
    """
    records = [_hidden(record) for record in records]
    if output == "json":
        print_json([_valid(record) for record in records], indent=2)
    elif output == "jsonl":
        for record in records:
            print_json(_valid(record))
    elif output == "csv":
        _print_csv(records, keys)
    else:
        room = shutil.get_terminal_size().columns if is_terminal() else None
        for line in table_lines(records, fields, room):
            print(line)


def print_record(record: Record, output: str) -> None:
    """Print one record: a list of its facts for people.

    Args:
        record: What to print.
        output: One of `FORMATS`.
    """
    record = _hidden(record)
    if output in ("json", "jsonl"):
        print_json(_valid(record), indent=2 if output == "json" else None)
    elif output == "csv":
        _print_csv([record], list(record))
    else:
        width = max(map(text_width, record), default=0)
        for name, value in record.items():
            if value not in (None, "", {}):
                print(f"{name:<{width}}  {plain_text(_flat(value))}")
    sys.stdout.flush()


def print_json(value: object, *, indent: int | None = None) -> None:
    """Print a JSON document; what a terminal obeys is escaped, and what the output's encoding lacks."""
    value = _hidden(value)
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    told = json.dumps(value, ensure_ascii=not is_unicode, indent=indent)
    print("\n".join(map(escaped_unsafe, told.split("\n"))))


def is_terminal() -> bool:
    """Whether somebody reads stdout on a screen."""
    return sys.stdout.isatty()


def warn(text: str, *lines: str) -> None:
    """Say something that is no data.

    Args:
        text: What to say, of whatever origin: it is printed as one harmless line.
        *lines: More lines, indented.
    """
    told = [f"nightdeck: {plain_text(text)}", *(f"  {plain_text(line)}" for line in lines)]
    print(*map(_hidden, told), sep="\n", file=sys.stderr)


def _hidden(value: Any) -> Any:
    """The value without secrets in any text of it; words and names of fields are nobody's secret."""
    known = _SECRETS[0].unmistakable if _SECRETS else None
    if not known:
        return value
    if isinstance(value, str):
        return known.hide(value)
    if isinstance(value, dict):
        return {name: _hidden(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(inner) for inner in value]
    return value


def _print_csv(records: Sequence[Record], keys: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(keys)
    for record in records:
        writer.writerow([_flat(_finite(record.get(key))) for key in keys])


def _valid(record: Record) -> dict[str, Any]:
    return {key: _finite(value) for key, value in record.items()}


def _finite(value: Any) -> Any:
    """The value, or None for a number that JSON can't tell."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
