"""Printing records: a table for people, JSON, JSON lines and CSV for programs."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    Record = Mapping[str, Any]

FORMATS = ("table", "json", "jsonl", "csv")
"""What `-o` takes; a table unless told otherwise, also into a pipe."""

_GAP = "  "
_PIPE_WIDTH = 10_000


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the table for people."""

    title: str
    """Its heading."""
    text: Callable[[Record], str]
    """What stands in it."""
    is_right: bool = False
    """Whether it is aligned to the right, as numbers are."""


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """Give a command its `-o`."""
    parser.add_argument(
        "-o", "--output", choices=FORMATS, default="table", help="how to print (default: table)"
    )


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
    if output == "json":
        print(json.dumps(list(records), ensure_ascii=False, indent=2))
    elif output == "jsonl":
        for record in records:
            print(json.dumps(record, ensure_ascii=False))
    elif output == "csv":
        print_csv(records, keys)
    else:
        _print_table(records, fields)


def print_record(record: Record, output: str) -> None:
    """Print one record: a list of its facts for people.

    Args:
        record: What to print.
        output: One of `FORMATS`.
    """
    if output in ("json", "jsonl"):
        print(json.dumps(record, ensure_ascii=False, indent=2 if output == "json" else None))
    elif output == "csv":
        print_csv([record], list(record))
    else:
        width = max(map(len, record), default=0)
        for name, value in record.items():
            if value not in (None, "", {}):
                print(f"{name:<{width}}{_GAP}{plain_text(_flat(value))}")


def print_csv(records: Sequence[Record], keys: Sequence[str]) -> None:
    """Print records as CSV with a heading."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(keys)
    for record in records:
        writer.writerow([_flat(record.get(key)) for key in keys])


def warn(text: str) -> None:
    """Say something that is no data."""
    print(f"nightdeck: {text}", file=sys.stderr)


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _print_table(records: Sequence[Record], fields: Sequence[Field]) -> None:
    rows = [[plain_text(field.text(record)) for field in fields] for record in records]
    widths = [max([len(field.title), *(len(row[i]) for row in rows)]) for i, field in enumerate(fields)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH
    for row in [[field.title for field in fields], *rows]:
        cells = [
            text.rjust(width) if field.is_right else text.ljust(width)
            for text, width, field in zip(row, widths, fields, strict=True)
        ]
        print(_GAP.join(cells).rstrip()[:room])
