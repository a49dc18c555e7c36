"""Where the user was when the line dropped, for the next start. The standard library is enough to read it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.config.keptfile import LONGEST_TEXT, kept_job, kept_text, read_kept, write_kept
from tui.core.keys import JobKey, RunKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FILE_NAME = "place.toml"
"""Name of the file in the state folder; it is there only after a line dropped."""

_LARGEST = 1024 * 1024
_MOST = 5_000
"""Marks or watches that are kept; more than anybody sets by hand."""
_HEAD = "# Written by nightdeck when its terminal went away. Delete it to begin afresh.\n"


class KeptWatch(NamedTuple):
    """A watched run, as it is kept."""

    job: JobKey
    """Whose run it is."""
    run: str = ""
    """What names the run; of a next run the one before it."""
    is_next: bool = False
    """Whether the run that is meant had not been seen yet."""
    has_begun: bool = False
    """Whether it was under way without a name."""


class Reading(NamedTuple):
    """A log that was open."""

    run: RunKey
    """Whose log it was."""
    line: int = 0
    """The line under the cursor, by the offset of its first byte."""
    is_following: bool = False
    """Whether its tail was followed."""


class Place(NamedTuple):
    """Where the user was, as far as the state of the dashboard doesn't tell it already."""

    left_at: datetime
    """When the line dropped."""
    view: str = ""
    """The name of the view that was open."""
    query: str = ""
    """The filter that was in effect."""
    sort: str = ""
    """The sort order that was in effect."""
    cursor: JobKey | None = None
    """The job under the cursor."""
    is_detail_focused: bool = False
    """Whether the keys went to the detail pane."""
    pane: str = ""
    """The tab of the detail pane that was open."""
    reading: Reading | None = None
    """The log that was open."""
    marks: Sequence[JobKey] = ()
    """The marked jobs, in the order in which they were marked."""
    watches: Sequence[KeptWatch] = ()
    """The watched runs."""


def load_place(folder: Path) -> Place | None:
    """Where the user was when the line dropped; None when it didn't, or when the file is spoilt.

    Args:
        folder: The state folder.
    """
    raw = read_kept(FILE_NAME, folder, _LARGEST)
    if raw is None:
        return None
    left_at = raw.get("left_at")
    if not isinstance(left_at, datetime) or left_at.tzinfo is None:
        return None
    return Place(
        left_at,
        view=kept_text(raw, "view"),
        query=kept_text(raw, "query"),
        sort=kept_text(raw, "sort"),
        cursor=kept_job(raw.get("cursor")),
        is_detail_focused=raw.get("detail") is True,
        pane=kept_text(raw, "pane"),
        reading=_reading(raw.get("log")),
        marks=tuple(job for entry in _entries(raw, "marks") if (job := kept_job(entry)) is not None),
        watches=tuple(w for entry in _entries(raw, "watches") if (w := _watch(entry)) is not None),
    )


def save_place(place: Place, folder: Path) -> None:
    """Keep where the user is, at once or not at all, readable by the user alone.

    Args:
        place: What to keep.
        folder: The state folder.

    Raises:
        ConfigError: It can't be written.
    """
    import tomli_w

    texts = {name: getattr(place, name)[:LONGEST_TEXT] for name in ("view", "query", "sort", "pane")}
    table: dict[str, Any] = {"left_at": place.left_at, **{name: text for name, text in texts.items() if text}}
    if place.cursor is not None:
        table["cursor"] = place.cursor._asdict()
    if place.is_detail_focused:
        table["detail"] = True
    if place.reading is not None:
        table["log"] = {**place.reading._asdict(), "run": place.reading.run._asdict()}
    table["marks"] = [job._asdict() for job in place.marks[:_MOST]]
    table["watches"] = [{**watch._asdict(), "job": watch.job._asdict()} for watch in place.watches[:_MOST]]
    write_kept(FILE_NAME, folder, _HEAD + tomli_w.dumps(table), "the place")


def forget_place(folder: Path) -> None:
    """Take the file away: the user went on, or began afresh."""
    with suppress(OSError):
        (folder / FILE_NAME).unlink(missing_ok=True)


def _entries(raw: dict[str, Any], key: str) -> Iterable[Any]:
    value = raw.get(key)
    return value[:_MOST] if isinstance(value, list) else ()


def _reading(raw: Any) -> Reading | None:
    run = raw.get("run") if isinstance(raw, dict) else None
    if not isinstance(run, dict):
        return None
    job, run_id = kept_job({"connection": run.get("connection"), "id": run.get("job_id")}), run.get("run_id")
    attempt, line = run.get("attempt", 1), raw.get("line")
    if job is None or not isinstance(run_id, str) or not isinstance(attempt, int):
        return None
    return Reading(
        RunKey(job.connection, job.id, run_id, attempt),
        line if isinstance(line, int) and line > 0 else 0,
        is_following=raw.get("is_following") is True,
    )


def _watch(raw: Any) -> KeptWatch | None:
    job = kept_job(raw.get("job")) if isinstance(raw, dict) else None
    if job is None:
        return None
    return KeptWatch(
        job, kept_text(raw, "run"), is_next=raw.get("is_next") is True, has_begun=raw.get("has_begun") is True
    )
