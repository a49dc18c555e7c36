"""The first tab of the detail pane: one job told in a few lines. Pure: no widget, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from tui.core.duration import format_age, format_duration
from tui.core.state import State
from tui.logs.levels import Level, level_of
from tui.ui.glyphs import UNICODE
from tui.ui.moments import clock_time
from tui.ui.widgets.content_line import cut
from tui.ui.widgets.receipt_lines import receipt_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from tui.core.models import Job, Receipt, Run, Trend
    from tui.engine.same_error import SameError
    from tui.ui.glyphs import GlyphSet

BARS_SHOWN = 3
"""How many runs are drawn beside each other."""

_BAR_WIDTH = 22
_FAR_FROM_USUAL = 1.5
_GAP = "   "
_NAME_WIDTH = 14
_TWO_COLUMNS_FROM = 90
_LEVELS = {Level.ERROR: "$level-error", Level.WARNING: "$level-warning"}


class Overview:
    """What is known of one job, ready to be told."""

    def __init__(
        self,
        job: Job,
        now: datetime,
        zone: tzinfo,
        *,
        trend: Trend | None = None,
        runs: Sequence[Run] = (),
        receipt: Receipt | None = None,
        is_receipt_new: bool = True,
        is_stale: bool = False,
        log: Sequence[str] = (),
        url: str = "",
        first_error: str = "",
        same: SameError | None = None,
        glyphs: GlyphSet = UNICODE,
    ) -> None:
        """Gather it.

        Args:
            job: The job.
            now: What ages are counted from.
            zone: In which zone clock times are told.
            trend: How its last runs went.
            runs: Its newest runs, newest first.
            receipt: The newest action on it.
            is_receipt_new: Whether there may be more to come of it, or it was just done.
            is_stale: Whether what is known is older than it should be.
            log: The first lines that tell why it went wrong.
            url: The system's page of it, where it isn't told with the job.
            first_error: What its log tells, where the system's message says nothing.
            same: Who else has the same error.
            glyphs: The signs to draw with.
        """
        self._job = job
        self._now = now
        self._zone = zone
        self._trend = trend
        self._runs = runs
        self._receipt = receipt
        self._is_receipt_new = is_receipt_new
        self._is_stale = is_stale
        self._log = log
        self._url = url
        self._message = first_error or job.message
        self._same = same
        self._glyphs = glyphs

    def content(self, width: int = 100) -> Content:
        """All lines.

        Args:
            width: Cells that a line may take.
        """
        lines = _flow(self._summary(), width)
        if self._message:
            is_trouble = not self._job.state.is_active and self._outcome in (State.FAILED, State.WARNING)
            style = f"$state-{self._outcome}" if is_trouble else ""
            told = [Content.assemble((self._message, style))]
            lines += _flow([*told, *self._shared()], width)
        if self._receipt is not None:
            style = "$accent" if self._is_receipt_new else "$text-muted"
            steps = receipt_lines(self._receipt, self._now, self._zone, self._glyphs)
            lines += _flow([Content.assemble((text, style)) for text in steps], width)
        if self._is_stale:
            age = format_age((self._now - self._job.observed_at).total_seconds())
            lines.append(Content.styled(f"not heard of for {age}: this may be out of date", "$state-warning"))
        if self._runs:
            lines += _flow(self._bars(), width)
        lines += [Content.styled(line, _level_style(line)) for line in self._log]
        lines += self._facts(width)
        return Content("\n").join(lines)

    @property
    def _outcome(self) -> State:
        return self._job.last_result or self._job.state

    def _shared(self) -> list[Content]:
        """Who else has the same error, in a few words."""
        same = self._same
        if same is None:
            return []
        systems = f" in {same.connections} systems" if same.connections > 1 else ""
        since = f" since {clock_time(same.since, self._now, self._zone)}" if same.since is not None else ""
        return [Content.styled(f"the same error: {same.jobs:,} jobs{systems}{since}", "$accent")]

    def _summary(self) -> list[Content]:
        job = self._job
        native = f"$state-{job.state}"
        state = f"{self._glyphs.states[job.state]} {job.state.replace('_', ' ')}"
        substate = f" ({job.substate})" if job.substate else ""
        parts: list[tuple[tuple[str, str], ...]] = [((state, f"bold {native}"), (substate, native))]
        if job.last_result is not None and job.last_result is not job.state:
            sign = self._glyphs.states[job.last_result]
            parts.append(((f"last run {sign} {job.last_result}", f"$state-{job.last_result}"),))
        if job.exit_code is not None and not job.state.is_active:
            parts.append(((f"exit code {job.exit_code}", ""),))
        if job.started_at is not None:
            age = format_age((self._now - job.started_at).total_seconds())
            told = f"started {clock_time(job.started_at, self._now, self._zone)} ({age} ago)"
            parts.append(((told, ""),))
        parts.append((self._duration(),))
        if self._runs and self._runs[0].triggered_by:
            parts.append(((f"triggered by {self._runs[0].triggered_by}", ""),))
        if job.is_held:
            parts.append((("on hold", "$state-paused"),))
        return [Content.assemble(*part) for part in parts if part[0][0]]

    def _duration(self) -> tuple[str, str]:
        job, usual = self._job, self._trend.usual_s if self._trend is not None else None
        seconds = job.duration_s
        word = "took"
        if job.state is State.RUNNING and job.started_at is not None:
            seconds, word = (self._now - job.started_at).total_seconds(), "running for"
        if seconds is None:
            return ("", "")
        told = f"{word} {format_duration(seconds)}"
        if usual:
            told += f", usually {format_duration(usual)}"
            if seconds > _FAR_FROM_USUAL * usual:
                return (told, "$state-warning")
        return (told, "")

    def _bars(self) -> list[Content]:
        shown = self._runs[:BARS_SHOWN]
        longest = max((run.duration_s or 0.0 for run in shown), default=0.0)
        bars: list[Content] = []
        for run in shown:
            if run.started_at is None:
                continue
            seconds = run.duration_s
            width = max(1, round(_BAR_WIDTH * seconds / longest)) if seconds and longest else 1
            bars.append(
                Content.assemble(
                    (f"{clock_time(run.started_at, self._now, self._zone)} ", "$text-muted"),
                    (self._glyphs.bar_full * width, f"$state-{run.state}"),
                    (f" {format_duration(seconds) if seconds is not None else self._glyphs.ellipsis} ", ""),
                    (self._glyphs.states[run.state], f"$state-{run.state}"),
                )
            )
        return bars

    def _facts(self, width: int) -> list[Content]:
        """Short facts beside each other where there is room, and the long ones each in a line."""
        job, newest = self._job, self._runs[0] if self._runs else None
        short = {
            "run": job.run_id,
            "next run": clock_time(job.next_run_at, self._now, self._zone) if job.next_run_at else "",
            "id": job.id,
            "kind": job.kind,
            "folder": job.path,
            "native state": job.native_state if job.native_state.lower() != job.state else "",
            "tags": ", ".join(job.tags),
        }
        told = [(name, value) for name, value in short.items() if value]
        columns = 2 if width >= _TWO_COLUMNS_FROM else 1
        room = width // columns
        lines: list[Content] = []
        for start in range(0, len(told), columns):
            row = [_fact(name, Content(value)) for name, value in told[start : start + columns]]
            *left, last = (cut(fact, room - 1, self._glyphs) for fact in row)
            lines.append(Content.assemble(*(fact.pad_right(room - fact.cell_length) for fact in left), last))
        if newest is not None and newest.params:
            given = (f"{name} = {value}" for name, value in newest.params.items())
            lines.append(_fact("parameters", Content(_GAP.join(given))))
        address = self._url or job.url
        if address:
            lines.append(_fact("page", linked(address)))
        return lines


def linked(address: str) -> Content:
    """An address that the terminal can open where it is one of a web page; else its text.

    Args:
        address: As a system told it, without control characters.
    """
    if not is_web_address(address):
        return Content(address)
    return Content.assemble((address, Style(link=address, underline=True)))


def is_web_address(address: str) -> bool:
    """Whether an address can be handed to a terminal: of a web page, in printable ASCII, without blanks."""
    is_web = address.lower().startswith(("http://", "https://"))
    return is_web and address.isascii() and address.isprintable() and not set(address) & set(' "<>\\^`{|}')


def _level_style(line: str) -> str:
    level = level_of(line)
    return _LEVELS.get(level, "$text-muted") if level is not None else "$text-muted"


def _fact(name: str, value: Content) -> Content:
    return Content.assemble((f"{name:<{_NAME_WIDTH}}", "$text-muted"), value)


def _flow(parts: Sequence[Content], width: int) -> list[Content]:
    """The parts side by side, in as many lines as that takes."""
    lines: list[Content] = []
    for part in parts:
        if lines and lines[-1].cell_length + len(_GAP) + part.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], _GAP, part)
        else:
            lines.append(part)
    return lines
