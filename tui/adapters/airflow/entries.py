"""Making plain lines of the entries of Airflow's structured logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.wire import text_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

GROUP = "::group::"
"""Begins a part that Airflow's pages fold."""
END_OF_GROUP = "::endgroup::"
"""Ends it."""
SOURCES = f"{GROUP}Log message source details"
"""Begins what tells where a log comes from; only an answer without a token has it (seen in 3.3.2)."""

_ORDINARY = frozenset(
    {
        *("timestamp", "event", "level", "logger", "logger_name", "filename", "lineno", "func_name", "chan"),
        *("task_id", "dag_id", "run_id", "map_index", "try_number", "ti_id", "ti", "loc"),
        *("error_detail", "exception", "bundle_name", "bundle_version", "bundle_prepare_ms"),
        *("dag_file", "dag_file_parse_ms", "task_instance_id", "positional_args"),
    }
)
"""What is told elsewhere, or of no use to readers."""

_MOST_EXTRAS = 20
_LONGEST_EXTRA = 500
_DEEPEST_GROUP = 5
_CAUSED = "The above exception was the direct cause of the following exception:"
_MEANWHILE = "During handling of the above exception, another exception occurred:"


def split_sources(content: Sequence[Any]) -> tuple[list[str], Sequence[Any]]:
    """Where a log comes from, and its entries without that."""
    if not content or _event(content[0]) != SOURCES:
        return [], content
    for index, entry in enumerate(content):
        if _event(entry) == END_OF_GROUP:
            return [_event(each) for each in content[1:index]], content[index + 1 :]
    return [], content


def is_start_of_sources(entry: Any) -> bool:
    """Whether an entry begins what tells where a log comes from."""
    return _event(entry) == SOURCES


def is_end_of_group(entry: Any) -> bool:
    """Whether an entry ends a folded part."""
    return _event(entry) == END_OF_GROUP


def entry_in(line: bytes) -> Any:
    """The entry of a line of a streamed log; the line itself when it is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line.decode("utf-8", "replace")


def lines_of(content: Sequence[Any]) -> Generator[None, None, bytes]:
    """The lines of some entries, in short steps. A text among them is a line already."""
    told = bytearray()
    for entry in content:
        text = _text(entry)
        if text is not None:
            told += f"{text}\n".encode("utf-8", "replace")
        yield
    return bytes(told)


def _text(entry: Any) -> str | None:
    if isinstance(entry, str):
        return entry.rstrip("\r\n")
    if not isinstance(entry, dict):
        return None
    event = _event(entry)
    if event == END_OF_GROUP:
        return None
    if event.startswith(GROUP):
        event = f"--- {event.removeprefix(GROUP)} ---"
    head = [text_of(entry.get("timestamp")), text_of(entry.get("level")).upper()]
    pieces = [*filter(None, head), event, *_extras(entry)]
    lines = [" ".join(pieces), *_errors(entry)]
    return "\n".join(each.rstrip("\r\n") for each in lines)


def _event(entry: Any) -> str:
    return text_of(entry.get("event")) if isinstance(entry, dict) else text_of(entry)


def _extras(entry: Mapping[str, Any]) -> list[str]:
    """What a task's author logged beside the event."""
    found: list[str] = []
    for name, value in entry.items():
        if name in _ORDINARY or value is None or len(found) >= _MOST_EXTRAS:
            continue
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else text_of(value)
        found.append(f"{name}={text if len(text) <= _LONGEST_EXTRA else text[:_LONGEST_EXTRA] + '…'}")
    return found


def _errors(entry: Mapping[str, Any]) -> list[str]:
    """The exceptions of an entry, as Python writes them: what came first stands first."""
    told = entry.get("error_detail")
    if isinstance(told, list):
        return _stacks(told, 0)
    text = entry.get("exception")
    return [text] if isinstance(text, str) and text else []


def _stacks(stacks: Sequence[Any], depth: int) -> list[str]:
    lines: list[str] = []
    known = [each for each in stacks if isinstance(each, dict)]
    for index, stack in reversed(list(enumerate(known))):
        lines += _stack(stack, depth)
        if index:
            lines += ["", _CAUSED if stack.get("is_cause") else _MEANWHILE, ""]
    return lines


def _stack(stack: Mapping[str, Any], depth: int) -> list[str]:
    lines = ["Traceback (most recent call last):"]
    frames = stack.get("frames")
    for frame in frames if isinstance(frames, list) else ():
        if isinstance(frame, dict):
            name, line = text_of(frame.get("filename")), text_of(frame.get("lineno"))
            lines.append(f'  File "{name}", line {line}, in {text_of(frame.get("name"))}')
    kind, value = text_of(stack.get("exc_type")), text_of(stack.get("exc_value"))
    lines.append(": ".join(filter(None, (kind, value))))
    notes = stack.get("exc_notes")
    lines += [text_of(note) for note in notes] if isinstance(notes, list) else []
    inner = stack.get("exceptions")
    for each in inner if isinstance(inner, list) and depth < _DEEPEST_GROUP else ():
        members = each if isinstance(each, list) else [each]
        lines += [f"  {line}" for line in _stacks(members, depth + 1)]
    return lines
